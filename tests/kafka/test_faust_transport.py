"""The batch transport: what is committed is done, and what is done gets committed, whatever partitions do."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Any

import pytest
from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient
from faust.types import TP

from agents.parts import Parts
from monitor.models.article import Article
from monitor.settings import Settings
from tests.agents.fakes import FakeClassifier, Found, article, fake_parts
from tests.agents.harness import committed, produce, running_app, until_ready
from tests.conftest import MakeSettings, ReadAll
from tests.waiting import until_async


class Recorder(FakeClassifier):
    """Remembers the articles it was shown; waits at those whose text has `WAIT` until `open`."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.waiting = threading.Event()
        self.door = threading.Event()

    def gate(self, raw: bytes) -> bool:
        """Let all through."""
        del raw
        return True

    def classify(self, article: Article, *, arrived: datetime) -> Found:
        """Remember, and wait where told to."""
        if "WAIT" in article.text:
            self.waiting.set()
            assert self.door.wait(20)
        self.seen.append(article.id)
        return super().classify(article, arrived=arrived)


def parts_with(classifier: Any) -> Parts:
    real = fake_parts()
    return Parts(classifier, real.article_reports, real.sightings, real.dossiers, real.counts)


def padded(number: int, text: str = "") -> Article:
    """Return an article long enough that its batch is classified in a thread."""
    return article(number, text + " " + "x" * 20_000)


def group_state(settings: Settings) -> ConsumerGroupState:
    """Return what the broker says of the group."""
    admin = AdminClient({"bootstrap.servers": settings.kafka.bootstrap_servers})
    state: ConsumerGroupState = (
        admin.describe_consumer_groups([settings.worker.app_id])[settings.worker.app_id].result().state
    )
    return state


async def until_committed(settings: Settings, total: int) -> None:
    async def done() -> bool:
        offsets = await asyncio.to_thread(committed, settings)
        return sum(offsets.values()) == total

    await until_async(done, what=f"{total} articles committed", seconds=15)


async def test_offsets_are_committed_only_when_the_batch_is_left(kafka_settings: Settings) -> None:
    """While a batch is at work nothing of it is committed; afterwards all of it is."""
    recorder = Recorder()
    produce(kafka_settings, [padded(1), padded(2, "WAIT"), padded(3)], partition=1)
    async with running_app(kafka_settings, parts=parts_with(recorder)) as app:
        await until_async(lambda: asyncio.to_thread(recorder.waiting.wait, 1), what="the batch at work")
        await app.consumer.commit()
        assert committed(kafka_settings)[1] == 0
        recorder.door.set()
        await until_committed(kafka_settings, 3)
    assert recorder.seen == ["article-1", "article-2", "article-3"]


async def test_a_long_fetch_is_split_and_committed_to_its_end(kafka_settings: Settings) -> None:
    """5,000 short articles of one partition come in several batches, and the last offset is committed."""
    recorder = Recorder()
    produce(kafka_settings, [article(n) for n in range(5000)], partition=2)
    async with running_app(kafka_settings, parts=parts_with(recorder)):
        await until_committed(kafka_settings, 5000)
    assert recorder.seen == [f"article-{n}" for n in range(5000)]


@pytest.mark.parametrize("partition", [0, 1])
async def test_a_batch_at_work_when_its_partition_is_revoked(
    make_kafka_settings: MakeSettings, read_all: ReadAll, partition: int
) -> None:
    """Nothing of it is committed by the worker that left it half done, whether its partition goes or stays."""
    settings = make_kafka_settings(partitions=2)
    first, second = Recorder(), Recorder()
    second.door.set()
    produce(
        settings,
        [padded(n, f"PACT AA{chr(65 + n)}+BBB signed {'WAIT' * (n == 2)}") for n in range(5)],
        partition=partition,
    )
    async with running_app(settings, "a", parts=parts_with(first)) as a, AsyncExitStack() as stack:
        await until_async(lambda: asyncio.to_thread(first.waiting.wait, 1), what="the batch at work")
        joining = asyncio.create_task(stack.enter_async_context(running_app(settings, "b", parts=parts_with(second))))
        await until_async(lambda: asyncio.sleep(0, not a.lease.held), what="the revocation")
        for _ in range(20):  # the group waits for the batch to be left: nobody gets the partition before
            assert await asyncio.to_thread(group_state, settings) == ConsumerGroupState.PREPARING_REBALANCING
        first.door.set()
        b = await joining
        await until_ready(a, partitions=1)
        await until_ready(b, partitions=1)
        await until_committed(settings, 5)
    assert a.metrics.abandoned.labels(stage="classify")._value.get() == 1
    reports = [json.loads(record.value())["article"]["id"] for record in read_all(settings, "reports")]
    assert reports == [f"article-{n}" for n in range(5)]


