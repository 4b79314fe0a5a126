"""Keeps a topic as daily files: each record once, whatever ends the process and when.

The manifest alone says how far the archive goes; Kafka holds the rest.  A file is finished in these steps:

1. the file is ended and on the disk, under its unfinished name;
2. it gets its name;
3. the new manifest is on the disk, under its unfinished name;
4. the new manifest takes the place of the old one: from here on the file counts.

After a crash before the last step the file is removed and its records are read from Kafka again.  Files are finished
in order of their days, and in each partition a record never goes to an earlier day than the one before it, so that
what the manifest holds of a partition has no hole.
"""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

from monitor.archive import manifest as manifests
from monitor.archive.manifest import File, Format, Gap, Manifest, Range
from monitor.archive.record import Stored
from monitor.archive.writers import PART, LineWriter, ParquetWriter, Writer
from monitor.errors import BrokerError, ConfigurationError, InputError
from monitor.kafka.connection import client_options
from monitor.kafka.topics import partition_numbers, unreachable
from monitor.settings import Settings

GRACE = timedelta(minutes=10)
"""How long after a day's end its file is kept open for records that are on their way."""

_OPEN = 8
"""Days that are written at once; one more finishes the oldest."""

_BATCH = 5000


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass
class _Day:
    """A file that is being written."""

    day: str
    writer: Writer
    path: Path
    records: int = 0
    first: int = 0
    last: int = 0
    partitions: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    """Start, end and records of each."""

    def add(self, record: Stored, start: int) -> None:
        self.writer.add(record)
        self.first = min(self.first, record.timestamp) if self.records else record.timestamp
        self.last = max(self.last, record.timestamp) if self.records else record.timestamp
        self.records += 1
        begin, _end, count = self.partitions.get(record.partition, (start, 0, 0))
        self.partitions[record.partition] = (begin, record.offset + 1, count + 1)


