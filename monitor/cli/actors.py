"""`pactwatch actors`: who is making agreements, and how often they are seen."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.actors.rolling import Rolling, busiest, find, matrix, partners, rolling
from monitor.cli.main import settings
from monitor.cli.show import WIDE, as_json, console, table
from monitor.errors import InputError
from monitor.export import as_csv
from monitor.models.actor import Actor, Window
from monitor.models.vocabulary import ActorKind, ActorRole, Subject

if TYPE_CHECKING:
    from monitor.settings import Settings

_BARS = "▁▂▃▄▅▆▇█"

AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", help="Count back from this moment (UTC); default: now.", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="For spreadsheets.")]
InWindow = Annotated[Window, typer.Option("--window", "-w", help="Sort by this window; roles and sources are its own.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(no_args_is_help=True, help="Who is making agreements, with whom, and how often they are seen.")
    group.command(epilog="Example: pactwatch actors top --window 7d --role party --subject basing_access")(top)
    group.command(epilog="Example: pactwatch actors show rajnath-singh")(show)
    group.command(epilog="Example: pactwatch actors pairs --between IND,JPN,AUS,USA")(pairs)
    app.add_typer(group, name="actors")


def top(
    context: typer.Context,
    *,
    kind: Annotated[ActorKind | None, typer.Option("--kind", "-k", help="Only actors of this kind.")] = None,
    country: Annotated[str | None, typer.Option("--country", help="Only those of a country (alpha-3 code).")] = None,
    role: Annotated[ActorRole | None, typer.Option("--role", help="Rank by articles in this role.")] = None,
    subject: Annotated[Subject | None, typer.Option("--subject", help="Rank by articles on this subject.")] = None,
    window: InWindow = Window.MONTH,
    as_of: AsOf = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many.")] = 20,
    as_program: AsJson = False,
    as_sheet: AsCsv = False,
) -> None:
    """Show the busiest actors; with a role and a subject, by the articles that have both."""
    loaded = settings(context)
    moment = _moment(as_of)
    known = _read(loaded)
    code = country.upper() if country else None
    found = busiest(known, moment, window=window, kind=kind, country=code, role=role, subject=subject, top=limit)
    agreements = _agreements(loaded, window, moment)
    if as_program:
        as_json([_program(one, agreements) for one in found])
        return
    if as_sheet:
        typer.echo(as_csv(_flat(one, agreements) for one in found), nl=False)
        return
    if not found:
        console().print(
            f"Nobody was seen in the {window} before {moment:%Y-%m-%d %H:%M} UTC; {len(known)} actors known."
        )
        return
    wide = console().width >= WIDE  # broken in two, bars say nothing
    bars = ("last 30 days",) if wide else ()
    columns = ("actor", "kind", *(f"{each}#" for each in Window), "sources#", "agreements#", "mostly", *bars, "trend#")
    rows = [
        (
            one.actor.name,
            one.actor.kind,
            *(one.articles[each] or "·" for each in Window),
            one.sources,
            agreements[_code(one.actor)] or "·",
            next(iter(one.roles), ""),
            *((_bars(one.spark),) if wide else ()),
            _trend(one),
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
    as_sheet: AsCsv = False,
) -> None:
    """Show one actor: counts, partners, offices, names, and what its identity rests on."""
    loaded = settings(context)
    known, moment = _read(loaded), _moment(as_of)
    agreements = _agreements(loaded, window, moment)
    found = [rolling(actor, moment, window) for actor in find(known, who)]
    met = {
        one.actor.key: {
            other.code: other.articles
            for other in partners(known, one.actor.key.partition(":")[2], moment, window=window)
        }
        for one in found
    }
    if not found:
        raise InputError(
            f"no actor {who!r} is known", hint="`pactwatch actors top --window 365d --limit 1000` lists them"
        )
    if as_program:
        as_json([{**_program(one, agreements), "partners": met[one.actor.key]} for one in found])
        return
    if as_sheet:
        typer.echo(as_csv({**_flat(one, agreements), "partners": met[one.actor.key]} for one in found), nl=False)
        return
    for one in found:
        console().print(
            table(("", ""), _sheet(one, window, met[one.actor.key], agreements), title=f"[bold]{one.actor.name}[/]")
        )


def pairs(
    context: typer.Context,
    between: Annotated[str, typer.Option("--between", help="Codes with commas between them: IND,JPN,AUS,USA.")],
    window: InWindow = Window.YEAR,
    as_of: AsOf = None,
    as_program: AsJson = False,
    as_sheet: AsCsv = False,
) -> None:
    """Show how often each two of several parties are seen together."""
    codes = list(dict.fromkeys(code.strip() for code in between.split(",") if code.strip()))
    if len(codes) < 2:
        raise InputError(f"--between {between!r}: that is no pair", hint="name two or more: --between IND,JPN,USA")
    moment = _moment(as_of)
    rows = matrix(_read(settings(context)), codes, moment, window=window)
    if as_program:
        as_json({one: dict(zip(codes, row, strict=True)) for one, row in zip(codes, rows, strict=True)})
        return
    if as_sheet:
        typer.echo(
            as_csv({"party": one, **dict(zip(codes, row, strict=True))} for one, row in zip(codes, rows, strict=True)),
            nl=False,
        )
        return
    drawn = [(code, *(count or "·" for count in row)) for code, row in zip(codes, rows, strict=True)]
    title = f"Articles with both as parties, {window} before {moment:%Y-%m-%d %H:%M} UTC"
    console().print(table(("", *(f"{code}#" for code in codes)), drawn, title=title))


def _read(loaded: Settings) -> list[Actor]:
    from monitor.kafka.view import read  # noqa: PLC0415 - `--help` is quick without it

    return list(asyncio.run(read(loaded, loaded.kafka.topic("actors"), Actor.decode)).values())


def _agreements(loaded: Settings, window: Window, moment: datetime) -> Counter[str]:
    from monitor.actors.touched import touched  # noqa: PLC0415 - `--help` is quick without it
    from monitor.kafka.view import read  # noqa: PLC0415
    from monitor.models.agreement import Agreement  # noqa: PLC0415

    known = asyncio.run(read(loaded, loaded.kafka.topic("agreements"), Agreement.decode))
    return touched(known.values(), window, moment)


def _code(actor: Actor) -> str:
    return actor.key.partition(":")[2]


def _moment(as_of: datetime | None) -> datetime:
    return as_of.replace(tzinfo=UTC) if as_of else datetime.now(UTC)


def _sheet(one: Rolling, window: Window, met: dict[str, int], agreements: Counter[str]) -> list[tuple[str, str]]:
    actor = one.actor
    rows = [
        ("key", actor.key),
        ("articles", ", ".join(f"{count} in {each}" for each, count in one.articles.items())),
        ("sources", f"{one.sources} in {window}"),
        ("agreements", f"{agreements[_code(actor)]} in {window}"),
        ("roles", _list(one.roles)),
        ("subjects", _list(one.subjects)),
        ("stages", _list(one.stages)),
        ("seen with", _list(met)),
        ("offices", "; ".join(f"{o.title} ({o.first} to {o.last})" for o in actor.offices)),
        ("also named", ", ".join(actor.aliases)),
        ("seen", f"{actor.first_seen:%Y-%m-%d %H:%M} to {actor.last_seen:%Y-%m-%d %H:%M} UTC"),
        ("last 30 days", _bars(one.spark)),
        ("trend", _trend(one)),
        ("identity", f"all sightings with the key {actor.key}"),
        *((person.name, f"{person.articles} articles, {person.explanation}") for person in actor.identities),
    ]
    return [(name, value) for name, value in rows if value]


def _list(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counted.items())


def _bars(counts: Sequence[int]) -> str:
    most = max(counts, default=0)
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] if count else " " for count in counts) if most else ""


def _trend(one: Rolling) -> str:
    if one.trend is None:
        return "new" if any(one.spark[-7:]) else ""
    return f"{'▲' if one.trend > 1.5 else '▼' if one.trend < 0.67 else '='} {one.trend:.1f}×"


def _flat(one: Rolling, agreements: Counter[str]) -> dict[str, Any]:
    actor = one.actor
    return {
        "key": actor.key,
        "kind": actor.kind,
        "name": actor.name,
        **{f"articles_{each}": count for each, count in one.articles.items()},
        "sources": one.sources,
        "agreements": agreements[_code(actor)],
        "roles": one.roles,
        "subjects": one.subjects,
        "stages": one.stages,
        "last_seen": actor.last_seen.isoformat(),
    }


def _program(one: Rolling, agreements: Counter[str]) -> dict[str, Any]:
    return {
        "key": one.actor.key,
        "kind": one.actor.kind,
        "name": one.actor.name,
        "country": one.actor.country,
        "articles": one.articles,
        "sources": one.sources,
        "agreements": agreements[_code(one.actor)],
        "roles": one.roles,
        "subjects": one.subjects,
        "stages": one.stages,
        "offices": [office.model_dump(mode="json") for office in one.actor.offices],
        "aliases": one.actor.aliases,
        "identities": [person.model_dump(mode="json") for person in one.actor.identities],
        "trend": one.trend,
        "older": one.actor.older,
        "undated": one.actor.undated,
        "first_seen": one.actor.first_seen.isoformat(),
        "last_seen": one.actor.last_seen.isoformat(),
    }
