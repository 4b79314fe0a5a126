"""Agreements followed through articles: whose report is it, and what becomes of the dossier."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from monitor.models.agreement import AgreementState
from monitor.models.record import Replay
from monitor.models.report import Correction
from monitor.models.vocabulary import Kind, Reason, ReplayMode
from monitor.track import Dossiers, agreement_id
from monitor.track.merge import merge_if_one
from tests.track.reports import Followed, article, day, moment, report, tick

NEW, MOVED, FACT = Reason.NEW_AGREEMENT, Reason.STAGE_MOVED, Reason.NEW_FACT
PARTIES = ("IND", "USA")


def only(followed: Followed) -> str:
    """Return the id of the one dossier there is."""
    (dossier,) = followed.dossiers.all()
    return dossier.id


# --- identity ---------------------------------------------------------------------------------------------------------

ONE_OR_TWO = [
    ("the same parties, subject and stage", {}, {}, True),
    ("other parties", {}, {"parties": "IND+GBR"}, False),
    ("some of the parties", {"parties": "AUS+GBR+USA"}, {"parties": "AUS+GBR"}, True),
    ("one party, and the name", {"name": "Lancaster Treaty"}, {"parties": "IND", "name": "Lancaster Treaty"}, True),
    ("one party alone, in the same week", {}, {"parties": "IND"}, True),
    ("another name", {"name": "Lancaster Treaty"}, {"name": "Basic Exchange Accord"}, False),
    ("a name that only describes, in another form", {"name": "Visiting Forces Agreement"}, {"name": "VFA"}, True),
    ("other subjects, another form", {}, {"subjects": "logistics", "instrument": "mou"}, False),
]


@pytest.mark.parametrize(("case", "first", "second", "same"), ONE_OR_TWO, ids=[row[0] for row in ONE_OR_TWO])
def test_two_reports_of_one_week(case: str, first: dict[str, Any], second: dict[str, Any], same: bool) -> None:
    """Parties, names, subjects and form say whether they are of one agreement."""
    followed = Followed()
    followed.tell(
        article("a", "2025-02-13", report("signed", **first)), article("b", "2025-02-15", report("signed", **second))
    )
    assert (len(followed.dossiers) == 1) is same, case


def test_several_agreements_of_one_pair_are_kept_apart() -> None:
    """A logistics arrangement and a pact on forces of the same two states each go their way, by subject and name."""
    followed = Followed()
    logistics: dict[str, Any] = {"subjects": "logistics", "name": "Mutual Logistics Support Arrangement"}
    forces: dict[str, Any] = {"subjects": "status_of_forces", "name": "Status of Visiting Forces Agreement"}
    told = followed.tell(
        article("a", "2024-06-10", report("signed", **logistics)),
        article("b", "2025-02-05", report("negotiating", **forces)),
        article("c", "2025-02-06", report("negotiating", subjects="status_of_forces")),
        article("d", "2025-04-30", report("signed", "2025-04-30", **forces)),
        article("e", "2025-05-02", report("signed", "2025-04-30", subjects="status_of_forces")),
    )
    assert told == [NEW, NEW, None, MOVED, None]
    assert len(followed.dossiers) == 2


def test_a_roadmap_and_a_later_treaty_are_two_though_nothing_has_a_name() -> None:
    """What is about to be signed is not what was signed nine months ago."""
    followed = Followed()
    told = followed.tell(
        article("a", "2023-12-18", report("signed", "2023-12-18", subjects="basing_access", instrument="unknown")),
        article("b", "2024-09-12", report("agreed", subjects="status_of_forces basing_access", instrument="treaty")),
        article("c", "2024-09-13", report("signed", "2024-09-13", subjects="status_of_forces basing_access")),
    )
    assert told == [NEW, NEW, MOVED]


def test_a_new_name_is_known_by_the_old_one() -> None:
    """Renamed before it is signed: the text gives both names."""
    followed = Followed()
    told = followed.tell(
        article("a", "2021-04-07", report("negotiating", name="Atlantic Naval Accord", subjects="maritime")),
        article(
            "b",
            "2021-11-17",
            report("agreed", name="Cabo Frio Agreement", aliases=("Atlantic Naval Accord",), subjects="maritime"),
        ),
        article("c", "2022-04-22", report("signed", "2022-04-22", name="Cabo Frio Agreement", subjects="maritime")),
    )
    assert told == [NEW, MOVED, MOVED]
    assert len(followed.dossiers) == 1


def test_below_the_margin_a_new_dossier_says_what_it_may_be_and_is_merged_on_evidence() -> None:
    """The older id stays, what was told of either counts as told, and the other id points to it."""
    followed = Followed()
    first = (
        followed.take(article("a", "2024-01-10", report("signed", "2024-01-10", subjects="maritime"))).agreements[0].id
    )
    doubtful = followed.take(article("b", "2024-06-01", report("agreed", subjects="maritime", name="Lancaster Treaty")))
    second = doubtful.agreements[0].id
    assert second != first
    assert doubtful.agreements[0].snapshot is not None
    assert doubtful.agreements[0].snapshot.possibly_same_as == (first,)
    evidence = article(
        "c",
        "2024-06-05",
        report("signed", "2024-01-10", subjects="maritime", name="Lancaster Treaty", people="Singh Austin"),
    )
    decision = followed.take(evidence)
    assert only(followed) == first
    assert [one.state for one in decision.agreements][-1] is AgreementState.MERGED
    assert decision.agreements[-1].id == second
    assert decision.agreements[-1].merged_into == first
    assert decision.assignments[0].agreement_id == first
    late = followed.take(article("d", "2024-06-06", report("signed", "2024-01-10", subjects="maritime")))
    assert late.assignments[0].agreement_id == first
    assert not late.alerts


# --- kinds of article -------------------------------------------------------------------------------------------------


def test_a_mention_is_attached_to_what_is_known_and_founds_nothing() -> None:
    """It counts as an article of the dossier, tells nothing and moves nothing."""
    followed = Followed()
    alone = followed.take(article("a", "2025-01-01", report(None, kind="mention", name="Lancaster Treaty")))
    assert alone.assignments[0].agreement_id is None
    followed.tell(article("b", "2025-02-13", report("signed", name="Lancaster Treaty")))
    mention = followed.take(article("c", "2025-02-20", report(None, kind="mention", name="Lancaster Treaty")))
    assert mention.assignments[0].agreement_id == only(followed)
    assert not mention.alerts


def test_a_sale_is_assigned_to_nothing() -> None:
    """Even when the same two states have an agreement."""
    followed = Followed()
    followed.tell(article("b", "2025-02-13", report("signed")))
    sale = followed.take(article("c", "2025-02-20", report(None, kind="sale")))
    assert [(one.kind, one.agreement_id) for one in sale.assignments] == [(Kind.SALE, None)]
    assert not sale.agreements


def test_the_reports_of_one_article_each_find_their_agreement() -> None:
    """One assignment a report, the main one first."""
    followed = Followed()
    decision = followed.take(
        article(
            "a",
            "2025-02-13",
            report("signed", "2025-02-13", name="Lancaster Treaty", subjects="mutual_defence"),
            report("signed", "2025-02-13", name="Basic Exchange Accord", subjects="info_security"),
            report(None, kind="sale"),
        )
    )
    ids = [one.agreement_id for one in decision.assignments]
    assert len(set(ids)) == 3
    assert ids[:2] == [agreement_id("a", PARTIES, 0), agreement_id("a", PARTIES, 1)]
    assert [alert.reason for alert in decision.alerts] == [NEW, NEW]


def test_an_undated_founder_is_told_as_undated_and_one_that_fits_is_silent() -> None:
    """Without a date nothing can be told apart from old news, so it is attached, and moves no stage."""
    followed = Followed()
    founder = followed.take(article("a", None, report("agreed"), arrived="2025-02-13"))
    assert founder.alerts[0].reason is NEW
    assert "date unknown" in founder.alerts[0].explanation
    assert founder.alerts[0].snapshot is not None
    assert founder.alerts[0].snapshot.date_unknown
    undated = followed.take(article("b", None, report("signed"), arrived="2025-03-13"))
    assert not undated.alerts
    assert undated.assignments[0].agreement_id == founder.alerts[0].agreement_id
    dated = followed.take(article("c", "2025-03-14", report("signed", "2025-03-13")))
    assert dated.alerts[0].reason is MOVED


def test_a_republication_counts_as_no_source() -> None:
    """It is logged and silent; a second newspaper of its own confirms."""
    followed = Followed()
    print_of = tuple(range(64))
    followed.tell(article("a", "2025-02-13", report("signed"), fingerprint=print_of))
    copied = followed.take(article("b", "2025-02-13T12:00", report("signed"), fingerprint=print_of))
    snapshot = copied.agreements[0].snapshot
    assert snapshot is not None
    assert (snapshot.articles, snapshot.independent_sources, snapshot.confirmed) == (2, 1, False)
    assert "no new source" in copied.silences[0]
    own = followed.take(article("c", "2025-02-14", report("signed"), fingerprint=tuple(range(500, 564))))
    assert own.agreements[0].snapshot is not None
    assert own.agreements[0].snapshot.confirmed


def test_an_official_source_stands_against_two_papers_and_the_conflict_is_shown() -> None:
    """Conflicting values are kept, with those who give them."""
    followed = Followed()
    followed.tell(
        article("a", "2025-02-13", report("signed", years=5.0)),
        article("b", "2025-02-14", report("signed", years=5.0)),
    )
    made = followed.take(
        article("c", "2025-02-15", report("signed", years=10.0), source="Ministry of Defence")
    ).agreements[0]
    assert made.snapshot is not None
    assert made.snapshot.years == 10
    assert made.snapshot.conflicts == ("years",)
    (years,) = [fact for fact in made.facts if fact.field == "years"]
    assert [(value.value, value.current, value.articles) for value in years.values] == [
        ("10 years", True, 1),
        ("5 years", False, 2),
    ]


# --- the same article again -------------------------------------------------------------------------------------------


def test_a_revision_replaces_what_the_article_said() -> None:
    """Only what is new alerts; an earlier text that arrives later is ignored."""
    followed = Followed()
    followed.tell(article("a", "2025-02-13", report("agreed")))
    followed.tell(article("b", "2025-02-14", report("agreed", years=5.0)))
    revised = followed.take(article("b", "2025-02-14", report("agreed", years=10.0), text=2, arrived="2025-02-15"))
    assert revised.agreements[0].snapshot is not None
    assert revised.agreements[0].snapshot.years == 10
    assert revised.agreements[0].snapshot.articles == 2
    assert [fact.values[0].articles for fact in revised.agreements[0].facts if fact.field == "years"] == [1]
    assert followed.take(article("b", "2025-02-14", report("agreed", years=7.0), text=3, arrived="2025-02-14")).repeat


def test_a_revision_stays_with_the_dossier_that_holds_its_article() -> None:
    """An editor who drops the name of the pact does not make a second pact."""
    followed = Followed()
    followed.tell(article("a", "2025-02-13", report("signed", name="Lancaster Treaty", subjects="mutual_defence")))
    held = only(followed)
    revised = article(
        "a", "2025-02-13", report("signed", subjects="logistics", instrument="mou"), text=2, arrived="2025-02-14"
    )
    assert followed.take(revised).assignments[0].agreement_id == held
    assert len(followed.dossiers) == 1


def test_a_founder_that_takes_everything_back_leaves_nothing_and_is_not_told_again() -> None:
    """The dossier is void; when the report returns, readers know it already."""
    followed = Followed()
    followed.tell(article("a", "2025-02-13", report("signed")))
    gone = followed.take(article("a", "2025-02-13", text=2, arrived="2025-02-14"))
    assert gone.agreements[0].state is AgreementState.VOID
    assert len(followed.dossiers) == 0
    back = followed.take(article("a", "2025-02-13", report("signed"), text=3, arrived="2025-02-15"))
    assert back.assignments[0].agreement_id == gone.agreements[0].id
    assert not back.alerts


# --- what people know better ------------------------------------------------------------------------------------------


def correction(action: str, stays: str, **more: object) -> Correction:
    """Return a correction by ann."""
    made = {"action": action, "agreement_id": stays, "by": "ann", "at": moment("2025-06-01"), **more}
    return Correction.model_validate(made)


def test_a_person_merges_two_agreements_into_the_one_named_first() -> None:
    """Later reports of either go there, silently where readers know it."""
    followed = Followed()
    followed.tell(
        article("a", "2025-02-13", report("signed", "2025-02-13", name="Lancaster Treaty", subjects="maritime")),
        article(
            "b", "2025-02-20", report("signed", "2025-02-19", name="Basic Exchange Accord", subjects="info_security")
        ),
    )
    one, two = agreement_id("a", PARTIES, 0), agreement_id("b", PARTIES, 0)
    merged = followed.take(correction("merge", two, other_id=one))
    assert [(record.id, record.state) for record in merged.agreements] == [
        (two, AgreementState.LIVE),
        (one, AgreementState.MERGED),
    ]
    later = followed.take(
        article("c", "2025-02-21", report("signed", "2025-02-13", name="Lancaster Treaty", subjects="maritime"))
    )
    assert later.assignments[0].agreement_id == two
    assert not later.alerts


def test_a_split_is_never_undone_by_the_machine() -> None:
    """The articles that left stay where they were put, whatever evidence comes for one agreement."""
    followed = Followed()
    pact: dict[str, Any] = {"name": "Lancaster Treaty", "subjects": "maritime"}
    followed.tell(
        article("a", "2025-02-13", report("signed", "2025-02-13", **pact)),
        article("b", "2025-02-14", report("signed", "2025-02-13", **pact)),
        article("c", "2025-02-15", report("signed", "2025-02-13", **pact)),
    )
    first = only(followed)
    left = followed.take(correction("split", first, article_ids=("b", "c"))).agreements[1].id
    assert left != first
    assert [dossier.articles for dossier in followed.dossiers.all()] in ([1, 2], [2, 1])
    followed.tell(
        *(
            article(f"m{n}", "2025-03-01", report("signed", "2025-02-13", people="Singh Austin", **pact))
            for n in range(5)
        )
    )
    assert len(followed.dossiers) == 2
    revised = article("b", "2025-02-14", report("signed", "2025-02-13", **pact), text=2, arrived="2025-06-02")
    assert followed.take(revised).assignments[0].agreement_id == left


def test_an_absorbed_id_leads_to_the_agreement_that_stays() -> None:
    """For later corrections, for revisions of its articles, in the topic, and after a restart."""
    followed = Followed()
    pacts = (
        ("a", "Lancaster Treaty", "maritime"),
        ("b", "Data Accord", "info_security"),
        ("c", "Fuel Deal", "logistics"),
    )
    for name, pact, about in pacts:
        followed.tell(article(name, "2025-02-13", report("signed", "2025-02-13", name=pact, subjects=about)))
    one, two, three = (agreement_id(name, PARTIES, 0) for name in "abc")
    followed.take(correction("merge", one, other_id=two))
    chained = followed.take(correction("merge", three, other_id=two))  # the absorbed id stands for the first
    assert [(made.id, made.merged_into) for made in chained.agreements] == [(three, None), (one, three)]
    loaded = Dossiers.load(followed.state().items()).draft()
    assert {found.id for name in (one, two, three) if (found := loaded.get(name))} == {three}
    again = article(
        "b", "2025-02-13", report("signed", "2025-02-13", name="Another Pact"), text=2, arrived="2025-06-02"
    )
    assert followed.take(again).assignments[0].agreement_id == three
    assert followed.take(correction("merge", one, other_id=three)).silences == ("merged already",)


def test_a_merge_by_a_person_is_never_undone_by_the_machine() -> None:
    """However unlike the two are, later reports of either stay together."""
    followed = Followed()
    kept: dict[str, Any] = {"name": "Lancaster Treaty", "subjects": "maritime"}
    other: dict[str, Any] = {"name": "Basic Exchange Accord", "subjects": "info_security", "instrument": "mou"}
    followed.tell(
        article("a", "2025-02-13", report("signed", "2025-02-13", **kept)),
        article("b", "2025-02-20", report("signed", "2025-02-19", **other)),
    )
    one = agreement_id("a", PARTIES, 0)
    followed.take(correction("merge", one, other_id=agreement_id("b", PARTIES, 0)))
    for number, pact in enumerate((kept, other, kept, other)):
        said = article(f"m{number}", f"2025-03-0{number + 1}", report("signed", "2025-02-19", **pact))
        assert followed.take(said).assignments[0].agreement_id == one
    followed.take(tick("2025-04-01"))
    assert only(followed) == one


def test_a_person_may_change_their_mind() -> None:
    """What was split can be merged again, and what was merged split: the last word stands."""
    followed = Followed()
    pact: dict[str, Any] = {"name": "Lancaster Treaty", "subjects": "maritime"}
    followed.tell(*(article(name, "2025-02-13", report("signed", "2025-02-13", **pact)) for name in "abc"))
    first = only(followed)
    left = followed.take(correction("split", first, article_ids=("b",))).agreements[1].id
    followed.take(correction("merge", first, other_id=left))
    assert only(followed) == first
    (dossier,) = followed.dossiers.all()
    assert (dossier.articles, dossier.apart) == (3, ())
    followed.take(correction("split", first, article_ids=("b",)))
    assert len(followed.dossiers) == 2


def test_a_correction_that_names_nothing_known_changes_nothing() -> None:
    """It says so, and the stream goes on."""
    followed = Followed()
    followed.tell(article("a", "2025-02-13", report("signed")))
    state = followed.state()
    for record in (
        correction("merge", "f" * 16, other_id=only(followed)),
        correction("merge", only(followed), other_id="f" * 16),
        correction("split", only(followed), article_ids=("a",)),
        correction("split", only(followed), article_ids=("unknown",)),
    ):
        answer = followed.take(record)
        assert answer.repeat
        assert answer.silences
    assert followed.state() == state


# --- time -------------------------------------------------------------------------------------------------------------


def test_a_term_that_has_run_out_is_told_once_by_the_tick_after_it() -> None:
    """Ten years after the signing, if nobody told of a renewal."""
    followed = Followed()
    followed.tell(article("a", "2015-02-13", report("signed", "2015-02-13", years=10.0)))
    assert not followed.take(tick("2025-02-01")).alerts
    expired = followed.take(tick("2025-02-20")).alerts
    assert [(alert.reason, alert.value, alert.article) for alert in expired] == [(MOVED, "expired", None)]
    assert not followed.take(tick("2025-02-21")).alerts
    assert followed.tell(article("b", "2025-03-01", report("renewed", "2025-02-28", years=10.0))) == [MOVED]


def test_a_late_word_of_a_renewal_takes_an_expiry_back() -> None:
    """The history is read anew: the term was prolonged before it ran out."""
    followed = Followed()
    followed.tell(article("a", "2015-02-13", report("signed", "2015-02-13", years=10.0)))
    followed.take(tick("2025-02-20"))
    made = followed.take(article("b", "2025-03-01", report("renewed", "2025-02-01", years=10.0))).agreements[0]
    assert made.snapshot is not None
    assert [stage.status.value for stage in made.snapshot.stages] == ["signed", "renewed"]


def test_an_older_tick_does_nothing() -> None:
    """A tick is its minute: repeated or older ones change nothing."""
    followed = Followed()
    followed.take(tick("2025-02-20T10:00"))
    state = followed.state()
    assert followed.take(tick("2025-02-20T10:00")).repeat
    assert followed.take(tick("2025-02-20T09:59")).repeat
    assert followed.state() == state


def test_a_warm_up_learns_and_tells_no_one() -> None:
    """Facts count as told: afterwards only what is new is told."""
    followed = Followed()
    replay = Replay(id="r1", mode=ReplayMode.WARM_UP)
    quiet = followed.take(article("a", "2015-02-13", report("signed", "2015-02-13", years=10.0), replay=replay))
    assert not quiet.alerts
    assert quiet.agreements[0].replay == replay
    assert "warm-up" in quiet.silences[0]
    told = followed.tell(
        article("b", "2015-02-14", report("signed", "2015-02-13")),
        article("c", "2016-02-14", report("ratified", "2016-02-13")),
    )
    assert told == [None, MOVED]


def test_a_late_report_of_an_old_stage_fills_the_history() -> None:
    """It stands where it belongs, with its date and who said so."""
    followed = Followed()
    followed.tell(
        article("a", "2025-02-13", report("negotiating", "2025-02-13")),
        article("b", "2025-07-02", report("signed", "2025-07-01")),
    )
    made = followed.take(article("c", "2025-07-03", report("agreed", "2025-06-01"))).agreements[0]
    assert made.snapshot is not None
    stages = [(stage.status.value, stage.date, stage.source) for stage in made.snapshot.stages]
    assert stages == [
        ("negotiating", day("2025-02-13"), "a"),
        ("agreed", day("2025-06-01"), "c"),
        ("signed", day("2025-07-01"), "b"),
    ]


def test_what_articles_say_of_the_past_is_background() -> None:
    """A stage nobody reported at the time is filled in before the first that was."""
    followed = Followed()
    said = report("in_force", "2025-07-01", earlier=(("signed", "2024-01-10"),))
    made = followed.take(article("a", "2025-07-02", said)).agreements[0]
    assert made.snapshot is not None
    assert [stage.status.value for stage in made.snapshot.stages] == ["signed", "in_force"]


def test_ids_are_those_of_the_design() -> None:
    """Sixteen hex digits of the founding article, the party key and the ordinal: the same on every machine."""
    assert agreement_id("a", PARTIES, 0) == agreement_id("a", PARTIES, 0)
    assert len({agreement_id("a", PARTIES, 0), agreement_id("a", PARTIES, 1), agreement_id("b", PARTIES, 0)}) == 3
    assert all(char in "0123456789abcdef" for char in agreement_id("a", PARTIES, 0))
    assert len(agreement_id("ü\ud800", PARTIES, 0)) == 16


def test_a_dossier_with_thousands_of_reports_stays_small() -> None:
    """Sources are capped with counts kept; a known article is still known, and the facts stand."""
    followed = Followed()
    draft = followed.dossiers.draft()
    for number in range(600):
        published = datetime.fromordinal(day("2020-01-01").toordinal() + number).date().isoformat()
        record = article(f"a{number}", published, report("signed", "2020-01-01", years=10.0, name="Lancaster Treaty"))
        draft.apply(record, record.origin)
    draft.commit()
    (dossier,) = followed.dossiers.all()
    assert dossier.articles == 600
    assert len(followed.state()[f"d/{dossier.id}"]) < 16_000
    assert dossier.view.years == 10
    assert followed.take(
        article("a300", "2020-10-27", report("signed", "2020-01-01", years=10.0, name="Lancaster Treaty"))
    ).repeat


def test_a_mention_that_moves_a_known_agreement_is_news() -> None:
    """Named, and dated within days: the dossier knows what the article's classifier could not."""
    pact: dict[str, Any] = {"name": "Lancaster Treaty"}
    for on, published, told in (
        ("2025-07-01", "2025-07-02", MOVED),
        ("2025-04-01", "2025-07-02", None),
        (None, "2025-07-02", None),
    ):
        followed = Followed()
        followed.tell(article("a", "2025-02-13", report("agreed", **pact)))
        assert followed.tell(article("b", published, report("signed", on, kind="mention", **pact))) == [told], on


