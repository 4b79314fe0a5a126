"""From an actor's days to the record that readers see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from monitor.actors.head import Head, Span
from monitor.actors.identity import identities, offices
from monitor.actors.seen import Form
from monitor.actors.tally import Tally, parts, tally
from monitor.models.actor import SLOT_MINUTES, Actor, DayCount
from monitor.models.vocabulary import ActorKind

_PART_DAYS = 8
"""For how long the buckets of 5 minutes are published: the longest window that is cut by them, and a day."""

_MOST_ALIASES = 9


def publish(key: str, days: Mapping[int, bytes], head: Head) -> Actor:
    """Return the actor; ``days`` (since 1970) are records of the table, oldest first, at least one."""
    tallies = {day: tally(day, raw) for day, raw in days.items()}
    kind = ActorKind(key.partition(":")[0])
    forms = _forms(tallies, head)
    persons = identities(key, forms) if kind is ActorKind.PERSON else ()
    names = _ranked(forms, 0)
    countries = _ranked(forms, 2)
    name = persons[0].name if persons else next(iter(names), key.partition(":")[2])
    first, last = next(iter(tallies.values())), tallies[max(tallies)]
    return Actor.model_construct(
        key=key,
        kind=kind,
        name=name,
        aliases=tuple(form for form in names if form != name)[:_MOST_ALIASES],
        country=next(iter(countries), None),
        offices=offices(forms),
        identities=persons,
        days=_days(days, tallies),
        older=head.older_articles,
        undated=sum(one.undated for one in tallies.values()),
        first_seen=_first(first, forms),
        last_seen=_moment(last.date, last.last),
    )


def _forms(tallies: Mapping[int, Tally], head: Head) -> dict[Form, Span]:
    forms = dict(head.forms)
    for day, one in tallies.items():
        for form, count in one.forms.items():
            span = Span(count, day, day)
            forms[form] = forms[form].joined(span) if form in forms else span
    return forms


def _ranked(forms: Mapping[Form, Span], part: int) -> list[str]:
    """Return names (0) or countries (2), most frequent first, equals by the alphabet."""
    counted: dict[str, int] = {}
    for form, span in forms.items():
        if form[part]:
            counted[form[part]] = counted.get(form[part], 0) + span.articles
    return sorted(counted, key=lambda text: (-counted[text], text))


def _days(days: Mapping[int, bytes], tallies: Mapping[int, Tally]) -> tuple[DayCount, ...]:
    newest = max(days)
    seen: set[int] = set()
    counts: list[DayCount] = []
    for day in sorted(days, reverse=True):
        voices = tallies[day].voices
        new = voices - seen
        counts.append(_day(day, days[day], tuple(sorted(new)), detailed=newest - day < _PART_DAYS))
        seen |= new
    return tuple(reversed(counts))


@lru_cache(maxsize=1 << 15)
def _day(day: int, raw: bytes, sources: tuple[int, ...], *, detailed: bool) -> DayCount:
    one = tally(day, raw)
    # What comes from our own counts needs no check, and checking would take most of the time.
    return DayCount.model_construct(
        day=one.date,
        articles=one.articles,
        parts=parts(day, raw) if detailed else (),
        sources=sources,
        roles=one.marked.roles,
        subjects=one.marked.subjects,
        stages=one.marked.stages,
        both=one.marked.both,
    )


def _first(first: Tally, forms: Mapping[Form, Span]) -> datetime:
    """Return when the actor was first seen: to the 5 minutes while that day is kept, else the day."""
    earliest = date(1970, 1, 1) + timedelta(days=min(span.first for span in forms.values()))
    return _moment(earliest, 0) if earliest < first.date else _moment(first.date, first.first)


def _moment(day: date, slot: int) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(minutes=SLOT_MINUTES * slot)
