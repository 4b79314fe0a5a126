"""The loop every agent runs: take a batch, handle it whole, leave it.

An exception that leaves a Faust agent acknowledges its event, so none may: a record that cannot be handled becomes a
dead letter inside the stage, a revoked batch is dropped, and anything else ends the process before the batch is left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol

import structlog

from agents.lease import Claim, Lease, Revoked
from agents.metrics import Metrics
from monitor.models.record import Origin

log = structlog.get_logger(__name__)

YIELD_AFTER = 0.02
"""Seconds a stage may compute on the event loop before it lets heartbeats, health pages and other stages run."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one partition, in order; each has key, value, offset, timestamp (ms), topic and partition."""

    topic: str
    partition: int
    records: list[Any]


class Stage(Protocol):
    """What an agent does with a batch."""

    name: str

    async def handle(self, batch: Batch, claim: Claim) -> None:
        """Do all of it, and return when everything it wrote is acknowledged.

        Raises:
            Revoked: the partition was taken away; whatever was done will be done again.

        """


class Pace:
    """Lets the event loop breathe: ``await pace.breathe()`` between records of a long computation."""

    def __init__(self, claim: Claim) -> None:
        self._claim = claim
        self._since = time.monotonic()

    async def breathe(self) -> None:
        """Give way if it is time; raises Revoked when the partition was taken away meanwhile."""
        if time.monotonic() - self._since > YIELD_AFTER:
            await asyncio.sleep(0)
            self._claim.check()
            self._since = time.monotonic()


async def run(
    stream: Any, stage: Stage, lease: Lease, metrics: Metrics, *, fatal: Callable[[BaseException], NoReturn]
) -> None:
    """Hand each batch of a Faust stream to the stage; ``fatal`` ends the process."""
    async for event in stream.events():
        message = event.message
        batch = Batch(message.topic, message.partition, message.value)
        started = time.monotonic()
        try:
            with lease.claim() as claim:
                await stage.handle(batch, claim)
        except Revoked:
            metrics.abandoned.labels(stage=stage.name).inc()
            log.info("batch abandoned: its partition was taken away", stage=stage.name, partition=batch.partition)
        except Exception as error:  # noqa: BLE001 - leaving the loop would acknowledge the batch
            fatal(error)
        else:
            metrics.batch_seconds.labels(stage=stage.name).observe(time.monotonic() - started)


def arrived(record: Any) -> datetime:
    """Return when Kafka took a record."""
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


def origin(record: Any, article_id: str, rules_version: str = "") -> Origin:
    """Return the origin of what is derived from a record."""
    return Origin(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        article_id=article_id,
        rules_version=rules_version,
    )
