"""A namespace with the small archive in it, once a run; the app over it; and a dashboard as a process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from monitor.kafka import topics
from monitor.settings import Kafka, Secrets, Settings, Slack, Web, Worker
from monitor.web.server import build
from monitor.web.site import Site
from tests.conftest import run_apart
from tests.web.seeding import Made, seed

API_TOKEN = "a-token-for-programs"


@dataclass(frozen=True)
class Seeded:
    """Settings of a namespace, and what stands in it."""

    settings: Settings
    made: Made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the broker."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "tests/web/" in item.path.as_posix() and {"broker", "kafka_settings"}.intersection(fixtures):
            item.add_marker(pytest.mark.kafka)


def namespace(broker: str, folder: Path) -> Settings:
    """Return settings of a namespace of its own, with its topics."""
    name = f"w{uuid.uuid4().hex[:10]}"
    settings = Settings(
        data_dir=folder,
        kafka=Kafka(bootstrap_servers=broker, prefix=f"{name}.", partitions=2),
        worker=Worker(app_id=name, port=0),
        slack=Slack(port=0),
        web=Web(port=0),
    )
    run_apart(partial(asyncio.run, topics.create(settings)))
    return settings


@pytest.fixture(scope="session")
def seeded(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """Give a namespace with the archive; tests only add to it."""
    settings = namespace(broker, tmp_path_factory.mktemp("web"))
    return Seeded(settings, seed(settings))


@asynccontextmanager
async def running(
    settings: Settings, secrets: Secrets | None = None, *, until_ready: bool = True
) -> AsyncIterator[tuple[httpx.AsyncClient, Site]]:
    """Run the app without its pages in the test's own loop; give a client that is on loopback, and its insides."""
    app, site = build(settings, secrets or Secrets())
    async with app.router.lifespan_context(app):
        if until_ready:
            async with asyncio.timeout(20):
                await site.live.until_ready()
                if site.live.cluster.state is None:
                    await site.live.cluster.next_look()
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:6060") as client:
            yield client, site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(seeded: Seeded) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the API over the archive; articles are taken with `API_TOKEN`."""
    async with running(seeded.settings, Secrets(PACTWATCH_API_TOKEN=SecretStr(API_TOKEN))) as (client, _):
        yield client


@pytest.fixture(scope="session")
def dashboard(seeded: Seeded) -> Iterator[str]:
    """Run `pactwatch dashboard` as a process; give its address."""
    with process(seeded.settings) as address:
        yield address


@contextmanager
def process(settings: Settings, **more: str) -> Iterator[str]:
    """Run a dashboard as a process with these settings and variables; give its address."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PACTWATCH_", "SLACK_"))},
        "PACTWATCH_DATA_DIR": str(settings.data_dir),
        "PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "PACTWATCH_KAFKA__PREFIX": settings.kafka.prefix,
        "PACTWATCH_KAFKA__PARTITIONS": str(settings.kafka.partitions),
        "PACTWATCH_WORKER__APP_ID": settings.worker.app_id,
        "PACTWATCH_WORKER__PORT": "0",
        "PACTWATCH_SLACK__PORT": "0",
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "200",
        **more,
    }
    log = settings.data_dir / f"dashboard-{uuid.uuid4().hex[:6]}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor.cli", "dashboard", "--port", "0"],
            cwd=Path(__file__).parents[2],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "http://" in line, log.read_text()
        yield line.split("at ", 1)[1].split(";")[0]
    finally:
        process.terminate()
        assert process.wait(30) == 0, log.read_text()[-3000:]
