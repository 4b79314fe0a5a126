"""`pactwatch topics`: what topics there should be, whether they are so, and how to make them so."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from monitor.cli.show import as_json, console, notes, settings_for_people, table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pactwatch topics --create")(topics)


def topics(
    context: typer.Context,
    create: Annotated[bool, typer.Option("--create", help="Create what is missing, mend options.")] = False,
    as_program: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show every topic with what is wrong with it; exit code 4 when something is."""
    loaded = settings_for_people(context)
    from monitor.kafka import topics as kafka  # noqa: PLC0415 - `--help` is quick without it

    created = asyncio.run(kafka.create(loaded)) if create else []
    states = asyncio.run(kafka.describe(loaded))
    wanted = loaded.kafka.partitions
    if as_program:
        as_json(
            [
                {
                    "topic": state.full_name,
                    "holds": state.spec.holds,
                    "partitions": state.partitions,
                    "compacted": state.spec.compacted,
                    "days": state.spec.days,
                    "max_bytes": state.spec.max_bytes,
                    "created": state.full_name in created,
                    "faults": state.faults(wanted),
                }
                for state in states
            ]
        )
    else:
        rows = []
        for state in states:
            spec, faults = state.spec, state.faults(wanted)
            kept = "latest" if spec.compacted else "for ever" if spec.days is None else f"{spec.days} days"
            sign = (
                f"[red]{'; '.join(faults)}[/]"
                if faults
                else "[green]created[/]"
                if create and state.full_name in created
                else "ok"
            )
            rows.append((state.full_name, spec.holds, kept, state.partitions or "", sign))
        console().print(table(("topic", "holds", "keeps", "partitions#", "state"), rows))
    kafka.raise_for(states, loaded)
    if any(state.faults(wanted) for state in states):
        notes().print(f"[bold]what to do:[/] `{kafka.CREATE}` mends the options")
        raise typer.Exit(4)
