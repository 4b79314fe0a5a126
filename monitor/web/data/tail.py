"""The last records of a topic that is not compacted, in memory and followed."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from monitor.errors import RecordError
from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.kafka.topics import partition_numbers, unreachable
from monitor.settings import Settings

log = structlog.get_logger(__name__)

T = TypeVar("T")

_BREATH = 50
"""Records decoded before whoever shares the event loop has a turn."""


class Tail(Generic[T]):
    """At most ``keep`` rows made of a topic's newest records, in the order in which they came.

    ``read`` makes a row of a record, or None for one that is of no interest (a tick).  A record that cannot be decoded
    is counted in ``broken``.
    """

    def __init__(
        self,
        settings: Settings,
        topic: str,
        read: Callable[[ConsumerRecord[Any, Any]], T | None],
        *,
        keep: int,
        changed: Callable[[T], None] | None = None,
    ) -> None:
        """Prepare.

        Args:
            settings: where Kafka is.
            topic: full name.
            read: raises RecordError.
            keep: rows in memory.
            changed: told of every row that comes after `start` returned.

        """
        self.topic = topic
        self.rows: deque[T] = deque(maxlen=keep)
        self.broken = 0
        self.version = 0
        """Moves with every row."""
        self.cut = False
        """Older records were left out."""
        self._settings = settings
        self._read = read
        self._keep = keep
        self._changed = changed
        self._consumer: AIOKafkaConsumer | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read what stands there, then follow; raises BrokerError and TopicsError as a view does."""
        options = client_options(self._settings)
        consumer = self._consumer = AIOKafkaConsumer(
            **options,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
            fetch_max_wait_ms=100,
        )
        try:
            await consumer.start()
            numbers = await partition_numbers(self._settings, self.topic)
            partitions = [TopicPartition(self.topic, number) for number in numbers]
            consumer.assign(partitions)
            begins = await consumer.beginning_offsets(partitions)
            ends = await consumer.end_offsets(partitions)
            for partition in partitions:
                first = max(begins[partition], ends[partition] - self._keep)
                self.cut |= first > begins[partition]
                consumer.seek(partition, first)
            while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                await self._take(await consumer.getmany(timeout_ms=100), tell=False)
        except (KafkaError, OSError) as error:
            await self.stop()
            raise unreachable(options["bootstrap_servers"], error) from error
        except BaseException:
            await self.stop()
            raise
        self._task = asyncio.create_task(self._run(consumer), name=f"tail of {self.topic}")

    async def stop(self) -> None:
        """End; what was read stays readable."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()

    async def _run(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            try:
                await self._take(await consumer.getmany(timeout_ms=1000), tell=True)
            except KafkaError as error:  # the client keeps its position and connects again by itself
                log.warning("tail interrupted", topic=self.topic, why=str(error))
                await asyncio.sleep(1)

    async def _take(self, batches: dict[TopicPartition, list[ConsumerRecord[Any, Any]]], *, tell: bool) -> None:
        for records in batches.values():
            for number, record in enumerate(records, 1):
                self._add(record, tell=tell)
                if number % _BREATH == 0:
                    await asyncio.sleep(0)

    def _add(self, record: ConsumerRecord[Any, Any], *, tell: bool) -> None:
        try:
            row = self._read(record)
        except RecordError as error:
            self.broken += 1
            place = {"topic": self.topic, "partition": record.partition, "offset": record.offset}
            log.warning("record left out", **place, why=error.message)
            return
        if row is None:
            return
        self.rows.append(row)
        self.version += 1
        if tell and self._changed is not None:
            self._changed(row)
