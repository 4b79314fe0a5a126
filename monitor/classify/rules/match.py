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


@dataclass(slots=True, eq=False)
class Hit:
    """A rule's words in a text: ``words[first:last]`` of a part. Told apart by identity, and never changed."""

    rule: Rule
    first: int
    last: int


def breaks(part: TextPart) -> bytearray:
    """Return, for each word, what stands before it.

    0: nothing but spaces, hyphens and quotation marks; 1: a comma, dash, colon or bracket; 2: the end of a sentence
    or clause.
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
    """All sequences of a set of rules, by their first word, and by their second where one is fixed."""

    def __init__(self, patterns: Iterable[tuple[Rule, Sequence[Sequence[Step]]]]) -> None:
        by_word: dict[str, list[tuple[Rule, tuple[Step, ...]]]] = defaultdict(list)
        for rule, sequences in patterns:
            for sequence in sequences:
                first = sequence[0]
                for word in first.words | {word.lower() for word in first.exact}:
                    by_word[word].append((rule, tuple(sequence)))
        self._by_word = {word: _Entry(entries) for word, entries in by_word.items()}
        self._first = self._by_word.keys()

    def find(self, part: TextPart, level: bytearray, wanted: bytearray | None = None) -> list[Hit]:
        """Return the hits in a part, each rule's longest at each place, in reading order.

        ``wanted``: a mark for every word at which a hit may begin; all, when it is left out.
        """
        hits: list[Hit] = []
        vocabulary = set(part.index)
        for word in vocabulary & self._first:
            entry = self._by_word[word]
            # A gap is only looked across when the word on its far side stands anywhere in the part.
            gaps = tuple(gap for gap in entry.gaps if gap[2] is None or not gap[2].isdisjoint(vocabulary))
            for place in part.index[word]:
                if wanted is None or wanted[place]:
                    entry.add(hits, part, level, place, gaps)
        hits.sort(key=_order)
        return hits


_Gap = tuple[Rule, tuple[Step, ...], frozenset[str] | None]
"""A sequence whose second place is a gap, and the words that may stand on its far side."""


class _Entry:
    """The sequences that begin with one word."""

    __slots__ = ("gaps", "seconds", "singles")

    def __init__(self, entries: Iterable[tuple[Rule, tuple[Step, ...]]]) -> None:
        singles: dict[str, tuple[Rule, frozenset[str]]] = {}
        gaps: dict[tuple[str, tuple[Step, ...]], _Gap] = {}
        seconds: dict[str, dict[tuple[str, tuple[Step, ...]], tuple[Rule, tuple[Step, ...]]]] = defaultdict(dict)
        for rule, sequence in entries:
            if len(sequence) == 1:
                singles[rule.id] = (rule, sequence[0].exact if not sequence[0].words else frozenset())
            elif sequence[1].gap:
                far = sequence[2]
                gaps[rule.id, sequence[1:]] = (rule, sequence, None if far.exact else far.words)
            else:
                for word in sequence[1].words | {word.lower() for word in sequence[1].exact}:
                    seconds[word][rule.id, sequence[1:]] = (rule, sequence)
        self.singles = tuple(singles.values())
        self.gaps = tuple(gaps.values())
        self.seconds = {word: tuple(found.values()) for word, found in seconds.items()}

    def add(self, hits: list[Hit], part: TextPart, level: bytearray, place: int, gaps: tuple[_Gap, ...]) -> None:
        """Add the hits that begin at a word, the longest of each rule; ``gaps`` are those worth a look."""
        after = place + 1
        longer: tuple[tuple[Rule, tuple[Step, ...]], ...] = ()
        if self.seconds and after < len(level) and not level[after]:
            longer = self.seconds.get(part.lower[after], ())
        if not longer and not gaps:
            for rule, exact in self.singles:
                if not exact or part.words[place] in exact or part.all_caps:
                    hits.append(Hit(rule, place, after))
            return
        found = {
            rule.id: Hit(rule, place, after)
            for rule, exact in self.singles
            if not exact or part.words[place] in exact or part.all_caps
        }
        for rule, sequence in (*longer, *((gap[0], gap[1]) for gap in gaps)):
            end = _match(sequence, part.lower, part.words, level, place)
            if end:
                have = found.get(rule.id)
                if have is None:
                    found[rule.id] = Hit(rule, place, end)
                elif have.last < end:
                    have.last = end
        hits.extend(found.values())


def _order(hit: Hit) -> tuple[int, int, str]:
    return hit.first, -hit.last, hit.rule.id


def _match(sequence: tuple[Step, ...], lower: list[str], words: list[str], level: bytearray, place: int) -> int:
    """Return the word after the longest match of a sequence whose first word stands at ``place``, or 0."""
    first = sequence[0]
    if lower[place] not in first.words and words[place] not in first.exact:
        return 0
    count = len(lower)
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
