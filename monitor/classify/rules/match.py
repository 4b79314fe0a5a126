"""Finding the words of all rules in a text, in one pass."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from monitor.classify.rules.model import Rule
from monitor.classify.rules.pattern import Step
from monitor.classify.text import TextPart

_TIGHT = frozenset(" -\t\n\r'\"“”‘’«»/‐‑\u00a0")
_CLOSING = frozenset(".;!?…")


@dataclass(frozen=True, slots=True)
class Hit:
    """A rule's words in a text: ``words[first:last]`` of ``part``."""

    rule: Rule
    first: int
    last: int


def breaks(part: TextPart) -> bytearray:
    """Return, for each word, what stands before it: 0 nothing but spaces, hyphens and quotation marks; 1 a comma,
    dash, colon or bracket; 2 the end of a sentence or clause.
    """
    known: dict[str, int] = {" ": 0, "-": 0}
    result = bytearray(len(part.words))
    for number, gap in enumerate(part.gaps[: len(result)]):
        level = known.get(gap)
        if level is None:
            marks = set(gap)
            level = 0 if marks <= _TIGHT else 2 if marks & _CLOSING else 1
            if level == 0 and " - " in gap:
                level = 1
            known[gap] = level
        result[number] = level
    for sentence in part.sentences:
        if sentence.first < len(result):
            result[sentence.first] = 2
    return result


class Matcher:
    """All sequences of a set of rules, by their first word."""

    def __init__(self, patterns: Iterable[tuple[Rule, Sequence[Sequence[Step]]]]) -> None:
        by_word: dict[str, list[tuple[Rule, tuple[Step, ...]]]] = defaultdict(list)
        for rule, sequences in patterns:
            for sequence in sequences:
                first = sequence[0]
                for word in first.words | {word.lower() for word in first.exact}:
                    by_word[word].append((rule, tuple(sequence)))
        self._by_word = {word: _compact(entries) for word, entries in by_word.items()}
        self._first = self._by_word.keys()

    def find(self, part: TextPart, level: bytearray) -> list[Hit]:
        """Return the hits in a part, each rule's longest at each place, in reading order."""
        hits: list[Hit] = []
        lower, words = part.lower, part.words
        count = len(lower)
        for word in part.index.keys() & self._first:
            singles, longer = self._by_word[word]
            for place in part.index[word]:
                found: dict[str, tuple[Rule, int]] = {}
                for rule, exact in singles:
                    if not exact or words[place] in exact or part.all_caps:
                        found[rule.id] = (rule, place + 1)
                for rule, sequence in longer:
                    end = _match(sequence, lower, words, level, place, count)
                    if end and (rule.id not in found or found[rule.id][1] < end):
                        found[rule.id] = (rule, end)
                hits.extend(Hit(rule, place, end) for rule, end in found.values())
        hits.sort(key=_order)
        return hits


def _order(hit: Hit) -> tuple[int, int, str]:
    return hit.first, -hit.last, hit.rule.id


def _compact(
    entries: list[tuple[Rule, tuple[Step, ...]]],
) -> tuple[tuple[tuple[Rule, frozenset[str]], ...], tuple[tuple[Rule, tuple[Step, ...]], ...]]:
    """Split the sequences of one first word into single words, with the capitals they need, and longer ones."""
    singles: dict[str, tuple[Rule, frozenset[str]]] = {}
    longer: dict[tuple[str, tuple[Step, ...]], tuple[Rule, tuple[Step, ...]]] = {}
    for rule, sequence in entries:
        if len(sequence) == 1:
            singles[rule.id] = (rule, sequence[0].exact if not sequence[0].words else frozenset())
        else:
            longer[rule.id, sequence[1:]] = (rule, sequence)
    return tuple(singles.values()), tuple(longer.values())


def _match(
    sequence: tuple[Step, ...], lower: list[str], words: list[str], level: bytearray, place: int, count: int
) -> int:
    """Return the word after the longest match of a sequence whose first word stands at ``place``, or 0."""
    first = sequence[0]
    if lower[place] not in first.words and words[place] not in first.exact:
        return 0
    here = place + 1
    number, size = 1, len(sequence)
    while number < size:
        step = sequence[number]
        if step.gap:
            wanted = sequence[number + 1]
            for skipped in range(step.gap + 1):
                at = here + skipped
                if at >= count or level[at] == 2:
                    return 0
                if lower[at] in wanted.words or words[at] in wanted.exact:
                    here = at + 1
                    break
            else:
                return 0
            number += 2
            continue
        if here >= count or level[here] or (lower[here] not in step.words and words[here] not in step.exact):
            return 0
        here += 1
        number += 1
    return here
