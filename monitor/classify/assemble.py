"""From phrases and events to agreements: what belongs to one and the same, and which one is the news."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.classify.completion import complete_row
from monitor.classify.datemath import Direction, Precision
from monitor.classify.datemention import DateKind, DateMention
from monitor.classify.events import Event
from monitor.classify.home import with_other_party
from monitor.classify.nouns import Noun
from monitor.classify.parties import (
    PartyEvidence,
    by_sentence,
    choose_parties,
    strong_parties,
    weigh_parties,
)
from monitor.classify.reading import Reading
from monitor.classify.rules import Modality, Role
from monitor.models.vocabulary import Status, Subject

_OLD = timedelta(days=45)
_GENERAL = Subject.GENERAL_DCA


@dataclass(slots=True)
class Thread:
    """All that an article says of one agreement."""

    nouns: list[Noun] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    evidence: dict[str, PartyEvidence] = field(default_factory=dict)
    parties: tuple[str, ...] = ()

    @property
    def own(self) -> frozenset[str]:
        """The parties that its phrases name, by themselves; the first that names two says who they are."""
        pairs = [noun.own for noun in self.nouns if len(noun.own) > 1]
        return pairs[0] if pairs else frozenset().union(*(noun.own for noun in self.nouns))

    @property
    def defence(self) -> float:
        """How surely it is about defence: the best of its phrases."""
        return max((noun.defence - noun.other for noun in self.nouns), default=0.0)


def thread_up(reading: Reading, nouns: list[Noun], events: list[Event]) -> list[Thread]:
    """Sort phrases and events by agreement."""
    of: dict[int, list[Event]] = {}
    for event in events:
        event.background = _background(reading, event)
        of.setdefault(event.noun.number, []).append(event)
    every = by_sentence(nouns)
    for noun in nouns:
        noun.own, noun.partners, noun.agents = strong_parties(reading, noun, of.get(noun.number, ()), every)
    threads: list[Thread] = []
    home: dict[int, Thread] = {}
    last: Thread | None = None
    for noun in sorted(nouns, key=lambda noun: noun.plural and len(noun.own) > 2):
        thread = None if threads and _is_another(reading, noun, threads) else _home_of(noun, threads, last)
        if thread is None:
            thread = Thread()
            threads.append(thread)
        elif noun.plural and len(noun.own) > 2:
            noun.umbrella = True
        thread.nouns.append(noun)
        home[noun.number] = thread
        # "It replaces the arrangement with B": what is only referred to is not what "the agreement" goes on about.
        referred = noun.definite and len(thread.nouns) == 1 and last is not None
        if (noun.defence > noun.other or noun.anaphor or noun.definite) and not referred:
            last = thread
    for event in events:
        home[event.noun.number].events.append(event)
    for thread in threads:
        thread.nouns.sort(key=lambda noun: noun.number)
    return threads


def _home_of(noun: Noun, threads: list[Thread], last: Thread | None) -> Thread | None:
    """Return the thread a phrase goes on with, or None when it opens one."""
    bare = noun.defence <= 0 and noun.other <= 0
    if not noun.own and (noun.anaphor or (bare and (noun.definite or last is not None))):
        return last or (threads[-1] if threads else None)
    if noun.plural and len(noun.own) > 2:
        return next((thread for thread in threads if len(thread.own) > 1 and thread.own <= noun.own), None)
    order = [last, *reversed(threads)] if last is not None else list(reversed(threads))
    return next((thread for thread in order if _compatible(noun, thread)), None)


def _is_another(reading: Reading, noun: Noun, threads: Sequence[Thread]) -> bool:
    """Whether a phrase names an older agreement, with whom no other phrase does: "the American deal of 2023"."""
    if len(noun.own) != 1 or reading.body_number(noun.sentence.index) < _TOLD_FIRST:
        return False
    if any(not noun.own.isdisjoint(thread.own) for thread in threads):
        return False
    for mention in reading.dates_by_sentence.get(noun.sentence.index, ()):
        word, day = noun.part.word_at(mention.start), mention.on(Direction.PAST)
        if noun.first <= word < min(noun.reach, noun.head_last + _AGE) and day is not None:
            return reading.published is not None and reading.published.date() - day > _YEAR
    return False


_TOLD_FIRST = 2
"""Sentences of the text that are about the agreement of the headline, whatever its age."""
_AGE = 3
"""Words behind a phrase within which a year is its age."""
_YEAR = timedelta(days=365)


def _field(noun: Noun) -> int:
    """Return 1 for a phrase about defence, -1 for one about another field, 0 for one that does not say."""
    if not _OF_ARTICLE.isdisjoint(noun.domains):
        return 0
    return (noun.defence > noun.other) - (noun.defence < noun.other)


_OF_ARTICLE = frozenset({"ambient", "rival"})
"""Fields that a phrase has from its article, not from its own words."""


def _compatible(noun: Noun, thread: Thread) -> bool:
    """Whether a phrase may name the agreement of a thread."""
    first = max(thread.nouns, key=lambda other: abs(other.defence - other.other))
    if _field(noun) * _field(first) < 0:
        return False
    own, theirs = noun.own, thread.own
    if own and theirs and not own <= theirs and not theirs <= own and not _two_sides(noun, thread):
        return False
    if noun.plural and not first.plural and own and own != theirs:
        return False
    if len(theirs) > 1 and theirs < own and noun.sentence.index > 3:
        return False
    if noun.definite and len(own) > 1 and own == theirs:
        return True
    kinds = {subject for other in thread.nouns if not other.generic for subject in other.subjects}
    return noun.generic or not kinds or bool(kinds & set(noun.subjects))


def _two_sides(noun: Noun, thread: Thread) -> bool:
    """Whether a phrase names one side of an agreement of which a thread names the other."""
    if len(noun.own) != 1 or len(thread.own) != 1:
        return False
    if any(other.partners for other in thread.nouns):
        return bool(noun.agents)
    return bool(noun.partners) and any(other.agents for other in thread.nouns)


def _background(reading: Reading, event: Event) -> float:
    """Return how surely an event is told as background: an old date beside it, a frame such as "under the ... pact"."""
    part, sentence, noun, hit = event.part, event.sentence, event.noun, event.hit
    level = _by_date(reading, event)
    if "under" in part.gloss[max(sentence.first, noun.first - 2) : noun.first]:
        level = max(level, 0.4)
    for time in reading.hits(Role.TIME, sentence.index):
        if time.rule.set.background and abs(time.first - hit.first) <= 6:
            level = max(level, 0.35 * time.rule.score)
    if part.name == "title" and "?" in part.raw[part.ends[hit.last - 1] :]:
        level = max(level, 0.7)
    if _subordinate(reading, event):
        level = max(level, 0.5)
    if part.name == "text" and _participle(reading, event):
        level = max(level, 0.2)
    return min(1.0, level) * (_NEWS if is_fresh(reading, event) else 1.0)


_NEWS = 0.4
"""What is left of a frame such as "after the signing" around what a date beside it shows to be new."""


def _subordinate(reading: Reading, event: Event) -> bool:
    """Whether a clause that hangs on another tells it: "after the signing of", "whose termination"."""
    part, levels = event.part, reading.levels[event.part.name]
    for word in range(min(event.hit.first, event.noun.first) - 1, event.sentence.first - 1, -1):
        if levels[word + 1]:
            return False
        if part.lower[word] in reading.book.grammar["subordinate"]:
            return True
    return False


def _participle(reading: Reading, event: Event) -> bool:
    """Whether it is told in passing: "the pact signed in May will ..."."""
    grammar, lower, noun = reading.book.grammar, event.part.lower, event.noun
    if not event.passive or event.hit.first - noun.head_last > 3:
        return False
    if any(lower[word] in grammar["passive"] for word in range(noun.head_last, event.hit.first)):
        return False
    rest = lower[event.hit.last : event.sentence.last]
    return any(word in grammar["auxiliary"] or word in grammar["verb"] for word in rest)


def is_fresh(reading: Reading, event: Event) -> bool:
    """Whether a date beside an event says that it is of these days: told after another, it is news all the same."""
    if reading.published is None:
        return False
    for mention in _dates_of(reading, event):
        day = mention.on(Direction.PAST)
        close = abs(event.part.word_at(mention.start) - event.hit.first) <= _BESIDE
        if close and day is not None and mention.precision in _EXACT and mention.direction is not Direction.FUTURE:
            age = reading.published.date() - day
            if timedelta(0) <= age <= (_FRESH if mention.precision is Precision.DAY else 2 * _FRESH):
                return True
    return False


_EXACT = (Precision.DAY, Precision.WEEK)
_FRESH = timedelta(days=8)
_BESIDE = 5
"""Words between an event and a date that is surely its own."""


def _dates_of(reading: Reading, event: Event) -> Iterator[DateMention]:
    """Yield the dates that stand beside an event and are no other's."""
    part, noun, hit = event.part, event.noun, event.hit
    others = [other.first for other in reading.hits(Role.STAGE, event.sentence.index) if other.first >= hit.last]
    for mention in reading.dates_by_sentence.get(event.sentence.index, ()):
        word = part.word_at(mention.start)
        far = abs(word - hit.first)
        if far > _DATED or mention.kind is DateKind.DATELINE:
            continue
        after = noun.head < word < noun.reach and part.gloss[word - 1] in ("of", "from")
        if noun.first <= word < noun.head or after:
            continue  # "the 2018 accord", "the agreement of 2017": the age of the agreement, not of the event
        if any(other < word for other in others):
            continue  # "agreed, and to be signed in May"
        yield mention


