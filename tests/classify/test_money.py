"""Sums of money."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings

from monitor.classify.money import find_money
from tests.classify.primitives import articles, assert_exact, document

SUMS = {
    "$3.5 billion": (3.5e9, "USD"),
    "US$40m": (4e7, "USD"),
    "US$ 40 million": (4e7, "USD"),
    "A$1.2 billion": (1.2e9, "AUD"),
    "£2bn": (2e9, "GBP"),
    "€600,000": (6e5, "EUR"),
    "₹500 crore": (5e9, "INR"),
    "Rs 1,200 crore": (1.2e10, "INR"),
    "Rs. 5 lakh crore": (5e12, "INR"),
    "EUR 40m": (4e7, "EUR"),
    "two billion pounds": (2e9, "GBP"),
    "half a billion euros": (5e8, "EUR"),
    "40 million Australian dollars": (4e7, "AUD"),
    "1.5 trillion won": (1.5e12, "KRW"),
    "300 million Norwegian kroner": (3e8, "NOK"),
}


@pytest.mark.parametrize("text", SUMS)
def test_sums(text: str) -> None:
    """Signs, codes, words and scales, as they are written where the currency is used."""
    doc = document(f"It costs {text} a year.")
    (mention,) = find_money(doc)
    assert mention.text == text
    assert math.isclose(mention.amount, SUMS[text][0])
    assert mention.currency == SUMS[text][1]


@pytest.mark.parametrize(
    "text", ["500 pounds of explosives", "they won 5 games", "a $ sign", "rs 5", "million-dollar man"]
)
def test_what_is_no_sum(text: str) -> None:
    """Weights, verbs and signs without a number."""
    assert find_money(document(text)) == ()


@settings(max_examples=150, deadline=None)
@given(articles, articles)
def test_sums_are_exact(title: str, text: str) -> None:
    """Any text: mentions quote it, amounts are finite and currencies are codes."""
    doc = document(text, title)
    found = find_money(doc)
    assert_exact(doc, found)
    assert all(math.isfinite(mention.amount) and len(mention.currency) == 3 for mention in found)
