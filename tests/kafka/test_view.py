"""A view of a compacted topic."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, Message, Producer

from monitor.errors import BrokerError, RecordError, TopicsError
from monitor.kafka.view import View, read
from monitor.settings import Kafka, Settings
from tests.waiting import until_async


def number(value: bytes) -> int:
    """Decode what the tests write."""
    try:
        return int(value)
    except ValueError:
        raise RecordError(f"no number: {value!r}", reason="not_a_number") from None


Write = Callable[..., dict[int, int]]


@pytest.fixture
def write(kafka_settings: Settings) -> Write:
    """Write key and value pairs to a topic, `mutes` unless named; give the last offset written of each partition."""
    producer = Producer({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})

    def pairs(*records: tuple[str | None, str | None], topic: str = "mutes") -> dict[int, int]:
        last: dict[int, int] = {}

        def delivered(error: KafkaError | None, message: Message) -> None:
            assert error is None
            partition, offset = message.partition() or 0, message.offset() or 0
            last[partition] = max(last.get(partition, -1), offset)

        for key, value in records:
            producer.produce(kafka_settings.kafka.topic(topic), value, key, on_delivery=delivered)
        assert producer.flush(10) == 0
        return last

    return pairs


async def test_all_that_stood_there_is_read_before_start_returns(kafka_settings: Settings, write: Write) -> None:
    """Right after `start` a view has the latest value of every key over all partitions, and none of a deleted key."""
    write(*((f"k{i}", str(i)) for i in range(500)))
    write(*((f"k{i}", str(-i)) for i in range(0, 500, 2)), ("k7", None))
    async with View(kafka_settings, kafka_settings.kafka.topic("mutes"), number) as view:
        expected = {f"k{i}": -i if i % 2 == 0 else i for i in range(500) if i != 7}
        assert view.items() == expected
        assert len(view) == len(expected)
        assert view.get("k7") is None


async def test_it_follows(kafka_settings: Settings, write: Write) -> None:
    """What is written later arrives, deletions too; `reach` waits for one's own writes; changes are told in order."""
    write(("a", "1"))
    told: list[tuple[str, int | None]] = []
    topic = kafka_settings.kafka.topic("mutes")
    async with View(kafka_settings, topic, number, changed=lambda key, value: told.append((key, value))) as view:
        assert told == []
        offsets = write(("a", "2"), ("a", None), ("b", "3"))
        await asyncio.wait_for(view.reach(offsets), 10)
        assert view.items() == {"b": 3}
        assert [change for change in told if change[0] == "a"] == [("a", 2), ("a", None)]


async def test_a_broken_record_hides_no_other(kafka_settings: Settings, write: Write) -> None:
    """A value that cannot be decoded, and a record without key, are counted and left out; the earlier value stays."""
    write(("a", "1"), ("b", "nonsense"), ("a", "also nonsense"), (None, "5"), ("c", "2"), topic="alerts")
    async with View(kafka_settings, kafka_settings.kafka.topic("alerts"), number) as view:
        assert view.items() == {"a": 1, "c": 2}
        assert view.broken == 3
        offsets = write(("c", "worse"), ("c", "4"), topic="alerts")
        await asyncio.wait_for(view.reach(offsets), 10)
        assert view.get("c") == 4


async def test_read_reads_once(kafka_settings: Settings, write: Write) -> None:
    """`read` gives what stands in the topic, an empty one included."""
    topic = kafka_settings.kafka.topic("mutes")
    assert await read(kafka_settings, topic, number) == {}
    write(("a", "1"))
    assert await read(kafka_settings, topic, number) == {"a": 1}


async def test_a_missing_topic_or_broker_is_told(kafka_settings: Settings) -> None:
    """A topic that is not there, and a broker that is not there, raise an error that says so."""
    with pytest.raises(TopicsError, match=r"missing topic: nowhere"):
        await View(kafka_settings, "nowhere", number).start()
    nobody = Settings(kafka=Kafka(bootstrap_servers="127.0.0.1:1"))
    with pytest.raises(BrokerError, match=r"127\.0\.0\.1:1"):
        await View(nobody, "pactwatch.mutes", number).start()


async def test_a_transactions_mark_at_the_end_is_no_record(kafka_settings: Settings) -> None:
    """The last offset of a topic may hold a mark that no reader is given: `start` does not wait for it."""
    topic = kafka_settings.kafka.topic("mutes")
    producer = Producer(
        {"bootstrap.servers": kafka_settings.kafka.bootstrap_servers, "transactional.id": kafka_settings.kafka.prefix}
    )
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, b"1", b"a", partition=0)
    producer.commit_transaction(30)
    assert await asyncio.wait_for(read(kafka_settings, topic, number), 20) == {"a": 1}


async def test_it_reads_on_after_the_end_was_deleted(kafka_settings: Settings, write: Write) -> None:
    """A topic whose records were all deleted (start equals end, above zero) is an empty view, and no endless wait."""
    from aiokafka import TopicPartition
    from aiokafka.admin.records_to_delete import RecordsToDelete

    from monitor.kafka import topics

    topic = kafka_settings.kafka.topic("alerts")
    producer = Producer({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})
    producer.produce(topic, b"1", b"a", partition=0)
    assert producer.flush(10) == 0
    async with topics.admin(kafka_settings) as client:
        await client.delete_records({TopicPartition(topic, 0): RecordsToDelete(1)})

    async def empty() -> bool:
        return await read(kafka_settings, topic, number) == {}

    assert await until_async(empty)
