"""`pactwatch dead-letters`: what could not be handled, and what to do with it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.show import as_json, console, notes, settings_for_people, table
from monitor.errors import ConfigurationError, InputError
from monitor.settings import Settings

if TYPE_CHECKING:
    from monitor.kafka.letters import Entry

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="As `list` shows them.")]
Stage = Annotated[str | None, typer.Option(help="Only those of a stage: classify, track, count, deliver.")]
Error = Annotated[str | None, typer.Option(help="Only those with this error: not_json, crash, ...")]
All = Annotated[bool, typer.Option("--all", help="All that wait.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]

_SHOWN = 2000
"""Characters of a value that are shown."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        invoke_without_command=True,
        no_args_is_help=False,
        help="Look at records that could not be handled; put them back, or drop them.",
    )
    group.callback(epilog="Example: pactwatch dead-letters retry --error crash")(overview)
    group.command("list", epilog="Example: pactwatch dead-letters list --stage classify --json")(list_)
    group.command("show", epilog="Example: pactwatch dead-letters show 0-12 --raw > record.json")(show)
    group.command("retry", epilog="Example: pactwatch dead-letters retry 0-12")(retry)
    group.command("drop", epilog="Example: pactwatch dead-letters drop --stage classify --error not_json")(drop)
    app.add_typer(group, name="dead-letters")


def overview(context: typer.Context) -> None:
    """Look at records that could not be handled; put them back, or drop them.  Alone: list those that wait."""
    if context.invoked_subcommand is None:
        list_(context)


def list_(
    context: typer.Context,
    stage: Stage = None,
    error: Error = None,
    everything: Annotated[bool, typer.Option("--all", help="Those that were handled too.")] = False,
    as_program: Json = False,
) -> None:
    """List the dead letters that wait for a decision, oldest first."""
    entries = [
        entry
        for entry in _read(settings_for_people(context))
        if (everything or entry.handled is None) and _matches(entry, stage, error)
    ]
    if as_program:
        as_json([_fields(entry) for entry in entries])
        return
    if not entries:
        console().print("no dead letters wait")
        return
    rows = [
        (
            entry.id,
            f"{entry.letter.at:%Y-%m-%d %H:%M}",
            entry.letter.stage,
            entry.letter.error,
            _key(entry),
            entry.handled or entry.retries or "",
            entry.letter.message[:160],
        )
        for entry in entries
    ]
    console().print(table(("id", "when", "stage", "error", "key", "retries#", "why"), rows))


def show(
    context: typer.Context,
    number: Annotated[str, typer.Argument(metavar="ID")],
    raw: Annotated[bool, typer.Option("--raw", help="The original bytes, and nothing else.")] = False,
    as_program: Json = False,
) -> None:
    """Show one dead letter: where it comes from, why it could not be handled, and its bytes."""
    loaded = settings_for_people(context)
    from monitor.kafka import letters  # noqa: PLC0415 - `--help` is quick without it

    entry = asyncio.run(letters.read_one(loaded, number))
    value = entry.letter.value or b""
    if raw:
        sys.stdout.buffer.write(value)
        sys.stdout.buffer.flush()
        return
    if as_program:
        as_json({**_fields(entry), "value": value.decode("utf-8", "replace")})
        return
    out = console()
    out.print(table(("", ""), [(name, text) for name, text in _fields(entry).items() if text not in (None, "")]))
    text = value[: 4 * _SHOWN].decode("utf-8", "backslashreplace")[:_SHOWN]
    out.print(text, markup=False, soft_wrap=True)
    if len(text) < len(value):
        out.print(f"... {entry.size:,} bytes in all; --raw gives them")


def retry(
    context: typer.Context,
    ids: Ids = None,
    *,
    stage: Stage = None,
    error: Error = None,
    everything: All = False,
    insist: Annotated[bool, typer.Option("--insist", help="Those too that failed again and again.")] = False,
    as_program: Json = False,
) -> None:
    """Put records back into the topic they come from, byte for byte, to be handled once more."""
    loaded = settings_for_people(context)
    chosen = _chosen(loaded, ids, stage, error, everything=everything)
    from monitor.kafka import letters  # noqa: PLC0415 - `--help` is quick without it

    done, refused = asyncio.run(letters.retry(loaded, chosen, insist=insist))
    for sentence in refused:
        notes().print(sentence, markup=False, soft_wrap=True)
    if as_program:
        as_json({"retried": done, "refused": refused})
    else:
        console().print(f"{len(done)} put back, {len(refused)} not")
    if refused:
        raise typer.Exit(InputError.exit_code)


def drop(
    context: typer.Context,
    ids: Ids = None,
    *,
    stage: Stage = None,
    error: Error = None,
    everything: All = False,
    as_program: Json = False,
) -> None:
    """Mark dead letters as done with; `list --all` still shows them until the topic forgets them."""
    loaded = settings_for_people(context)
    chosen = _chosen(loaded, ids, stage, error, everything=everything)
    from monitor.kafka import letters  # noqa: PLC0415 - `--help` is quick without it

    done = asyncio.run(letters.drop(loaded, chosen))
    if as_program:
        as_json({"dropped": done})
    else:
        console().print(f"{len(done)} dropped")


def _read(loaded: Settings) -> list[Entry]:
    from monitor.kafka import letters  # noqa: PLC0415 - `--help` is quick without it

    return asyncio.run(letters.read(loaded))


def _chosen(
    loaded: Settings, ids: list[str] | None, stage: str | None, error: str | None, *, everything: bool
) -> list[Entry]:
    """Return the letters that are meant; an id must be there and wait, a filter takes what it finds."""
    if not (ids or stage or error or everything):
        raise ConfigurationError("which ones?", hint="give ids, --stage, --error, or --all")
    waiting = {entry.id: entry for entry in _read(loaded) if entry.handled is None}
    unknown = [number for number in ids or () if number not in waiting]
    if unknown:
        raise InputError(
            f"no dead letter waits under {', '.join(unknown)}", hint="`pactwatch dead-letters list --all` shows all"
        )
    entries = [waiting[number] for number in ids] if ids else list(waiting.values())
    return [entry for entry in entries if _matches(entry, stage, error)]


def _matches(entry: Entry, stage: str | None, error: str | None) -> bool:
    return stage in (None, entry.letter.stage) and error in (None, entry.letter.error)


def _key(entry: Entry) -> str:
    return (entry.letter.key or b"").decode("utf-8", "backslashreplace")[:80]


def _fields(entry: Entry) -> dict[str, Any]:
    letter = entry.letter
    return {
        "id": entry.id,
        "at": letter.at.isoformat(),
        "stage": letter.stage,
        "error": letter.error,
        "message": letter.message,
        "key": _key(entry),
        "origin": f"{letter.topic}/{letter.partition}/{letter.offset}",
        "bytes": entry.size,
        "attempts": letter.attempts,
        "retries": entry.retries,
        "truncated": letter.truncated,
        "handled": entry.handled,
    }
