"""The dashboard as one process: FastAPI with the API, NiceGUI with the pages."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import structlog
import uvicorn
import uvloop
from fastapi import FastAPI, Form, Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt.async_app import AsyncApp

import monitor
from monitor.errors import BrokerError, ConfigurationError, InputError, PactwatchError
from monitor.settings import Secrets, Settings
from monitor.slack.answering import answering
from monitor.watch.letters import Letters
from monitor.web import api, ingest, login, slack
from monitor.web.access import COOKIE, SESSION, Access, Guard, check
from monitor.web.audit import Audit
from monitor.web.data.live import Live
from monitor.web.metrics import Metrics
from monitor.web.site import NotAllowedError, Site

log = structlog.get_logger(__name__)

STATIC = Path(__file__).parent / "static"

_TRIED_PORTS = 10

_NICE = 5
"""Of the process: where the processor does not do for both, the stream goes before those who look at it."""


def build(settings: Settings, secrets: Secrets | None = None) -> tuple[FastAPI, Site]:
    """Make the app with its API but without pages; what it reads is started by its lifespan.

    Raises:
        ConfigurationError: it would stand open to other machines.

    """
    secrets = secrets or Secrets()
    check(settings.web, secrets)
    access = Access(settings.web, secrets)
    live = Live(settings)
    dead = Letters(settings, live.cluster)
    site = Site(settings, live, dead, access, Audit(settings.data_dir), Metrics(live, dead))
    intake = ingest.Ingest(settings)
    bolt: list[AsyncApp] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        del app
        await live.start()
        await site.dead.start()
        try:
            async with AsyncExitStack() as stack:
                if secrets.slack_signing_secret is not None:
                    agreements = live.agreements
                    answers = answering(
                        settings, secrets, lambda: agreements.items().values(), lambda: "agreements" in live.loaded
                    )
                    bolt.append((await stack.enter_async_context(answers))[0])
                yield
        finally:
            bolt.clear()
            await intake.stop()
            await site.dead.stop()
            await live.stop()

    app = FastAPI(
        title="Pactwatch",
        version=monitor.__version__,
        description="Agreements, actors, alerts and the state of the stream. Times are UTC; null stands for unknown.",
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.include_router(ingest.router(intake, access))
    app.include_router(api.router(site))
    app.include_router(slack.router(lambda: bolt[0] if bolt else None))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    _errors(app)
    _plain_routes(app, site)
    app.add_middleware(Guard, access=access)
    app.add_middleware(site.metrics.requests.around)
    return app, site


def _errors(app: FastAPI) -> None:
    """Turn the program's errors into answers."""

    @app.exception_handler(PactwatchError)
    async def explained(request: Request, error: PactwatchError) -> Response:
        del request
        status = 422 if isinstance(error, InputError) else 503 if isinstance(error, BrokerError) else 500
        return JSONResponse({"error": error.message, "hint": error.hint}, status)

    @app.exception_handler(NotAllowedError)
    async def not_allowed(request: Request, error: NotAllowedError) -> Response:
        del request, error
        return JSONResponse({"error": "readers may look, operators may act", "hint": "log in as an operator"}, 403)

    @app.exception_handler(TimeoutError)
    async def late(request: Request, error: TimeoutError) -> Response:
        del request, error
        return JSONResponse({"error": "Kafka does not answer in time", "hint": "`pactwatch doctor` looks closer"}, 503)


def _plain_routes(app: FastAPI, site: Site) -> None:
    """Add health, metrics and log-in."""

    @app.get("/health", include_in_schema=False)
    async def health() -> Response:
        return JSONResponse({"status": "running", "ready": site.live.ready, "version": monitor.__version__})

    @app.get("/ready", include_in_schema=False)
    async def ready() -> Response:
        waits = {name: site.live.trouble.get(name) for name in site.live.readers if name not in site.live.loaded}
        return JSONResponse({"ready": site.live.ready, "still_reading": waits}, 200 if site.live.ready else 503)

    @app.get("/metrics", include_in_schema=False)
    async def prometheus() -> Response:
        return Response(site.metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    @app.get("/login", include_in_schema=False)
    async def show_login(next: str = "/") -> Response:  # noqa: A002 - the name in the address
        return HTMLResponse(login.page(next))

    @app.post("/login", include_in_schema=False)
    async def log_in(request: Request, token: str = Form(""), next: str = Form("/")) -> Response:  # noqa: A002
        client = request.client.host if request.client else ""
        try:
            cookie = site.access.log_in(token, client)
        except PermissionError:
            return PlainTextResponse("too many tries; wait a minute\n", status_code=429, headers={"Retry-After": "60"})
        if cookie is None:
            return HTMLResponse(login.page(next, wrong=True), status_code=401)
        target = next if next.startswith("/") and not next.startswith(("//", "/\\")) else "/"
        answer = RedirectResponse(quote(target, safe="/?=&%"), status_code=303)
        secure = request.url.scheme == "https" or site.settings.web.public_url.startswith("https")
        answer.set_cookie(COOKIE, cookie, max_age=SESSION, httponly=True, samesite="strict", secure=secure)
        return answer

    @app.post("/logout", include_in_schema=False)
    async def log_out() -> Response:
        answer = RedirectResponse("/login", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer


def serve(settings: Settings, *, tell: Callable[[str], None]) -> None:
    """Run the dashboard until SIGTERM or SIGINT.

    Args:
        settings: of the program.
        tell: told the address once it listens.

    Raises:
        ConfigurationError: it would stand open to other machines, or cannot listen.

    """
    from monitor.web.pages.all import register  # noqa: PLC0415 - NiceGUI takes half a second to import

    app, site = build(settings)
    register(app, site)
    listening = _listen(settings)
    host, port = listening.getsockname()[:2]
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2, server_header=False)
    )
    tell(f"http://{f'[{host}]' if ':' in host else host}:{port}")
    os.nice(_NICE)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(server, listening))


async def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # ours end it once, and quietly

    def stop() -> None:
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await server.serve(sockets=[listening])


def _listen(settings: Settings) -> socket.socket:
    web = settings.web
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    ports = range(web.port, web.port + _TRIED_PORTS) if web.port else (0,)
    error: OSError | None = None
    for port in ports:
        # With its protocol named: else asyncio leaves Nagle's algorithm on, and every second answer takes 40 ms.
        found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((web.host, port))
            found.listen(256)
        except OSError as failed:
            error = failed
            found.close()
        else:
            return found
    raise ConfigurationError(
        f"the dashboard cannot listen on {web.host}:{web.port}: {error.strerror if error else 'no port'}",
        hint="set web.port (PACTWATCH_WEB__PORT) to another port, or to 0 for any free one",
    )
