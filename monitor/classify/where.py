"""The place of the main event: where it was signed, or announced."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Sequence

from monitor.classify.assemble import Thread
from monitor.classify.countries import CountryMention, MentionKind
from monitor.classify.events import Event
from monitor.classify.places import PlaceKind, PlaceMention
from monitor.classify.reading import Reading
from monitor.classify.rules import Modality
from monitor.classify.text import TextPart
from monitor.models.vocabulary import Status


def near_sentences(thread: Thread, main: Event | None) -> list[int]:
    """Return the sentences that speak of an agreement, the event's own first."""
    numbers = [main.sentence.index] if main is not None else []
    numbers += [event.sentence.index for event in thread.events]
    numbers += [noun.sentence.index for noun in thread.nouns]
    return list(dict.fromkeys(numbers))


def find_place(reading: Reading, thread: Thread, main: Event) -> PlaceMention | None:
    """Return where the main event took place or was announced.

    The nearest place beside words of signing, or beside those of an event of the same stage; else the dateline of an
    act that is done, or where somebody spoke of one that is not; else a town in a sentence close by, or the dateline;
    else, where a government alone acts, its capital by which the headline or the lead calls it.
    """
    ahead = [e for e in thread.events if not _AHEAD.isdisjoint(e.modalities) and e.stated is not e.status]
    same = [e for e in thread.events if e is not main and e.status is main.status and e.background < 0.8]
    # Once the text is agreed on, where it is to be signed is not where that happened.
    told = [main, *(e for e in same if e not in ahead or main in ahead)]
    signed = [event for event in thread.events if event.status is main.status is Status.SIGNED]
    here = {event.sentence.index for event in signed}
    every = [
        p for p in reading.places if is_spot(p) and not (_is_other(reading, p, here) or _is_matter(reading, p, thread))
    ]
    spots = [p for p in every if not _is_planned(reading, p, ahead, told)]
    done = main.status in _DONE
    past = {event.sentence.index for event in thread.events} - {event.sentence.index for event in told}
    past = {
        number for number in past if all(e.background >= _PAST for e in thread.events if e.sentence.index == number)
    }
    acts = _at_the_act(reading, told, spots, past) if done else None
    dateline = next((place for place in reading.places if place.dateline), None)
    said = None if done else _near_words(reading, spots, "saying", _SPOKEN, past)
    visited = _visited(reading, thread)
    during = visited if done and visited and visited.sentence in {event.sentence.index for event in told} else None
    beside = acts or said or _beside(reading, told, spots, _BESIDE) or during
    if beside is None and main.status is Status.AGREED:
        beside = _near_words(reading, spots, "saying", _SPOKEN, past)
    beside = beside or (dateline if done else None)
    beside = beside or _beside(reading, told, spots, _IN_SENTENCE)
    if beside is not None:
        return beside if beside.kind is PlaceKind.CITY else _town_after(reading, beside)
    near = {number + step for number in near_sentences(thread, main) for step in (0, 1)}
    first = len(reading.document.title.sentences)
    near.update(range(first, first + 3))
    close = [place for place in spots if place.sentence in near and not _is_elsewhere(reading, place, thread)]
    town = next((place for place in close if place.kind is PlaceKind.CITY), None)
    planned = next((p for p in every if p not in spots and p.sentence in near), None)
    town = town or planned or visited or (close[0] if close else None)
    spoken = _near_words(reading, spots, "saying", _SPEECH, past)
    last = dateline or spoken or _seat(reading, thread, main)
    return town or last or (_state(reading, thread, told) or _state_visited(reading, thread) if done else None)


def _is_elsewhere(reading: Reading, place: PlaceMention, thread: Thread) -> bool:
    """Whether a place is where an outsider speaks: "In Beijing, a spokesman said"."""
    sentence = reading.document.sentences[place.sentence]
    part = reading.document.part(place.part)
    opens = part.word_at(place.start) - sentence.first < _OPENING
    outside = opens and place.country is not None and place.country not in thread.parties
    return outside and not reading.book.grammar["saying"].isdisjoint(part.lower[sentence.first : sentence.last])


