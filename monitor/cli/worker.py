"""`pactwatch worker`: runs a worker until it is told to stop."""

from __future__ import annotations

import typer

from monitor.cli.main import settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pactwatch --config pactwatch.toml worker")(worker)


def worker(context: typer.Context) -> None:
    """Classify articles, track agreements, count actors: from `articles` to `alerts`.

    Runs until SIGTERM or Ctrl-C.  Start as many as there are partitions; each takes its share, and takes over when
    another ends.  Health, readiness and metrics: http://127.0.0.1:6066/health, /ready, /metrics (the second worker of
    a machine listens on the next port).
    """
    loaded = settings(context)
    from agents.worker import run  # noqa: PLC0415 - Faust is heavy, and `--help` need not wait for it

    raise typer.Exit(run(loaded))
