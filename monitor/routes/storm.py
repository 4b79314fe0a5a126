"""Storm protection: when so many alerts come to a channel that they become one summary.  Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.routes.config import Storm


def summary_due(storm: Storm, came: Iterable[datetime], pending: datetime | None, now: datetime) -> datetime | None:
    """Return when an alert that comes ``now`` is told in a summary; None when it is told at once.

    A storm begins with the first alert beyond the limit and lasts until its summary is told; what comes meanwhile
    joins it, whatever its number, so that no agreement overtakes itself.  While it rages on, there is a summary every
    ``within_minutes``, and nothing beside it.

    Args:
        storm: the limit.
        came: when alerts came to this channel, those in a storm too, in any order; older ones do no harm.
        pending: when the summary of a storm that is on is due.
        now: the moment it comes.

    """
    if pending is not None:
        return max(pending, now)
    span = timedelta(minutes=storm.within_minutes)
    recent = sum(now - span < at <= now for at in came)
    return now + span if recent >= storm.more_than else None
