"""The dead letters that wait for a person: read, tried again, dropped.

Nothing is ever removed from the topic before its time.  What was done with a letter stands there too, as a mark: a
record with the header ``handled`` (``partition-offset`` of the letter), ``action`` and, for a retry, ``copy``: where
the record was put back.  A letter whose origin is such a copy is the next attempt of the same record.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from monitor.errors import InputError, RecordError
from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.kafka.producer import Writer
from monitor.kafka.topics import partition_numbers, unreachable
from monitor.models.alert import Alert
from monitor.models.dead_letter import DeadLetter
from monitor.settings import Settings

TOPIC = "dead-letters"

RETRIES = 3
"""How often a record is put back unless somebody insists: one that fails each time goes in no circle."""

Action = Literal["retried", "dropped"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A letter as it stands in the topic."""

    id: str
    """``partition-offset``."""
    letter: DeadLetter
    size: int
    """Bytes of the original value."""
    retries: int = 0
    """How often the record was put back before."""
    handled: Action | None = None


async def read(settings: Settings) -> list[Entry]:
    """Read all letters, oldest first, without their values, which may be large.

    Raises:
        BrokerError: Kafka is not there.

    """
    letters: dict[str, Entry] = {}
    copies: dict[tuple[str, int, int], str] = {}
    async with _consumer(settings) as consumer:
        records = await _records(settings, consumer)
    for record in records:
        headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
        if "handled" in headers:
            _mark(headers, letters, copies)
        elif "stage" in headers:
            letter = DeadLetter.read(record.key, None, record.headers)
            earlier = copies.get((letter.topic, letter.partition, letter.offset))
            retries = letters[earlier].retries + 1 if earlier in letters else 0
            letters[record.id] = Entry(record.id, letter, record.size, retries)
    return sorted(letters.values(), key=lambda entry: entry.letter.at)


async def read_one(settings: Settings, number: str) -> Entry:
    """Read one letter with its value; raises InputError when there is none of that id."""
    for entry in await read(settings):
        if entry.id == number:
            async with _consumer(settings) as consumer:
                return await _whole(settings, consumer, entry)
    raise InputError(f"there is no dead letter {number}", hint="`pactwatch dead-letters list --all` shows all")


def _mark(headers: dict[str, str], letters: dict[str, Entry], copies: dict[tuple[str, int, int], str]) -> None:
    number, action = headers["handled"], headers.get("action")
    if number in letters:
        entry = letters[number]
        done: Action = "retried" if action == "retried" else "dropped"
        letters[number] = Entry(entry.id, entry.letter, entry.size, entry.retries, done)
    if "copy" in headers:
        topic, partition, offset = headers["copy"].rsplit("/", 2)
        copies[topic, int(partition), int(offset)] = number


async def retry(settings: Settings, entries: Iterable[Entry], *, insist: bool = False) -> tuple[list[str], list[str]]:
    """Put the original records back where they came from: same topic, partition, key and bytes.

    The record is written first and the mark second: a crash between the two puts it back twice, which every stage
    takes for the repeat it is.

    Returns:
        ids of what was put back, and a sentence for each that was not.

    """
    done, refused = [], []
    async with Writer(settings) as writer, _consumer(settings) as consumer:
        for entry in entries:
            if entry.letter.truncated:
                refused.append(f"{entry.id}: its value did not fit and is not kept; ingest the article again")
                continue
            if entry.retries >= RETRIES and not insist:
                refused.append(f"{entry.id}: was put back {entry.retries} times already; --insist does it once more")
                continue
            letter = (await _whole(settings, consumer, entry)).letter
            value = _told_anew(letter.value) if letter.stage == "deliver" else letter.value
            offset = await writer.place(letter.topic, key=letter.key, value=value, partition=letter.partition)
            await _handled(settings, writer, entry, "retried", f"{letter.topic}/{letter.partition}/{offset}")
            done.append(entry.id)
    return done, refused


def _told_anew(value: bytes | None) -> bytes | None:
    """Return an alert as its next revision: the deliverer takes the same revision again for a repeat."""
    try:
        alert = Alert.decode(value)
    except RecordError:
        return value
    return alert.model_copy(update={"revision": alert.revision + 1}).encode()


async def drop(settings: Settings, entries: Iterable[Entry]) -> list[str]:
    """Mark letters as done with; the record stays in the topic until its time is over.  Returns their ids."""
    done = []
    async with Writer(settings) as writer:
        for entry in entries:
            await _handled(settings, writer, entry, "dropped", None)
            done.append(entry.id)
    return done


async def _handled(settings: Settings, writer: Writer, entry: Entry, action: Action, copy: str | None) -> None:
    headers = [
        ("handled", entry.id.encode()),
        ("action", action.encode()),
        ("at", datetime.now(UTC).isoformat().encode()),
    ]
    if copy is not None:
        headers.append(("copy", copy.encode()))
    partition = int(entry.id.partition("-")[0])  # behind its letter, so that a reader meets the letter first
    await writer.place(
        settings.kafka.topic(TOPIC), key=entry.letter.key, value=b"", headers=headers, partition=partition
    )


@asynccontextmanager
async def _consumer(settings: Settings) -> AsyncIterator[AIOKafkaConsumer]:
    options = client_options(settings)
    consumer = AIOKafkaConsumer(**options, enable_auto_commit=False, max_partition_fetch_bytes=MAX_RECORD_BYTES)
    try:
        try:
            await consumer.start()
            await asyncio.sleep(0)  # a consumer that stops before its task has begun raises CancelledError
        except (KafkaError, OSError) as error:
            raise unreachable(options["bootstrap_servers"], error) from error
        yield consumer
    finally:
        await consumer.stop()


@dataclass(frozen=True, slots=True)
class _Record:
    """A record without its value."""

    time: int
    id: str
    key: bytes | None
    size: int
    headers: list[tuple[str, bytes]]


async def _records(settings: Settings, consumer: AIOKafkaConsumer) -> list[_Record]:
    """Read the topic to its present end, in the order of time."""
    topic = settings.kafka.topic(TOPIC)
    partitions = [TopicPartition(topic, number) for number in await partition_numbers(settings, topic)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    records: list[_Record] = []
    while any([await consumer.position(partition) < end for partition, end in ends.items()]):
        for batch in (await consumer.getmany(timeout_ms=200)).values():
            records += (_light(record) for record in batch)
    return sorted(records, key=lambda record: record.time)  # a stable sort: each partition keeps its order


def _light(record: ConsumerRecord[bytes | None, bytes | None]) -> _Record:
    number = f"{record.partition}-{record.offset}"
    return _Record(record.timestamp, number, record.key, len(record.value or b""), list(record.headers))


async def _whole(settings: Settings, consumer: AIOKafkaConsumer, entry: Entry) -> Entry:
    """Return the letter with its value."""
    partition, offset = entry.id.split("-")
    place = TopicPartition(settings.kafka.topic(TOPIC), int(partition))
    consumer.assign([place])
    consumer.seek(place, int(offset))
    record = await consumer.getone(place)
    return replace(entry, letter=entry.letter.model_copy(update={"value": record.value}))
