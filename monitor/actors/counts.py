"""The state of `count` for one partition of sightings, and decisions on a copy of it.

The table holds one record an actor and day, ``<actor key>|<YYYY-MM-DD>`` (`ActorDay`), and one an actor for articles
from before the longest window, ``<actor key>|older``: 8-byte hashes, so that those too count once.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from monitor.actors.day import ActorDay, DaySummary
from monitor.actors.publish import publish
from monitor.models.actor import Actor, Window
from monitor.models.article import CLOCK_SKEW, article_hash
from monitor.models.record import Origin
from monitor.models.report import Tick
from monitor.models.sighting import Sighting

_KEPT = Window.YEAR.length
OLDER = "older"
_HASH_BYTES = 8
_MOST_OLDER = 1024
"""Hashes kept of articles from before the longest window; above it the number stands still."""

_SWEEPS = 24 * 60
"""An actor is looked through for days that have run out once in so many ticks, so that no tick has much to do."""


class Counts:
    """What the table of one partition holds, by actor and day."""

    def __init__(self) -> None:
        self.now: datetime | None = None
        """The latest tick; None before the first."""
        self._days: dict[str, dict[str, bytes]] = {}
        self._sweeps: dict[int, set[str]] = {}

    @classmethod
    def load(cls, items: Iterable[tuple[str, bytes]]) -> Counts:
        """Rebuild the state from the table."""
        counts = cls()
        for key, raw in items:
            actor, _, day = key.rpartition("|")
            counts.put(actor, day, raw)
        return counts

    def draft(self) -> CountsDraft:
        """Return a copy to count on; it costs nothing until something changes."""
        return CountsDraft(self)

    def days(self, actor: str) -> dict[str, bytes]:
        """Return an actor's records by day, and by "older"."""
        return self._days.get(actor, {})

    def due(self, minute: datetime) -> frozenset[str]:
        """Return the actors to look through at a tick."""
        return frozenset(self._sweeps.get(minute.hour * 60 + minute.minute, ()))

    def put(self, actor: str, day: str, raw: bytes | None) -> None:
        """Set or delete a record."""
        if raw is not None:
            self._days.setdefault(actor, {})[day] = raw
            self._sweeps.setdefault(_sweep(actor), set()).add(actor)
            return
        days = self._days.get(actor, {})
        days.pop(day, None)
        if not days:
            self._days.pop(actor, None)
            self._sweeps.get(_sweep(actor), set()).discard(actor)