_AHEAD = frozenset({Modality.FUTURE, Modality.DECIDED})
_DATED = 9
"""Words between an event and a date that may be its own."""


def _by_date(reading: Reading, event: Event) -> float:
    """Return how surely a date beside an event says that it is long over."""
    level = 0.0
    for mention in _dates_of(reading, event):
        day = mention.on()
        if day is None:
            continue
        if reading.published is not None:
            if mention.precision is Precision.YEAR and day.year >= reading.published.year:
                continue  # "this year"
            if reading.published.date() - day > _OLD and _AHEAD.isdisjoint(event.modalities):
                level = max(level, 0.85)
        elif mention.precision.value == "year" and mention.kind.value == "absolute":
            level = max(level, 0.6)
    return level


def settle_parties(reading: Reading, threads: Sequence[Thread]) -> None:
    """Find the parties of every thread."""
    defence = [thread for thread in threads if thread.defence > 0 or thread.events]
    every = by_sentence([noun for thread in threads for noun in thread.nouns])
    for thread in threads:
        alone = len(defence) <= 1 or thread is defence[0]
        known = next((noun.parties for noun in thread.nouns if noun.parties), ())
        thread.evidence = weigh_parties(reading, thread.nouns, thread.events, every, alone=alone)
        thread.parties = tuple(sorted(known)) if known else choose_parties(thread.evidence)
        if not known and alone:
            thread.parties = complete_row(reading, thread.nouns, thread.events, thread.evidence, thread.parties)
        if not known and len(thread.parties) == 1 and thread.events and alone:
            thread.parties = with_other_party(reading, thread.parties[0], thread.events, thread.evidence)