async def test_a_partition_that_comes_back_after_another_worker_advanced_it(
    make_kafka_settings: MakeSettings,
) -> None:
    """What was delivered before it went away is forgotten: it neither blocks commits nor takes them back."""
    settings = make_kafka_settings(partitions=2)
    both = [Recorder(), Recorder()]
    async with running_app(settings, "a", parts=parts_with(both[0])) as a:
        for partition in (0, 1):
            produce(settings, [padded(100 * partition + n) for n in range(10)], partition=partition)
        await until_committed(settings, 20)
        async with running_app(settings, "b", parts=parts_with(both[1])):
            await until_ready(a, partitions=1)
            for partition in (0, 1):
                produce(settings, [padded(100 * partition + n) for n in range(10, 30)], partition=partition)
            await until_committed(settings, 60)
        await until_ready(a, partitions=2)
        for partition in (0, 1):
            produce(settings, [padded(100 * partition + n) for n in range(30, 40)], partition=partition)
        await until_committed(settings, 80)
    assert both[1].seen
    seen = sorted(int(name.removeprefix("article-")) for recorder in both for name in recorder.seen)
    assert seen == [*range(40), *range(100, 140)]


async def test_a_seek_below_the_committed_offset(make_kafka_settings: MakeSettings) -> None:
    """Articles read again after a seek are done again, and those after them are committed."""
    settings = make_kafka_settings(partitions=1)
    recorder = Recorder()
    async with running_app(settings, parts=parts_with(recorder)) as app:
        for start in (0, 5):
            produce(settings, [padded(n) for n in range(start, start + 5)])
            await until_committed(settings, start + 5)
        await app.consumer.seek(TP(app.articles, 0), 2)
        await until_async(lambda: asyncio.sleep(0, len(recorder.seen) == 18), what="the articles again")
        produce(settings, [padded(n) for n in range(10, 15)])
        await until_committed(settings, 15)
    assert recorder.seen == [f"article-{n}" for n in [*range(10), *range(2, 10), *range(10, 15)]]


async def test_records_dropped_before_anything_was_committed_come_again(make_kafka_settings: MakeSettings) -> None:
    """When the flow stops while the very first records are in hand, they are not lost for want of an offset to seek."""
    settings = make_kafka_settings(partitions=1)
    recorder = Recorder()
    async with running_app(settings, parts=parts_with(recorder)) as app:
        consumer: Any = app.consumer
        fetch, dropped = consumer._wait_next_records, asyncio.Event()

        async def fetch_and_stop(seconds: float) -> Any:
            records, active = await fetch(seconds)
            if records and not dropped.is_set():
                consumer.stop_flow()
                dropped.set()
            return records, active

        consumer._wait_next_records = fetch_and_stop
        await asyncio.sleep(1.5)  # a fetch that began before the line above has ended with nothing
        produce(settings, [padded(n) for n in range(5)])
        await asyncio.wait_for(dropped.wait(), 5)
        consumer.resume_flow()
        await until_committed(settings, 5)
    assert recorder.seen == [f"article-{n}" for n in range(5)]


async def test_a_batch_fetched_before_a_seek_is_not_delivered_after_it(make_kafka_settings: MakeSettings) -> None:
    """Records in hand when a seek comes are dropped: delivered, they would come before those that were sought."""
    settings = make_kafka_settings(partitions=1)
    recorder = Recorder()
    async with running_app(settings, parts=parts_with(recorder)) as app:
        consumer: Any = app.consumer
        fetch = consumer._wait_next_records
        sought = False

        async def fetch_then_seek(seconds: float) -> Any:
            nonlocal sought
            records, active = await fetch(seconds)
            if records and not sought and records.get(TP(app.articles, 0)):
                sought = True
                await consumer.seek(TP(app.articles, 0), 0)
            return records, active

        consumer._wait_next_records = fetch_then_seek
        produce(settings, [padded(0)])  # taken by a fetch that was under way
        await until_committed(settings, 1)
        produce(settings, [padded(n) for n in range(1, 5)])
        await until_committed(settings, 5)
    assert sought
    assert recorder.seen == [f"article-{n}" for n in [0, 0, 1, 2, 3, 4]]


async def test_a_partition_without_a_position_crashes_nothing(kafka_settings: Settings) -> None:
    """Stock Faust's watch over slow streams asks every partition for its position, and dies when one has none yet."""
    async with running_app(kafka_settings) as app:
        consumer: Any = app.consumer
        assignment = consumer._thread._consumer._subscription.subscription.assignment
        assignment.state_value(TP(app.articles, 0)).await_reset(-2)
        await consumer.verify_all_partitions_active()
