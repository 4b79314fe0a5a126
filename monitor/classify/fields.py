"""The fields of a report: when, where, for how long, by whom, about what."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence

from monitor.classify.assemble import Thread
from monitor.classify.dates import Direction
from monitor.classify.durations import DurationKind, DurationMention
from monitor.classify.events import Event
from monitor.classify.places import PlaceKind, PlaceMention
from monitor.classify.reading import Reading
from monitor.classify.rules import Modality, Role
from monitor.classify.text import TextPart
from monitor.models.report import EarlierStage, Planned
from monitor.models.vocabulary import Status, Subject

_GENERAL = Subject.GENERAL_DCA


def near_sentences(thread: Thread, main: Event | None) -> list[int]:
    """Return the sentences that speak of an agreement, the event's own first."""
    numbers = [main.sentence.index] if main is not None else []
    numbers += [event.sentence.index for event in thread.events]
    numbers += [noun.sentence.index for noun in thread.nouns]
    return list(dict.fromkeys(numbers))


def find_place(reading: Reading, thread: Thread, main: Event) -> PlaceMention | None:
    """Return where the main event took place or was announced.

    The nearest place beside words of signing, or beside those of an event of the same stage; else the dateline of an
    act that is done, or where somebody spoke of one that is not; else a town in a sentence close by.
    """
    told = [main, *(e for e in thread.events if e is not main and e.status is main.status and e.background < 0.8)]
    signed = [event for event in thread.events if event.status is main.status is Status.SIGNED]
    here = {event.sentence.index for event in signed}
    spots = [p for p in reading.places if _is_spot(p) and not _is_other(reading, p, here)]
    done = main.status in _DONE
    past = {event.sentence.index for event in thread.events} - {event.sentence.index for event in told}
    past = {
        number for number in past if all(e.background >= _PAST for e in thread.events if e.sentence.index == number)
    }
    acts = _near_words(reading, spots, "signing", _BESIDE, past) if done else None
    dateline = next((place for place in reading.places if place.dateline), None) if done else None
    said = None if done else _near_words(reading, spots, "saying", _SPOKEN, past)
    beside = acts or said or _beside(reading, told, spots, _BESIDE) or dateline
    beside = beside or _beside(reading, told, spots, _IN_SENTENCE)
    if beside is not None:
        return beside if beside.kind is PlaceKind.CITY else _town_after(reading, beside)
    near = {number + step for number in near_sentences(thread, main) for step in (0, 1)}
    first = len(reading.document.title.sentences)
    near.update(range(first, first + 3))
    close = [place for place in spots if place.sentence in near]
    return next((place for place in close if place.kind is PlaceKind.CITY), close[0] if close else None)


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
            near = abs(at - word) <= _DATED and not (at and part.lower[at - 1] in ("of", "from"))
            if day is not None and near and (reading.published.date() - day).days > _OLD:
                return True
    low = max(reading.document.sentences[place.sentence].first, word - _BESIDE)
    for before in range(word - 1, low - 1, -1):
        text = part.lower[before]
        if text in reading.book.grammar["saying"] or text in reading.book.grammar["signing"]:
            return False
        if text == "which" and part.lower[before - 1] == "under":
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
    return min(found, key=lambda entry: entry[:2])[2] if found else None


def _is_apart(reading: Reading, part: TextPart, first: int, last: int) -> bool:
    """Whether a clause about something else begins between an act and a place: "signed an accord that opens Mari"."""
    return not reading.book.grammar["aside"].isdisjoint(part.lower[first:last])


def _town_after(reading: Reading, place: PlaceMention) -> PlaceMention:
    """Return the town that stands behind a building: "at State House, Entebbe"."""
    following = (p for p in reading.places if p.part == place.part and 0 < p.start - place.end <= _COMMA)
    return next((town for town in following if town.kind is PlaceKind.CITY), place)


_COMMA = 5
"""Characters between a building and its town."""


