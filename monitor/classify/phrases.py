"""Finding thousands of phrases in a text's words: one look-up a word, whatever the number of phrases."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

V = TypeVar("V")

_JOINTS = frozenset((" ", "-", "‑", "–", "  ", "\n", "\r\n", " \n", "\u00a0", "'", "’"))
"""What may stand between the words of a phrase, beside what the phrase itself has there."""
_WORDS = re.compile(r"((?<=\w)['’][sS](?!\w)|(?:[A-Z]\.)+[A-Z](?!\w)\.?|[^\W_]+(?:['’](?![sS](?!\w))[^\W_]+)*)")


def _joins(gap: str, joint: str) -> bool:
    """Tell whether a gap may stand where the phrase has ``joint``: "St Kitts" is "St. Kitts"."""
    return gap in _JOINTS or gap == joint or (joint.startswith(".") and not gap.strip())


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

    __slots__ = ("_by_first",)

    def __init__(self, items: Iterable[tuple[str, V]] = ()) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], list[V]]]] = {}
        for phrase, value in items:
            self.add(phrase, value)

    def add(self, phrase: str, value: V) -> None:
        """Add a phrase, whose words match in any case and with a space, hyphen or line break between them."""
        pieces = _WORDS.split(phrase)
        words = tuple(word.lower() for word in pieces[1::2])
        if not words:
            return
        joints = tuple(pieces[2:-1:2])
        tails = self._by_first.setdefault(words[0], [])
        for tail, _, values in tails:
            if tail == words[1:]:
                if value not in values:
                    values.append(value)
                return
        tails.append((words[1:], joints, [value]))
        tails.sort(key=lambda entry: -len(entry[0]))

    def starts(self, text: Words) -> list[int]:
        """Return the numbers of the words that any phrase begins with."""
        first = self._by_first
        return [number for number, word in enumerate(text.lower) if word in first]

    def at(self, text: Words, number: int) -> tuple[int, list[V]] | None:
        """Return the end of the longest phrase that begins at a word, and its values."""
        lower, gaps = text.lower, text.gaps
        for tail, joints, values in self._by_first.get(lower[number], ()):
            if not tail:
                return number + 1, values
            end = number + 1 + len(tail)
            if (
                end <= len(lower)
                and lower[number + 1] == tail[0]
                and tuple(lower[number + 1 : end]) == tail
                and all(map(_joins, gaps[number + 1 : end], joints))
            ):
                return end, values
        return None

    def get(self, phrase: str) -> list[V]:
        """Return the values of a phrase; none when it is not known."""
        words = tuple(word.lower() for word in _WORDS.split(phrase)[1::2])
        for tail, _, values in self._by_first.get(words[0], ()) if words else ():
            if tail == words[1:]:
                return values
        return []

    def values(self) -> Iterable[V]:
        """Yield the values of every phrase."""
        for tails in self._by_first.values():
            for _, _, values in tails:
                yield from values
