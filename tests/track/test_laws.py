"""Laws of tracking: order does not matter to what is known, twice is once, and the table is the whole state."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.models.agreement import Agreement
from monitor.models.report import ArticleReports, Correction, Tick
from monitor.models.vocabulary import Status
from monitor.track import Dossiers, agreement_id
from monitor.track.dossier import ROOM, Dossier, compact, decode, encode
from monitor.track.entry import Entry, entry_of
from monitor.track.facts import read
from tests.track.reports import ORIGIN, Followed, article, moment, report, tick

START = date(2020, 1, 1)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Draw reports of one agreement by articles of all sorts: dated or not, late, of any stage, in conflict."""
    found = []
    for number in range(draw(st.integers(1, 9))):
        published = START + timedelta(days=draw(st.integers(0, 900)))
        on = published - timedelta(days=draw(st.integers(0, 40))) if draw(st.booleans()) else None
        said = report(
            draw(st.sampled_from([status.value for status in Status])),
            on.isoformat() if on else None,
            kind=draw(st.sampled_from(["agreement", "agreement", "agreement", "mention"])),
            parties=draw(st.sampled_from(["IND+USA", "IND+USA", "IND+USA", "AUS+IND+USA", "IND"])),
            name=draw(st.sampled_from([None, "Lancaster Treaty", "LT", "Treaty of Lancaster House"])),
            years=draw(st.sampled_from([None, 5.0, 10.0])),
            place=draw(st.sampled_from([None, "Delhi", "Washington"])),
            people=draw(st.sampled_from(["", "Singh", "Singh Austin"])),
            planned=draw(st.sampled_from([None, ("signed", "2022-12-01"), ("in_force", None)])),
            until=draw(st.sampled_from([None, "2023-01-01"])),
            earlier=draw(st.sampled_from([(), (("agreed", "2019-05-01"),)])),
        )
        source = draw(st.sampled_from(["Reuters", "Herald", "Ministry of Defence", "Post"]))
        record = article(f"a{number}", published.isoformat() if draw(st.integers(0, 9)) else None, said, source=source)
        found.append(entry_of(record, said, 0))
    return found


def known(entries_of_one: list[Entry]) -> tuple[object, ...]:
    """Return everything a dossier knows, in a form that can be compared."""
    view = read(entries_of_one)
    stages = [(one.status, one.start, one.last, one.article_id, sorted(one.days.items())) for one in view.episodes]
    values = {
        name: [(value.value, [entry.key for entry in value.entries], value.independent) for value in found]
        for name, found in view.values.items()
    }
    rest = (view.parties, view.names, view.name, view.day, view.place, view.years, view.signatories, view.planned)
    return (stages, values, *rest, view.until, view.subjects, view.instrument, view.conflicts, view.confirmed)


@settings(max_examples=300, deadline=None)
@given(entries(), st.randoms(use_true_random=False))
def test_any_order_of_the_same_reports_gives_the_same_facts_and_stages(
    found: list[Entry], chance: random.Random
) -> None:
    """What a dossier knows is a function of the set of its reports."""
    shuffled = list(found)
    chance.shuffle(shuffled)
    dossier = Dossier("0" * 16)
    for entry in shuffled:
        dossier = dossier.with_entry(entry)
    assert known(list(dossier.entries)) == known(found)


@settings(max_examples=100, deadline=None)
@given(entries(), st.integers(0, 8))
def test_the_same_report_twice_is_once(found: list[Entry], which: int) -> None:
    """Adding what is there changes neither facts nor counts."""
    dossier = Dossier("0" * 16)
    for entry in found:
        dossier = dossier.with_entry(entry)
    again = dossier.with_entry(found[which % len(found)])
    assert known(list(again.entries)) == known(list(dossier.entries))
    assert again.articles == dossier.articles == len(found)


@settings(max_examples=100, deadline=None)
@given(entries())
def test_a_dossier_is_read_back_as_it_was_written(found: list[Entry]) -> None:
    """The table's bytes lose nothing."""
    dossier = Dossier("0" * 16)
    for entry in found:
        dossier = dossier.with_entry(entry)
    assert decode(encode(dossier)) == dossier


