"""Health, readiness, metrics and figures of a deliverer, on HTTP."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from typing import Any

from aiohttp import web

from monitor.settings import Slack
from monitor.slack.deliverer import Deliverer
from monitor.watch import pages as watch


def pages(
    deliverer: Deliverer, settings: Slack, more: Callable[[], dict[str, Any]] = dict
) -> AbstractAsyncContextManager[int]:
    """Serve the pages while the context is open; it gives the port.

    ``/health``: the process lives.  ``/ready``: it is at work or standby (200), or not yet (503).  Both give the state
    as JSON, with what is wrong with token or channels; as no restart would mend that, it makes neither of them fail.
    ``more`` adds to the state.  ``/metrics``: Prometheus.  ``/stats``: totals and latencies as JSON.

    Raises:
        ConfigurationError: no port is free.

    """

    def health() -> web.Response:
        return web.json_response({**deliverer.state(), **more()})

    def ready() -> web.Response:
        state = {**deliverer.state(), **more()}
        status = HTTPStatus.SERVICE_UNAVAILABLE if state["role"] == "starting" else HTTPStatus.OK
        return web.json_response(state, status=status)

    answers = {
        "/health": health,
        "/ready": ready,
        "/metrics": watch.metrics_page(deliverer.seen.registry),
        "/stats": lambda: web.json_response(deliverer.seen.figures()),
    }
    return watch.pages(settings.host, settings.port, answers, who="deliverer", setting="slack")