class CountsDraft:
    """Counts on a copy: nothing changes in `Counts` before `commit`."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._now = counts.now
        self._changed: dict[str, dict[str, ActorDay]] = {}
        self._older: dict[str, set[int]] = {}
        self._ended: dict[str, set[str]] = {}
        self._written: dict[str, bytes | None] | None = None

    def apply(self, record: Sighting | Tick, origin: Origin) -> None:
        """Count a sighting, or let time pass; ``origin`` is where the record stands."""
        del origin
        self._written = None
        if isinstance(record, Tick):
            self._tick(record.minute)
        else:
            self._see(record)

    @property
    def writes(self) -> dict[str, bytes | None]:
        """Table writes of all that was applied, one a key; None deletes."""
        if self._written is None:
            self._written = {
                f"{actor}|{day}": raw for actor in self._touched() for day, raw in sorted(self._change(actor).items())
            }
        return self._written

    @property
    def actors(self) -> tuple[Actor, ...]:
        """The actors that changed, as they are to be published."""
        after = ((actor, self._after(actor)) for actor in self._touched())
        return tuple(publish(actor, days, older) for actor, (days, older) in after if days)

    @property
    def gone(self) -> tuple[str, ...]:
        """Actors with no day left: to be published as tombstones."""
        return tuple(actor for actor in self._touched() if not self._after(actor)[0])

    def commit(self) -> None:
        """Make the counts so far the state."""
        for key, raw in self.writes.items():
            actor, _, day = key.rpartition("|")
            self._counts.put(actor, day, raw)
        self._counts.now = self._now
        self._changed.clear()
        self._older.clear()
        self._ended.clear()
        self._written = None

    def _see(self, sighting: Sighting) -> None:
        at = _event_time(sighting).astimezone(UTC)
        actor, day = sighting.actor_key, at.date().isoformat()
        if self._now is not None and at < self._now - _KEPT:
            self._see_older(actor, sighting)
            return
        record = self._changed.get(actor, {}).get(day)
        if record is not None:
            record.see(sighting, at)
            return
        ended = self._ended.get(actor, set())
        raw = None if day in ended else self._counts.days(actor).get(day)
        record = ActorDay.decode(raw) if raw else ActorDay(kind=sighting.actor_kind)
        if record.see(sighting, at):
            self._changed.setdefault(actor, {})[day] = record
            ended.discard(day)

    def _see_older(self, actor: str, sighting: Sighting) -> None:
        hashes = self._older.get(actor)
        if hashes is None:
            hashes = set(_unpack(self._counts.days(actor).get(OLDER, b"")))
        article = article_hash(sighting.article_id)
        if article not in hashes and len(hashes) < _MOST_OLDER:
            hashes.add(article)
            self._older[actor] = hashes

    def _tick(self, minute: datetime) -> None:
        if self._now is not None and minute <= self._now:
            return  # a tick is its minute: a repeated or older one does nothing
        self._now = minute
        first = (minute - _KEPT - timedelta(days=1)).astimezone(UTC).date().isoformat()
        for actor in self._counts.due(minute):
            known = {*self._counts.days(actor), *self._changed.get(actor, {})} - self._ended.get(actor, set())
            over = {day for day in known if day != OLDER and day < first}
            if known - over <= {OLDER}:
                over = known  # nothing rolling is left, so the rest goes with it
                self._older.pop(actor, None)
            if over:
                for day in over:
                    self._changed.get(actor, {}).pop(day, None)
                self._ended.setdefault(actor, set()).update(over)

    def _touched(self) -> list[str]:
        return sorted({*self._changed, *self._older, *self._ended})

    def _change(self, actor: str) -> dict[str, bytes | None]:
        change: dict[str, bytes | None] = dict.fromkeys(self._ended.get(actor, ()))
        change |= {day: record.encode() for day, record in self._changed.get(actor, {}).items()}
        if actor in self._older:
            change[OLDER] = _pack(self._older[actor])
        return change

    def _after(self, actor: str) -> tuple[dict[str, DaySummary], int]:
        """Return the actor's days as they will be, and the number of articles older than all windows."""
        ended, changed = self._ended.get(actor, set()), self._changed.get(actor, {})
        kept = {day: raw for day, raw in self._counts.days(actor).items() if day not in ended}
        older = len(self._older[actor]) if actor in self._older else len(kept.pop(OLDER, b"")) // _HASH_BYTES
        kept.pop(OLDER, None)
        days = {day: summary(raw, day) for day, raw in kept.items() if day not in changed}
        days |= {day: record.summary(date.fromisoformat(day)) for day, record in changed.items()}
        return dict(sorted(days.items())), older


def _event_time(sighting: Sighting) -> datetime:
    """Return when it counts: event time, capped like an article's; arrival when undated."""
    if sighting.event_time is None:
        return sighting.ingested_at
    return min(sighting.event_time, sighting.ingested_at + CLOCK_SKEW)


@lru_cache(maxsize=1 << 16)
def summary(raw: bytes, day: str) -> DaySummary:
    """Return what a record of the table says; remembered, since most of an actor's days never change again."""
    return ActorDay.decode(raw).summary(date.fromisoformat(day))


def _sweep(actor: str) -> int:
    return zlib.crc32(actor.encode("utf-8", "surrogatepass")) % _SWEEPS


def _pack(hashes: set[int]) -> bytes:
    return b"".join(value.to_bytes(_HASH_BYTES) for value in sorted(hashes))


def _unpack(raw: bytes) -> list[int]:
    return [int.from_bytes(raw[at : at + _HASH_BYTES]) for at in range(0, len(raw), _HASH_BYTES)]
