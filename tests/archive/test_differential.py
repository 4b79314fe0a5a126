"""20,000 articles by two ways: a backtest, with any number of processes, and a rehearsal through a real Kafka."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from monitor.models.article import Article
from monitor.settings import Settings
from tests.bench.classify import background
from tests.cli.conftest import Run
from tests.track.oracle import CORPUS

COUNT, REVISED = 20_000, 1_500


def archive(folder: Path) -> None:
    """Write all labelled articles, repeats and revisions of them, emptied ones too, among other news, in no order."""
    dice = random.Random(3)
    told = [
        Article.decode(line).model_copy(update={"id": f"{path.stem}-{number}"})
        for path in sorted(CORPUS.glob("*.jsonl"))
        for number, line in enumerate(path.read_bytes().splitlines())
    ]
    rows = list(told)
    for _ in range(REVISED):
        article = dice.choice(told)
        text = dice.choice([article.text, f"{article.text} It was said again.", "Rain."])
        rows.append(article.model_copy(update={"text": text}))
    while len(rows) < COUNT:
        other = Article.decode(background(len(rows), dice))
        rows.append(other.model_copy(update={"published_at": dice.choice(told).published_at}))
    dice.shuffle(rows)
    folder.mkdir()
    for number in range(2):
        (folder / f"{number}.jsonl").write_bytes(b"".join(row.encode() + b"\n" for row in rows[number::2]))


@pytest.mark.slow
def test_a_rehearsal_and_any_backtest_tell_the_same(run: Run, kafka_settings: Settings, tmp_path: Path) -> None:
    """Alert for alert, byte for byte; and every report is put to the same agreement by any number of processes."""
    archive(source := tmp_path / "archive")
    told: list[bytes] = []
    put: list[bytes] = []
    for processes in (1, 2, 3):
        alerts, assignments = tmp_path / f"alerts-{processes}", tmp_path / f"assignments-{processes}"
        files = ("--alerts", alerts, "--assignments", assignments)
        said = run("backtest", source, "--processes", str(processes), *files, settings=kafka_settings, timeout=200)
        assert said.code == 0, said.err
        told.append(alerts.read_bytes())
        put.append(assignments.read_bytes())
    assert told[0].count(b"\n") > 300
    assert told[0] == told[1] == told[2]
    assert put[0] == put[1] == put[2]
    said = run("replay", source, "--alerts", tmp_path / "kafka", "--json", settings=kafka_settings, timeout=500)
    assert said.code == 0, said.err
    assert (tmp_path / "kafka").read_bytes() == told[0]
