"""Agreements that actors are in."""

from __future__ import annotations

from datetime import timedelta

from monitor.actors.touched import touched
from monitor.models.actor import Window
from monitor.models.agreement import Agreement, ArticleLog, Snapshot
from monitor.models.report import Signatory
from monitor.models.vocabulary import Kind
from tests.actors.sightings import NOON


def agreement(identity: str, parties: tuple[str, ...], days_ago: int, *signed: Signatory) -> Agreement:
    at = NOON - timedelta(days=days_ago)
    return Agreement(
        id=identity,
        snapshot=Snapshot(
            agreement_id=identity, parties=parties, signatories=signed, founded_at=at, updated_at=at, articles=1
        ),
        articles=(ArticleLog(article_id="a", at=at, kind=Kind.AGREEMENT),),
    )


def test_an_agreement_counts_for_parties_pairs_and_signatories() -> None:
    """Once each, whatever the number of its articles, and only while an article of it lies in the window."""
    known = [
        agreement("1", ("IND", "JPN", "USA"), 2, Signatory(name="Rajnath Singh", country="IND")),
        agreement("2", ("IND", "USA"), 20),
        Agreement(id="3", snapshot=None),
    ]
    week, month = (touched(known, window, NOON) for window in (Window.WEEK, Window.MONTH))
    assert (week["IND"], week["IND+USA"], week["JPN+USA"], week["IND/singh"]) == (1, 1, 1, 1)
    assert (month["IND"], month["IND+USA"], month["JPN"]) == (2, 2, 1)
    assert week["FRA"] == 0
