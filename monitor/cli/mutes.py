"""`pactwatch mutes`: silence for an agreement, an actor or a rule, for a while."""

from __future__ import annotations

import asyncio
import getpass
import json
import uuid
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from monitor.cli.main import settings as settings_of
from monitor.cli.show import console, table
from monitor.errors import InputError
from monitor.models.mute import Mute
from monitor.settings import Settings

mutes = typer.Typer(no_args_is_help=True, help="Silence an agreement, an actor or a rule for a while.")


_DERIVED = ("party", "person", "place", "date", "duration", "name", "money")
"""What the ids of rules begin with that stand in code, not in a file: ``party.subject``."""


class Scope(StrEnum):
    """What is silenced."""

    AGREEMENT = "agreement"
    """A dossier, by its id."""
    ACTOR = "actor"
    """country:IND, organisation:NATO, pair:IND+USA, ..."""
    RULE = "rule"
    """All alerts that rest on a rule."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(mutes, name="mutes")


@mutes.command(epilog="Example: pactwatch mutes add actor pair:IND+USA --days 7 --why 'state visit'")
def add(
    context: typer.Context,
    scope: Annotated[Scope, typer.Argument(help="What is silenced.")],
    target: Annotated[str, typer.Argument(help="An agreement id, an actor key or a rule id.")],
    days: Annotated[float, typer.Option(help="For how long.", min=0.001, max=3650)] = 7.0,
    why: Annotated[str, typer.Option(help="For those who ask later.")] = "",
) -> None:
    """Begin a silence.  What would have been told meanwhile is not told later."""
    settings = settings_of(context)
    target = _checked(settings, scope, target)
    now = datetime.now(UTC)
    mute = Mute(
        id=uuid.uuid4().hex[:8],
        scope=scope.value,
        target=target,
        until=now + timedelta(days=days),
        by=getpass.getuser(),
        at=now,
        why=why,
    )
    asyncio.run(_write(settings, mute.id, mute.encode()))
    typer.echo(f"{mute.id}: {scope.value} {target} is silent until {mute.until:%Y-%m-%d %H:%M} UTC")


@mutes.command("list", epilog="Example: pactwatch mutes list --json")
def show(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="A line a mute.")] = False
) -> None:
    """List the silences that last."""
    now = datetime.now(UTC)
    found = sorted(asyncio.run(_read(settings_of(context))).values(), key=lambda mute: mute.until)
    lasting = [mute for mute in found if mute.until > now]
    if as_json:
        for mute in lasting:
            typer.echo(json.dumps(mute.model_dump(mode="json")))
        return
    rows = [
        (mute.id, f"{mute.scope} {mute.target}", f"{mute.until:%Y-%m-%d %H:%M}", mute.by, mute.why) for mute in lasting
    ]
    columns = ("id", "what", "until (UTC)", "by", "why")
    console().print(table(columns, rows, whole=columns[:1]) if rows else "nothing is muted")


@mutes.command(epilog="Example: pactwatch mutes end 1f2e3d4c")
def end(context: typer.Context, identity: Annotated[str, typer.Argument(metavar="ID", help="Of the mute.")]) -> None:
    """End a silence before its time."""
    settings = settings_of(context)
    if identity not in asyncio.run(_read(settings)):
        raise InputError(f"there is no mute {identity}", hint="`pactwatch mutes list` shows those there are")
    asyncio.run(_write(settings, identity, None))
    typer.echo(f"{identity} has ended")


def _checked(settings: Settings, scope: Scope, target: str) -> str:
    """Return the target in its one form.

    Raises:
        InputError: there is no such thing, so that the mute would silence nothing.

    """
    if scope is Scope.AGREEMENT:
        return asyncio.run(_agreement(settings, target))
    if scope is Scope.ACTOR:
        from monitor.routes.vocabulary import beside, known_actor  # noqa: PLC0415 - `--help` is quick without it

        try:
            with beside(settings.rules):
                return known_actor(target)
        except ValueError as error:
            raise InputError(str(error), hint="`pactwatch actors top` lists those seen, with their keys") from None
    from monitor.classify.files import RuleFiles, languages  # noqa: PLC0415 - as above
    from monitor.classify.rules.load import load_rules  # noqa: PLC0415 - `--help` is quick without it
    from monitor.routes.vocabulary import did_you_mean  # noqa: PLC0415 - as above

    own = RuleFiles.read(settings.rules) if settings.rules else None
    rules = {name for language in languages() for name in load_rules(language, extra=own).rules}
    if target not in rules and target.partition(".")[0] not in _DERIVED:
        hint = did_you_mean(target, rules, most=0)
        raise InputError(f"there is no rule {target}", hint=hint or "a message says at its end which rules it rests on")
    return target


async def _agreement(settings: Settings, wanted: str) -> str:
    """Return the whole id of an agreement, which the list shows the beginning of."""
    from monitor.cli.agreement_page import find  # noqa: PLC0415 - `--help` is quick without it
    from monitor.kafka import view  # noqa: PLC0415
    from monitor.models.agreement import Agreement  # noqa: PLC0415

    return find(await view.read(settings, settings.kafka.topic("agreements"), Agreement.decode), wanted).id


async def _read(settings: Settings) -> dict[str, Mute]:
    from monitor.kafka import view  # noqa: PLC0415 - `--help` is quick without it

    return await view.read(settings, settings.kafka.topic("mutes"), Mute.decode)


async def _write(settings: Settings, key: str, value: bytes | None) -> None:
    from aiokafka import AIOKafkaProducer  # noqa: PLC0415 - as above

    from monitor.kafka import topics  # noqa: PLC0415
    from monitor.kafka.connection import client_options  # noqa: PLC0415

    await topics.check(settings)
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        await producer.send_and_wait(settings.kafka.topic("mutes"), key=key.encode(), value=value)
