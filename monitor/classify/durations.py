"""How long an agreement runs: "10-year framework", "valid for five years, renewable", "until 2035", "indefinitely"."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from monitor.classify.dates import DateMention, Precision
from monitor.classify.datewords import DateWords
from monitor.classify.lexicon import Lexicon
from monitor.classify.phrases import Phrases
from monitor.classify.spelling import Spelling
from monitor.classify.text import Document, PartName, TextPart
from monitor.errors import RulesError

_NEAR = 6
"""Words before a length within which something says what it is."""
_LONGEST = 99
"""Years of the longest lease that is one."""


class DurationKind(StrEnum):
    """What a length of time is said to be."""

    TERM = "term"
    """How long an agreement runs, said so."""
    BARE = "bare"
    """A length that may be one: "over the next decade"."""
    RENEWAL = "renewal"
    """The period by which it is prolonged."""
    UNTIL = "until"
    """An end date."""
    INDEFINITE = "indefinite"
    """Without an end."""


@dataclass(frozen=True, slots=True)
class DurationMention:
    """A length of time in a text; ``text == raw[start:end]``."""

    part: PartName
    start: int
    end: int
    text: str
    sentence: int
    years: float | None
    until: date | None
    """The last day, for an end date."""
    kind: DurationKind


@dataclass(frozen=True, slots=True)
class DurationWords:
    """What the data say about lengths of time."""

    units: dict[str, float]
    numbers: dict[str, int]
    lists: dict[str, frozenset[str]]
    indefinite: Phrases[bool]
    indefinite_starts: frozenset[str]
    triggers: frozenset[str]

    @classmethod
    def compile(cls, lexicon: Lexicon) -> DurationWords:
        """Read ``durations.toml`` and the numbers of ``dates.toml``."""
        table = lexicon.table("durations.toml")
        try:
            units = {word: float(years) for word, years in table["units"].items()}
            lists = {key: frozenset(words) for key, words in table["words"].items()}
            phrases = Phrases(
                ((phrase, True) for phrase in table["indefinite"]["phrases"]), spelling=lexicon.part(Spelling)
            )
            triggers = frozenset(units) | lists["until"]
        except KeyError as error:
            raise RulesError(f"durations.toml of language {lexicon.language}: {error} is missing") from None
        return cls(units, lexicon.part(DateWords).numbers, lists, phrases, frozenset(phrases.first_words), triggers)


def find_durations(doc: Document, dates: Sequence[DateMention] = ()) -> tuple[DurationMention, ...]:
    """Return the lengths of time that may be an agreement's, in reading order.

    Args:
        doc: the article.
        dates: its dates, for "until 2035".

    """
    words = doc.lexicon.part(DurationWords)
    return tuple(mention for part in doc.parts for mention in _Reader(part, words, dates).read())


class _Reader:
    def __init__(self, part: TextPart, words: DurationWords, dates: Sequence[DateMention]) -> None:
        self.part, self.words = part, words
        self.lower, self.gaps = part.lower, part.gaps
        self.count = len(part.lower)
        self.dates = {mention.start: mention for mention in dates if mention.part == part.name}

    def read(self) -> Iterator[DurationMention]:
        units, triggers = self.words.units, self.words.triggers
        found: list[DurationMention] = []
        for number in self.part.numbers_of(triggers):
            mention = self._length(number) if self.lower[number] in units else self._until(number)
            if mention:
                found.append(mention)
        for number in self.part.numbers_of(self.words.indefinite_starts):
            phrase = self.words.indefinite.at(self.part, number)
            if phrase:
                found.append(self._mention(number, phrase[0], None, None, DurationKind.INDEFINITE))
        found.sort(key=lambda mention: mention.start)
        return iter(found)

    def _length(self, unit: int) -> DurationMention | None:
        """Read the length that ends at a unit of time."""
        amount, first = self._amount(unit)
        if amount is None or first is None:
            return None
        years = amount * self.words.units[self.lower[unit]]
        hyphenated = self.gaps[unit] in ("-", "‑", "–") or self._is("hyphenated", unit + 1)
        last = unit + 1 + self._is("hyphenated", unit + 1)
        if not 0.2 < years <= _LONGEST or self._is_no_term(first, last):
            return None
        years = round(years, 2)
        kind = self._kind(first, last, hyphenated=hyphenated)
        return self._mention(first, last, years, None, kind) if kind else None

    def _amount(self, unit: int) -> tuple[float | None, int | None]:
        """Return amount and first word of "10", "ten", "twenty-five", "five more", "the next" before a unit."""
        number, words = unit - 1, self.words
        alone = (1.0, unit) if self._is("hyphenated", unit + 1) else (None, None)  # "decade-long"
        if number < 0 or self.gaps[unit] not in (" ", "\u00a0", "-", "‑", "–", "\n", ") "):
            return alone
        word = self.lower[number]
        if word in words.lists["next"] and words.units[self.lower[unit]] >= 10:
            return 1.0, number  # "over the next decade"
        if word in words.lists["more"] and number:  # "five more years"
            number -= 1
            word = self.lower[number]
        if word.replace(".", "", 1).isdigit() and word.isascii() and len(word) < 5:
            return float(word), number
        return self._in_words(number) or alone

    def _in_words(self, number: int) -> tuple[float, int] | None:
        """Return the amount that ends at a word, and its first word: "ten", "twenty-five"."""
        numbers = self.words.numbers
        value = numbers.get(self.lower[number])
        if value is None:
            return None
        tens = numbers.get(self.lower[number - 1], 0) if number and self.gaps[number] in ("-", " ") else 0
        return (float(tens + value), number - 1) if 20 <= tens <= 90 and value < 10 else (float(value), number)

    def _is_no_term(self, first: int, last: int) -> bool:
        """Tell "the last ten years", "a decade ago", "10-year-old", "20 years of friendship" from a term."""
        lists, lower = self.words.lists, self.lower
        following = lower[last] if last < self.count else ""
        if following in lists["never_after"] and self.gaps[last] in (" ", "-", ", "):
            return True
        if following in lists["never_joints"] and last + 1 < self.count and lower[last + 1] in lists["never_of"]:
            return True
        if following == "'s" or not first:
            return False
        before = lower[first - 1]
        if before in lists["verb_after"] and first > 1 and lower[first - 2] in lists["auxiliaries"]:
            return False  # "will last ten years"
        if before not in lists["never_before"] or self.gaps[first] not in (" ", "-"):
            return False
        return not (before in lists["weak_before"] and self._near(first, "runs", "renewals"))

    def _kind(self, first: int, last: int, *, hyphenated: bool) -> DurationKind | None:
        if self._near(first, "reviews", reach=3) or self._near(first, "labours", reach=2):
            return None
        if self._near(first, "renewals", reach=4) or self.lower[last - 2] in self.words.lists["more"]:
            return DurationKind.RENEWAL
        if hyphenated:
            if self._is("friendships", last) and self.lower[last - 1] in self.words.lists["ages"]:
                return None  # "the seven-decade alliance" is so old
            return DurationKind.TERM if self._noun_follows(last) else DurationKind.BARE
        if self._near(first, "runs") or (self._is("nouns", last) and self.gaps[last] in (" ", "' ", "’ ")):
            return DurationKind.TERM
        return DurationKind.BARE if self._near(first, "spans", reach=4) else None

    def _near(self, first: int, *keys: str, reach: int = _NEAR) -> bool:
        """Tell whether a word of a list stands within a few words before, in the same sentence."""
        for number in range(first - 1, max(-1, first - 1 - reach), -1):
            if any(self.lower[number] in self.words.lists[key] for key in keys):
                return True
            if any(mark in self.gaps[number] for mark in ".;!?\n"):
                return False
        return False

    def _noun_follows(self, last: int) -> bool:
        for number in range(last, min(self.count, last + 8)):
            if any(mark in self.gaps[number] for mark in ".;,!?\n"):
                return False
            if self.lower[number] in self.words.lists["nouns"]:
                return True
        return False

    def _is(self, key: str, number: int) -> bool:
        return number < self.count and self.lower[number] in self.words.lists[key]

    def _until(self, number: int) -> DurationMention | None:
        """Read "until 2035", "through the end of 2028", "expires in June 2030"."""
        if self._is("until_with", number) and any(self._is("until_plain", at) for at in (number + 1, number + 2)):
            return None  # "runs until": the second word has it
        at = number + 1
        while (
            at < self.count
            and at < number + 5
            and self._is("until_between", at)
            and self.part.starts[at] not in self.dates
        ):
            at += 1
        if at >= self.count or not (self._is("until_plain", number) or self._is("until_with", number)):
            return None
        mention = self.dates.get(self.part.starts[at])
        if mention is None or any(mark in gap for gap in self.gaps[number + 1 : at + 1] for mark in ".;!?"):
            return None
        day = mention.future or mention.default
        if day is None:
            return None
        end = _last_day(day, mention.precision)
        last = self.part.word_at(mention.end)
        return self._mention(number, last, None, end, DurationKind.UNTIL)

    def _mention(
        self, first: int, last: int, years: float | None, until: date | None, kind: DurationKind
    ) -> DurationMention:
        part = self.part
        start, end = part.starts[first], part.ends[last - 1]
        sentence = part.sentence_at(start).index
        return DurationMention(part.name, start, end, part.raw[start:end], sentence, years, until, kind)


def _last_day(day: date, precision: Precision) -> date:
    """Return the last day of a week, month or year that begins on a day."""
    if precision is Precision.YEAR:
        return date(day.year, 12, 31)
    if precision is Precision.MONTH:
        return date(day.year, day.month, calendar.monthrange(day.year, day.month)[1])
    return day + timedelta(days=6) if precision is Precision.WEEK and day < date(9999, 12, 1) else day


__all__ = ["DurationKind", "DurationMention", "find_durations"]
