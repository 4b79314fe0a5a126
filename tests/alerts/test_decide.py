"""When there is something to tell: tables of decisions, each row a short life of an agreement.

A life is written as reports in the order in which they come; the last one is decided on.
"""

from __future__ import annotations

from typing import Any

import pytest

from monitor.models.report import ArticleReports, Cost
from monitor.models.vocabulary import Reason
from tests.track.reports import Followed, article, report

NEW, MOVED, FACT, FIXED = Reason.NEW_AGREEMENT, Reason.STAGE_MOVED, Reason.NEW_FACT, Reason.CORRECTED

Told = tuple[str, str | None, dict[str, Any]]
"""Published, stage, and what else the report says."""


def last(life: list[Told]) -> tuple[Reason | None, str]:
    """Return what was decided on the last report of a life: the reason, and the field or the words for silence."""
    followed = Followed()
    for number, (published, status, more) in enumerate(life):
        record = written(f"paper-{number}", published, status, more)
        decision = followed.take(record)
    if decision.alerts:
        return decision.alerts[0].reason, decision.alerts[0].field
    return None, decision.silences[0]


def written(name: str, published: str, status: str | None, more: dict[str, Any]) -> ArticleReports:
    """Return the record of one report of a life."""
    fields = dict(more)
    source = fields.pop("source", name)
    return article(name, published, report(status, fields.pop("on", None), **fields), source=source)


STAGES: list[tuple[str, list[Told], Reason | None]] = [
    ("the first report is told", [("2025-02-13", "proposed", {})], NEW),
    ("a mention opens nothing", [("2025-02-13", "signed", {"kind": "mention"})], None),
    ("a sale opens nothing", [("2025-02-13", None, {"kind": "sale"})], None),
    ("the same again is not", [("2025-02-13", "signed", {}), ("2025-02-14", "signed", {})], None),
    ("forward is told", [("2025-02-13", "agreed", {}), ("2025-07-02", "signed", {"on": "2025-07-01"})], MOVED),
    ("a mention moves nothing", [("2025-02-13", "agreed", {}), ("2025-07-02", "signed", {"kind": "mention"})], None),
    (
        "a late report of an old stage is silent",
        [("2025-02-13", "agreed", {}), ("2025-02-20", "signed", {"on": "2025-02-19"}), ("2025-02-21", "agreed", {})],
        None,
    ),
    (
        "signing on the day after the announcement is told",
        [("2025-02-13", "agreed", {}), ("2025-02-14", "signed", {"on": "2025-02-14"})],
        MOVED,
    ),
    (
        "two words for one announcement are one piece of news",
        [("2025-02-13", "proposed", {}), ("2025-02-14", "negotiating", {})],
        None,
    ),
    (
        "talks that open weeks after a proposal are told",
        [("2025-02-13", "proposed", {}), ("2025-03-14", "negotiating", {})],
        MOVED,
    ),
    (
        "an extension that one paper calls signed and the next renewed is one ceremony",
        [("2025-02-13", "signed", {"on": "2025-02-13"}), ("2025-02-14", "renewed", {"on": "2025-02-13"})],
        None,
    ),
    (
        "an unsigned agreement that one paper calls shelved and the next dropped has failed once",
        [("2022-01-13", "agreed", {}), ("2022-04-21", "stalled", {}), ("2022-04-22", "terminated", {})],
        None,
    ),
    (
        "one that was signed may be dropped on the day after it stalled",
        [("2022-01-13", "signed", {}), ("2022-04-21", "stalled", {}), ("2022-04-22", "terminated", {})],
        MOVED,
    ),
    (
        "a party that leaves, and an agreement that ends with it, are one piece of news",
        [("2022-01-13", "in_force", {}), ("2022-04-21", "withdrawn", {}), ("2022-04-22", "terminated", {})],
        None,
    ),
    (
        "months after a renewal, the day on which it is said to be signed is that of something else",
        [
            ("2021-10-14", "renewed", {"on": "2021-10-14"}),
            ("2022-05-05", "signed", {"on": "2022-05-05"}),
        ],
        None,
    ),
    ("setbacks are told: stalled", [("2025-02-13", "negotiating", {}), ("2025-06-01", "stalled", {})], MOVED),
    ("setbacks are told: rejected", [("2025-02-13", "signed", {}), ("2025-06-01", "rejected", {})], MOVED),
    ("setbacks are told: suspended", [("2025-02-13", "in_force", {}), ("2025-06-01", "suspended", {})], MOVED),
    ("setbacks are told: withdrawn", [("2025-02-13", "in_force", {}), ("2025-06-01", "withdrawn", {})], MOVED),
    ("setbacks are told: terminated", [("2025-02-13", "in_force", {}), ("2025-06-01", "terminated", {})], MOVED),
    ("so is an amendment", [("2021-02-13", "in_force", {}), ("2025-06-01", "amended", {"on": "2025-06-01"})], MOVED),
    (
        "coming back is told",
        [
            ("2020-02-11", "terminated", {"on": "2020-02-11"}),
            ("2020-06-02", "suspended", {"on": "2020-06-01"}),
            ("2021-07-30", "in_force", {"on": "2021-07-30"}),
        ],
        MOVED,
    ),
    (
        "a second suspension is told",
        [
            ("2020-02-11", "suspended", {"on": "2020-02-11"}),
            ("2020-06-02", "in_force", {"on": "2020-06-01"}),
            ("2021-07-30", "suspended", {"on": "2021-07-30"}),
        ],
        MOVED,
    ),
    (
        "a suspension that is spoken of after its end is the past",
        [
            ("2020-02-11", "suspended", {"on": "2020-02-11"}),
            ("2020-06-02", "in_force", {"on": "2020-06-01"}),
            ("2020-07-30", "suspended", {}),
        ],
        None,
    ),
]


