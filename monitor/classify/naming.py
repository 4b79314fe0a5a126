"""Names that a text gives an agreement in so many words: "known as Gulf Shield", "the accord C-SIPA"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from monitor.classify.nouns import Noun
from monitor.classify.reading import Reading
from monitor.classify.text import Span, TextPart

_REACH = 14
"""Words behind a phrase within which it is "called" something."""
_LONGEST = 10
_SHORTEST_ACRONYM = 3


class Given(NamedTuple):
    """A name that is given, and whether it is a former or a second one."""

    span: Span
    alias: bool


def given_names(reading: Reading, noun: Noun) -> Iterator[Given]:
    """Yield the names that the words around a phrase give to what it names."""
    part = noun.part
    if part.all_caps:
        return
    short = _acronym(reading, part, noun.head_last, noun.sentence.last) or _apposed(reading, part, noun)
    if short is not None:
        yield Given(short, alias=False)
    before = _as_it_is_called(reading, noun)
    if before is not None:
        yield Given(before, alias=False)
    yield from _called(reading, noun)


def aliases(reading: Reading, nouns: Sequence[Noun], name: str | None) -> list[Span]:
    """Return the former and second names of an agreement, each once, other than ``name``."""
    found: dict[str, Span] = {}
    for noun in nouns:
        for given in given_names(reading, noun):
            key = given.span.text.lower()
            if given.alias and not (name and (key in name.lower() or name.lower() in key)):
                found.setdefault(key, given.span)
    return list(found.values())


def _is_taken(reading: Reading, part: TextPart, first: int, last: int) -> bool:
    """Whether all of ``words[first:last]`` name states, organisations or persons."""
    start, end = part.starts[first], part.ends[last - 1]
    spans = [(mention.start, mention.end) for mention in reading.countries if mention.part == part.name]
    spans += [(m.start, m.end) for person in reading.persons for m in person.mentions if m.part == part.name]
    near = [span for span in spans if span[0] < end and span[1] > start]
    taken = {word for low, high in near for word in range(part.word_at(low), part.word_at(high))}
    return taken.issuperset(range(first, last))


def _called(reading: Reading, noun: Noun) -> Iterator[Given]:
    part, grammar = noun.part, reading.book.grammar
    limit = min(noun.sentence.last, noun.head_last + _REACH)
    for word in range(noun.head_last, limit):
        if part.lower[word] in grammar["break"] and part.gloss[word] != "as":
            return
        former = part.lower[word] in grammar["formerly"]
        if not (part.lower[word] in grammar["called"] or (former and "(" in part.gaps[word])):
            continue
        first = word + 1
        while first < noun.sentence.last and part.gloss[first] in ("as", "the", "a", "called", "known"):
            first += 1
        last = _capitals(part, first, noun.sentence.last)
        if (
            last == first
            or _is_taken(reading, part, first, last)
            or (last - first == 1 and not _is_marked(part, first))
        ):
            continue
        second = former or any(part.lower[at] in grammar["formerly"] for at in range(max(0, word - 3), word))
        yield Given(part.span(first, last), alias=second)


def _capitals(part: TextPart, first: int, limit: int) -> int:
    """Return the end of the words with a capital that begin at a word, small ones between them included."""
    last = first
    while last < min(limit, first + _LONGEST):
        joined = last == first or not part.gaps[last].strip(" -")
        small = part.gloss[last] in ("of", "on", "for", "the", "and", "in") and last > first
        ahead = last + 1 < limit and part.words[last + 1][:1].isupper() and part.gaps[last + 1] == " "
        if not joined or not (part.words[last][:1].isupper() or (small and ahead)):
            break
        last += 1
    return last


def _is_marked(part: TextPart, word: int) -> bool:
    """Whether one word is a name: an acronym, or in quotation marks."""
    text = part.words[word]
    return (text.isupper() and len(text) >= _SHORTEST_ACRONYM) or part.gaps[word].endswith(('"', "“", "‘", "'"))


def _acronym(reading: Reading, part: TextPart, first: int, limit: int) -> Span | None:
    """Return the capitals right behind a phrase: "the security accord C-SIPA"."""
    if first >= limit or part.gaps[first] not in (" ", ", ") or not part.words[first][0].isupper():
        return None
    last = first + 1
    while last < limit and part.gaps[last] == "-":
        last += 1
    text = part.span(first, last).text
    letters = text.replace("-", "")
    is_one = letters.isupper() and letters.isalpha() and len(letters) >= _SHORTEST_ACRONYM
    return part.span(first, last) if is_one and not _is_taken(reading, part, first, first + 1) else None


def _apposed(reading: Reading, part: TextPart, noun: Noun) -> Span | None:
    """Return the capitals that a phrase explains: "C-SIPA, the security framework"."""
    comma = noun.first - 1
    if comma <= noun.sentence.first or part.gloss[comma] not in ("the", "a", "an") or part.gaps[comma] != ", ":
        return None
    first = comma - 1
    while first > noun.sentence.first and part.gaps[first] == "-":
        first -= 1
    span = _acronym(reading, part, first, comma) if part.gaps[first] == " " else None
    return span if span is not None and span.end == part.ends[comma - 1] else None


def _as_it_is_called(reading: Reading, noun: Noun) -> Span | None:
    """Return the name before "as the arrangement is called"."""
    part, grammar = noun.part, reading.book.grammar
    start = noun.first - 1 if part.lower[noun.first - 1] in grammar["determiner"] else noun.first
    last = start - 1
    behind = part.lower[noun.head_last : noun.head_last + 6]
    if last <= noun.sentence.first or part.gloss[last] != "as" or part.gaps[last] != ", ":
        return None
    if grammar["called"].isdisjoint(behind) or grammar["passive"].isdisjoint(behind):
        return None
    first = last
    while first > noun.sentence.first and part.words[first - 1][:1].isupper():
        if _is_taken(reading, part, first - 1, first):
            break
        first -= 1
        if part.gaps[first].strip():
            break
    return part.span(first, last) if first < last else None
