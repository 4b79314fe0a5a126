"""Where something happens: cities, palaces, bases, seats of government, with the state they lie in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.classify.countries import CountryMention, MentionKind
from monitor.classify.files import FIRST
from monitor.classify.gazetteer import Entry, EntryKind, Gazetteer, Hit, capitals_of_states, fold
from monitor.classify.lexicon import Lexicon
from monitor.classify.persons.words import RoleWords
from monitor.classify.text import Document, PartName, TextPart
from monitor.classify.venues import Venues


class PlaceKind(StrEnum):
    """What sort of place."""

    CITY = "city"
    """A city or town."""
    SITE = "site"
    """A palace, retreat, ministry or conference venue."""
    BASE = "base"
    """A military base."""
    REGION = "region"
    """A part of a state."""
    STATE = "state"
    """A whole state: "in Malaysia"."""
    UNLISTED = "unlisted"
    """Something with a capital after "in" or "at" that no list has: a small town, most likely."""


_KINDS = {
    EntryKind.CITY: PlaceKind.CITY,
    EntryKind.CAPITAL: PlaceKind.CITY,
    EntryKind.SITE: PlaceKind.SITE,
    EntryKind.SEAT: PlaceKind.SITE,
    EntryKind.BASE: PlaceKind.BASE,
    EntryKind.SUBSTATE: PlaceKind.REGION,
    EntryKind.NAME: PlaceKind.STATE,
}
_ORDER = tuple(map(EntryKind, ("site", "base", "name", "capital", "substate", "seat", "city")))
"""Which meaning of a phrase counts first."""
_ONLY_TOLD = frozenset((EntryKind.NAME, EntryKind.SUBSTATE, EntryKind.SEAT))
"""Meanings that are places only after "in" or in a dateline."""
_LISTS = (
    *("locative", "between", "of_nouns", "kinds", "unlisted_after", "occasions", "here"),
    *("site_nouns", "site_modifiers", "far_sites"),
)
"""Lists of ``places.toml``."""


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place in a text; ``text == raw[start:end]``."""

    name: str
    """As people know it: "New Delhi", "Makati City", "Malacañang"."""
    country: str | None
    """ISO 3166 alpha-3; None for what no list has."""
    kind: PlaceKind
    part: PartName
    start: int
    end: int
    text: str
    sentence: int
    locative: bool
    """"in", "at" or the like stands before it."""
    dateline: bool
    city: str | None
    """The city that a site stands in, and a city's own name; None where unknown."""
    common: bool = False
    """The name is that of English news, whatever the text calls it, so that reports in all languages agree."""


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """What the data say around places."""

    gazetteer: Gazetteer
    locative: frozenset[str]
    between: frozenset[str]
    of_nouns: frozenset[str]
    kinds: frozenset[str]
    unlisted_after: frozenset[str]
    site_nouns: frozenset[str]
    site_modifiers: frozenset[str]
    far_sites: frozenset[str]
    occasions: frozenset[str]
    here: frozenset[str]
    capitals: dict[str, str]
    site_cities: dict[str, str]
    role_words: RoleWords
    meanings: dict[int, list[Entry]]
    """Of each phrase's meanings, those that are places; kept because most phrases come again."""

    @classmethod
    def compile(cls, lexicon: Lexicon) -> PlaceWords:
        """Read ``places.toml`` and the capitals."""
        lists = {key: lexicon.words("places.toml", key) for key in _LISTS}
        sites = {name: city for name, _, _, _, city in lexicon.rows("places.tsv", 5) if city}
        return cls(
            gazetteer=lexicon.part(Gazetteer),
            capitals=capitals_of_states(lexicon),
            site_cities=sites,
            role_words=lexicon.part(RoleWords),
            meanings={},
            **lists,
        )


