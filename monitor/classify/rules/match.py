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

    def find(self, part: TextPart, level: bytearray, wanted: bytearray | None = None) -> list[Hit]:
        """Return the hits in a part, each rule's longest at each place, in reading order.

        ``wanted``: a mark for every word at which a hit may begin; all, when it is left out.
        """
        hits: list[Hit] = []
        lower, words = part.lower, part.words
        count = len(lower)
        for word in part.index.keys() & self._first:
            singles, longer = self._by_word[word]
            for place in part.index[word]:
                if wanted is not None and not wanted[place]:
                    continue
                if not longer:
                    for rule, exact in singles:
                        if not exact or words[place] in exact or part.all_caps:
                            hits.append(Hit(rule, place, place + 1))
                    continue
                found: dict[str, Hit] = {}
                for rule, exact in singles:
                    if not exact or words[place] in exact or part.all_caps:
                        found[rule.id] = Hit(rule, place, place + 1)
                after = lower[place + 1] if place + 1 < count and not level[place + 1] else ""
                for rule, sequence, second in longer:
                    if second is not None and after not in second:
                        continue
                    end = _match(sequence, lower, words, level, place, count)
                    if end:
                        have = found.get(rule.id)
                        if have is None:
                            found[rule.id] = Hit(rule, place, end)
                        elif have.last < end:
                            have.last = end
                hits.extend(found.values())
        hits.sort(key=_order)
        return hits


def _order(hit: Hit) -> tuple[int, int, str]:
    return hit.first, -hit.last, hit.rule.id


_Single = tuple[Rule, frozenset[str]]
_Longer = tuple[Rule, tuple[Step, ...], frozenset[str] | None]


def _compact(entries: list[tuple[Rule, tuple[Step, ...]]]) -> tuple[tuple[_Single, ...], tuple[_Longer, ...]]:
    """Split the sequences of one first word into single words, with the capitals they need, and longer ones, with
    the words that may come second (None where a gap does).
    """
    singles: dict[str, _Single] = {}
    longer: dict[tuple[str, tuple[Step, ...]], _Longer] = {}
    for rule, sequence in entries:
        if len(sequence) == 1:
            singles[rule.id] = (rule, sequence[0].exact if not sequence[0].words else frozenset())
        else:
            second = None if sequence[1].gap else sequence[1].words | {word.lower() for word in sequence[1].exact}
            longer[rule.id, sequence[1:]] = (rule, sequence, second)
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
