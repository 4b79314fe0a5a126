"""What the commands share in showing things: to people as tables, to programs as JSON."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.table import Table

from monitor.cli.main import settings
from monitor.settings import Settings


def console() -> Console:
    """Return the console for results: standard output."""
    return Console(highlight=False)


def notes() -> Console:
    """Return the console for progress and notes: standard error, so that results can be piped."""
    return Console(stderr=True, highlight=False)


def settings_for_people(context: typer.Context) -> Settings:
    """Read the settings of a command that a person waits for: what Kafka's client tells itself is no news for him."""
    loaded = settings(context)
    if loaded.log.level != "debug":
        logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    return loaded


def is_watched() -> bool:
    """Tell whether a person sees standard error; a progress bar is for nobody else."""
    return sys.stderr.isatty()


def as_json(value: Any) -> None:
    """Print a value as one JSON document."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> Table:
    """Draw a table; a column whose name ends in ``#`` holds numbers."""
    heads = any(column.removesuffix("#") for column in columns)
    drawn = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False, show_header=heads)
    for column in columns:
        drawn.add_column(column.removesuffix("#"), justify="right" if column.endswith("#") else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(str(cell) for cell in row))
    return drawn
