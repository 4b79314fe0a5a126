"""What the dashboard knows of the stream, and of itself, for Prometheus; what is not known is left out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.slack.log import OPEN
from monitor.watch.letters import Letters
from monitor.watch.vitals import Part, add_vitals
from monitor.web.data.live import Live
from monitor.web.data.overview import delivery_counts

_KINDS = (("/api/", "api"), ("/_nicegui", "asset"), ("/static/", "asset"), ("/metrics", "probe"), ("/health", "probe"))
"""Beginning of a path to the kind of request; the rest are pages.  No path is a label: strangers choose paths."""


class Requests:
    """Counts requests and how long they took; a middleware."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._count = Counter("pactwatch_web_requests", "Requests answered.", ["kind", "code"], registry=registry)
        self._seconds = Histogram(
            "pactwatch_web_request_seconds",
            "From a request to the start of its answer.",
            ["kind"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
            registry=registry,
        )

    def around(self, app: ASGIApp) -> ASGIApp:
        """Return the app with its requests counted."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            kind = next((kind for start, kind in _KINDS if scope["path"].startswith(start)), "page")
            began = time.perf_counter()

            async def sender(message: Message) -> None:
                if message["type"] == "http.response.start":
                    self._seconds.labels(kind=kind).observe(time.perf_counter() - began)
                    self._count.labels(kind=kind, code=f"{message['status'] // 100}xx").inc()
                await send(message)

            await app(scope, receive, sender)

        return counted


class Metrics(Collector):
    """Collects at each request."""

    def __init__(self, live: Live, dead: Letters) -> None:
        self.registry = CollectorRegistry()
        self.requests = Requests(self.registry)
        self.browsers: Callable[[], int] = lambda: 0
        """Gives the number of open pages; the pages set it."""
        self._live = live
        self._dead = dead
        add_vitals(self.registry, Part.DASHBOARD)
        self.registry.register(self)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self.registry)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the gauges."""
        yield from self._stream()
        yield from self._people()
        yield GaugeMetricFamily("pactwatch_web_browsers", "Pages that are open.", value=self.browsers())
        yield GaugeMetricFamily(
            "pactwatch_web_streams", "Programs that follow the alerts.", value=len(self._live.listeners)
        )

    def _stream(self) -> Iterator[GaugeMetricFamily]:
        """Give what the broker says."""
        state = self._live.cluster.state
        records = GaugeMetricFamily("pactwatch_lag_records", "Records a stage has not done.", labels=["stage"])
        seconds = GaugeMetricFamily("pactwatch_lag_seconds", "Age of the oldest of them.", labels=["stage"])
        members = GaugeMetricFamily("pactwatch_group_members", "Processes in a consumer group.", labels=["group"])
        sizes = GaugeMetricFamily("pactwatch_topic_bytes", "Bytes of a topic on disk.", labels=["topic"])
        rates = GaugeMetricFamily(
            "pactwatch_topic_records_per_second", "Records a topic got in the last minute.", labels=["topic"]
        )
        for stage in state.stages if state else ():
            if stage.records is not None:
                records.add_metric([stage.name], stage.records)
            if stage.seconds is not None:
                seconds.add_metric([stage.name], stage.seconds)
        for group in state.groups.values() if state else ():
            if group.state is not None:
                members.add_metric([group.name], len(group.members))
        for topic in state.topics if state else ():
            if topic.bytes is not None:
                sizes.add_metric([topic.spec.name], topic.bytes)
            if topic.rate is not None and topic.partitions:
                rates.add_metric([topic.spec.name], topic.rate)
        yield from (records, seconds, members, sizes, rates)
        if state and state.last_article:
            yield GaugeMetricFamily(
                "pactwatch_last_article_timestamp_seconds",
                "When the newest article came.",
                value=state.last_article.timestamp(),
            )
        yield GaugeMetricFamily(
            "pactwatch_kafka_up", "1 while Kafka answers.", value=float(bool(state and not state.trouble))
        )

    def _people(self) -> Iterator[GaugeMetricFamily]:
        """Give what the topics say: deliveries, dossiers, what waits for a person."""
        live, now = self._live, datetime.now(UTC)
        if "deliveries" in live.loaded:
            deliveries = GaugeMetricFamily("pactwatch_deliveries", "Deliveries by state.", labels=["state"])
            for state, count in delivery_counts(live).items():
                deliveries.add_metric([state.value], count)
            oldest: dict[tuple[str, str], datetime] = {}
            for row in live.deliveries.items().values():
                if row.state in OPEN:
                    place, since = (row.channel or "(none)", row.state.value), row.accepted_at or row.updated_at
                    oldest[place] = min(oldest.get(place, since), since)
            ages = GaugeMetricFamily(
                "pactwatch_deliveries_oldest_seconds",
                "Age of the delivery that waits longest, whoever is to send it.",
                labels=["channel", "state"],
            )
            for (channel, word), since in oldest.items():
                ages.add_metric([channel, word], max((now - since).total_seconds(), 0.0))
            yield from (deliveries, ages)
        if "mutes" in live.loaded:
            active = sum(1 for mute in live.mutes.items().values() if mute.until > now)
            yield GaugeMetricFamily("pactwatch_mutes_active", "Silences that have not ended.", value=active)
        for name, reader in (("agreements", live.agreements), ("actors", live.actors)):
            if name in live.loaded:
                yield GaugeMetricFamily(f"pactwatch_{name}", f"Records of {name}.", value=len(reader))
        if self._dead.entries is not None:
            waiting = len(self._dead.waiting)
            yield GaugeMetricFamily(
                "pactwatch_dead_letters_waiting", "Dead letters that wait for a person.", value=waiting
            )
