"""States and international organisations, however a text names them.

By name, abbreviation, adjective or people, by capital, building, ministry or parliament; each half of a compound such
as "Indo-Japanese" or "US-India" is a mention of its own.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from monitor.classify.gazetteer import Entry, EntryKind, Gazetteer, Hit, alpha2
from monitor.classify.lexicon import Lexicon
from monitor.classify.text import Document, PartName, TextPart


class MentionKind(StrEnum):
    """How a state or organisation is named."""

    NAME = "name"
    """By name or abbreviation."""
    DEMONYM = "demonym"
    """By adjective, people, or half of a compound."""
    CAPITAL = "capital"
    """By its capital: the government, unless the mention is locative."""
    SEAT = "seat"
    """By a building, ministry, parliament or force."""
    SUBSTATE = "substate"
    """A part or territory of it: not by itself a party."""
    GROUP = "group"
    """As one of several under one name ("the Baltic states"): a mention a member, all with the same span."""
    ORGANISATION = "organisation"
    """An international organisation."""
    FORUM = "forum"
    """A meeting format."""


_KINDS = {
    EntryKind.NAME: MentionKind.NAME,
    EntryKind.DEMONYM: MentionKind.DEMONYM,
    EntryKind.PREFIX: MentionKind.DEMONYM,
    EntryKind.CAPITAL: MentionKind.CAPITAL,
    EntryKind.SEAT: MentionKind.SEAT,
    EntryKind.SUBSTATE: MentionKind.SUBSTATE,
    EntryKind.GROUP: MentionKind.GROUP,
    EntryKind.ORGANISATION: MentionKind.ORGANISATION,
    EntryKind.FORUM: MentionKind.FORUM,
}
_PERSONAL = frozenset((EntryKind.NAME, EntryKind.CAPITAL, EntryKind.SUBSTATE, EntryKind.DEMONYM))
"""Kinds whose phrases may be a person's name."""
_NO_NAMES = ("not_names", "modifiers", "objects", "heads")
"""Lists of ``role_titles.toml`` whose words are no surname."""
_NAME_GAP = frozenset((" ", ". "))
_AND_GAP = frozenset((" ", ", "))


@dataclass(frozen=True, slots=True)
class CountryMention:
    """A state or organisation, named; ``text == raw[start:end]``."""

    code: str
    """ISO 3166 alpha-3, or an organisation's short name."""
    kind: MentionKind
    part: PartName
    start: int
    end: int
    text: str
    sentence: int
    locative: bool
    """It is where something happens ("in Manila"), not who acts."""
    possessive: bool
    """An 's follows."""


@dataclass(frozen=True, slots=True)
class CountryWords:
    """What the data say about names in context."""

    gazetteer: Gazetteer
    locative: frozenset[str]
    between: frozenset[str]
    honorifics: frozenset[str]
    given: frozenset[str]
    not_surnames: frozenset[str]
    first_names: frozenset[str]
    pronoun_before: frozenset[str]
    languages: frozenset[str]
    hyphenated_people: frozenset[str]
    conjunctions: frozenset[str]
    owned_by: frozenset[str]
    no_name_after: frozenset[str]
    stops: frozenset[str]

    meanings: dict[int, list[Entry]]
    """Of each phrase's meanings, those that are states or organisations; kept because most phrases come again."""

    @classmethod
    def compile(cls, lexicon: Lexicon) -> CountryWords:
        """Read ``countries.toml``, ``places.toml`` and ``first_names.toml``."""
        own = (
            "honorifics",
            "given",
            "not_surnames",
            "pronoun_before",
            "languages",
            "hyphenated_people",
            "conjunctions",
            "owned_by",
            "no_name_after",
        )
        return cls(
            gazetteer=lexicon.part(Gazetteer),
            meanings={},
            stops=frozenset().union(*(lexicon.words("role_titles.toml", key) for key in _NO_NAMES)),
            locative=lexicon.words("places.toml", "locative"),
            between=lexicon.words("places.toml", "between"),
            first_names=lexicon.words("first_names.toml", "names"),
            **{name: lexicon.words("countries.toml", name) for name in own},
        )


def find_countries(doc: Document) -> tuple[CountryMention, ...]:
    """Return every mention of a state, organisation or forum, in reading order."""
    return _Finder(doc).find()


