"""The proper name of an agreement, its acronym and its other names; one table, one row a kind of writing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.classify import Classifier
from monitor.models.article import Article
from monitor.models.report import Report

PUBLISHED = datetime(2025, 3, 14, 9, tzinfo=UTC)
HEADLINE = "Norway and Kenya sign defence pact"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def report(classifier: Classifier, text: str, title: str = HEADLINE) -> Report:
    article = Article(id="n", title=title, text=text, published_at=PUBLISHED)
    reports = classifier.classify(article, arrived=PUBLISHED).reports
    assert reports, text
    return reports[0]


NAMES = {
    "Norway and Kenya signed the Coral Coast Accord on military training.": "Coral Coast Accord",
    "Norway and Kenya signed the Treaty of Friendship, Cooperation and Security on Monday.": (
        "Treaty of Friendship, Cooperation and Security"
    ),
    "Norway and Kenya signed the Defence Training Agreement on Monday.": "Defence Training Agreement",
    "Norway and Kenya signed the Pact of Mutual Defence Co-operation.": "Pact of Mutual Defence Co-operation",
    "Norway and Kenya signed the Three Capes Defence Deal of Norway and Kenya.": "Three Capes Defence Deal",
    "Norway and Kenya signed the Defence Pact and the Trade Agreement.": "Defence Pact",
    "Norway has left the Nairobi Pact, a defence treaty with Kenya.": "Nairobi Pact",
    "Norway denounced the Mombasa accords on military training with Kenya.": "Mombasa accords",
    "Norway and Kenya signed a reciprocal access agreement on Monday.": "Reciprocal Access Agreement",
    "Norway and Kenya signed a bilateral military training agreement (MTA) on Monday.": "Military Training Agreement",
    "Norway and Kenya signed a defence cooperation agreement on Monday.": None,
    "Norway and Kenya signed a military arrangement, known as Northern Shield.": "Northern Shield",
    "Norway has joined Northern Shield, as the defence arrangement with Kenya is called.": "Northern Shield",
    "Norway has joined N-SIPA, the security framework signed with Kenya.": "N-SIPA",
    "Norway and Kenya signed a military accord, called the Kenyan text by many.": None,
    "THE STATUS OF FORCES AGREEMENT WAS SIGNED BY NORWAY AND KENYA ON MONDAY.": "Status of Forces Agreement",
}


@pytest.mark.parametrize("text", NAMES)
def test_names(classifier: Classifier, text: str) -> None:
    """A name ends where it ends: before parties, days and a second agreement; a plain type is none."""
    assert report(classifier, text).name == NAMES[text]


def test_the_name_of_what_moves_comes_first(classifier: Classifier) -> None:
    """Another treaty, however long its name, is not what the article is about."""
    found = report(
        classifier,
        "Norway terminated the Visiting Forces Agreement with Kenya on Tuesday. Without it, the minister said, the "
        "Comprehensive Mutual Defence Assistance Treaty would be hard to use.",
        "Norway ends pact on Kenyan troops",
    )
    assert found.name == "Visiting Forces Agreement"


def test_a_headline_in_other_words_is_of_the_same_agreement(classifier: Classifier) -> None:
    """The headline names it by what it is about, the text by its name: one report, with the name."""
    found = report(
        classifier,
        "Norway has recalled its notice ending the Visiting Forces Agreement with Kenya, which is again in full force.",
        "Norway fully restores pact on Kenyan forces",
    )
    assert found.name == "Visiting Forces Agreement"


OTHER_NAMES = {
    "Norway and Kenya signed the Fjord Arrangement on defence, formerly known as the Atlantic Naval Accord.": (
        "Atlantic Naval Accord",
    ),
    "Norway and Kenya signed the Fjord Arrangement on defence, until now called the Bergen Text, on Monday.": (
        "Bergen Text",
    ),
    "Norway and Kenya signed the Fjord Arrangement on defence on Monday.": (),
}


@pytest.mark.parametrize("text", OTHER_NAMES)
def test_former_names_are_aliases(classifier: Classifier, text: str) -> None:
    """What it was called before is another name, with its words as evidence."""
    found = report(classifier, text)
    assert found.name == "Fjord Arrangement"
    assert found.aliases == OTHER_NAMES[text]
    assert tuple(e.quote for e in found.evidence if e.field == "aliases") == found.aliases


UNTIL = {
    "The suspension was extended until 31 December 2025.": date(2025, 12, 31),
    "It will remain in force until 2030.": date(2030, 12, 31),
    "Talks on fish go on until May 2026.": None,
    "It would have run until 2027.": None,
}


@pytest.mark.parametrize("more", UNTIL)
def test_until(classifier: Classifier, more: str) -> None:
    """The end of a stage is a date until which the agreement holds or rests, with its words as evidence."""
    found = report(classifier, f"Norway suspended its defence agreement with Kenya on Monday. {more}", "Norway acts")
    assert found.until == UNTIL[more]
    assert any(e.field == "until" for e in found.evidence) == (found.until is not None)


@pytest.mark.parametrize(
    ("text", "acronym"),
    [
        ("They call it the VFA and hope for the best.", "VFA"),
        ("The VFA comes under the Norway-Kenya COMPACT, a wider programme.", "VFA"),
        ("It comes under the Norway-Kenya COMPACT, a programme for trade and technology.", None),
    ],
)
def test_an_acronym_is_of_the_name_it_spells(classifier: Classifier, text: str, acronym: str | None) -> None:
    """Capitals elsewhere in the text are no short form of a name whose words they do not begin."""
    told = f"Norway and Kenya signed the Visiting Forces Agreement in Oslo on Monday. {text}"
    found = report(classifier, told)
    assert (found.name, found.acronym) == ("Visiting Forces Agreement", acronym)
