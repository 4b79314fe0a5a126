"""Puts events into a topic: at the pace that was asked for, no faster than the workers follow."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice
from typing import Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError

from monitor.archive.events import Event, marker
from monitor.kafka.connection import client_options
from monitor.kafka.producer import Writer
from monitor.kafka.topics import admin, partition_numbers
from monitor.models.record import Replay
from monitor.settings import Settings

_TOGETHER = 1000
"""Events between two looks at pace, lag and signals, when none is waited for."""

_NO_COORDINATOR = (GroupCoordinatorNotAvailableError, GroupLoadInProgressError, NotCoordinatorForGroupError)
"""What a broker says of groups when it has just begun or handed them on: nothing is known to be done."""

_SAVED = 5.0
"""Seconds between two notes of how many stand in Kafka."""


@dataclass
class Pace:
    """When each event is due."""

    speed: float | None = None
    """How many times faster than it was; None: as fast as can be."""
    rate: float | None = None
    """Events a second, at most."""
    clock: Callable[[], float] = time.monotonic
    _begin: float | None = field(default=None, init=False)
    _first: int = field(default=0, init=False)
    _count: int = field(default=0, init=False)

    @property
    def is_free(self) -> bool:
        """Tell whether nothing is ever waited for."""
        return self.speed is None and self.rate is None

    def wait(self, event: Event) -> float:
        """Return the seconds until an event is due; count it."""
        now = self.clock()
        if self._begin is None:
            self._begin, self._first = now, event.time
        due = self._begin
        if self.speed is not None:
            due = max(due, self._begin + (event.time - self._first) / 1e6 / self.speed)
        if self.rate is not None:
            due = max(due, self._begin + self._count / self.rate)
        self._count += 1
        return max(0.0, due - now)


class Lag:
    """How far the workers are behind in a topic; ``limit`` records is how far they may be.

    Use as an async context manager.
    """

    def __init__(self, settings: Settings, topic: str, *, limit: int = 50_000, look: float = 0.5) -> None:
        """Prepare; ``look`` is how many seconds lie between two looks at the broker."""
        self.limit = limit
        self.look = look
        self._settings = settings
        self._topic = topic
        self._looked = 0.0
        self._client: AIOKafkaAdminClient | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self._stack = AsyncExitStack()
        self._parts: list[TopicPartition] = []

    async def __aenter__(self) -> Self:
        numbers = await partition_numbers(self._settings, self._topic)
        self._parts = [TopicPartition(self._topic, number) for number in numbers]
        self._client = await self._stack.enter_async_context(admin(self._settings))
        self._consumer = AIOKafkaConsumer(**client_options(self._settings))
        await self._consumer.start()
        self._stack.push_async_callback(self._consumer.stop)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def is_too_large(self) -> bool:
        """Tell whether to wait; looks at the broker now and then only."""
        now = time.monotonic()
        if now - self._looked < self.look:
            return False
        behind = await self.behind()
        self._looked = now if behind <= self.limit else 0.0
        return behind > self.limit

    async def behind(self) -> int:
        """Return how many records of the topic the workers have not done."""
        assert self._client is not None
        assert self._consumer is not None
        ends = await self._consumer.end_offsets(self._parts)
        begins = await self._consumer.beginning_offsets(self._parts)
        try:
            done = await self._client.list_consumer_group_offsets(self._settings.worker.app_id)
        except _NO_COORDINATOR:
            done = {}
        return sum(max(0, end - max(begins[part], getattr(done.get(part), "offset", 0))) for part, end in ends.items())


async def feed(
    events: Iterable[Event],
    writer: Writer,
    topic: str,
    replay: Replay,
    *,
    pace: Pace,
    stop: Callable[[], bool],
    sent: Callable[[int, Event], None],
    saved: Callable[[int], None] = lambda _: None,
    lag: Lag | None = None,
) -> None:
    """Put events into a topic, marked as a replay's, until they end or ``stop`` says so; all stand when it returns.

    Args:
        events: in order.
        writer: to Kafka.
        topic: full name.
        replay: the mark.
        pace: when each is due.
        stop: asked before each piece.
        sent: told how many more went out, and the last of them.
        saved: told now and then, and at the end, how many stand in Kafka.
        lag: holds back while the workers are too far behind.

    """
    left = iter(events)
    marked = marker(replay)
    together = min(_TOGETHER, lag.limit // 2 if lag is not None else _TOGETHER) if pace.is_free else 1
    count, since = 0, time.monotonic()
    while not stop() and (piece := list(islice(left, together))):
        if not pace.is_free:
            await _pause(pace.wait(piece[0]), stop)
        while lag is not None and not stop() and await lag.is_too_large():
            await _pause(min(0.2, lag.look), stop)
        if stop():
            break
        await writer.write_all(topic, [(event.key, marked(event.value)) for event in piece])
        count += len(piece)
        sent(len(piece), piece[-1])
        if time.monotonic() - since > _SAVED:
            await writer.flush()
            saved(count)
            since = time.monotonic()
    await writer.flush()
    saved(count)


async def _pause(seconds: float, stop: Callable[[], bool]) -> None:
    """Wait, and notice within a moment that it is time to stop."""
    until = time.monotonic() + seconds
    while not stop():
        left = until - time.monotonic()
        if left <= 0:
            return
        await asyncio.sleep(min(left, 0.2))
