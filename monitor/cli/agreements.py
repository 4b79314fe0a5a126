"""`pactwatch agreements`: what is followed, all that is known of one, and what people know better."""

from __future__ import annotations

import asyncio
import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.main import settings
from monitor.cli.show import WIDE, as_json, console, table
from monitor.errors import InputError
from monitor.models.vocabulary import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.models.agreement import Agreement
    from monitor.models.report import Correction
    from monitor.settings import Settings

Id = Annotated[str, typer.Argument(metavar="ID", help="As the list shows it; its beginning will do.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]
Why = Annotated[str, typer.Option("--why", help="Reason, kept with the correction.")]
By = Annotated[str | None, typer.Option("--by", help="Who says so; default: you.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Agreements that are followed: what is known of them, who said so, what was told.")
    group.callback(invoke_without_command=True, epilog="Example: pactwatch agreements --party IND --status signed")(
        agreements
    )
    group.command(epilog="Example: pactwatch agreements show 1051aba6")(show)
    group.command(epilog='Example: pactwatch agreements merge 1051aba6 d59d398c --why "one pact, two names"')(merge)
    group.command(epilog="Example: pactwatch agreements split 1051aba6 article-17 article-23")(split)
    app.add_typer(group, name="agreements")


def agreements(
    context: typer.Context,
    party: Annotated[
        list[str] | None, typer.Option("--party", "-p", help="Only with this party; may be repeated.")
    ] = None,
    status: Annotated[Status | None, typer.Option("--status", "-s", help="Only those at this stage.")] = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, help="How many.")] = 50,
    as_program: Json = False,
) -> None:
    """List the agreements that are followed, the one last reported on first."""
    if context.invoked_subcommand:
        return
    from monitor.cli.agreement_page import LIST, list_rows, live  # noqa: PLC0415 - `--help` is quick without it

    found = live(_read(settings(context)).values(), parties=party or (), status=status)
    if as_program:
        as_json([one.model_dump(mode="json") for one in found[:top]])
        return
    if not found:
        console().print("no agreement is followed" + (" that fits" if party or status else " yet"))
        return
    # In a narrow terminal the last column goes, or the names would have no room; it is what the list is sorted by.
    columns = LIST if console().width >= WIDE else LIST[:-1]
    rows = (row[: len(columns)] for row in list_rows(found[:top]))
    console().print(table(columns, rows, whole=("id", "since", "last report")))
    if len(found) > top:
        console().print(f"and {len(found) - top:,} more; --top shows them")


def show(context: typer.Context, wanted: Id, as_program: Json = False) -> None:
    """Show one agreement: its life, its facts with sources, and why each article was told or not."""
    from monitor.cli.agreement_page import find, page  # noqa: PLC0415 - `--help` is quick without it

    found = find(_read(settings(context)), wanted)
    if as_program:
        as_json(found.model_dump(mode="json"))
    else:
        console().print(page(found))


def merge(
    context: typer.Context,
    stays: Annotated[str, typer.Argument(metavar="ID", help="The agreement that stays.")],
    goes: Annotated[str, typer.Argument(metavar="OTHER", help="The one it absorbs.")],
    *,
    why: Why = "",
    by: By = None,
) -> None:
    """Make one of two agreements; the machine never undoes it."""
    from monitor.cli.agreement_page import find  # noqa: PLC0415 - `--help` is quick without it
    from monitor.models.report import Correction  # noqa: PLC0415 - `--help` is quick without it

    loaded = settings(context)
    known = _read(loaded)
    one, other = find(known, stays), find(known, goes)
    if one.id == other.id:
        raise InputError(f"{stays} and {goes} are one agreement already, {one.id}")
    record = Correction(
        action="merge",
        agreement_id=one.id,
        other_id=other.id,
        by=by or getpass.getuser(),
        at=datetime.now(UTC),
        why=why,
    )
    asyncio.run(_write(loaded, record))
    console().print(f"{other.id} goes into {one.id} as soon as the worker has read it")


def split(
    context: typer.Context,
    wanted: Id,
    articles: Annotated[list[str], typer.Argument(metavar="ARTICLE...", help="Ids of the articles that leave.")],
    *,
    into: Annotated[str | None, typer.Option("--into", help="The agreement they go to; default: a new one.")] = None,
    why: Why = "",
    by: By = None,
) -> None:
    """Take articles out of an agreement, into one of their own; the machine never undoes it."""
    from monitor.cli.agreement_page import find  # noqa: PLC0415 - `--help` is quick without it
    from monitor.models.report import Correction  # noqa: PLC0415 - `--help` is quick without it

    loaded = settings(context)
    known = _read(loaded)
    one = find(known, wanted)
    held = {entry.article_id for entry in one.articles}
    strange = [article for article in articles if article not in held]
    if strange:
        raise InputError(
            f"{one.id} has no article {', '.join(strange)}", hint=f"`pactwatch agreements show {one.id}` lists them"
        )
    if held <= set(articles):
        raise InputError(f"all articles of {one.id} would leave", hint="leave at least one, or use merge")
    record = Correction(
        action="split",
        agreement_id=one.id,
        other_id=find(known, into).id if into else None,
        article_ids=tuple(articles),
        by=by or getpass.getuser(),
        at=datetime.now(UTC),
        why=why,
    )
    asyncio.run(_write(loaded, record))
    console().print(f"{len(articles)} articles leave {one.id} as soon as the worker has read it")


def _read(loaded: Settings) -> Mapping[str, Agreement]:
    """Return the latest record of every agreement."""
    from monitor.kafka.view import View  # noqa: PLC0415 - `--help` is quick without it
    from monitor.models.agreement import Agreement  # noqa: PLC0415 - `--help` is quick without it

    async def read() -> Mapping[str, Agreement]:
        view = View(loaded, loaded.kafka.topic("agreements"), Agreement.decode, follow=False)
        async with view:
            return view.items()

    return asyncio.run(read())


async def _write(loaded: Settings, record: Correction) -> None:
    """Put a correction where order, replay and recovery include it: beside the reports."""
    from monitor.kafka.producer import Writer  # noqa: PLC0415 - `--help` is quick without it

    async with Writer(loaded) as writer:
        await writer.place(
            loaded.kafka.topic("reports"), key=record.agreement_id.encode(), value=record.encode(), partition=0
        )
