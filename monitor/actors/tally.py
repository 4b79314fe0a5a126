"""Counts of a day, derived from its rows.

Days are decoded once: most of an actor's days never change again, so what a record says is remembered by its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeVar

from monitor.actors.day import Day, Plain
from monitor.actors.head import day_forms
from monitor.actors.seen import ROLES, STAGES, SUBJECTS, Form
from monitor.models.actor import SlotCount
from monitor.models.vocabulary import ActorRole, Status, Subject

FIRST = date(1970, 1, 1).toordinal()
_NAMED = 1 << ROLES.index(ActorRole.NAMED)

K = TypeVar("K", bound=StrEnum)


class Marked(NamedTuple):
    """Articles by role, subject and stage."""

    roles: dict[ActorRole, int]
    subjects: dict[Subject, int]
    stages: dict[Status, int]
    both: dict[Subject, dict[ActorRole, int]]


class Tally(NamedTuple):
    """What a day holds, in the form in which it is published."""

    date: date
    articles: int
    undated: int
    first: int
    """Slot of the first article."""
    last: int
    voices: frozenset[int]
    marked: Marked
    forms: Mapping[Form, int]


@lru_cache(maxsize=1 << 15)
def tally(day: int, raw: bytes) -> Tally:
    """Count a day of the table; ``day`` is in days since 1970."""
    decoded = Day.decode(day, raw)
    found = decoded.articles()
    slots = [one.slot for one in found]
    return Tally(
        date=date.fromordinal(day + FIRST),
        articles=len(found),
        undated=sum(one.undated for one in found),
        first=min(slots),
        last=max(slots),
        voices=frozenset(one.voice for one in found),
        marked=_marked(found),
        forms=day_forms(decoded),
    )


@lru_cache(maxsize=1 << 13)
def parts(day: int, raw: bytes) -> tuple[SlotCount, ...]:
    """Count a day of the table by 5 minutes."""
    slots: dict[int, list[Plain]] = {}
    for one in Day.decode(day, raw).articles():
        slots.setdefault(one.slot, []).append(one)
    found = []
    for slot, articles in sorted(slots.items()):
        marked = _marked(articles)
        found.append(
            SlotCount.model_construct(
                slot=slot,
                articles=len(articles),
                sources=tuple(sorted({one.voice for one in articles})),
                roles=marked.roles,
                subjects=marked.subjects,
                stages=marked.stages,
                both=marked.both,
            )
        )
    return tuple(found)


@lru_cache(maxsize=1 << 15)
def by_slot(day: int, raw: bytes) -> tuple[tuple[int, int, int], ...]:
    """Return slot, voice and story of every article of a day, in order of time."""
    return tuple(sorted((one.slot, one.voice, one.story) for one in Day.decode(day, raw).articles()))


def _marked(articles: Iterable[Plain]) -> Marked:
    kinds: dict[tuple[int, int, int], int] = {}
    for one in articles:
        kinds[one.marks] = kinds.get(one.marks, 0) + 1
    # Named means that no other role was found: one that another sighting found takes its place.
    rows = [(marks[0] & ~_NAMED or marks[0], *marks[1:], number) for marks, number in kinds.items()]
    return Marked(
        _counted(ROLES, ((roles, number) for roles, _, _, number in rows)),
        _counted(SUBJECTS, ((subjects, number) for _, subjects, _, number in rows)),
        _counted(STAGES, ((stages, number) for _, _, stages, number in rows)),
        {
            SUBJECTS[place]: _counted(ROLES, ((row[0], row[3]) for row in rows if row[1] >> place & 1))
            for place in _places(_united(row[1] for row in rows))
        },
    )


def _united(bits: Iterable[int]) -> int:
    found = 0
    for one in bits:
        found |= one
    return found


def _counted(members: tuple[K, ...], numbers: Iterable[tuple[int, int]]) -> dict[K, int]:
    by_place: dict[int, int] = {}
    for bits, number in numbers:
        for place in _places(bits):
            by_place[place] = by_place.get(place, 0) + number
    return {members[place]: by_place[place] for place in sorted(by_place)}


@lru_cache(maxsize=1 << 12)
def _places(bits: int) -> tuple[int, ...]:
    return tuple(place for place in range(bits.bit_length()) if bits >> place & 1)