def _beside(reading: Reading, told: Sequence[Event], spots: Sequence[PlaceMention], reach: int) -> PlaceMention | None:
    """Return the plainest, then nearest, place within ``reach`` words of the words of an event."""
    found = [
        (_COARSE[place.kind], distance, place.start, place)
        for event in told
        for place in spots
        if place.sentence == event.sentence.index
        and (distance := abs(event.part.word_at(place.start) - event.hit.first)) <= reach
        and not (reach == _BESIDE and _is_apart(reading, event.part, event.hit.first, event.part.word_at(place.start)))
    ]
    return min(found, key=lambda entry: entry[:3])[3] if found else None


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
_SPOKEN = 5
"""Words from "said" or "told reporters" within which a place is where it was said."""
_IN_SENTENCE = 60
_COARSE = {PlaceKind.CITY: 0, PlaceKind.UNLISTED: 1, PlaceKind.SITE: 2, PlaceKind.BASE: 2}
"""Kinds of place that say where something was signed, the plainest first."""


def _is_spot(place: PlaceMention) -> bool:
    return place.locative and not place.dateline and place.kind in _COARSE


def place_name(place: PlaceMention) -> str:
    """Return a place as the text spells it, unless the text shouts or shortens it; of a building its town."""
    if place.kind is PlaceKind.SITE and place.city:
        return place.city
    same = _plain(place.text) == _plain(place.name)
    return place.text if same and not place.text.isupper() else place.name


def _plain(name: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))


def find_years(reading: Reading, thread: Thread, main: Event | None) -> DurationMention | None:
    """Return the duration of the agreement."""
    near = set(near_sentences(thread, main))
    after = {number + step for number in near for step in (1, 2)}
    best: tuple[float, DurationMention] | None = None
    for mention in reading.durations:
        if mention.years is None or mention.kind.value not in _LENGTHS:
            continue
        score = _LENGTHS[mention.kind.value]
        if mention.sentence in near:
            score += 1.0
        elif mention.kind is not DurationKind.TERM and mention.sentence not in after:
            continue
        if mention.kind is DurationKind.BARE and not _close(reading, thread, mention):
            if not _is_granted(reading, mention):
                continue
            score -= 0.4
        if best is None or score > best[0]:
            best = (score, mention)
    return best[1] if best else None


_LENGTHS = {"term": 3.0, "bare": 0.8, "renewal": 0.5}
"""What kinds of length say an agreement's duration, and how surely."""


def _is_granted(reading: Reading, mention: DurationMention) -> bool:
    """Whether a bare length is that for which something is allowed or will hold: "may use two bases for 10 years"."""
    part, grammar = reading.document.part(mention.part), reading.book.grammar
    word = part.word_at(mention.start)
    sentence = reading.document.sentences[mention.sentence]
    if word == 0 or part.lower[word - 1] not in grammar["lasting"]:
        return False
    words = part.lower[sentence.first : sentence.last]
    return not grammar["granted"].isdisjoint(words) and grammar["perfect"].isdisjoint(words)


def _close(reading: Reading, thread: Thread, mention: DurationMention) -> bool:
    """Whether a bare length stands close to the agreement's phrase or event."""
    part = reading.document.part(mention.part)
    word = part.word_at(mention.start)
    spots = [n.head for n in thread.nouns if n.sentence.index == mention.sentence and not n.other > n.defence]
    spots += [e.hit.first for e in thread.events if e.sentence.index == mention.sentence]
    return any(abs(word - spot) <= 8 for spot in spots)


