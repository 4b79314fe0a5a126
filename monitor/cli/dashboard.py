"""`pactwatch dashboard`: everything in a browser, and as JSON."""

from __future__ import annotations

from typing import Annotated

import typer

from monitor.cli.main import settings
from monitor.cli.show import console


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pactwatch dashboard --port 8080")(dashboard)


def dashboard(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on; default: web.host.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port; default: web.port; 0: any free one.")
    ] = None,
) -> None:
    """Serve the dashboard and its JSON API until Ctrl-C.

    It shows what the topics hold and how the parts are, and keeps nothing of its own. On an address that other machines
    reach it asks for PACTWATCH_WEB_TOKEN.
    """
    loaded = settings(context)
    changed = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    loaded = loaded.model_copy(update={"web": loaded.web.model_copy(update=changed)})
    from monitor.web.server import serve  # noqa: PLC0415 - `--help` is quick without it

    serve(loaded, tell=lambda address: console().print(f"The dashboard is at {address}; Ctrl-C stops it."))
