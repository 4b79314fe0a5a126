"""`pactwatch rules`: one's own rules: checked, put in force on every machine, taken back."""

from __future__ import annotations

import asyncio
import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.main import settings
from monitor.cli.show import as_json, console, settings_for_people, table
from monitor.errors import RulesError

if TYPE_CHECKING:
    from monitor.classify.classifier import Classifier
    from monitor.classify.files import RuleFiles

rules = typer.Typer(no_args_is_help=True, help="Look after your own rules: check, publish, withdraw.")

_FOLDER = Annotated[Path | None, typer.Argument(help="Folder of your own rules; default: that of the settings.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(rules, name="rules")


@rules.command(epilog="Example: pactwatch rules check my-rules")
def check(context: typer.Context, folder: _FOLDER = None) -> None:
    """Read all rules, and name the file, line and mistake of the first that is wrong."""
    classifier, _ = _checked(folder or settings(context).rules)
    counts = ", ".join(f"{name} {len(book.rules)}" for name, book in classifier.books.items())
    total = sum(len(book.rules) for book in classifier.books.values())
    typer.echo(f"{total} rules are in order ({counts}), version {classifier.version}")


@rules.command(epilog="Example: pactwatch rules publish my-rules --why 'watch the Nordic accord'")
def publish(
    context: typer.Context,
    folder: _FOLDER = None,
    why: Annotated[str, typer.Option(help="For those who ask later.")] = "",
) -> None:
    """Put a folder of rules in force on every worker that has none of its own: no shared folder, no restart.

    The folder is checked first; what is published replaces what was published before.
    """
    from monitor.kafka import ruleset  # noqa: PLC0415 - `--help` is quick without it
    from monitor.models.article import MAX_BYTES  # noqa: PLC0415
    from monitor.models.ruleset import Ruleset  # noqa: PLC0415

    loaded = settings_for_people(context)
    chosen = folder or loaded.rules
    classifier, files = _checked(chosen)
    if files is None or not files.texts:
        raise RulesError(
            f"{chosen} holds no rules" if chosen else "no folder of rules is named or set",
            hint="name a folder with *.toml files; `pactwatch rules withdraw` takes published rules back",
        )
    record = Ruleset(version=files.digest, files=dict(files.texts), by=getpass.getuser(), at=datetime.now(UTC), why=why)
    size = len(record.encode())
    if size > MAX_BYTES:
        raise RulesError(f"{chosen}: {size:,} bytes, at most {MAX_BYTES:,} can be published", hint="shorten its lists")
    asyncio.run(ruleset.publish(loaded, record))
    count = len(files.texts)
    typer.echo(
        f"published {count} {'file' if count == 1 else 'files'} as {record.version}; "
        f"reports will carry version {classifier.version}"
    )


@rules.command(epilog="Example: pactwatch rules withdraw")
def withdraw(context: typer.Context) -> None:
    """Take the published rules back: workers go on with those that come with Pactwatch."""
    from monitor.kafka import ruleset  # noqa: PLC0415 - `--help` is quick without it

    loaded = settings_for_people(context)
    before = asyncio.run(ruleset.current(loaded))
    if before is None:
        typer.echo("no rules are published")
        return
    asyncio.run(ruleset.publish(loaded, None))
    typer.echo(f"withdrawn: {before.version}")


@rules.command(epilog="Example: pactwatch rules status --json")
def status(
    context: typer.Context, json_: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False
) -> None:
    """Show what is published, by whom and when, and which rules workers of this machine take."""
    from monitor.kafka import ruleset  # noqa: PLC0415 - `--help` is quick without it

    loaded = settings_for_people(context)
    record = asyncio.run(ruleset.current(loaded))
    if json_:
        found = record.model_dump(mode="json", exclude={"files"}) | {"files": sorted(record.files)} if record else None
        as_json({"published": found, "folder": str(loaded.rules) if loaded.rules else None})
        return
    rows = [("published", record.version if record else "nothing")]
    if record:
        rows += [
            ("by", f"{record.by}, {record.at:%Y-%m-%d %H:%M} UTC"),
            ("why", record.why or "–"),
            ("files", ", ".join(sorted(record.files))),
        ]
    taken = (
        f"the folder {loaded.rules}" if loaded.rules else "what is published" if record else "only the built-in ones"
    )
    console().print(table(("", ""), [*rows, ("workers here take", taken)]))


def _checked(folder: Path | None) -> tuple[Classifier, RuleFiles | None]:
    from monitor.classify.classifier import Classifier  # noqa: PLC0415 - `--help` is quick without it
    from monitor.classify.files import RuleFiles  # noqa: PLC0415

    files = RuleFiles.read(folder) if folder is not None else None
    return Classifier.of(files), files
