"""The state of `track`: what the table holds, with indexes, and drafts of what it will hold.

Table keys: ``d/<agreement id>`` a dossier or redirect, ``a/<article hash, base 32>`` what is remembered of an article,
``t`` the last minute that came.  Decisions are taken on a draft; only when everything that follows from them is
acknowledged is the draft folded in.  A draft that is dropped has changed nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Container, Iterable, Iterator, Mapping
from heapq import nlargest
from operator import attrgetter

from monitor.errors import RecordError
from monitor.models.article import article_hash
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, Correction, Tick
from monitor.track import card as cards
from monitor.track import follow, mend
from monitor.track.card import Card
from monitor.track.decision import Decision
from monitor.track.dossier import Dossier, Redirect, decode, decode_card, encode
from monitor.track.entry import Entry
from monitor.track.index import CANDIDATES, COMMON, Index, Key, entry_keys, name_keys
from monitor.track.seen import Seen, key_of

DECODED = 1_000
"""Dossiers kept decoded, those of the last busy days: some 50 kB each."""


class Dossiers:
    """Every dossier, as bytes with a card beside; decoded when needed."""

    def __init__(self) -> None:
        self.index = Index()
        self.minute = 0
        self._own: dict[str, bytes] | None = {}
        """The table, when it is not someone else's."""
        self._table: Mapping[str, bytes] = self._own
        self._decoded: OrderedDict[str, Dossier | Redirect] = OrderedDict()

    @classmethod
    def load(cls, items: Iterable[tuple[str, bytes]]) -> Dossiers:
        """Build a state that keeps its own table.

        Raises:
            RecordError: a value is not one that `track` writes.

        """
        dossiers = cls()
        for key, value in items:
            dossiers.write(key, value)
        return dossiers

    @classmethod
    def over(cls, table: Mapping[str, bytes]) -> Dossiers:
        """Build the state over a table that is kept elsewhere, at start or after a rebalance; raises as `load` does.

        It is read, never written: what a draft writes must stand in it before the draft is committed.
        """
        dossiers = cls()
        dossiers._own, dossiers._table = None, table
        for key, value in list(table.items()):
            dossiers.write(key, value)
        return dossiers

    def write(self, key: str, value: bytes | None, dossier: Dossier | Redirect | None = None) -> None:
        """Take over one item of the table; None deletes it. ``dossier``: what the value encodes, if known."""
        try:
            if key == "t":
                self.minute = int(value or b"0")
            elif key.startswith("d/"):
                self._read_card(key[2:], value, dossier)
            elif not key.startswith("a/"):
                raise RecordError(f"the table has a key {key!r} that is none of d/, a/ and t", reason="bad_key")
        except ValueError as error:
            raise RecordError(f"the table's {key} cannot be read: {error}", reason="bad_dossier") from error
        if self._own is not None:
            if value is None:
                self._own.pop(key, None)
            else:
                self._own[key] = value

    def _read_card(self, dossier_id: str, value: bytes | None, dossier: Dossier | Redirect | None) -> None:
        self._decoded.pop(dossier_id, None)
        if isinstance(dossier, Dossier):
            card = cards.shared(dossier.card) if dossier.entries else None
        else:
            card = decode_card(value) if value else None
        if card is None:
            self.index.remove(dossier_id)
        else:
            self.index.put(card)

    def get(self, dossier_id: str) -> Dossier | Redirect | None:
        """Return a dossier, or the redirect in its place; None when there never was one."""
        found = self._decoded.get(dossier_id)
        if found is None:
            value = self._table.get(f"d/{dossier_id}")
            if value is None:
                return None
            found = decode(value)
            self.keep(dossier_id, found)
        else:
            self._decoded.move_to_end(dossier_id)
        return found

    def keep(self, dossier_id: str, dossier: Dossier | Redirect) -> None:
        """Keep a dossier decoded for a while."""
        if isinstance(dossier, Dossier):
            dossier.forget_snapshot()
        self._decoded[dossier_id] = dossier
        self._decoded.move_to_end(dossier_id)
        if len(self._decoded) > DECODED:
            self._decoded.popitem(last=False)

    def seen(self, article: int) -> Seen | None:
        """Return what is remembered of an article, by its hash."""
        value = self._table.get(key_of(article))
        return Seen.decode(value) if value is not None else None

    def items(self) -> Iterator[tuple[str, bytes]]:
        """Yield what the table holds."""
        yield from self._table.items()

    def all(self) -> Iterator[Dossier]:
        """Yield every live dossier, in the order of their ids."""
        for key in sorted(self._table):
            found = decode(self._table[key]) if key.startswith("d/") else None
            if isinstance(found, Dossier) and found.entries:
                yield found

    def __len__(self) -> int:
        return len(self.index.cards)

    def draft(self) -> Draft:
        """Start a draft."""
        return Draft(self)


