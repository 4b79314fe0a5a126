"""Finding thousands of phrases in a text's words: one look-up a word, whatever the number of phrases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from typing import Generic, NamedTuple, Protocol, TypeVar

from monitor.classify.spelling import PLAIN, Spelling

V = TypeVar("V")

_JOINTS = frozenset((" ", "-", "‑", "–", "  ", "\n", "\r\n", " \n", "\u00a0", "'", "’"))
"""What may stand between the words of a phrase, beside what the phrase itself has there."""


def _joins(gap: str, joint: str) -> bool:
    """Tell whether a gap may stand where the phrase has ``joint``: "St Kitts" is "St. Kitts"."""
    return gap in _JOINTS or gap == joint or (joint.startswith(".") and not gap.strip())


class _Tail(NamedTuple, Generic[V]):
    """What follows the first word of a phrase."""

    words: tuple[str, ...]
    joints: tuple[str, ...]
    values: list[V]


class Words(Protocol):
    """What matching needs to see of a text."""

    @property
    def lower(self) -> list[str]:
        """The words, in lower case."""

    @property
    def gaps(self) -> list[str]:
        """What stands before each word, and after the last."""


class Phrases(Generic[V]):
    """A set of phrases with a value each; the same phrase may be added with several values."""

    __slots__ = ("_capitalised", "_longer", "_single", "_spelling", "small")

    def __init__(self, items: Iterable[tuple[str, V]] = (), *, spelling: Spelling = PLAIN) -> None:
        self._spelling = spelling
        self._single: dict[str, list[V]] = {}
        self._longer: dict[str, dict[str, list[_Tail[V]]]] = {}
        """By first and second word; the longest tails first."""
        self._capitalised: set[str] = set()
        self.small: set[str] = set()
        """First words of the phrases that are written without a capital (adjectives, in many languages)."""
        for phrase, value in items:
            self.add(phrase, value)

    def add(self, phrase: str, value: V) -> None:
        """Add a phrase, whose words match in any case and with a space, hyphen or line break between them."""
        pieces = self._spelling.phrase.split(phrase)
        first, *rest = _words(pieces) or ("",)
        if not first:
            return
        written = pieces[1]
        self._capitalised.update((written, first.capitalize(), first.upper()))
        if written == first and written.islower():
            self.small.add(first)
        values = self._values(first, tuple(rest), tuple(pieces[2:-1:2]))
        if value not in values:
            values.append(value)

    def _values(self, first: str, rest: tuple[str, ...], joints: tuple[str, ...]) -> list[V]:
        """Return the list of values of a phrase, made empty when it is new."""
        if not rest:
            return self._single.setdefault(first, [])
        tails = self._longer.setdefault(first, {}).setdefault(rest[0], [])
        for tail in tails:
            if tail.words == rest:
                return tail.values
        values: list[V] = []
        tails.append(_Tail(rest, joints, values))
        tails.sort(key=lambda entry: -len(entry.words))
        return values

    @property
    def first_words(self) -> Set[str]:
        """The lower-case words that phrases begin with."""
        return self._single.keys() | self._longer.keys()

    def capitalised_starts(self, words: list[str], capitals: list[int]) -> list[int]:
        """Return those of ``capitals``, numbers of words with a capital, that any phrase begins with."""
        capitalised = self._capitalised
        return [number for number in capitals if words[number] in capitalised]

    def at(self, text: Words, number: int) -> tuple[int, list[V]] | None:
        """Return the end of the longest phrase that begins at a word, and its values."""
        lower = text.lower
        first = lower[number]
        longer = self._longer.get(first)
        if longer and number + 1 < len(lower):
            for words, joints, values in longer.get(lower[number + 1], ()):
                end = number + 1 + len(words)
                if tuple(lower[number + 1 : end]) == words and all(map(_joins, text.gaps[number + 1 : end], joints)):
                    return end, values
        single = self._single.get(first)
        return (number + 1, single) if single else None

    def get(self, phrase: str) -> list[V]:
        """Return the values of a phrase; none when it is not known."""
        first, *rest = _words(self._spelling.phrase.split(phrase)) or ("",)
        if not rest:
            return self._single.get(first, [])
        tails = self._longer.get(first, {}).get(rest[0], ())
        return next((tail.values for tail in tails if tail.words == tuple(rest)), [])

    def values(self) -> Iterator[V]:
        """Yield the values of every phrase."""
        for values in self._single.values():
            yield from values
        for seconds in self._longer.values():
            for tails in seconds.values():
                for tail in tails:
                    yield from tail.values


def _words(pieces: Sequence[str]) -> list[str]:
    return [word.lower().replace("’", "'") for word in pieces[1::2]]
