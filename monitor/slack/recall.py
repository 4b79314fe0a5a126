"""Alerts that were told before, read again from where they stand in their topic."""

from __future__ import annotations

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition

from monitor.errors import RecordError
from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.models.alert import Alert
from monitor.settings import Secrets, Settings

_PATIENCE = 5.0


class Recall:
    """Reads one alert by its offset.  The log drops an alert's content once it is sent: it would never stop growing."""

    def __init__(self, settings: Settings, partition: TopicPartition, secrets: Secrets | None = None) -> None:
        self._settings = settings
        self._secrets = secrets
        self._partition = partition
        self._consumer: AIOKafkaConsumer | None = None
        self._turn = asyncio.Lock()

    async def alert(self, offset: int) -> Alert | None:
        """Return the alert at an offset; None when the topic no longer has it.

        Raises:
            KafkaError: Kafka is not there.
            TimeoutError: it does not answer in time.

        """
        async with self._turn, asyncio.timeout(_PATIENCE):
            consumer = await self._connected()
            begin = (await consumer.beginning_offsets([self._partition]))[self._partition]
            end = (await consumer.end_offsets([self._partition]))[self._partition]
            if not begin <= offset < end:
                return None
            consumer.seek(self._partition, offset)
            record = await consumer.getone(self._partition)
        if record.offset != offset:
            return None
        try:
            return Alert.decode(record.value)
        except RecordError:
            return None

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
            consumer.assign([self._partition])
            self._consumer = consumer
        return self._consumer
