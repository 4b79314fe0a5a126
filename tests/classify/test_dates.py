"""Dates as news writes them, resolved against the day of publication."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.classify.dates import DateKind, DateMention, Direction, Precision, find_dates
from tests.classify.primitives import articles, assert_exact, document

FRIDAY = date(2025, 10, 31)
PAST, FUTURE = Direction.PAST, Direction.FUTURE


def only(text: str, published: date | datetime | None = FRIDAY) -> DateMention:
    """Return the one date of a text."""
    (mention,) = find_dates(document(text), published)
    return mention


ABSOLUTE = {
    "signed on October 31, 2025": "2025-10-31",
    "signed on Oct. 31, 2025.": "2025-10-31",
    "signed on 31 October 2025": "2025-10-31",
    "the 31st of October 2025": "2025-10-31",
    "signed Oct 31st": "2025-10-31",
    "on Sunday, Nov. 2, the ministers": "2025-11-02",
    "on 2 May they met": "2025-05-02",
    "June 19": "2025-06-19",
    "2025-10-31": "2025-10-31",
    "on 31/10/2025": "2025-10-31",
    "on 10/31/2025": "2025-10-31",
    "am 31.10.2025": "2025-10-31",
    "FRIDAY, OCTOBER 31": "2025-10-31",
    "from October 28-30": "2025-10-28",
    "from 28-30 October": "2025-10-28",
    "February 9, 2000": "2000-02-09",
}


@pytest.mark.parametrize("text", ABSOLUTE)
def test_days(text: str) -> None:
    """Days in every usual form; a year that is left out is the nearest."""
    mention = only(text)
    assert mention.precision is Precision.DAY
    assert str(mention.on()) == ABSOLUTE[text]


RELATIVE = {
    "signed on Friday": ("2025-10-31", "2025-10-31"),  # published on a Friday: that day
    "on Thursday night": ("2025-10-30", "2025-11-06"),
    "Monday": ("2025-10-27", "2025-11-03"),
    "last Friday": ("2025-10-24", "2025-10-24"),
    "next Friday": ("2025-11-07", "2025-11-07"),
    "Thursday last week": ("2025-10-23", "2025-10-23"),
    "Monday of next week": ("2025-11-03", "2025-11-03"),
    "today": ("2025-10-31", "2025-10-31"),
    "signed this morning": ("2025-10-31", "2025-10-31"),
    "yesterday": ("2025-10-30", "2025-10-30"),
    "tomorrow": ("2025-11-01", "2025-11-01"),
    "two days ago": ("2025-10-29", "2025-10-29"),
    "2 days ago": ("2025-10-29", "2025-10-29"),
    "on the 24th.": ("2025-10-24", "2025-11-24"),
    "on Dec. 5": ("2024-12-05", "2025-12-05"),
}


@pytest.mark.parametrize("text", RELATIVE)
def test_relative_days(text: str) -> None:
    """A past verb asks for the latest such day up to the publication, a future verb for the next; words win."""
    mention = only(text)
    assert (str(mention.on(PAST)), str(mention.on(FUTURE))) == RELATIVE[text]


COARSE = {
    "last month": (Precision.MONTH, "2025-09-01", PAST),
    "in November 2016": (Precision.MONTH, "2016-11-01", None),
    "last October": (Precision.MONTH, "2024-10-01", PAST),
    "October last year": (Precision.MONTH, "2024-10-01", None),
    "in January": (Precision.MONTH, "2025-01-01", None),
    "earlier this year": (Precision.YEAR, "2025-01-01", PAST),
    "later this month": (Precision.MONTH, "2025-10-01", FUTURE),
    "in 2014": (Precision.YEAR, "2014-01-01", None),
    "the 1951 treaty": (Precision.YEAR, "1951-01-01", None),
    "next week": (Precision.WEEK, "2025-11-03", FUTURE),
    "this week": (Precision.WEEK, "2025-10-27", None),
    "last week": (Precision.WEEK, "2025-10-20", PAST),
    "three weeks ago": (Precision.WEEK, "2025-10-06", PAST),
    "two years ago": (Precision.YEAR, "2023-01-01", PAST),
}


@pytest.mark.parametrize("text", COARSE)
def test_less_exact_dates(text: str) -> None:
    """Weeks, months and years are their first days, and say that they are no more."""
    mention = only(text)
    assert (mention.precision, str(mention.on()), mention.direction) == COARSE[text]


NONE = [
    "they may march, said May",
    "the 24th meeting of the council",
    "2000 troops",
    "12/15 members",
    "February 30",
    "the last ten years",
    "the last week of the campaign",
    "a sad son sat",
    "F-16 and S-400",
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_date(text: str) -> None:
    """Verbs, numbers and ordinals that look like dates."""
    assert find_dates(document(text), FRIDAY) == ()


@pytest.mark.parametrize("text", ["on Friday", "yesterday", "last month", "Oct. 31", "on the 24th.", "next year"])
def test_without_a_publication_date_nothing_is_invented(text: str) -> None:
    """A date that needs the day of publication has none without it; the clock is never asked."""
    mention = only(text, None)
    assert (mention.on(), mention.on(PAST), mention.on(FUTURE)) == (None, None, None)


def test_a_full_date_needs_no_publication() -> None:
    """Day, month and year stand for themselves."""
    assert only("31 October 2025", None).on() == FRIDAY


def test_the_weekday_tells_the_year() -> None:
    """A weekday before a date without a year picks the year in which they agree."""
    assert only("Wednesday, January 15", date(2025, 10, 31)).on() == date(2025, 1, 15)
    assert only("Thursday, January 15", date(2025, 10, 31)).on() == date(2026, 1, 15)


def test_a_weekday_decides_month_and_day() -> None:
    """In "Monday (12/15)" the month is first; in "Saturday (11/10)", with October's 11th a Saturday, it is last."""
    found = find_dates(document("on Monday (12/15) they"), date(2025, 12, 16))
    assert found[-1].on() == date(2025, 12, 15)
    found = find_dates(document("on Saturday (11/10) they"), date(2025, 10, 12))
    assert found[-1].on() == date(2025, 10, 11)


def test_a_dateline_is_no_event() -> None:
    """The date of a dateline is marked, the day in the sentence is not."""
    found = find_dates(document("SEOUL, Aug. 22 - South Korea said on Thursday it left."), date(2019, 8, 22))
    assert [mention.kind for mention in found] == [DateKind.DATELINE, DateKind.WEEKDAY]
    assert [str(mention.on()) for mention in found] == ["2019-08-22", "2019-08-22"]


def test_a_moment_is_read_as_its_day() -> None:
    """A publication with a time counts as its day in its own zone."""
    assert only("today", datetime(2025, 10, 31, 23, 59, tzinfo=UTC)).on() == FRIDAY


@settings(max_examples=150, deadline=None)
@given(articles, articles, st.none() | st.dates())
def test_dates_are_exact(title: str, text: str, published: date | None) -> None:
    """Any text and any publication day: mentions quote the text, and the past never lies beyond the day after it."""
    doc = document(text, title)
    found = find_dates(doc, published)
    assert_exact(doc, found)
    for mention in found:
        for tense in (None, PAST, FUTURE):
            assert mention.on(tense) is None or isinstance(mention.on(tense), date)
        if published and mention.kind is DateKind.WEEKDAY and mention.past and mention.direction is None:
            assert mention.past <= published