class _Finder:
    """One article's reading: what is a person's name in one place is one everywhere."""

    def __init__(self, doc: Document) -> None:
        self.doc = doc
        self.words = doc.lexicon.part(CountryWords)
        self.title_case = {part.name: _is_title_case(part) for part in doc.parts}
        self.people: set[str] = set()
        self.waiting: list[tuple[int, TextPart, Hit, list[Entry]]] = []
        """Phrases that count only where their state is named elsewhere, with the place of their mention."""

    def find(self) -> tuple[CountryMention, ...]:
        found: list[CountryMention] = []
        for part, hits in zip(self.doc.parts, self.doc.hits, strict=True):
            before: tuple[Hit, CountryMention] | None = None
            for hit in hits:
                entries = self._entries(part, hit)
                if not entries:
                    continue
                if entries[0].needs_context:
                    self.waiting.append((len(found), part, hit, entries))
                    continue
                locative = self._is_locative(part, hit, before)
                if entries[0].kind in _PERSONAL and self._is_person(part, hit):
                    continue
                if not locative and entries[0].kind in _PERSONAL and part.lower[hit.first] in self.people:
                    self.waiting.append((len(found), part, hit, entries))
                    continue
                group = entries if entries[0].kind is EntryKind.GROUP else entries[:1]
                found.extend(_mention(part, hit, entry, locative=locative) for entry in group)
                before = (hit, found[-1])
        return tuple(self._with_waiting(found)) if self.waiting else tuple(found)

    def _with_waiting(self, found: list[CountryMention]) -> list[CountryMention]:
        """Put the mentions that counted only with the whole article in view where they belong."""
        counts = Counter(mention.code for mention in found)
        most = max(counts.values(), default=0)
        merged: list[CountryMention] = []
        done = 0
        for place, part, hit, entries in self.waiting:
            best = max(entries, key=lambda entry: counts[entry.code])
            if best.needs_context:
                counts_here = counts[best.code] >= max(most, 1) and not (hit.last - hit.first == 1 and part.all_caps)
            else:  # a name that a person of the article bears: "King Abdullah of Jordan"
                before = part.lower[hit.first - 1] if hit.first else ""
                counts_here = counts[best.code] > 0 or before in self.words.owned_by
            if counts_here:
                merged += found[done:place]
                merged.append(_mention(part, hit, best, locative=False))
                done = place
        return merged + found[done:]

    def _entries(self, part: TextPart, hit: Hit) -> list[Entry]:
        """Return the meanings of a phrase that are states or organisations and fit its spelling."""
        first, last = hit.first, hit.last
        readings = self.words.gazetteer.readings.get(part.lower[first]) if last - first == 1 else None
        entries = self.words.meanings.get(id(hit.entries))
        if entries is None:
            entries = [entry for entry in hit.entries if entry.kind in _KINDS]
            self.words.meanings[id(hit.entries)] = entries
        if readings and entries:
            best = max(readings, key=lambda reading: self._support(reading.cues))  # the first of equals
            entries = [Entry(best.code, best.kind, part.words[first])] if best.kind in _KINDS else []
        if not entries:
            return entries
        text = part.raw[part.starts[first] : part.ends[last - 1]]
        kept = [entry for entry in entries if not entry.exact or self._is_exact(part, hit, text, entry.exact)]
        if kept and kept[0].kind is EntryKind.PREFIX and part.gaps[last] not in ("-", "‑", "–"):
            kept = kept[1:]
        if kept and kept[0].kind is EntryKind.DEMONYM and self._is_no_state(part, hit):
            return []
        return kept if part.gaps[last][:1] != "$" else []  # US$5

    def _is_exact(self, part: TextPart, hit: Hit, text: str, exact: str) -> bool:
        if text != exact:
            return part.all_caps and text == exact.upper() != exact and len(exact) > 4
        if not part.all_caps or exact != "US":
            return not part.all_caps or exact.isupper()
        return not (hit.first and part.lower[hit.first - 1] in self.words.pronoun_before)

    def _is_no_state(self, part: TextPart, hit: Hit) -> bool:
        """Tell a language ("in French,") and people of a descent ("Indian-American voters") from a state."""
        words, lower = self.words, part.lower
        first, last = hit.first, hit.last
        following = lower[last] if last < len(lower) else ""
        if first and lower[first] in words.languages:
            if part.gaps[last] == "-" and following == "speaking":
                return True
            if lower[first - 1] == "in" and (
                part.gaps[last] != " " or not following or following in words.conjunctions
            ):
                return True
        hyphen_before = (
            first > 0 and part.gaps[first] == "-" and lower[first] in ("american", "americans", "canadian", "canadians")
        )
        return hyphen_before and (lower[first].endswith("s") or following in words.hyphenated_people)

    def _is_person(self, part: TextPart, hit: Hit) -> bool:
        """Tell whether a name is a person's: "Jim Jordan", "Mr. Jordan", "Chad Wolf"."""
        words, first, last = self.words, hit.first, hit.last
        phrase = part.lower[first]
        if first and part.words[first - 1][0].isupper() and part.gaps[first] in _NAME_GAP:
            before = part.lower[first - 1]
            is_initial = len(before) == 1 and part.gaps[first] == ". " and before != "s"
            is_surname = before in words.first_names and hit.entries[0].kind is not EntryKind.DEMONYM
            if is_initial or is_surname or before in words.honorifics:
                self.people.add(phrase)
                return True
        is_joined = first > 0 and part.gaps[first] == "-"  # "US-Georgia Major Partnership"
        if (
            last - first > 1
            or phrase not in words.given
            or is_joined
            or last >= len(part.words)
            or part.gaps[last] != " "
        ):
            return False
        following = part.words[last]
        before = part.lower[first - 1] if first else ""
        is_person = (
            following.istitle()
            and before not in words.no_name_after
            and part.lower[last] not in words.not_surnames
            and part.lower[last] not in words.stops
            and not self.title_case[part.name]
            and not self.doc.is_hit(part, last)
        )
        if is_person:
            self.people.add(phrase)
        return is_person

    def _is_locative(self, part: TextPart, hit: Hit, before: tuple[Hit, CountryMention] | None) -> bool:
        words, lower, gaps = self.words, part.lower, part.gaps
        first, last = hit.first, hit.last
        if last < len(lower) and lower[last] == "'s":
            return False
        number = first
        while number and number > first - 3 and lower[number - 1] in words.between and gaps[number] in ("", " "):
            number -= 1
        if number and lower[number - 1] in words.locative and (gaps[number].isspace() or not gaps[number]):
            return True
        if before is None or not before[1].locative:
            return False
        gap = gaps[first]
        if first == before[0].last:  # "in Makati City, Philippines", "in Japan, Korea and Guam"
            return gap in _AND_GAP
        return first == before[0].last + 1 and lower[first - 1] in words.conjunctions

    def _support(self, cues: frozenset[str]) -> int:
        return sum(len(part.index[cue]) for part in self.doc.parts for cue in cues if cue in part.index)


