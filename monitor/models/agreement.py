"""What others see of a tracked agreement: the snapshot that alerts, pages and commands draw."""

from __future__ import annotations

from pydantic import Field

from monitor.models.record import Day, Instant, Part
from monitor.models.report import Cost, Planned, Signatory
from monitor.models.vocabulary import Instrument, Status, Subject


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
