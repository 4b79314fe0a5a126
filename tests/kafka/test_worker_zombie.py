"""Zombies: a worker that sleeps past its session and wakes up writes nothing of what it had in hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.settings import Settings
from tests.agents.crash_points import STEPS
from tests.agents.fakes import expected
from tests.agents.harness import WorkerProcess, ends, idle, produce
from tests.conftest import MakeSettings, ReadAll
from tests.kafka.test_worker_crash import calm_state, facts, story, table
from tests.waiting import until


@pytest.mark.parametrize(
    "step", [step if step == "decided" else pytest.param(step, marks=pytest.mark.slow) for step in STEPS]
)
def test_a_zombie_writes_nothing(make_kafka_settings: MakeSettings, read_all: ReadAll, step: str) -> None:
    """A worker is frozen at a step of track, another does its work; thawed, it writes nothing and starts anew."""
    settings = make_kafka_settings(partitions=2)
    articles = story()
    half = len(articles) // 2
    produce(settings, articles[:half], partition=1)
    with WorkerProcess(settings, "zombie", crash_point=f"{step}:STOP") as zombie:
        until(lambda: is_stopped(zombie), what="the freeze")
        with WorkerProcess(settings, "other") as other:
            other.ready()
            produce(settings, articles[half:], partition=1)
            until(lambda: idle(settings), what="the other worker to do it all")
            topics = (
                "alerts",
                "agreements",
                *(f"{settings.worker.app_id}-{t}-changelog" for t in ("dossiers", "reported")),
            )
            before = {topic: ends(settings, topic) for topic in topics}
            zombie.thaw()
            until(lambda: zombie.logged("worker starts anew"), what="the end of the zombie's old life")
            zombie.ready()
            assert {topic: ends(settings, topic) for topic in topics} == before
            assert other.end() == 0
        produce(settings, articles[:2], partition=1)
        until(lambda: idle(settings), what="the former zombie to go on")
    assert_calm(settings, read_all, step)


def is_stopped(worker: WorkerProcess) -> bool:
    """Tell whether a process is stopped by a signal."""
    stat = Path(f"/proc/{worker.process.pid}/stat").read_text(encoding="ascii")
    return stat.rsplit(")", 1)[1].split()[0] == "T"


def assert_calm(settings: Settings, read_all: ReadAll, step: str) -> None:
    """Alerts and state are those of a run in which nobody slept."""
    articles = story()
    calm, _ = expected(articles)
    told = facts(read_all(settings, "alerts"))
    first = list(dict.fromkeys(told))
    assert first == [(alert.id, alert.reason.value, alert.value, alert.previous) for alert in calm]
    if step not in ("half-sent", "sent"):
        assert told == first
    assert table(settings, read_all) == calm_state(articles)
