"""A mute: silence for an agreement, an actor or a rule until a time."""

from __future__ import annotations

from typing import Literal

from monitor.models.record import Instant, Record


class Mute(Record):
    """Silence until ``until``; key in `mutes` is ``id``."""

    id: str
    scope: Literal["agreement", "actor", "rule"]
    target: str
    """An agreement id, an actor key or a rule id."""
    until: Instant
    by: str
    at: Instant
    why: str = ""
