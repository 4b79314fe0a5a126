"""Mentions and hints: what an article says of an agreement that only those know who follow it."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from monitor.models.report import ArticleReports, Evidence
from monitor.models.vocabulary import Kind, Reason
from monitor.track.promote import NEWS
from tests.track.reports import Followed, article, report

FORCES: dict[str, Any] = {"parties": "ITA+KEN", "subjects": "status_of_forces"}


def hint(article_id: str, published: str, status: str | None, on: str | None = None, **more: Any) -> ArticleReports:
    """Return the record of an article that gave no report of its own: a mention, and no kind."""
    given: dict[str, Any] = {"parties": "ITA", "subjects": "status_of_forces", "score": 0.99, **more}
    record = article(article_id, published, report(status, on, kind="mention", **given))
    return record.model_copy(update={"kind": None})


def followed(**more: Any) -> Followed:
    """Return dossiers with one agreement of Italy and Kenya, signed."""
    begun = Followed()
    begun.tell(article("a", "2022-03-03", report("signed", "2022-03-02", **FORCES, **more)))
    return begun


def test_news_that_names_one_party_alone_is_told_of_the_agreement_it_can_only_be() -> None:
    """Whose parliament ratified the agreement with Italy, the dossier knows; the article counts as one on it."""
    begun = followed()
    decision = begun.take(hint("b", "2023-05-11", "ratified", "2023-05-10"))
    assert [(alert.reason, alert.parties) for alert in decision.alerts] == [(Reason.STAGE_MOVED, ("ITA", "KEN"))]
    assert [item.kind for item in decision.assignments] == [Kind.AGREEMENT]
    assert begun.take(hint("c", "2023-05-12", "ratified", "2023-05-10")).alerts == ()


def test_a_hint_that_fits_two_agreements_is_of_neither() -> None:
    """Two agreements of Italy on forces, both signed: which of them was ratified, the text does not say."""
    begun = followed()
    begun.tell(
        article("z", "2022-03-03", report("signed", "2022-03-02", parties="ITA+SOM", subjects="status_of_forces"))
    )
    decision = begun.take(hint("b", "2023-05-11", "ratified", "2023-05-10"))
    assert (decision.alerts, decision.assignments) == ((), ())
    assert "no agreement that is followed" in decision.silences[0]


@pytest.mark.parametrize(
    "said", [{"subjects": "logistics"}, {"parties": "KEN+USA"}, {"subjects": "general_dca", "parties": "ITA+KEN"}]
)
def test_a_hint_without_something_particular_is_of_no_agreement(said: dict[str, Any]) -> None:
    """Another subject, another party, or the same two states and no more: nothing is attached, nothing founded."""
    begun = followed()
    decision = begun.take(hint("b", "2023-05-11", "ratified", "2023-05-10", **said))
    assert (decision.alerts, decision.assignments, len(begun.dossiers)) == ((), (), 1)


def test_a_hint_by_name_is_attached_and_tells_nothing() -> None:
    """A feature that names the pact belongs to its dossier; what it says of the past is no news."""
    begun = followed(name="Malindi Accord")
    decision = begun.take(hint("b", "2022-09-11", "signed", name="Malindi Accord", score=0.01))
    assert [item.kind for item in decision.assignments] == [Kind.MENTION]
    assert decision.alerts == ()


def test_what_is_told_of_a_mention_is_as_sure_as_news() -> None:
    """An alert that tracking stands for passes the score from which routes tell, whatever the classifier made of it."""
    begun = followed(name="Malindi Accord")
    said = report("ratified", "2023-05-10", kind="mention", name="Malindi Accord", **FORCES)
    (alert,) = begun.take(article("b", "2023-05-11", said)).alerts
    assert alert.score == NEWS > said.score


@pytest.mark.parametrize(("part", "told"), [("title", True), ("text", False)])
def test_an_article_on_the_agreement_itself_brings_facts_without_a_stage(
    part: Literal["title", "text"], told: bool
) -> None:
    """A drone contract runs twelve years, says its headline: nothing moves, and the term is news all the same."""
    begun = followed()
    named = Evidence(field="instrument", rule="r", part=part, start=0, end=9, quote="agreement")
    said = report(None, kind="mention", score=0.01, years=12.0, evidence=(named,), **FORCES)
    assert begun.tell(article("b", "2022-06-09", said)) == [Reason.NEW_FACT if told else None]


def test_a_hint_that_is_taken_back_leaves_the_dossier_as_it_was() -> None:
    """A revision that says nothing of the agreement any more takes the stage back."""
    begun = followed()
    begun.take(hint("b", "2023-05-11", "ratified", "2023-05-10"))
    gone = begun.take(article("b", "2023-05-11", text=2, arrived="2023-05-12")).agreements[0]
    assert gone.snapshot is not None
    assert gone.snapshot.status == "signed"
