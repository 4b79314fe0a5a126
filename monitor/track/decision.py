"""What `track` answers to a record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from monitor.models.agreement import Agreement
from monitor.models.alert import Alert
from monitor.models.vocabulary import Kind


@dataclass(frozen=True, slots=True)
class Assignment:
    """To which agreement a report was taken to belong."""

    article_id: str
    kind: Kind
    agreement_id: str | None


@dataclass(frozen=True, slots=True)
class Decision:
    """All that follows from one record."""

    alerts: tuple[Alert, ...] = ()
    renewed: tuple[Alert, ...] = ()
    """Alerts of before with a higher revision: brought up to date, told to nobody anew."""
    agreements: tuple[Agreement, ...] = ()
    """Changed dossiers, to publish under their id; the one a merge keeps before the redirect to it."""
    assignments: tuple[Assignment, ...] = ()
    """One a report, the main one first; a hint has none until it is one of an agreement that is followed."""
    silences: tuple[str, ...] = ()
    """Why nothing was told, one for each report that gave no alert."""
    repeat: bool = False
    """The record was known, or is older than what is known: nothing was done."""


def agreement_id(article_id: str, parties: tuple[str, ...], ordinal: int) -> str:
    """Return the id of an agreement: 16 hex digits of its founding article, parties and which such report it is."""
    text = f"{article_id}\x00{'+'.join(parties)}\x00{ordinal}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