def _mention(part: TextPart, hit: Hit, entry: Entry, *, locative: bool) -> CountryMention:
    start, end = part.starts[hit.first], part.ends[hit.last - 1]
    following = part.lower[hit.last] if hit.last < len(part.lower) else ""
    possessive = following == "'s" or (part.raw[end - 1] == "s" and part.raw[end : end + 1] in ("'", "’"))
    return CountryMention(
        entry.code,
        _KINDS[entry.kind],
        part.name,
        start,
        end,
        part.raw[start:end],
        part.sentence_at(start).index,
        locative,
        possessive,
    )


def _is_title_case(part: TextPart) -> bool:
    """Tell whether every second word or more has a capital, as in many headlines."""
    return part.name == "title" and sum(word[0].isupper() for word in part.words) > 0.6 * len(part.words)


@lru_cache(maxsize=1)
def _english() -> Gazetteer:
    return Lexicon.load("en").part(Gazetteer)


def display_name(code: str) -> str:
    """Return how people read a code: ``"USA"`` -> ``"United States"``; an unknown code as it is."""
    return _english().names.get(code, code)


def flag(code: str) -> str:
    """Return the flag emoji of a state; empty for what has none."""
    short = alpha2(code)
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in short)


def is_state(code: str) -> bool:
    """Tell whether a code is a state's."""
    return bool(alpha2(code))


def organisation_kind(code: str) -> str | None:
    """Return ``"organisation"`` or ``"forum"``; None for a state or an unknown code."""
    kind = _english().organisations.get(code)
    return kind.value if kind else None


__all__ = [
    "CountryMention",
    "MentionKind",
    "display_name",
    "find_countries",
    "flag",
    "is_state",
    "organisation_kind",
]