_OPENING = 3
"""Words with which such a sentence opens."""


def _state(reading: Reading, thread: Thread, told: Sequence[Event]) -> PlaceMention | None:
    """Return the state, no party, in which it was signed, when no town is told: "as leaders gathered in Italy"."""
    here = {event.sentence.index for event in told}
    states = [place for place in reading.places if place.kind is PlaceKind.STATE and place.locative]
    return next((p for p in states if p.sentence in here and p.country not in thread.parties), None)


def _visited(reading: Reading, thread: Thread) -> PlaceMention | None:
    """Return the town of a party that a visit goes to: "signed during a visit to Cairo"."""
    return next(
        (
            p
            for p in reading.places
            if p.kind is PlaceKind.CITY and p.country in thread.parties and _is_goal(reading, p)
        ),
        None,
    )


def _state_visited(reading: Reading, thread: Thread) -> PlaceMention | None:
    """Return the party that a visit goes to, when no town is told: "signed during his visit to Sri Lanka"."""
    goal = next(
        (
            mention
            for mention in reading.countries
            if mention.kind is MentionKind.NAME and mention.code in thread.parties and _is_goal(reading, mention)
        ),
        None,
    )
    if goal is None:
        return None
    name = reading.document.quote(goal)
    return PlaceMention(
        name, goal.code, PlaceKind.STATE, goal.part, goal.start, goal.end, name, goal.sentence, True, False, None
    )


def _is_goal(reading: Reading, place: PlaceMention | CountryMention) -> bool:
    """Whether a visit goes to a place."""
    part = reading.document.part(place.part)
    word = part.word_at(place.start)
    low = max(reading.document.sentences[place.sentence].first, word - _VISIT)
    to = word > 0 and part.gloss[word - 1] == "to"
    return to and not reading.book.grammar["visiting"].isdisjoint(part.lower[low:word])


_VISIT = 20
"""Words between "welcomed the minister of ..." and "to Dublin"."""


def _seat(reading: Reading, thread: Thread, main: Event) -> PlaceMention | None:
    """Return the capital by which headline or lead calls the government that alone has acted: "Niamey cancels"."""
    if main.status not in _ALONE:
        return None
    for place in reading.places:
        if place.sentence > len(reading.document.title.sentences):
            return None
        if place.kind is PlaceKind.CITY and place.country in thread.parties:
            return place
    return None


_ALONE = frozenset({Status.TERMINATED, Status.WITHDRAWN, Status.SUSPENDED, Status.REJECTED, Status.RATIFIED})
"""Stages that one government reaches by itself, at home."""
_AHEAD = frozenset({Modality.FUTURE, Modality.DECIDED, Modality.WISH, Modality.TALKS})


def _is_matter(reading: Reading, place: PlaceMention, thread: Thread) -> bool:
    """Whether a place is that of what is agreed on ("training of peacekeepers at Singo"), or the name of a month."""
    dates = reading.dates_by_sentence.get(place.sentence, ())
    if any(date.part == place.part and date.start <= place.start < date.end for date in dates):
        return True
    part = reading.document.part(place.part)
    word = part.word_at(place.start)
    if word == 0 or part.lower[word - 1] not in reading.book.grammar["site"]:
        return False
    return any(
        noun.part is part and noun.head_last == word - 1 and noun.head_last - noun.head >= _LONG
        for noun in thread.nouns
    )


_LONG = 4
"""Words of a phrase that names an agreement together with its object."""


