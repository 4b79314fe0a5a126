"""What docs/operations.md tells people to do, done."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from monitor.kafka import topics
from monitor.kafka.broker import EmbeddedBroker
from monitor.models.agreement import Agreement
from monitor.models.article import Article
from monitor.settings import Kafka, Settings, Worker
from tests.agents.fakes import article
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


@pytest.mark.slow
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


def test_a_copy_of_the_data_folder_goes_on_where_it_was(tmp_path: Path) -> None:
    """A copy made while the broker was stopped: what comes again is a repeat, what is new is told."""
    told = [article(number, f"PACT A{chr(65 + number)}A+BBB signed") for number in range(10)]
    for place in ("first", "copy"):
        if place == "copy":
            shutil.copytree(tmp_path / "first", tmp_path / "copy")
        folder = tmp_path / place
        with EmbeddedBroker(folder, command="pytest") as broker:
            kafka = Kafka(bootstrap_servers=broker.address, partitions=2)
            settings = Settings(data_dir=folder, kafka=kafka, worker=Worker(port=0))
            asyncio.run(topics.create(settings))
            produce(settings, told)
            with WorkerProcess(settings) as worker:
                worker.ready()
                until(partial(idle, settings), what="everything tracked")
                assert worker.end() == 0
            alerts = [json.loads(record.value())["agreement_id"] for record in records(settings, "alerts")]
            assert alerts == list(dict.fromkeys(alerts))
            assert len(alerts) == len(told)
            told.append(article(20, "PACT ZZZ+BBB signed"))
