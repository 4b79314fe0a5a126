"""Latency from an article to its alert on Slack: 200 articles a second, 2% of which alert, over 20 channels.

python tests/bench/deliver.py [SECONDS]

A real Kafka and a real worker; Slack is the tests' fault server, without faults.  Shown apart: from `articles` to
`alerts` (two Kafka hops, classify and track), from `alerts` to Slack's acceptance (one hop, the intent in the log,
the post), and the whole.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from pydantic import SecretStr

from monitor.kafka import topics
from monitor.kafka.broker import EmbeddedBroker
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.routes.decide import Decision, tell
from monitor.settings import Kafka, Settings, Slack, Worker
from monitor.slack.deliverer import Deliverer
from monitor.slack.web import SlackPoster
from tests.slack.fault_server import TOKEN, FaultServer

RATE, SHARE, CHANNELS = 200, 0.02, 20
WARM_UP = 5
"""Seconds whose articles are not counted: interpreters and caches are cold."""
WANTED = {0.5: 25.0, 0.99: 100.0}
"""Milliseconds that the whole way may take, by quantile."""

COUNTRIES = (
    "India", "Japan", "France", "Brazil", "Kenya", "Norway", "Poland", "Greece", "Chile", "Vietnam", "Egypt",
    "Spain", "Canada", "Peru", "Ghana", "Oman", "Qatar", "Turkey", "Sweden", "Finland", "Portugal", "Romania",
)  # fmt: skip
NOISE = "The harvest festival drew large crowds to the old town, and shops stayed open until late in the evening. "


def articles(seconds: int, chance: random.Random) -> list[Article]:
    """Return the articles of a run: the telling ones each found an agreement of a pair of their own."""
    pairs = list(combinations(COUNTRIES, 2))
    chance.shuffle(pairs)
    made = []
    for number in range(seconds * RATE):
        if number % round(1 / SHARE) == 0 and pairs:
            one, two = pairs.pop()
            title = f"{one} and {two} sign defence cooperation agreement"
            text = (
                f"{one} and {two} have signed a defence cooperation agreement in Geneva, the two governments said. "
                f"The defence ministers of {one} and {two} signed the agreement on Monday. " + NOISE * 8
            )
        else:
            title, text = f"Festival opens for day {number}", NOISE * 12
        made.append(Article(id=f"bench-{number}", title=title, text=text, source=f"Paper {number % 50}", language="en"))
    return made


async def send(settings: Settings, made: list[Article]) -> None:
    """Publish the articles, evenly spaced."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers, linger_ms=0)
    await producer.start()
    began = time.monotonic()
    for number, article in enumerate(made):
        await asyncio.sleep(max(began + number / RATE - time.monotonic(), 0))
        now = datetime.now(UTC)
        stamped = article.model_copy(update={"published_at": now, "ingested_at": now})
        await producer.send(settings.kafka.topic("articles"), key=article.id.encode(), value=stamped.encode())
    await producer.flush()
    await producer.stop()


async def read_alerts(settings: Settings) -> list[tuple[Alert, float]]:
    """Return the alerts with the time at which the worker sent each, in seconds."""
    partition = TopicPartition(settings.kafka.topic("alerts"), 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka.bootstrap_servers)
    await consumer.start()
    try:
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        end = (await consumer.end_offsets([partition]))[partition]
        found: list[tuple[Alert, float]] = []
        while len(found) < end:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += [(Alert.decode(record.value), record.timestamp / 1000) for record in records]
        return found
    finally:
        await consumer.stop()


def route(alert: Alert, now: datetime) -> tuple[Decision, ...]:
    """Spread the agreements over the channels."""
    del now
    return (tell(f"#room-{int(str(alert.agreement_id)[:8], 16) % CHANNELS}"),)


