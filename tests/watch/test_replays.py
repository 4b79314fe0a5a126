"""Replays in progress: seen by what workers classify, by topics, and by locks."""

from __future__ import annotations

import fcntl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from agents.metrics import Metrics
from monitor.archive import rehearsal
from monitor.models.vocabulary import ReplayMode
from monitor.settings import Settings
from monitor.watch.processes import ProcessesState, look
from monitor.watch.replays import FRESH, Replaying, in_progress

NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)


async def asked(metrics: Metrics) -> ProcessesState:
    """Ask a worker that has these metrics, as the dashboard does."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/metrics":
            return httpx.Response(200, content=metrics.text())
        return httpx.Response(200, json={"rules_version": "aa", "worker": "w", "status": "running", "ready": True})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        return await look(client, ["http://w"], [])


async def test_a_replay_is_seen_while_its_articles_come() -> None:
    """A warm-up whose last article is seconds old goes on; one that brought nothing for half a minute is over."""
    metrics = Metrics()
    metrics.replayed.labels(mode="warm_up").inc(120)
    metrics.replayed_last.labels(mode="warm_up").set(NOW.timestamp())
    metrics.unread.labels(language="sw").inc(7)
    workers = (await asked(metrics)).workers
    assert workers[0].unread == {"sw": 7.0}
    assert in_progress(workers, (), NOW + timedelta(seconds=5)) == [
        Replaying(ReplayMode.WARM_UP, articles=120, last=NOW)
    ]
    assert in_progress(workers, (), NOW + FRESH) == []


async def test_no_replay_is_none() -> None:
    """Workers that never saw a replay name none; rehearsals are listed by name, each once."""
    workers = (await asked(Metrics())).workers
    assert in_progress(workers, ("b", "a", "a"), NOW) == [
        Replaying(ReplayMode.REHEARSE, "a"),
        Replaying(ReplayMode.REHEARSE, "b"),
    ]


def test_a_rehearsal_runs_while_its_lock_is_held(tmp_path: Path) -> None:
    """A folder that a crash left is no rehearsal; one whose lock is held is."""
    settings = Settings(data_dir=tmp_path)
    assert rehearsal.going(settings) == []
    for name in ("left", "runs"):
        folder = rehearsal.folder_of(settings) / name
        folder.mkdir(parents=True)
        (folder / "rehearsal.lock").touch()
    with (rehearsal.folder_of(settings) / "runs" / "rehearsal.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert rehearsal.going(settings) == ["runs"]
    assert rehearsal.going(settings) == []
