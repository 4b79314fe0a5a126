"""How the dashboard answers with 100,000 dossiers and 50,000 actors: start, filters, first view, memory.

python -m tests.bench.dashboard [dossiers] [actors]
"""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from confluent_kafka import Producer

from monitor.kafka import topics
from monitor.kafka.broker import EmbeddedBroker
from monitor.models.actor import Actor
from monitor.models.agreement import Agreement
from monitor.settings import Kafka, Secrets, Settings, Slack, Worker
from monitor.web.pages.all import register
from monitor.web.server import build
from tests.web.seeding import made

QUESTIONS = (
    "overview",
    "agreements",
    "agreements?text=norway%20defence",
    "agreements?party=IND&sort=-articles&offset=5000",
    "agreements?status=signed&confirmed=true&sort=title",
    "actors?window=30d",
    "actors?window=24h&kind=person&text=singh",
    "pairs?window=365d",
    "network",
    "subjects?grain=week",
)
"""What is asked of the API, each five times."""

VIEWS = ("/", "/agreements", "/actors")


def copies(topic: str, count: int) -> Iterable[tuple[str, bytes]]:
    """Give the archive's dossiers or actors over and over under other keys, each a little later than the last."""
    records = made().records[topic]
    now = datetime.now(UTC)
    for number in range(count):
        _, value = records[number % len(records)]
        if topic == "agreements":
            agreement = Agreement.decode(value)
            shown = agreement.snapshot
            moved = shown and shown.model_copy(update={"updated_at": now - timedelta(minutes=number)})
            copy: Agreement | Actor = agreement.model_copy(update={"id": f"{number:016x}", "snapshot": moved})
            yield f"{number:016x}", copy.encode()
        else:
            actor = Actor.decode(value)
            yield f"{actor.key}-{number}", actor.model_copy(update={"key": f"{actor.key}-{number}"}).encode()


def fill(settings: Settings, topic: str, count: int) -> None:
    """Write them."""
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap_servers, "linger.ms": 20})
    for number, (key, value) in enumerate(copies(topic, count)):
        producer.produce(settings.kafka.topic(topic), value, key)
        if number % 1000 == 0:
            producer.flush()
    producer.flush()


async def measure(settings: Settings) -> None:
    """Start the dashboard in this process and ask."""
    app, site = build(settings, Secrets())
    register(app, site)
    started = time.monotonic()
    async with app.router.lifespan_context(app):
        await site.live.until_ready()
        print(f"read {len(site.live.agreements):,} dossiers and {len(site.live.actors):,} actors", end="")
        print(f" in {time.monotonic() - started:.1f} s")
        await site.live.cluster.next_look()
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as client:
            for path in (*(f"/api/v1/{question}" for question in QUESTIONS), *VIEWS):
                times = []
                for _ in range(5):
                    begin = time.perf_counter()
                    answer = await client.get(path)
                    times.append(time.perf_counter() - begin)
                    assert answer.status_code == 200, answer.text
                print(f"{path:62} {1000 * sorted(times)[2]:7.0f} ms  {len(answer.content) / 1000:7.1f} kB")
        print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def main(dossiers: int = 100_000, actors: int = 50_000) -> None:
    """Fill a broker and measure."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedBroker(Path(folder), command="bench") as broker:
        settings = Settings(
            data_dir=Path(folder),
            kafka=Kafka(bootstrap_servers=broker.address, partitions=4),
            worker=Worker(port=0),
            slack=Slack(port=0),
        )
        asyncio.run(topics.create(settings))
        fill(settings, "agreements", dossiers)
        fill(settings, "actors", actors)
        asyncio.run(measure(settings))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
