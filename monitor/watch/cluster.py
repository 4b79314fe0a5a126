"""What the broker says of itself: topics, sizes, rates, consumer groups and their lag.

Looked at every few seconds.  What could not be learnt is None, never 0.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.client import AIOKafkaClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import KafkaError

from monitor.archive import rehearsal
from monitor.errors import BrokerError, ConfigurationError
from monitor.kafka.connection import client_options
from monitor.kafka.log_dirs import sizes
from monitor.kafka.topics import TOPICS
from monitor.settings import Settings
from monitor.watch.background import Background
from monitor.watch.cluster_state import (
    STAGES,
    ClusterState,
    GroupState,
    Lag,
    Member,
    PartitionState,
    StageState,
    TopicState,
    group_of,
)

log = structlog.get_logger(__name__)

INTERVAL = 2.0
"""Seconds between two looks."""

MINUTES = 30
"""Of a trend."""

_PATIENCE = 10.0
_SIZES_EVERY = 15.0


class Cluster(Background):
    """Looks at the broker in a task of its own; ``state`` is the newest look, None before the first."""

    def __init__(self, settings: Settings, *, interval: float = INTERVAL) -> None:
        super().__init__()
        self.state: ClusterState | None = None
        self.trouble: str | None = None
        self._settings = settings
        self._interval = interval
        self._looked = asyncio.Event()

    async def next_look(self) -> ClusterState:
        """Wait for the next look that succeeds."""
        self._looked.clear()
        await self._looked.wait()
        assert self.state is not None
        return self.state

    async def _run(self) -> None:
        while True:
            try:
                async with _Clients(self._settings) as clients:
                    looker = _Looker(self._settings, clients)
                    while True:
                        async with asyncio.timeout(_PATIENCE):
                            self.state = await looker.look()
                        self.trouble = None
                        self._looked.set()
                        await asyncio.sleep(self._interval)
            except (KafkaError, OSError, BrokerError, ConfigurationError, TimeoutError) as error:
                why = str(error) or "Kafka does not answer"
                if self.trouble is None:
                    log.warning("the broker cannot be looked at", why=why)
                self.trouble = why
                if self.state is not None:
                    self.state = replace(self.state, trouble=why)
                await asyncio.sleep(self._interval)


class _Clients:
    """The connections of a look."""

    def __init__(self, settings: Settings) -> None:
        options = client_options(settings)
        self.admin = AIOKafkaAdminClient(**options, request_timeout_ms=8000)
        self.raw = AIOKafkaClient(**options, request_timeout_ms=8000)
        self.consumer = AIOKafkaConsumer(
            **options,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=64 * 1024,  # a record that is larger comes all the same, alone
            fetch_max_wait_ms=100,
        )

    async def __aenter__(self) -> _Clients:
        try:
            await self.admin.start()
            await self.raw.bootstrap()
            await self.consumer.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.consumer.stop()
        await self.raw.close()
        await self.admin.close()


class _Looker:
    """Makes one look after the other with the same connections, and remembers what a trend needs."""

    def __init__(self, settings: Settings, clients: _Clients) -> None:
        self._settings = settings
        self._clients = clients
        self._minutes: dict[str, deque[tuple[int, int]]] = {}
        self._trend: dict[str, dict[int, int | None]] = {}
        self._sizes: dict[TopicPartition, int] = {}
        self._sized = 0.0
        self._last_article: datetime | None = None
        self._articles = -1

    async def look(self) -> ClusterState:
        settings, clients = self._settings, self._clients
        names = {spec.full_name(settings): spec for spec in TOPICS}
        answer = await clients.admin.describe_topics(list(names))
        leaders: dict[str, dict[int, int | None]] = {
            topic["topic"]: {p["partition"]: p["leader"] if p["leader"] >= 0 else None for p in topic["partitions"]}
            for topic in answer
            if topic["error_code"] == 0
        }
        places = [TopicPartition(name, number) for name, parts in leaders.items() for number in parts]
        begins = await clients.consumer.beginning_offsets(places) if places else {}
        ends = await clients.consumer.end_offsets(places) if places else {}
        await self._measure(places)
        if not self._minutes:
            await self._remember(places, ends)
        topics = []
        for name, spec in names.items():
            parts = tuple(
                PartitionState(number, begins[place], ends[place], leader, self._sizes.get(place))
                for number, leader in sorted(leaders.get(name, {}).items())
                for place in (TopicPartition(name, number),)
            )
            rate, spark = self._rates(name, sum(part.end for part in parts))
            topics.append(TopicState(spec, name, parts, rate, spark))
            if spec.name == "articles":
                await self._newest(topics[-1])
        groups = await self._groups()
        stages = await self._stages({topic.spec.name: topic for topic in topics})
        return ClusterState(
            at=datetime.now(UTC),
            brokers=len(clients.raw.cluster.brokers()),
            topics=tuple(topics),
            groups=groups,
            stages=stages,
            last_article=self._last_article,
            rehearsals=tuple(await self._rehearsals()),
        )

    async def _rehearsals(self) -> set[str]:
        start = f"{self._settings.kafka.prefix}{rehearsal.PREFIX}"
        names = await self._clients.admin.list_topics()
        apart = {name.removeprefix(start).partition(".")[0] for name in names if name.startswith(start)}
        return apart | set(await asyncio.to_thread(rehearsal.going, self._settings))

    async def _newest(self, topic: TopicState) -> None:
        """Note when the newest article came: at the first look by reading it, later by seeing the topic grow."""
        end = sum(part.end for part in topic.partitions)
        if end > self._articles >= 0:
            self._last_article = datetime.now(UTC)
        elif self._articles < 0:
            last = {TopicPartition(topic.full_name, p.number): p.end - 1 for p in topic.partitions if p.end > p.begin}
            ages = await self._ages(last)
            if last and not ages:  # the broker was slow: the next look asks again
                return
            self._last_article = datetime.now(UTC) - timedelta(seconds=min(ages.values())) if ages else None
        self._articles = end

    async def _measure(self, places: list[TopicPartition]) -> None:
        if time.monotonic() - self._sized < _SIZES_EVERY and self._sized:
            return
        self._sized = time.monotonic()
        try:
            self._sizes = await sizes(self._clients.raw, places)
        except (KafkaError, NotImplementedError) as error:  # not every user may ask
            self._sizes = {}
            log.info("the broker does not tell sizes", why=str(error))

    async def _remember(self, places: list[TopicPartition], ends: Mapping[TopicPartition, int]) -> None:
        """Learn from the records' times how far each topic was in the last minutes: a restart loses no trend."""
        now = int(time.time() // 60)
        for minute in range(now - MINUTES, now + 1):
            times = dict.fromkeys(places, minute * 60000)
            found = await self._clients.consumer.offsets_for_times(times) if times else {}
            totals: dict[str, int] = {}
            for place in places:
                known = found.get(place)
                totals[place.topic] = totals.get(place.topic, 0) + (known.offset if known else ends[place])
            for name, total in totals.items():
                self._minutes.setdefault(name, deque(maxlen=MINUTES + 2)).append((minute * 60, total))

    def _rates(self, name: str, total: int) -> tuple[float | None, tuple[float | None, ...]]:
        """Return the rate now and that of each minute."""
        now = time.time()
        marks = self._minutes.setdefault(name, deque(maxlen=MINUTES + 2))
        minute = int(now // 60) * 60
        if not marks or marks[-1][0] < minute:
            marks.append((minute, total))
        before = [mark for mark in marks if now - mark[0] >= 20]
        rate = (total - before[-1][1]) / (now - before[-1][0]) if before else None
        spark = [
            max(later - earlier, 0) / max(end - start, 1)
            for (start, earlier), (end, later) in zip(marks, list(marks)[1:], strict=False)
        ]
        return rate, (*[None] * (MINUTES - len(spark)), *spark[-MINUTES:])

    async def _groups(self) -> dict[str, GroupState]:
        names = sorted({group_of(stage, self._settings) for stage in STAGES})
        found: dict[str, GroupState] = {}
        for wanted in names:  # one at a time: aiokafka 0.14 misreads an answer about two
            for answer in await self._clients.admin.describe_consumer_groups([wanted]):
                for code, name, state, _, _, members, *_ in answer.groups:
                    found[name] = GroupState(name, None if code else state, tuple(_member(one) for one in members))
        return found

    async def _stages(self, topics: Mapping[str, TopicState]) -> tuple[StageState, ...]:
        made = []
        committed: dict[str, Mapping[TopicPartition, Any]] = {}
        for name, reads in STAGES.items():
            group, topic = group_of(name, self._settings), topics[reads]
            if group not in committed:
                committed[group] = await self._clients.admin.list_consumer_group_offsets(group)
            lags = await self._lags(topic, committed[group])
            stage = StageState(name, reads, group, lags)
            trend = self._trend.setdefault(name, {})
            minute = int(time.time() // 60)
            trend[minute] = stage.records
            for old in [key for key in trend if key <= minute - MINUTES]:
                del trend[old]
            made.append(replace(stage, trend=tuple(trend.get(minute - MINUTES + 1 + k) for k in range(MINUTES))))
        return tuple(made)

    async def _lags(self, topic: TopicState, committed: Mapping[TopicPartition, Any]) -> tuple[Lag, ...]:
        places: dict[int, tuple[int | None, int | None]] = {}
        for part in topic.partitions:
            mark = committed.get(TopicPartition(topic.full_name, part.number))
            offset = mark.offset if mark is not None and mark.offset >= 0 else None
            if offset is None:
                places[part.number] = (None, 0 if part.end == part.begin else None)
            else:
                places[part.number] = (offset, max(part.end - max(offset, part.begin), 0))
        behind = {
            TopicPartition(topic.full_name, number): offset
            for number, (offset, records) in places.items()
            if records and offset is not None
        }
        ages = await self._ages(behind)
        return tuple(
            Lag(number, offset, records, 0.0 if records == 0 else ages.get(number))
            for number, (offset, records) in places.items()
        )

    async def _ages(self, behind: Mapping[TopicPartition, int]) -> dict[int, float]:
        """Return how long the oldest unread record of each partition has waited, in seconds."""
        if not behind:
            return {}
        consumer = self._clients.consumer
        consumer.assign(list(behind))
        for place, offset in behind.items():
            consumer.seek(place, offset)
        found: dict[int, float] = {}
        deadline = time.monotonic() + 1.0
        while len(found) < len(behind) and time.monotonic() < deadline:
            for place, records in (await consumer.getmany(timeout_ms=200, max_records=len(behind) * 4)).items():
                if place.partition not in found and records:
                    found[place.partition] = max(time.time() - records[0].timestamp / 1000, 0.0)
        consumer.unsubscribe()
        return found


def _member(raw: Any) -> Member:
    member_id, client_id, host, _, assignment = raw[:5]
    partitions: dict[str, tuple[int, ...]] = {}
    if assignment:
        for topic, numbers in ConsumerProtocolMemberAssignment.decode(assignment).assignment:
            partitions[topic] = tuple(sorted(numbers))
    # A static member's id begins with its instance id: the worker's slot, which says more than the client's name.
    name = member_id.rsplit("-", 5)[0] if len(member_id) > 40 else client_id
    return Member(name, host.lstrip("/"), partitions)
