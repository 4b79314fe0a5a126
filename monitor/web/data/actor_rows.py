"""An actor with the counts of any window in microseconds: prefix sums over its days and 5 minutes."""

from __future__ import annotations

import zlib
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from monitor.models.actor import SLOT_MINUTES, Actor, Window
from monitor.models.vocabulary import ActorKind
from monitor.slack.text import clean

_SLOTS_A_DAY = 24 * 60 // SLOT_MINUTES


@dataclass(frozen=True, slots=True)
class Span:
    """A window before a moment, as numbers of days or 5 minutes: made once for all the rows of a table."""

    in_days: bool
    first: int
    last: int

    @classmethod
    def of(cls, window: Window, as_of: datetime) -> Span:
        """Return the span of a window; the edges are those of `Actor.articles`."""
        as_of = as_of.astimezone(UTC)
        start = as_of - window.length
        if window in (Window.MONTH, Window.YEAR):
            return cls(True, start.date().toordinal() + 1, as_of.date().toordinal())
        # A slot belongs to the window when its end lies after the start, and its beginning not after the moment.
        return cls(False, _slot(start), _slot(as_of))


@dataclass(frozen=True, slots=True)
class ActorRow:
    """An actor in a table; the counts are those of `Actor.articles`, which reads the whole record for each."""

    key: str
    kind: ActorKind
    name: str
    country: str | None
    first_seen: datetime
    last_seen: datetime
    seen: int
    """The same in seconds since 1970, which compares five times as fast."""
    haystack: str
    days: array[int]
    """Ordinals of the days with articles."""
    day_sums: array[int]
    """Articles up to and with each of them."""
    slots: array[int]
    """5 minutes with articles, counted from the first day of the calendar."""
    slot_sums: array[int]
    packed: bytes

    @classmethod
    def read(cls, value: bytes) -> ActorRow:
        """Make a row of a record of `actors`; raises RecordError."""
        actor = Actor.decode(value)
        slots = [
            (day.day.toordinal() * _SLOTS_A_DAY + slot, number) for day in actor.days for slot, number in day.slots
        ]
        return cls(
            key=actor.key,
            kind=actor.kind,
            name=clean(actor.name),
            country=actor.country,
            first_seen=actor.first_seen,
            last_seen=actor.last_seen,
            seen=int(actor.last_seen.timestamp()),
            haystack=" ".join((actor.key, actor.name, *actor.aliases)).lower(),
            days=array("l", (day.day.toordinal() for day in actor.days)),
            day_sums=array("l", accumulate(day.articles for day in actor.days)),
            slots=array("q", (slot for slot, _ in slots)),
            slot_sums=array("l", accumulate(number for _, number in slots)),
            packed=zlib.compress(value, 1),
        )

    def record(self) -> Actor:
        """Return the whole record."""
        return Actor.decode(zlib.decompress(self.packed))

    def articles(self, span: Span) -> int:
        """Return how many articles a window holds."""
        moments, sums = (self.days, self.day_sums) if span.in_days else (self.slots, self.slot_sums)
        if not moments or moments[-1] < span.first:  # most actors: nobody named them of late
            return 0
        return _between(sums, bisect_left(moments, span.first), bisect_right(moments, span.last))

    def spark(self, as_of: datetime, days: int = 30) -> list[int]:
        """Return the articles of each of the last days, oldest first."""
        last = as_of.astimezone(UTC).date().toordinal()
        counts = [0] * days
        for index in range(bisect_right(self.days, last - days), bisect_right(self.days, last)):
            counts[self.days[index] - last + days - 1] = _between(self.day_sums, index, index + 1)
        return counts


def _between(sums: array[int], first: int, last: int) -> int:
    if last <= first:
        return 0
    return sums[last - 1] - (sums[first - 1] if first else 0)


def _slot(moment: datetime) -> int:
    midnight = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment.date().toordinal() * _SLOTS_A_DAY + (moment - midnight) // timedelta(minutes=SLOT_MINUTES)