class Draft:
    """Decisions on a copy: what will be written when all that follows from them is acknowledged."""

    def __init__(self, base: Dossiers) -> None:
        self._base = base
        self._fresh = Index()
        self._dossiers: dict[str, Dossier | Redirect] = {}
        self._seen: dict[int, Seen] = {}
        self._minute: int | None = None
        self._written: dict[str, bytes | None] | None = None
        # What the record at work has changed; folded in when it is done, so that a record that fails leaves no trace.
        self._new_dossiers: dict[str, Dossier | Redirect] = {}
        self._new_seen: dict[int, Seen] = {}

    def apply(self, record: ArticleReports | Correction | Tick, origin: Origin) -> Decision:
        """Take one record of `reports`; ``origin`` is where it stands there.

        Deterministic: the same state and record give the same decision.  When it raises, the draft is as before.
        """
        self._new_dossiers, self._new_seen = {}, {}
        self._written = None
        minute = self._minute
        try:
            if isinstance(record, ArticleReports):
                decision = follow.apply(self, record, origin)
            elif isinstance(record, Correction):
                decision = mend.correct(self, record, origin)
            else:
                decision = mend.tick(self, record, origin)
        except BaseException:
            self._new_dossiers, self._new_seen, self._minute = {}, {}, minute
            raise
        self._fold()
        return decision

    def _fold(self) -> None:
        for dossier_id, dossier in self._new_dossiers.items():
            self._dossiers[dossier_id] = dossier
            if isinstance(dossier, Dossier) and dossier.entries:
                self._fresh.put(dossier.card)
            else:
                self._fresh.remove(dossier_id)
        self._seen.update(self._new_seen)
        self._new_dossiers, self._new_seen = {}, {}

    @property
    def writes(self) -> dict[str, bytes | None]:
        """The table writes of all that was applied so far, one a key."""
        if self._written is None:
            self._written = self._encode()
        return dict(self._written)

    def _encode(self) -> dict[str, bytes | None]:
        writes: dict[str, bytes | None] = {
            f"d/{dossier_id}": encode(dossier) for dossier_id, dossier in self._dossiers.items()
        }
        writes.update((key_of(article), seen.encode()) for article, seen in self._seen.items())
        if self._minute is not None:
            writes["t"] = str(self._minute).encode()
        return writes

    def commit(self) -> None:
        """Fold the draft in; to be called once sends and table writes are acknowledged."""
        for key, value in self.writes.items():
            self._base.write(key, value, self._dossiers.get(key[2:]) if key.startswith("d/") else None)
        for dossier_id, dossier in self._dossiers.items():
            self._base.keep(dossier_id, dossier)
        self._fresh, self._dossiers, self._seen, self._minute, self._written = Index(), {}, {}, None, None

    # --- what `follow` and `mend` work with ---------------------------------------------------------------------------

    def get(self, dossier_id: str) -> Dossier | None:
        """Return a dossier, or the one it was merged into; None when there is none."""
        for _ in range(100):  # a chain of merges ends; a circle would be a defect, and must not hang the stream
            found = self._new_dossiers.get(dossier_id) or self._dossiers.get(dossier_id) or self._base.get(dossier_id)
            if not isinstance(found, Redirect):
                return found
            dossier_id = found.to
        return None

    def put(self, dossier: Dossier) -> None:
        """Keep a dossier's new state."""
        self._new_dossiers[dossier.id] = dossier

    def put_redirect(self, dossier_id: str, to: str) -> None:
        """Let one id stand for another from now on."""
        self._new_dossiers[dossier_id] = Redirect(to)

    def seen(self, article_id: str) -> Seen | None:
        """Return what is remembered of an article."""
        article = article_hash(article_id)
        return self._new_seen.get(article) or self._seen.get(article) or self._base.seen(article)

    def put_seen(self, article_id: str, seen: Seen) -> None:
        """Remember an article."""
        self._new_seen[article_hash(article_id)] = seen

    @property
    def minute(self) -> int:
        """The last minute that came, in seconds."""
        return self._base.minute if self._minute is None else self._minute

    @minute.setter
    def minute(self, value: int) -> None:
        self._minute = value

    def candidates(self, entry: Entry) -> list[Card]:
        """Return the cards of dossiers a report could be about: those of its name, and the newest of its parties."""
        named = self._newest(key for key in name_keys(entry.names) if len(self._base.index.under(key)) <= COMMON)
        party = self._newest(entry_keys(entry), self._new_dossiers)
        return list({card.id: card for card in (*named, *party)}.values())

    def _newest(self, keys: Iterable[Key], more: Iterable[str] = ()) -> list[Card]:
        """Return the cards under keys that were last reported on, and ``more``."""
        found = dict.fromkeys(more)
        changed: tuple[Container[str], ...] = (self._dossiers, self._new_dossiers)
        for key in keys:
            for index, hidden in ((self._base.index, changed), (self._fresh, changed[1:])):
                taken = 0
                for _, dossier_id in reversed(index.under(key)):
                    if any(dossier_id in ids for ids in hidden):
                        continue  # it has moved on in this draft
                    found[dossier_id] = None
                    taken += 1
                    if taken == CANDIDATES:
                        break
        cards = [card for card in map(self.card, found) if card is not None]
        return cards if len(cards) <= CANDIDATES else nlargest(CANDIDATES, cards, key=attrgetter("last", "id"))

    def card(self, dossier_id: str) -> Card | None:
        """Return the card of a live dossier."""
        new = self._new_dossiers.get(dossier_id)
        if new is not None:
            return new.card if isinstance(new, Dossier) and new.entries else None
        if dossier_id in self._dossiers:
            return self._fresh.cards.get(dossier_id)
        return self._base.index.cards.get(dossier_id)

    def due(self, day: int) -> list[str]:
        """Return the dossiers whose stated term has run out on a day (an ordinal)."""
        ids = dict.fromkeys((*self._base.index.due(day), *self._fresh.due(day)))
        cards = ((dossier_id, self.card(dossier_id)) for dossier_id in ids)
        return [dossier_id for dossier_id, card in cards if card and card.expires is not None and card.expires <= day]
