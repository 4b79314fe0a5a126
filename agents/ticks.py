"""Time as a record: once a minute a tick goes to `reports` partition 0 and to every partition of `sightings`.

The worker that owns `reports` partition 0 sends it.  Its minute is that of the clock, or of the oldest unread article
when that is earlier: a backlog must end no surge and expire no deadline before its articles have been read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from agents.lease import Lease, Revoked
from agents.metrics import Metrics
from agents.outbox import Outbox, Outgoing
from agents.track import PARTITION
from monitor.errors import RecordError
from monitor.models.article import CLOCK_SKEW, Article
from monitor.models.report import Tick

log = structlog.get_logger(__name__)

KEY = b"tick"

LOOK = 1.0
"""Seconds between looks at the clock."""

PROBE = 2.0
"""Seconds to wait for the first unread articles of all partitions."""


def minute_of(moment: datetime) -> datetime:
    """Return the minute a moment is in."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


class Ticker:
    """Sends the ticks while ``owns()``; ``reports`` and ``sightings`` are full names of topics.

    ``oldest_unread`` returns the event time of the oldest article no worker has read, None when all are read.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        lease: Lease,
        metrics: Metrics,
        reports: str,
        sightings: str,
        partitions: int,
        owns: Callable[[], bool],
        oldest_unread: Callable[[], Awaitable[datetime | None]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._outbox = outbox
        self._lease = lease
        self._metrics = metrics
        self._reports = reports
        self._sightings = sightings
        self._partitions = partitions
        self._owns = owns
        self._oldest_unread = oldest_unread
        self._clock = clock
        self._last: datetime | None = None

    async def run(self) -> None:
        """Send a tick once a minute, as soon as it has begun or the partition is owned; until cancelled."""
        tried: datetime | None = None
        while True:
            minute = minute_of(self._clock())
            if self._owns() and minute != tried:
                try:
                    await self.tick()
                    tried = minute
                except Revoked:
                    self._last = None  # another worker may send some now, and this one again later
                except (KafkaError, OSError) as error:
                    log.warning("no tick yet: unread articles cannot be looked up", error=repr(error))
            await asyncio.sleep(LOOK)

    async def tick(self) -> datetime | None:
        """Send the tick that is due; return its minute, None when it is not later than the last.

        Raises:
            Revoked: the partition of the reports was taken away.

        """
        oldest = await self._oldest_unread()
        now = self._clock()
        minute = minute_of(min(now, oldest) if oldest is not None else now)
        if self._last is not None and minute <= self._last:
            return None
        value = Tick(minute=minute).encode()
        records = [Outgoing(self._reports, KEY, value, PARTITION)]
        records += [Outgoing(self._sightings, KEY, value, partition) for partition in range(self._partitions)]
        with self._lease.claim() as claim:
            await self._outbox.send(records, claim)
        self._last = minute
        self._metrics.ticks.inc()
        return minute


class Unread:
    """Looks up the oldest article that the group has not read.

    Args:
        topic: full name of `articles`.
        partitions: how many it has.
        group: the worker's consumer group.
        options: of an aiokafka client.

    """

    def __init__(self, topic: str, partitions: int, group: str, options: dict[str, Any]) -> None:
        self._partitions = [TopicPartition(topic, partition) for partition in range(partitions)]
        self._group = group
        self._options = options
        self._consumer: AIOKafkaConsumer | None = None

    async def oldest(self) -> datetime | None:
        """Return the event time of the oldest article among the first unread ones of each partition."""
        consumer = await self._started()
        ends = await consumer.end_offsets(self._partitions)
        begins = await consumer.beginning_offsets(self._partitions)
        positions = {}
        for partition in self._partitions:
            committed = await consumer.committed(partition)
            positions[partition] = max(committed or 0, begins[partition])
        behind = [partition for partition in self._partitions if positions[partition] < ends[partition]]
        consumer.resume(*self._partitions)
        consumer.pause(*(partition for partition in self._partitions if partition not in behind))
        for partition in behind:
            consumer.seek(partition, positions[partition])
        first: dict[TopicPartition, datetime] = {}
        deadline = asyncio.get_running_loop().time() + PROBE
        while len(first) < len(behind) and asyncio.get_running_loop().time() < deadline:
            for partition, records in (await consumer.getmany(timeout_ms=200, max_records=len(behind))).items():
                if records:
                    first.setdefault(partition, _event_time(records[0]))
                    consumer.pause(partition)
        consumer.pause(*self._partitions)
        return min(first.values(), default=None)

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            # In the group by name, to read its offsets; with partitions by hand it never joins it.
            consumer = AIOKafkaConsumer(
                group_id=self._group, enable_auto_commit=False, max_partition_fetch_bytes=64 * 1024, **self._options
            )
            await consumer.start()
            consumer.assign(self._partitions)
            self._consumer = consumer
        return self._consumer

    async def close(self) -> None:
        """Let go of the connection."""
        if self._consumer is not None:
            await self._consumer.stop()


def _event_time(record: Any) -> datetime:
    arrived = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    try:
        article = Article.decode(record.value)
    except RecordError:
        return arrived
    ingested = article.ingested_at or arrived
    return min(article.published_at, ingested + CLOCK_SKEW) if article.published_at else ingested