def test_what_is_dropped_for_room_does_not_depend_on_order() -> None:
    """Reducing on the way, in any order, keeps the same entries as reducing at the end."""
    chance = random.Random(7)
    everything = []
    for number in range(400):
        said = report(
            "signed", "2025-02-13", years=float(chance.choice([5, 10])), name=chance.choice(["Lancaster Treaty", None])
        )
        published = (date(2025, 2, 13) + timedelta(days=number)).isoformat()
        everything.append(entry_of(article(f"a{number}", published, said), said, 0))
    whole = compact(everything)
    for _ in range(5):
        chance.shuffle(everything)
        kept: tuple[Entry, ...] = ()
        for entry in everything:
            kept = compact((*kept, entry))
        assert {entry.key for entry in compact(kept)} >= {entry.key for entry in whole if entry.at}
        assert len(kept) <= 2 * ROOM


def story() -> list[ArticleReports | Correction | Tick]:
    """Return records of every sort: founding, moves, repeats, revisions, undated, two agreements, corrections."""
    pact: dict[str, Any] = {"name": "Lancaster Treaty"}
    other: dict[str, Any] = {"name": "Basic Exchange Accord", "subjects": "info_security"}
    return [
        article("a", "2025-02-13", report("agreed", **pact)),
        article("b", "2025-02-14", report("agreed", years=10.0, **pact), report(None, kind="mention", **other)),
        article("c", "2025-03-01", report("signed", "2025-02-28", **pact)),
        article("c", "2025-03-01", report("signed", "2025-02-28", place="Delhi", **pact), text=2, arrived="2025-03-02"),
        article("d", "2025-03-03", report("negotiating", **other)),
        article("e", None, report("signed", **pact), arrived="2025-03-04"),
        article("f", "2025-03-05", report(None, kind="sale")),
        article(
            "g", "2025-04-05", report("signed", "2025-04-04", subjects="info_security", name="Exchange Pact of Agra")
        ),
        Correction(
            action="merge",
            agreement_id=founded("d"),
            other_id=founded("g"),
            by="ann",
            at=moment("2025-04-06"),
        ),
        Correction(action="split", agreement_id=founded("a"), article_ids=("b",), by="ann", at=moment("2025-04-07")),
        tick("2026-01-01"),
        article("d", "2025-03-03", text=9, arrived="2026-01-02"),
    ]


def founded(name: str) -> str:
    """Return the id of the agreement that an article of the story founds."""
    return agreement_id(name, ("IND", "USA"), 0)


def test_any_record_twice_changes_nothing() -> None:
    """Reprocessing is silent and leaves the table as it is, for every sort of record, at once and at the end."""
    followed = Followed()
    for record in story():
        first = followed.take(record)
        state = followed.state()
        again = followed.take(record)
        assert not again.alerts, f"told twice: {first}"
        assert not again.renewed
        assert not again.agreements
        assert followed.state() == state
    state = followed.state()
    for record in story():
        assert not followed.take(record).alerts
    assert followed.state() == state


def test_the_table_is_the_whole_state() -> None:
    """After each record, a state loaded from the writes decides on the next as the one in memory does."""
    followed = Followed()
    table: dict[str, bytes] = {}
    for record in story():
        loaded = Dossiers.load(table.items())
        draft = loaded.draft()
        there = draft.apply(record, ORIGIN)
        table.update({key: value for key, value in draft.writes.items() if value is not None})
        assert followed.take(record) == there
        assert followed.state() == table


def test_a_draft_that_is_dropped_has_changed_nothing() -> None:
    """A crash between deciding and writing leaves the state as it was; the same decision is taken again."""
    followed = Followed()
    for record in story():
        before = followed.state()
        dropped = followed.dossiers.draft()
        decision = dropped.apply(record, ORIGIN)
        assert followed.state() == before
        assert followed.take(record) == decision


def test_a_batch_on_one_draft_is_the_same_as_record_by_record() -> None:
    """Later records of a batch see what earlier ones did."""
    one, many = Followed(), Dossiers()
    draft = many.draft()
    assert [one.take(record) for record in story()] == [draft.apply(record, ORIGIN) for record in story()]
    draft.commit()
    assert dict(many.items()) == one.state()


def test_a_record_that_fails_leaves_no_trace_in_the_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad article becomes a dead letter; the batch goes on with what was there before it."""
    followed = Followed()
    draft = followed.dossiers.draft()
    draft.apply(article("a", "2025-02-13", report("agreed")), ORIGIN)
    writes = draft.writes
    with monkeypatch.context() as broken:
        broken.setattr("monitor.track.follow.agreement", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            draft.apply(article("b", "2025-03-01", report("signed", "2025-02-28")), ORIGIN)
    assert draft.writes == writes


def test_published_agreements_are_read_back() -> None:
    """What goes to the topic is a valid record, whatever became of the dossier."""
    followed = Followed()
    for record in story():
        for made in followed.take(record).agreements:
            assert Agreement.decode(made.encode()) == made
