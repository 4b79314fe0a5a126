"""Health and metrics of a process over HTTP: the pages that Prometheus, containers and the dashboard ask."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from monitor.errors import ConfigurationError

Page = Callable[[], web.Response]
"""Answers a request; asked anew at each."""

TRIED_PORTS = 10
"""The first port and those above it: several processes of a sort may run on one machine."""


@asynccontextmanager
async def pages(host: str, port: int, answers: Mapping[str, Page], *, who: str, setting: str) -> AsyncIterator[int]:
    """Serve pages while the context is open; yield the port.

    Args:
        host: address to listen on.
        port: the first that is tried; 0: any free one.
        answers: path to what answers.
        who: whose pages they are, for errors.
        setting: where host and port are set.

    Raises:
        ConfigurationError: no port is free.

    """
    app = web.Application()
    app.add_routes([web.get(path, partial(_answer, page)) for path, page in answers.items()])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        yield await _listen(runner, host, port, who, setting)
    finally:
        await runner.cleanup()


def metrics_page(registry: CollectorRegistry) -> Page:
    """Return the page for Prometheus."""
    return lambda: web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _answer(page: Page, request: web.Request) -> web.Response:
    del request
    return page()


async def _listen(runner: web.AppRunner, host: str, port: int, who: str, setting: str) -> int:
    ports = range(port, min(port + TRIED_PORTS, 65536)) if port else (0,)
    for number in ports:
        try:
            await web.TCPSite(runner, host, number).start()
        except OSError:
            continue  # another of its sort has it
        return int(runner.addresses[0][1])
    raise ConfigurationError(
        f"no free port for the pages of the {who} at {host}:{ports[0]} and the {TRIED_PORTS - 1} above",
        hint=f"set {setting}.port (PACTWATCH_{setting.upper()}__PORT); 0 takes any free one",
    )
