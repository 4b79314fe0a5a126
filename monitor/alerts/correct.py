"""Which facts that were told have turned out otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitor.alerts import words
from monitor.alerts.news import News

if TYPE_CHECKING:
    from monitor.track.facts import View
    from monitor.track.told import Told

SHORTEST_SLIP, LONGEST_SLIP = 4, 30
"""Days by which a date must be off to be corrected: by less it is a slip, by more it is that of another event."""

ROUNDED = 1.25
"""Two sums of which one is up to so many times the other are one, rounded or converted."""


def corrected(after: View, told: Told) -> News | None:
    """Return a fact that was told and no longer stands: an official or a second independent source says otherwise."""
    for name, differs in _DIFFER.items():
        values, was = after.values.get(name, []), told.fact(name)
        if len(values) < 2 or was is None:
            continue
        standing = values[0]
        official = any(entry.official for entry in standing.entries)
        shown = told.shown(name, after)
        if shown is None or told.ever(name, shown) or not (official or standing.independent > 1):
            continue
        news = differs(after, was, official)
        if news is not None:
            return news
    return None


def _other_years(after: View, was: str, official: bool) -> News | None:
    del official
    return News("years", words.years(after.years), words.years(float(was))) if after.years is not None else None


def _other_cost(after: View, was: str, official: bool) -> News | None:
    """Correct a sum, unless it was rounded or converted."""
    del official
    amount, _, currency = was.partition(" ")
    if after.cost is None or currency != after.cost[1]:
        return None
    apart = max(after.cost[0], float(amount)) / max(min(after.cost[0], float(amount)), 1e-9)
    return News("cost", words.money(*after.cost), words.money(float(amount), currency)) if apart > ROUNDED else None


def _other_date(after: View, was: str, official: bool) -> News | None:
    """Correct the day of the stage that was told."""
    del official
    status, _, day = was.partition(", ")
    if after.day is None or status != after.status or not SHORTEST_SLIP <= abs(after.day - int(day)) <= LONGEST_SLIP:
        return None
    return News("date", words.day(after.day), words.day(int(day)))


def _other_place(after: View, was: str, official: bool) -> News | None:
    """Correct where it took place: papers name the house, the town or the country, and only who signed knows better."""
    status, _, place = was.partition(", ")
    if not official or after.place is None or status != after.status:
        return None
    same = any(entry.place == place for entry in after.values["place"][0].entries)
    if same or not set(after.place.casefold().split()).isdisjoint(place.casefold().split()):
        return None  # the same town, by a longer or shorter name
    return News("place", after.place, place)


_DIFFER = {"years": _other_years, "date": _other_date, "place": _other_place, "cost": _other_cost}
"""What is corrected, the weightiest first, and when it is told otherwise rather than in other words."""
