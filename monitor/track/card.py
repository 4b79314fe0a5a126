"""A dossier's card: the little that identity looks at, kept in memory for every dossier."""

from __future__ import annotations

from dataclasses import dataclass, fields
from sys import intern
from typing import Any

from monitor.track.facts import View, expiry
from monitor.track.names import surname


@dataclass(frozen=True, slots=True)
class Card:
    """Days are ordinals; stages are (status, first day, last day), oldest first."""

    id: str
    parties: tuple[str, ...]
    names: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    stages: tuple[tuple[str, int, int], ...] = ()
    planned: tuple[str, int | None] | None = None
    people: tuple[str, ...] = ()
    """Surnames of those who signed, announced or are to sign."""
    sites: tuple[str, ...] = ()
    place: str | None = None
    years: float | None = None
    first: int = 0
    last: int = 0
    """Days of its first and last article."""
    expires: int | None = None
    """The day on which its stated term has run out."""
    apart: tuple[str, ...] = ()
    """Dossiers that a person says are others."""
    doubtful: bool = False
    """The current stage rests on one article that does not date it."""

    @property
    def status(self) -> str | None:
        """The current stage."""
        return self.stages[-1][0] if self.stages else None


def card_of(dossier_id: str, view: View, apart: tuple[str, ...]) -> Card:
    """Draw the card of a dossier."""
    telling = [entry for entry in view.entries if entry.is_agreement] or view.entries
    people = {surname(person[0]) for entry in telling for person in entry.signatories}
    if view.planned:
        people |= {surname(person[0]) for person in view.planned.people}
    days = [entry.event_day for entry in view.entries]
    subjects = list(view.subjects)
    return Card(
        dossier_id,
        view.parties,
        view.names[:6],
        tuple(dict.fromkeys(entry.instrument for entry in telling if entry.instrument != "unknown"))[:4],
        tuple(subjects),
        tuple((episode.status, episode.start, episode.last) for episode in view.episodes[-16:]),
        (view.planned.status, view.planned.day) if view.planned else None,
        tuple(sorted(people))[:10],
        view.sites[:10],
        view.place,
        view.years,
        min(days),
        max(days),
        expiry(view),
        apart,
        bool(view.current and not view.current.stated and len(view.current.entries) == 1),
    )


_FIELDS = [field.name for field in fields(Card)]


def pack(card: Card) -> list[Any]:
    """Return a card as JSON values."""
    return [getattr(card, name) for name in _FIELDS]


def unpack(packed: list[Any]) -> Card:
    """Rebuild a card; the inverse of `pack`."""
    values: list[Any] = [_tuples(value) if isinstance(value, list) else value for value in packed]
    return Card(*values)


def _tuples(value: list[Any]) -> tuple[Any, ...]:
    # Cards of all dossiers stay in memory, and say the same words: each is kept once.
    return tuple(
        _tuples(item) if isinstance(item, list) else intern(item) if isinstance(item, str) else item for item in value
    )
