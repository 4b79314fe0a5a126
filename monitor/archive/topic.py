"""Articles of a Kafka topic, in a range of offsets, read once."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from monitor.errors import ConfigurationError, InputError
from monitor.feeds.found import Fault, Found, read_article
from monitor.kafka.connection import client_options
from monitor.kafka.topics import partition_numbers, unreachable
from monitor.settings import Settings

PREFIX = "topic:"

_FORM = re.compile(r"topic:([A-Za-z0-9._-]+)(?:@(\d+:\d*-\d*(?:,\d+:\d*-\d*)*))?")

_HINT = "write topic:NAME, or topic:NAME@PARTITION:FIRST-LAST,... such as topic:articles@0:100-199,1:50-"


@dataclass(frozen=True)
class TopicRange:
    """A topic, or some offsets of it."""

    name: str
    """Full."""
    ranges: dict[int, tuple[int | None, int | None]]
    """First and last offset by partition; empty: all that stands there now."""

    @classmethod
    def parse(cls, text: str, settings: Settings) -> TopicRange:
        """Read ``topic:articles@0:100-199``; a name of ours gets the prefix; raises ConfigurationError."""
        form = _FORM.fullmatch(text)
        if form is None:
            raise ConfigurationError(f"{text!r} is no range of a topic", hint=_HINT)
        ranges: dict[int, tuple[int | None, int | None]] = {}
        for part in (form[2] or "").split(",") if form[2] else ():
            number, _, offsets = part.partition(":")
            first, _, last = offsets.partition("-")
            ranges[int(number)] = (int(first) if first else None, int(last) if last else None)
        name = form[1]
        return cls(settings.kafka.topic(name) if name == "articles" else name, ranges)


async def read_topic(settings: Settings, wanted: TopicRange) -> AsyncIterator[Found | Fault]:
    """Yield the articles that stand in a topic now; one that states no arrival arrived when Kafka got it.

    Raises:
        BrokerError: Kafka is not there.
        TopicsError: the topic is not there.

    """
    async for record in records(settings, wanted):
        yield _item(record)


async def records(settings: Settings, wanted: TopicRange) -> AsyncIterator[ConsumerRecord[bytes, bytes]]:
    """Yield what stands in a topic now, each partition in order; raises as `read_topic` does."""
    numbers = await partition_numbers(settings, wanted.name)
    options = client_options(settings)
    consumer = AIOKafkaConsumer(**options, enable_auto_commit=False, max_partition_fetch_bytes=2 * 1024 * 1024)
    try:
        await consumer.start()
        parts = [TopicPartition(wanted.name, n) for n in numbers if not wanted.ranges or n in wanted.ranges]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        starts = await consumer.beginning_offsets(parts)
        for part in parts:
            first, last = wanted.ranges.get(part.partition, (None, None))
            starts[part] = min(max(starts[part], first or 0), ends[part])
            ends[part] = min(ends[part], ends[part] if last is None else last + 1)
            consumer.seek(part, starts[part])
        left = {part for part in parts if starts[part] < ends[part]}
        while left:
            for part, found_records in (await consumer.getmany(*left, timeout_ms=500, max_records=2000)).items():
                for record in found_records:
                    if record.offset < ends[part]:
                        yield record
            left = {part for part in left if await consumer.position(part) < ends[part]}
    except (KafkaError, OSError) as error:
        raise unreachable(options["bootstrap_servers"], error) from error
    finally:
        await consumer.stop()


def _item(record: ConsumerRecord[bytes, bytes]) -> Found | Fault:
    where = f"{record.topic}-{record.partition}@{record.offset}"
    arrived = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    try:
        return read_article(record.value or b"", arrived=arrived)
    except InputError as error:
        return Fault(where, error.message)