def test_a_mention_without_a_name_moves_nothing_and_founds_nothing() -> None:
    """The same two states alone are no firm ground."""
    followed = Followed()
    followed.tell(article("a", "2025-02-13", report("agreed", name="Lancaster Treaty")))
    assert followed.tell(
        article("b", "2025-07-02", report("signed", "2025-07-01", kind="mention", subjects="aid"))
    ) == [None]
    assert len(followed.dossiers) == 1


def test_what_a_person_set_apart_is_not_merged_on_evidence() -> None:
    """Even when a third dossier brought the two near each other again."""
    followed = Followed()
    pact: dict[str, Any] = {"name": "Lancaster Treaty", "subjects": "maritime"}
    followed.tell(*(article(name, "2025-02-13", report("signed", "2025-02-13", **pact)) for name in "abc"))
    left = followed.take(correction("split", only(followed), article_ids=("b", "c"))).agreements[1].id
    stays = next(dossier for dossier in followed.dossiers.all() if dossier.id != left)
    near = replace(stays, possibly=(left,))
    evidence = near.entries[0]
    assert merge_if_one(followed.dossiers.draft(), near, evidence) is None
    free = replace(near, apart=())
    assert merge_if_one(followed.dossiers.draft(), free, evidence) is not None


def test_a_party_that_joins_years_later_under_the_same_name_joins_the_same_agreement() -> None:
    """Another day of signing does not speak against it, though form and subject are told differently."""
    followed = Followed()
    name = "Comprehensive Prosperity Agreement"
    followed.tell(article("a", "2023-09-13", report("signed", "2023-09-13", name=name, subjects="policy_consultation")))
    joined = report("signed", "2024-12-07", name=name, subjects="cyber_space", instrument="mou", parties="GBR+IND+USA")
    assert followed.tell(article("b", "2024-12-07", joined)) == [FACT]
    assert len(followed.dossiers) == 1
