"""Which publishers bring articles, and which of them have fallen silent.

Articles are spread over the partitions by their ids, so that one partition is a fair sample of every publisher: it is
followed, in bounded steps, and its last two days are read at the start.  Nothing need be stored: a restart sees the
same again.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from monitor.errors import PactwatchError
from monitor.kafka.connection import client_options
from monitor.settings import Settings
from monitor.watch.background import Background

log = structlog.get_logger(__name__)

INTERVAL = 10.0
"""Seconds between two steps."""

HISTORY = timedelta(days=2)

_STEP = 2000
"""Records of a step, at most: beyond them the older ones are passed over, which a sample can bear."""

_PIECES, _PIECE = 40, 500
"""Of a history that is too long, so many pieces of so many records are read, evenly spread."""

_KEPT = 5000
"""Publishers, at most: the one that was seen last goes first."""

_REGULAR = 5
"""Articles from which on a publisher has a usual pace."""

_TIMES = 10
"""How many times its usual gap a publisher may be away."""

_SOURCE = re.compile(rb'"source"\s*:\s*("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True, slots=True)
class Silent:
    """A publisher that used to bring articles: its last one, and the usual time between two."""

    name: str
    last: datetime
    usual: timedelta


@dataclass(slots=True)
class _Seen:
    first: datetime
    last: datetime
    count: int = 1


class Tally:
    """Counts publishers by when their articles came; pure, so that any history can be tried."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, _Seen] = OrderedDict()

    def note(self, name: str, at: datetime) -> None:
        """Note an article of a publisher."""
        seen = self._seen.get(name)
        if seen is None:
            self._seen[name] = _Seen(at, at)
        else:
            seen.first, seen.last, seen.count = min(seen.first, at), max(seen.last, at), seen.count + 1
            self._seen.move_to_end(name)
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)

    def watched(self, since: datetime) -> int:
        """Return how many publishers brought an article since a moment."""
        return sum(seen.last >= since for seen in self._seen.values())

    def silent(self, now: datetime, least: timedelta) -> list[Silent]:
        """Return those who are away longer than usual, and longer than ``least``; the longest silent first."""
        found = []
        for name, seen in self._seen.items():
            if seen.count < _REGULAR:
                continue
            usual = (seen.last - seen.first) / (seen.count - 1)
            if now - seen.last > max(least, _TIMES * usual):
                found.append(Silent(name, seen.last, usual))
        return sorted(found, key=lambda one: one.last)


class Sources(Background):
    """Follows one partition of `articles` in a task of its own."""

    def __init__(self, settings: Settings, *, interval: float = INTERVAL) -> None:
        super().__init__()
        self.tally: Tally | None = None
        """None until the history has been read."""
        self._settings = settings
        self._interval = interval

    async def _run(self) -> None:
        while True:
            try:
                options = client_options(self._settings)
                consumer = AIOKafkaConsumer(**options, enable_auto_commit=False, auto_offset_reset="earliest")
                try:
                    await consumer.start()
                    await self._follow(consumer)
                finally:
                    await consumer.stop()
            except (KafkaError, PactwatchError, OSError) as error:
                log.warning("articles cannot be looked at", why=str(error))
                await asyncio.sleep(self._interval)

    async def _follow(self, consumer: AIOKafkaConsumer) -> None:
        place = TopicPartition(self._settings.kafka.topic("articles"), 0)
        consumer.assign([place])
        tally = Tally()
        end = (await consumer.end_offsets([place]))[place]
        since = int((datetime.now(UTC) - HISTORY).timestamp() * 1000)
        found = (await consumer.offsets_for_times({place: since})).get(place)
        for first, last in spread(end if found is None else found.offset, end):
            await self._read(consumer, place, tally, first, last)
        self.tally = tally
        while True:
            await asyncio.sleep(self._interval)
            newest = (await consumer.end_offsets([place]))[place]
            await self._read(consumer, place, tally, max(end, newest - _STEP), newest)
            end = newest

    @staticmethod
    async def _read(consumer: AIOKafkaConsumer, place: TopicPartition, tally: Tally, first: int, last: int) -> None:
        """Note the records from ``first`` to before ``last``."""
        if first >= last:
            return
        consumer.seek(place, first)
        while await consumer.position(place) < last:
            for records in (await consumer.getmany(place, timeout_ms=500, max_records=_PIECE)).values():
                for record in records:
                    if record.offset < last and (name := source_of(record.value or b"")):
                        tally.note(name, datetime.fromtimestamp(record.timestamp / 1000, UTC))
            await asyncio.sleep(0)


def spread(first: int, end: int) -> Iterable[tuple[int, int]]:
    """Return which offsets to read of a history: all of a short one, evenly spread pieces of a long one."""
    if end - first <= _PIECES * _PIECE:
        return [(first, end)] if end > first else []
    step = (end - first - _PIECE) / (_PIECES - 1)
    starts = [first + round(number * step) for number in range(_PIECES)]
    return [(start, start + _PIECE) for start in starts]


def source_of(value: bytes) -> str:
    """Return an article's publisher without reading the rest of it; empty where it states none.

    A text that quotes JSON has its quotes escaped, so that it cannot be taken for the field.
    """
    found = _SOURCE.search(value)
    if found is None:
        return ""
    try:
        name = json.loads(found[1])
    except ValueError:
        return ""
    return " ".join(str(name).split())[:200]
