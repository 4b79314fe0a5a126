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
class ActorRow:
    """An actor in a table; the counts are those of `Actor.articles`, which reads the whole record for each."""

    key: str
    kind: ActorKind
    name: str
    country: str | None
    first_seen: datetime
    last_seen: datetime
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

    def articles(self, window: Window, as_of: datetime) -> int:
        """Return how many articles the window before ``as_of`` holds."""
        as_of = as_of.astimezone(UTC)
        start = as_of - window.length
        if window in (Window.MONTH, Window.YEAR):
            first = bisect_right(self.days, start.date().toordinal())
            last = bisect_right(self.days, as_of.date().toordinal())
            return _between(self.day_sums, first, last)
        # A slot belongs to the window when its end lies after the start, and its beginning not after the moment.
        first = bisect_left(self.slots, _slot(start))
        last = bisect_right(self.slots, _slot(as_of))
        return _between(self.slot_sums, first, last)

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
