"""Proper names of agreements and their acronyms, as the text spells them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.classify.nouns import Noun
from monitor.classify.reading import Reading
from monitor.classify.text import Span, TextPart

_LOW = frozenset(
    {
        "of",
        "on",
        "for",
        "the",
        "and",
        "in",
        "to",
        "between",
        "with",
        "concerning",
        "regarding",
        "&",
        "a",
        "an",
        "governing",
    }
)
_ACRONYM = re.compile(
    r"\s*[(\[]\s*[\"“'‘]?(?:or |the |known as |also called )?([A-Z][A-Z&\-]{1,11}s?)[\"”'’]?\s*[)\],]"
)
_COMMA_ACRONYM = re.compile(r"\s*,\s*(?:or|known as|called|the)?\s*(?:the )?([A-Z][A-Z\-]{2,11})\b")
_QUOTES = {"“": "”", '"': '"', "‘": "’", "'": "'", "«": "»"}
_MAX_WORDS = 22


@dataclass(frozen=True, slots=True)
class Name:
    """A name of an agreement, with its place."""

    span: Span
    acronym: Span | None = None
    quoted: bool = False


def find_name(reading: Reading, nouns: Sequence[Noun]) -> Name | None:
    """Return the fullest proper name that the phrases of one agreement give, or an acronym when there is no more."""
    best: tuple[float, Name] | None = None
    acronym: Span | None = None
    for noun in nouns:
        if noun.anaphor:
            continue
        found = _quoted(noun) or _capitals(reading, noun)
        if found is None:
            short = _acronym_itself(noun)
            if short is not None and acronym is None:
                acronym = short
            continue
        if found.acronym is not None:
            acronym = acronym or found.acronym
        score = (
            len(found.span.text)
            + (40 if found.quoted else 0)
            + (30 if found.acronym else 0)
            - 100 * (noun.other > noun.defence)
        )
        if noun.part.name == "title":
            score -= 25
        if best is None or score > best[0]:
            best = (score, found)
    if best is None:
        return Name(acronym, acronym) if acronym is not None else None
    return Name(best[1].span, best[1].acronym or acronym, quoted=best[1].quoted)


def _acronym_itself(noun: Noun) -> Span | None:
    """Return the acronym a phrase consists of: "BECA", "the VFA"."""
    part = noun.part
    for word in range(noun.head, noun.head_last):
        text = part.words[word]
        if (
            len(text) >= 3
            and text.isupper()
            and text.isalpha()
            and not part.all_caps
            and text not in ("MOU", "MOA", "NATO")
        ):
            return part.span(word, word + 1)
    return None


def _quoted(noun: Noun) -> Name | None:
    """Return a name in quotation marks around the head: ‘Framework for the ... Partnership’."""
    part = noun.part
    raw = part.raw
    head_start, head_end = part.starts[noun.head], part.ends[noun.head_last - 1]
    low = max(0, head_start - 160)
    for mark, closing in _QUOTES.items():
        opened = raw.rfind(mark, low, head_start)
        if opened < 0 or (mark == "'" and opened > 0 and raw[opened - 1].isalnum()):
            continue
        if closing != mark and raw.find(closing, opened + 1, head_start) >= 0:
            continue
        closed = _closing(raw, closing, head_end, min(len(raw), head_end + 200))
        if closed < 0:
            continue
        start, end = opened + 1, closed
        while end > start and raw[end - 1] in ",.; ":
            end -= 1
        first, last = part.word_at(start), part.word_at(end)
        words = part.words[first:last]
        if not 2 <= len(words) <= _MAX_WORDS or (
            not raw[start : start + 1].isupper() and not raw[start : start + 1].isdigit()
        ):
            continue
        capitals = sum(
            1
            for word in words
            if word[:1].isupper() or word.lower() in _LOW or word in ("'s", "’s") or word[0].isdigit()
        )
        if capitals < len(words) or first > noun.head:
            continue
        span = Span(part.name, part.starts[first], end, raw[part.starts[first] : end], noun.sentence.index)
        return Name(span, _acronym_after(part, end, noun), quoted=True)
    return None


def _closing(raw: str, mark: str, low: int, high: int) -> int:
    """Return where a quotation ends; an apostrophe inside a word closes nothing."""
    at = raw.find(mark, low, high)
    while at >= 0 and mark in "'’" and at + 1 < len(raw) and raw[at + 1].isalnum():
        at = raw.find(mark, at + 1, high)
    return at


def _capitals(reading: Reading, noun: Noun) -> Name | None:
    """Return a name in capitals around the head: Visiting Forces Agreement, Treaty on Strategic Partnership."""
    part = noun.part
    if part.all_caps or (part.name == "title" and _title_case(part)):
        return None
    anchor = next(
        (word for word in range(noun.head_last - 1, noun.head - 1, -1) if part.words[word][:1].isupper()), None
    )
    if anchor is None or (part.words[anchor].isupper() and len(part.words[anchor]) > 1):
        return None
    levels = reading.levels[part.name]
    first = anchor
    while first > noun.sentence.first and not levels[first] and _fits_left(part, first - 1, first, noun.sentence.first):
        first -= 1
    while first < anchor and (
        part.lower[first] in _LOW or part.words[first] in ("'s", "’s") or _leading(reading, part, first)
    ):
        first += 1
    last = anchor + 1
    while (
        last < noun.sentence.last
        and not levels[last]
        and last - first < _MAX_WORDS
        and _fits_right(part, last, noun.sentence.last)
    ):
        last += 1
    while last > anchor + 1 and part.lower[last - 1] in _LOW:
        last -= 1
    if last - first < 2:
        return None
    last = _before_parties(part, anchor + 1, last)
    if last - first < 2:
        return None
    span = part.span(first, last)
    return Name(span, _acronym_after(part, span.end, noun))


def _title_case(part: TextPart) -> bool:
    words = [word for word in part.words if word.isalpha() and len(word) > 3]
    return len(words) > 3 and sum(word[0].isupper() for word in words) > 0.7 * len(words)


def _fits_left(part: TextPart, before: int, here: int, floor: int) -> bool:
    word = part.words[before]
    if part.gaps[here].strip(" -"):
        return False
    if word[:1].isupper():
        return True
    return (
        part.lower[before] in ("of", "and", "on", "for", "&")
        and before > floor
        and part.words[before - 1][:1].isupper()
    )


def _fits_right(part: TextPart, here: int, limit: int) -> bool:
    if part.gaps[here].strip(" -/"):
        return False
    if part.words[here][:1].isupper() and not part.words[here - 1].isupper():
        return True
    # Small words ("on the") go on with a name when a capital comes after at most three of them.
    ahead = here
    while ahead < min(limit, here + 3) and part.lower[ahead] in _LOW:
        ahead += 1
    return here < ahead < limit and part.words[ahead][:1].isupper()


def _leading(reading: Reading, part: TextPart, word: int) -> bool:
    """Whether a capital at the start is no part of the name: "The", a country before a plain name, a weekday."""
    lower = part.lower[word]
    if (
        lower in reading.book.grammar["determiner"]
        or lower in reading.book.grammar["verb"]
        or lower in reading.book.grammar["preposition"]
    ):
        return True
    return any(
        mention.start <= part.starts[word] < mention.end and mention.part == part.name for mention in reading.countries
    )


def _before_parties(part: TextPart, low: int, last: int) -> int:
    """Cut " with Japan", " between India and ..." and a following country off the end."""
    for word in range(low, last):
        if part.lower[word] in ("with", "between", "to", "in"):
            return word
    return last


def _acronym_after(part: TextPart, end: int, noun: Noun) -> Span | None:
    ahead = part.raw[end : end + 40]
    lead = len(ahead) - len(ahead.lstrip("”\"’' "))
    found = _ACRONYM.match(ahead[lead:]) or _COMMA_ACRONYM.match(ahead[lead:])
    if not found:
        return None
    start = end + lead + found.start(1)
    stop = end + lead + found.end(1)
    return Span(part.name, start, stop, part.raw[start:stop], noun.sentence.index)
