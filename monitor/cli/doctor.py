"""`pactwatch doctor`: what is well, what is not, and what to do about it."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from monitor.cli.show import as_json, console, settings_for_people, table

_SIGNS = {"ok": "[green]ok[/]", "note": "[yellow]note[/]", "bad": "[red]bad[/]"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pactwatch doctor --json")(doctor)


def doctor(
    context: typer.Context, as_program: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Check Python, Java, Kafka, topics, worker, deliverer and Slack; say what to do about each that is not well.

    Exit code 1 when something does not work; what is only not set up yet is a note.
    """
    loaded = settings_for_people(context)
    from monitor.cli import checks  # noqa: PLC0415 - `--help` is quick without it

    findings = asyncio.run(checks.run(loaded, config=context.find_root().obj))
    if as_program:
        as_json([asdict(finding) for finding in findings])
    else:
        rows = [
            (
                _SIGNS[finding.state],
                finding.what,
                finding.found + (f"\n[bold]{finding.todo}[/]" if finding.todo else ""),
            )
            for finding in findings
        ]
        console().print(table(("", "check", "found, and what to do"), rows))
    if any(finding.state == "bad" for finding in findings):
        raise typer.Exit(1)
