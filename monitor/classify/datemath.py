"""What the words for a date mean, given the day of publication: calendar arithmetic without any text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

AHEAD = timedelta(days=1)
"""How far a day "in the past" may lie after the publication day in UTC: east of it the next day has begun."""


class Precision(StrEnum):
    """How exact a date is."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Direction(StrEnum):
    """Before or after the publication."""

    PAST = "past"
    FUTURE = "future"


@dataclass(frozen=True, slots=True)
class Readings:
    """What a date may mean: in a sentence about the past, about the future, and when neither is told."""

    precision: Precision
    past: date | None
    future: date | None
    default: date | None
    direction: Direction | None = None

    @classmethod
    def one(cls, precision: Precision, day: date | None, direction: Direction | None = None) -> Readings:
        """Return the readings of what has just one."""
        return cls(precision, day, day, day, direction)


def day_of(word: str) -> int | None:
    """Return the day of the month that a word such as ``31``, ``31st`` or ``1er`` writes."""
    digits = word[:2] if word[1:2].isdigit() else word[:1]
    if not (digits.isascii() and digits.isdigit()) or word[len(digits) :] not in _SUFFIXES:
        return None
    day = int(digits)
    return day if 1 <= day <= 31 else None


_SUFFIXES = frozenset(("", "st", "nd", "rd", "th", "er", "º", "°", "o"))


