"""`pactwatch verdicts`: what readers said of alerts, how right each rule is, and labelled articles made of it."""

from __future__ import annotations

import asyncio
import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.show import as_json, console, notes, settings_for_people, table
from monitor.errors import InputError
from monitor.models.verdict import Verdict
from monitor.settings import Settings

if TYPE_CHECKING:
    from monitor.alerts.judged import RuleFigures
    from monitor.models.alert import Alert
    from monitor.models.record import Origin

verdicts = typer.Typer(help="What readers said of alerts, and how right each rule is.", invoke_without_command=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(verdicts, name="verdicts")


@verdicts.callback(
    epilog="Examples: pactwatch verdicts   pactwatch verdicts --export judged.jsonl   then: make quality, or "
    "pactwatch backtest judged.jsonl"
)
def show(
    context: typer.Context,
    *,
    export: Annotated[
        Path | None, typer.Option(help="Write the judged articles there with labels, as `make quality` reads them.")
    ] = None,
    archive: Annotated[
        Path | None, typer.Option(help="With --export: where old articles are; default: archive.folder.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Newest verdicts to show.")] = 20,
    as_program: Annotated[bool, typer.Option("--json", help="Print one JSON document, with all verdicts.")] = False,
) -> None:
    """Show what readers said, and each rule's precision with its 95% Wilson interval."""
    if context.invoked_subcommand is not None:
        return
    settings = settings_for_people(context)
    if export is not None:
        asyncio.run(_export(settings, export, archive))
        return
    said, alerts = asyncio.run(_read(settings))
    from monitor.alerts.judged import by_rule, judge  # noqa: PLC0415 - `--help` is quick without it

    rules = by_rule(
        ((alert.id, [item.rule for item in alert.evidence]) for alert in alerts.values()), judge(said.values())
    )
    newest = sorted(said.values(), key=lambda verdict: verdict.at, reverse=True)
    if as_program:
        as_json({"verdicts": [_as_json(verdict) for verdict in newest], "rules": [_figures(rule) for rule in rules]})
        return
    _draw(newest[:limit], alerts, rules)


@verdicts.command(epilog="Example: pactwatch verdicts lift 3f2a9c81d0e4b7a6 --why 'the article was right'")
def lift(
    context: typer.Context,
    agreement: Annotated[str, typer.Argument(help="The dossier's id, or its beginning.")],
    why: Annotated[str, typer.Option(help="For those who ask later.")] = "",
) -> None:
    """Take a false alarm back: the dossier's alerts are told again from now on."""
    settings = settings_for_people(context)
    verdict = asyncio.run(_lift(settings, agreement, why))
    typer.echo(f"{verdict.agreement_id}: no false alarm any more")


async def _lift(settings: Settings, wanted: str, why: str) -> Verdict:
    from monitor.kafka.producer import Writer  # noqa: PLC0415 - `--help` is quick without it
    from monitor.slack.silence import is_false_alarm  # noqa: PLC0415

    said = list((await _verdicts(settings)).values())
    ids = {one.agreement_id for one in said if one.agreement_id and is_false_alarm(one.agreement_id, said)}
    matching = sorted(one for one in ids if wanted and one.startswith(wanted))
    if len(matching) != 1:
        many = f"{len(matching)} dossiers called false alarms begin with {wanted}" if matching else ""
        known = ", ".join(sorted(ids)[:5]) or "none is at the moment"
        wrong = many or f"no dossier {wanted} is called a false alarm"
        raise InputError(wrong, hint=f"those that are: {known}; `pactwatch verdicts` shows more")
    last = max(
        (one for one in said if one.agreement_id == matching[0] and one.verdict == "false_alarm"),
        key=lambda one: one.at,
    )
    user = getpass.getuser()
    now = max(datetime.now(UTC), last.at)  # the clock of whoever pressed may be ahead of ours
    verdict = Verdict(
        alert_id=last.alert_id, agreement_id=last.agreement_id, user=user, verdict="lifted", why=why, at=now
    )
    async with Writer(settings, linger=0) as writer:
        await writer.place(settings.kafka.topic("verdicts"), key=verdict.key.encode(), value=verdict.encode())
    return verdict


async def _verdicts(settings: Settings) -> dict[str, Verdict]:
    from monitor.kafka import view  # noqa: PLC0415 - `--help` is quick without it

    return await view.read(settings, settings.kafka.topic("verdicts"), Verdict.decode)


async def _read(settings: Settings) -> tuple[dict[str, Verdict], dict[str, Alert]]:
    """Return the verdicts by key, and the newest revision of every alert by id."""
    from monitor.archive.topic import TopicRange, records  # noqa: PLC0415 - `--help` is quick without it
    from monitor.errors import RecordError  # noqa: PLC0415
    from monitor.models.alert import Alert  # noqa: PLC0415

    said = await _verdicts(settings)
    alerts: dict[str, Alert] = {}
    async for record in records(settings, TopicRange(settings.kafka.topic("alerts"), {})):
        try:
            alert = Alert.decode(record.value)
        except RecordError:
            continue  # the deliverer made a dead letter of it
        first = alerts.get(alert.id)
        # What it rests on stands in the first; later ones renew what is known.
        alerts[alert.id] = alert if first is None else alert.model_copy(update={"evidence": first.evidence})
    return said, alerts


async def _export(settings: Settings, file: Path, archive: Path | None) -> None:
    from monitor.alerts.judged import judge, label  # noqa: PLC0415 - `--help` is quick without them
    from monitor.archive.lookup import find_articles  # noqa: PLC0415

    said, alerts = await _read(settings)
    labels: dict[str, tuple[datetime, dict[str, Any]]] = {}
    told_by: dict[str, Origin] = {}
    left_out: list[str] = []
    for alert_id, judged in judge(said.values()).items():
        alert = alerts.get(alert_id)
        if alert is None or alert.article is None or alert.origin is None:
            why = "no longer kept" if alert is None else "not told by a single article"
            left_out.append(f"alert {alert_id}: {why}")
            continue
        made = label(alert, judged)
        if made is None:
            left_out.append(f"alert {alert_id}: the reason given says nothing of the article")
            continue
        known = labels.get(alert.article.id)
        if known is None or known[0] <= judged.verdict.at:  # of several verdicts on one article the last
            labels[alert.article.id] = (judged.verdict.at, made)
            told_by[alert.article.id] = alert.origin
    found = await find_articles(settings, told_by, folder=archive)
    written = 0
    with file.open("w", encoding="utf-8") as out:
        for article_id, (_, made) in sorted(labels.items()):
            article = found.get(article_id)
            if article is None:
                left_out.append(f"article {article_id}: neither in `articles` nor in the archive")
                continue
            row = {**article.model_dump(mode="json", exclude={"schema_version", "replay"}), "label": made}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            written += 1
    for line in left_out:
        notes().print(f"left out: {line}", markup=False, soft_wrap=True)
    typer.echo(f"{file}: {written} labelled article{'' if written == 1 else 's'}, {len(left_out)} left out")


def _draw(newest: list[Verdict], alerts: dict[str, Alert], rules: list[RuleFigures]) -> None:
    from monitor.slack.headline import headline  # noqa: PLC0415 - `--help` is quick without it
    from monitor.slack.text import clean  # noqa: PLC0415

    if not newest:
        console().print("no reader has said anything yet")
        return
    rows = [
        (
            f"{verdict.at:%Y-%m-%d %H:%M}",
            verdict.verdict.replace("_", " "),
            clean(verdict.name or verdict.user),
            clean(verdict.why).replace("_", " "),
            headline(alerts[verdict.alert_id]) if verdict.alert_id in alerts else f"alert {verdict.alert_id}",
        )
        for verdict in newest
    ]
    out = console()
    out.print(table(("at (UTC)", "verdict", "by", "why", "alert"), rows, whole=("at (UTC)",)), markup=False)
    shown = [rule for rule in rules if rule.precision.total]
    figures = []
    for rule in shown:
        low, high = rule.precision.interval()
        share, total = rule.precision.share, rule.precision.total
        false = total - rule.precision.right
        figures.append((rule.rule, rule.alerts, total, false, f"{share:.2f}", f"{low:.2f} to {high:.2f}"))
    out.print()
    columns = ("rule", "alerts#", "judged#", "false#", "precision#", "95%")
    out.print(table(columns, figures), markup=False)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return verdict.model_dump(mode="json", exclude={"schema_version"})


def _figures(rule: RuleFigures) -> dict[str, Any]:
    figure = rule.precision
    low, high = figure.interval() if figure.total else (None, None)
    return {
        "rule": rule.rule,
        "alerts": rule.alerts,
        "right": figure.right,
        "false": figure.total - figure.right,
        "precision": figure.share if figure.total else None,
        "low": low,
        "high": high,
    }
