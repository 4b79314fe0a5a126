"""Recovery of tables: a restart under backlog reads on exactly where it was, and no bytes can hang it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from confluent_kafka import Producer

from agents.tables import Table
from monitor.settings import Settings
from tests.agents.fakes import article
from tests.agents.harness import committed, produce, running_app
from tests.conftest import MakeSettings
from tests.kafka.test_faust_transport import Recorder, parts_with, until_committed
from tests.waiting import until_async

BACKLOG = 20_000
"""Articles a partition: more than any queue between Kafka and an agent holds."""


def by_partition(seen: list[str]) -> dict[int, list[int]]:
    """Return the numbers of the articles seen, by partition (a million articles each)."""
    found = defaultdict(list)
    for name in seen:
        partition, number = divmod(int(name.removeprefix("article-")), 1_000_000)
        found[partition].append(number)
    return found


async def test_a_restart_under_backlog_reads_on_where_it_was(make_kafka_settings: MakeSettings) -> None:
    """With tables to recover and a backlog to read, every article is delivered once, in order, without a hole."""
    settings = make_kafka_settings(partitions=2)
    first, second = Recorder(), Recorder()
    for partition in (0, 1):
        start = partition * 1_000_000
        produce(settings, [article(start + n, "PACT AAA+BBB signed") for n in range(100)], partition=partition)
    async with running_app(settings, parts=parts_with(first)):
        await until_committed(settings, 200)
    for partition in (0, 1):
        start = partition * 1_000_000
        produce(settings, [article(start + n) for n in range(100, BACKLOG)], partition=partition)
    async with running_app(settings, parts=parts_with(second)):
        await until_committed(settings, 2 * BACKLOG)
    assert by_partition(second.seen) == {0: list(range(100, BACKLOG)), 1: list(range(100, BACKLOG))}


async def test_rebalances_under_backlog_skip_nothing(make_kafka_settings: MakeSettings) -> None:
    """A worker that comes and goes while there is a backlog makes nobody skip an article."""
    settings = make_kafka_settings(partitions=2)
    first, second = Recorder(), Recorder()
    for partition in (0, 1):
        start = partition * 1_000_000
        articles = [article(start + n, "PACT AAA+BBB signed" if n % 500 == 0 else "") for n in range(BACKLOG)]
        produce(settings, articles, partition=partition)
    async with running_app(settings, "a", parts=parts_with(first)):
        async with running_app(settings, "b", parts=parts_with(second)):
            pass
        await until_committed(settings, 2 * BACKLOG)
    seen = by_partition([*first.seen, *second.seen])
    assert {partition: sorted(set(numbers)) for partition, numbers in seen.items()} == {
        0: list(range(BACKLOG)),
        1: list(range(BACKLOG)),
    }


async def test_a_value_that_cannot_be_decoded_does_not_hang_recovery(kafka_settings: Settings) -> None:
    """Bytes that are no JSON, no UTF-8 and no value at all in a changelog: the app is ready, and the table has them."""
    topic = f"{kafka_settings.worker.app_id}-reported-changelog"
    producer = Producer({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})
    for key, value in ((b"a", b"\xff\xfe"), (b"b", b"{"), (b"\xff", b"1"), (b"c", b"1"), (b"c", None)):
        producer.produce(topic, value, key, partition=0)
    producer.flush()
    async with asyncio.timeout(15), running_app(kafka_settings) as app:
        table: Any = app.tables["reported"]
        assert isinstance(table, Table)
        assert dict(table.items(0)) == {"a": b"\xff\xfe", "b": b"{", "\udcff": b"1"}


async def test_a_table_partition_goes_and_comes_with_its_keys(make_kafka_settings: MakeSettings) -> None:
    """What another worker wrote and deleted meanwhile is there and gone when the partition comes back."""
    settings = make_kafka_settings(partitions=2)
    produce(settings, [article(n, "PACT AAA+BBB signed") for n in range(4)], partition=0)
    produce(settings, [article(n, "PACT AAA+BBB signed") for n in range(10, 14)], partition=1)
    async with running_app(settings, "a") as a:
        await until_committed(settings, 8)
        table: Any = a.tables["reported"]
        async with running_app(settings, "b") as b:
            await until_async(lambda: asyncio.sleep(0, len(a.owned(a.articles)) == 1 and a.running), what="the share")
            (moved,) = b.owned(b.articles)
            assert table.items(moved) == []
            other: Any = b.tables["reported"]
            name = "article-0" if moved == 0 else "article-10"
            with b.lease.claim() as claim:
                await other.write(moved, {name: None, "new": b"2"}, claim)
        await until_async(lambda: asyncio.sleep(0, len(a.owned(a.articles)) == 2 and a.running), what="its return")
        keys = {key for key, _ in table.items(moved)}
        assert keys == {f"article-{n + 10 * moved}" for n in range(1, 4)} | {"new"}
    assert sum(committed(settings).values()) == 8
