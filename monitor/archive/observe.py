"""What a process that keeps topics shows Prometheus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from monitor.watch.pages import Page, metrics_page
from monitor.watch.vitals import Part, add_vitals

if TYPE_CHECKING:
    from monitor.archive.keeper import Keeper


class Observations(Collector):
    """Reads the keepers of one process whenever somebody asks; ``keepers`` are by topic, without prefix."""

    def __init__(self, keepers: Mapping[str, Keeper]) -> None:
        self.registry = CollectorRegistry()
        self._keepers = keepers
        add_vitals(self.registry, Part.ARCHIVE)
        self.registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """Give counts and sizes of each topic."""
        read = CounterMetricFamily("pactwatch_archive_records", "Records kept since the start.", labels=["topic"])
        files = GaugeMetricFamily("pactwatch_archive_files", "Files that count.", labels=["topic"])
        size = GaugeMetricFamily("pactwatch_archive_bytes", "Bytes of these files.", labels=["topic"])
        held = GaugeMetricFamily("pactwatch_archive_file_records", "Records in these files.", labels=["topic"])
        missing = GaugeMetricFamily(
            "pactwatch_archive_missing_records",
            "Records that Kafka had deleted before they were kept.",
            labels=["topic"],
        )
        for topic, keeper in self._keepers.items():
            held_now = keeper.manifest
            read.add_metric([topic], keeper.records)
            files.add_metric([topic], len(held_now.files))
            size.add_metric([topic], sum(file.bytes for file in held_now.files))
            held.add_metric([topic], held_now.records)
            missing.add_metric([topic], sum(gap.end - gap.start for gap in keeper.gaps))
        yield from (read, files, size, held, missing)

    def answers(self) -> dict[str, Page]:
        """Return the pages: ``/health``, ``/ready`` and ``/metrics``."""

        def health() -> web.Response:
            records = {topic: keeper.records for topic, keeper in self._keepers.items()}
            return web.json_response({"status": "running", "records": records})

        return {"/health": health, "/ready": health, "/metrics": metrics_page(self.registry)}