def find_places(doc: Document, countries: Sequence[CountryMention] = ()) -> tuple[PlaceMention, ...]:
    """Return the places of an article, in reading order.

    A city counts after "in" or the like, in a dateline, or with its state behind it ("Nancy, France"); a capital, site
    or base anywhere.  Of several cities of one name, that of a state the article names counts, else the largest.
    """
    named = Counter(mention.code for mention in countries)
    words = doc.lexicon.part(PlaceWords)
    return tuple(
        place
        for part, hits in zip(doc.parts, doc.hits, strict=True)
        for place in _Reader(doc, part, words, named, countries).read(hits)
    )


def _with_cities(found: Sequence[PlaceMention], part: TextPart, far: frozenset[str]) -> Iterator[PlaceMention]:
    """Give a site whose city no list has the city behind it in its sentence, else that of the dateline.

    ``far``: what sites are called that stand in the country as a rule: castles, camps, bases.
    """
    home = next((place.name for place in found if place.dateline and place.kind is PlaceKind.CITY), None)
    behind: PlaceMention | None = None
    filled = []
    for place in reversed(found):
        city = place.city
        if place.kind in (PlaceKind.SITE, PlaceKind.BASE) and city is None and place.locative:
            called = part.lower[part.word_at(place.start) : part.word_at(place.end) + 2]
            near = home if far.isdisjoint(called) else None
            city = behind.name if behind and behind.sentence == place.sentence and behind.locative else near
        filled.append(replace(place, city=city) if city != place.city else place)
        behind = place if place.kind is PlaceKind.CITY else behind
    return reversed(filled)


def country_of(name: str, lexicon: Lexicon) -> str | None:
    """Return the state a place lies in (ISO alpha-3), of several the largest city's; None when it is not known."""
    entries = [entry for entry in lexicon.part(Gazetteer).phrases.get(name) if entry.kind in _KINDS]
    return min(entries, key=lambda entry: _ORDER.index(entry.kind)).code if entries else None


def _as_city(entry: Entry, entries: Sequence[Entry]) -> Entry:
    """Return the city of a state that is one, as Singapore; another meaning as it is."""
    if entry.kind is not EntryKind.NAME:
        return entry
    cities = (other for other in entries if other.kind is EntryKind.CITY and other.code == entry.code)
    return next((city for city in cities if city.name == entry.name), entry)


