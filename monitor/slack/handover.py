"""How a partition of alerts changes hands, and how Kafka clients end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from monitor.slack.lease import Lease

log = structlog.get_logger(__name__)

_FAREWELL = 3.0
"""Seconds a Kafka client gets to end in order."""


class Party(Protocol):
    """Who has the partition or waits for it: a deliverer."""

    async def hand_over(self) -> None:
        """Finish what is at work and let go."""

    def tell_standby(self, assigned: list[TopicPartition]) -> None:
        """Say so when another one has it."""


async def to_committed(consumer: AIOKafkaConsumer, partition: TopicPartition) -> None:
    """Go back to the first alert that is not in the log: a standby may have been given later ones, and let them go."""
    committed = await consumer.committed(partition)
    if committed is None:
        await consumer.seek_to_beginning(partition)
    else:
        consumer.seek(partition, committed)


async def end(work: Coroutine[Any, Any, None]) -> None:
    """Let a Kafka client end, for a while: it waits for a broker to say good-bye to, and fails in many ways."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task}, timeout=_FAREWELL)
    task.cancel()
    await asyncio.wait({task})
    if not task.cancelled() and task.exception() is not None:
        log.debug("a kafka client did not end in order", why=str(task.exception()))


class Handover(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Gives the partition up in order before another deliverer gets it."""

    def __init__(self, party: Party, lease: Lease) -> None:
        self._party = party
        self._lease = lease

    async def on_partitions_revoked(self, revoked: list[TopicPartition]) -> None:
        """Finish what is at work, then let go."""
        del revoked
        await self._party.hand_over()

    def on_partitions_assigned(self, assigned: list[TopicPartition]) -> None:
        """Take an answered join for a heartbeat; the main loop does the rest."""
        self._lease.renew(time.monotonic())
        self._party.tell_standby(assigned)
