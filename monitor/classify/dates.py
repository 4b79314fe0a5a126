"""Dates, as a text writes them, resolved against the day it was published and never against the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from monitor.classify.dateanchors import find_anchored
from monitor.classify.datemath import Direction, Precision, Readings, Resolver, day_of
from monitor.classify.datemention import DateKind, DateMention
from monitor.classify.datewords import DateWords
from monitor.classify.text import Document, TextPart

_DASHES = frozenset(("-", "–", "—", "‑", " - ", " – "))
_SPACES = frozenset((" ", "  ", "\n", "\u00a0", ". ", "-"))
_COMMAS = frozenset((" ", ", ", ",", ". ", "., ", " (", ", (", "  ", "\n"))


def find_dates(doc: Document, published: date | datetime | None) -> tuple[DateMention, ...]:
    """Return the dates of title and text, in reading order.

    Args:
        doc: the article.
        published: when it was published; None leaves relative dates without a day.

    """
    day = published.date() if isinstance(published, datetime) else published
    words = doc.lexicon.part(DateWords)
    title, body = (tuple(_Reader(part, words, Resolver(day)).read()) for part in doc.parts)
    written = _written(body, day)
    if written is not None and any(mention.kind is not DateKind.DATELINE for mention in body):
        body = tuple(_Reader(doc.body, words, Resolver(written)).read())
    counted = find_anchored(doc.body, words, body, written or day)
    return title + tuple(sorted((*body, *counted), key=lambda mention: mention.start))


def _written(body: Sequence[DateMention], published: date | None) -> date | None:
    """Return the day that the dateline gives, if it is a little before the publication: "today" is that day."""
    for mention in body:
        if mention.kind is not DateKind.DATELINE:
            return None
        if mention.precision is Precision.DAY and mention.past is not None:
            if published is None:
                return mention.past if mention.past == mention.future else None
            return mention.past if timedelta(0) < published - mention.past <= _PRINTED else None
    return None


_PRINTED = timedelta(days=3)
"""How long after its dateline a text may be published."""


@dataclass(frozen=True, slots=True)
class _Found:
    first: int
    last: int
    kind: DateKind
    readings: Readings


class _Reader:
    """Reads the dates of one part, word by word."""

    def __init__(self, part: TextPart, words: DateWords, resolver: Resolver) -> None:
        self.part, self.words, self.resolver = part, words, resolver
        self.lower, self.gaps = part.lower, part.gaps
        self.count = len(part.lower)

    def read(self) -> Iterator[DateMention]:
        free, lower = 0, self.lower
        named = self.part.numbers_of(self.words.triggers)
        digits = [number for number, word in enumerate(lower) if word < ":"]
        for number in sorted(named + digits) if digits else named:
            if number >= free:
                found = self._at(number, lower[number], free)
                if found:
                    free = found.last
                    yield self._mention(found)

    def _at(self, number: int, word: str, free: int) -> _Found | None:
        words = self.words
        if word in words.months:
            return self._month(number, free)
        if word in words.weekdays:
            return self._weekday(number)
        if word in words.days:
            return self._day_word(number)
        if word in words.units:
            return self._unit(number)
        if word in words.lists["day_parts"]:
            return self._day_part(number)
        return self._digits(number, word) if word[0].isdigit() else None

    def _mention(self, found: _Found) -> DateMention:
        part, readings = self.part, found.readings
        start, end = part.starts[found.first], part.ends[found.last - 1]
        sentence = part.sentence_at(start)
        in_dateline = sentence.dateline_end is not None and start < sentence.dateline_end
        return DateMention(
            part.name,
            start,
            end,
            part.raw[start:end],
            sentence.index,
            readings.precision,
            DateKind.DATELINE if in_dateline else found.kind,
            readings.direction,
            readings.past,
            readings.future,
            readings.default,
        )

    def _is(self, number: int, key: str) -> bool:
        return 0 <= number < self.count and self.lower[number] in self.words.lists[key]

    def _day(self, number: int) -> int | None:
        return day_of(self.lower[number]) if 0 <= number < self.count else None

    def _year(self, number: int) -> int | None:
        """Return the four-digit year at a word."""
        if not 0 <= number < self.count:
            return None
        word = self.lower[number]
        return int(word) if len(word) == 4 and word.isascii() and word.isdigit() and "1800" <= word <= "2199" else None

    def _month(self, number: int, free: int) -> _Found | None:
        """Read "Oct. 31, 2025", "31st of October", "October 2025", "last October", "in October"."""
        month = self.words.months[self.lower[number]]
        is_small = not self.part.words[number][0].isupper()
        if is_small and self._day(number - 1) is None and self.lower[number] in self.words.lists["unsure_months"]:
            return None
        first, last = number, number + 1
        day = self._day(last) if last < self.count and self.gaps[last] in _SPACES else None
        if day is not None and self._is_number_of_something(last):
            day = None
        if day is not None:
            last += 1
            if last < self.count and self.gaps[last] in _DASHES and self._day(last) is not None:
                last += 1  # Oct. 31-Nov. 2 ends at 31, October 28-30 at 30
        else:
            before = number - 1
            if self._is(before, "of") and before > free:
                before -= 1
            if before >= free and self.gaps[number] in _SPACES and (day := self._day(before)) is not None:
                first = before
                if first - 1 >= free and self.gaps[first] in _DASHES and (earlier := self._day(first - 1)) is not None:
                    first, day = first - 1, earlier
        year, last = self._year_after(last, has_day=day is not None)
        weekday = self._weekday_before(first, free)
        if weekday is not None:
            first -= 1
        if day is not None:
            readings = self.resolver.day(year, month, day, weekday)
            return _Found(first, last, DateKind.ABSOLUTE, readings) if readings else None
        return self._bare_month(number, first, last, month, year)

    def _bare_month(self, number: int, first: int, last: int, month: int, year: int | None) -> _Found | None:
        before = self.lower[number - 1] if number else ""
        word = self.lower[number]
        lists = self.words.lists
        is_told = before in lists["month_after"] or any(self._is(last, key) for key in ("last", "this", "next"))
        if year is None and word in lists["unsure_months"] and not is_told:
            return None
        if (
            year is None and len(word) < 4 and word not in lists["short_months"]
        ):  # "Jan" and "Mar" alone are people and planets
            return None
        shift = self._year_shift(last)
        if shift is not None:
            return _Found(first, last + 2, DateKind.ABSOLUTE, self.resolver.month(None, month, years=shift))
        if year is None and self._is(number - 1, "last"):
            return _Found(number - 1, last, DateKind.RELATIVE, self.resolver.named_month(month, Direction.PAST))
        if year is None and self._is(number - 1, "next"):
            return _Found(number - 1, last, DateKind.RELATIVE, self.resolver.named_month(month, Direction.FUTURE))
        return _Found(first, last, DateKind.ABSOLUTE, self.resolver.month(year, month))

    def _year_shift(self, number: int) -> int | None:
        """Return -1, 0 or 1 for "last year", "this year", "next year" at a word."""
        if number + 1 >= self.count or self.words.units.get(self.lower[number + 1]) != "year":
            return None
        for key, shift in (("last", -1), ("this", 0), ("next", 1)):
            if self._is(number, key):
                return shift
        return None

    def _is_number_of_something(self, number: int) -> bool:
        """Tell whether a number after a month counts something else: "In May 10 soldiers", "in July 5-year"."""
        following = number + 1
        return following < self.count and self.gaps[following] == "-" and self.lower[following] in self.words.units

    def _year_after(self, number: int, *, has_day: bool) -> tuple[int | None, int]:
        gap_fits = number < self.count and (
            self.gaps[number] in _COMMAS or (not has_day and self.gaps[number] in _DASHES)
        )
        if gap_fits and (year := self._year(number)) is not None:
            return year, number + 1
        if gap_fits and self._is(number, "of") and (year := self._year(number + 1)) is not None:
            return year, number + 2
        return None, number

    def _weekday_before(self, number: int, free: int) -> int | None:
        before = number - 1
        if before >= free and before >= 0 and self.gaps[number] in _COMMAS:
            return self.words.weekdays.get(self.lower[before])
        return None

    def _weekday(self, number: int) -> _Found | None:
        """Read "Friday", "last Friday", "Friday night", "Thursday of last week"."""
        part = self.part
        if len(part.lower[number]) < 5 and not (part.words[number][0].isupper() and self._is_short_weekday(number)):
            return None
        following = number + 1
        if following < self.count and part.gaps[following] in _COMMAS and self._starts_date(following):
            return None  # the date that follows takes it in
        weekday = self.words.weekdays[self.lower[number]]
        first, last = number, following + self._is(following, "day_parts")
        week = last + self._is(last, "of")
        if week + 1 < self.count and self.words.units.get(self.lower[week + 1]) == "week":
            for key, shift in (("last", -1), ("this", 0), ("next", 1)):
                if self._is(week, key):
                    readings = self.resolver.weekday_of_week(weekday, shift)
                    return _Found(first, week + 2, DateKind.WEEKDAY, readings)
        direction = None
        for key, way in (("last", Direction.PAST), ("next", Direction.FUTURE)):
            if self._is(number - 1, key):
                first, direction = number - 1, way
            elif self._is(last, key):  # "viernes pasado"
                last, direction = last + 1, way
        return _Found(first, last, DateKind.WEEKDAY, self.resolver.weekday(weekday, direction))

    def _is_short_weekday(self, number: int) -> bool:
        return number > 0 and self._is(number - 1, "day_before")

    def _starts_date(self, number: int) -> bool:
        """Tell whether a month and day, or day and month, begin at a word."""
        months = self.words.months
        if self.lower[number] in months:
            return self._day(number + 1) is not None
        return (
            self._day(number) is not None
            and number + 1 < self.count
            and (
                self.lower[number + 1] in months
                or (self._is(number + 1, "of") and number + 2 < self.count and self.lower[number + 2] in months)
            )
        )

    def _day_word(self, number: int) -> _Found:
        """Read "today", "the day before yesterday"."""
        shift, first = self.words.days[self.lower[number]], number
        if number > 1 and self.words.units.get(self.lower[number - 2]) == "day":
            step = -1 if self._is(number - 1, "before_day") else 1 if self._is(number - 1, "after_day") else 0
            if step * shift > 0:  # "the day before yesterday"
                shift, first = shift + step, number - 2
        return _Found(first, number + 1, DateKind.RELATIVE, self.resolver.days(shift))

    def _day_part(self, number: int) -> _Found | None:
        """Read "this morning", "last night"."""
        shift = 0 if self._is(number - 1, "this") else -1 if self._is(number - 1, "last") else None
        if shift is None:
            return None
        return _Found(number - 1, number + 1, DateKind.RELATIVE, self.resolver.days(shift))

    def _unit(self, number: int) -> _Found | None:
        """Read "two days ago", "last month", "earlier this year", "next week"."""
        unit = self.words.units[self.lower[number]]
        for first, last, amount in self._ago(number):
            return _Found(first, last, DateKind.RELATIVE, self.resolver.ago(unit, amount))
        if unit in ("day", "fortnight") or self.gaps[number] not in _SPACES | {"-"}:
            return None
        shift, first, last = None, number, number + 1
        for key, value in (("last", -1), ("this", 0), ("next", 1)):
            if self._is(number - 1, key):
                shift, first = value, number - 1
            elif self._is(number + 1, key) and not self._is(number + 1, "this"):
                shift, last = value, number + 2
        if shift is None or self._is_plural(number) or self._is(last, "part_of"):
            return None  # "the last years", "the last week of May"
        direction = {-1: Direction.PAST, 1: Direction.FUTURE}.get(shift)
        if shift == 0 and self._is(first - 1, "earlier"):
            first, direction = first - 1, Direction.PAST
        elif shift == 0 and self._is(first - 1, "later"):
            first, direction = first - 1, Direction.FUTURE
        return _Found(first, last, DateKind.RELATIVE, self.resolver.unit(unit, shift, direction))

    def _is_plural(self, number: int) -> bool:
        word = self.lower[number]
        return word.endswith("s") and word[:-1] in self.words.units

    def _ago(self, number: int) -> Iterator[tuple[int, int, int]]:
        """Yield first word, end and amount of "<amount> <unit> ago" around a unit."""
        amount = self._amount(number - 1)
        if amount is None:
            return
        if self._is(number + 1, "ago_after"):
            yield number - 1, number + 2, amount
        for phrase in self.words.ago_before:
            first = number - 1 - len(phrase)
            if first >= 0 and tuple(self.lower[first : number - 1]) == phrase:
                yield first, number + 1, amount

    def _amount(self, number: int) -> int | None:
        if number < 0:
            return None
        word = self.lower[number]
        if word.isascii() and word.isdigit() and len(word) < 4:
            return int(word)
        return self.words.numbers.get(word)

    def _digits(self, number: int, word: str) -> _Found | None:
        """Read "2025-10-31", "31/10/2025", "12/15", "31.10.2025", "in 2016", "on the 24th"."""
        readers: tuple[Callable[[int, str], _Found | None], ...] = (self._numeric, self._named_year, self._day_alone)
        return next((found for read in readers if (found := read(number, word))), None)

    def _numeric(self, number: int, word: str) -> _Found | None:
        if "." in word:
            pieces = word.split(".")
            last = number + 1
        elif (
            number + 2 < self.count
            and self.gaps[number + 1] in ("-", "/")
            and self.gaps[number + 2] == self.gaps[number + 1]
        ):
            pieces, last = [word, self.lower[number + 1], self.lower[number + 2]], number + 3
        elif (
            number + 1 < self.count
            and self.gaps[number + 1] == "/"
            and self.gaps[number].endswith("(")
            and self.gaps[number + 2].startswith(")")
        ):
            pieces, last = [word, self.lower[number + 1]], number + 2
        else:
            return None
        if not all(piece.isascii() and piece.isdigit() and len(piece) <= 4 for piece in pieces):
            return None
        weekday = self.words.weekdays.get(self.lower[number - 1]) if number else None
        readings = self.resolver.numeric([int(piece) for piece in pieces], pieces, weekday)
        return _Found(number, last, DateKind.ABSOLUTE, readings) if readings else None

    def _named_year(self, number: int, word: str) -> _Found | None:
        year = self._year(number)
        if year is None or not number or self.gaps[number + 1] in ("-", "/", "%"):
            return None
        before, gap = self.lower[number - 1], self.gaps[number]
        if before not in self.words.lists["year_after"] and not gap.endswith("("):
            return None
        del word
        return _Found(number, number + 1, DateKind.ABSOLUTE, self.resolver.year(year))

    def _day_alone(self, number: int, word: str) -> _Found | None:
        day = day_of(word)
        if (
            day is None
            or word.isdigit()
            or not self._is(number - 1, "article")
            or not self._is(number - 2, "day_before")
        ):
            return None
        if self.gaps[number + 1] == " " and not self._is(number + 1, "day_follows"):
            return None
        return _Found(number, number + 1, DateKind.RELATIVE, self.resolver.day_of_month(day))


__all__ = ["DateKind", "DateMention", "Direction", "Precision", "find_dates"]
