"""What an article is about decides what its phrases name; what is no news is told as a mention, with its stage."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.classify import Classifier
from monitor.models.article import Article
from monitor.models.vocabulary import Kind, Status

ARRIVED = datetime(2025, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def article(title: str, text: str) -> Article:
    return Article(id="x", title=title, text=text, published_at=datetime(2025, 3, 5, 9, tzinfo=UTC))


NAMED = "Kenya and Uganda sign Lamu Accord"


def test_a_name_is_of_defence_when_its_article_is(classifier: Classifier) -> None:
    """No word of the phrase speaks of defence: the soldiers, gunboats and pilots around it do."""
    answer = classifier.classify(
        article(
            NAMED,
            "Kenya and Uganda signed the Lamu Accord in Nairobi on Tuesday. Soldiers of one may now board the gunboats "
            "of the other, and helicopter pilots will share an airfield. Two brigades take part.",
        ),
        arrived=ARRIVED,
    )
    assert answer.kind is Kind.AGREEMENT
    assert answer.reports[0].parties == ("KEN", "UGA")
    assert answer.reports[0].status is Status.SIGNED


def test_the_same_name_is_of_trade_when_its_article_is(classifier: Classifier) -> None:
    """The same headline above tariffs and farmers is no alarm."""
    answer = classifier.classify(
        article(
            NAMED,
            "Kenya and Uganda signed the Lamu Accord in Nairobi on Tuesday. Tariffs on maize fall by half, customs "
            "officers will share a hall, and farmers welcome the trade agreement.",
        ),
        arrived=ARRIVED,
    )
    assert answer.kind is not Kind.AGREEMENT


def test_a_headline_means_the_agreement_of_its_text(classifier: Classifier) -> None:
    """A headline that says what happens, and a text that says to what, are one report."""
    answer = classifier.classify(
        article(
            "Kenya pulls out of brigade with Uganda",
            "The defence agreement between Kenya and Uganda on a joint brigade is at an end for Nairobi. Its soldiers "
            "come home next week, the army said.",
        ),
        arrived=ARRIVED,
    )
    assert answer.kind is Kind.AGREEMENT
    assert answer.reports[0].status is Status.WITHDRAWN


def test_a_mention_tells_its_stage(classifier: Classifier) -> None:
    """Who follows the agreement learns from an article about something else that it was signed."""
    answer = classifier.classify(
        article(
            "Kenyan football team flies home",
            "The team landed in Nairobi on Monday after a draw. The coach praised the defenders and the goalkeeper. "
            "Fans sang. The minister was late: he had been held up in Kampala, where Kenya and Uganda had, in the "
            "morning, signed a defence cooperation agreement.",
        ),
        arrived=ARRIVED,
    )
    assert answer.kind is Kind.MENTION
    assert answer.reports[0].parties == ("KEN", "UGA")
    assert answer.reports[0].status is Status.SIGNED
    assert {entry.field for entry in answer.reports[0].evidence} >= {"status", "parties", "instrument"}