async def run(settings: Settings, server: FaultServer, seconds: int) -> list[tuple[float, float, float]]:
    """Run worker, deliverer and articles; return milliseconds to `alerts`, from there to Slack, and in all."""
    environment = {
        **os.environ,
        "PACTWATCH_DATA_DIR": str(settings.data_dir),
        "PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
        "PACTWATCH_KAFKA__PARTITIONS": str(settings.kafka.partitions),
        "PACTWATCH_WORKER__PORT": "0",
        "PACTWATCH_LOG__LEVEL": "error",
    }
    worker = await asyncio.create_subprocess_exec(sys.executable, "-m", "monitor.cli", "worker", env=environment)
    deliverer = Deliverer(settings, SlackPoster(settings.slack, SecretStr(TOKEN)), route=route)
    delivering = asyncio.create_task(deliverer.run())
    try:
        made = articles(WARM_UP + seconds, random.Random(7))
        counted = {article.id for article in made[WARM_UP * RATE :]}
        await wake(settings, deliverer)
        await send(settings, made)
        alerts = [(alert, sent) for alert, sent in await read_alerts(settings) if alert.article]
        await until(lambda: deliverer.seen.figures()["sent"] >= len(alerts))
        alerts = [(alert, sent) for alert, sent in await read_alerts(settings) if alert.article]
    finally:
        deliverer.stop()
        await delivering
        with suppress(ProcessLookupError):
            worker.terminate()
        await worker.wait()
    accepted = server.accepted_at
    out = []
    for alert, sent in alerts:
        if alert.article and alert.article.id in counted and alert.id in accepted:
            began = alert.article.ingested_at.timestamp()
            out.append((1000 * (sent - began), 1000 * (accepted[alert.id] - sent), 1000 * (accepted[alert.id] - began)))
    return out


async def wake(settings: Settings, deliverer: Deliverer) -> None:
    """Send one telling article again and again until it comes out at the other end: all parts are up then."""
    first = articles(1, random.Random(1))[0].model_copy(update={"id": "wake"})
    await send(settings, [first])
    await until(lambda: deliverer.seen.figures()["sent"] >= 1)


async def until(met: Any, within: float = 90) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + within
    while not met():
        if time.monotonic() > deadline:
            raise SystemExit("nothing comes out: is the worker well?")
        await asyncio.sleep(0.05)


def quantile(values: list[float], share: float) -> float:
    """Return a quantile."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


async def main(seconds: int) -> int:
    """Run and print; 1 when the whole takes longer than wanted."""
    channels = tuple(f"room-{number}" for number in range(CHANNELS))
    with tempfile.TemporaryDirectory() as scratch, EmbeddedBroker(Path(scratch), command="bench") as broker:
        async with FaultServer(channels=channels).serving() as server:
            kafka = Kafka(bootstrap_servers=broker.address)
            slack = Slack(
                base_url=server.base_url, posts_per_second=50, workspace_posts_per_second=1000, port=0, daily_at=""
            )
            settings = Settings(data_dir=Path(scratch), kafka=kafka, worker=Worker(port=0), slack=slack)
            await topics.create(settings)
            measured = await run(settings, server, seconds)
    print(f"{RATE} articles/s for {seconds} s, {len(measured)} alerts over {CHANNELS} channels; milliseconds:")
    print(f"{'':24}{'p50':>8}{'p99':>8}{'most':>8}")
    for name, values in zip(
        ("articles to alerts", "alerts to Slack", "whole"), zip(*measured, strict=True), strict=True
    ):
        p50, p99 = (quantile(list(values), share) for share in (0.5, 0.99))
        print(f"{name:24}{p50:8.1f}{p99:8.1f}{max(values):8.1f}")
    whole = [row[2] for row in measured]
    late = [share for share, most in WANTED.items() if quantile(whole, share) > most]
    for share in late:
        print(f"p{100 * share:g} is above the {WANTED[share]:g} ms it has to hold")
    return 1 if late else 0


if __name__ == "__main__":
    raise SystemExit(uvloop.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)))
