"""Records for tests, written as short as what they are about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from monitor.models.article import ArticleRef
from monitor.models.record import Origin, Replay
from monitor.models.report import ArticleReports, EarlierStage, Planned, Report, Signatory, Tick
from monitor.models.vocabulary import Instrument, Kind, Reason, Status, Subject
from monitor.track import Decision, Dossiers


def day(text: str) -> date:
    """``2025-10-31`` -> a day."""
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    """``2025-10-31`` or ``2025-10-31T12:00`` -> a moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def report(
    status: str | None = "signed",
    on: str | None = None,
    *,
    parties: str = "IND+USA",
    kind: str = "agreement",
    subjects: str = "general_dca",
    instrument: str = "agreement",
    people: str = "",
    planned: tuple[str, str | None] | None = None,
    until: str | None = None,
    earlier: tuple[tuple[str, str], ...] = (),
    **more: Any,
) -> Report:
    """Return a report; ``people`` and ``subjects`` are words between blanks."""
    return Report(
        kind=Kind(kind),
        parties=tuple(sorted(parties.split("+"))) if parties else (),
        instrument=Instrument(instrument),
        subjects=tuple(Subject(subject) for subject in subjects.split()),
        status=Status(status) if status else None,
        date=day(on) if on else None,
        signatories=tuple(Signatory(name=name) for name in people.split()),
        planned=Planned(status=Status(planned[0]), date=day(planned[1]) if planned[1] else None) if planned else None,
        until=day(until) if until else None,
        earlier=tuple(EarlierStage(status=Status(name), date=day(then)) for name, then in earlier),
        **{"score": 0.3 if kind == "mention" else 0.9, **more},
    )


def article(
    name: str,
    published: str | None,
    *reports: Report,
    source: str | None = None,
    text: int = 1,
    arrived: str | None = None,
    fingerprint: tuple[int, ...] = (),
    credited: tuple[str, ...] = (),
    replay: Replay | None = None,
    offset: int = 0,
) -> ArticleReports:
    """Return the record of an article; ``text`` stands for its words, ``name`` is its id and, unless given, source."""
    came = moment(arrived or published or "2025-01-01")
    return ArticleReports(
        article=ArticleRef(
            id=name,
            title=f"Title of {name}",
            source=name if source is None else source,
            published_at=moment(published) if published else None,
            ingested_at=came,
        ),
        kind=reports[0].kind if reports else None,
        reports=reports,
        text_hash=f"{text:016x}",
        fingerprint=fingerprint,
        credits=credited,
        origin=Origin(topic="articles", partition=0, offset=offset, article_id=name),
        replay=replay,
    )


ORIGIN = Origin(topic="reports", partition=0, offset=0, article_id="")


def tick(minute: str) -> Tick:
    """Return a minute that comes."""
    return Tick(minute=moment(minute))


class Followed:
    """Dossiers with what came of each record, for tests that tell a story."""

    def __init__(self) -> None:
        self.dossiers = Dossiers()
        self.told: list[tuple[str, Reason]] = []
        """(article, reason) of every alert."""

    def take(self, record: Any) -> Decision:
        """Apply a record, and fold it in."""
        draft = self.dossiers.draft()
        decision = draft.apply(record, ORIGIN)
        draft.commit()
        self.told += [(alert.article.id if alert.article else "", alert.reason) for alert in decision.alerts]
        return decision

    def tell(self, *records: Any) -> list[Reason | None]:
        """Apply records and return, for each, why it was told, None for silence."""
        return [next((alert.reason for alert in self.take(record).alerts), None) for record in records]

    def state(self) -> dict[str, bytes]:
        """Return what the table holds."""
        return dict(self.dossiers.items())