class Keeper:
    """Keeps one topic in one folder.

    Args:
        settings: where Kafka is.
        topic: name without prefix.
        folder: of this topic's files.
        form: of the files.
        finished: told of each file that counts.
        step: told of each step, in the words of this module's docstring; for tests.
        clock: gives the present moment.

    """

    def __init__(
        self,
        settings: Settings,
        topic: str,
        folder: Path,
        *,
        form: Format = "jsonl.zst",
        finished: Callable[[File], None] = lambda _: None,
        step: Callable[[str], None] = lambda _: None,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.folder = folder
        self.records = 0
        """Records that were read in this run."""
        self._settings = settings
        self._topic = settings.kafka.topic(topic)
        self._form = form
        self._finished = finished
        self._step = step
        self._clock = clock
        self._manifest = Manifest(topic=self._topic, format=form)
        self._days: dict[str, _Day] = {}
        self._reached: dict[int, str] = {}
        self._next: dict[int, int] = {}

    async def run(
        self, stop: asyncio.Event, *, begin: datetime | None = None, end: datetime | None = None, follow: bool = True
    ) -> None:
        """Keep the topic until told to stop, or until its present end, or the first record at or after ``end``.

        Raises:
            InputError: the folder holds another archive, or is in use.
            BrokerError: Kafka is not there.

        """
        with _lock(self.folder):
            self._open(begin)
            async with self._consumer() as consumer:
                ends = await self._seek(consumer, begin, end, follow=follow)
                try:
                    await self._read(consumer, stop, ends)
                finally:
                    if stop.is_set() or ends is not None:
                        await asyncio.to_thread(self._finish_while, lambda _day: True)
                    for day in self._days.values():
                        day.writer.discard()

    def _open(self, begin: datetime | None) -> None:
        there = manifests.load(self.folder)
        manifests.sweep(self.folder, there)
        if there is None:
            return
        for what, have, wanted in (("topic", there.topic, self._topic), ("format", there.format, self._form)):
            if have != wanted:
                raise InputError(
                    f"{self.folder} holds an archive with the {what} {have}, not {wanted}", hint="choose another folder"
                )
        if begin is not None and there.files and begin < there.files[0].first:
            raise InputError(
                f"{self.folder} begins at {there.files[0].first:%Y-%m-%d %H:%M}; it cannot get an earlier beginning",
                hint="choose another folder",
            )
        self._manifest = there
        self._next = there.next_offsets()
        self._reached = {number: file.day for file in there.files for number in file.partitions}

    @asynccontextmanager
    async def _consumer(self) -> AsyncIterator[AIOKafkaConsumer]:
        options = client_options(self._settings)
        # A fetch gives at least one record however large it is, so that a small limit holds none up.
        # Never sent on to where there are records again: what is gone has to be known.
        consumer = AIOKafkaConsumer(
            **options, enable_auto_commit=False, auto_offset_reset="none", max_partition_fetch_bytes=2 * 1024 * 1024
        )
        try:
            try:
                await consumer.start()
            except OSError as error:
                raise unreachable(options["bootstrap_servers"], error) from error
            yield consumer
        except (OffsetOutOfRangeError, NoOffsetForPartitionError):
            raise BrokerError(
                f"Kafka deleted records of {self._topic} before they were read",
                hint="run it again: it goes on with what is there, and notes what is missing",
            ) from None
        except KafkaError as error:
            raise unreachable(options["bootstrap_servers"], error) from error
        finally:
            await consumer.stop()

    async def _seek(
        self, consumer: AIOKafkaConsumer, begin: datetime | None, end: datetime | None, *, follow: bool
    ) -> dict[int, int] | None:
        """Go to where the archive ends; return the offsets to stop at, None to go on for ever."""
        parts = [TopicPartition(self._topic, number) for number in await partition_numbers(self._settings, self._topic)]
        consumer.assign(parts)
        lows, highs = await consumer.beginning_offsets(parts), await consumer.end_offsets(parts)
        starts = await self._at(consumer, parts, begin, highs) if begin is not None else lows
        for part in parts:
            kept = self._next.get(part.partition)
            if kept is not None and kept > highs[part]:
                raise InputError(
                    f"{self.folder} goes to offset {kept} of partition {part.partition}, but {self._topic} ends at "
                    f"{highs[part]}: it is another topic of that name",
                    hint="choose another folder",
                )
            if kept is not None and kept < lows[part]:
                gap = Gap(partition=part.partition, start=kept, end=lows[part])
                self._manifest = self._manifest.model_copy(update={"gaps": (*self._manifest.gaps, gap)})
            self._next[part.partition] = max(starts[part] if kept is None else kept, lows[part])
            consumer.seek(part, self._next[part.partition])
        if end is not None:
            highs = await self._at(consumer, parts, end, highs)
        return {part.partition: highs[part] for part in parts} if end is not None or not follow else None

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What Kafka had deleted before it was archived."""
        return self._manifest.gaps

    @property
    def manifest(self) -> Manifest:
        """Of all files that count."""
        return self._manifest

    @staticmethod
    async def _at(
        consumer: AIOKafkaConsumer, parts: list[TopicPartition], moment: datetime, highs: dict[TopicPartition, int]
    ) -> dict[TopicPartition, int]:
        """Return the offsets of the first records at or after a moment; the end where there is none yet."""
        found = await consumer.offsets_for_times(dict.fromkeys(parts, int(moment.timestamp() * 1000)))
        return {part: found[part].offset if found.get(part) is not None else highs[part] for part in parts}

    async def _read(self, consumer: AIOKafkaConsumer, stop: asyncio.Event, ends: dict[int, int] | None) -> None:
        while not stop.is_set():
            batches = await consumer.getmany(timeout_ms=200, max_records=_BATCH)
            if ends is not None:
                for part in consumer.assignment():
                    if await consumer.position(part) >= ends[part.partition]:
                        consumer.pause(part)
            for part, records in batches.items():
                limit = None if ends is None else ends[part.partition]
                await asyncio.to_thread(self._take, part.partition, records, limit)
            if ends is not None and not consumer.assignment() - set(consumer.paused()):
                return
            if not batches and await self._is_all_read(consumer):
                await asyncio.to_thread(self._finish_while, self._is_over)

    @staticmethod
    async def _is_all_read(consumer: AIOKafkaConsumer) -> bool:
        for part in consumer.assignment():
            high = consumer.highwater(part)
            if high is None or await consumer.position(part) < high:
                return False
        return True

    def _take(self, partition: int, records: list[Any], limit: int | None) -> None:
        today = self._clock().astimezone(UTC).date().isoformat()
        for record in records:
            if limit is not None and record.offset >= limit:
                return
            day = datetime.fromtimestamp(record.timestamp / 1000, UTC).date().isoformat()
            # A clock that is ahead must not carry the partition into a year to come.
            day = max(min(day, today), self._reached.get(partition, ""))
            self._reached[partition] = day
            stored = Stored(
                partition, record.offset, record.timestamp, record.key, record.value, tuple(record.headers or ())
            )
            self._day(day).add(stored, self._next[partition])
            self._next[partition] = record.offset + 1
            self.records += 1

    def _day(self, day: str) -> _Day:
        if day not in self._days:
            if len(self._days) >= _OPEN:
                oldest = min(self._days)
                self._finish_while(lambda name: name == oldest)
            path = self.folder / f"{self._manifest.next_name(day)}{PART}"
            writer = LineWriter(path) if self._form == "jsonl.zst" else ParquetWriter(path, self._topic)
            self._days[day] = _Day(day, writer, path)
        return self._days[day]

    def _is_over(self, day: str) -> bool:
        """Tell whether no record of the day is still to come, when all there is has been read."""
        return self._clock() > datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(days=1) + GRACE

    def _finish_while(self, is_due: Callable[[str], bool]) -> None:
        for day in sorted(self._days):
            if not is_due(day):
                return
            self._finish(self._days.pop(day))

    def _finish(self, day: _Day) -> None:
        """Take the steps of this module's docstring."""
        size, digest = day.writer.finish()
        self._step("file on the disk")
        name = day.path.name.removesuffix(PART)
        day.path.replace(self.folder / name)
        manifests.sync(self.folder)
        self._step("file named")
        file = File(
            name=name,
            day=day.day,
            records=day.records,
            bytes=size,
            sha256=digest,
            first=datetime.fromtimestamp(day.first / 1000, UTC),
            last=datetime.fromtimestamp(day.last / 1000, UTC),
            partitions={
                number: Range(start=start, end=end, records=count)
                for number, (start, end, count) in sorted(day.partitions.items())
            },
        )
        self._manifest = self._manifest.model_copy(update={"files": (*self._manifest.files, file)})
        manifests.save(self.folder, self._manifest)
        self._step("manifest on the disk")
        manifests.publish(self.folder)
        self._step("manifest counts")
        self._finished(file)


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold a folder: two archivers in one would take each other's files for what a crash left."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / ".lock").open("wb")
    except OSError as error:
        raise ConfigurationError(f"{folder} cannot be written: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise InputError(
                f"another `pactwatch archive` writes into {folder}", hint="choose another folder, or stop it"
            ) from None
        yield
