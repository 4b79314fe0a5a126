"""Days that a text counts from another day it has named: "a day earlier", "on the day before", "the same day"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from monitor.classify.datemath import Precision
from monitor.classify.datemention import DateKind, DateMention
from monitor.classify.datewords import DateWords
from monitor.classify.text import TextPart

_REACH = 2
"""Sentences over which a day named before is still the one that is counted from."""
_MOST = 60
"""Days that are counted so."""


def find_anchored(
    part: TextPart, words: DateWords, known: Sequence[DateMention], written: date | None
) -> Iterator[DateMention]:
    """Yield the days of a part that are counted from the last day named before, else from that of the writing.

    Args:
        part: title or text.
        words: the words for dates.
        known: the dates found in it, in reading order.
        written: the day of the text.

    """
    taken = {word for mention in known for word in range(part.word_at(mention.start), part.word_at(mention.end))}
    days = [mention for mention in known if mention.precision is Precision.DAY and mention.past is not None]
    for number in part.numbers_of(words.lists["day_units"]):
        found = None if number in taken else _shift(part, words, number)
        if found is None:
            continue
        first, last, shift = found
        if not taken.isdisjoint(range(first, last)):
            continue
        sentence = part.sentence_at(part.starts[first]).index
        start = part.starts[first]
        before = [mention for mention in days if mention.end <= start and _is_near(mention, sentence)]
        of_writing = part.lower[number - 1] in words.lists["article"]  # earlier in the day
        anchor = before[-1].past if before else written if of_writing else None
        if anchor is None:
            continue
        day = anchor + timedelta(days=shift)
        end = part.ends[last - 1]
        text = part.raw[start:end]
        yield DateMention(part.name, start, end, text, sentence, Precision.DAY, DateKind.RELATIVE, None, day, day, day)


def _is_near(mention: DateMention, sentence: int) -> bool:
    return sentence - mention.sentence <= _REACH or mention.kind is DateKind.DATELINE


def _shift(part: TextPart, words: DateWords, number: int) -> tuple[int, int, int] | None:
    """Return first word, end and days of "a day earlier", "the day before", "the same day", "earlier in the day"."""
    lower, lists, before = part.lower, words.lists, number - 1
    if before < 0:
        return None
    following = lower[number + 1] if number + 1 < len(lower) and part.gaps[number + 1] == " " else ""
    back, ahead = following in lists["counted_back"], following in lists["counted_ahead"]
    if back or ahead:
        amount = 1 if lower[before] in lists["article"] else words.numbers.get(lower[before])
        if amount is None or amount > _MOST or not _ends(part, lists["counted_from"], number + 1):
            return None
        return before, number + 2, -amount if back else amount
    for key, shift in (("day_back", -1), ("day_ahead", 1), ("day_same", 0)):
        if lower[before] in lists[key]:
            return before, number + 1, shift
    if lower[before] in lists["article"] and before > 1 and lower[before - 1] == "in":
        told = lower[before - 2] in lists["earlier"] | lists["later"]
        return (before - 2, number + 1, 0) if told else None
    return None


def _ends(part: TextPart, counted_from: frozenset[str], number: int) -> bool:
    """Whether no event stands behind "before" that the days are counted from: "two days before the summit"."""
    if part.lower[number] not in counted_from or number + 1 >= len(part.lower):
        return True
    return part.gaps[number + 1] != " " or part.lower[number + 1] in _GOES_ON


_GOES_ON = frozenset({"by", "in", "at", "with", "and", "when", "that", "on"})
