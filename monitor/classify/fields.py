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
