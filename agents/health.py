"""Health, readiness and metrics over HTTP.

`/health` answers 200 while the process works; `/ready` 200 when tables have recovered and partitions are assigned
(a worker without partitions is ready, as standby), 503 before, with the reason; `/metrics` is for Prometheus.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from monitor.errors import ConfigurationError


@dataclass(frozen=True)
class State:
    """What the pages tell."""

    ready: bool
    status: str
    """``waiting for Kafka``, ``joining``, ``recovering``, ``running``, ``standby``, ``draining``."""
    partitions: tuple[int, ...] = ()
    rules_version: str = ""
    rules_fault: str = ""
    """Why newer rules are not in use."""
    worker: str = ""
    lease_seconds: float = 0.0


class Pages:
    """The server; ``state`` and ``metrics`` are asked at each request."""

    def __init__(self, state: Callable[[], State], metrics: Callable[[], bytes]) -> None:
        self._state = state
        self._metrics = metrics
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> int:
        """Listen; return the port, drawn by the system when ``port`` is 0.

        Raises:
            ConfigurationError: the port is taken, or the address is not this machine's.

        """
        app = web.Application()
        app.add_routes(
            [
                web.get("/health", self._health),
                web.get("/ready", self._ready),
                web.get("/metrics", self._prometheus),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise ConfigurationError(
                f"the worker's health page cannot listen on {host}:{port}: {error.strerror or error}",
                hint="set worker.port to another port, or to 0 for any free one",
            ) from None
        address = self._runner.addresses[0]
        return int(address[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _health(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(asdict(self._state()))

    async def _ready(self, request: web.Request) -> web.Response:
        del request
        state = self._state()
        return web.json_response(asdict(state), status=200 if state.ready else 503)

    async def _prometheus(self, request: web.Request) -> web.Response:
        del request
        return web.Response(body=self._metrics(), headers={"Content-Type": CONTENT_TYPE_LATEST})
