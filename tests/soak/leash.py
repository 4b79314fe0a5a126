"""Signals, and what the kernel says of a process."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


def children(pid: int) -> list[int]:
    """Return the processes that a process started itself and that still run."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is gone needs none."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def is_stopped(pid: int) -> bool:
    """Tell whether a process is stopped by a signal."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] == "T"


@dataclass(frozen=True, slots=True)
class Size:
    """What a process holds."""

    megabytes: float
    descriptors: int
    threads: int


def size_of(pid: int) -> Size | None:
    """Return what a process holds; None when it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        descriptors = sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return None
    values = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    if "VmRSS" not in values:
        return None  # it has ended and waits to be buried
    return Size(int(values["VmRSS"].split()[0]) / 1024, descriptors, int(values["Threads"]))
