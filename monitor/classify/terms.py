"""For how long an agreement runs, and until when the stage it is in lasts."""

from __future__ import annotations

from datetime import date

from monitor.classify.assemble import Thread
from monitor.classify.durations import DurationKind, DurationMention
from monitor.classify.events import Event
from monitor.classify.reading import Reading
from monitor.classify.where import near_sentences
from monitor.models.vocabulary import Status

_LENGTHS = {"term": 3.0, "bare": 0.8, "renewal": 0.5}
"""What kinds of length say an agreement's duration, and how surely."""
_CLOSE = 8
"""Words between a bare length and the phrase or act it belongs to."""
_HOLDING = 10
"""Words before an end date within which something says that it is one."""
_BEGUN = frozenset({Status.SIGNED, Status.AGREED, Status.RENEWED, Status.IN_FORCE, Status.AMENDED})
"""Stages whose words a term may follow."""
_MADE = frozenset({Status.SIGNED, Status.AGREED, Status.RENEWED})
"""Stages from whose day a term is counted."""
_OVER = frozenset({Status.TERMINATED, Status.WITHDRAWN, Status.REJECTED, Status.EXPIRED})
"""Stages that last, and have no end."""


def find_years(
    reading: Reading, thread: Thread, main: Event | None, day: date | None = None
) -> tuple[float, DurationMention] | None:
    """Return the duration of the agreement, in years; of one that "runs until 2033" from the ``day`` of its stage."""
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
            if not _is_granted(reading, mention, thread):
                continue
            score -= 0.4
        if best is None or score > best[0]:
            best = (score, mention)
    if best is not None and best[1].years is not None:
        return best[1].years, best[1]
    end = find_until(reading, thread, main)
    if main is None or main.status not in _MADE or end is None or end.until is None or day is None:
        return None
    return _counted(reading, end, end.until, day)


def _counted(reading: Reading, mention: DurationMention, end: date, day: date) -> tuple[float, DurationMention] | None:
    """Return the whole years from the day of a stage to the end of what "runs until 2033"."""
    part = reading.document.part(mention.part)
    word = part.word_at(mention.start)
    if reading.book.grammar["running"].isdisjoint(part.lower[max(0, word - 4) : word]):
        return None
    by_year = (end.month, end.day) == (12, 31)
    years = end.year - day.year
    whole = (
        by_year
        or abs((end.replace(year=2000, day=min(end.day, 28)) - day.replace(year=2000, day=min(day.day, 28))).days) <= 31
    )
    return (float(years), mention) if years > 0 and whole else None


def _is_granted(reading: Reading, mention: DurationMention, thread: Thread) -> bool:
    """Whether a bare length is that for which something is allowed or will hold: "may use two bases for 10 years".

    Also one behind the act in its clause: "have renewed the agreement on training at Singo for four years".
    """
    part, grammar = reading.document.part(mention.part), reading.book.grammar
    word = part.word_at(mention.start)
    sentence = reading.document.sentences[mention.sentence]
    if word == 0 or part.lower[word - 1] not in grammar["lasting"]:
        return False
    acts = [event for event in thread.events if event.sentence is sentence and event.status in _BEGUN]
    levels = reading.levels[part.name]
    for event in acts:
        between = range(event.hit.last, word)
        clean = 2 not in levels[event.hit.last : word + 1] and all(
            part.lower[at] not in grammar["break"] for at in between
        )
        if event.hit.last <= word and clean:
            return True
    words = part.lower[sentence.first : sentence.last]
    return not grammar["granted"].isdisjoint(words) and grammar["perfect"].isdisjoint(words)


def _close(reading: Reading, thread: Thread, mention: DurationMention) -> bool:
    """Whether a bare length stands close to the agreement's phrase or event."""
    part = reading.document.part(mention.part)
    word = part.word_at(mention.start)
    spots = [n.head for n in thread.nouns if n.sentence.index == mention.sentence and not n.other > n.defence]
    spots += [e.hit.first for e in thread.events if e.sentence.index == mention.sentence]
    return any(abs(word - spot) <= _CLOSE for spot in spots)


def find_until(reading: Reading, thread: Thread, main: Event | None) -> DurationMention | None:
    """Return the end date of the stage: "suspended until June", "prolonged until 2035", "it runs until 2033"."""
    if main is not None and main.status in _OVER:
        return None
    near = set(near_sentences(thread, main))
    after = {number + 1 for number in near}
    for mention in reading.durations:
        if mention.until is None or mention.sentence not in near | after:
            continue
        if reading.published is not None and mention.until <= reading.published.date():
            continue
        if _holds_until(reading, thread, mention):
            return mention
    return None


def _holds_until(reading: Reading, thread: Thread, mention: DurationMention) -> bool:
    """Whether an end date is that of the agreement: what holds so long is named in the sentence, or is "it"."""
    part, grammar = reading.document.part(mention.part), reading.book.grammar
    word = part.word_at(mention.start)
    sentence = reading.document.sentences[mention.sentence]
    before = part.lower[max(sentence.first, word - _HOLDING) : word]
    at = next((number for number in range(len(before) - 1, -1, -1) if before[number] in grammar["holding"]), None)
    if (
        at is None
        or "have" in part.gloss[word - len(before) + max(0, at - 2) : word - len(before) + at]
        or not grammar["break"].isdisjoint(before[at:])
    ):
        return False
    named = any(n.sentence is sentence and n.head_last <= word and n.defence >= n.other for n in thread.nouns)
    told = any(event.sentence is sentence for event in thread.events)
    return named or told or "it" in part.gloss[sentence.first : word]
