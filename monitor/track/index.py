"""Which dossiers a report could be about: found by parties and names, never by going through all."""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations

from monitor.track.card import Card
from monitor.track.entry import Entry
from monitor.track.names import acronym_key, core, is_acronym, is_distinctive

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
            if len(words) >= 2 or (words and is_distinctive(name)):
                keys.add(hash(" ".join(words)))
    return frozenset(keys)


def card_keys(card: Card) -> frozenset[Key]:
    """Return every key a card is found under: its pairs of parties, each party, its names."""
    return _party_keys(card.parties) | name_keys(card.names)


@lru_cache(maxsize=4_000)
def _party_keys(parties: tuple[str, ...]) -> frozenset[str]:
    return frozenset({*parties, *(f"{one}+{two}" for one, two in combinations(parties, 2))})


def entry_keys(entry: Entry) -> list[Key]:
    """Return the keys of the dossiers that share two of a report's parties, or its only one."""
    pairs = [f"{one}+{two}" for one, two in combinations(entry.parties, 2)]
    return [*pairs] if pairs else [*entry.parties]


Spot = tuple[int, str]
"""Where a dossier stands under a key: the day of its last article, and its id."""


class Index:
    """Cards by id, ids by key in the order of their last article, and the days on which terms run out."""

    def __init__(self) -> None:
        self.cards: dict[str, Card] = {}
        self._spots: dict[Key, Spot | list[Spot]] = {}
        """By key, in order; most keys have one, which then stands by itself."""
        self._due: list[tuple[int, str]] = []

    def put(self, card: Card) -> None:
        """Add a card, or replace the one of the same id."""
        old = self.cards.get(card.id)
        self.cards[card.id] = card
        before, now = card_keys(old) if old else frozenset[Key](), card_keys(card)
        if old is None or old.last != card.last or before != now:
            self._move(before, (old.last, card.id) if old else (0, ""), now, (card.last, card.id))
        if card.expires is not None and (old is None or old.expires != card.expires):
            heapq.heappush(self._due, (card.expires, card.id))

    def _move(self, before: Iterable[Key], old: Spot, now: Iterable[Key], new: Spot) -> None:
        for key in before:
            self._drop(key, old)
        for key in now:
            self._add(key, new)

    def remove(self, dossier_id: str) -> None:
        """Take a card out; it need not be in."""
        card = self.cards.pop(dossier_id, None)
        if card is not None:
            self._move(card_keys(card), (card.last, dossier_id), (), (0, ""))

    def _add(self, key: Key, spot: Spot) -> None:
        spots = self._spots.get(key)
        if spots is None:
            self._spots[key] = spot
        elif isinstance(spots, list):
            insort(spots, spot)
        else:
            self._spots[key] = sorted((spots, spot))

    def _drop(self, key: Key, spot: Spot) -> None:
        spots = self._spots.get(key)
        if not isinstance(spots, list):
            self._spots.pop(key, None)
            return
        del spots[bisect_left(spots, spot)]
        if len(spots) == 1:
            self._spots[key] = spots[0]

    def under(self, key: Key) -> Sequence[Spot]:
        """Return the dossiers under a key, the one last reported on at the end."""
        spots = self._spots.get(key, ())
        return spots if isinstance(spots, list) else (spots,) if spots else ()

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
