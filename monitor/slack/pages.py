"""Health, readiness, metrics and figures of a deliverer, on HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from monitor.errors import ConfigurationError
from monitor.settings import Slack
from monitor.slack.deliverer import Deliverer

_TRIED_PORTS = 10


@asynccontextmanager
async def pages(deliverer: Deliverer, settings: Slack, more: Callable[[], dict[str, Any]] = dict) -> AsyncIterator[int]:
    """Serve the pages while the context is open; yield the port.

    ``/health``: the process lives.  ``/ready``: it is at work or standby (200), or not yet (503).  Both give the state
    as JSON, with what is wrong with token or channels; as no restart would mend that, it makes neither of them fail.
    ``more`` adds to the state.  ``/metrics``: Prometheus.  ``/stats``: totals and latencies as JSON.

    Raises:
        ConfigurationError: no port is free.

    """

    async def health(request: web.Request) -> web.Response:
        del request
        return web.json_response({**deliverer.state(), **more()})

    async def ready(request: web.Request) -> web.Response:
        del request
        state = {**deliverer.state(), **more()}
        status = HTTPStatus.SERVICE_UNAVAILABLE if state["role"] == "starting" else HTTPStatus.OK
        return web.json_response(state, status=status)

    async def metrics(request: web.Request) -> web.Response:
        del request
        return web.Response(
            body=generate_latest(deliverer.seen.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def stats(request: web.Request) -> web.Response:
        del request
        return web.json_response(deliverer.seen.figures())

    app = web.Application()
    app.add_routes(
        [web.get("/health", health), web.get("/ready", ready), web.get("/metrics", metrics), web.get("/stats", stats)]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        yield await _listen(runner, settings)
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Slack) -> int:
    ports = range(settings.port, settings.port + _TRIED_PORTS) if settings.port else (0,)
    for port in ports:
        try:
            await web.TCPSite(runner, settings.host, port).start()
        except OSError:
            continue  # the standby beside us has it
        return int(runner.addresses[0][1])
    raise ConfigurationError(
        f"no free port for the deliverer's pages at {settings.host}:{ports[0]} and the {_TRIED_PORTS - 1} above",
        hint="set slack.port (PACTWATCH_SLACK__PORT); 0 takes any free one",
    )
