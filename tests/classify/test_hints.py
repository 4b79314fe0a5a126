"""Hints: what is said of an agreement that only those know who follow it; and what mentions carry."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.classify import Classification, Classifier, article_reports, sightings
from monitor.models.article import Article
from monitor.models.record import Origin
from monitor.models.vocabulary import Kind, Status

ARRIVED = datetime(2024, 5, 7, tzinfo=UTC)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def article(title: str, text: str) -> Article:
    """Return an article of Monday, 6 May 2024."""
    return Article(id="a", title=title, text=text, published_at=datetime(2024, 5, 6, 8, tzinfo=UTC))


def read(classifier: Classifier, title: str, text: str) -> Classification:
    """Classify an article."""
    return classifier.classify(article(title, text), arrived=ARRIVED)


RATIFIED = (
    "MPs ratify troops agreement with Italy",
    "The National Assembly ratified the status of forces agreement with Italy on Monday, by 181 votes to 40.",
)


def test_news_that_names_one_party_alone_is_a_hint(classifier: Classifier) -> None:
    """The article has no kind, as nobody can say whose agreement it is; what it says is not lost."""
    found = read(classifier, *RATIFIED)
    assert (found.kind, found.reports) == (None, ())
    (hint,) = found.hints
    assert (hint.kind, hint.parties, hint.status, hint.date) == (
        Kind.MENTION,
        ("ITA",),
        Status.RATIFIED,
        date(2024, 5, 6),
    )
    assert hint.score > 0.9


def test_a_hint_travels_with_the_reports_and_counts_no_actor(classifier: Classifier) -> None:
    """Tracking reads it in the record of the article; the tables of actors see relevant articles alone."""
    found, origin = read(classifier, *RATIFIED), Origin(topic="t", partition=0, offset=0, article_id="a")
    record = article_reports(found, article(*RATIFIED), arrived=ARRIVED, origin=origin)
    assert (record.kind, record.reports) == (None, found.hints)
    assert sightings(found, article(*RATIFIED), arrived=ARRIVED, origin=origin) == []


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Assembly approves climate accord", "Deputies approved the climate accord with France on Monday."),
        ("Trade deal signed", "Kenya and Italy signed a trade deal on tariffs for coffee on Monday."),
        (
            "Striker signs",
            "The defence is stronger: the striker signed a two-year deal with the Italian club on Monday.",
        ),
    ],
)
def test_agreements_of_other_fields_give_no_hint(classifier: Classifier, title: str, text: str) -> None:
    """Words of trade, climate or sport outweigh: nobody who follows an agreement on defence wants to hear of it."""
    assert read(classifier, title, text).hints == ()


def test_a_mention_without_a_stage_tells_the_term(classifier: Classifier) -> None:
    """How long it runs is a fact, whether or not anything happens."""
    found = read(
        classifier,
        "What the missile pact with Germany costs",
        "The missile defence agreement between Poland and Germany has a term of twelve years, Warsaw said.",
    )
    assert found.kind is Kind.MENTION
    assert (found.reports[0].status, found.reports[0].years) == (None, 12)
