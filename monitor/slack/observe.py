"""What a deliverer shows of itself: Prometheus metrics, and the figures a demo prints."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypedDict

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from monitor.models.alert import Alert
from monitor.watch.vitals import Part, add_vitals

_KEPT = 10_000
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)


class Figures(TypedDict):
    """Totals since the start, and quantiles of the last latencies in milliseconds, None before the first."""

    sent: int
    failed: int
    repeats: int
    skipped: int
    p50_ms: float | None
    p99_ms: float | None


class Observations:
    """Counts of one deliverer, in a registry of its own, so that several can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        add_vitals(self.registry, Part.DELIVERER)
        self.queued = Gauge(
            "pactwatch_deliver_queue", "Alerts that wait, by channel", ["channel"], registry=self.registry
        )
        self.held = Gauge(
            "pactwatch_deliver_held", "Alerts held for a digest or more sources", ["channel"], registry=self.registry
        )
        self.oldest = Gauge(
            "pactwatch_deliver_oldest_seconds",
            "Age of the alert that waits longest, by channel",
            ["channel"],
            registry=self.registry,
        )
        self.blocked = Gauge(
            "pactwatch_deliver_channel_blocked",
            "1 while nothing gets through to a channel",
            ["channel"],
            registry=self.registry,
        )
        self.sent = Counter(
            "pactwatch_deliver_sent", "Alerts that Slack has, by channel", ["channel"], registry=self.registry
        )
        self.failed = Counter("pactwatch_deliver_failed", "Alerts given up, by error", ["code"], registry=self.registry)
        self.troubles = Counter(
            "pactwatch_deliver_troubles", "Calls that came to nothing, by error", ["code"], registry=self.registry
        )
        self.repeats = Counter(
            "pactwatch_deliver_repeats", "Alerts that were delivered already", registry=self.registry
        )
        self.skipped = Counter(
            "pactwatch_deliver_skipped", "Alerts that no one is told, by why", ["why"], registry=self.registry
        )
        self.found = Counter(
            "pactwatch_deliver_found", "Lost answers whose message was found in the history", registry=self.registry
        )
        self.removed = Counter(
            "pactwatch_deliver_duplicates_removed", "Second messages of an alert, deleted", registry=self.registry
        )
        self.circuit_open = Gauge(
            "pactwatch_deliver_circuit_open", "1 while the Slack token does not work", registry=self.registry
        )
        self.active = Gauge(
            "pactwatch_deliver_active", "1 for the deliverer at work, 0 for a standby", registry=self.registry
        )
        self.latency = Histogram(
            "pactwatch_deliver_latency_seconds",
            "From the article's arrival to its alert on Slack",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.kafka_latency = Histogram(
            "pactwatch_deliver_wait_seconds",
            "From the alert's arrival at the deliverer to Slack",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self._latencies: deque[float] = deque(maxlen=_KEPT)
        self._totals = {"sent": 0, "failed": 0, "repeats": 0, "skipped": 0}

    def watch(self, channel: str, oldest: Callable[[], float], blocked: Callable[[], bool]) -> None:
        """Show a channel's queue as it is whenever somebody asks: an age grows while nothing happens."""
        self.oldest.labels(channel).set_function(oldest)
        self.blocked.labels(channel).set_function(blocked)

    def rest(self) -> None:
        """Show no queue any more: another deliverer may be at them."""
        for gauge in (self.queued, self.held, self.oldest, self.blocked):
            gauge.clear()

    def count(self, what: str) -> None:
        """Count for the figures; the metrics have labels of their own."""
        self._totals[what] += 1

    def told(self, alert: Alert, channel: str, *, accepted_at: datetime | None = None) -> None:
        """Note that Slack has an alert."""
        now = datetime.now(UTC)
        self.sent.labels(channel).inc()
        self.count("sent")
        if accepted_at is not None:
            self.kafka_latency.observe(max((now - accepted_at).total_seconds(), 0.0))
        if alert.article is not None:
            seconds = max((now - alert.article.ingested_at).total_seconds(), 0.0)
            self.latency.observe(seconds)
            self._latencies.append(seconds)

    def figures(self) -> Figures:
        """Return totals, and quantiles of the last latencies in milliseconds."""
        ordered = sorted(self._latencies)
        totals = self._totals
        return {
            "sent": totals["sent"],
            "failed": totals["failed"],
            "repeats": totals["repeats"],
            "skipped": totals["skipped"],
            "p50_ms": _quantile(ordered, 0.5),
            "p99_ms": _quantile(ordered, 0.99),
        }


def _quantile(ordered: list[float], share: float) -> float | None:
    if not ordered:
        return None
    return round(1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1)
