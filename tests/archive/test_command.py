"""`pactwatch backtest`, as a person runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.track.oracle import CORPUS, stories
from tests.track.scoring import figures
from tests.waiting import until

STORIES = CORPUS / "stories.jsonl"


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "monitor.cli", "backtest", *arguments]
    return subprocess.run(command, input=given, capture_output=True, check=False, timeout=120)


def rows(path: Path) -> list[dict[str, str]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_backtest_tells_the_stories_with_the_classifier_that_comes_with_it(tmp_path: Path) -> None:
    """The whole job, end to end; the floors are a little below what was measured."""
    alerts, assignments = tmp_path / "alerts.jsonl", tmp_path / "assignments.jsonl"
    done = run(str(STORIES), "--alerts", str(alerts), "--assignments", str(assignments), "--json")
    assert done.returncode == 0, done.stderr.decode()
    counts = json.loads(done.stdout)
    assert counts["articles"] == 169
    assert counts["alerts"] == len(rows(alerts))
    assert done.stderr == b"", "no progress bar in a pipe"
    held: dict[str, str | None] = {}
    for row in rows(assignments):
        held.setdefault(row["article_id"], row["agreement_id"])
    told = list(dict.fromkeys(row["article_id"] for row in rows(alerts) if row["article_id"]))
    found = figures(stories(STORIES), told, held)
    assert found.precision >= 0.94, found
    assert found.stages >= 0.93, found
    assert found.facts >= 0.81, found
    assert found.together >= 0.97, found


def test_bad_lines_are_named_on_standard_error_and_the_exit_code_says_so(tmp_path: Path) -> None:
    """The alerts go to standard output alone, so that they can be piped on."""
    first = STORIES.read_bytes().splitlines(keepends=True)[0]
    done = run("-", "--alerts", "-", given=b"nonsense\n" + first)
    assert done.returncode == 3
    assert b"standard input:1: not JSON" in done.stderr
    (alert,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert alert["reason"] == "new_agreement"


def test_people_get_a_table_and_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Without --json, the counts are for people."""
    one = tmp_path / "one.jsonl"
    one.write_bytes(STORIES.read_bytes().splitlines(keepends=True)[0])
    done = run(str(one))
    assert done.returncode == 0
    assert b"new agreement" in done.stdout
    missing = run(str(tmp_path / "nowhere.jsonl"))
    assert missing.returncode == 3
    assert b"cannot be read" in missing.stderr
    unwritable = run(str(one), "--alerts", str(tmp_path / "no" / "alerts.jsonl"))
    assert unwritable.returncode == 3
    assert b"cannot be written" in unwritable.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_a_backtest_that_is_ended_leaves_no_process(tmp_path: Path, number: signal.Signals, code: int) -> None:
    """By kill -9 too, for which it can do nothing itself."""
    os.mkfifo(pipe := tmp_path / "pipe.jsonl")
    command = [sys.executable, "-m", "monitor.cli", "backtest", str(pipe), "--processes", "2"]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as test,
        pipe.open("wb") as file,
    ):
        file.write(STORIES.read_bytes())
        listed = Path(f"/proc/{test.pid}/task/{test.pid}/children")
        until(lambda: len(listed.read_text().split()) == 2, what="its processes")
        found = listed.read_text().split()
        test.send_signal(number)
        assert test.wait(20) == code
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in found), what="their end")