def main_status(reading: Reading, thread: Thread) -> Event | None:
    """Return the event that says where the agreement stands now: the foremost that is no background."""
    live = [
        (_standing(reading, event) - 0.01 * order, event) for order, event in enumerate(thread.events) if event.status
    ]
    if not live:
        return None
    weight, best = max(live, key=lambda entry: entry[0])
    for told, hoped, meant, least in _SAID_FOR:
        if best.status in told and (best.modalities or not hoped):
            done = [entry for entry in live if _plainly(entry[1], meant) and entry[0] >= least * weight]
            if done:
                weight, best = max(done, key=lambda entry: entry[0])
    return best


def _plainly(event: Event, meant: frozenset[Status]) -> bool:
    """Whether an event says, without reserve, that one of the stages is reached."""
    attribute = event.noun.first <= event.hit.first < event.noun.head
    told = not event.modalities or event.status is event.stated is Status.NEGOTIATING
    return event.status in meant and told and event.background < 0.5 and not attribute


_SAID_FOR: tuple[tuple[frozenset[Status], bool, frozenset[Status], float], ...] = (
    # "Agree on a pact" in a headline often stands for a signature that the text tells.
    (frozenset({Status.AGREED}), False, frozenset({Status.SIGNED}), 0.6),
    # "Agreed, to be signed in May": the text is settled, which has a day and a place of its own.
    (frozenset({Status.AGREED}), True, frozenset({Status.AGREED}), 0.5),
    # "A step closer to signing" once the talks are over, "the decision to sign" what then was signed.
    (frozenset({Status.NEGOTIATING}), True, frozenset({Status.AGREED}), 0.6),
    (frozenset({Status.AGREED, Status.NEGOTIATING, Status.PROPOSED}), True, frozenset({Status.SIGNED}), 0.5),
    (frozenset({Status.NEGOTIATING, Status.PROPOSED}), False, frozenset({Status.SIGNED}), 0.85),
    # "Will be signed this year" of what is still being negotiated, "hope to seal" what talks are held on.
    (frozenset({Status.AGREED, Status.PROPOSED, Status.RENEWED}), True, frozenset({Status.NEGOTIATING}), 0.6),
    # What was signed is the change, or the prolonging.
    (frozenset({Status.SIGNED}), False, frozenset({Status.AMENDED, Status.RENEWED}), 0.75),
    # The last ratification, or the exchange of instruments, by which it enters into force.
    (frozenset({Status.RATIFIED}), False, frozenset({Status.IN_FORCE}), 0.75),
)
"""Stages that are told (true: only where they are still to come) where another is meant, and how much of its weight the
other must have."""


