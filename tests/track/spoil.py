"""Ways in which a classifier errs, one function each: a report goes in, a spoilt one comes out (None: not seen)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta

from monitor.models.report import Report
from monitor.models.vocabulary import Instrument, Kind, Status, Subject

Spoiler = Callable[[Report, random.Random], Report | None]

NEIGHBOURS = {
    Status.PROPOSED: (Status.NEGOTIATING,),
    Status.NEGOTIATING: (Status.PROPOSED, Status.AGREED),
    Status.AGREED: (Status.NEGOTIATING, Status.SIGNED),
    Status.SIGNED: (Status.AGREED,),
    Status.RATIFIED: (Status.SIGNED, Status.IN_FORCE),
    Status.IN_FORCE: (Status.RATIFIED,),
    Status.AMENDED: (Status.SIGNED,),
    Status.SUSPENDED: (Status.TERMINATED,),
}


def drop(*fields: str, share: float) -> Spoiler:
    """Lose fields, each by itself."""

    def spoil(report: Report, chance: random.Random) -> Report:
        empty = {name: () if isinstance(getattr(report, name), tuple) else None for name in fields}
        return report.model_copy(update={name: value for name, value in empty.items() if chance.random() < share})

    return spoil


def wrong_instrument(share: float) -> Spoiler:
    """Take one form for another."""

    def spoil(report: Report, chance: random.Random) -> Report:
        if chance.random() >= share:
            return report
        return report.model_copy(update={"instrument": chance.choice(list(Instrument))})

    return spoil


def wrong_subjects(share: float) -> Spoiler:
    """Find other subjects."""

    def spoil(report: Report, chance: random.Random) -> Report:
        if chance.random() >= share:
            return report
        return report.model_copy(update={"subjects": tuple(chance.sample(list(Subject), chance.randint(1, 2)))})

    return spoil


def wrong_status(share: float) -> Spoiler:
    """Take a stage for its neighbour."""

    def spoil(report: Report, chance: random.Random) -> Report:
        if chance.random() >= share or report.status not in NEIGHBOURS:
            return report
        return report.model_copy(update={"status": chance.choice(NEIGHBOURS[report.status])})

    return spoil


def wrong_date(share: float) -> Spoiler:
    """Resolve a day a little wrong."""

    def spoil(report: Report, chance: random.Random) -> Report:
        if report.date is None or chance.random() >= share:
            return report
        return report.model_copy(update={"date": report.date + timedelta(days=chance.choice((-7, -1, 1, 2)))})

    return spoil


def wrong_parties(share: float) -> Spoiler:
    """Miss a party, or take a bystander for one."""

    def spoil(report: Report, chance: random.Random) -> Report:
        if chance.random() >= share:
            return report
        if chance.random() < 0.5:
            return report.model_copy(update={"parties": (chance.choice(report.parties),)})
        return report.model_copy(update={"parties": tuple(sorted({*report.parties, chance.choice(("CHN", "UKR"))}))})

    return spoil


def only_mention(share: float) -> Spoiler:
    """Take news for background."""

    def spoil(report: Report, chance: random.Random) -> Report:
        return report.model_copy(update={"kind": Kind.MENTION}) if chance.random() < share else report

    return spoil


def together(*spoilers: Spoiler) -> Spoiler:
    """Err in several ways at once."""

    def spoil(report: Report, chance: random.Random) -> Report | None:
        found: Report | None = report
        for each in spoilers:
            found = each(found, chance) if found else None
        return found

    return spoil


USUAL = together(
    drop("name", share=0.3),
    drop("date", "place", "signatories", share=0.3),
    drop("sites", "planned", "years", "until", share=0.15),
    wrong_instrument(0.2),
    wrong_subjects(0.15),
    wrong_date(0.1),
    wrong_parties(0.04),
    wrong_status(0.06),
    only_mention(0.04),
)
"""What a fair classifier does to a report."""
