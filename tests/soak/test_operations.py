"""What docs/operations.md tells people to do, done."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from monitor.models.agreement import Agreement
from monitor.models.article import Article
from monitor.settings import Settings
from tests.agents.harness import WorkerProcess, idle, produce
from tests.conftest import MakeSettings
from tests.soak.processes import ROOT, environment
from tests.soak.verify import latest, records
from tests.waiting import until

pytestmark = pytest.mark.kafka


def pactwatch(settings: Settings, *arguments: str | Path) -> str:
    """Run a command with these settings; return what it printed."""
    command = [sys.executable, "-m", "monitor.cli", *map(str, arguments)]
    variables = {**os.environ, **environment(settings)}
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def dossiers(settings: Settings) -> list[tuple[Any, ...]]:
    """Return parties, day and place of each dossier."""
    told = [Agreement.decode(value) for value in latest(settings, "agreements").values()]
    shown = [one.snapshot for one in told if one.snapshot is not None]
    return sorted((one.parties, str(one.date), str(one.place)) for one in shown)


def test_more_partitions_by_rebuilding_into_a_new_namespace(make_kafka_settings: MakeSettings, tmp_path: Path) -> None:
    """The archive of two partitions, warmed up into four: the same agreements, and nobody is told anything again.

    Their ids may be others: they name the article that came first, and partitions are worked off side by side.
    """
    old, new = make_kafka_settings(partitions=2), make_kafka_settings(partitions=4)
    articles = [Article.decode(line) for line in (ROOT / "seeds" / "articles.jsonl").read_bytes().splitlines()]
    articles.sort(key=lambda one: str(one.published_at))
    with WorkerProcess(old, real=True) as worker:
        worker.ready()
        for one in articles:  # in the order of the news, as the archive gives it back
            produce(old, [one])
        until(lambda: idle(old), what="everything tracked", seconds=60)
        assert worker.end() == 0
    pactwatch(old, "archive", "articles", "--once", "--folder", tmp_path / "kept")
    with WorkerProcess(new, real=True) as worker:
        worker.ready()
        pactwatch(new, "replay", tmp_path / "kept" / "articles", "--warm-up")
        until(lambda: idle(new), what="everything tracked", seconds=60)
        assert worker.end() == 0
    assert dossiers(new) == dossiers(old)
    assert len(dossiers(new)) > 5
    assert list(records(old, "alerts"))
    assert not list(records(new, "alerts"))
