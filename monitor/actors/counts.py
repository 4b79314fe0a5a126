"""The state of `count` for one partition of sightings: what its table holds, by actor and day.

<actor key>|<YYYY-MM-DD>   one actor on one day (`Day`)
<actor key>|head           what is kept of an actor beside its days (`Head`)
<actor key>|recent         the texts of the last two days it was last seen in (`Recent`)
|clock                     the latest tick, and the actors still to be published (`Clock`)
"""

from __future__ import annotations

import json
import zlib
from array import array
from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from monitor.actors.day import hashes
from monitor.actors.head import Head
from monitor.actors.recent import Recent, decode

if TYPE_CHECKING:
    from monitor.actors.draft import CountsDraft

HEAD = "head"
RECENT = "recent"
CLOCK_KEY = "|clock"

SWEEPS = 24 * 60
"""An actor is looked through for days that have run out once in so many minutes, so that no tick has much to do."""

_MOST_KNOWN = 4_000_000
"""Articles of busy actors whose hashes stand sorted in memory (32 MB), so that finding a repeat takes a microsecond."""

_FIRST = date(1970, 1, 1).toordinal()
_RECENT_DAYS = 2


class Clock(NamedTuple):
    """What time it is in this partition."""

    minute: int | None = None
    """Of the latest tick, since 1970; None before the first."""
    due: tuple[str, ...] = ()
    """Actors that changed and were held back, since they had been published less than a second before."""

    def encode(self) -> bytes:
        """Return the record as it stands in the table."""
        return json.dumps([self.minute, sorted(self.due)], separators=(",", ":")).encode()

    @classmethod
    def decode(cls, raw: bytes) -> Clock:
        """Read a record of the table."""
        minute, due = json.loads(raw)
        return cls(minute, tuple(due))


class Counts:
    """What the table of one partition holds; changed by `CountsDraft.commit` alone."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.surging: set[str] = set()
        """Actors with a surge under way."""
        self.stirred: set[str] = set()
        """Actors with sightings since surges were last looked for."""
        self.published: dict[str, float] = {}
        """When actors were last published, on the clock that `CountsDraft` is given."""
        self.since: int | None = None
        """The first day, since 1970, that the partition ever knew anything of."""
        self._days: dict[str, dict[int, bytes]] = {}
        self._heads: dict[str, bytes] = {}
        self._recent: dict[str, bytes] = {}
        self._sweeps: list[set[str]] = [set() for _ in range(SWEEPS)]
        self._known: OrderedDict[str, array[int]] = OrderedDict()
        self._known_articles = 0

    @classmethod
    def load(cls, items: Iterable[tuple[str, bytes]]) -> Counts:
        """Rebuild the state from all records that the table holds of the partition.

        Raises:
            ValueError: a record is of another program version.

        """
        counts = cls()
        for key, raw in items:
            counts.put(key, raw)
        counts._stir()
        return counts

    @property
    def now(self) -> datetime | None:
        """The latest tick; None before the first."""
        minute = self.clock.minute
        return None if minute is None else datetime.fromtimestamp(minute * 60, UTC)

    def draft(self, at: float | None = None) -> CountsDraft:
        """Return a copy to count on; it costs nothing until something changes.

        Args:
            at: seconds of a steady clock: an actor published less than a second before is held back for a later
                draft.  None: publish all that changes.

        """
        from monitor.actors.draft import CountsDraft  # noqa: PLC0415 - each needs the other

        return CountsDraft(self, at)

    def actors(self) -> Iterable[str]:
        """Return the keys of all actors."""
        return self._days.keys() | self._heads.keys()

    def days(self, actor: str) -> Mapping[int, bytes]:
        """Return an actor's days, encoded."""
        return self._days.get(actor, {})

    def head(self, actor: str) -> Head:
        """Return what is kept of an actor beside its days."""
        raw = self._heads.get(actor)
        return Head.decode(raw) if raw else Head()

    def recent(self, actor: str) -> tuple[Recent, ...]:
        """Return the texts an actor was last seen in, newest first."""
        return decode(self._recent.get(actor))

    def sweep(self, minute: int) -> frozenset[str]:
        """Return the actors to look through at a minute."""
        return frozenset(self._sweeps[minute % SWEEPS])

    def knows(self, actor: str, article: int) -> bool:
        """Tell whether an article stands in any of the actor's days."""
        known = self._known.get(actor)
        if known is None:
            days = self._days.get(actor)
            if not days:
                return False
            known = array("Q", sorted(article for raw in days.values() for article in hashes(raw)))
            self._known[actor] = known
            self._known_articles += len(known)
            while self._known_articles > _MOST_KNOWN and len(self._known) > 1:
                _, idle = self._known.popitem(last=False)
                self._known_articles -= len(idle)
        else:
            self._known.move_to_end(actor)
        at = bisect_left(known, article)
        return at < len(known) and known[at] == article

    def learn(self, actor: str, articles: Iterable[int]) -> None:
        """Take note of articles that now stand in the actor's days."""
        known = self._known.get(actor)
        if known is not None:
            before = len(known)
            for article in articles:
                insort(known, article)
            self._known_articles += len(known) - before

    def put(self, key: str, raw: bytes | None) -> None:
        """Set or delete a record by its key in the table."""
        if key == CLOCK_KEY:
            self.clock = Clock.decode(raw) if raw else Clock()
            return
        actor, _, what = key.rpartition("|")
        if what == RECENT:
            if raw:
                self._recent[actor] = raw
            else:
                self._recent.pop(actor, None)
            return
        if what == HEAD:
            self._put_head(actor, raw)
        else:
            self._put_day(actor, date.fromisoformat(what).toordinal() - _FIRST, raw)
        there = actor in self._days or actor in self._heads
        sweep = self._sweeps[zlib.crc32(actor.encode("utf-8", "surrogatepass")) % SWEEPS]
        if there:
            sweep.add(actor)
        else:
            sweep.discard(actor)
            self.published.pop(actor, None)

    def _put_head(self, actor: str, raw: bytes | None) -> None:
        self.surging.discard(actor)
        if raw is None:
            self._heads.pop(actor, None)
            return
        self._heads[actor] = raw
        surge = Head.decode(raw).surge
        if surge and surge.end is None:
            self.surging.add(actor)

    def _put_day(self, actor: str, day: int, raw: bytes | None) -> None:
        if raw is not None:
            self._days.setdefault(actor, {})[day] = raw
            self.since = day if self.since is None else min(day, self.since)
            return
        days = self._days.get(actor, {})
        days.pop(day, None)
        if not days:
            self._days.pop(actor, None)
        idle = self._known.pop(actor, None)  # its articles are forgotten with the day
        self._known_articles -= len(idle or ())

    def _stir(self) -> None:
        """After a restart, look for surges wherever the last two days hold anything."""
        if self.clock.minute is not None:
            recent = self.clock.minute // SWEEPS - _RECENT_DAYS + 1
            self.stirred = {actor for actor, days in self._days.items() if max(days) >= recent}


def table_key(actor: str, day: int) -> str:
    """Return the key of an actor's day in the table."""
    return f"{actor}|{date.fromordinal(day + _FIRST).isoformat()}"
