"""A dossier: the entries of one agreement, what was told of it, and how it stands in the table.

Bounded: beyond `ROOM` entries those that add nothing are dropped, by a rule that looks at the entries alone, so
that what remains does not depend on the order of arrival; ``articles`` counts them all.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from monitor.errors import RecordError
from monitor.track import card as cards
from monitor.track import entry as entries_
from monitor.track import told as tolds
from monitor.track.card import Card, card_of
from monitor.track.entry import Entry
from monitor.track.facts import View, read
from monitor.track.told import NOTHING, Told

ROOM = 40
"""Entries that are kept without asking."""

WITNESSES = 6
"""Entries kept for each value of each field, the oldest; so counts of sources are exact up to here."""

EDGE = 24
"""Beyond the witnesses, the oldest and the newest entries that are kept."""

EVIDENCED = 2
"""Sources of a value whose words are kept."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Stands in the place of a dossier that was merged into another."""

    to: str


@dataclass(frozen=True)
class Dossier:
    """Everything that is kept of one agreement; never changed, only replaced."""

    id: str
    entries: tuple[Entry, ...] = ()
    """In the one order of `Entry.key`."""
    told: Told = NOTHING
    articles: int = 0
    """Articles that speak of it, kept or not."""
    possibly: tuple[str, ...] = ()
    """Dossiers it may be the same as."""
    apart: tuple[str, ...] = ()
    """Dossiers a person says it is not."""
    founded: int = 0
    """Event time of the article that founded it, in seconds."""
    expired: int | None = None
    """The day (an ordinal) on which a tick found its stated term to have run out."""

    @property
    def view(self) -> View:
        """The dossier as read; computed once."""
        found: View | None = self.__dict__.get("_view")
        if found is None:
            found = read(self.entries, self.expired)
            self.__dict__["_view"] = found
        return found

    @property
    def card(self) -> Card:
        """The dossier's card; drawn once."""
        found: Card | None = self.__dict__.get("_card")
        if found is None:
            found = card_of(self.id, self.view, self.apart)
            self.__dict__["_card"] = found
        return found

    def forget_snapshot(self) -> None:
        """Let go of what was drawn for an alert and a record: the next are drawn of another state."""
        self.__dict__.pop("_snapshot", None)

    def with_entry(self, entry: Entry) -> Dossier:
        """Add an entry, or put it in the place of the one of the same article and ordinal."""
        same = (entry.article_id, entry.ordinal)
        kept = [old for old in self.entries if (old.article_id, old.ordinal) != same]
        counted = any(old.article_id == entry.article_id for old in self.entries)
        _trim(entry, kept)
        return replace(self, entries=compact([*kept, entry]), articles=self.articles + (0 if counted else 1))

    def without_article(self, article_id: str) -> Dossier:
        """Take back all that an article said."""
        kept = tuple(entry for entry in self.entries if entry.article_id != article_id)
        return replace(self, entries=kept, articles=max(len({entry.article_id for entry in kept}), self.articles - 1))

    def with_told(self, told: Told) -> Dossier:
        """Set down what was told; what is known is as it was."""
        changed = replace(self, told=told)
        changed.__dict__.update({name: self.__dict__[name] for name in ("_view", "_card") if name in self.__dict__})
        return changed


def _trim(entry: Entry, known: Sequence[Entry]) -> None:
    """Keep the words of a new entry only for fields that few have given."""
    entry.evidence = tuple(
        (name, sentence)
        for name, sentence in entry.evidence
        if sum(getattr(old, _ATTRIBUTES.get(name, name), None) is not None for old in known) < EVIDENCED
    )


_ATTRIBUTES = {"date": "day"}
"""Fields of a report that an entry calls otherwise."""


def compact(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries in their order, reduced where they are more than there is room for.

    Kept are the oldest `WITNESSES` for every value of every field, the `EDGE` oldest and the `EDGE` newest.  Which
    entries those are does not depend on when entries were dropped: what is dropped has enough older ones that stay.
    """
    ordered = sorted(entries, key=attrgetter("key"))
    if len(ordered) <= ROOM:
        return tuple(ordered)
    kept = {entry.key for entry in (*ordered[:EDGE], *ordered[-EDGE:])}
    counts: dict[tuple[str, Any, int | None], int] = {}
    for entry in ordered:
        for name in ("status", "parties", "name", "years", "cost", "planned", "until"):
            value = (name, getattr(entry, name), entry.day if name == "status" else None)
            if value[1] is None:
                continue
            counts[value] = counts.get(value, 0) + 1
            if counts[value] <= WITNESSES and len(kept) < 2 * ROOM:
                kept.add(entry.key)
    return tuple(entry for entry in ordered if entry.key in kept)


# --- the table's bytes ------------------------------------------------------------------------------------------------
#
# A dossier: b"D", the length of its card in four bytes, the card as JSON, the rest as JSON under zlib.  The card is
# apart so that a start reads the cards alone.  A redirect: b"R" and the id.


LEVEL = 4
"""Of zlib: 6 takes twice the time for three bytes in a hundred."""


def encode(dossier: Dossier | Redirect) -> bytes:
    """Return a dossier or redirect as the table holds it."""
    if isinstance(dossier, Redirect):
        return b"R" + dossier.to.encode()
    card = _bytes(entries_.to_json(cards.pack(dossier.card))) if dossier.entries else b"[]"
    entries = ",".join(map(entries_.as_json, dossier.entries))
    rest = entries_.to_json(
        [
            dossier.id,
            tolds.pack(dossier.told),
            dossier.articles,
            dossier.possibly,
            dossier.apart,
            dossier.founded,
            dossier.expired,
        ]
    )
    return b"D" + len(card).to_bytes(4) + card + zlib.compress(_bytes(f"[[{entries}],{rest[1:]}"), LEVEL)


def decode(value: bytes) -> Dossier | Redirect:
    """Read a dossier or redirect; the inverse of `encode`.

    Raises:
        RecordError: the bytes are not what `encode` writes.

    """
    if value[:1] == b"R":
        return Redirect(value[1:].decode())
    try:
        length = int.from_bytes(value[1:5])
        body = json.loads(zlib.decompress(value[5 + length :]))
        entries, dossier_id, told, articles, possibly, apart, founded, expired = body
        return Dossier(
            dossier_id,
            tuple(entries_.unpack(entry) for entry in entries),
            tolds.unpack(told),
            articles,
            tuple(possibly),
            tuple(apart),
            founded,
            expired,
        )
    except (ValueError, TypeError, KeyError, zlib.error) as error:
        raise RecordError(f"a dossier of the table cannot be read: {error}", reason="bad_dossier") from error


def decode_card(value: bytes) -> Card | None:
    """Read the card alone; None for a redirect and for a dossier whose articles took everything back."""
    if value[:1] != b"D":
        return None
    packed = json.loads(value[5 : 5 + int.from_bytes(value[1:5])])
    return cards.unpack(packed) if packed else None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
