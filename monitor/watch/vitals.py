"""What every process tells Prometheus of itself: its version, its start, and what it takes of the machine."""

from __future__ import annotations

import time
from enum import StrEnum

from prometheus_client import CollectorRegistry, Gauge, Info, ProcessCollector

import monitor


class Part(StrEnum):
    """The processes there are."""

    WORKER = "worker"
    """Classifies, tracks and counts."""
    DELIVERER = "deliverer"
    """Tells people on Slack."""
    DASHBOARD = "dashboard"
    """Shows how it is."""
    FEEDS = "feeds"
    """Brings articles in."""
    ARCHIVE = "archive"
    """Keeps topics as files."""


def add_vitals(registry: CollectorRegistry, part: Part) -> None:
    """Add version, start, memory, processor time and open files of this process.

    A worker that starts anew in its place keeps its process, so that ``process_start_time_seconds`` does not move:
    ``pactwatch_start_time_seconds`` does.
    """
    ProcessCollector(registry=registry)
    Info("pactwatch_build", "Version and part of this process.", registry=registry).info(
        {"version": monitor.__version__, "part": part.value}
    )
    started = Gauge("pactwatch_start_time_seconds", "When this process began, also in its place.", registry=registry)
    started.set(time.time())
