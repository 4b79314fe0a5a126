"""What the commands share in showing things: to people as tables, to programs as JSON."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Container, Iterable, Sequence
from typing import Any

import typer
from rich.console import Console, JustifyMethod
from rich.table import Table

from monitor.cli.main import settings
from monitor.settings import Settings

WIDE = 100
"""Columns of a terminal from which on a list has room for what is merely useful."""


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


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None, whole: Container[str] = ()
) -> Table:
    """Draw a table; a column whose name ends in ``#`` holds numbers, one in `whole` what is never broken (an id)."""
    heads = any(column.removesuffix("#") for column in columns)
    drawn = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False, show_header=heads)
    for column in columns:
        justify: JustifyMethod = "right" if column.endswith("#") else "left"
        drawn.add_column(column.removesuffix("#"), justify=justify, overflow="fold", no_wrap=column in whole)
    for row in rows:
        drawn.add_row(*(str(cell) for cell in row))
    return drawn
