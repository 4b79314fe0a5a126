"""An alert: a decision that there is something to tell, and why."""

from __future__ import annotations

import hashlib

from pydantic import Field

from monitor.models.agreement import Snapshot
from monitor.models.article import ArticleRef
from monitor.models.record import Instant, Origin, Record, Replay
from monitor.models.report import Evidence
from monitor.models.vocabulary import Reason, Status


class Alert(Record):
    """One new fact, with the dossier as it stood; key in `alerts` is the agreement or actor id."""

    id: str
    reason: Reason
    agreement_id: str | None = None
    actor_id: str | None = None
    field: str = ""
    """What moved: ``status``, ``years``, ``name``, ...; empty for a new agreement."""
    value: str = ""
    """The new value, as text a person reads."""
    previous: str = ""
    """What was told before, for a correction or a moved stage."""
    episode: int = Field(default=0, ge=0)
    """Counts re-entries of a stage: a second suspension is news."""
    revision: int = Field(default=0, ge=0)
    """Raised by an update of content that posts nothing new."""
    status: Status | None = None
    parties: tuple[str, ...] = ()
    at: Instant
    """Event time of what is told; arrival when undated."""
    article: ArticleRef | None = None
    """The article that told it; None for an alert made by a tick or by several articles."""
    articles: tuple[ArticleRef, ...] = ()
    """Of a surge: texts that drive it, newest first, copies of one text once."""
    explanation: str = ""
    """Why this is told, in a sentence."""
    facts: tuple[str, ...] = ()
    """Every new fact of the article, in words, when one alert tells several."""
    score: float = Field(default=0.0, ge=0, le=1)
    evidence: tuple[Evidence, ...] = ()
    snapshot: Snapshot | None = None
    origin: Origin | None = None
    replay: Replay | None = None


def alert_id(subject_id: str, reason: Reason, field: str, value: str, episode: int) -> str:
    """Return the id that the same decision always gets: 16 hex digits."""
    text = "\x00".join((subject_id, reason, field, value, str(episode)))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
