"""The fields of a report: when, where, for how long, by whom, about what."""

from __future__ import annotations

from collections import defaultdict

from monitor.classify.assemble import Thread
from monitor.classify.dates import Direction
from monitor.classify.events import Event
from monitor.classify.reading import Reading
from monitor.classify.rules import Modality, Role
from monitor.classify.where import is_spot, near_sentences, place_name
from monitor.models.report import EarlierStage, Planned
from monitor.models.vocabulary import Status, Subject

_GENERAL = Subject.GENERAL_DCA


def find_subjects(reading: Reading, thread: Thread, main: Event | None) -> list[tuple[Subject, float, object]]:
    """Return up to three subjects with their weight and the hit (or phrase) each rests on, the heaviest first."""
    weights: dict[Subject, float] = defaultdict(float)
    source: dict[Subject, object] = {}
    for noun in thread.nouns:
        for subject in noun.subjects if noun.other <= noun.defence else ():
            if subject not in source or weights[subject] < _OFTEN:
                weights[subject] += _GENERIC if noun.generic else _TYPED
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
    plain = all(noun.generic for noun in thread.nouns if not noun.anaphor)
    return _heaviest(weights, source, thread.nouns[0] if plain else None) or [(_GENERAL, 0.1, thread.nouns[0])]


_GENERIC, _TYPED = 1.0, 2.0
"""What the type of a phrase weighs: "defence cooperation agreement", "status of forces agreement"."""
_OFTEN = 3.0
"""Weight from which more phrases of a type add nothing."""
_IN_TITLE, _IN_TELLING, _NEAR_BY, _ELSEWHERE = 2.0, 1.0, 0.6, 0.3
"""What words weigh in the headline, in sentences that speak of the agreement, beside them or in the lead, elsewhere."""


def _spread(reading: Reading, thread: Thread, main: Event | None) -> list[tuple[int, float]]:
    """Return the sentences that tell what an agreement covers, and how much each counts, the weightiest first."""
    near = set(near_sentences(thread, main))
    first, last = len(reading.document.title.sentences), len(reading.document.sentences)
    beside = {number + 1 for number in near if number + 1 < last} | set(range(first, min(first + 5, last)))

    def factor(number: int) -> float:
        if number in near:
            return _IN_TITLE if number < first else _IN_TELLING
        return _NEAR_BY if number in beside else _ELSEWHERE

    numbers = sorted(near | beside | set(reading.sentences_with(Role.SUBJECT)))
    return sorted(((number, factor(number)) for number in numbers), key=lambda entry: -entry[1])


def _heaviest(
    weights: dict[Subject, float], source: dict[Subject, object], plain: object | None
) -> list[tuple[Subject, float, object]]:
    """Return the three heaviest; cooperation in general gives way to what is more particular.

    ``plain``: a phrase of an agreement that says nothing of its subject; where little else does, it may be general.
    """
    general = weights.pop(_GENERAL, 0.0)
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0].value))[:3]
    kept = [(subject, weight, source[subject]) for subject, weight in ranked if weight >= max(0.6, 0.3 * ranked[0][1])]
    unsure = plain is not None and bool(kept) and kept[0][1] < _SURE
    if (general or unsure) and (len(kept) < 3 or (general >= _NAMED and kept[2][1] < _SURE)):
        kept = [*kept[:2], (_GENERAL, general, source.get(_GENERAL, plain))]
    return kept or [(subject, weight, source[subject]) for subject, weight in ranked[:1]]


_SURE = 2.0
"""Weight from which a subject is sure."""
_NAMED = 1.0
"""Weight from which cooperation in general is named, and stands before a third subject that is not sure."""


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
            (place_name(p) for p in reading.places if p.sentence == event.sentence.index and is_spot(p)),
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
