"""What every test has: a clean environment, and one real Kafka for the whole run."""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from monitor.kafka import topics
from monitor.kafka.broker import EmbeddedBroker
from monitor.settings import Kafka, Settings, Worker
from tests.waiting import until

PARTITIONS = 4
"""Of every topic of a test: enough for partitions to matter, few enough to be made in a moment."""


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep the user's settings, secrets and data out of every test, and every test out of them."""
    for name in os.environ:
        if name.startswith(("PACTWATCH_", "SLACK_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "user-data"))


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the embedded broker once a run; give its bootstrap address."""
    with EmbeddedBroker(tmp_path_factory.mktemp("broker"), command="pytest") as started:
        yield started.address


MakeSettings = Callable[..., Settings]
"""``make(partitions=..., create=...)``: settings of a namespace of its own."""


def run_apart(work: Callable[[], Any]) -> Any:
    """Run ``asyncio`` code from a fixture, whatever event loop the test has."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


@pytest.fixture
def make_kafka_settings(broker: str, tmp_path: Path) -> Iterator[MakeSettings]:
    """Give a maker of settings, each with a prefix, an app id and a data folder of its own; clean up afterwards."""
    made: list[Settings] = []

    def make(*, partitions: int = PARTITIONS, create: bool = True, **more: Any) -> Settings:
        name = f"t{uuid.uuid4().hex[:10]}"
        settings = Settings(
            data_dir=tmp_path / name,
            kafka=Kafka(bootstrap_servers=broker, prefix=f"{name}.", partitions=partitions),
            worker=Worker(app_id=name, port=0),
            **more,
        )
        if create:
            run_apart(partial(asyncio.run, topics.create(settings)))
        made.append(settings)
        return settings

    yield make
    for settings in made:
        run_apart(partial(asyncio.run, _delete(settings)))


@pytest.fixture
def kafka_settings(make_kafka_settings: MakeSettings) -> Settings:
    """Give settings with topics of their own, all there and empty."""
    return make_kafka_settings()


async def _delete(settings: Settings) -> None:
    async with topics.admin(settings) as client:
        await client.delete_topics([spec.full_name(settings) for spec in topics.TOPICS])


ReadAll = Callable[[Settings, str], list[Any]]
"""``read_all(settings, "alerts")``: every record that stands in a topic now, by partition and offset."""


@pytest.fixture
def read_all() -> ReadAll:
    """Read a topic with another client than the program's own: messages as confluent-kafka gives them."""

    def read(settings: Settings, name: str) -> list[Any]:
        full = name if name.endswith("-changelog") else settings.kafka.topic(name)
        consumer = Consumer(
            {
                "bootstrap.servers": settings.kafka.bootstrap_servers,
                "group.id": f"reader-{uuid.uuid4().hex}",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "enable.partition.eof": False,
            }
        )
        try:
            left: dict[int, int] = {}
            for partition in consumer.list_topics(full, timeout=10).topics[full].partitions:
                low, high = until(partial(_ends, consumer, TopicPartition(full, partition)), what="a leader")
                if high > low:
                    left[partition] = high
            consumer.assign([TopicPartition(full, partition, 0) for partition in left])
            found: list[Any] = []
            while left:
                for message in consumer.consume(500, timeout=1):
                    if message.error():
                        raise AssertionError(message.error())
                    partition, offset = message.partition() or 0, message.offset() or 0
                    if partition not in left:
                        continue
                    if offset < left[partition]:
                        found.append(message)
                    if offset >= left[partition] - 1:
                        del left[partition]
            return sorted(found, key=lambda message: (message.partition(), message.offset()))
        finally:
            consumer.close()

    return read


def _ends(consumer: Consumer, partition: TopicPartition) -> tuple[int, int] | None:
    """Return first and next offset; None while a broker that just started does not lead the partition yet."""
    try:
        return consumer.get_watermark_offsets(partition, timeout=10)
    except KafkaException as error:
        if error.args[0].code() == KafkaError.NOT_LEADER_FOR_PARTITION:
            return None
        raise


@pytest.fixture
def write_articles(tmp_path: Path) -> Callable[..., Path]:
    """Give a writer of JSONL files of articles."""

    def write(*articles: dict[str, Any] | str, name: str = "articles.jsonl") -> Path:
        lines = [line if isinstance(line, str) else json.dumps(line) for line in articles]
        path = tmp_path / name
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return write
