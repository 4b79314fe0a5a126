"""`pactwatch backtest`: the whole job over an archive, without Kafka or Slack."""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

    from monitor.archive.backtest import Counts
    from monitor.archive.read import Broken
    from monitor.classify.classifier import Classifier
    from monitor.models.alert import Alert
    from monitor.models.article import Article
    from monitor.models.report import ArticleReports
    from monitor.track import Assignment

_SHOWN = 20
"""Broken lines that are named one by one."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Example: pactwatch backtest articles.jsonl --alerts alerts.jsonl --assignments assignments.jsonl"
    )(backtest)


def backtest(
    context: typer.Context,
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="JSONL, .gz, .zst, or - for standard input.")],
    *,
    alerts: Annotated[Path | None, typer.Option(help="Write a JSON line for each alert here; - prints them.")] = None,
    assignments: Annotated[
        Path | None, typer.Option(help="Write a JSON line for each report, with its agreement, here.")
    ] = None,
    as_program: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Run the whole job over an archive in order of event time, without Kafka or Slack.

    A line that is no article is reported with its place and left out, and the exit code is 3.
    """
    from monitor.archive.backtest import Counts, gather, track  # noqa: PLC0415 - `--help` is quick without it
    from monitor.archive.read import lines, size  # noqa: PLC0415 - `--help` is quick without it
    from monitor.classify import Classifier  # noqa: PLC0415 - `--help` is quick without it
    from monitor.cli.main import settings  # noqa: PLC0415 - `--help` is quick without it
    from monitor.track import Dossiers  # noqa: PLC0415 - `--help` is quick without it

    started = time.monotonic()
    total = size(files)
    counts = Counts()
    classifier = Classifier.load(settings(context).rules)
    with _output(alerts) as alert_file, _output(assignments) as assignment_file, _progress() as progress:
        reading = progress.add_task("classify", total=total)
        records = gather(
            lines(files, lambda step: progress.advance(reading, step)), _recognise(classifier), counts, _reporter()
        )
        progress.update(reading, total=total or 1, completed=total or 1)
        tracking = progress.add_task("track", total=len(records))
        dossiers = Dossiers()
        track(
            records,
            dossiers,
            counts,
            alert=lambda alert: _write(alert_file, alert_line(alert)),
            assignment=lambda item: _write(assignment_file, assignment_line(item)),
            advance=lambda: progress.advance(tracking),
        )
    _summary(counts, time.monotonic() - started, as_program=as_program, quiet=alerts == Path("-"))
    if counts.broken:
        raise typer.Exit(3)


def alert_line(alert: Alert) -> dict[str, object]:
    """Return an alert as a line of the file."""
    return {
        "alert_id": alert.id,
        "agreement_id": alert.agreement_id,
        "article_id": alert.article.id if alert.article else None,
        "reason": alert.reason.value,
        "status": alert.status.value if alert.status else None,
        "parties": list(alert.parties),
        "at": alert.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "explanation": alert.explanation,
        "facts": list(alert.facts),
    }


def assignment_line(item: Assignment) -> dict[str, object]:
    """Return an assignment as a line of the file."""
    return {"article_id": item.article_id, "kind": item.kind.value, "agreement_id": item.agreement_id}


def _recognise(classifier: Classifier) -> Callable[..., ArticleReports | None]:
    """Return gate and classifier as the one step that a worker makes of them."""
    from monitor.archive.backtest import TOPIC  # noqa: PLC0415 - `--help` is quick without it
    from monitor.classify import article_reports  # noqa: PLC0415 - `--help` is quick without it
    from monitor.classify.result import Classification  # noqa: PLC0415 - `--help` is quick without it
    from monitor.models.record import Origin  # noqa: PLC0415 - `--help` is quick without it

    nothing = Classification(kind=None, score=0.0)

    def recognise(raw: bytes, article: Article, *, arrived: datetime, offset: int) -> ArticleReports:
        found = classifier.classify(article, arrived=arrived) if classifier.gate(raw) else nothing
        origin = Origin(
            topic=TOPIC, partition=0, offset=offset, article_id=article.id, rules_version=classifier.version
        )
        return article_reports(found, article, arrived=arrived, origin=origin)

    return recognise


def _reporter() -> Callable[[Broken], None]:
    """Return what names broken lines on standard error, the first of them one by one."""
    told = 0

    def report(broken: Broken) -> None:
        nonlocal told
        told += 1
        if told <= _SHOWN:
            typer.echo(f"{broken.where}: {broken.message}", err=True)
        elif told == _SHOWN + 1:
            typer.echo("more lines are no articles; the count stands in the summary", err=True)

    return report


@contextlib.contextmanager
def _output(path: Path | None) -> Iterator[TextIO | None]:
    from monitor.errors import InputError  # noqa: PLC0415 - `--help` is quick without it

    if path is None or str(path) == "-":
        yield sys.stdout if path else None
        return
    try:
        file = path.open("w", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}", hint="name a file in a folder that is there"
        ) from None
    with file:
        yield file


def _write(file: TextIO | None, line: dict[str, object]) -> None:
    if file is not None:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _progress() -> Progress:
    from rich.console import Console  # noqa: PLC0415 - `--help` is quick without it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - `--help` is quick without it

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:9}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _summary(counts: Counts, seconds: float, *, as_program: bool, quiet: bool) -> None:
    table = counts.as_table()
    if as_program:
        typer.echo(json.dumps({**table, "seconds": round(seconds, 2)}))
        return
    if quiet:
        return  # standard output belongs to the alerts
    from rich.console import Console  # noqa: PLC0415 - `--help` is quick without it
    from rich.table import Table  # noqa: PLC0415 - `--help` is quick without it

    shown = Table("what", "count", box=None, pad_edge=False)
    shown.columns[1].justify = "right"
    rows = [
        ("articles", counts.articles),
        ("lines that are no articles", counts.broken),
        ("relevant articles", counts.relevant),
        *((f"  reports: {kind}", number) for kind, number in sorted(counts.kinds.items())),
        ("repeats", counts.repeats),
        ("agreements", counts.agreements),
        ("alerts", sum(counts.alerts.values())),
        *((f"  {reason.replace('_', ' ')}", number) for reason, number in sorted(counts.alerts.items())),
    ]
    for name, number in rows:
        shown.add_row(name, f"{number:,}")
    shown.add_row("seconds", f"{seconds:.1f}")
    Console().print(shown)
