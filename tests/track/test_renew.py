"""What was told is brought up to date quietly: the same alert, a higher revision, no new message."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.models.alert import Alert
from monitor.models.record import Replay
from monitor.models.report import Evidence
from monitor.models.vocabulary import ReplayMode
from monitor.track import Dossiers
from monitor.track.renew import SOURCES
from tests.track.reports import ORIGIN, Followed, article, report

SAID = Evidence(
    field="status", rule="stage.signed", part="text", start=4, end=10, quote="signed", sentence="They signed it."
)


def told() -> tuple[Followed, Alert]:
    """Return dossiers with one signing, told by one paper, and its alert."""
    begun = Followed()
    decision = begun.take(article("a", "2025-02-13", report("signed", "2025-02-13", evidence=(SAID,))))
    return begun, decision.alerts[0]


def test_a_second_source_renews_what_was_told_by_one() -> None:
    """Unconfirmed becomes confirmed in the message that stands, and nobody is told anew."""
    begun, first = told()
    assert first.snapshot is not None
    assert not first.snapshot.confirmed
    decision = begun.take(article("b", "2025-02-14", report("signed", "2025-02-13")))
    assert decision.alerts == ()
    (again,) = decision.renewed
    assert (again.id, again.revision, again.reason, again.article) == (first.id, 1, first.reason, first.article)
    assert again.evidence == first.evidence
    assert again.explanation == first.explanation
    assert again.snapshot is not None
    assert (again.snapshot.confirmed, again.snapshot.independent_sources) == (True, 2)
    assert Alert.decode(again.encode()) == again


@pytest.mark.parametrize(
    ("what", "name", "said"),
    [
        ("the same paper again", "a", {}),
        ("a mention", "b", {"kind": "mention"}),
    ],
)
def test_what_changes_nothing_that_is_shown_renews_nothing(what: str, name: str, said: dict[str, Any]) -> None:
    """No second source, no new value: the message stands as it is."""
    begun, _ = told()
    later = article(f"{name}-later", "2025-02-14", report("signed", "2025-02-13", **said), source=name)
    assert begun.take(later).renewed == (), what


def test_an_official_source_and_what_others_left_out_renew_too() -> None:
    """Each adds one to the revision; the content is that of the dossier now."""
    begun, first = told()
    place = begun.take(article("a-2", "2025-02-14", report("signed", "2025-02-13", place="Delhi"), source="a"))
    official = begun.take(article("c", "2025-02-15", report("signed", "2025-02-13"), source="Ministry of Defence"))
    again = [*place.renewed, *official.renewed]
    assert [(alert.id, alert.revision) for alert in again] == [(first.id, 1), (first.id, 2)]
    assert again[1].snapshot is not None
    assert (again[1].snapshot.place, again[1].snapshot.confirmed) == ("Delhi", True)


def test_the_newest_alert_is_renewed() -> None:
    """After a move, what confirms it renews the alert of the move."""
    begun, _ = told()
    moved = begun.take(article("b", "2025-07-02", report("ratified", "2025-07-01"))).alerts[0]
    (again,) = begun.take(article("c", "2025-07-03", report("ratified", "2025-07-01"))).renewed
    assert (again.id, again.revision) == (moved.id, 1)


def test_renewals_end_when_everyone_has_it() -> None:
    """A message is not edited a thousand times."""
    begun, _ = told()
    renewals = [begun.take(article(f"p{n}", "2025-02-14", report("signed", "2025-02-13"))).renewed for n in range(20)]
    assert sum(map(len, renewals)) == SOURCES - 1


def test_it_survives_a_restart_and_a_repeat() -> None:
    """The revision stands in the table; the same record again renews nothing."""
    begun, first = told()
    begun.take(article("b", "2025-02-14", report("signed", "2025-02-13")))
    draft = Dossiers.load(begun.state().items()).draft()
    assert draft.apply(article("b", "2025-02-14", report("signed", "2025-02-13")), ORIGIN).renewed == ()
    (again,) = draft.apply(article("c", "2025-02-15", report("signed", "2025-02-13")), ORIGIN).renewed
    assert (again.id, again.revision) == (first.id, 2)


def test_nothing_is_renewed_that_was_not_told_or_is_taken_back() -> None:
    """A warm-up tells nobody; an alert whose article took its report back is left alone."""
    quiet = Replay(id="r", mode=ReplayMode.WARM_UP)
    begun = Followed()
    begun.take(article("a", "2025-02-13", report("signed", "2025-02-13"), replay=quiet))
    assert begun.take(article("b", "2025-02-14", report("signed", "2025-02-13"))).renewed == ()
    begun, _ = told()
    begun.take(article("b", "2025-02-14", report("signed", "2025-02-13")))
    begun.take(article("a", "2025-02-13", text=2, arrived="2025-02-15"))
    assert begun.take(article("c", "2025-02-16", report("signed", "2025-02-13"))).renewed == ()
