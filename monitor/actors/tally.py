"""Counts of a day, derived from its rows.

Days are decoded once: most of an actor's days never change again, so what a record says is remembered by its bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, TypeVar

from monitor.actors.day import Day, Row
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
    rows = _articles(decoded)
    slots = [row.stamp.slot for row in rows]
    return Tally(
        date=date.fromordinal(day + FIRST),
        articles=len(rows),
        undated=sum(row.stamp.undated for row in rows),
        first=min(slots),
        last=max(slots),
        voices=frozenset(row.stamp.voice for row in rows),
        marked=_marked(rows),
        forms=day_forms(decoded),
    )


@lru_cache(maxsize=1 << 13)
def parts(day: int, raw: bytes) -> tuple[SlotCount, ...]:
    """Count a day of the table by 5 minutes."""
    by_slot: dict[int, list[Row]] = {}
    for row in _articles(Day.decode(day, raw)):
        by_slot.setdefault(row.stamp.slot, []).append(row)
    found = []
    for slot, rows in sorted(by_slot.items()):
        marked = _marked(rows)
        found.append(
            SlotCount(
                slot=slot,
                articles=len(rows),
                sources=tuple(sorted({row.stamp.voice for row in rows})),
                roles=marked.roles,
                subjects=marked.subjects,
                stages=marked.stages,
            )
        )
    return tuple(found)


@lru_cache(maxsize=1 << 15)
def by_slot(day: int, raw: bytes) -> tuple[tuple[int, int, int], ...]:
    """Return slot, voice and story of every article of a day, in order of time."""
    stamps = (row.stamp for row in _articles(Day.decode(day, raw)))
    return tuple(sorted((stamp.slot, stamp.voice, stamp.story) for stamp in stamps))


def _articles(day: Day) -> list[Row]:
    """Return a row an article: what its several forms say, united."""
    united: dict[int, Row] = {}
    for row in day:
        other = united.get(row.article)
        united[row.article] = row if other is None else row._replace(marks=row.marks.united(other.marks))
    return list(united.values())


def _marked(rows: Iterable[Row]) -> Marked:
    kinds = Counter(row.marks for row in rows)
    roles, subjects, stages = [0] * len(ROLES), [0] * len(SUBJECTS), [0] * len(STAGES)
    for marks, number in kinds.items():
        # Named means that no other role was found: one that another sighting found takes its place.
        _spread(marks.roles & ~_NAMED or marks.roles, number, roles)
        _spread(marks.subjects, number, subjects)
        _spread(marks.stages, number, stages)
    return Marked(_named(ROLES, roles), _named(SUBJECTS, subjects), _named(STAGES, stages))


def _spread(bits: int, number: int, counts: list[int]) -> None:
    while bits:
        low = bits & -bits
        counts[low.bit_length() - 1] += number
        bits ^= low


def _named(members: tuple[K, ...], counts: list[int]) -> dict[K, int]:
    return {member: count for member, count in zip(members, counts, strict=True) if count}