@pytest.mark.parametrize(("rule", "life", "reason"), STAGES, ids=[row[0] for row in STAGES])
def test_stages(rule: str, life: list[Told], reason: Reason | None) -> None:
    """A stage is told when it moved, once, whatever words the papers use."""
    assert last(life)[0] is reason, rule


SIGNED: Told = ("2025-02-13", "signed", {"on": "2025-02-13"})
AGREED: Told = ("2025-02-13", "agreed", {})

FACTS: list[tuple[str, list[Told], tuple[Reason | None, str] | Reason | None]] = [
    ("a term", [SIGNED, ("2025-02-14", "signed", {"years": 10.0})], (FACT, "years")),
    (
        "a term that is known",
        [("2025-02-13", "signed", {"years": 10.0}), ("2025-02-14", "signed", {"years": 10.0})],
        None,
    ),
    ("a telling name", [SIGNED, ("2025-02-14", "signed", {"name": "Lancaster House Treaty"})], (FACT, "name")),
    ("a name that only describes", [SIGNED, ("2025-02-14", "signed", {"name": "Defence Cooperation Agreement"})], None),
    (
        "another form of its name",
        [
            ("2025-02-13", "signed", {"name": "Lancaster House Treaty"}),
            ("2025-02-14", "signed", {"name": "Lancaster Treaty"}),
        ],
        None,
    ),
    (
        "sites",
        [SIGNED, ("2025-02-14", "signed", {"subjects": "basing_access general_dca", "sites": ("Rygge", "Sola")})],
        (FACT, "sites"),
    ),
    (
        "a single site",
        [SIGNED, ("2025-02-14", "signed", {"subjects": "basing_access general_dca", "sites": ("Rygge",)})],
        None,
    ),
    (
        "sites of an agreement that has none",
        [SIGNED, ("2025-02-14", "signed", {"sites": ("Elysee Palace", "Hotel Matignon")})],
        None,
    ),
    (
        "sites that are known in a longer form",
        [
            ("2025-02-13", "signed", {"subjects": "basing_access", "sites": ("Rygge air station", "Sola airport")}),
            ("2025-02-14", "signed", {"subjects": "basing_access", "sites": ("Rygge", "Sola")}),
        ],
        None,
    ),
    (
        "a cost",
        [SIGNED, ("2025-02-14", "signed", {"subjects": "aid general_dca", "cost": Cost(amount=1e8, currency="USD")})],
        (FACT, "cost"),
    ),
    (
        "a sum beside an agreement on other things",
        [SIGNED, ("2025-02-14", "signed", {"cost": Cost(amount=1e8, currency="USD")})],
        None,
    ),
    (
        "a day for the signing",
        [AGREED, ("2025-03-01", "agreed", {"planned": ("signed", "2025-04-02")})],
        (FACT, "planned"),
    ),
    (
        "the same day again",
        [
            ("2025-02-13", "agreed", {"planned": ("signed", "2025-04-02")}),
            ("2025-03-01", "agreed", {"planned": ("signed", "2025-04-03")}),
        ],
        None,
    ),
    (
        "another day",
        [
            ("2025-02-13", "agreed", {"planned": ("signed", "2025-04-02")}),
            ("2025-03-01", "agreed", {"planned": ("signed", "2025-05-02")}),
        ],
        (FACT, "planned"),
    ),
    ("a plan without a day", [AGREED, ("2025-03-01", "agreed", {"planned": ("signed", None)})], None),
    ("a plan for what has come", [SIGNED, ("2025-03-01", "signed", {"planned": ("agreed", "2025-04-02")})], None),
    (
        "a suspension prolonged",
        [
            ("2025-02-13", "suspended", {"until": "2025-06-01"}),
            ("2025-05-13", "suspended", {"until": "2025-12-01"}),
        ],
        (FACT, "until"),
    ),
    (
        "a suspension for six months more is an end, not a term",
        [("2025-02-13", "suspended", {"years": 0.5}), ("2025-07-13", "suspended", {"years": 0.5})],
        (FACT, "until"),
    ),
    (
        "a suspension that goes on, in a weaker word",
        [("2025-02-13", "suspended", {"years": 0.5}), ("2025-07-13", "stalled", {"years": 0.5})],
        (FACT, "until"),
    ),
    (
        "the end of a suspension, told a little differently",
        [("2025-02-13", "suspended", {"until": "2025-06-01"}), ("2025-02-14", "suspended", {"until": "2025-06-10"})],
        None,
    ),
    (
        "a third party joins",
        [
            ("2025-02-13", "signed", {"on": "2025-02-13", "name": "Lancaster Treaty"}),
            ("2026-02-13", "signed", {"on": "2026-02-12", "parties": "AUS+IND+USA", "name": "Lancaster Treaty"}),
        ],
        (FACT, "parties"),
    ),
    (
        "the ceremony that is known, with one party more, is a slip",
        [SIGNED, ("2025-02-14", "signed", {"on": "2025-02-13", "parties": "AUS+IND+USA"})],
        None,
    ),
    (
        "a second ceremony at another place",
        [
            ("2021-04-16", "signed", {"on": "2021-04-16", "place": "Oslo", "name": "Lancaster Treaty"}),
            ("2022-04-12", "signed", {"on": "2021-03-31", "place": "Washington", "name": "Lancaster Treaty"}),
        ],
        (FACT, "place"),
    ),
    ("the place, that one source left out", [SIGNED, ("2025-02-14", "signed", {"place": "Delhi"})], None),
    (
        "the place, that two sources left out",
        [SIGNED, ("2025-02-14", "signed", {}), ("2025-02-15", "signed", {"place": "Delhi"})],
        (FACT, "place"),
    ),
    (
        "who signed, that nobody had said",
        [SIGNED, ("2025-02-14", "signed", {"people": "Singh Austin"})],
        (FACT, "signatories"),
    ),
    (
        "a full title, though its words only describe",
        [SIGNED, ("2025-02-14", "signed", {"name": "Mutual Protection of Defence Information Agreement"})],
        (FACT, "name"),
    ),
    ("a name that only describes", [SIGNED, ("2025-02-14", "signed", {"name": "Defence Cooperation Agreement"})], None),
    (
        "the building in which it was announced is no site of it",
        [
            ("2025-02-13", "in_force", {"subjects": "basing_access"}),
            (
                "2025-02-14",
                "in_force",
                {"subjects": "basing_access", "place": "Camp Lincoln", "sites": ("Camp Lincoln", "Rose Palace")},
            ),
        ],
        None,
    ),
    (
        "half a year, beside a suspension, is how long it pauses",
        [
            ("2025-02-13", "suspended", {"on": "2025-02-13"}),
            ("2025-07-30", "in_force", {"on": "2025-07-30", "years": 0.5}),
        ],
        (MOVED, "status"),
    ),
    (
        "and is not told with the next article",
        [
            ("2025-02-13", "suspended", {"on": "2025-02-13"}),
            ("2025-07-30", "in_force", {"on": "2025-07-30"}),
            ("2025-07-31", "in_force", {"years": 0.5}),
        ],
        None,
    ),
    (
        "the term was told wrong: an official source says so",
        [
            ("2025-02-13", "signed", {"years": 5.0}),
            ("2025-02-14", "signed", {"years": 10.0, "source": "Ministry of Defence"}),
        ],
        (FIXED, "years"),
    ),
    ("what a paper calls it", [SIGNED, ("2025-02-14", "signed", {"name": "Nouadhibou accord"})], None),
    (
        "the day of a stage that nobody had dated, weeks before it was told",
        [("2025-02-13", "in_force", {}), ("2025-02-14", "in_force", {"on": "2025-01-20"})],
        (FACT, "date"),
    ),
    (
        "the day on which everyone took it to have been",
        [("2025-02-13", "in_force", {}), ("2025-02-14", "in_force", {"on": "2025-02-12"})],
        None,
    ),
    (
        "the place was told wrong: an official source says so",
        [
            ("2025-02-13", "signed", {"place": "Oslo"}),
            ("2025-02-14", "signed", {"place": "Bergen", "source": "Ministry of Defence"}),
        ],
        (FIXED, "place"),
    ),
    (
        "a town by its full name is no other place",
        [
            ("2025-02-13", "signed", {"place": "Rio"}),
            ("2025-02-14", "signed", {"place": "Rio de Janeiro", "source": "Ministry of Defence"}),
        ],
        None,
    ),
    (
        "a paper's other place corrects nothing",
        [
            ("2025-02-13", "signed", {"place": "Oslo"}),
            ("2025-02-14", "signed", {"place": "Bergen"}),
            ("2025-02-15", "signed", {"place": "Bergen"}),
        ],
        None,
    ),
    (
        "the day was told wrong: two others say so",
        [
            ("2025-02-13", "signed", {"on": "2025-02-13"}),
            ("2025-02-14", "signed", {"on": "2025-02-07"}),
            ("2025-02-15", "signed", {"on": "2025-02-07"}),
        ],
        (FIXED, "date"),
    ),
    (
        "by a day it is a slip",
        [
            ("2025-02-13", "signed", {"on": "2025-02-13"}),
            ("2025-02-14", "signed", {"on": "2025-02-12"}),
            ("2025-02-15", "signed", {"on": "2025-02-12"}),
        ],
        None,
    ),
    (
        "the sum was told wrong",
        [
            ("2025-02-13", "signed", {"subjects": "aid", "cost": Cost(amount=5e6, currency="USD")}),
            ("2025-02-14", "signed", {"subjects": "aid", "cost": Cost(amount=5e8, currency="USD")}),
            ("2025-02-15", "signed", {"subjects": "aid", "cost": Cost(amount=5e8, currency="USD")}),
        ],
        (FIXED, "cost"),
    ),
    (
        "it was told as signed, and the signing is still ahead",
        [
            ("2025-02-13", "negotiating", {}),
            ("2025-03-08", "signed", {}),
            ("2025-03-20", "agreed", {"planned": ("signed", "2025-11-02")}),
        ],
        (FIXED, "status"),
    ),
    (
        "then the true signing is told",
        [
            ("2025-02-13", "negotiating", {}),
            ("2025-03-08", "signed", {}),
            ("2025-03-20", "agreed", {"planned": ("signed", "2025-11-02")}),
            ("2025-11-02", "signed", {"on": "2025-11-02"}),
        ],
        (MOVED, "status"),
    ),
    (
        "one paper against another corrects nothing",
        [("2025-02-13", "signed", {"years": 5.0}), ("2025-02-14", "signed", {"years": 10.0})],
        None,
    ),
    (
        "a second source against the one that was told",
        [
            ("2025-02-13", "signed", {"years": 5.0}),
            ("2025-02-14", "signed", {"years": 10.0}),
            ("2025-02-15", "signed", {"years": 10.0}),
        ],
        (FIXED, "years"),
    ),
]


