"""Names of people: runs of words with a capital, with the small words, initials and suffixes that names have."""

from __future__ import annotations

from collections.abc import Callable

from monitor.classify.persons.words import RoleWords
from monitor.classify.text import TextPart

_HYPHENS = frozenset(("-", "‑"))
_QUOTES = ('"', "“", "‘")
_LONGEST = 7
_LONGEST_IN_CAPITALS = 4


class NameReader:
    """Reads names at given words of a part."""

    def __init__(
        self, part: TextPart, words: RoleWords, blocked: set[int], *, capitals: bool, is_common: Callable[[str], bool]
    ) -> None:
        self.part, self.words, self.blocked = part, words, blocked
        self.capitals = capitals
        """Every word has a capital, so that capitals tell nothing."""
        self.is_common = is_common
        self.count = len(part.words)
        self.longest = _LONGEST_IN_CAPITALS if capitals else _LONGEST

    def is_name_word(self, number: int) -> bool:
        """Tell whether a word may be part of a name."""
        word = self.part.words[number]
        if not word[0].isupper() or number in self.blocked:
            return False
        lower = self.part.lower[number]
        if lower in self.words.stops or not (word.isalpha() or not any(map(str.isdigit, word))):
            return False
        return not (self.capitals and (lower in self.words.headline_stops or self.is_common(lower)))

    def read(self, first: int, *, force: bool = False) -> int:
        """Return the end of the name that begins at a word; ``first`` when none does.

        ``force``: the first word counts whatever it is (a given name that is also a state's, as in "Israel Katz").
        """
        if first >= self.count or not (force or self.is_name_word(first)):
            return first
        last = first + 1
        while last < self.count and last - first < self.longest:
            step = self._step(last)
            if not step:
                break
            last += step
        return last

    def _step(self, at: int) -> int:
        """Return how many more words belong to a name that has come to ``at``."""
        part, gap = self.part, self.part.gaps[at]
        previous, word = part.words[at - 1], part.words[at]
        if gap == " " and (word[0].islower() or part.lower[at] in self.words.lists["inner_honours"]):
            return self._small_words(at)
        if gap in _HYPHENS:
            return int(word.isalpha() and at not in self.blocked and len(previous) > 1)
        if self._is_suffix(at, gap):
            return 1
        if gap in (". ", ".") and _is_initial(previous):
            return int(self.is_name_word(at) or _is_initial(word))
        if gap in (" ", "\n"):
            behind = "." in word and not (at + 1 < self.count and self.is_name_word(at + 1))  # Simon Coveney T.D.
            is_next = self.is_name_word(at) or (_is_initial(word) and part.gaps[at + 1].startswith("."))
            return int((is_next and not behind) or (gap == " " and self._is_hyphenated(at)))
        return 2 if gap.startswith(" ") and gap.strip() in _QUOTES and self._is_nickname(at) else 0

    def _is_hyphenated(self, at: int) -> bool:
        """Tell whether a word that is no name goes on as one: "You-geun"."""
        part = self.part
        return (
            at + 1 < self.count
            and part.gaps[at + 1] in _HYPHENS
            and part.words[at].istitle()
            and part.words[at + 1].islower()
            and part.words[at + 1].isalpha()
            and at not in self.blocked
        )

    def _is_suffix(self, at: int, gap: str) -> bool:
        lower = self.part.lower[at]
        return (
            gap in (" ", ", ")
            and lower in self.words.lists["suffixes"]
            and (self.part.words[at].isupper() or lower in ("jr", "sr"))
            and len(lower) > 1 - (gap == " ")
        )

    def _small_words(self, at: int) -> int:
        """Return the length of a particle or an honour inside a name, with the name that follows."""
        if self.part.lower[at] in self.words.lists["particles"]:
            return self._particles(at)
        following = at + 1
        inner = self.part.words[at][0].isupper() and following < self.count and self.part.gaps[following] == " "
        return 2 if inner and self.is_name_word(following) else 0

    def _particles(self, at: int) -> int:
        """Return the length of "bin", "de la" with the name that follows."""
        particles, lower = self.words.lists["particles"], self.part.lower
        for length in (1, 2, 3):
            if at + length >= self.count or lower[at + length - 1] not in particles:
                return 0
            if self.part.gaps[at + length] in (" ", "-", "'") and self.is_name_word(at + length):
                return length + 1
        return 0

    def _is_nickname(self, at: int) -> bool:
        following = at + 1
        return (
            following < self.count
            and self.part.gaps[following].strip() in ('"', "”", "’")
            and self.is_name_word(at)
            and self.is_name_word(following)
        )

    def bounds(self, first: int, last: int) -> tuple[int, int]:
        """Return start and end of a name, with the full stop of "Jr."."""
        part = self.part
        end = part.ends[last - 1]
        if part.lower[last - 1] in ("jr", "sr") and part.raw[end : end + 1] == ".":
            end += 1
        return part.starts[first], end

    def text(self, first: int, last: int) -> tuple[int, int, str]:
        """Return start, end and the name as people write it."""
        part = self.part
        start, end = self.bounds(first, last)
        words = part.raw[start:end].split()
        if part.all_caps:
            words = [self._small(word) for word in words]
        elif any(word.isupper() and len(word) > 3 and "." not in word for word in words):
            words = self._without_capitals(words)
        return start, end, " ".join(words)

    def _without_capitals(self, words: list[str]) -> list[str]:
        """Write "KISHIDA Fumio" and "Emmanuel MACRON" as others do: the family name last, with small letters."""
        shouted = [word.isupper() and len(word) > 3 and "." not in word for word in words]
        small = [self._small(word) if loud else word for word, loud in zip(words, shouted, strict=True)]
        return [*small[1:], small[0]] if len(words) == 2 and shouted == [True, False] else small

    def _small(self, word: str) -> str:
        lower = word.lower()
        if lower.rstrip(".") in self.words.lists["suffixes"] and lower[0] in "ivx":
            return word
        if lower in self.words.lists["particles"] and lower not in ("al", "el", "mac", "o", "y", "le", "van"):
            return lower
        return "-".join("'".join(piece.capitalize() for piece in half.split("'")) for half in word.split("-"))


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isupper()