def find_subjects(reading: Reading, thread: Thread, main: Event | None) -> list[tuple[Subject, float, object]]:
    """Return up to three subjects with their weight and the hit (or phrase) each rests on, the heaviest first."""
    weights: dict[Subject, float] = defaultdict(float)
    source: dict[Subject, object] = {}
    for noun in thread.nouns:
        for subject in noun.subjects if noun.other <= noun.defence else ():
            if subject not in source or weights[subject] < 3:
                weights[subject] += 1.0 if noun.generic else 3.0
            source.setdefault(subject, noun)
    seen: set[tuple[Subject, str]] = set()
    for number, factor in _spread(reading, thread, main):
        part = reading.part_of(reading.document.sentences[number])
        for hit in reading.hits(Role.SUBJECT, number):
            words = " ".join(part.lower[hit.first : hit.last])
            for subject in hit.rule.set.subjects:
                if (subject, words) not in seen:
                    seen.add((subject, words))
                    weights[subject] += factor * hit.rule.score
                    source.setdefault(subject, (part, hit))
    return _heaviest(weights, source) or [(_GENERAL, 0.1, thread.nouns[0])]


def _spread(reading: Reading, thread: Thread, main: Event | None) -> list[tuple[int, float]]:
    """Return the sentences that tell what an agreement covers, and how much each counts."""
    near = set(near_sentences(thread, main))
    first, last = len(reading.document.title.sentences), len(reading.document.sentences)
    wide = near | {number + 1 for number in near if number + 1 < last} | set(range(first, min(first + 5, last)))
    return [(number, 1.0 if number in near else 0.6) for number in sorted(wide)]


def _heaviest(weights: dict[Subject, float], source: dict[Subject, object]) -> list[tuple[Subject, float, object]]:
    """Return the three heaviest; cooperation in general gives way to what is more particular."""
    general = weights.pop(_GENERAL, 0.0)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0].value))[:3]
    kept = [(subject, weight, source[subject]) for subject, weight in ranked if weight >= max(0.6, 0.3 * ranked[0][1])]
    if general and (len(kept) < 3 or (general >= 2 and kept[2][1] < 1.5)):
        kept = [*kept[:2], (_GENERAL, general, source[_GENERAL])]
    return kept or [(subject, weight, source[subject]) for subject, weight in ranked[:1]]


def find_planned(reading: Reading, thread: Thread, main: Event) -> tuple[Planned, Event] | None:
    """Return the next stage that the text announces: "will be signed in March"."""
    for event in thread.events:
        if Modality.FUTURE not in event.modalities and Modality.DECIDED not in event.modalities:
            continue
        if event.stated not in (Status.SIGNED, Status.RATIFIED, Status.IN_FORCE, Status.TERMINATED, Status.EXPIRED):
            continue
        if event.stated is main.status:
            continue
        day = next(
            (
                when
                for mention in reading.dates_by_sentence.get(event.sentence.index, ())
                if mention.kind.value != "dateline"
                and mention.precision.value == "day"
                and (when := mention.on(Direction.FUTURE)) is not None
                and (reading.published is None or when >= reading.published.date())
            ),
            None,
        )
        place = next(
            (place_name(p) for p in reading.places if p.sentence == event.sentence.index and _is_spot(p)),
            None,
        )
        return Planned(status=event.stated, date=day, place=place), event
    return None


def find_earlier(reading: Reading, thread: Thread, main: Event) -> list[tuple[EarlierStage, Event]]:
    """Return the stages that the text says lie behind: "signed in July", "in force since 1999"."""
    stages: dict[Status, tuple[EarlierStage, Event]] = {}
    for event in thread.events:
        if event is main or event.status is None or event.status is main.status or event.modalities:
            continue
        rank, now = event.status.rank, main.status.rank if main.status else None
        if event.background < 0.5 and (rank is None or now is None or rank >= now):
            continue
        day = next(
            (
                when
                for mention in reading.dates_by_sentence.get(event.sentence.index, ())
                if mention.kind.value != "dateline"
                and abs(event.part.word_at(mention.start) - event.hit.first) <= 9
                and (when := mention.on(Direction.PAST)) is not None
                and (reading.published is None or when <= reading.published.date())
            ),
            None,
        )
        if event.status not in stages or (stages[event.status][0].date is None and day is not None):
            stages[event.status] = (EarlierStage(status=event.status, date=day), event)
    return list(stages.values())