class _Reader:
    def __init__(
        self,
        doc: Document,
        part: TextPart,
        words: PlaceWords,
        named: Counter[str],
        countries: Sequence[CountryMention],
    ) -> None:
        self.doc, self.part, self.words, self.named, self.countries = doc, part, words, named, countries
        self.lower, self.gaps = part.lower, part.gaps
        self.count = len(part.lower)
        self.has_dateline = any(found.dateline_end is not None for found in part.sentences)
        self.title_case = part.all_caps or (
            part.name == "title" and sum(word[0].isupper() for word in part.words) > 0.6 * self.count
        )

    def read(self, hits: Sequence[Hit]) -> Iterator[PlaceMention]:
        starts = {hit.first: hit for hit in hits}
        found: list[PlaceMention] = []
        before: tuple[int, bool] = (-9, False)
        for hit in hits:
            place = self._place(hit, starts, before)
            if place:
                before = (hit.last, place.locative)
                found.append(place)
        found += (
            self._mention(venue.first, venue.last, Entry("", venue.kind, venue.name), locative=True, dateline=False)
            for venue in ([] if self.title_case else Venues(self.part, self.words, starts).read())
        )
        found += self._here(found)
        found += self._of_people()
        found.sort(key=lambda place: place.start)
        return iter(_with_cities(found, self.part, self.words.far_sites))

    def _here(self, found: Sequence[PlaceMention]) -> Iterator[PlaceMention]:
        """Yield "here" and "in the capital" in a text with a dateline: the place of that."""
        home = next((place for place in found if place.dateline and place.kind is PlaceKind.CITY), None)
        if home is None:
            return
        for number in self.part.numbers_of(self.words.here):
            start, end = self.part.starts[number], self.part.ends[number]
            is_alone = self.lower[number] not in self.words.of_nouns or self._is_the_capital(number)
            if is_alone and start > home.end:
                text = self.part.raw[start:end]
                sentence = self.part.sentence_at(start).index
                yield replace(home, start=start, end=end, text=text, sentence=sentence, locative=True, dateline=False)

    def _of_people(self) -> Iterator[PlaceMention]:
        """Yield "in the Lithuanian capital", when no name follows: the capital of that state."""
        for mention in self.countries:
            capital = self.words.capitals.get(mention.code)
            if mention.part != self.part.name or mention.kind is not MentionKind.DEMONYM or not capital:
                continue
            first, last = self.part.word_at(mention.start), self.part.word_at(mention.end)
            if last >= self.count or self.part.gloss[last] != "capital":
                continue
            named = last + 1 < self.count and self.part.words[last + 1][0].isupper()
            if not (named and self.gaps[last + 1] in (" ", ", ")):
                entry = Entry(mention.code, EntryKind.CITY, capital)
                yield self._mention(first, last + 1, entry, locative=self._is_locative(first), dateline=False)

    def _is_the_capital(self, number: int) -> bool:
        """Tell "in the capital." from "in the capital, Kuala Lumpur," and "in the capital of Peru"."""
        following = self.part.gloss[number + 1] if number + 1 < self.count else ""
        is_named = following and self.part.words[number + 1][0].isupper()
        return (
            number > 1
            and self.part.gloss[number - 1] == "the"
            and self.lower[number - 2] in self.words.locative
            and following != "of"
            and not (is_named and self.gaps[number + 1] in (" ", ", "))
        )

    def _place(self, hit: Hit, starts: dict[int, Hit], before: tuple[int, bool]) -> PlaceMention | None:
        candidates = self.words.meanings.get(id(hit.entries))
        if candidates is None:
            candidates = [entry for entry in hit.entries if entry.kind in _KINDS]
            self.words.meanings[id(hit.entries)] = candidates
        if not candidates:
            return None
        in_dateline = self.has_dateline and self._in_dateline(hit.first)
        end = self.part.ends[hit.last - 1]
        owns = self.part.raw[end : end + 1] in ("'", "’")  # "at Brussels' insistence"
        locative = (self._is_locative(hit.first) and not owns) or (
            before[1]
            and before[0] in (hit.first, hit.first - 1)
            and self.gaps[hit.first] in (", ", " ")
            and self._joins(hit, before)
        )
        locative = locative or self._is_behind_site(hit.first)
        is_told = locative or in_dateline
        if not is_told and candidates[0].kind in _ONLY_TOLD:
            return None
        if not self._is_spelt(hit, candidates[0]) or (hit.last < self.count and self.lower[hit.last] == "'s"):
            return None
        entry = self._choose(candidates, starts.get(hit.last))
        if entry.kind in _ONLY_TOLD and not is_told:
            return None
        entry = _as_city(entry, candidates)
        is_city = entry.kind is EntryKind.CITY
        if is_city and (
            self._is_half(hit.last)
            or (not is_told and not self._has_state_behind(entry, hit, starts))
            or self._is_person(hit, starts)
        ):
            return None
        return self._mention(hit.first, hit.last, entry, locative=locative, dateline=in_dateline)

    def _is_half(self, last: int) -> bool:
        """Tell "the Horn of Africa" from Horn."""
        following = last + 1
        return following < self.count and self.part.gloss[last] == "of" and self.part.words[following][0].isupper()

    def _joins(self, hit: Hit, before: tuple[int, bool]) -> bool:
        return hit.first == before[0] or self.part.gloss[hit.first - 1] in ("and", "or", "&")

    def _is_spelt(self, hit: Hit, entry: Entry) -> bool:
        return (
            not entry.exact or self.part.raw[self.part.starts[hit.first] : self.part.ends[hit.last - 1]] == entry.exact
        )

    def _choose(self, entries: Sequence[Entry], behind: Hit | None) -> Entry:
        codes = {entry.code for entry in behind.entries} if behind and self.gaps[behind.first] == ", " else set()
        return min(
            entries,
            key=lambda entry: (
                entry.code not in codes,
                _ORDER.index(entry.kind) if entry.kind is not EntryKind.CITY else len(_ORDER),
                not self.named[entry.code],
                -entry.population,
            ),
        )

    def _has_state_behind(self, entry: Entry, hit: Hit, starts: dict[int, Hit]) -> bool:
        behind = starts.get(hit.last)
        return (
            behind is not None
            and self.gaps[hit.last] == ", "
            and any(
                other.code == entry.code and other.kind in (EntryKind.NAME, EntryKind.SUBSTATE)
                for other in behind.entries
            )
        )

    def _is_behind_site(self, number: int) -> bool:
        """Tell the town of "State House, Entebbe"."""
        before = number - 1
        return (
            before > 0
            and self.gaps[number] == ", "
            and self.lower[before] in self.words.site_nouns
            and self.part.words[before][0].isupper()
        )

    def _is_locative(self, number: int) -> bool:
        words, lower, gaps = self.words, self.lower, self.gaps
        at = number
        if at > 1 and self.part.gloss[at - 1] == "of" and lower[at - 2] in words.of_nouns:
            return True  # the city of Nancy
        if at and lower[at - 1] in words.of_nouns and gaps[at] in (" ", ", "):
            return True  # the Malaysian capital, Kuala Lumpur
        while at and at > number - 3 and lower[at - 1] in words.between and gaps[at] in ("", " "):
            at -= 1
        if (
            at > 1
            and self.part.gloss[at - 1] in ("a", "an")
            and not words.occasions.isdisjoint(lower[number + 1 : number + 4])
        ):
            at -= 1  # in a Manila ceremony
        return at > 0 and lower[at - 1] in words.locative and (gaps[at].isspace() or not gaps[at])

    def _in_dateline(self, number: int) -> bool:
        start = self.part.starts[number]
        end = self.part.sentence_at(start).dateline_end
        return end is not None and start < end

    def _is_person(self, hit: Hit, starts: dict[int, Hit]) -> bool:
        """Tell "in Nancy Pelosi's office" and "at Lloyd Austin" from a city."""
        roles, at = self.words.role_words, hit.last
        before = self.lower[hit.first - 1] if hit.first and self.gaps[hit.first] == " " else ""
        is_addressed = before in roles.first_names or before in roles.lists["honorifics"]
        if is_addressed and self.part.words[hit.first - 1][0].isupper():
            return True
        return (
            not self.title_case
            and at < self.count
            and self.gaps[at] == " "
            and self.part.words[at].istitle()
            and self.lower[at] not in self.words.kinds
            and self.lower[at] not in roles.stops
            and at not in starts
        )

    def _mention(self, first: int, last: int, entry: Entry, *, locative: bool, dateline: bool) -> PlaceMention:
        part, words = self.part, self.words
        start, end = part.starts[first], part.ends[last - 1]
        kind = PlaceKind.UNLISTED if not entry.code and entry.kind is EntryKind.CITY else _KINDS[entry.kind]
        if kind in (PlaceKind.CITY, PlaceKind.UNLISTED):
            city: str | None = entry.name
        elif entry.kind is EntryKind.SEAT:
            city = words.capitals.get(entry.code) or None
        else:
            city = words.site_cities.get(entry.name)
        text = part.raw[start:end]
        common = self.doc.lexicon.language != FIRST and bool(entry.code)
        is_same = fold(text).lower() == fold(entry.name).lower() and not common
        name = text if is_same and not text.isupper() else entry.name
        return PlaceMention(
            name,
            entry.code or None,
            kind,
            part.name,
            start,
            end,
            text,
            part.sentence_at(start).index,
            locative,
            dateline,
            city,
            common,
        )


__all__ = ["PlaceKind", "PlaceMention", "country_of", "find_places"]
