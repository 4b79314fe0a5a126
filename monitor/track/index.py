"""Which dossiers a report could be about: found by parties and names, never by going through all."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator
from functools import lru_cache
from itertools import combinations

from monitor.track.card import Card
from monitor.track.entry import Entry
from monitor.track.names import acronym_key, core, is_acronym

CANDIDATES = 16
"""Dossiers of a report's parties that are scored for it: the ones reported on last; and as many of its name."""

COMMON = 400
"""Dossiers under one key from which the key tells too little to be used alone."""


Key = str | int
"""A party or a pair of them as text, a name as a number."""


@lru_cache(maxsize=4_000)
def name_keys(names: tuple[str, ...]) -> frozenset[int]:
    """Return the keys a dossier is found under by name: hashes, which take half the room of the words."""
    keys = set()
    for name in names:
        if is_acronym(name):
            keys.add(hash(acronym_key(name)))
        else:
            words = sorted(core(name))
            if len(words) >= 2:
                keys.add(hash(" ".join(words)))
    return frozenset(keys)


def card_keys(card: Card) -> frozenset[Key]:
    """Return every key a card is found under: its pairs of parties, each party, its names."""
    return _party_keys(card.parties) | name_keys(card.names)


@lru_cache(maxsize=4_000)
def _party_keys(parties: tuple[str, ...]) -> frozenset[str]:
    return frozenset({*parties, *(f"{one}+{two}" for one, two in combinations(parties, 2))})


class Index:
    """Cards by id, ids by key, and the days on which terms run out."""

    def __init__(self) -> None:
        self.cards: dict[str, Card] = {}
        self._ids: dict[Key, str | dict[str, None]] = {}
        """Ids by key; most keys have one, which then stands by itself."""
        self._due: list[tuple[int, str]] = []

    def put(self, card: Card) -> None:
        """Add a card, or replace the one of the same id."""
        old = self.cards.get(card.id)
        self.cards[card.id] = card
        before, now = card_keys(old) if old else frozenset[Key](), card_keys(card)
        for key in before - now:
            self._drop(key, card.id)
        for key in now - before:
            self._add(key, card.id)
        if card.expires is not None and (old is None or old.expires != card.expires):
            heapq.heappush(self._due, (card.expires, card.id))

    def remove(self, dossier_id: str) -> None:
        """Take a card out; it need not be in."""
        card = self.cards.pop(dossier_id, None)
        for key in card_keys(card) if card else ():
            self._drop(key, dossier_id)

    def _add(self, key: Key, dossier_id: str) -> None:
        ids = self._ids.get(key)
        if ids is None:
            self._ids[key] = dossier_id
        elif isinstance(ids, dict):
            ids[dossier_id] = None
        elif ids != dossier_id:
            self._ids[key] = {ids: None, dossier_id: None}

    def _drop(self, key: Key, dossier_id: str) -> None:
        ids = self._ids.get(key)
        if isinstance(ids, dict):
            ids.pop(dossier_id, None)
        if not ids or ids == dossier_id:
            self._ids.pop(key, None)

    def _under(self, key: Key) -> Collection[str]:
        ids = self._ids.get(key, ())
        return (ids,) if isinstance(ids, str) else ids

    def named(self, entry: Entry) -> Iterator[str]:
        """Yield the ids of dossiers that go by a name of the report's, perhaps more than once."""
        for key in name_keys(entry.names):
            ids = self._under(key)
            if len(ids) <= COMMON:
                yield from ids

    def party(self, entry: Entry) -> Iterator[str]:
        """Yield the ids of dossiers that share two of the report's parties, or its only one, perhaps more than once."""
        pairs = list(combinations(entry.parties, 2))
        for one, two in pairs:
            yield from self._under(f"{one}+{two}")
        if not pairs:
            for party in entry.parties:
                yield from self._under(party)

    def due(self, day: int) -> list[str]:
        """Return the dossiers whose term has run out on a day (an ordinal), the earliest first."""
        found = []
        rest = []
        while self._due and self._due[0][0] <= day:
            expires, dossier_id = heapq.heappop(self._due)
            card = self.cards.get(dossier_id)
            if card is not None and card.expires == expires:
                found.append(dossier_id)
                rest.append((expires, dossier_id))
        for item in rest:
            heapq.heappush(self._due, item)  # it stays due until its card says otherwise
        return list(dict.fromkeys(found))
