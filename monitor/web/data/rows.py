"""What is kept of a record in memory: what a table shows, and the record itself, packed or by its offset.

20,000 dossiers as objects take a gigabyte; as packed bytes with a light row they take a tenth.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from aiokafka import ConsumerRecord

from monitor.models.agreement import Agreement, AgreementState
from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.record import Record
from monitor.models.report import ArticleReports, decode_reports
from monitor.models.vocabulary import DeliveryState, Instrument, Kind, Reason, ReplayMode, Status, Subject
from monitor.slack.headline import headline
from monitor.slack.names import capital, instrument, party
from monitor.slack.text import clean

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """A dossier in a table."""

    id: str
    state: AgreementState
    merged_into: str | None
    title: str
    parties: tuple[str, ...]
    instrument: Instrument
    subjects: tuple[Subject, ...]
    status: Status | None
    date: date | None
    articles: int
    sources: int
    confirmed: bool
    conflicts: int
    score: float
    founded_at: datetime
    updated_at: datetime
    haystack: str
    """Lower case: what a search looks through."""
    packed: bytes

    @classmethod
    def read(cls, value: bytes) -> AgreementRow:
        """Make a row of a record of `agreements`; raises RecordError."""
        record = Agreement.decode(value)
        shown = record.snapshot
        packed = zlib.compress(value, 1)
        if shown is None:
            title = "merged into another dossier" if record.merged_into else "taken back by every article"
            return cls(
                id=record.id,
                state=record.state,
                merged_into=record.merged_into,
                title=title,
                parties=(),
                instrument=Instrument.UNKNOWN,
                subjects=(),
                status=None,
                date=None,
                articles=0,
                sources=0,
                confirmed=False,
                conflicts=0,
                score=0.0,
                founded_at=_EPOCH,
                updated_at=_EPOCH,
                haystack=record.id.lower(),
                packed=packed,
            )
        names = [party(code).name for code in shown.parties]
        title = f"{' – '.join(names[:4]) or 'Unnamed parties'}: {instrument(shown)}"
        if shown.acronym:
            title += f" ({clean(shown.acronym)})"
        people = [person.name for person in shown.signatories]
        words = (record.id, title, *shown.parties, shown.name or "", shown.place or "", *people, *shown.sites)
        return cls(
            id=record.id,
            state=record.state,
            merged_into=None,
            title=title,
            parties=shown.parties,
            instrument=shown.instrument,
            subjects=shown.subjects,
            status=shown.status,
            date=shown.date,
            articles=shown.articles,
            sources=shown.independent_sources,
            confirmed=shown.confirmed,
            conflicts=len(shown.conflicts),
            score=shown.score,
            founded_at=shown.founded_at,
            updated_at=shown.updated_at,
            haystack=" ".join(words).lower(),
            packed=packed,
        )

    def record(self) -> Agreement:
        """Return the whole record."""
        return Agreement.decode(zlib.decompress(self.packed))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands."""

    partition: int
    offset: int


def _when(record: ConsumerRecord[Any, Any]) -> datetime:
    return datetime.fromtimestamp(record.timestamp / 1000, UTC)


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert in a table."""

    id: str
    place: Place
    written_at: datetime
    """Processing time."""
    at: datetime
    """Event time."""
    reason: Reason
    headline: str
    explanation: str
    agreement_id: str | None
    actor_id: str | None
    status: Status | None
    parties: tuple[str, ...]
    subjects: tuple[Subject, ...]
    rules: tuple[str, ...]
    article_id: str | None
    source: str
    score: float
    revision: int
    replay: ReplayMode | None

    @classmethod
    def read(cls, record: ConsumerRecord[Any, Any]) -> AlertRow | None:
        """Make a row of a record of `alerts`, None of one that renews what was told; raises RecordError."""
        alert = Alert.decode(record.value)
        if alert.revision:
            return None
        return cls(
            id=alert.id,
            place=Place(record.partition, record.offset),
            written_at=_when(record),
            at=alert.at,
            reason=alert.reason,
            headline=capital(headline(alert)),
            explanation=clean(alert.explanation),
            agreement_id=alert.agreement_id,
            actor_id=alert.actor_id,
            status=alert.status,
            parties=alert.parties,
            subjects=alert.snapshot.subjects if alert.snapshot else (),
            rules=tuple(sorted({evidence.rule for evidence in alert.evidence})),
            article_id=alert.article.id if alert.article else None,
            source=clean(alert.article.source) if alert.article else "",
            score=alert.score,
            revision=alert.revision,
            replay=alert.replay.mode if alert.replay else None,
        )


@dataclass(frozen=True, slots=True)
class Said:
    """One report of an article, as far as statistics need it."""

    kind: Kind
    parties: tuple[str, ...]
    subjects: tuple[Subject, ...]
    status: Status | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What stands in `reports` of one article."""

    article_id: str
    place: Place
    written_at: datetime
    at: datetime
    """Event time, or arrival of an undated article."""
    dated: bool
    ingested_at: datetime
    source: str
    title: str
    kind: Kind | None
    said: tuple[Said, ...]
    origin: tuple[str, int, int]
    """Topic, partition and offset of the article."""

    @classmethod
    def read(cls, record: ConsumerRecord[Any, Any]) -> ReportRow | None:
        """Make a row of a record of `reports`, None of a tick or correction; raises RecordError."""
        found = decode_reports(record.value)
        if not isinstance(found, ArticleReports):
            return None
        article = found.article
        return cls(
            article_id=article.id,
            place=Place(record.partition, record.offset),
            written_at=_when(record),
            at=article.sort_time,
            dated=article.event_time is not None,
            ingested_at=article.ingested_at,
            source=clean(article.source),
            title=clean(article.title),
            kind=found.kind,
            said=tuple(Said(one.kind, one.parties, one.subjects, one.status) for one in found.reports if found.kind),
            origin=(found.origin.topic, found.origin.partition, found.origin.offset),
        )


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """Where an alert stands on a channel."""

    key: str
    alert_id: str
    channel: str
    agreement_id: str | None
    state: DeliveryState
    attempts: int
    due: datetime | None
    error: str | None
    ts: str | None
    accepted_at: datetime | None
    updated_at: datetime

    @classmethod
    def read(cls, value: bytes) -> DeliveryRow:
        """Make a row of a record of `deliveries`; raises RecordError."""
        found = Delivery.decode(value)
        return cls(
            key=found.key,
            alert_id=found.alert_id,
            channel=found.channel,
            agreement_id=found.agreement_id,
            state=found.state,
            attempts=found.attempts,
            due=found.due,
            error=clean(found.error) if found.error else None,
            ts=found.ts,
            accepted_at=found.accepted_at,
            updated_at=found.updated_at,
        )


def dump(record: Record) -> dict[str, Any]:
    """Return a record as JSON values."""
    return record.model_dump(mode="json", exclude={"schema_version"})
