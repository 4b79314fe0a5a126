"""The pages of workers and deliverers: who runs, with which rules, how fast."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from monitor.settings import Settings
from monitor.watch.background import Background

INTERVAL = 3.0
_PORTS = 10
"""How many ports above the first are tried: each worker of a machine takes the next."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Seconds within which half, 95% and 99% were done; None: nothing was measured."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class WorkerState:
    """What a worker says of itself."""

    url: str
    name: str
    status: str
    ready: bool
    partitions: tuple[int, ...]
    rules_version: str
    rules_fault: str = ""
    """Why it does not use newer rules."""
    counts: Mapping[str, float] = field(default_factory=dict)
    """Totals since it started, by metric."""
    unread: Mapping[str, float] = field(default_factory=dict)
    """Articles by language, of languages without rules."""
    replayed: Mapping[str, float] = field(default_factory=dict)
    """Articles that replays brought, by mode."""
    replayed_last: Mapping[str, float] = field(default_factory=dict)
    """Seconds since 1970 of the last of them, by mode; 0: there was none."""


@dataclass(frozen=True, slots=True)
class DelivererState:
    """What a deliverer says of itself."""

    url: str
    role: str
    trouble: str | None
    circuit: str | None
    """Why nothing is sent at all; None: it is sent."""
    channels: Mapping[str, Mapping[str, Any]]
    """By channel: ``queued``, ``trouble``."""
    figures: Mapping[str, float | None] = field(default_factory=dict)
    buttons: str | None = None
    """Why nobody listens to buttons that are shown; None: somebody does, or there are none."""


@dataclass(frozen=True, slots=True)
class ProcessesState:
    """One look at all of them."""

    workers: tuple[WorkerState, ...] = ()
    deliverers: tuple[DelivererState, ...] = ()
    latency: Mapping[str, Quantiles] = field(default_factory=dict)
    """By stage, of a batch; ``deliver``: from alert to Slack; ``end_to_end``: from the article's arrival to Slack."""

    @property
    def active(self) -> DelivererState | None:
        """The deliverer at work."""
        return next((one for one in self.deliverers if one.role == "active"), None)


class Processes(Background):
    """Asks the pages every few seconds; ``state`` is the newest answer, None before the first."""

    def __init__(self, settings: Settings, *, interval: float = INTERVAL) -> None:
        super().__init__()
        self.state: ProcessesState | None = None
        self._interval = interval
        self._workers = settings.web.workers or _local(settings.worker.host, settings.worker.port)
        self._deliverers = settings.web.deliverers or _local(settings.slack.host, settings.slack.port)

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=2.0, trust_env=False) as client:
            while True:
                self.state = await look(client, self._workers, self._deliverers)
                await asyncio.sleep(self._interval)


def _local(host: str, port: int) -> tuple[str, ...]:
    host = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not listened on
    return tuple(f"http://{host}:{number}" for number in range(port, port + _PORTS)) if port else ()


async def look(client: httpx.AsyncClient, workers: Iterable[str], deliverers: Iterable[str]) -> ProcessesState:
    """Ask all pages at once; an address where nothing answers is left out."""
    answers = await asyncio.gather(*(_ask(client, url) for url in dict.fromkeys((*workers, *deliverers))))
    found_workers, found_deliverers = [], []
    metrics: list[str] = []
    for url, health, text in (answer for answer in answers if answer is not None):
        if "rules_version" in health:
            metrics.append(text)
            found_workers.append(
                WorkerState(
                    url=url,
                    name=str(health.get("worker", "")),
                    status=str(health.get("status", "")),
                    ready=bool(health.get("ready")),
                    partitions=tuple(health.get("partitions", ())),
                    rules_version=str(health["rules_version"]),
                    rules_fault=str(health.get("rules_fault") or ""),
                    counts=_totals(text),
                    unread=_by_label(text, "pactwatch_unread_articles_total", "language"),
                    replayed=_by_label(text, "pactwatch_replayed_articles_total", "mode"),
                    replayed_last=_by_label(text, "pactwatch_replayed_last_timestamp_seconds", "mode"),
                )
            )
        elif "role" in health:
            metrics.append(text)
            circuit = health.get("circuit") or {}
            found_deliverers.append(
                DelivererState(
                    url=url,
                    role=str(health["role"]),
                    trouble=health.get("trouble"),
                    circuit=(circuit.get("why") or "Slack does not answer") if circuit.get("open") else None,
                    channels=health.get("channels") or {},
                    buttons=(health.get("buttons") or {}).get("trouble"),
                    figures={
                        name: value for name, value in health.items() if isinstance(value, int | float) or value is None
                    },
                )
            )
    return ProcessesState(tuple(found_workers), tuple(found_deliverers), latencies(metrics))


async def _ask(client: httpx.AsyncClient, url: str) -> tuple[str, dict[str, Any], str] | None:
    try:
        health = await client.get(f"{url}/health")
        answer = health.json()
        if health.status_code != 200 or not isinstance(answer, dict):
            return None
        return url, answer, (await client.get(f"{url}/metrics")).text
    except (httpx.HTTPError, ValueError):
        return None


def _totals(text: str) -> dict[str, float]:
    totals: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        if family.type in ("counter", "gauge"):
            for sample in family.samples:
                if not sample.name.endswith("_created"):
                    totals[family.name] = totals.get(family.name, 0.0) + sample.value
    return totals


def _by_label(text: str, name: str, label: str) -> dict[str, float]:
    return {
        sample.labels[label]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


_HISTOGRAMS = {
    "pactwatch_batch_seconds": None,
    "pactwatch_deliver_wait_seconds": "deliver",
    "pactwatch_deliver_latency_seconds": "end_to_end",
}
"""Histogram to the name it is shown under; None: by its label ``stage``."""


def latencies(texts: Iterable[str]) -> dict[str, Quantiles]:
    """Return quantiles of the histograms of several processes together, in seconds."""
    buckets: dict[str, dict[float, float]] = {}
    for text in texts:
        for family in text_string_to_metric_families(text):
            if family.name not in _HISTOGRAMS:
                continue
            for sample in family.samples:
                if sample.name.endswith("_bucket"):
                    name = _HISTOGRAMS[family.name] or sample.labels.get("stage", "")
                    edge = float(sample.labels["le"])
                    counts = buckets.setdefault(name, {})
                    counts[edge] = counts.get(edge, 0.0) + sample.value
    return {
        name: Quantiles(quantile(counts, 0.5), quantile(counts, 0.95), quantile(counts, 0.99))
        for name, counts in buckets.items()
    }


def quantile(cumulative: Mapping[float, float], share: float) -> float | None:
    """Return a quantile of a histogram as Prometheus estimates it; None when nothing was counted.

    ``cumulative`` maps the upper edge of each bucket to how many were at or below it.
    """
    edges = sorted(cumulative)
    total = cumulative[edges[-1]] if edges else 0.0
    if total <= 0:
        return None
    rank, lower, below = share * total, 0.0, 0.0
    for edge in edges:
        count = cumulative[edge]
        if count >= rank:
            if edge == float("inf"):
                return lower
            return lower + (edge - lower) * ((rank - below) / (count - below) if count > below else 1.0)
        lower, below = edge, count
    return lower
