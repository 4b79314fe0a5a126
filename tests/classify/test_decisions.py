"""What is decided of an article: which agreements moved, between whom, how far; a pair of texts a distinction."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.classify import Classification, Classifier
from monitor.models.article import Article
from monitor.models.vocabulary import Kind, Status

WHEN = datetime(2025, 3, 6, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def read(classifier: Classifier, title: str, text: str, source: str = "") -> Classification:
    article = Article(id="a", title=title, text=text, source=source, published_at=WHEN)
    return classifier.classify(article, arrived=WHEN)


def pairs(classification: Classification) -> set[tuple[str, ...]]:
    return {report.parties for report in classification.reports}


def test_pacts_of_several_with_one_are_a_report_each(classifier: Classifier) -> None:
    """States that sign bilateral pacts with the same partner give a report each; without "bilateral" it is one pact."""
    text = "Chile, Ghana and Norway on Tuesday signed {} with Japan on military training."
    each = read(classifier, "Chile, Ghana and Norway sign", text.format("bilateral defence cooperation agreements"))
    assert pairs(each) == {("CHL", "JPN"), ("GHA", "JPN"), ("JPN", "NOR")}
    together = read(classifier, "Chile, Ghana and Norway sign", text.format("a defence cooperation agreement"))
    assert pairs(together) == {("CHL", "GHA", "JPN", "NOR")}


def test_pacts_of_one_with_several_are_a_report_each(classifier: Classifier) -> None:
    """Who signs agreements with two states gives a report for each; one agreement, or a trilateral one, gives one."""
    text = "Kenya on Tuesday signed {} with Chile and Norway on the training of soldiers."
    each = read(classifier, "Kenya signs", text.format("defence cooperation agreements"))
    assert pairs(each) == {("CHL", "KEN"), ("KEN", "NOR")}
    for one in ("a defence cooperation agreement", "trilateral defence cooperation agreements"):
        assert pairs(read(classifier, "Kenya signs", text.format(one))) == {("CHL", "KEN", "NOR")}


def test_a_headline_may_name_those_it_is_about_only(classifier: Classifier) -> None:
    """A rival or an onlooker in the headline is no party when the text names another; who has a pact with it is."""
    text = "The senate in Nairobi has ratified the status of forces agreement. {} soldiers may stay for ten years."
    for title in ("Kenya ratifies troops pact amid Egypt threats", "Egypt wary: Kenya ratifies troops pact"):
        assert pairs(read(classifier, title, text.format("Norwegian"))) == {("KEN", "NOR")}
    assert pairs(read(classifier, "Kenya ratifies troops pact of Egypt", text.format("Such"))) == {("EGY", "KEN")}


def test_what_moved_beside_the_main_agreement_is_reported(classifier: Classifier) -> None:
    """A second agreement of these days, told further down, is a report of its own; an old one is none."""
    title = "Norway and Kenya sign status of forces agreement"
    lead = (
        "Norway and Kenya signed a status of forces agreement in Oslo on Tuesday. It is valid for ten years. "
        "Soldiers of either side will train in the other country. Both ministers spoke of friendship. "
    )
    new = read(classifier, title, lead + "On Wednesday Kenya initialled a military logistics agreement with Chile.")
    assert pairs(new) == {("KEN", "NOR"), ("CHL", "KEN")}
    old = read(classifier, title, lead + "In 2011 Kenya initialled a military logistics agreement with Chile.")
    assert pairs(old) == {("KEN", "NOR")}


@pytest.mark.parametrize(
    ("text", "parties"),
    [
        ("Egypt and Kenya signed a defence pact on Tuesday amid tensions with Ethiopia.", ("EGY", "KEN")),
        ("Egypt and Kenya signed a defence pact with Ethiopia on Tuesday.", ("EGY", "ETH", "KEN")),
        ("China looked on as Egypt and Kenya signed a defence pact on Tuesday.", ("EGY", "KEN")),
        ("Egypt condemned a defence pact that Chile and Kenya signed on Tuesday.", ("CHL", "KEN")),
        ("Egypt, Chile and Kenya condemned piracy and signed a defence pact on Tuesday.", ("CHL", "EGY", "KEN")),
        ("Chile and Kenya signed a defence pact on hunting Egyptian pirates on Tuesday.", ("CHL", "KEN")),
        ("Chile and Kenya signed a defence pact under the eyes of an Egyptian-led mission.", ("CHL", "KEN")),
        ("Chile and Kenya signed a defence pact that lets sailors train with Egypt on Tuesday.", ("CHL", "KEN")),
        ("Chile and Kenya signed a defence pact that was negotiated with Egypt on Tuesday.", ("CHL", "EGY", "KEN")),
        ("Chile and Kenya signed a defence pact which the UN Security Council welcomes.", ("CHL", "KEN")),
        ("Chile and Kenya have signed an Inter-American defence pact on soldiers.", ("CHL", "KEN")),
        (
            "Armenia has frozen its participation in the CSTO alliance and its treaty of mutual defence.",
            ("ARM", "CSTO"),
        ),
        ("Two weeks after a defence pact with Chile, Kenya is to sign a defence pact with Norway.", ("KEN", "NOR")),
    ],
)
def test_who_looks_on_is_no_party(classifier: Classifier, text: str, parties: tuple[str, ...]) -> None:
    """Those of a quarrel, of another clause or of another agreement are no parties; those it is signed with are."""
    assert read(classifier, "Defence pact makes headway", text).reports[0].parties == parties


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Norway and Kenya have concluded a second round of talks on a visiting forces agreement.", Status.NEGOTIATING),
        ("Norway and Kenya have concluded talks on a visiting forces agreement.", Status.AGREED),
        ("Norway and Kenya hope to conclude talks on a visiting forces agreement this year.", Status.NEGOTIATING),
        ("The cabinet of Kenya has given its assent to a visiting forces agreement with Norway.", Status.AGREED),
        ("The senate of Kenya has given its assent to a visiting forces agreement with Norway.", Status.RATIFIED),
        ("Ministers of Norway and Kenya met in Oslo to sign a visiting forces agreement on Tuesday.", Status.SIGNED),
        ("Kenya is severing its visiting forces agreement with Norway.", Status.TERMINATED),
        ("The signing of a visiting forces agreement of Norway and Kenya has been called off.", Status.STALLED),
        ("Norway's suspension of the visiting forces agreement with Kenya was lifted.", Status.IN_FORCE),
    ],
)
def test_how_far_it_has_come(classifier: Classifier, text: str, status: Status) -> None:
    """Stages that differ by a word: a round or the talks, a cabinet or a senate, an act or its undoing."""
    assert read(classifier, "News from Oslo and Nairobi", text).reports[0].status is status


def test_a_parliament_at_home_is_that_of_the_outlet(classifier: Classifier) -> None:
    """News that names one party tells the other by where it is at home; who names a third state is at home nowhere."""
    title, text = (
        "MPs ratify troops agreement with Italy",
        "Parliament has ratified the status of forces agreement with Italy.",
    )
    assert read(classifier, title, text, "Nairobi Ledger").reports[0].parties == ("ITA", "KEN")
    assert read(classifier, title, text).kind is not Kind.AGREEMENT
    abroad = read(classifier, title, text + " France and Spain were consulted.", "Nairobi Ledger")
    assert not any("KEN" in report.parties for report in abroad.reports)


def test_arms_that_are_counted_are_bought(classifier: Classifier) -> None:
    """So many jets of a maker are a sale, whatever the paper is called; a factory of two states is an agreement."""
    sale = "Brazil has signed an agreement with Saab of Sweden for 36 Gripen fighters. Deliveries are to start in 2027."
    assert read(classifier, "Brazil buys 36 Gripen fighters", sale).kind is not Kind.AGREEMENT
    plant = "The defence ministries of Brazil and Sweden have signed a contract for the joint production of drones."
    assert read(classifier, "Brazil and Sweden sign contract for drone plant", plant).kind is Kind.AGREEMENT


def test_a_fresh_date_makes_news_of_a_frame(classifier: Classifier) -> None:
    """Told after something else, a signature is news when it was this week, and background when it was years ago."""
    text = "Hoteliers in Malindi have welcomed the status of forces agreement that Kenya and Italy signed in Rome {}."
    assert read(classifier, "Malindi welcomes rules for Italians", text.format("this week")).kind is Kind.AGREEMENT
    assert read(classifier, "Malindi welcomes rules for Italians", text.format("in 2016")).kind is Kind.MENTION
