"""How long an agreement runs."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from monitor.classify.dates import find_dates
from monitor.classify.durations import DurationKind, DurationMention, find_durations
from tests.classify.primitives import articles, assert_exact, document


def durations(text: str) -> tuple[DurationMention, ...]:
    doc = document(text)
    return find_durations(doc, find_dates(doc, date(2025, 1, 1)))


TERMS = {
    "a 10-year defence framework": (10, "term"),
    "Ten-year India-US pact sealed": (10, "term"),
    "a decade-long pact": (10, "term"),
    "the agreement, which lasts a decade,": (10, "term"),
    "valid for ten years": (10, "term"),
    "for an initial period of five years": (5, "term"),
    "for a period of ten (10) years": (10, "term"),
    "an agreement running for 10 years": (10, "term"),
    "twenty-five years lease": (25, "term"),
    "a 99-year lease": (99, "term"),
    "an 18-month deal": (1.5, "term"),
    "a one-year plan": (1, "term"),
    "it will guide them over the next decade": (10, "bare"),
    "cooperation for the next ten years": (10, "bare"),
    "It will last ten years.": (10, "term"),
    "renewable every five years": (5, "renewal"),
    "for five more years": (5, "renewal"),
    "renewed for successive five-year periods": (5, "renewal"),
}


@pytest.mark.parametrize("text", TERMS)
def test_terms(text: str) -> None:
    """Lengths, and how surely they are an agreement's term."""
    (mention,) = durations(text)
    assert (mention.years, mention.kind) == (TERMS[text][0], DurationKind(TERMS[text][1]))


ENDS = {
    "valid until 2035": "2035-12-31",
    "through the end of 2028": "2028-12-31",
    "The pact expires in June 2030.": "2030-06-30",
    "until 15 March 2026": "2026-03-15",
    "the lease runs until 2045": "2045-12-31",
}


@pytest.mark.parametrize("text", ENDS)
def test_end_dates(text: str) -> None:
    """An end is the last day of what is given."""
    (mention,) = durations(text)
    assert mention.kind is DurationKind.UNTIL
    assert str(mention.until) == ENDS[text]


@pytest.mark.parametrize("text", ["extended indefinitely", "an open-ended pact", "it has no expiry date"])
def test_without_end(text: str) -> None:
    """What has no end says so."""
    (mention,) = durations(text)
    assert (mention.kind, mention.years) == (DurationKind.INDEFINITE, None)


NONE = [
    "in its 12th year",
    "a 10-year-old boy",
    "a decade ago",
    "in the last ten years",
    "after more than a decade of hesitation",
    "20 years of friendship",
    "their 50-year anniversary",
    "sentenced to 10 years in prison",
    "the first such deal in 20 years",
    "takes effect after 180 days",
    "sixty years after independence",
    "half a billion pounds in ten years",
    "10 years later",
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_term(text: str) -> None:
    """Ages, history, sentences, anniversaries and notice periods."""
    assert durations(text) == ()


@settings(max_examples=150, deadline=None)
@given(articles, articles)
def test_durations_are_exact(title: str, text: str) -> None:
    """Any text: mentions quote it, and lengths are those of leases that are."""
    doc = document(text, title)
    found = find_durations(doc, find_dates(doc, date(2025, 1, 1)))
    assert_exact(doc, found)
    assert all(mention.years is None or 0 < mention.years <= 99 for mention in found)
    assert all((mention.until is not None) == (mention.kind is DurationKind.UNTIL) for mention in found)
