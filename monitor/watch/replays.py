"""Which replays are going on: into the topics in use, seen by what the workers classify, and rehearsals apart."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.models.vocabulary import ReplayMode
from monitor.watch.processes import WorkerState

FRESH = timedelta(seconds=30)
"""Without an article of it, from which a replay is taken to be over."""


@dataclass(frozen=True, slots=True)
class Replaying:
    """A replay in progress."""

    mode: ReplayMode
    name: str = ""
    """Of a rehearsal; another replay is known by its mode alone."""
    articles: int | None = None
    """Classified by the workers that run, in all replays of this mode; None of a rehearsal, which has its own."""
    last: datetime | None = None
    """When the last of them was."""


def in_progress(workers: Iterable[WorkerState], rehearsals: Iterable[str], now: datetime) -> list[Replaying]:
    """Return the replays that go on, those that touch what is in use first."""
    workers = tuple(workers)
    found = []
    for mode in (ReplayMode.LIVE, ReplayMode.WARM_UP):
        last = max((worker.replayed_last.get(mode.value, 0.0) for worker in workers), default=0.0)
        moment = datetime.fromtimestamp(last, UTC)
        if last and now - moment < FRESH:
            count = sum(worker.replayed.get(mode.value, 0.0) for worker in workers)
            found.append(Replaying(mode, articles=int(count), last=moment))
    return found + [Replaying(ReplayMode.REHEARSE, name) for name in sorted(set(rehearsals))]
