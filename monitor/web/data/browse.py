"""Looks at the records of any topic, by offset, time, key or text."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from monitor.errors import InputError
from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.kafka.topics import TOPICS, partition_numbers, unreachable
from monitor.settings import Settings
from monitor.web.data.page import Row

SHOWN = 100
"""Records of a look, at most."""

SCANNED = 50_000
"""Records read for a search, at most."""

PATIENCE = 8.0
"""Seconds a look may take."""

_BODY = 64 * 1024
"""Characters of a value that are sent to a browser."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records of a topic."""

    topic: str
    """Short name, or the name of a changelog's table."""
    partition: int | None = None
    """None: all."""
    offset: int | None = None
    """From here on; negative: that many from the end."""
    at: datetime | None = None
    """From the first record at or after this moment; wins over ``offset``."""
    key: str = ""
    """Only this key."""
    text: str = ""
    """Only values with this text, upper or lower case."""
    limit: int = 20


@dataclass(frozen=True, slots=True)
class Browsed:
    """What was found."""

    records: list[Row]
    scanned: int
    complete: bool
    """False: the search ended before the topic did."""


def full_name(settings: Settings, topic: str) -> str:
    """Return a topic's name on the broker; raises InputError when it is none of ours."""
    for spec in TOPICS:
        if topic in (spec.name, spec.full_name(settings)):
            return spec.full_name(settings)
    raise InputError(f"there is no topic {topic!r}", hint=f"there are: {', '.join(spec.name for spec in TOPICS)}")


async def browse(settings: Settings, wanted: Wanted) -> Browsed:
    """Read records, newest last within a partition.

    Raises:
        InputError: there is no such topic or partition.
        BrokerError: Kafka is not there.

    """
    name = full_name(settings, wanted.topic)
    async with consumer(settings) as client, asyncio.timeout(PATIENCE * 3):
        numbers = await partition_numbers(settings, name)
        if wanted.partition is not None:
            if wanted.partition not in numbers:
                raise InputError(f"{name} has no partition {wanted.partition}", hint=f"it has {len(numbers)}")
            numbers = [wanted.partition]
        places = [TopicPartition(name, number) for number in numbers]
        ends = await _position(client, places, wanted)
        return await _scan(client, places, ends, wanted)


async def fetch(settings: Settings, topic: str, partition: int, offset: int) -> ConsumerRecord[Any, Any] | None:
    """Return one record by its full topic name and place; None when it is no longer, or not yet, there."""
    async with consumer(settings) as client, asyncio.timeout(PATIENCE):
        place = TopicPartition(topic, partition)
        client.assign([place])
        if not (await client.beginning_offsets([place]))[place] <= offset < (await client.end_offsets([place]))[place]:
            return None
        client.seek(place, offset)
        record = await client.getone(place)
        return record if record.offset == offset else None  # compaction leaves gaps


@asynccontextmanager
async def consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    """Give a consumer for one look; raises BrokerError."""
    options = client_options(settings)
    client = AIOKafkaConsumer(
        **options,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=MAX_RECORD_BYTES,
        fetch_max_wait_ms=100,
    )
    try:
        try:
            await client.start()
        except (KafkaError, OSError) as error:
            raise unreachable(options["bootstrap_servers"], error) from error
        yield client
    finally:
        await client.stop()


async def _position(
    client: AIOKafkaConsumer, places: list[TopicPartition], wanted: Wanted
) -> dict[TopicPartition, int]:
    """Go to where the look begins; return where the partitions end."""
    client.assign(places)
    begins, ends = await client.beginning_offsets(places), await client.end_offsets(places)
    times: dict[TopicPartition, Any] = {}
    if wanted.at is not None:
        times = await client.offsets_for_times(dict.fromkeys(places, int(wanted.at.timestamp() * 1000)))
    searched = bool(wanted.key or wanted.text)
    for place in places:
        if wanted.at is not None:
            start = times[place].offset if times.get(place) else ends[place]
        elif wanted.offset is None:
            start = ends[place] - (SCANNED // len(places) if searched else wanted.limit)
        else:
            start = ends[place] + wanted.offset if wanted.offset < 0 else wanted.offset
        client.seek(place, min(max(start, begins[place]), ends[place]))
    return dict(ends)


async def _scan(
    client: AIOKafkaConsumer, places: list[TopicPartition], ends: dict[TopicPartition, int], wanted: Wanted
) -> Browsed:
    key = wanted.key.encode("utf-8", "surrogateescape") if wanted.key else None
    text = wanted.text.lower()
    limit = max(1, min(wanted.limit, SHOWN))
    newest_first = wanted.offset is None and wanted.at is None
    found: list[ConsumerRecord[Any, Any]] = []
    scanned, deadline = 0, time.monotonic() + PATIENCE
    complete = False
    while scanned < SCANNED and time.monotonic() < deadline:
        if all([await client.position(place) >= ends[place] for place in places]):
            complete = True
            break
        if not newest_first and len(found) >= limit:
            break
        for records in (await client.getmany(timeout_ms=200, max_records=2000)).values():
            scanned += len(records)
            found += [record for record in records if _matches(record, key, text)]
            if len(found) > 4 * SHOWN and newest_first:
                found = sorted(found, key=_age)[-SHOWN:]
    found.sort(key=_age)
    chosen = found[-limit:] if newest_first else found[:limit]
    return Browsed([as_row(record) for record in chosen], scanned, complete or len(found) >= limit)


def _age(record: ConsumerRecord[Any, Any]) -> tuple[int, int, int]:
    return record.timestamp, record.partition, record.offset


def _matches(record: ConsumerRecord[Any, Any], key: bytes | None, text: str) -> bool:
    if key is not None and record.key != key:
        return False
    return not text or text in (record.value or b"").decode("utf-8", "replace").lower()


def as_row(record: ConsumerRecord[Any, Any]) -> Row:
    """Return a record as JSON: ``value`` parsed where it is JSON, else its text; null for a deletion."""
    value: Any = None
    kind = "deletion"
    if record.value is not None:
        raw = record.value.decode("utf-8", "backslashreplace")
        kind = "text"
        value = raw[:_BODY]
        if len(raw) <= _BODY:
            try:
                value, kind = json.loads(raw), "json"
            except ValueError:
                kind = "text"
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "time": datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(),
        "key": None if record.key is None else record.key.decode("utf-8", "backslashreplace"),
        "bytes": len(record.value) if record.value is not None else None,
        "headers": {name: bytes(raw).decode("utf-8", "backslashreplace") for name, raw in record.headers},
        "kind": kind,
        "value": value,
    }
