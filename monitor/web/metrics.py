"""What the dashboard knows of the stream, for Prometheus: lag, dead letters and queues, unknown ones left out."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from monitor.watch.letters import Letters
from monitor.web.data.live import Live
from monitor.web.data.overview import delivery_counts


class Metrics(Collector):
    """Collects at each request."""

    def __init__(self, live: Live, dead: Letters) -> None:
        self._live = live
        self._dead = dead
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give the gauges."""
        state = self._live.cluster.state
        records = GaugeMetricFamily("pactwatch_lag_records", "Records a stage has not done", labels=["stage"])
        seconds = GaugeMetricFamily("pactwatch_lag_seconds", "Age of the oldest of them", labels=["stage"])
        members = GaugeMetricFamily("pactwatch_group_members", "Processes in a consumer group", labels=["group"])
        sizes = GaugeMetricFamily("pactwatch_topic_bytes", "Bytes of a topic on disk", labels=["topic"])
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
                sizes.add_metric([topic.full_name], topic.bytes)
        deliveries = GaugeMetricFamily("pactwatch_deliveries", "Deliveries by state", labels=["state"])
        for name, count in delivery_counts(self._live).items():
            deliveries.add_metric([name.value], count)
        yield from (records, seconds, members, sizes, deliveries)
        if self._dead.entries is not None:
            waiting = len(self._dead.waiting)
            yield GaugeMetricFamily(
                "pactwatch_dead_letters_waiting", "Dead letters that wait for a person", value=waiting
            )
        yield GaugeMetricFamily(
            "pactwatch_kafka_up", "1 while Kafka answers", value=float(bool(state and not state.trouble))
        )
