"""An actor with its rolling counts: buckets, from which a reader computes any window at any moment.

The counts carry no window of their own, so an actor that nobody mentions any more decays without a new record.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from pydantic import Field

from monitor.models.record import Day, Instant, Part, Record
from monitor.models.vocabulary import ActorKind, ActorRole, Status, Subject

SLOT_MINUTES = 5
"""The finest bucket; 288 of them make a day."""


class Window(StrEnum):
    """A stretch of time that ends at the moment one asks about."""

    HOUR = "1h"
    """By buckets of 5 minutes."""
    DAY = "24h"
    """By buckets of 5 minutes."""
    WEEK = "7d"
    """By buckets of 5 minutes."""
    MONTH = "30d"
    """By days."""
    YEAR = "365d"
    """By days; the longest."""

    @property
    def length(self) -> timedelta:
        """How far it reaches back."""
        return _LENGTH[self]


_LENGTH = {
    Window.HOUR: timedelta(hours=1),
    Window.DAY: timedelta(days=1),
    Window.WEEK: timedelta(days=7),
    Window.MONTH: timedelta(days=30),
    Window.YEAR: timedelta(days=365),
}


class Office(Part):
    """An office a person was seen in."""

    title: str
    first: Day
    last: Day


class DayCount(Part):
    """What one day (UTC, event time) holds of an actor."""

    day: Day
    articles: int
    slots: tuple[tuple[int, int], ...] = ()
    """Articles by 5 minutes since midnight, as (slot, number); only where there are any, only for the last 8 days."""
    sources: tuple[int, ...] = ()
    """4-byte hashes of the sources' names, so that a source counts once in any window."""
    roles: dict[ActorRole, int] = Field(default_factory=dict)
    subjects: dict[Subject, int] = Field(default_factory=dict)
    stages: dict[Status, int] = Field(default_factory=dict)


class Actor(Record):
    """A country, organisation, forum, person, office or pair, as it stands in `actors` under its key."""

    key: str
    kind: ActorKind
    name: str
    """The form seen most often; of equals, the first in the alphabet."""
    aliases: tuple[str, ...] = ()
    country: str | None = None
    offices: tuple[Office, ...] = ()
    """A person's, oldest first."""
    days: tuple[DayCount, ...] = ()
    """Oldest first; days without a sighting are left out."""
    older: int = 0
    """Articles from before the longest window: in no rolling count."""
    undated: int = 0
    """Articles without a date of their own, counted at their arrival."""
    first_seen: Instant
    last_seen: Instant

    def within(self, window: Window, as_of: datetime) -> tuple[DayCount, ...]:
        """Return what the window holds: days, the first and last of them cut where the window is.

        Windows up to a week are cut at 5 minutes, longer ones at the day.  A cut day keeps the roles, subjects, stages
        and sources of the whole day.
        """
        start = as_of - window.length
        if window in (Window.MONTH, Window.YEAR):
            first = start.astimezone(UTC).date()
            last = as_of.astimezone(UTC).date()
            return tuple(day for day in self.days if first < day.day <= last)
        return tuple(cut for day in self.days if (cut := _cut(day, start, as_of)).articles)

    def articles(self, window: Window, as_of: datetime) -> int:
        """Return how many articles the window holds."""
        return sum(day.articles for day in self.within(window, as_of))

    def sources(self, window: Window, as_of: datetime) -> int:
        """Return how many different sources the window holds."""
        return len({source for day in self.within(window, as_of) for source in day.sources})


def _cut(day: DayCount, start: datetime, end: datetime) -> DayCount:
    midnight = datetime(day.day.year, day.day.month, day.day.day, tzinfo=UTC)
    kept = tuple(
        (slot, number)
        for slot, number in day.slots
        if start < midnight + timedelta(minutes=SLOT_MINUTES * (slot + 1))
        and midnight + timedelta(minutes=SLOT_MINUTES * slot) <= end
    )
    return day.model_copy(update={"slots": kept, "articles": sum(number for _, number in kept)})
