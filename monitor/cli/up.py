"""`pactwatch up`: everything on one machine, kept running."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from monitor.cli.show import console, notes, settings_for_people, table
from monitor.cli.signals import stop_event
from monitor.settings import Secrets, Settings

if TYPE_CHECKING:
    from monitor.cli.stack import Stack


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pactwatch up --workers 2")(up)


def up(
    context: typer.Context,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Worker processes.")] = 1,
    dashboard: Annotated[bool, typer.Option(help="Start the dashboard too.")] = True,
) -> None:
    """Run broker, topics, workers, deliverer and dashboard on this machine until Ctrl-C; the data is kept.

    Feeds of the settings are polled, and topics kept as files where archive.folder is set.  A part that ends is started
    again.  Feed it from another terminal with `pactwatch ingest FILE|URL...`.
    """
    loaded = settings_for_people(context)
    from monitor.cli.stack import Stack  # noqa: PLC0415 - `--help` is quick without it

    out = console()
    stack = Stack(
        loaded,
        workers=workers,
        config=context.find_root().obj,
        dashboard=dashboard,
        feeds=bool(loaded.feeds.polled or loaded.feeds.opml),
        archive=loaded.archive.folder is not None,
        tell=_tell,
    )
    with stop_event() as stop:
        _tell("starting; the first start on a machine downloads Apache Kafka (43 MB)")
        with stack:
            stack.wait_ready(stop.is_set)
            if not stop.is_set():
                out.print(_status(stack))
                out.print(_slack(loaded), soft_wrap=True)
                if stack.dashboard_page:
                    out.print(f"The dashboard is at {stack.dashboard_page}.")
                out.print("Ctrl-C stops all; the data is kept.")
            while not stop.wait(0.2):
                stack.look()
            _tell("stopping ...")
    out.print("stopped; the data is kept")


def _tell(text: str) -> None:
    notes().print(text, markup=False, soft_wrap=True)


def _slack(loaded: Settings) -> str:
    """Say where alerts go, or why they wait: `up` is up all the same."""
    from monitor.cli import checks  # noqa: PLC0415 - as above

    secrets = Secrets()
    if not (loaded.slack.channel and secrets.slack_bot_token):
        return "Alerts wait in the queue until SLACK_BOT_TOKEN and slack.channel are set."
    for finding in asyncio.run(checks.check_slack(loaded.slack, secrets, checks.routed(loaded))):
        if finding.state == "bad":
            return f"[yellow]Alerts may have to wait in the queue:[/] {escape(finding.found)}; {escape(finding.todo)}."
    return f"Alerts go to {escape(loaded.slack.channel)}."


def _status(stack: Stack) -> Table:
    broker = stack.broker
    rows: list[tuple[str, ...]] = [
        ("Kafka", "embedded" if broker else "used, not ours", stack.address, str(broker.log) if broker else "")
    ]
    rows += [(part.part.name, "ready", part.part.page, str(part.log)) for part in stack.supervisor.parts]
    return table(("part", "state", "address", "log"), rows)
