"""`pactwatch`: gathers the commands, and turns every error into a sentence and an exit code."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import monitor
from monitor.errors import PactwatchError
from monitor.logs import configure_logs
from monitor.settings import Settings, load

app = typer.Typer(
    name="pactwatch",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Follow defence agreements between states through the news.",
)

COMMANDS = (
    "demo",
    "up",
    "broker",
    "topics",
    "worker",
    "deliver",
    "dashboard",
    "doctor",
    "ingest",
    "feeds",
    "archive",
    "replay",
    "classify",
    "rules",
    "backtest",
    "agreements",
    "actors",
    "dead_letters",
    "mutes",
    "verdicts",
    "routes",
)
"""Modules of this package; each has a ``register(app)`` that adds its commands."""


def version(shown: bool) -> None:
    """Print the version and end."""
    if shown:
        typer.echo(f"pactwatch {monitor.__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Settings file; default: pactwatch.toml here.")
    ] = None,
    shown: Annotated[
        bool, typer.Option("--version", callback=version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Follow defence agreements between states through the news."""
    del shown
    context.obj = config


def settings(context: typer.Context) -> Settings:
    """Read the settings a command runs with, and set up its logs by them."""
    loaded = load(context.find_root().obj)
    configure_logs(loaded.log)
    return loaded


def main() -> None:
    """Run the command line."""
    for name in COMMANDS:
        importlib.import_module(f"monitor.cli.{name}").register(app)
    try:
        app()
    except PactwatchError as error:
        console = Console(stderr=True, highlight=False)
        console.print("[bold red]error:[/] ", end="")
        console.print(error.message, markup=False, soft_wrap=True)
        if error.hint:
            console.print("[bold]what to do:[/] ", end="")
            console.print(error.hint, markup=False, soft_wrap=True)
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        # The reader of our output left (`pactwatch ... | head`): that is its right, and no error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None