@pytest.mark.parametrize(("fact", "life", "expected"), FACTS, ids=[row[0] for row in FACTS])
def test_facts(fact: str, life: list[Told], expected: tuple[Reason, str] | None) -> None:
    """A fact is told when it is material and nobody gave it before; the alert names its field."""
    reason, field = last(life)
    assert (None if reason is None else (reason, field)) == expected, fact


def test_a_stage_and_facts_of_one_article_are_one_alert() -> None:
    """The stage leads, the facts are listed."""
    followed = Followed()
    followed.tell(article("a", "2025-02-13", report("agreed")))
    decision = followed.take(article("b", "2025-07-02", report("signed", "2025-07-01", years=10.0)))
    assert [alert.reason for alert in decision.alerts] == [MOVED]
    assert decision.alerts[0].facts == ("duration: 10 years",)
    assert (decision.alerts[0].previous, decision.alerts[0].value) == ("agreed", "signed")


def test_silence_gives_its_reason() -> None:
    """What a reader may ask of an article that was not told is answered in the dossier."""
    followed = Followed()
    followed.tell(
        article("a", "2025-02-13", report("agreed")), article("b", "2025-07-02", report("signed", "2025-07-01"))
    )
    silences = {
        "confirms that it is signed": report("signed", "2025-07-01"),
        "speaks of an older stage": report("agreed"),
        "a mention": report(None, kind="mention"),
    }
    for number, (words, said) in enumerate(silences.items()):
        decision = followed.take(article(f"later-{number}", "2025-07-03", said))
        assert words in decision.silences[0]
        log = {entry.article_id: entry.why for entry in decision.agreements[0].articles}
        assert log[f"later-{number}"] == decision.silences[0]


