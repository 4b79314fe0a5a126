"""Rows of states and organisations ("A, B and the C"), and how many parties a text says there are ("four-way")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from monitor.classify.countries import CountryMention, MentionKind
from monitor.classify.reading import Reading
from monitor.classify.text import Sentence

_JOINT = 26
"""Characters between two members of a row."""
_COUNTS = {"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
"""Classes of the grammar whose words say a number of parties."""


def rows_of(reading: Reading, mentions: Sequence[CountryMention]) -> list[list[CountryMention]]:
    """Return the mentions of a sentence as rows: what commas and "and" alone join, and the members of one group."""
    rows: list[list[CountryMention]] = []
    for mention in mentions:
        if mention.kind is MentionKind.SUBSTATE:
            continue
        if rows and _is_joined(reading, rows[-1][-1], mention):
            rows[-1].append(mention)
        else:
            rows.append([mention])
    return [part for row in rows for part in _cut(reading, row)]


def _is_joined(reading: Reading, one: CountryMention, other: CountryMention) -> bool:
    if one.part != other.part or other.start - one.end > _JOINT:
        return False
    if one.start == other.start:
        return True
    part = reading.document.part(one.part)
    words = part.lower[part.word_at(one.end) : part.word_at(other.start)]
    grammar = reading.book.grammar
    if any(word not in grammar["row"] for word in words):
        return False
    gap = part.raw[one.end : other.start]
    return any(mark in gap for mark in ",/-–&") or not grammar["row_joint"].isdisjoint(words)


def _cut(reading: Reading, row: list[CountryMention]) -> list[list[CountryMention]]:
    """Part the end of an adverbial before a subject from it: "At a forum hosted by Malta, Algeria and Egypt signed"."""
    if len(row) < 3:
        return [row]
    first, second = row[0], row[1]
    part = reading.document.part(first.part)
    sentence = reading.document.sentences[first.sentence]
    start = sentence.first
    while start < sentence.last and part.starts[start] < (sentence.dateline_end or 0):
        start += 1
    word = part.word_at(first.start)
    prepositions = reading.book.grammar["preposition"]
    before = word - 1 - (part.gloss[word - 1] == "the") if word else -1
    opened = start < sentence.last and part.lower[start] in prepositions and before > start
    if opened and part.lower[before] in prepositions and part.raw[first.end : second.start].strip() == ",":
        return [[first], row[1:]]
    return [row]


def party_count(reading: Reading, sentences: Iterable[Sentence]) -> int | None:
    """Return how many parties the sentences say there are: "a four-way pact", "trilateral", "five coastal states"."""
    grammar = reading.book.grammar
    for sentence in sentences:
        part = reading.part_of(sentence)
        for word in range(sentence.first, sentence.last):
            if part.lower[word] in grammar["counts"]:
                count = next((n for name, n in _COUNTS.items() if part.lower[word] in grammar[name]), None)
                after = part.lower[word + 1 : min(word + 4, sentence.last)]
                if count is not None and (
                    part.lower[word] in grammar["count_alone"] or not grammar["counted"].isdisjoint(after)
                ):
                    return count
    return None


def counted_row(reading: Reading, count: int, ranked: Sequence[str]) -> tuple[str, ...] | None:
    """Return the ``count`` parties that one row names, itself or with one more that is foremost of ``ranked``."""
    short: tuple[str, ...] | None = None
    for mentions in reading.countries_by_sentence.values():
        for row in rows_of(reading, mentions):
            codes = tuple(dict.fromkeys(mention.code for mention in row))
            if len(codes) == count and not set(codes).isdisjoint(ranked[:2]):
                return codes
            if len(codes) == count - 1 and short is None:
                short = codes
    if short is None:
        return None
    other = next((code for code in ranked[:2] if code not in short), None)
    return (*short, other) if other is not None and len(short) > 1 else None
