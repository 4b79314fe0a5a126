"""A dossier's card: the little that identity looks at, kept in memory for every dossier."""

from __future__ import annotations

from dataclasses import dataclass, fields
from sys import intern
from typing import Any

from monitor.track.facts import View, expiry
from monitor.track.names import surname


@dataclass(frozen=True, slots=True)
class Card:
    """Days are ordinals. One is in memory for every dossier, so it is kept small."""

    id: str
    parties: tuple[str, ...]
    names: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    life: tuple[Any, ...] = ()
    """The stages, one behind the other: status, first day, last day; the oldest first."""
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
    def stages(self) -> list[tuple[str, int, int]]:
        """The stages as (status, first day, last day), the oldest first."""
        return list(zip(self.life[::3], self.life[1::3], self.life[2::3], strict=True))

    @property
    def status(self) -> str | None:
        """The current stage."""
        return str(self.life[-3]) if self.life else None


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
        tuple(part for stay in view.episodes[-16:] for part in (stay.status, stay.start, stay.last)),
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
    values = [_shared(value) for value in packed]
    for place in _ALIKE:
        values[place] = _KNOWN.setdefault(values[place], values[place]) if len(_KNOWN) < _MOST else values[place]
    return Card(*values)


def shared(card: Card) -> Card:
    """Return the card with the values it has in common with others shared with them."""
    return unpack(pack(card))


_ALIKE = [_FIELDS.index(name) for name in ("parties", "instruments", "subjects")]
"""Fields in which many cards are alike."""

_KNOWN: dict[Any, Any] = {}
"""Their values, and days: each is in memory once."""

_MOST = 200_000
"""Values that are shared: all there are, unless someone makes them up."""


def _shared(value: Any) -> Any:
    """Return a value as a card has it: lists as tuples, words and days that are equal as one."""
    if isinstance(value, list | tuple):
        return tuple(map(_shared, value))
    if isinstance(value, str):
        return intern(value)
    if type(value) is int and len(_KNOWN) < _MOST:
        return _KNOWN.setdefault(value, value)
    return value