def _is_planned(reading: Reading, place: PlaceMention, ahead: Sequence[Event], told: Sequence[Event]) -> bool:
    """Whether a place is that of a stage still to come: "ministers are expected to add signatures in Riyadh"."""
    here = [event for event in (*ahead, *told) if event.sentence.index == place.sentence]
    near = min(here, key=lambda e: abs(e.part.word_at(place.start) - e.hit.first), default=None)
    if near is None or not any(near is event for event in ahead):
        return False
    # "It will be signed in Jerusalem, the ministry in Buenos Aires announced": the second is where that is said.
    first, last = sorted((near.part.word_at(place.start), near.hit.first))
    said = reading.book.grammar["saying"].intersection(near.part.lower[last : near.sentence.last])
    return not (said and any(reading.levels[near.part.name][first + 1 : last + 1]))


def _is_other(reading: Reading, place: PlaceMention, here: Collection[int]) -> bool:
    """Whether a place is that of an earlier stage ("signed in Ankara last year") or of what the agreement allows.

    ``here``: sentences whose old dates are those of the event itself.
    """
    part = reading.document.part(place.part)
    word = part.word_at(place.start)
    if reading.published is not None and place.sentence not in here:
        for mention in reading.dates_by_sentence.get(place.sentence, ()):
            day = mention.future if mention.direction is None else mention.past
            at = part.word_at(mention.start)
            near = abs(at - word) <= _DATED and not (at and part.gloss[at - 1] in ("of", "from"))
            near = near and not any(reading.levels[part.name][min(at, word) + 1 : max(at, word) + 1])
            if day is not None and near and (reading.published.date() - day).days > _OLD:
                return True
    low = max(reading.document.sentences[place.sentence].first, word - _BESIDE)
    for before in range(word - 1, low - 1, -1):
        text = part.lower[before]
        if text in reading.book.grammar["saying"] or text in reading.book.grammar["signing"]:
            return False
        if part.gloss[before] == "which" and part.gloss[before - 1] == "under":
            return True
    return False


_PAST = 0.8
"""Background from which an event is an earlier stage."""
_DATED = 4
"""Words between a place and the date of what happened there."""
_OLD = 45
"""Days after which that was something else."""


def _near_words(
    reading: Reading, spots: Sequence[PlaceMention], words: str, reach: int, past: Collection[int]
) -> PlaceMention | None:
    """Return the plainest, then nearest, place within ``reach`` words behind a word of a class of the grammar."""
    listed = reading.book.grammar[words]
    found: list[tuple[int, int, PlaceMention]] = []
    for place in spots:
        if place.sentence in past:
            continue
        part = reading.document.part(place.part)
        word = part.word_at(place.start)
        low = max(reading.document.sentences[place.sentence].first, word - reach)
        distance = next((word - at for at in range(word - 1, low - 1, -1) if part.lower[at] in listed), None)
        if distance is not None and not _is_apart(reading, part, word - distance, word):
            found.append((_COARSE[place.kind], distance, place))
        elif words == "signing" and _opens(reading, place) and not listed.isdisjoint(_behind(reading, place)):
            found.append((_COARSE[place.kind], _OPENED, place))
    return min(found, key=lambda entry: entry[:2])[2] if found else None


def _at_the_act(
    reading: Reading, told: Sequence[Event], spots: Sequence[PlaceMention], past: Collection[int]
) -> PlaceMention | None:
    """Return the place beside words of signing or beside the event; of two places, that which is told first."""
    found = [_near_words(reading, spots, "signing", _BESIDE, past), _beside(reading, told, spots, _BESIDE)]
    places = [place for place in found if place is not None]
    return min(places, key=lambda place: (_COARSE[place.kind], place.sentence), default=None)


def _opens(reading: Reading, place: PlaceMention) -> bool:
    """Whether a place opens its sentence: "In Tokyo on April 3, X and Y signed ..."."""
    part = reading.document.part(place.part)
    return part.word_at(place.start) - reading.document.sentences[place.sentence].first < _OPENING_WORDS


def _behind(reading: Reading, place: PlaceMention) -> Sequence[str]:
    """Return the words of its sentence behind a place."""
    part = reading.document.part(place.part)
    return part.lower[part.word_at(place.start) : reading.document.sentences[place.sentence].last]


