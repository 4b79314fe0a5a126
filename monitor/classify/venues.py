"""Places that no list has: towns and buildings told by a preposition and by capitals ("in the Auberge de Castille")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from monitor.classify.gazetteer import EntryKind, Hit
from monitor.classify.persons.words import RoleWords
from monitor.classify.text import TextPart

_AFTER_TOWN = frozenset((" ", ", ", ". ", ".", "", ".\n", ",", ".\n\n", "\n", ' ("'))
_BEFORE = frozenset(("in", "at", "on", "of", "aboard", "off"))
_FAR = 5
"""Words of the longest place that no list has."""


class VenueWords(Protocol):
    """The lists that tell places from other names."""

    @property
    def of_nouns(self) -> frozenset[str]:
        """What stands before "of" and a town."""

    @property
    def unlisted_after(self) -> frozenset[str]:
        """What may follow a town."""

    @property
    def site_nouns(self) -> frozenset[str]:
        """What buildings and bases are called."""

    @property
    def site_modifiers(self) -> frozenset[str]:
        """Before such a noun: naval, air."""

    @property
    def role_words(self) -> RoleWords:
        """What titles and names are made of."""


class Venue(NamedTuple):
    """A place ``words[first:last]``: a site, or a town."""

    first: int
    last: int
    kind: EntryKind
    name: str


@dataclass(frozen=True, slots=True)
class Venues:
    """Reads them in one part; ``hits``: what lists have, by first word."""

    part: TextPart
    words: VenueWords
    hits: dict[int, Hit]

    def read(self) -> Iterator[Venue]:
        """Yield what has a capital after "in" or the like: "signed in Villers-Cotterêts on Friday"."""
        part, lower, count = self.part, self.part.lower, len(self.part.lower)
        covered = {number for first, hit in self.hits.items() for number in range(first, hit.last)}
        for preposition in self._prepositions():
            word, following = part.gloss[preposition], preposition + 1
            following += following < count and part.gloss[following] in ("the", "a", "an")
            if following >= count:
                continue
            if word == "of" and not (preposition and lower[preposition - 1] in self.words.of_nouns):
                continue
            found: tuple[int, int, EntryKind] | None = None
            if part.words[following][0].isupper():
                found = self._site(following, covered) if word != "of" else None
                if found is None and part.gaps[preposition + 1] == " ":
                    found = self._town(preposition + 1, covered)
            if found:
                first, last, kind = found
                yield Venue(first, last, kind, part.raw[part.starts[first] : part.ends[last - 1]])

    def _prepositions(self) -> list[int]:
        part = self.part
        if part.gloss is part.lower:
            return part.numbers_of(_BEFORE)
        return [number for number, word in enumerate(part.gloss) if word in _BEFORE]

    def _capitals(self, first: int, covered: set[int], *, particles: bool = False) -> int:
        """Return the end of the words with a capital that begin at a word; of a site with its "de" and "da"."""
        part, count = self.part, len(self.part.lower)
        small = self.words.role_words.lists["particles"]
        last = first
        while last < count and last - first < _FAR + particles * 2:
            if part.gaps[last] not in ((" ", "-") if last > first else (" ",)) or last in covered:
                break
            word = part.words[last]
            if word[0].isupper() and not (word.isupper() and len(word) > 1):
                last += 1
            elif (
                particles
                and last > first
                and part.lower[last] in small
                and last + 1 < count
                and part.words[last + 1][0].isupper()
            ):
                last += 2
            else:
                break
        return last

    def _site(self, first: int, covered: set[int]) -> tuple[int, int, EntryKind] | None:
        """Read "Government House", "the Puerto Belgrano naval base", "Buchlov castle"."""
        nouns, lower = self.words.site_nouns, self.part.lower
        last = self._capitals(first, set(), particles=True)
        if covered.issuperset(range(first, last)):
            return None
        if last - first > 1 and (lower[last - 1] in nouns or lower[first] in nouns):
            return first, last, EntryKind.SITE
        if first in covered:
            return None
        at = last + (last < len(lower) and lower[last] in self.words.site_modifiers)
        is_named = last > first and lower[first] not in self.words.role_words.stops
        if is_named and at < len(lower) and lower[at] in nouns and set(self.part.gaps[last : at + 1]) == {" "}:
            return first, last, EntryKind.SITE
        return None

    def _town(self, first: int, covered: set[int]) -> tuple[int, int, EntryKind] | None:
        """Read "Villers-Cotterêts" before "on", a comma or the end of a sentence."""
        part, lower = self.part, self.part.lower
        stops, end = self.words.role_words.stops, self._capitals(first, covered)
        last = next((at for at in range(first, end) if lower[at] in stops), end)
        follows = lower[last] if last < len(lower) else ""
        if last == first or part.gaps[last] not in _AFTER_TOWN or follows == "'s":
            return None
        goes_on = part.gaps[last] == " " and follows not in self.words.unlisted_after
        return None if goes_on else (first, last, EntryKind.CITY)
