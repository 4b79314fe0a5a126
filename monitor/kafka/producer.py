"""Writes records to Kafka and knows of each that it stands there."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder

from monitor.errors import BrokerError
from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.kafka.topics import unreachable
from monitor.settings import Settings

_OPEN_RECORDS, _OPEN_BYTES = 5000, 32 * 1024 * 1024
"""How much may be on its way at once: enough to keep the broker busy, little enough to keep memory flat."""

_BATCH_BYTES = 256 * 1024
"""Of a batch that is put together here: larger ones no longer fit the caches, and each record costs more."""

DELIVERY_TIMEOUT = 60.0
"""Seconds a record is tried for while Kafka is away."""

Headers = list[tuple[str, bytes]]


class Writer:
    """An idempotent producer that counts what was acknowledged.

    Leaving the context waits for every record; an error among them is raised there or at the next `write`.
    """

    def __init__(self, settings: Settings, *, linger: float = 0.005) -> None:
        """Prepare; ``linger`` is how many seconds a record waits for company."""
        self.written = 0
        """Records that stand in Kafka."""
        self._settings = settings
        self._linger = linger
        self._producer: AIOKafkaProducer | None = None
        self._open: dict[asyncio.Future[Any], tuple[int, int]] = {}
        """Records and bytes of each."""
        self._open_records = 0
        self._open_bytes = 0
        self._failed: BaseException | None = None
        self._moved = asyncio.Event()

    async def __aenter__(self) -> Self:
        options = client_options(self._settings)
        producer = AIOKafkaProducer(
            **options,
            acks="all",
            enable_idempotence=True,
            linger_ms=int(self._linger * 1000),
            max_batch_size=1024 * 1024,
            max_request_size=MAX_RECORD_BYTES,
            request_timeout_ms=int(DELIVERY_TIMEOUT * 1000),
        )
        try:
            await producer.start()
        except (KafkaError, OSError) as error:
            await producer.stop()
            raise unreachable(options["bootstrap_servers"], error) from error
        self._producer = producer
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._producer is not None
        try:
            if error is None:
                await self.flush()
        finally:
            await self._producer.stop()

    @property
    def waiting(self) -> int:
        """Records on their way."""
        return self._open_records

    async def write(
        self,
        topic: str,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Headers | None = None,
        partition: int | None = None,
    ) -> None:
        """Send a record; return when it is on its way, not when it stands.

        Raises:
            BrokerError: Kafka did not take an earlier record, or refuses this one.

        """
        assert self._producer is not None
        size = len(value or b"") + len(key or b"")
        await self._room(size)
        try:
            future = await self._producer.send(topic, value, key, partition=partition, headers=headers or [])
        except KafkaError as error:
            raise self._explain(error) from error
        self._follow(future, 1, size)

    async def write_all(self, topic: str, records: Iterable[tuple[bytes, bytes]]) -> None:
        """Send keys and values as `write` does, put into batches here: several times as fast.

        What goes to one partition goes in the order given.
        """
        assert self._producer is not None
        try:
            numbers = sorted(await self._producer.partitions_for(topic))
            batches: dict[int, BatchBuilder] = {}
            for key, value in records:
                number = numbers[place(key, len(numbers))]
                batch = batches.get(number)
                if batch is None or batch.append(timestamp=None, key=key, value=value) is None:
                    if batch is not None:
                        await self._send(topic, number, batch)
                    batch = batches[number] = BatchBuilder(_BATCH_BYTES, 0)
                    batch.append(timestamp=None, key=key, value=value)  # the first always finds room
            for number, batch in batches.items():
                await self._send(topic, number, batch)
        except KafkaError as error:
            raise self._explain(error) from error

    async def _send(self, topic: str, number: int, batch: BatchBuilder) -> None:
        assert self._producer is not None
        records, size = batch.record_count(), batch.size()
        await self._room(size)
        batch.close()
        self._follow(await self._producer.send_batch(batch, topic, partition=number), records, size)

    async def _room(self, size: int) -> None:
        while self._open_records >= _OPEN_RECORDS or (self._open and self._open_bytes + size > _OPEN_BYTES):
            await self._wait()
        self._raise_failure()

    def _follow(self, future: asyncio.Future[Any], records: int, size: int) -> None:
        self._open[future] = (records, size)
        self._open_records += records
        self._open_bytes += size
        future.add_done_callback(self._done)

    async def place(
        self,
        topic: str,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Headers | None = None,
        partition: int | None = None,
    ) -> int:
        """Write one record and wait until it stands; return its offset.  Raises BrokerError as `write` does."""
        assert self._producer is not None
        try:
            placed = await self._producer.send_and_wait(topic, value, key, partition=partition, headers=headers or [])
        except KafkaError as error:
            raise self._explain(error) from error
        self.written += 1
        return int(placed.offset)

    async def flush(self) -> None:
        """Wait until every record stands in Kafka; raises BrokerError as `write` does."""
        while self._open:
            await self._wait()
        self._raise_failure()

    async def _wait(self) -> None:
        self._raise_failure()
        self._moved.clear()
        await self._moved.wait()

    def _done(self, future: asyncio.Future[Any]) -> None:
        records, size = self._open.pop(future)
        self._open_records -= records
        self._open_bytes -= size
        error = None if future.cancelled() else future.exception()
        if error is None and not future.cancelled():
            self.written += records
        elif self._failed is None:
            self._failed = error or asyncio.CancelledError()
        self._moved.set()

    def _raise_failure(self) -> None:
        if self._failed is not None:
            raise self._explain(self._failed) from self._failed

    def _explain(self, error: BaseException) -> BrokerError:
        return BrokerError(
            f"Kafka did not take a record: {str(error) or type(error).__name__}; {self.written} before it stand",
            hint="run it again when Kafka answers: what stands already is known as a repeat",
        )


_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def place(key: bytes, partitions: int) -> int:
    """Return to which of so many partitions a key belongs: murmur2, as every client of Kafka has it."""
    if partitions == 1:
        return 0
    words = len(key) // 4
    h = 0x9747B28C ^ len(key)
    for word in struct.unpack_from(f"<{words}I", key):
        k = word * _M & _MASK
        h = h * _M & _MASK ^ (k ^ k >> 24) * _M & _MASK
    if rest := key[4 * words :]:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return ((h ^ h >> 15) & 0x7FFFFFFF) % partitions