_OPENING_WORDS = 8
_OPENED = 7
"""Words from the act for which such a place counts."""


def _is_apart(reading: Reading, part: TextPart, first: int, last: int) -> bool:
    """Whether a clause about something else begins between an act and a place: "signed an accord that opens Mari"."""
    # "A deal that let ships come and go in Singapore will be prolonged": the clause opens before the place.
    low, high = (first, last) if first <= last else (max(0, last - _CLAUSE), last)
    return not reading.book.grammar["aside"].isdisjoint(part.lower[low:high])


_CLAUSE = 14
"""Words before a place within which such a clause opens."""


def _town_after(reading: Reading, place: PlaceMention) -> PlaceMention:
    """Return the town that stands behind a building: "at State House, Entebbe"."""
    following = (p for p in reading.places if p.part == place.part and 0 < p.start - place.end <= _COMMA)
    return next((town for town in following if town.kind is PlaceKind.CITY), place)


_COMMA = 5
"""Characters between a building and its town."""


def _beside(reading: Reading, told: Sequence[Event], spots: Sequence[PlaceMention], reach: int) -> PlaceMention | None:
    """Return the plainest, then nearest, place within ``reach`` words of the words of an event."""
    found = [
        (_rank(event, place), place.sentence if reach == _BESIDE else 0, distance, place.start, place)
        for event in told
        for place in spots
        if place.sentence == event.sentence.index
        and (distance := abs(event.part.word_at(place.start) - event.hit.first)) <= reach
        and not (reach == _BESIDE and _is_apart(reading, event.part, event.hit.first, event.part.word_at(place.start)))
    ]
    return min(found, key=lambda entry: entry[:4])[4] if found else None


_DONE = frozenset(
    {
        Status.SIGNED,
        Status.TERMINATED,
        Status.AGREED,
        Status.IN_FORCE,
        Status.RENEWED,
        Status.AMENDED,
        Status.INITIALLED,
    }
)
_BESIDE = 14
"""Words from a stage's words within which a place is where it happened."""
_SPEECH = 10
"""The same, when no other place is told: "speaking to parliamentarians in the capital Yerevan"."""
_SPOKEN = 5
"""Words from "said" or "told reporters" within which a place is where it was said."""
_IN_SENTENCE = 60
_COARSE = {PlaceKind.CITY: 0, PlaceKind.UNLISTED: 0, PlaceKind.BASE: 1, PlaceKind.SITE: 2}
"""Kinds of place that say where something was signed, the plainest first."""


def _rank(event: Event, place: PlaceMention) -> float:
    """Return how plainly a place is that of an event; one in the complement may be what it is about.

    "Signed an agreement on the production of drones near Almaty", but also "on cooperation in Manila".
    """
    noun = event.noun
    inside = noun.sentence is event.sentence and noun.head_last < event.part.word_at(place.start) < noun.reach
    return _COARSE[place.kind] + 0.5 * (inside and event.part.gloss[noun.head_last] not in ("in", "at"))


def is_spot(place: PlaceMention) -> bool:
    """Whether a place may be where something was signed."""
    return place.locative and not place.dateline and place.kind in _COARSE


def place_name(place: PlaceMention) -> str:
    """Return a place as the text spells it, unless the text shouts or shortens it; a building with its town."""
    if place.kind is PlaceKind.SITE and place.city:
        return f"{place.name}, {place.city}"
    if place.common:
        return place.name
    told, known = _plain(place.text), _plain(place.name)
    if told == known or told in known or known in told or not place.country or place.text.endswith("capital"):
        return place.name if told != known or place.text.isupper() else place.text
    if place.text.isupper():
        return place.text.title() if len(place.text) > _SHORT else place.name
    return place.text if place.text[:1].isupper() else place.name


_SHORT = 3
"""Letters up to which capitals are an abbreviation: DC, KL."""


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
