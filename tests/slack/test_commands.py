"""`pactwatch deliver`, `pactwatch slack test`, the pages of a deliverer, and the app manifest."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from monitor.errors import ConfigurationError
from monitor.settings import Settings, Slack
from monitor.slack import service
from monitor.slack.deliverer import Deliverer
from monitor.slack.interact import COMMAND
from monitor.slack.pages import pages
from tests.slack import samples
from tests.slack.conftest import MakeDesk, until
from tests.slack.fault_server import FaultServer
from tests.slack.standin_server import SCOPES, TOKEN, Standin

RUN = "import importlib; main = importlib.import_module('monitor.cli.main'); main.COMMANDS = ('deliver',); main.main()"
ROOT = Path(__file__).parents[2]


def environment(settings: Settings | None = None, **more: str) -> dict[str, str]:
    """Return the environment of a command, with settings as variables."""
    values = {key: value for key, value in os.environ.items() if not key.startswith(("PACTWATCH_", "SLACK_"))}
    if settings is not None:
        values |= {
            "PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
            "PACTWATCH_KAFKA__PREFIX": settings.kafka.prefix,
            "PACTWATCH_KAFKA__PARTITIONS": str(settings.kafka.partitions),
            "PACTWATCH_WORKER__APP_ID": settings.worker.app_id,
            "PACTWATCH_SLACK__PORT": "0",
        }
    return {**values, **more}


def pactwatch(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    return subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )


def test_slack_test_posts_a_sample(standin: Standin) -> None:
    """With token and channel right, a marked sample stands in the channel and the command says where."""
    env = environment(
        SLACK_BOT_TOKEN=TOKEN, PACTWATCH_SLACK__BASE_URL=standin.base_url, PACTWATCH_SLACK__CHANNEL="#pacts"
    )
    ran = pactwatch("slack", "test", env=env)
    assert ran.returncode == 0, ran.stderr
    assert "A sample stands in #pacts" in ran.stdout
    (message,) = standin.messages("pacts")
    assert "This is a test" in str(message["blocks"])


@pytest.mark.parametrize(
    ("changes", "code", "says"),
    [
        ({"PACTWATCH_SLACK__CHANNEL": ""}, 2, "slack.channel is not set"),
        ({"SLACK_BOT_TOKEN": ""}, 6, "SLACK_BOT_TOKEN is not set"),
        ({"SLACK_BOT_TOKEN": "xoxb-unknown"}, 6, "missing_scope"),
        ({"PACTWATCH_SLACK__CHANNEL": "#nowhere"}, 6, "there is no channel #nowhere"),
        ({"PACTWATCH_SLACK__BASE_URL": "http://127.0.0.1:9/api/"}, 6, "Slack cannot be reached"),
    ],
)
def test_slack_test_says_what_is_wrong(standin: Standin, changes: dict[str, str], code: int, says: str) -> None:
    """Each mistake gets a sentence with the channel or variable, an exit code, and no traceback."""
    values = {
        "SLACK_BOT_TOKEN": TOKEN,
        "PACTWATCH_SLACK__BASE_URL": standin.base_url,
        "PACTWATCH_SLACK__CHANNEL": "#pacts",
        **changes,
    }
    ran = pactwatch("slack", "test", env=environment(None, **values))
    said = " ".join(ran.stderr.split())
    assert ran.returncode == code, ran.stderr
    assert says in said
    assert "Traceback" not in said


def test_json_without_terminal_is_refused() -> None:
    """The option that would do nothing says what it goes with."""
    ran = pactwatch("deliver", "--json", env=environment())
    assert (ran.returncode, "--json goes with --terminal" in ran.stderr) == (2, True)


@pytest.mark.kafka
async def test_deliver_to_a_terminal_until_sigterm(make_desk: MakeDesk, faults: FaultServer) -> None:
    """`deliver --terminal` draws what waits, goes through the same log, and ends in order on SIGTERM."""
    desk = await make_desk(faults)
    await desk.write(samples.alert())
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        RUN,
        "deliver",
        "--terminal",
        env=environment(desk.settings),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    drawn = await asyncio.wait_for(process.stdout.readuntil("╰".encode()), 30)
    assert "India – United States: defence framework signed" in drawn.decode()

    async def logged() -> bool:
        return [str(entry.state) for entry in (await desk.log()).values()] == ["sent"]

    await until(logged)
    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 15) == 0


@pytest.mark.kafka
async def test_the_pages_tell_how_it_is(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Ready only when at work or standby; state, figures and metrics with names of our own."""
    desk = await make_desk(faults, sandbox_channel="#sandbox")
    async with (
        desk.delivering() as deliverer,
        pages(deliverer, desk.settings.slack) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert deliverer.state()["role"] == "starting"
        assert (await client.get("/ready")).status_code == 503
        await until(lambda: deliverer.state()["role"] == "active")
        assert (await client.get("/ready")).status_code == 200
        await desk.write(samples.alert(), samples.alert())
        await until(lambda: deliverer.seen.figures()["sent"] == 1)
        await until(lambda: deliverer.seen.figures()["repeats"] == 1)
        stats: dict[str, Any] = (await client.get("/stats")).json()
        assert (stats["sent"], stats["repeats"], stats["failed"]) == (1, 1, 0)
        assert stats["p50_ms"] > 0
        metrics = (await client.get("/metrics")).text
        for wanted in (
            'pactwatch_deliver_sent_total{channel="#pacts"} 1.0',
            'pactwatch_deliver_queue{channel="#pacts"} 0.0',
            "pactwatch_deliver_active 1.0",
            "pactwatch_deliver_circuit_open 0.0",
            "pactwatch_deliver_latency_seconds_bucket",
        ):
            assert wanted in metrics
        assert (await client.get("/health")).json()["channels"]["#pacts"] == {"queued": 0, "trouble": None}


async def test_a_second_deliverer_takes_the_next_port(unused_tcp_port: int) -> None:
    """Two on one machine need no settings of their own; with none of ten ports free it says so."""
    settings = Slack(port=unused_tcp_port)
    poster = service.poster(Settings(), terminal=True)
    deliverer = Deliverer(Settings(), poster)
    async with pages(deliverer, settings) as first, pages(deliverer, settings) as second:
        assert first == unused_tcp_port
        assert first < second <= first + 9
    with pytest.raises(ConfigurationError, match=r"no free port.*PACTWATCH_SLACK__PORT"):
        async with pages(deliverer, Slack(port=unused_tcp_port, host="203.0.113.1")):
            pass


def test_the_manifest_asks_for_what_is_used() -> None:
    """The scopes the stand-in insists on are in the app manifest, and nothing is that could read messages of others."""
    manifest = YAML(typ="safe").load(ROOT / "docker" / "slack-manifest.yaml")
    scopes = set(manifest["oauth_config"]["scopes"]["bot"])
    assert set(SCOPES) - {"channels:manage", "users:read"} <= scopes
    assert scopes <= {"chat:write", "channels:read", "channels:history", "groups:read", "groups:history", "commands"}
    assert [command["command"] for command in manifest["features"]["slash_commands"]] == [COMMAND]
    assert manifest["settings"]["interactivity"]["is_enabled"]
    assert manifest["settings"]["socket_mode_enabled"]
