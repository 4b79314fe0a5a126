"""A view of a compacted topic: read to its end before use, then followed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from monitor.errors import BrokerError, RecordError
from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.kafka.topics import partition_numbers, unreachable
from monitor.settings import Settings

log = structlog.get_logger(__name__)

T = TypeVar("T")

Change = Callable[[str, T | None], None]
"""Called with the key and its new value, None when it is gone."""

_BREATH = 50
"""Records decoded in one go: some 10 ms of the largest."""


class View(Generic[T]):
    """The latest record of every key of a topic, in memory.

    `start` returns when all that stood in the topic at that moment has been read; from then on the view follows, in a
    task of its own.  A record that cannot be decoded is left out, counted in ``broken`` and logged: one bad record
    hides no other.  Keys are text; a record without value deletes its key.
    """

    def __init__(
        self,
        settings: Settings,
        topic: str,
        decode: Callable[[bytes], T],
        *,
        changed: Change[T] | None = None,
        follow: bool = True,
    ) -> None:
        """Prepare a view.

        Args:
            settings: where Kafka is.
            topic: full name.
            decode: from the bytes of a value; raises RecordError.
            changed: told of every change that comes after `start` returned, in the order of each partition.
            follow: False: read to the end and no further.

        """
        self.topic = topic
        self.broken = 0
        self._settings = settings
        self._decode = decode
        self._changed = changed
        self._follow = follow
        self._values: dict[str, T] = {}
        self._next: dict[int, int] = {}
        self._moved = asyncio.Condition()
        self._consumer: AIOKafkaConsumer | None = None
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def get(self, key: str) -> T | None:
        """Return the latest value of a key, None when it has none."""
        return self._values.get(key)

    def items(self) -> Mapping[str, T]:
        """Return all keys and values; a copy, which later records do not change."""
        return dict(self._values)

    async def start(self) -> None:
        """Read the topic to its present end, then follow.

        Raises:
            BrokerError: Kafka is not there.
            TopicsError: the topic is not there.

        """
        options = client_options(self._settings)
        self._consumer = AIOKafkaConsumer(
            **options,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
            fetch_max_wait_ms=100,
        )
        try:
            await self._consumer.start()
            await self._read_to_end(self._consumer)
        except (KafkaError, OSError) as error:
            await self.stop()
            raise unreachable(options["bootstrap_servers"], error) from error
        except BaseException:
            await self.stop()
            raise
        if self._follow:
            self._task = asyncio.create_task(self._run(self._consumer), name=f"view of {self.topic}")
        else:
            await self._close()

    async def stop(self) -> None:
        """End; what was read stays readable."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._close()

    async def reach(self, offsets: Mapping[int, int]) -> None:
        """Wait until the records at these offsets (by partition) have been read: those one has written oneself."""

        def there() -> bool:
            return all(self._next.get(partition, 0) > offset for partition, offset in offsets.items())

        async with self._moved:
            await self._moved.wait_for(lambda: there() or (self._task is not None and self._task.done()))
        if not there():
            raise BrokerError(f"the view of {self.topic} has ended", hint="look at the log above")

    async def _close(self) -> None:
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()

    async def _read_to_end(self, consumer: AIOKafkaConsumer) -> None:
        partitions = [
            TopicPartition(self.topic, number) for number in await partition_numbers(self._settings, self.topic)
        ]
        consumer.assign(partitions)
        self._next = {p.partition: o for p, o in (await consumer.beginning_offsets(partitions)).items()}
        ends = {p.partition: o for p, o in (await consumer.end_offsets(partitions)).items()}
        for partition in partitions:
            consumer.seek(partition, self._next[partition.partition])
        # The last records of a compacted topic may be gone: the consumer's position passes them, a record would not.
        while any(self._next[number] < end for number, end in ends.items()):
            await self._take(await consumer.getmany(timeout_ms=100))
            for partition in partitions:
                number = partition.partition
                self._next[number] = max(self._next[number], await consumer.position(partition))

    async def _run(self, consumer: AIOKafkaConsumer) -> None:
        try:
            while True:
                try:
                    batches = await consumer.getmany(timeout_ms=1000)
                except KafkaError as error:  # the client keeps its position and connects again by itself
                    log.warning("view interrupted", topic=self.topic, why=str(error))
                    await asyncio.sleep(1)
                else:
                    await self._take(batches, tell=self._changed)
        finally:
            async with self._moved:
                self._moved.notify_all()

    async def _take(
        self, batches: Mapping[TopicPartition, list[ConsumerRecord[Any, Any]]], *, tell: Change[T] | None = None
    ) -> None:
        for partition, records in batches.items():
            for number, record in enumerate(records, 1):
                self._apply(record, tell)
                if number % _BREATH == 0:  # decoding a large topic must not hold up whoever shares the event loop
                    await asyncio.sleep(0)
            self._next[partition.partition] = records[-1].offset + 1
        if batches:
            async with self._moved:
                self._moved.notify_all()

    def _apply(self, record: ConsumerRecord[Any, Any], tell: Change[T] | None) -> None:
        if record.key is None:
            self._skip(record, "the record has no key")
            return
        key = record.key.decode("utf-8", "surrogateescape")
        if record.value is None:
            self._values.pop(key, None)
            value = None
        else:
            try:
                value = self._values[key] = self._decode(record.value)
            except RecordError as error:
                self._skip(record, error.message)
                return
        if tell is not None:
            tell(key, value)

    def _skip(self, record: ConsumerRecord[Any, Any], why: str) -> None:
        self.broken += 1
        log.warning("record left out", topic=self.topic, partition=record.partition, offset=record.offset, why=why)


async def read(settings: Settings, topic: str, decode: Callable[[bytes], T]) -> dict[str, T]:
    """Read a compacted topic once, to its end; raises as `View.start` does."""
    view = View(settings, topic, decode, follow=False)
    await view.start()
    return dict(view.items())
