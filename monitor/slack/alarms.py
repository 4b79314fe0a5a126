"""When something that is wrong with the stream is worth a word, and when it is over.  Pure: told the time.

What is wrong has to last before it is told, and has to be away for longer before it counts as over: a figure that
swings around its limit is one alarm, not twenty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.watch.findings import Finding, Severity


@dataclass(slots=True)
class _Known:
    finding: Finding | None
    first: datetime
    last: datetime
    raised: bool = False


class Alarms:
    """Remembers what is wrong, by the findings' keys."""

    def __init__(self, *, lasts: timedelta, away: timedelta) -> None:
        """Prepare.

        Args:
            lasts: how long something has to be wrong.
            away: how long it has to be right again.

        """
        self._lasts = lasts
        self._away = away
        self._known: dict[str, _Known] = {}

    def restore(self, keys: Iterable[str], now: datetime) -> None:
        """Take over what was told before a restart: it is over only when it has been away from now on."""
        for key in keys:
            self._known.setdefault(key, _Known(None, now, now, raised=True))

    def look(self, findings: Iterable[Finding], now: datetime) -> list[Finding]:
        """Take one look; return what is to be shown as wrong, in the order in which it came up."""
        for finding in findings:
            known = self._known.setdefault(finding.key, _Known(finding, now, now))
            known.finding, known.last = finding, now
        for key, known in list(self._known.items()):
            is_away = known.last < now
            if is_away and (not known.raised or now - known.last >= self._away):
                del self._known[key]
            elif now - known.first >= self._lasts:
                known.raised = True
        return [known.finding or _unseen(key) for key, known in self._known.items() if known.raised]

    @property
    def keys(self) -> tuple[str, ...]:
        """What is raised, by key."""
        return tuple(sorted(key for key, known in self._known.items() if known.raised))


def _unseen(key: str) -> Finding:
    """Stand for something that was told before a restart and has not been seen since."""
    what = f"{key}: not seen since the deliverer started; it counts as over in a while."
    return Finding(Severity.WARN, what, key=key)
