"""`pactwatch actors`: who is making agreements, and how often they are seen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.main import settings
from monitor.cli.show import as_json, console, table
from monitor.errors import InputError
from monitor.models.actor import Actor, Window
from monitor.models.vocabulary import ActorKind

if TYPE_CHECKING:
    from monitor.actors.rolling import Rolling
    from monitor.settings import Settings

_BARS = "▁▂▃▄▅▆▇█"

AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", help="Count back from this moment (UTC); default: now.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
InWindow = Annotated[Window, typer.Option("--window", "-w", help="Sort by this window; roles and sources are its own.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Who is making agreements, with whom, and how often they are seen.")
    group.callback(invoke_without_command=True, epilog="Example: pactwatch actors --kind country --window 7d")(actors)
    group.command(epilog="Example: pactwatch actors show rajnath-singh")(show)
    app.add_typer(group, name="actors")


def actors(
    context: typer.Context,
    kind: Annotated[ActorKind | None, typer.Option("--kind", "-k", help="Only actors of this kind.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Only those of a country (alpha-3 code).")] = None,
    window: InWindow = Window.MONTH,
    as_of: AsOf = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, help="How many.")] = 20,
    as_program: AsJson = False,
) -> None:
    """Show the busiest actors."""
    if context.invoked_subcommand:
        return
    from monitor.actors.rolling import busiest

    moment = _moment(as_of)
    known = _read(settings(context))
    code = country.upper() if country else None
    found = busiest(known, moment, window=window, kind=kind, country=code, top=top)
    if as_program:
        as_json([_program(one) for one in found])
        return
    if not found:
        console().print(
            f"Nobody was seen in the {window} before {moment:%Y-%m-%d %H:%M} UTC; {len(known)} actors known."
        )
        return
    columns = ("actor", "kind", *(f"{each}#" for each in Window), "sources#", "mostly", "last 30 days")
    rows = [
        (
            one.actor.name,
            one.actor.kind,
            *(one.articles[each] or "·" for each in Window),
            one.sources,
            next(iter(one.roles), ""),
            _bars(one.spark),
        )
        for one in found
    ]
    console().print(table(columns, rows, title=f"Articles by actor, as of {moment:%Y-%m-%d %H:%M} UTC"))


def show(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="A key, a country code, or a name: rajnath-singh, IND, pair:IND+USA.")],
    window: InWindow = Window.YEAR,
    as_of: AsOf = None,
    as_program: AsJson = False,
) -> None:
    """Show one actor: counts, offices, names, and what its identity rests on."""
    from monitor.actors.rolling import find, rolling

    known = _read(settings(context))
    found = [rolling(actor, _moment(as_of), window) for actor in find(known, who)]
    if not found:
        raise InputError(f"no actor {who!r} is known", hint="`pactwatch actors --window 365d --top 1000` lists them")
    if as_program:
        as_json([_program(one) for one in found])
        return
    for one in found:
        console().print(table(("", ""), _sheet(one, window), title=f"[bold]{one.actor.name}[/]"))


def _read(loaded: Settings) -> list[Actor]:
    from monitor.kafka.view import read

    return list(asyncio.run(read(loaded, loaded.kafka.topic("actors"), Actor.decode)).values())


def _moment(as_of: datetime | None) -> datetime:
    return as_of.replace(tzinfo=UTC) if as_of else datetime.now(UTC)


def _sheet(one: Rolling, window: Window) -> list[tuple[str, str]]:
    actor = one.actor
    joined = f"all sightings with the key {actor.key}"
    if actor.kind is ActorKind.PERSON:
        joined += ": same country, same surname"
    rows = [
        ("key", actor.key),
        ("articles", ", ".join(f"{count} in {each}" for each, count in one.articles.items())),
        ("sources", f"{one.sources} in {window}"),
        ("roles", _list(one.roles)),
        ("subjects", _list(one.subjects)),
        ("stages", _list(one.stages)),
        ("offices", "; ".join(f"{o.title} ({o.first} to {o.last})" for o in actor.offices)),
        ("also named", ", ".join(actor.aliases)),
        ("seen", f"{actor.first_seen:%Y-%m-%d %H:%M} to {actor.last_seen:%Y-%m-%d %H:%M} UTC"),
        ("last 30 days", _bars(one.spark)),
        ("identity", joined),
    ]
    return [(name, value) for name, value in rows if value]


def _list(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.items())


def _bars(counts: Sequence[int]) -> str:
    most = max(counts, default=0)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] if count else " " for count in counts) if most else ""


def _program(one: Rolling) -> dict[str, Any]:
    return {
        "key": one.actor.key,
        "kind": one.actor.kind,
        "name": one.actor.name,
        "country": one.actor.country,
        "articles": one.articles,
        "sources": one.sources,
        "roles": one.roles,
        "subjects": one.subjects,
        "stages": one.stages,
        "offices": [office.model_dump(mode="json") for office in one.actor.offices],
        "aliases": one.actor.aliases,
        "older": one.actor.older,
        "undated": one.actor.undated,
        "first_seen": one.actor.first_seen.isoformat(),
        "last_seen": one.actor.last_seen.isoformat(),
    }
