"""Who signed or announced an agreement, in what role, for which party."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from monitor.classify.assemble import Thread
from monitor.classify.events import Event
from monitor.classify.persons import Office, Person
from monitor.classify.reading import Reading
from monitor.classify.signatory_countries import countries_of
from monitor.classify.text import Sentence
from monitor.models.report import Signatory

_OFFICIALS = frozenset(Office) - {Office.LEGISLATOR}
_MOST = 8
_LEAD = 3
"""Sentences of the text in which an official of a party is taken to speak of the agreement."""


def find_signatories(
    reading: Reading, thread: Thread, main: Event, parties: Sequence[str]
) -> list[tuple[Signatory, Person]]:
    """Return officials of the parties in the sentences that tell the event, the lead, and where one is said to sign.

    Where there is none, those who speak about it further down.
    """
    told = {event.sentence.index for event in thread.events if event.background < 0.8} | {main.sentence.index}
    past = {event.sentence.index for event in thread.events} - told
    lead = {sentence.index for sentence in reading.document.body.sentences[:_LEAD]}
    signed = {sentence.index for sentence in reading.document.sentences if _is_act(reading, sentence)} - past
    candidates = [person for person in reading.persons if _may_sign(person, parties)]
    chosen: list[Person] = []
    for person in candidates:
        titled = person.role is not None or _leads_row(reading, person)
        if any(person.in_sentence(number) for number in told):
            if not titled and not (_acts(person, thread) or _by_hand(reading, person, signed)):
                continue
        elif any(person.in_sentence(number) for number in signed):
            if not titled and not _by_hand(reading, person, signed):
                continue
        elif not titled or not any(person.in_sentence(number) for number in lead):
            continue
        chosen.append(person)
    if not chosen:
        named = [person for person in candidates if person.role is not None or " " in person.name]
        chosen = [person for person in named if person.country or _speaks(reading, person)][:_SPEAKERS]
    chosen += _counterparts(reading, candidates, chosen, parties)
    chosen = sorted(chosen[:_MOST], key=reading.persons.index)
    countries = countries_of(reading, chosen, parties, main)
    return [
        (Signatory(name=person.name, role=person.role, country=country), person)
        for person, country in zip(chosen, countries, strict=True)
    ]


def _counterparts(
    reading: Reading, candidates: Sequence[Person], chosen: Sequence[Person], parties: Sequence[str]
) -> list[Person]:
    """Return, for parties nobody stands for yet, their first minister or leader who speaks further down."""
    have = {person.country for person in chosen}
    if not chosen or None in have:
        return []
    found: dict[str, Person] = {}
    for person in candidates:
        leads = person.office in _SPEAKING and person.country in parties and person.country not in have
        if leads and person not in chosen and person.country and _speaks(reading, person):
            found.setdefault(person.country, person)
    return list(found.values())


_SPEAKING = frozenset(
    {
        Office.HEAD_OF_STATE,
        Office.HEAD_OF_GOVERNMENT,
        Office.MONARCH,
        Office.DEFENCE_MINISTER,
        Office.FOREIGN_MINISTER,
    }
)
"""Offices whose holders announce agreements."""
_SPEAKERS = 2
_AT_HAND = 6
"""Words between a name without a title and those of signing."""


def _by_hand(reading: Reading, person: Person, signed: Collection[int]) -> bool:
    """Whether one without a title signs: "X and Y put their initials to it", "issued by: X (Togo)"."""
    if " " not in person.name:
        return False
    acts = reading.book.grammar["signing"]
    for mention in person.mentions:
        if mention.sentence in signed:
            part = reading.document.part(mention.part)
            first, last = part.word_at(mention.start), part.word_at(mention.end)
            listed = person.country is not None or part.gloss[max(0, first - 1)] in ("by", "and", "from")
            if listed or not acts.isdisjoint(part.lower[last : last + _AT_HAND]):
                return True
    return False


def _leads_row(reading: Reading, person: Person) -> bool:
    """Whether one without a title stands beside one who has it: "X and Brunei's second minister, Y, signed"."""
    for mention in person.mentions:
        part = reading.document.part(mention.part)
        last = part.word_at(mention.end)
        if mention.full and part.gloss[last : last + 1] == ["and"]:
            titled = (p for p in reading.persons_by_sentence[mention.sentence] if p.role_span is not None)
            starts = (p.role_span.start for p in titled if p.role_span and p.role_span.part == part.name)
            if any(0 < part.word_at(start) - last <= _OWNER for start in starts):
                return True
    return False


_OWNER = 4
"""Words between "and" and a title: "and Brunei's"."""


def _may_sign(person: Person, parties: Sequence[str]) -> bool:
    if person.office is not None and person.office not in _OFFICIALS:
        return False
    return person.country is None or not parties or person.country in parties


def _is_act(reading: Reading, sentence: Sentence) -> bool:
    """Whether a sentence tells that somebody signs: "acted for the two Governments", "put their initials to it"."""
    part = reading.part_of(sentence)
    acts = reading.book.grammar["signing"]
    return not acts.isdisjoint(part.lower[sentence.first : sentence.last])


def _speaks(reading: Reading, person: Person) -> bool:
    """Whether a person with a full name says something about the news."""
    saying = reading.book.grammar["saying"]
    for mention in person.mentions:
        part = reading.document.part(mention.part)
        after, before = part.word_at(mention.end), part.word_at(mention.start)
        if mention.full and not saying.isdisjoint((*part.lower[after : after + 2], *part.lower[before - 1 : before])):
            return True
        if mention.full and person.role is not None and not saying.isdisjoint(part.lower[after : after + 8]):
            return True
        if mention.full and person.role is not None and not saying.isdisjoint(part.lower[max(0, before - 9) : before]):
            return True
    return False


def _acts(person: Person, thread: Thread) -> bool:
    """Whether a person without a title signs by himself: "signed by X", "X signs"."""
    for event in thread.events:
        if event.background >= 0.8:
            continue
        for mention in person.mentions:
            if mention.sentence != event.sentence.index:
                continue
            word = event.part.word_at(mention.start)
            by = word > 0 and event.part.gloss[word - 1] in ("by", "and")
            if by or 0 <= event.hit.first - word <= 6:
                return True
    return False
