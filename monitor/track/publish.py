"""A dossier as others see it: the snapshot that alerts carry, and the record of the topic `agreements`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache

from monitor.alerts import words
from monitor.models.agreement import (
    Agreement,
    AgreementState,
    ArticleLog,
    Fact,
    FactSource,
    FactValue,
    Snapshot,
    SourceRef,
    Stage,
)
from monitor.models.record import Origin, Replay
from monitor.models.report import Cost, Planned, Signatory
from monitor.models.vocabulary import Instrument, Kind, Reason, Status, Subject
from monitor.track.dossier import Dossier
from monitor.track.entry import Entry, Person, moment
from monitor.track.facts import Value, View

SOURCES = 10
"""Sources a snapshot names."""

VALUE_SOURCES = 3
"""Sources a value names."""


def day(ordinal: int | None) -> date | None:
    """Return an ordinal as a day."""
    return None if ordinal is None else date.fromordinal(ordinal)


def _people(people: Sequence[Person]) -> tuple[Signatory, ...]:
    return tuple(Signatory(name=name, role=role, country=country) for name, role, country in people)


def snapshot(dossier: Dossier) -> Snapshot:
    """Return a dossier as it stands; drawn once for alert and record."""
    found: Snapshot | None = dossier.__dict__.get("_snapshot")
    if found is None:
        found = dossier.__dict__["_snapshot"] = _snapshot(dossier)
    return found


def _snapshot(dossier: Dossier) -> Snapshot:
    view = dossier.view
    entries = view.entries
    planned = view.planned
    return Snapshot(
        agreement_id=dossier.id,
        parties=view.parties,
        instrument=Instrument(view.instrument),
        subjects=tuple(Subject(subject) for subject in view.subjects[:3]),
        status=Status(view.status) if view.status else None,
        date=day(view.day),
        place=view.place,
        years=view.years,
        name=view.name,
        acronym=view.acronym,
        signatories=_people(view.signatories),
        sites=view.sites,
        cost=Cost(amount=view.cost[0], currency=view.cost[1]) if view.cost else None,
        planned=Planned(
            status=Status(planned.status), date=day(planned.day), place=planned.place, people=_people(planned.people)
        )
        if planned
        else None,
        until=day(view.until),
        stages=tuple(
            _stage(
                episode.status,
                episode.start if episode.stated else None,
                episode.at,
                episode.source,
                episode.article_id,
            )
            for episode in view.episodes
        ),
        sources=tuple(_source(entry, view.own[entry.key]) for entry in entries[::-1][:SOURCES]),
        articles=dossier.articles,
        independent_sources=view.independent_sources,
        confirmed=view.confirmed,
        date_unknown=view.date_unknown,
        possibly_same_as=dossier.possibly,
        conflicts=view.conflicts,
        score=view.score,
        founded_at=moment(dossier.founded or entries[0].at),
        updated_at=moment(entries[-1].at),
    )


@lru_cache(maxsize=4_000)
def _stage(status: str, start: int | None, at: int, source: str, article_id: str) -> Stage:
    return Stage(status=Status(status), date=day(start), reported_at=moment(at), source=source, article_id=article_id)


def _source(entry: Entry, own: bool) -> SourceRef:
    found: SourceRef | None = entry.shown.get(("source", own))
    if found is None:
        found = entry.shown["source", own] = SourceRef(
            article_id=entry.article_id,
            source=entry.source,
            title=entry.title,
            url=entry.url,
            at=moment(entry.at),
            independent=own,
            official=entry.official,
        )
    return found


def _log(entry: Entry, own: bool) -> ArticleLog:
    found: ArticleLog | None = entry.shown.get(("log", own))
    if found is None:
        found = entry.shown["log", own] = ArticleLog(
            article_id=entry.article_id,
            title=entry.title,
            source=entry.source,
            url=entry.url,
            at=moment(entry.at),
            kind=Kind(entry.kind),
            status=Status(entry.status) if entry.status else None,
            independent=own,
            official=entry.official,
            reason=Reason(entry.reason) if entry.reason else None,
            alert_id=entry.alert_id,
            why=entry.why,
            identity=entry.identity,
            changed=entry.changed,
        )
    return found


def _fact_source(entry: Entry, name: str) -> FactSource:
    found: FactSource | None = entry.shown.get(name)
    if found is None:
        found = entry.shown[name] = FactSource(
            article_id=entry.article_id,
            source=entry.source,
            at=moment(entry.at),
            official=entry.official,
            sentence=dict(entry.evidence).get(name, ""),
        )
    return found


def agreement(dossier: Dossier, *, origin: Origin | None, replay: Replay | None) -> Agreement:
    """Return the record of `agreements` for a dossier."""
    if not dossier.entries:
        return Agreement(id=dossier.id, state=AgreementState.VOID, origin=origin, replay=replay)
    view = dossier.view
    return Agreement(
        id=dossier.id,
        apart=dossier.apart,
        snapshot=snapshot(dossier),
        facts=tuple(_facts(view)),
        articles=tuple(_log(entry, view.own[entry.key]) for entry in dossier.entries),
        origin=origin,
        replay=replay,
    )


def redirect(dossier_id: str, to: str, *, origin: Origin | None, replay: Replay | None) -> Agreement:
    """Return the record that stands in the place of a merged dossier."""
    return Agreement(id=dossier_id, state=AgreementState.MERGED, merged_into=to, origin=origin, replay=replay)


_SHOWN: dict[str, Callable[[object], str]] = {
    "years": lambda value: words.years(float(value)) if isinstance(value, int | float) else str(value),
    "date": lambda value: words.day(value) if isinstance(value, int) else str(value),
    "until": lambda value: words.day(value) if isinstance(value, int) else str(value),
    "cost": lambda value: words.money(*value) if isinstance(value, tuple) else str(value),
}
"""How the values of a field are written; others are text."""


def _facts(view: View) -> list[Fact]:
    facts = []
    for name in ("date", "place", "years", "name", "instrument", "until", "cost"):
        values = view.values.get(name)
        if values:
            shown = _SHOWN.get(name, str)
            facts.append(
                Fact(
                    field=name,
                    values=tuple(_value(value, shown, name, first) for first, value in _mark(values)),
                )
            )
    return facts


def _mark(values: list[Value]) -> list[tuple[bool, Value]]:
    return [(index == 0, value) for index, value in enumerate(values[:6])]


def _value(value: Value, shown: Callable[[object], str], name: str, current: bool) -> FactValue:
    first = value.entries[0]
    named = tuple(entry.key for entry in value.entries[1:VALUE_SOURCES])
    drawn = ("value", name, len(value.entries), value.independent, current, named)
    found: FactValue | None = first.shown.get(drawn)
    if found is None:
        found = first.shown[drawn] = _draw_value(value, shown(value.value), name, current)
    return found


def _draw_value(value: Value, text: str, name: str, current: bool) -> FactValue:
    return FactValue(
        value=text,
        current=current,
        sources=tuple(_fact_source(entry, name) for entry in value.entries[:VALUE_SOURCES]),
        articles=len(value.entries),
        independent_sources=value.independent,
    )
