"""`pactwatch backtest`: the whole job over an archive, without Kafka or Slack."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from monitor.cli.bars import reading
from monitor.cli.ingest import Counts as Faults
from monitor.cli.show import as_json, console, is_watched, notes, settings_for_people, table
from monitor.errors import ConfigurationError, InputError
from monitor.settings import Settings

if TYPE_CHECKING:
    from rich.progress import Progress

    from monitor.archive.backtest import Archive, Gathered
    from monitor.archive.outcome import Difference, Outcome, Row
    from monitor.classify.files import RuleFiles
    from monitor.track import Decision

DIFFERS = 7
"""Exit code of ``--fail-on``."""

_LISTED = 20


class FailOn(StrEnum):
    """Which differences end the command with an exit code of their own."""

    ADDED = "added"
    """An alert that the other side does not have."""
    REMOVED = "removed"
    """An alert that only the other side has."""
    CHANGED = "changed"
    """An alert that says something else."""
    ANY = "any"
    """Any of these."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Examples: pactwatch backtest archive/articles --html report.html   "
        "pactwatch backtest news.jsonl.zst --rules new-rules --against rules --fail-on removed   "
        "pactwatch backtest articles.jsonl --alerts alerts.jsonl --assignments assignments.jsonl"
    )(backtest)