def test_a_second_suspension_has_an_alert_id_of_its_own() -> None:
    """The episode counts, so that the deliverer does not take the second for the first."""
    followed = Followed()
    life = [
        ("2020-02-11", "suspended"),
        ("2020-06-01", "in_force"),
        ("2021-07-30", "suspended"),
        ("2022-01-10", "in_force"),
    ]
    followed.tell(article("x", "2019-01-01", report("in_force", "2019-01-01")))
    ids = [followed.take(article(day, day, report(status, day))).alerts[0] for day, status in life]
    assert [alert.episode for alert in ids] == [0, 1, 1, 2]
    assert len({alert.id for alert in ids}) == 4


def test_a_fact_that_is_outvoted_and_back_is_told_once() -> None:
    """Five years, ten, five again: each value is told when it first stands, and never under the same id again."""
    followed = Followed()
    years = [5.0, 10.0, 10.0, 5.0, 5.0, 10.0, 5.0]
    decisions = [
        followed.take(article(f"a{number}", f"2025-02-{13 + number}", report("signed", "2025-02-13", years=value)))
        for number, value in enumerate(years)
    ]
    alerts = [alert for decision in decisions for alert in decision.alerts]
    assert [alert.reason for alert in alerts] == [NEW, FIXED]
    (dossier,) = followed.dossiers.all()
    assert dossier.view.years == 5.0  # the conflict goes on; it is shown in the dossier


def test_a_fact_that_was_taken_back_and_returns_is_told_once() -> None:
    """An editor drops the term and puts it back: readers know it."""
    followed = Followed()
    followed.tell(article("a", "2025-02-13", report("signed", "2025-02-13")))
    given = [10.0, None, 10.0]
    decisions = [
        followed.take(
            article(
                "b",
                "2025-02-14",
                report("signed", "2025-02-13", years=value),
                text=number,
                arrived=f"2025-02-{15 + number}",
            )
        )
        for number, value in enumerate(given)
    ]
    assert [bool(decision.alerts) for decision in decisions] == [True, False, False]


def test_a_stage_that_is_entered_again_is_said_to_be_so() -> None:
    """The words tell which of the two stages is entered once more."""
    followed = Followed()
    life = [("2020-02-11", "in_force"), ("2020-06-01", "suspended"), ("2021-07-30", "in_force")]
    said = [followed.take(article(day, day, report(status, day))).alerts[0].explanation for day, status in life]
    assert said[1:] == ["now suspended, was in force", "now in force once more, was suspended"]
