"""For which party each signatory of an agreement stands."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.classify.events import Event
from monitor.classify.persons import Office, Person, PersonMention, country_among
from monitor.classify.places import PlaceKind
from monitor.classify.reading import Reading
from monitor.classify.text import TextPart
from monitor.models.vocabulary import Status


def countries_of(reading: Reading, persons: Sequence[Person], parties: Sequence[str], main: Event) -> list[str | None]:
    """Return the country of each person: by its own words, else by what the parties leave open.

    As many persons in one breath as there are parties ("Prime Ministers Kishida and Morrison") stand in the order in
    which the text names these; one alone stands for the party that nobody else does; the rest are of the country whose
    news this is, as dateline or first words tell, and an ambassador there of the other.
    """
    known: list[str | None] = [
        person.country or _signed_for(reading, person, parties) or _by_role(person, parties) for person in persons
    ]
    named = [country_among(person, parties, reading.document.lexicon) for person in persons]
    if len(parties) < 2:
        return [country or (parties[0] if parties else None) for country in known]
    host = _host(reading, parties)
    home = _home(reading, parties)
    _by_group(reading, persons, known, named, parties, host)
    known = [country or by_name for country, by_name in zip(known, named, strict=True)]
    if len(parties) == 2:
        _by_partner(reading, persons, known, parties)
    alone = main.status in _ALONE and home is not None
    free = [] if alone else [party for party in parties if party not in known]
    for number, person in enumerate(persons):
        if known[number] is None:
            known[number] = free[0] if len(free) == 1 else _at_home(person, parties, home)
    return known


_ALONE = frozenset({Status.TERMINATED, Status.WITHDRAWN, Status.SUSPENDED, Status.REJECTED, Status.RATIFIED})
"""Stages that one government reaches by itself, so that who speaks is of its country."""


def _at_home(person: Person, parties: Sequence[str], home: str | None) -> str | None:
    """Return the country whose news it is; for an ambassador there, the other."""
    envoy = person.office is Office.AMBASSADOR and home is not None and len(parties) == 2
    return _other(parties, home or "") if envoy else home


def _by_group(
    reading: Reading,
    persons: Sequence[Person],
    known: list[str | None],
    named: Sequence[str | None],
    parties: Sequence[str],
    host: str | None,
) -> None:
    """As many side by side as there are parties: an ambassador against the host, or in the order of the parties.

    Whom the shape of a name (``named``) gives to one of the parties is of that party; the others share the rest.
    """
    here = host or _dateline(reading, parties)
    for first in range(len(persons)):
        group = _group(reading, persons, known, first)
        if len(group) < 2 or len(group) != len(parties):
            continue
        envoys = [number for number in group if persons[number].office is Office.AMBASSADOR]
        if len(group) == 2 and len(envoys) == 1 and here is not None:
            for number in group:
                known[number] = _other(parties, here) if number in envoys else here
            continue
        order = _order(reading, persons[first], parties, host)
        told = [code for number in group if (code := named[number]) is not None]
        if order and len(set(told)) == len(told):
            rest = iter([code for code in order if code not in told])
            for number in group:
                known[number] = named[number] or next(rest)
        else:
            for number, code in zip(group, order, strict=False):
                known[number] = code


def _by_partner(reading: Reading, persons: Sequence[Person], known: list[str | None], parties: Sequence[str]) -> None:
    """Of two side by side, one of whom stands for a party, the other stands for the other."""
    for number in range(len(persons) - 1):
        one, other = known[number], known[number + 1]
        if (one is None) != (other is None) and _together(reading, persons[number], persons[number + 1]):
            if one is None:
                known[number] = _other(parties, other or "")
            else:
                known[number + 1] = _other(parties, one)


def _group(reading: Reading, persons: Sequence[Person], known: Sequence[str | None], first: int) -> list[int]:
    """Return the persons without a country that stand side by side from ``first`` on; two leaders may stand apart."""
    if known[first] is not None:
        return []
    group = [first]
    for number in range(first + 1, len(persons)):
        if known[number] is None and _together(reading, persons[group[-1]], persons[number]):
            group.append(number)
        else:
            break
    if len(group) == 1 and persons[first].office in _LEADERS:
        leaders = [n for n, person in enumerate(persons) if known[n] is None and person.office in _LEADERS]
        if len(leaders) == 2 and leaders[0] == first:
            return leaders
    return group


_LEADERS = frozenset({Office.HEAD_OF_STATE, Office.HEAD_OF_GOVERNMENT, Office.MONARCH})


def _dateline(reading: Reading, parties: Sequence[str]) -> str | None:
    return next((place.country for place in reading.places if place.dateline and place.country in parties), None)


def _host(reading: Reading, parties: Sequence[str]) -> str | None:
    """Return the party in one of whose towns something is said to take place."""
    for place in reading.places:
        if place.locative and not place.dateline and place.kind is PlaceKind.CITY and place.country in parties:
            return place.country
    return None


def _home(reading: Reading, parties: Sequence[str]) -> str | None:
    """Return the party whose news this is: that of the dateline, or the first that the text names as an actor."""
    code = _dateline(reading, parties)
    if code is not None:
        return code
    mentions = sorted(reading.countries, key=lambda mention: (mention.part == "title", mention.start))
    return next((m.code for m in mentions if m.code in parties and not m.locative), None)


def _other(parties: Sequence[str], home: str) -> str:
    return next((party for party in parties if party != home), home)


_ROLES = {
    "raksha mantri": "IND",
    "external affairs minister": "IND",
    "secretary of war": "USA",
    "secretary of state": "USA",
    "pentagon chief": "USA",
    "taoiseach": "IRL",
    "foreign affairs secretary": "PHL",
    "high representative": "EU",
    "under-secretary-general": "UN",
    "external affairs": "IND",
    "chancellor": "DEU",
}
"""Titles that one state alone gives; heard only when that state is a party."""


def _by_role(person: Person, parties: Sequence[str]) -> str | None:
    role = (person.role or "").lower()
    return next((code for title, code in _ROLES.items() if title in role and code in parties), None)


def _signed_for(reading: Reading, person: Person, parties: Sequence[str]) -> str | None:
    """Return the party a person signs for: "signed for Algiers", "on behalf of Norway"."""
    for mention in person.mentions:
        part = reading.document.part(mention.part)
        word = part.word_at(mention.end)
        for country in reading.countries_by_sentence.get(mention.sentence, ()):
            at = part.word_at(country.start)
            if country.code in parties and word < at <= word + 6 and part.gloss[at - 1] in ("for", "of"):
                between = part.gloss[word:at]
                goes_on = part.gloss[part.word_at(country.end) : part.word_at(country.end) + 1] in (["from"], ["by"])
                if between[-1] == "for" and not set(between) & {"and", "with"} and not goes_on:
                    return country.code
        if len(parties) == 2 and (colleague := _beside_colleague(reading, part, mention, parties)) is not None:
            return _other(parties, colleague)
        before = _signed_before(reading, part, mention, parties)
        if before is not None:
            return before
    return None


def _beside_colleague(reading: Reading, part: TextPart, mention: PersonMention, parties: Sequence[str]) -> str | None:
    """Return the party of the colleague beside whom a person acts: "X announced it with his Serbian counterpart"."""
    grammar = reading.book.grammar
    for country in reading.countries_by_sentence.get(mention.sentence, ()):
        if country.part == part.name and country.start > mention.end and country.code in parties:
            first, last = part.word_at(country.start), part.word_at(country.end)
            owned = first > 0 and part.lower[first - 1] in grammar["own"]
            if owned and last < len(part.lower) and part.lower[last] in grammar["colleague"]:
                return country.code
    return None


def _signed_before(reading: Reading, part: TextPart, mention: PersonMention, parties: Sequence[str]) -> str | None:
    """Return the party named before: "signed for Togo by X", "on the Kenyan side X", "for Ghana, X"."""
    word = part.word_at(mention.start)
    for country in reversed(reading.countries_by_sentence.get(mention.sentence, ())):
        first, last = part.word_at(country.start), part.word_at(country.end)
        if country.part != part.name or last > word or word - last > _BEFORE:
            continue
        if country.code not in parties:
            return None
        close = mention.start - country.end <= _BESIDE or part.gloss[last] in ("by", "was", "were", "from")
        opens = first == 1 + reading.document.sentences[country.sentence].first
        named_for = first > 0 and part.gloss[first - 1] == "for" and (close or opens)
        return country.code if named_for or part.gloss[last] == "side" else None
    return None


_BEFORE = 14
"""Words before a name within which the party stands that it is said to act for."""
_BESIDE = 3
"""Characters between "for Ghana" and a name behind it."""


def _together(reading: Reading, one: Person, other: Person) -> bool:
    """Whether two persons stand side by side: "A and B"."""
    for first in one.mentions:
        for second in other.mentions:
            if first.part == second.part and first.sentence == second.sentence and first.end <= second.start:
                between = reading.document.part(first.part).raw[first.end : second.start]
                if len(between) < 60 and (" and " in between or _is_list(between)):
                    return True
    return False


def _is_list(between: str) -> bool:
    """Whether a comma, and at most a title with capitals, stands between two names: "A, General B"."""
    return between.startswith(", ") and len(between) < 30 and all(word[0].isupper() for word in between[1:].split())


def _order(reading: Reading, person: Person, parties: Sequence[str], host: str | None) -> list[str]:
    """Return the parties in the order in which persons side by side stand for them.

    That of "Japan and Australia" in the person's sentence or the two before; else the host first; else the title's.
    """
    first = next((m.sentence for m in person.mentions if m.part == "text"), person.mentions[0].sentence)
    for number in range(first, max(-1, first - 3), -1):
        order = _row(reading, number, parties)
        if order:
            return order
    if host is not None and len(parties) == 2:
        return [host, _other(parties, host)]
    for number in range(len(reading.document.title.sentences)):
        order = list(dict.fromkeys(m.code for m in reading.countries_by_sentence.get(number, ()) if m.code in parties))
        if len(order) == len(parties):
            return order
    return []


def _row(reading: Reading, number: int, parties: Sequence[str]) -> list[str]:
    """Return all parties in the order of a row ("A, B and C") of a sentence of the text."""
    mentions = [m for m in reading.countries_by_sentence.get(number, ()) if m.part == "text"]
    row: list[str] = []
    end = -1
    for mention in mentions:
        between = reading.document.body.raw[end : mention.start] if end >= 0 else ""
        joined = end >= 0 and len(between) <= 12 and any(mark in between for mark in (" and ", ",", "&"))
        row = [*row, mention.code] if joined else [mention.code]
        end = mention.end
        if len(row) == len(parties) and set(row) == set(parties):
            return row
    return []