def backtest(
    context: typer.Context,
    sources: Annotated[
        list[str], typer.Argument(metavar="ARCHIVE...", help="Files and folders as for ingest and replay, or -.")
    ],
    *,
    rules: Annotated[Path | None, typer.Option(help="A folder of rules; default: that of the settings.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="Settings file, for routes and rules.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="Compare with another folder of rules, or with a file of --alerts.")
    ] = None,
    fail_on: Annotated[
        FailOn | None, typer.Option("--fail-on", help=f"End with exit code {DIFFERS} on such a difference.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with charts here.")] = None,
    alerts: Annotated[Path | None, typer.Option(help="Write a JSON line for each alert here; - prints them.")] = None,
    assignments: Annotated[
        Path | None, typer.Option(help="Write a JSON line for each report, with its agreement, here.")
    ] = None,
    fields: Annotated[
        str | None, typer.Option(help="Table \\[feeds.fields.NAME] of the settings, for foreign JSONL and Parquet.")
    ] = None,
    processes: Annotated[int, typer.Option(min=0, max=256, help="0: one a core.")] = 0,
    as_program: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Run the whole job over an archive in order of event time, without Kafka or Slack, and say what would have fired.

    The alerts are those of a rehearsal with `pactwatch replay`, whatever the number of processes.  A line that is no
    article is reported with its place and left out, and the exit code is 3.
    """
    from monitor.archive.crew import Crew, cores  # noqa: PLC0415 - `--help` is quick without it

    if fail_on is not None and against is None:
        raise ConfigurationError("--fail-on compares", hint="say with what: --against DIR or FILE")
    if config is not None:
        context.find_root().obj = config
    loaded = settings_for_people(context)
    test = _Test(loaded, title=" ".join(sources))
    before, other = _against(against)
    with contextlib.ExitStack() as things:
        output = things.enter_context(_output(alerts))
        assigned = things.enter_context(_output(assignments))
        page = things.enter_context(_output(html))
        archive = _archive(loaded, sources, fields, things)
        sets = [_rules(rules or loaded.rules), *other]
        with Crew(sets, processes or cores()) as crew:
            gathered = things.enter_context(test.gather(archive, crew))
        outcome = test.track(gathered, 0, output, assigned)
        if other:
            before = test.track(gathered, 1).alerts
        difference = _compare(before, outcome.alerts) if before is not None else None
        seconds = time.monotonic() - test.began
        if page is not None:
            from monitor.archive.page import page as drawn  # noqa: PLC0415 - `--help` is quick without it

            page.write(drawn(test.title, outcome, difference, str(against), seconds))
    if as_program:
        found = {**outcome.as_table(), **({"difference": difference.as_table()} if difference else {})}
        as_json({**found, "seconds": round(seconds, 2)})
    elif alerts != Path("-"):  # standard output belongs to the alerts
        _show(outcome, difference, str(against), seconds)
    if difference is not None and _fails(difference, fail_on):
        raise typer.Exit(DIFFERS)
    if test.faults.bad:
        raise typer.Exit(InputError.exit_code)


def _rules(folder: Path | None) -> RuleFiles | None:
    from monitor.classify.files import RuleFiles  # noqa: PLC0415 - `--help` is quick without it

    return RuleFiles.read(folder) if folder is not None else None


def _against(path: Path | None) -> tuple[list[Row] | None, list[RuleFiles | None]]:
    """Return the alerts to compare with, or the rules that will give them."""
    from monitor.archive.outcome import read_alerts  # noqa: PLC0415 - `--help` is quick without it

    if path is None:
        return None, []
    return (None, [_rules(path)]) if path.is_dir() else (read_alerts(path), [])


def _archive(loaded: Settings, sources: list[str], fields: str | None, things: contextlib.ExitStack) -> Archive:
    """Find the files; standard input becomes one, for it may have to be read again."""
    from monitor.archive.backtest import Archive  # noqa: PLC0415 - `--help` is quick without it
    from monitor.feeds.fields import named  # noqa: PLC0415 - as above
    from monitor.feeds.sources import STANDARD_INPUT, expand  # noqa: PLC0415 - as above

    files = expand(sources)
    shown: dict[str, str] = {}
    for name in files:
        if "://" in name or name.startswith("topic:"):
            raise InputError(f"{name}: a backtest reads files", hint="`pactwatch replay` takes topics too")
        if name != STANDARD_INPUT and not Path(name).exists():
            raise InputError(f"{name} cannot be read: No such file", hint="give files, folders or -")
    if STANDARD_INPUT in files:
        copy = things.enter_context(tempfile.NamedTemporaryFile(prefix="pactwatch-"))  # noqa: SIM115 - the stack closes it
        shutil.copyfileobj(sys.stdin.buffer, copy)
        copy.flush()
        files = [copy.name if name == STANDARD_INPUT else name for name in files]
        shown[copy.name] = "standard input"
    return Archive(files, loaded.feeds, named(loaded.feeds, fields), shown)


@dataclass
class _Test:
    """One backtest."""

    loaded: Settings
    title: str
    faults: Faults = field(default_factory=Faults)
    began: float = field(default_factory=time.monotonic)

    def gather(self, archive: Archive, crew: Any) -> Gathered:
        """Read and classify."""
        from monitor.archive.backtest import Gathered  # noqa: PLC0415 - `--help` is quick without it

        gathered = Gathered(archive, crew, self.faults.add)
        try:
            with reading(archive.files, "classify") as bar:
                gathered.read(bar)
        except BaseException:
            gathered.__exit__(None, None, None)
            raise
        return gathered

    def track(
        self, gathered: Gathered, which: int, alerts: TextIO | None = None, assignments: TextIO | None = None
    ) -> Outcome:
        """Track what one set of rules gave, and write it down."""
        from monitor.archive.backtest import Counts, track  # noqa: PLC0415 - `--help` is quick without it
        from monitor.archive.outcome import Outcome, alert_line, assignment_line  # noqa: PLC0415 - as above
        from monitor.routes.tree import tree  # noqa: PLC0415 - as above
        from monitor.track import Dossiers  # noqa: PLC0415 - as above

        read = gathered.counts
        counts = Counts(read.articles, read.broken, read.replayed, silences=gathered.reasons(which))
        outcome = Outcome(tree(self.loaded), counts)

        def told(decision: Decision) -> None:
            outcome.take(decision)
            for alert in decision.alerts:
                _write(alerts, alert_line(alert))
            for item in decision.assignments:
                _write(assignments, assignment_line(item))

        with _progress() as progress:
            task = progress.add_task("track", total=gathered.size(which))
            track(gathered.records(which), Dossiers(), counts, told=told, advance=lambda: progress.advance(task))
        return outcome


def _compare(before: list[Row], after: list[Row]) -> Difference:
    from monitor.archive.outcome import compare  # noqa: PLC0415 - `--help` is quick without it

    return compare(before, after)


def _fails(difference: Difference, on: FailOn | None) -> bool:
    found = {
        FailOn.ADDED: bool(difference.added),
        FailOn.REMOVED: bool(difference.removed),
        FailOn.CHANGED: bool(difference.changed),
    }
    return any(found.values()) if on is FailOn.ANY else on is not None and found[on]


@contextlib.contextmanager
def _output(path: Path | None) -> Iterator[TextIO | None]:
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
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415 - `--help` is quick without it

    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=notes(), transient=True, disable=not is_watched())


def _show(outcome: Outcome, difference: Difference | None, against: str, seconds: float) -> None:
    """Print the report for people."""
    counts, out = outcome.counts, console()
    rows: list[tuple[str, str]] = [
        ("articles", f"{counts.articles:,}"),
        ("lines that are no articles", f"{counts.broken:,}"),
        ("relevant articles", f"{counts.relevant:,}"),
        *((f"  reports: {kind}", f"{number:,}") for kind, number in sorted(counts.kinds.items())),
        ("repeats", f"{counts.repeats:,}"),
        ("agreements", f"{counts.agreements:,}"),
        ("alerts", f"{sum(counts.alerts.values()):,}"),
        *((f"  {name.replace('_', ' ')}", f"{number:,}") for name, number in sorted(counts.alerts.items())),
    ]
    if outcome.weeks:
        busiest = max(outcome.weeks.items(), key=lambda week: (week[1].total(), week[0]))
        mean = sum(counts.alerts.values()) / len(outcome.every_week())
        rows.append(("alerts a week", f"{mean:,.1f}"))
        rows.append((f"  most, in that of {busiest[0]}", f"{busiest[1].total():,}"))
    out.print(table(("what", "count"), [*rows, ("seconds", f"{seconds:.1f}")]))
    _show_channels(outcome)
    for name, reasons in (("why reports were not told", outcome.silences), ("why no report", counts.silences)):
        if reasons:
            out.print()
            out.print(table((name, "count"), [(why, f"{n:,}") for why, n in reasons.most_common(_LISTED)]))
    if difference is not None:
        _show_difference(difference, against)


def _show_channels(outcome: Outcome) -> None:
    if not outcome.channels:
        return
    peaks = outcome.peaks()
    rows = [
        (
            channel,
            *(f"{what.get(name, 0):,}" for name in ("tell", "hold", "drop")),
            f"{peaks[channel][1]:,} ({peaks[channel][0].replace('T', ' ')})" if channel in peaks else "-",
        )
        for channel, what in sorted(outcome.channels.items())
    ]
    console().print()
    console().print(table(("channel", "told", "held", "dropped", "most an hour"), rows))


def _show_difference(difference: Difference, against: str) -> None:
    rows: list[tuple[str, ...]] = [("added", *_told(row)) for row in difference.added]
    rows += [("removed", *_told(row)) for row in difference.removed]
    rows += [("changed: " + ", ".join(change.fields), *_told(change.after)) for change in difference.changed]
    found = (("added", difference.added), ("removed", difference.removed), ("changed", difference.changed))
    console().print()
    console().print(
        f"against {against}: " + ", ".join(f"{len(what):,} {name}" for name, what in found),
        markup=False,
        soft_wrap=True,
    )
    if rows:
        console().print(table(("", "when", "reason", "parties", "article", "rules"), rows[:_LISTED]))
    if len(rows) > _LISTED:
        console().print(f"... and {len(rows) - _LISTED:,} more; --json and --html have all")


def _told(row: Row) -> tuple[str, ...]:
    return (
        str(row.get("at") or "")[:10],
        str(row.get("reason") or "").replace("_", " "),
        " ".join(row.get("parties") or ()),
        str(row.get("title") or row.get("article_id") or ""),
        " ".join((row.get("rules") or ())[:2]),
    )
