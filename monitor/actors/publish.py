"""From an actor's days to the record that readers see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta

from monitor.actors.day import DaySummary
from monitor.models.actor import SLOT_MINUTES, Actor, DayCount, Office

_SLOT_DAYS = timedelta(days=8)
"""For how long the buckets of 5 minutes are published: the longest window that is cut by them, and a day."""

_MOST_ALIASES = 9
_MOST_OFFICES = 12


def publish(key: str, days: Mapping[str, DaySummary], older: int) -> Actor:
    """Return the actor; ``days`` by ISO date, oldest first, at least one; ``older`` articles are in no window."""
    shown = list(days.values())
    first, last = shown[0], shown[-1]
    names: Counter[str] = Counter()
    for day in shown:
        names.update(day.names)
    forms = sorted(names, key=lambda name: (-names[name], name)) or [key.partition(":")[2]]
    return Actor(
        key=key,
        kind=last.kind,
        name=forms[0],
        aliases=tuple(forms[1 : 1 + _MOST_ALIASES]),
        country=next((day.country for day in shown if day.country), None),
        offices=_offices(shown),
        days=tuple(_shown(day.counts, last.counts.day) for day in shown),
        older=older,
        undated=sum(day.undated for day in shown),
        first_seen=_moment(first.counts.day, first.counts.slots[0][0]),
        last_seen=_moment(last.counts.day, last.counts.slots[-1][0]),
    )


def _shown(day: DayCount, last: date) -> DayCount:
    return day if last - day.day < _SLOT_DAYS else day.model_copy(update={"slots": ()})


def _offices(days: list[DaySummary]) -> tuple[Office, ...]:
    spans: dict[str, tuple[date, date]] = {}
    for day in days:
        for title in day.offices:
            spans[title] = (spans[title][0] if title in spans else day.counts.day, day.counts.day)
    held = sorted(spans.items(), key=lambda item: (item[1], item[0]))
    return tuple(Office(title=title, first=first, last=last) for title, (first, last) in held[-_MOST_OFFICES:])


def _moment(day: date, slot: int) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(minutes=SLOT_MINUTES * slot)
