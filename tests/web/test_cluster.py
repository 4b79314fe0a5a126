"""What the broker says: lag, sizes and rates, and what it does not say."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from confluent_kafka import Producer

from monitor.settings import Kafka, Settings
from monitor.watch.cluster import Cluster
from tests.waiting import until_async
from tests.web.seeding import commit


@asynccontextmanager
async def looking(settings: Settings) -> AsyncIterator[Cluster]:
    cluster = Cluster(settings, interval=0.1)
    await cluster.start()
    try:
        yield cluster
    finally:
        await cluster.stop()


def write(settings: Settings, topic: str, partition: int, count: int, *, age: float = 0.0) -> None:
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap_servers})
    at = int((time.time() - age) * 1000)
    for number in range(count):
        producer.produce(settings.kafka.topic(topic), b"{}", f"k{number}".encode(), partition, timestamp=at)
    assert producer.flush(10) == 0


async def test_lag_is_told_by_partition_and_unknown_stays_unknown(kafka_settings: Settings) -> None:
    """Records behind a committed offset are counted and aged; a partition without a commit is unknown, not 0."""
    write(kafka_settings, "articles", 0, 5, age=120)
    write(kafka_settings, "articles", 1, 3)
    commit(kafka_settings, kafka_settings.worker.app_id, "articles", {0: 2})
    async with looking(kafka_settings) as cluster:
        state = await cluster.next_look()
        stage = state.stage("classify")
        assert stage is not None
        assert [(lag.committed, lag.records) for lag in stage.lags] == [(2, 3), (None, None), (None, 0), (None, 0)]
        assert 119 < (stage.lags[0].seconds or 0) < 180
        assert stage.lags[1].seconds is None
        assert (stage.records, stage.seconds) == (None, None)
        commit(kafka_settings, kafka_settings.worker.app_id, "articles", {1: 3})

        async def known() -> bool:
            seen = (await cluster.next_look()).stage("classify")
            return seen is not None and seen.records == 3

        await until_async(known, what="the lag of both partitions")


async def test_sizes_and_rates_come_from_the_broker(kafka_settings: Settings) -> None:
    """Records, bytes on disk and the minutes before the dashboard ran are told right after the first look."""
    write(kafka_settings, "articles", 0, 60, age=300)
    async with looking(kafka_settings) as cluster:
        topic = (await cluster.next_look()).topic("articles")
        assert topic is not None
        assert topic.records == 60
        assert topic.bytes is not None
        assert topic.bytes > 100
        assert sum(value or 0 for value in topic.spark) == 1.0  # 60 records in one minute, a second
        assert topic.rate == 0.0


async def test_missing_topics_are_shown_as_missing(make_kafka_settings: object) -> None:
    """A broker without our topics is looked at all the same."""
    settings = make_kafka_settings(create=False)  # type: ignore[operator] # the fixture of tests/conftest.py
    async with looking(settings) as cluster:
        state = await cluster.next_look()
        assert all(topic.partitions == () and topic.bytes is None for topic in state.topics)


async def test_no_broker_is_said_and_waited_for() -> None:
    """Where nothing answers there is no state, and a reason."""
    settings = Settings(kafka=Kafka(bootstrap_servers="127.0.0.1:1"))
    async with looking(settings) as cluster:

        async def told() -> str | None:
            return cluster.trouble

        await until_async(told, what="the reason", seconds=20)
        assert cluster.state is None
