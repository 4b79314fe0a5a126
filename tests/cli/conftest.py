"""The real command, in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from monitor.settings import Settings

COMMAND = [sys.executable, "-m", "monitor.cli"]


@dataclass(frozen=True)
class Said:
    """What a command gave."""

    code: int
    out: str
    """Standard output."""
    err: str
    """Standard error, its lines joined: a narrow terminal breaks sentences anywhere."""


Run = Callable[..., Said]
Start = Callable[..., subprocess.Popen[str]]


def variables(settings: Settings | None, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment that gives a command the settings of a test."""
    values = dict(os.environ)
    if settings is not None:
        values |= {
            "PACTWATCH_DATA_DIR": str(settings.data_dir),
            "PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": settings.kafka.bootstrap_servers,
            "PACTWATCH_KAFKA__PREFIX": settings.kafka.prefix,
            "PACTWATCH_KAFKA__PARTITIONS": str(settings.kafka.partitions),
            "PACTWATCH_WORKER__APP_ID": settings.worker.app_id,
        }
    return values | {"COLUMNS": "200", "NO_COLOR": "1"} | dict(more or {})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command to its end, in an empty folder."""

    def run_it(
        *arguments: str | Path,
        settings: Settings | None = None,
        env: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout: float = 60,
    ) -> Said:
        folder = tmp_path / "here"
        folder.mkdir(exist_ok=True)
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            env=variables(settings, env),
            cwd=folder,
            timeout=timeout,
            check=False,
        )
        error = done.stderr.decode()
        assert "Traceback" not in error, error
        return Said(done.returncode, done.stdout.decode(), " ".join(error.split()))

    return run_it


def follow(stream: IO[str] | None) -> list[str]:
    """Return a list that gets the lines of a stream as they come."""
    assert stream is not None
    lines: list[str] = []
    threading.Thread(target=lambda: lines.extend(stream), daemon=True).start()
    return lines


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a command that runs until it is told to end; whatever is left of it ends with the test."""
    started: list[subprocess.Popen[str]] = []

    def start_it(
        *arguments: str, settings: Settings | None = None, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=variables(settings, env),
            cwd=tmp_path,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start_it
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
