"""What others see of a tracked agreement: the snapshot that alerts, pages and commands draw."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from monitor.models.record import Day, Instant, Origin, Part, Record, Replay
from monitor.models.report import Cost, Planned, Signatory
from monitor.models.vocabulary import Instrument, Kind, Reason, Status, Subject


class Stage(Part):
    """An entry of the life cycle."""

    status: Status
    date: Day | None = None
    reported_at: Instant
    """Event time of the first report of it, or its arrival when undated."""
    source: str = ""
    """Who said so first."""
    article_id: str = ""


class SourceRef(Part):
    """An article that speaks of the agreement."""

    article_id: str
    source: str = ""
    title: str = ""
    url: str | None = None
    at: Instant
    independent: bool = True
    """False for a republication or near-duplicate of one already counted."""
    official: bool = False


class Snapshot(Part):
    """An agreement as known at one moment."""

    agreement_id: str
    parties: tuple[str, ...]
    instrument: Instrument = Instrument.UNKNOWN
    subjects: tuple[Subject, ...] = ()
    status: Status | None = None
    date: Day | None = None
    """The day of ``status``."""
    place: str | None = None
    years: float | None = None
    name: str | None = None
    acronym: str | None = None
    signatories: tuple[Signatory, ...] = ()
    sites: tuple[str, ...] = ()
    cost: Cost | None = None
    planned: Planned | None = None
    until: Day | None = None
    stages: tuple[Stage, ...] = ()
    """The life so far, oldest first."""
    sources: tuple[SourceRef, ...] = ()
    """Newest first, capped at 10; the counts tell the rest."""
    articles: int = Field(default=0, ge=0)
    independent_sources: int = Field(default=0, ge=0)
    confirmed: bool = False
    """A second independent, or an official, source has it."""
    date_unknown: bool = False
    """Founded by an undated article."""
    possibly_same_as: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    """Fields on which sources disagree."""
    score: float = Field(default=0.0, ge=0, le=1)
    founded_at: Instant
    updated_at: Instant


class FactSource(Part):
    """Who said it, when, and in which words."""

    article_id: str
    source: str = ""
    at: Instant
    official: bool = False
    sentence: str = ""
    """The sentence it rests on; kept for the first sources only."""


class FactValue(Part):
    """One value of a fact, with those who give it."""

    value: str
    """As text a person reads."""
    current: bool = False
    """Chosen over its rivals: an official source first, then more independent sources, then the newer."""
    sources: tuple[FactSource, ...] = ()
    """Oldest first, capped at 3; ``articles`` counts them all."""
    articles: int = Field(default=0, ge=0)
    independent_sources: int = Field(default=0, ge=0)


class Fact(Part):
    """Everything that was said about one field; several current values where a field holds several (sites)."""

    field: str
    values: tuple[FactValue, ...]


class ArticleLog(Part):
    """What an article did to the dossier, and why it was told or not: silence is explained."""

    article_id: str
    title: str = ""
    source: str = ""
    url: str | None = None
    at: Instant
    kind: Kind
    status: Status | None = None
    """The stage it reports."""
    independent: bool = True
    official: bool = False
    reason: Reason | None = None
    """Of the alert it gave; None: silence."""
    alert_id: str | None = None
    why: str = ""
    """Why it was told, or why not."""
    identity: str = ""
    """Why it was taken for this agreement."""
    changed: tuple[str, ...] = ()
    """What stands otherwise since, in words ("place", "one more source"); empty for the first article, too."""


class AgreementState(StrEnum):
    """Whether a dossier still stands for itself."""

    LIVE = "live"
    """Followed."""
    MERGED = "merged"
    """Absorbed by another; ``merged_into`` says which."""
    VOID = "void"
    """Every article on it took its report back."""


class Agreement(Record):
    """A tracked agreement as `agreements` holds it under its id: what is known, who said so, what was told."""

    id: str
    state: AgreementState = AgreementState.LIVE
    merged_into: str | None = None
    apart: tuple[str, ...] = ()
    """Dossiers that a person split from this one."""
    snapshot: Snapshot | None = None
    """None unless live."""
    facts: tuple[Fact, ...] = ()
    articles: tuple[ArticleLog, ...] = ()
    """Oldest first, bounded; ``snapshot.articles`` counts them all."""
    origin: Origin | None = None
    replay: Replay | None = None