def _standing(reading: Reading, event: Event) -> float:
    """Return how surely an event tells where the agreement stands: its place counts for more than its words."""
    body = reading.body_number(event.sentence.index)
    place = 1.0 if body < 0 else 0.95 if body == 0 else 0.8 if body < 2 else 0.7 if body < 4 else 0.5
    near = max(0.0, 1.0 - event.distance / 26)
    implied = 0.5 if event.status is Status.SIGNED and event.stated in _AFTER_SIGNED and not event.chained else 1.0
    words = _WORDS + (1 - _WORDS) * event.strength
    return words * place * (0.4 + 0.6 * near) * (1 - 0.8 * event.background) * implied


_AFTER_SIGNED = frozenset({Status.RATIFIED, Status.IN_FORCE})
"""Stages that, still to come, imply that the agreement is signed."""
_WORDS = 0.5
"""What the weakest words for a stage weigh beside the firmest."""


def weight_of(reading: Reading, event: Event) -> float:
    """Return how much an event is the news, by its words, its place and its nearness to the phrase."""
    body = reading.body_number(event.sentence.index)
    place = 1.0 if body < 0 else 0.9 if body < 2 else 0.75 if body < 4 else 0.5
    near = max(0.0, 1.0 - event.distance / 26)
    weak = (
        0.35
        if event.status is Status.PROPOSED
        else 0.15
        if event.status in (Status.NEGOTIATING, Status.AGREED)
        else 0.0
    )
    implied = 0.5 if event.status is Status.SIGNED and event.stated in _AFTER_SIGNED and not event.chained else 1.0
    return (0.2 + 0.8 * event.strength) * place * (0.4 + 0.6 * near) * (
        1 - 0.8 * event.background
    ) * implied - 0.3 * weak
