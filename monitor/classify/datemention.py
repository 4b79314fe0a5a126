"""A date in a text, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from monitor.classify.datemath import Direction, Precision
from monitor.classify.text import PartName


class DateKind(StrEnum):
    """How a date is written."""

    ABSOLUTE = "absolute"
    """By month, or by number; the year may have to be inferred."""
    RELATIVE = "relative"
    """By its distance from the publication ("yesterday", "last month")."""
    WEEKDAY = "weekday"
    """By the day of the week."""
    DATELINE = "dateline"
    """In a dateline: when the text was written, not when something happened."""


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a text; ``past`` and ``future`` are its two readings, equal where there is one.

    All readings are None where the text gives a date that needs the publication date and there is none.
    """

    part: PartName
    start: int
    end: int
    text: str
    sentence: int
    precision: Precision
    kind: DateKind
    direction: Direction | None
    """Which way the words themselves point ("last", "ago", "next")."""
    past: date | None
    future: date | None
    default: date | None
    """The reading when nothing tells the tense."""

    def on(self, tense: Direction | None = None) -> date | None:
        """Return the day (the first of the week, month or year for lower precisions); the words win over ``tense``."""
        direction = self.direction or tense
        if direction is None:
            return self.default
        return self.past if direction is Direction.PAST else self.future
