"""Single records, read again from where they stand in their topic."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.settings import Secrets, Settings

_PATIENCE = 5.0


class Recall:
    """Reads records by their place, with one connection that is made when there is something to read."""

    def __init__(self, settings: Settings, secrets: Secrets | None = None) -> None:
        self._settings = settings
        self._secrets = secrets
        self._consumer: AIOKafkaConsumer | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def record(self, topic: str, partition: int, offset: int) -> ConsumerRecord[Any, Any] | None:
        """Return a record by its full topic name and place; None when it is no longer, or not yet, there.

        Raises:
            KafkaError: Kafka is not there.
            TimeoutError: it does not answer in time.

        """
        place = TopicPartition(topic, partition)
        async with self._turn, asyncio.timeout(_PATIENCE):
            consumer = await self._connected()
            consumer.assign([place])
            begin = (await consumer.beginning_offsets([place]))[place]
            end = (await consumer.end_offsets([place]))[place]
            if not begin <= offset < end:
                return None
            consumer.seek(place, offset)
            record: ConsumerRecord[Any, Any] = await consumer.getone(place)
        return record if record.offset == offset else None  # compaction leaves gaps

    async def stop(self) -> None:
        """Disconnect."""
        if self._consumer is not None:
            consumer, self._consumer = self._consumer, None
            await consumer.stop()

    async def _connected(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(
                **client_options(self._settings, self._secrets),
                enable_auto_commit=False,
                max_partition_fetch_bytes=MAX_RECORD_BYTES,
                fetch_max_wait_ms=100,
                max_poll_records=1,
            )
            await consumer.start()
            self._consumer = consumer
        return self._consumer