@dataclass(frozen=True, slots=True)
class Resolver:
    """Resolves dates against the day of publication (None: unknown)."""

    published: date | None

    def day(self, year: int | None, month: int, day: int, weekday: int | None = None) -> Readings | None:
        """Resolve a day of a month; None for a day that no calendar has."""
        if year is not None:
            found = _make(year, month, day)
            return Readings.one(Precision.DAY, found) if found else None
        if self.published is None:
            return Readings.one(Precision.DAY, None) if _make(2024, month, day) else None
        years = range(self.published.year - 8, self.published.year + 9)  # a 29 February needs them
        days = [found for candidate in years if (found := _make(candidate, month, day))]
        fitting = [found for found in days if weekday is None or found.weekday() == weekday]
        if weekday is not None and fitting:
            near = min(fitting, key=self._distance)
            if self._distance(near) < timedelta(days=400):
                return Readings.one(Precision.DAY, near)
        return self._choose(Precision.DAY, days) if days else None

    def numeric(self, numbers: list[int], written: list[str], weekday: int | None) -> Readings | None:
        """Resolve numbers: year-month-day, day-month-year, month-day-year, month-day or day-month."""
        if len(numbers) == 3 and len(written[0]) == 4:
            candidates = [(numbers[0], numbers[1], numbers[2])]
        elif len(numbers) == 3 and len(written[2]) == 4:
            candidates = [(numbers[2], numbers[1], numbers[0]), (numbers[2], numbers[0], numbers[1])]
        elif len(numbers) == 2 and weekday is not None:
            candidates = [(0, numbers[0], numbers[1]), (0, numbers[1], numbers[0])]
        else:
            return None
        readings = [
            found
            for year, month, day in candidates
            if (found := self.day(year or None, month, day, weekday)) is not None
        ]
        dated = [found for found in readings if found.default is not None]
        if self.published is None or not dated:
            return readings[0] if readings else None
        return min(dated, key=lambda found: self._distance(found.default or date.min))

    def day_of_month(self, day: int) -> Readings:
        """Resolve "the 24th"."""
        if self.published is None:
            return Readings.one(Precision.DAY, None)
        months = (_month_shift(self.published, shift) for shift in range(-2, 3))
        days = [found for first in months if (found := _make(first.year, first.month, day))]
        return self._choose(Precision.DAY, days)

    def month(self, year: int | None, month: int, *, years: int | None = None) -> Readings:
        """Resolve a month; ``years`` counts from the year of publication ("October last year")."""
        if year is not None:
            return Readings.one(Precision.MONTH, date(year, month, 1))
        if self.published is None:
            return Readings.one(Precision.MONTH, None)
        if years is not None:
            return Readings.one(Precision.MONTH, date(self.published.year + years, month, 1))
        first = self.published.replace(day=1)
        days = [date(self.published.year + shift, month, 1) for shift in (-1, 0, 1)]
        past = max(day for day in days if day <= first)
        future = min(day for day in days if day >= first)
        return Readings(Precision.MONTH, past, future, past)

    def named_month(self, month: int, direction: Direction) -> Readings:
        """Resolve "last October", "next June"."""
        if self.published is None:
            return Readings(Precision.MONTH, None, None, None, direction)
        first = self.published.replace(day=1)
        days = [date(self.published.year + shift, month, 1) for shift in (-1, 0, 1)]
        if direction is Direction.PAST:
            return Readings.one(Precision.MONTH, max(day for day in days if day < first), direction)
        return Readings.one(Precision.MONTH, min(day for day in days if day > first), direction)

    def year(self, year: int) -> Readings:
        """Resolve a year."""
        return Readings.one(Precision.YEAR, date(year, 1, 1))

    def weekday(self, weekday: int, direction: Direction | None) -> Readings:
        """Resolve "Friday" (the publication day counts), "last Friday", "next Friday" (it does not)."""
        if self.published is None:
            return Readings(Precision.DAY, None, None, None, direction)
        back = (self.published.weekday() - weekday) % 7
        ahead = (weekday - self.published.weekday()) % 7
        if direction is not None:
            back, ahead = back or 7, ahead or 7
        past = _shift(self.published, -back)
        return Readings(Precision.DAY, past, _shift(self.published, ahead), past, direction)

    def weekday_of_week(self, weekday: int, weeks: int) -> Readings:
        """Resolve "Thursday of last week"."""
        direction = {-1: Direction.PAST, 1: Direction.FUTURE}.get(weeks)
        if self.published is None:
            return Readings(Precision.DAY, None, None, None, direction)
        days = 7 * weeks + weekday - self.published.weekday()
        return Readings.one(Precision.DAY, _shift(self.published, days), direction)

    def days(self, days: int) -> Readings:
        """Resolve "yesterday" (-1), "today" (0), "tomorrow" (1)."""
        direction = Direction.PAST if days < 0 else Direction.FUTURE if days > 0 else None
        return Readings.one(Precision.DAY, _shift(self.published, days), direction)

    def ago(self, unit: str, amount: int) -> Readings:
        """Resolve "two weeks ago"."""
        if unit == "day":
            return Readings.one(Precision.DAY, _shift(self.published, -amount), Direction.PAST)
        if unit == "fortnight":
            unit, amount = "week", 2 * amount
        return self.unit(unit, -amount, Direction.PAST)

    def unit(self, unit: str, shift: int, direction: Direction | None) -> Readings:
        """Resolve "last week", "this month", "next year": ``shift`` units from the publication's."""
        precision = Precision(unit)
        if self.published is None:
            return Readings(precision, None, None, None, direction)
        if unit == "week":
            monday = _shift(self.published, -self.published.weekday())
            return Readings.one(precision, _shift(monday, 7 * shift), direction)
        if unit == "month":
            return Readings.one(precision, _month_shift(self.published, shift), direction)
        return Readings.one(precision, _make(self.published.year + shift, 1, 1), direction)

    def _choose(self, precision: Precision, days: Iterable[date]) -> Readings:
        """Return the latest day up to the publication, the first from it on, and the nearer of the two."""
        if self.published is None:
            return Readings.one(precision, None)
        days = list(days)
        past = max((day for day in days if day - AHEAD <= self.published), default=None)
        future = min((day for day in days if day >= self.published), default=None)
        near = min((day for day in (past, future) if day), key=self._distance, default=None)
        return Readings(precision, past, future, near)

    def _distance(self, day: date) -> timedelta:
        return abs(day - self.published) if self.published else timedelta()


def _make(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _shift(day: date | None, days: int) -> date | None:
    try:
        return day + timedelta(days=days) if day else None
    except OverflowError:
        return None


def _month_shift(day: date, months: int) -> date:
    """Return the first of the month ``months`` away, within the calendar."""
    count = max(12, min(9999 * 12 + 11, day.year * 12 + day.month - 1 + months))
    return date(count // 12, count % 12 + 1, 1)
