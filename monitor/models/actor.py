"""An actor with its rolling counts: buckets, from which a reader computes any window at any moment.

The counts carry no window of their own, so an actor that nobody mentions any more decays without a new record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from pydantic import Field

from monitor.models.record import Day, Instant, Part, Record
from monitor.models.vocabulary import ActorKind, ActorRole, Status, Subject

K = TypeVar("K", ActorRole, Subject, Status)

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


class Identity(Part):
    """One person behind a key: its forms that can be the same person's, with the offices given with them."""

    name: str
    """The form with a given name that is seen most often."""
    aliases: tuple[str, ...] = ()
    offices: tuple[Office, ...] = ()
    """Oldest first."""
    articles: int
    first: Day
    last: Day
    explanation: str
    """Why these forms are taken for one person."""


class SlotCount(Part):
    """What 5 minutes hold of an actor.  An article with two roles, say in two of its revisions, counts under both."""

    slot: int = Field(ge=0, lt=24 * 60 // SLOT_MINUTES)
    """Since midnight."""
    articles: int
    sources: tuple[int, ...] = ()
    """4-byte hashes of the sources' names."""
    roles: dict[ActorRole, int] = Field(default_factory=dict)
    subjects: dict[Subject, int] = Field(default_factory=dict)
    stages: dict[Status, int] = Field(default_factory=dict)
    both: dict[Subject, dict[ActorRole, int]] = Field(default_factory=dict)
    """Articles on a subject in a role."""


class DayCount(Part):
    """What one day (UTC, event time) holds of an actor."""

    day: Day
    articles: int
    parts: tuple[SlotCount, ...] = ()
    """By 5 minutes, for the last 8 days alone."""
    sources: tuple[int, ...] = ()
    """4-byte hashes of the sources whose latest article is of this day, so that a source counts once in any window."""
    roles: dict[ActorRole, int] = Field(default_factory=dict)
    subjects: dict[Subject, int] = Field(default_factory=dict)
    stages: dict[Status, int] = Field(default_factory=dict)
    both: dict[Subject, dict[ActorRole, int]] = Field(default_factory=dict)
    """Articles on a subject in a role."""

    @property
    def slots(self) -> tuple[tuple[int, int], ...]:
        """Articles by 5 minutes since midnight, as (slot, number); only where there are any."""
        return tuple((part.slot, part.articles) for part in self.parts)


class Actor(Record):
    """A country, organisation, forum, person, office or pair, as it stands in `actors` under its key."""

    key: str
    kind: ActorKind
    name: str
    """The form seen most often, of a person one with a given name; of equals, the first in the alphabet."""
    aliases: tuple[str, ...] = ()
    country: str | None = None
    offices: tuple[Office, ...] = ()
    """A person's, oldest first."""
    identities: tuple[Identity, ...] = ()
    """The persons behind a person's key, most seen first: namesakes are kept apart here."""
    days: tuple[DayCount, ...] = ()
    """Oldest first; days without a sighting are left out."""
    older: int = 0
    """Articles from before the longest window: in no rolling count.  Exact up to 128, an estimate above."""
    undated: int = 0
    """Articles without a date of their own, counted at their arrival."""
    first_seen: Instant
    last_seen: Instant

    def within(self, window: Window, as_of: datetime) -> tuple[DayCount, ...]:
        """Return what the window holds: days, the first and last of them cut where the window is.

        Windows up to a week are cut at 5 minutes (a bucket belongs to the window when its end lies after the start
        and its beginning not after ``as_of``), longer ones at the day.
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
        """Return how many different sources the window holds.

        For 30 and 365 days before the actor was last seen it is what is left of them: those not seen again since.
        """
        return len({source for day in self.within(window, as_of) for source in day.sources})


def _cut(day: DayCount, start: datetime, end: datetime) -> DayCount:
    midnight = datetime(day.day.year, day.day.month, day.day.day, tzinfo=UTC)
    kept = tuple(
        part
        for part in day.parts
        if start < midnight + timedelta(minutes=SLOT_MINUTES * (part.slot + 1))
        and midnight + timedelta(minutes=SLOT_MINUTES * part.slot) <= end
    )
    return DayCount(
        day=day.day,
        articles=sum(part.articles for part in kept),
        parts=kept,
        sources=tuple(sorted({source for part in kept for source in part.sources})),
        roles=total(part.roles for part in kept),
        subjects=total(part.subjects for part in kept),
        stages=total(part.stages for part in kept),
        both={
            subject: total(part.both.get(subject, {}) for part in kept)
            for subject in dict.fromkeys(subject for part in kept for subject in part.both)
        },
    )


def total(counted: Iterable[dict[K, int]]) -> dict[K, int]:
    """Add up counts."""
    summed: Counter[K] = Counter()
    for one in counted:
        summed.update(one)
    return dict(summed)
