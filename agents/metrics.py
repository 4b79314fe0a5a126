"""What the worker counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from monitor.models.vocabulary import Reason, ReplayMode
from monitor.watch.vitals import Part, add_vitals


class Metrics:
    """The worker's counters, in a registry of their own, so that one process can hold several workers."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        add_vitals(self.registry, Part.WORKER)
        self.articles = Counter("pactwatch_articles", "Articles classified.", registry=self.registry)
        self.relevant = Counter("pactwatch_relevant", "Articles that gave a report.", registry=self.registry)
        self.reports = Counter("pactwatch_reports", "Reports found in articles.", registry=self.registry)
        self.sightings = Counter("pactwatch_sightings", "Actors seen in relevant articles.", registry=self.registry)
        self.alerts = Counter("pactwatch_alerts", "Alerts written.", ["reason"], registry=self.registry)
        self.repeats = Counter(
            "pactwatch_repeats", "Articles seen again with the same text, and ignored.", registry=self.registry
        )
        self.dead_letters = Counter(
            "pactwatch_dead_letters", "Records that could not be handled.", ["stage", "reason"], registry=self.registry
        )
        self.batch_seconds = Histogram(
            "pactwatch_batch_seconds",
            "Time from taking a batch to having all it wrote acknowledged.",
            ["stage"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
            registry=self.registry,
        )
        self.abandoned = Counter(
            "pactwatch_batches_abandoned",
            "Batches left half done because their partition was taken away; they are done again.",
            ["stage"],
            registry=self.registry,
        )
        self.lag = Gauge(
            "pactwatch_event_time_lag_seconds",
            "Age of the newest article of the last batch, by publication date, when its batch was done.",
            registry=self.registry,
        )
        self.partitions = Gauge(
            "pactwatch_assigned_partitions", "Partitions of `articles` this worker owns.", registry=self.registry
        )
        self.ticks = Counter("pactwatch_ticks", "Minutes sent as ticks.", registry=self.registry)
        self.lease = Gauge(
            "pactwatch_lease_seconds",
            "Time until this worker ends unless a heartbeat is answered.",
            registry=self.registry,
        )
        self.rules = Info("pactwatch_rules", "The rules in use.", registry=self.registry)
        self.rules_broken = Gauge(
            "pactwatch_rules_broken", "1 while newer rules are wrong and older ones in use.", registry=self.registry
        )
        self.rules_reloads = Counter(
            "pactwatch_rules_reloads", "Changed rules, taken or refused.", ["result"], registry=self.registry
        )
        self.unread = Counter(
            "pactwatch_unread_articles", "Articles in a language without rules.", ["language"], registry=self.registry
        )
        self.replayed = Counter(
            "pactwatch_replayed_articles", "Articles that a replay brought.", ["mode"], registry=self.registry
        )
        self.replayed_last = Gauge(
            "pactwatch_replayed_last_timestamp_seconds",
            "When the last article of a replay was classified; 0: none was.",
            ["mode"],
            registry=self.registry,
        )
        for mode in ReplayMode:
            self.replayed.labels(mode=mode.value)
            self.replayed_last.labels(mode=mode.value)
        for reason in Reason:
            self.alerts.labels(reason=reason.value)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self.registry)
