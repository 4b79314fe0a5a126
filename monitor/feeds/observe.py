"""What a process that polls feeds shows Prometheus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge

from monitor.watch.pages import Page, metrics_page
from monitor.watch.vitals import Part, add_vitals

if TYPE_CHECKING:
    from monitor.feeds.poll import Look


class Observations:
    """Counts of one process.  No feed is a label of its own: an address may hold a key."""

    def __init__(self, subscribed: int) -> None:
        self.registry = CollectorRegistry()
        add_vitals(self.registry, Part.FEEDS)
        self._failing: set[str] = set()
        self._looks = Counter("pactwatch_feeds_looks", "Looks at feeds.", ["result"], registry=self.registry)
        self._articles = Counter(
            "pactwatch_feeds_articles", "Entries of feeds that were looked at.", ["result"], registry=self.registry
        )
        self._last = Gauge(
            "pactwatch_feeds_last_look_timestamp_seconds", "When a feed was last looked at.", registry=self.registry
        )
        self._subscribed = Gauge("pactwatch_feeds_subscribed", "Feeds that are polled.", registry=self.registry)
        self._subscribed.set(subscribed)
        failing = Gauge("pactwatch_feeds_failing", "Feeds whose last look came to nothing.", registry=self.registry)
        failing.set_function(lambda: len(self._failing))
        for result in ("changed", "unchanged", "failed"):
            self._looks.labels(result=result)
        for result in ("new", "known", "skipped"):
            self._articles.labels(result=result)

    def note(self, url: str, look: Look) -> None:
        """Count a look."""
        self._last.set(time.time())
        self._looks.labels(result="failed" if look.failed else "unchanged" if look.unchanged else "changed").inc()
        self._articles.labels(result="new").inc(look.new)
        self._articles.labels(result="known").inc(look.known)
        self._articles.labels(result="skipped").inc(len(look.faults))
        if look.failed:
            self._failing.add(url)
        else:
            self._failing.discard(url)

    def answers(self) -> dict[str, Page]:
        """Return the pages: ``/health``, ``/ready`` and ``/metrics``."""

        def health() -> web.Response:
            return web.json_response({"status": "running", "failing": len(self._failing)})

        return {"/health": health, "/ready": health, "/metrics": metrics_page(self.registry)}
