"""Surges: an actor is seen far more often than is usual for it, by several independent sources.

A pure function over an actor's days, called at a tick for actors with new sightings and for surges under way.  One
surge is one alert: its id is fixed by actor and start, and its growth and end are told as revisions of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from monitor.actors.baseline import DAYS, Baseline
from monitor.actors.head import Surge
from monitor.actors.tally import by_slot
from monitor.models.actor import SLOT_MINUTES
from monitor.models.alert import Alert, alert_id
from monitor.models.vocabulary import ActorKind, Reason

MOST_CHANCE = 1e-7
"""Of as many articles by chance: an actor is looked at some hundred times a day, in three windows each."""

LEAST_SOURCES = 4
"""Independent ones: one wire that everybody republishes is no surge."""

_LEAST_RISE = 3.0
"""Times the usual."""

_LASTING_RISE = 2.0
"""Times the usual, below which a surge is over."""

_GROWTH = 1.5
"""A busiest hour so many times the one told before is told again."""

_MINUTES_A_DAY = 1440
_BEGINS = (60, 120, _MINUTES_A_DAY)
_LASTS = (60, 360, _MINUTES_A_DAY)
"""Windows in minutes: what begins a surge in any of the first goes on as long as one of the second holds it."""


ReadDay = Callable[[int], bytes | None]


class Finding(NamedTuple):
    """What a look found."""

    surge: Surge | None
    """The surge under way or the last one, as it now is."""
    alert: Alert | None = None


class _Article(NamedTuple):
    minute: int
    """Since 1970, or slot of a day."""
    voice: int
    story: int


def look(
    key: str, days: ReadDay, surge: Surge | None, minute: int, *, since: int | None, silent: bool = False
) -> Finding:
    """Look for the beginning, the growth or the end of a surge.

    Args:
        key: the actor's.
        days: gives its record in the table of a day (since 1970).
        surge: what the last look found.
        minute: now, since 1970.
        since: the first day of which anything is known, of any actor.
        silent: the surge is taken note of, but nobody is told (a warm-up).

    """
    today = minute // _MINUTES_A_DAY
    recent = [
        _Article(day * _MINUTES_A_DAY + slot * SLOT_MINUTES, voice, story)
        for day in (today - 1, today)
        if (raw := days(day))
        for slot, voice, story in by_slot(day, raw)
    ]
    recent = _texts(one for one in recent if minute - _MINUTES_A_DAY < one.minute <= minute)
    under_way = surge is not None and surge.end is None
    if surge and not under_way:
        recent = [one for one in recent if one.minute > (surge.end or 0)]
    if not under_way and independent(recent) < LEAST_SOURCES:
        return Finding(surge)
    past = tuple(days(day) for day in range(today - 1 - DAYS, today - 1))
    usual = None if since is None else _usual(past, today, since)
    if usual is None:
        return Finding(surge)
    if surge and under_way:
        return _follow(key, recent, surge, minute, usual)
    return _begin(key, recent, surge, minute, usual, silent=silent)


def independent(texts: Iterable[_Article]) -> int:
    """Return the number of independent sources of texts: publishers, or the agencies they credit."""
    return len({one.voice for one in texts})


def _texts(articles: Iterable[_Article]) -> list[_Article]:
    """Return the first article of each text, in order of time: a wire that thirty houses print is one."""
    first: dict[int, _Article] = {}
    for one in sorted(articles):
        first.setdefault(one.story, one)
    return list(first.values())


def _begin(
    key: str, recent: list[_Article], before: Surge | None, minute: int, usual: Baseline, *, silent: bool
) -> Finding:
    for width in _BEGINS:
        within = [one for one in recent if one.minute > minute - width]
        count, expected = len(within), usual.expected(minute - width, minute)
        if independent(within) < LEAST_SOURCES or count < _LEAST_RISE * expected:
            continue
        chance = usual.chance(count, minute - width, minute)
        if chance > MOST_CHANCE:
            continue
        start = min(one.minute for one in within)
        peak = _last_hour(recent, minute)
        surge = Surge(start, minute, None, peak, minute, peak, revision=0, told=not silent)
        return Finding(surge, None if silent else _alert(key, surge, minute, within, expected, chance))
    return Finding(before)


def _follow(key: str, recent: list[_Article], surge: Surge, minute: int, usual: Baseline) -> Finding:
    hour = _last_hour(recent, minute)
    if hour > surge.peak:
        surge = surge._replace(peak=hour, peak_at=minute)
    counts = {width: sum(one.minute > minute - width for one in recent) for width in _LASTS}
    lasts = any(
        count >= LEAST_SOURCES and count > _LASTING_RISE * usual.expected(minute - width, minute)
        for width, count in counts.items()
    )
    if not lasts:
        # It ended with the last article before the calm, not when the calm was noticed.
        surge = surge._replace(end=max((one.minute for one in recent), default=surge.last))
    elif recent:
        surge = surge._replace(last=recent[-1].minute)
    grown = surge.peak >= _GROWTH * surge.told_peak
    if not surge.told or not (grown or surge.end is not None):
        return Finding(surge)
    surge = surge._replace(told_peak=surge.peak, revision=surge.revision + 1)
    width = _MINUTES_A_DAY
    expected = usual.expected(minute - width, minute)
    return Finding(
        surge, _alert(key, surge, minute, recent, expected, usual.chance(len(recent), minute - width, minute))
    )


def _alert(key: str, surge: Surge, minute: int, articles: list[_Article], expected: float, chance: float) -> Alert:
    kind, _, rest = key.partition(":")
    start = _moment(surge.start)
    sources = independent(articles)
    lasted = f"since {start:%Y-%m-%d %H:%M} UTC"
    if surge.end is not None:
        lasted = f"from {start:%Y-%m-%d %H:%M} to {_moment(surge.end):%Y-%m-%d %H:%M} UTC"
    return Alert(
        id=alert_id(key, Reason.SURGE, "surge", start.isoformat(), 0),
        reason=Reason.SURGE,
        actor_id=key,
        field="surge",
        value=lasted,
        revision=surge.revision,
        parties=tuple(rest.split("+")) if kind in (ActorKind.COUNTRY, ActorKind.ORGANISATION, ActorKind.PAIR) else (),
        at=_moment(minute),
        facts=(
            f"{lasted[0].upper()}{lasted[1:]}",
            f"{surge.peak} texts in the busiest hour, up to {_moment(surge.peak_at):%Y-%m-%d %H:%M} UTC",
        ),
        explanation=(
            f"{len(articles)} texts of {sources} independent sources, where {expected:.1f} are usual at this time "
            f"of the week; chance alone does this once in {1 / max(chance, 1e-30):.0e} times"
        ),
        score=min(1.0, 0.5 - math.log10(max(chance, 1e-30)) / 40),
    )


@lru_cache(maxsize=1 << 12)
def _usual(past: tuple[bytes | None, ...], today: int, since: int) -> Baseline | None:
    """Return what is usual after a past, given by its records: most actors' past is the same until tomorrow."""
    first = today - 1 - DAYS
    hours = {day: _by_hour(day, raw) for day, raw in enumerate(past, first) if raw}
    return Baseline.of(hours, today, since)


@lru_cache(maxsize=1 << 15)
def _by_hour(day: int, raw: bytes) -> tuple[int, ...]:
    hours = [0] * 24
    for text in _texts(_Article(*one) for one in by_slot(day, raw)):
        hours[text.minute * SLOT_MINUTES // 60] += 1
    return tuple(hours)


def _last_hour(articles: list[_Article], minute: int) -> int:
    return sum(one.minute > minute - 60 for one in articles)


def _moment(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
