"""The day of the main event: which of the dates of an article is that of the stage it reports."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from monitor.classify.assemble import Thread
from monitor.classify.dates import DateKind, DateMention, Direction, Precision
from monitor.classify.events import Event
from monitor.classify.reading import Reading
from monitor.classify.rules import Modality

_AHEAD = frozenset({Modality.FUTURE, Modality.WISH, Modality.TALKS})


def find_date(reading: Reading, thread: Thread, main: Event) -> tuple[date, DateMention] | None:
    """Return the day of the main event.

    From its own sentence or another that tells the same event; else the day on which it is said to have been told or
    done, close by; a day long past only when no other is there.
    """
    events = [main, *(e for e in thread.events if e is not main and e.status == main.status and e.background < 0.8)]
    found = [(event, dated) for event in events if (dated := _date_in(reading, event)) is not None]
    new = [(event, dated) for event, dated in found if not _is_old(reading, dated[0])]
    # "Have initialed a framework, the court said Thursday": the day of the act may be told in another sentence.
    acts = [dated for event, dated in new if not _is_told(reading, event, dated[1])]
    fresh = acts[0] if acts else new[0][1] if new else None
    return fresh or _day_of_news(reading, main) or (found[0][1] if found else None)


def _is_told(reading: Reading, event: Event, mention: DateMention) -> bool:
    """Whether a date is that of a statement behind the act it tells of: "have signed it, the court said Thursday"."""
    part = reading.document.part(mention.part)
    word = part.word_at(mention.start)
    low = max(event.hit.last, word - _TELLING)
    return event.sentence.index == mention.sentence and not reading.book.grammar["saying"].isdisjoint(
        part.lower[low:word]
    )


_TELLING = 3
"""Words between "said" and the day on which it was said."""


def _day_of_news(reading: Reading, main: Event) -> tuple[date, DateMention] | None:
    """Return the day of what the article tells: "he told reporters on Thursday", "at a ceremony on July 16"."""
    told = main.status is main.stated or main.chained or _AHEAD.isdisjoint(main.modalities)
    first = len(reading.document.title.sentences)
    near = {main.sentence.index, main.sentence.index + 1, *range(first + 3)}
    spare: tuple[date, DateMention] | None = None
    lead: tuple[date, DateMention] | None = None
    for mention in reading.dates:
        if mention.kind is DateKind.DATELINE or mention.precision is not Precision.DAY:
            continue
        day = mention.past if mention.direction is not Direction.FUTURE else None
        past = mention.direction is Direction.PAST
        if day is None or not (past or not _is_ahead(reading, mention)):
            continue
        said = past or _is_said(reading, mention)
        if not _is_news(reading, mention, day):
            if told and mention.sentence == first and mention.kind is DateKind.ABSOLUTE and _is_late(reading, day):
                lead = day, mention
            continue
        if mention.sentence in near and (told or said):
            return day, mention
        if said and spare is None:
            spare = day, mention
    return spare or lead


def _is_news(reading: Reading, mention: DateMention, day: date) -> bool:
    if reading.published is None:
        return (
            mention.kind is DateKind.ABSOLUTE and mention.past == mention.future and not _is_attached(reading, mention)
        )
    return 0 <= (reading.published.date() - day).days <= _NEWS


def _is_said(reading: Reading, mention: DateMention) -> bool:
    """Whether a date is that of a statement: "said in a speech on Monday", "told the Gazette Friday"."""
    part = reading.document.part(mention.part)
    word = part.word_at(mention.start)
    low = max(reading.document.sentences[mention.sentence].first, word - _SAYING)
    return not reading.book.grammar["saying"].isdisjoint(part.lower[low:word])


def _is_attached(reading: Reading, mention: DateMention) -> bool:
    """Whether a date tells the age of a thing: "the accord of 24 April 1961"."""
    part = reading.document.part(mention.part)
    word = part.word_at(mention.start)
    return word > 0 and part.gloss[word - 1] in ("of", "from", "since")


def _is_ahead(reading: Reading, mention: DateMention, acts: Collection[int] = ()) -> bool:
    """Whether a date lies ahead: "will", or "to" with one of the ``acts`` behind it, governs it."""
    part, grammar = reading.document.part(mention.part), reading.book.grammar
    word = part.word_at(mention.start)
    first = reading.document.sentences[mention.sentence].first
    for before in range(word - 1, max(first, word - _AHEAD_WORDS) - 1, -1):
        text = part.lower[before]
        if text in grammar["ahead"] or (text in grammar["ahead_close"] and word - before <= 2):
            return True
        infinitive = part.words[before + 1].islower() and part.lower[before + 1] not in grammar["determiner"]
        if part.gloss[before] == "to" and infinitive and (before + 1 in acts or word - before <= _CLOSE):
            return True
        done = text.endswith("ed") and before > first and part.lower[before - 1] not in grammar["passive"]
        if done or text in grammar["saying"]:
            return False
    return False


def _is_late(reading: Reading, day: date) -> bool:
    return reading.published is not None and 0 <= (reading.published.date() - day).days <= _OLD


def _is_old(reading: Reading, day: date) -> bool:
    return reading.published is not None and (reading.published.date() - day).days > _OLD


_NEWS = 7
"""Days over which what an article tells as news may lie back."""
_OLD = 60
"""Days after which a date is rather that of something else."""
_SAYING = 9
_AHEAD_WORDS = 24
"""Words before a date within which a word of saying, or of the future, bears on it."""
_CLOSE = 4
_BEFORE_THAT = 12
"""Words between "had" and the date of what had happened before."""


def _date_in(reading: Reading, event: Event) -> tuple[date, DateMention] | None:
    ahead = bool(_AHEAD & set(event.modalities)) and event.status is not event.stated
    part = event.part
    best: tuple[float, date, DateMention] | None = None
    for mention in reading.dates_by_sentence.get(event.sentence.index, ()):
        if mention.kind is DateKind.DATELINE or mention.precision is not Precision.DAY:
            continue
        word = part.word_at(mention.start)
        if word and part.lower[word - 1] in reading.book.grammar["until"]:
            continue
        if ahead and mention.direction is not Direction.PAST and _is_ahead(reading, mention, (event.hit.first,)):
            continue
        day = mention.on(Direction.PAST)
        if day is None or (reading.published is not None and day > reading.published.date()):
            continue
        if _is_old(reading, day) and _is_attached(reading, mention):
            continue
        distance = float(abs(word - event.hit.first)) + 15 * _is_old(reading, day)
        low = max(event.sentence.first, word - _BEFORE_THAT)
        if "had" in part.gloss[low if event.hit.first >= word else max(low, event.hit.last) : word]:
            distance += 15  # "made public the text that it had handed over two days before"
        if word and part.gloss[word - 1] == "dated":
            distance -= 20
        if best is None or distance < best[0]:
            best = (distance, day, mention)
    return (best[1], best[2]) if best else None
