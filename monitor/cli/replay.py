"""`pactwatch replay`: the past through the pipeline, in order of event time."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from monitor.cli.bars import reading
from monitor.cli.ingest import Counts as Faults
from monitor.cli.show import as_json, console, is_watched, notes, settings_for_people, table
from monitor.cli.signals import stop_event
from monitor.errors import ConfigurationError, InputError, PactwatchError
from monitor.models.record import Replay
from monitor.models.vocabulary import ReplayMode
from monitor.settings import Secrets, Settings

if TYPE_CHECKING:
    from monitor.archive.events import Event, Sorted
    from monitor.archive.feed import Pace
    from monitor.archive.order import Order
    from monitor.models.alert import Alert

_SETTLE = 600.0
"""Seconds a rehearsal may take for the last alert after the last article: Slack takes one a second."""

_LISTED = 30
"""Alerts that are listed at the end where none was drawn."""

_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Examples: pactwatch replay archive/articles --from 2025-01-01 --filter language=en   "
        "pactwatch replay topic:articles --speed 3600   pactwatch replay archive/articles --warm-up"
    )(replay)


def replay(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE...", help="Files and folders as for ingest; topic:NAME, topic:NAME@PARTITION:FIRST-LAST,..."
        ),
    ],
    *,
    begin: Annotated[str | None, typer.Option("--from", help="Earliest event time.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="Event time that is too late.")] = None,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="FIELD=VALUE, FIELD~PATTERN, also with !; all must be true.")
    ] = None,
    fields: Annotated[
        str | None, typer.Option(help="Table \\[feeds.fields.NAME] of the settings, for foreign JSONL and Parquet.")
    ] = None,
    speed: Annotated[str, typer.Option(help="Times faster than it was (60: an hour a minute), or max.")] = "max",
    rate: Annotated[float | None, typer.Option(min=0.001, help="Articles a second, at most.")] = None,
    warm_up: Annotated[
        bool, typer.Option("--warm-up", help="Production learns agreements and actors; nobody is told.")
    ] = False,
    live: Annotated[bool, typer.Option("--live", help="As if it were news: alerts go to people.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --live: do not ask.")] = False,
    to_topic: Annotated[str | None, typer.Option(help="Only put the articles into this topic (full name).")] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew, whatever a run that broke off did.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be replayed.")] = False,
    alerts: Annotated[Path | None, typer.Option(help="Rehearsal: write a JSON line for each alert here.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Rehearsal: draw no messages.")] = False,
    as_program: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Let archived articles run through the pipeline again, in order of event time, and say what would have fired.

    By default a rehearsal: topics, workers and a deliverer of its own, all removed afterwards; alerts go to
    slack.sandbox_channel, or are drawn here.  Nothing of production is touched and nobody is paged.

    --warm-up and --live go into production's articles; broken off, they go on where they were when run again.
    """
    loaded = settings_for_people(context)
    mode = _mode(warm_up=warm_up, live=live, to_topic=to_topic)
    target = to_topic or loaded.kafka.topic("articles")
    if to_topic == loaded.kafka.topic("articles"):
        raise ConfigurationError(f"{to_topic} is read by the workers", hint="say how: --warm-up or --live")
    if alerts is not None and not (mode is ReplayMode.REHEARSE and to_topic is None):
        raise ConfigurationError("--alerts goes with a rehearsal", hint="leave out --warm-up, --live and --to-topic")
    from monitor.archive.events import Sorted  # noqa: PLC0415 - `--help` is quick without it
    from monitor.archive.order import Order  # noqa: PLC0415

    order = Order(loaded, sources, begin, end, filters or [], fields)
    order.guard("" if mode is ReplayMode.REHEARSE and to_topic is None else target)
    run = _Run(loaded, order, mode, target, context.find_root().obj, pace=_pace(speed, rate), as_program=as_program)
    with stop_event() as stop, Sorted() as events:
        with reading(order.files) as bar:
            order.read(events, fault=run.faults.add, bar=bar, stop=stop.is_set)
        if dry_run:
            run.tell(events, _about(events))
        elif mode is ReplayMode.REHEARSE and to_topic is None:
            run.rehearse(events, stop, alerts=alerts, quiet=quiet)
        else:
            if mode is ReplayMode.LIVE and not yes:
                _confirm(events.count)
            run.produce(events, stop, restart=restart)
    if stop.is_set():
        raise typer.Exit(_INTERRUPTED)
    if run.faults.bad:
        raise typer.Exit(InputError.exit_code)


def _mode(*, warm_up: bool, live: bool, to_topic: str | None) -> ReplayMode:
    if warm_up + live + (to_topic is not None) > 1:
        raise ConfigurationError("--warm-up, --live and --to-topic exclude each other", hint="choose one")
    return ReplayMode.WARM_UP if warm_up else ReplayMode.LIVE if live else ReplayMode.REHEARSE


def _pace(speed: str, rate: float | None) -> Pace:
    from monitor.archive.feed import Pace  # noqa: PLC0415 - `--help` is quick without it

    try:
        factor = None if speed == "max" else float(speed)
    except ValueError:
        factor = 0.0
    if factor is not None and not 0 < factor < float("inf"):
        raise ConfigurationError(f"--speed {speed}: no factor", hint="write a number above 0, or max")
    return Pace(factor, rate)


def _confirm(count: int) -> None:
    if not sys.stdin.isatty():
        raise ConfigurationError("--live tells people, and nobody can be asked here", hint="add --yes if that is meant")
    typer.confirm(f"{count:,} articles go in as news, and people are told. Go on?", abort=True, err=True)


@dataclass
class _Run:
    """One replay."""

    loaded: Settings
    order: Order
    mode: ReplayMode
    target: str
    config: Path | None
    pace: Pace
    as_program: bool
    faults: Faults = field(default_factory=Faults)
    sent: int = 0
    _began: float = field(default_factory=time.monotonic)

    def rehearse(self, events: Sorted, stop: threading.Event, *, alerts: Path | None, quiet: bool) -> None:
        """Run it in a namespace of its own, and say what fired."""
        from monitor.archive.rehearsal import environment, namespace, with_rules  # noqa: PLC0415 - `--help` is quick without it
        from monitor.cli import settled  # noqa: PLC0415
        from monitor.cli.drawn import drawn  # noqa: PLC0415
        from monitor.cli.stack import Stack  # noqa: PLC0415

        if stop.is_set():
            return
        on_slack = bool(self.loaded.slack.sandbox_channel and Secrets().slack_bot_token)
        draws = not (on_slack or quiet or self.as_program) and console().is_terminal
        with ExitStack() as things:
            output: IO[bytes] | int | None = None if on_slack else subprocess.DEVNULL
            if draws:
                output = things.enter_context(drawn(console()))
            made = with_rules(things.enter_context(namespace(self.loaded, self.config)), self.loaded)
            stack = things.enter_context(
                Stack(
                    made,
                    config=self.config,
                    environment=environment(made),
                    deliver=("deliver",) if on_slack else ("deliver", "--terminal", "--json"),
                    deliver_output=output,
                    command="pactwatch replay",
                    tell=lambda what: notes().print(what, markup=False),
                )
            )
            stack.wait_ready(stop.is_set)
            replay_mark = Replay(id=made.data_dir.name, mode=self.mode)
            asyncio.run(self._feed_apart(stack.settings, replay_mark, events, stop, stack.look))
            if stop.is_set():
                notes().print("stopped: nothing of the rehearsal is left")
                return

            def look() -> None:
                stack.look()
                if stop.is_set():
                    raise _StoppedError("stopped: nothing of the rehearsal is left")

            if not asyncio.run(settled.wait(stack.settings, look=look, limit=_SETTLE)):
                raise PactwatchError(f"not all was worked off within {_SETTLE:.0f} s", hint="run `pactwatch doctor`")
            tally = asyncio.run(settled.tally(stack.settings))
            fired = asyncio.run(_alerts(stack.settings))
        if alerts is not None:
            _write(alerts, fired)
        found = {
            "relevant": tally.relevant,
            "agreements": tally.agreements,
            "dead_letters": tally.dead_letters,
            **_figures(fired),
        }
        self.tell(
            events, found, fired=[] if draws else fired, slack=self.loaded.slack.sandbox_channel if on_slack else ""
        )

    async def _feed_apart(
        self, made: Settings, mark: Replay, events: Sorted, stop: threading.Event, look: Callable[[], object]
    ) -> None:
        from monitor.archive.feed import Lag, feed  # noqa: PLC0415 - `--help` is quick without it
        from monitor.kafka.producer import Writer  # noqa: PLC0415

        async def watch() -> None:
            while True:
                await asyncio.to_thread(look)
                await asyncio.sleep(0.5)

        topic = made.kafka.topic("articles")
        with _progress(events.count) as advance:
            async with Writer(made) as writer, Lag(made, topic) as lag:
                watching = asyncio.create_task(watch())

                def stopped() -> bool:
                    if watching.done():
                        watching.result()
                    return stop.is_set()

                try:
                    await feed(
                        events, writer, topic, mark, pace=self.pace, stop=stopped, sent=self._sent(advance), lag=lag
                    )
                finally:
                    watching.cancel()

    def produce(self, events: Sorted, stop: threading.Event, *, restart: bool) -> None:
        """Put the articles into a topic that is in use, from where an earlier run broke off."""
        from monitor.archive.production import into  # noqa: PLC0415 - `--help` is quick without it
        from monitor.feeds.checkpoint import Checkpoint  # noqa: PLC0415
        from monitor.kafka import topics  # noqa: PLC0415

        if stop.is_set():
            return
        asyncio.run(topics.check(self.loaded))
        checkpoint = Checkpoint.of(self.loaded.data_dir / "replays", self._identity(events))
        if restart:
            checkpoint.places.clear()
        name = next(iter(checkpoint.places), uuid.uuid4().hex[:8])
        place = checkpoint.start(name)
        before = place.done

        def saved(count: int) -> None:
            place.done = before + count
            checkpoint.save()

        told = False

        def waiting(behind: int) -> None:
            nonlocal told
            if not told:
                notes().print(f"all is in Kafka; waiting until the workers have done it ({behind:,} to go) ...")
            told = True

        with _progress(events.count - before) as advance:
            asyncio.run(
                into(
                    self.loaded,
                    self.target,
                    Replay(id=name, mode=self.mode),
                    islice(events, before, None),
                    pace=self.pace,
                    stop=stop.is_set,
                    sent=self._sent(advance),
                    saved=saved,
                    waiting=waiting,
                )
            )
        if stop.is_set():
            notes().print("stopped: run it again and it goes on from here")
        else:
            checkpoint.remove()
        self.tell(events, {"replay": name, "topic": self.target, "before": before})

    def _identity(self, events: Sorted) -> list[str]:
        paths = [name if name.startswith("topic:") else str(Path(name).absolute()) for name in self.order.sources]
        kafka = self.loaded.kafka
        order = [self.order.begin, self.order.end, self.order.filters, self.order.fields, events.count]
        return [kafka.bootstrap_servers, self.target, self.mode, json.dumps(order, default=str), *paths]

    def _sent(self, advance: Callable[[int], None]) -> Callable[[int, Event], None]:
        def sent(count: int, _last: Event) -> None:
            self.sent += count
            advance(count)

        return sent

    def tell(self, events: Sorted, found: dict[str, Any], *, fired: list[Alert] | None = None, slack: str = "") -> None:
        """Say what was done."""
        seconds = time.monotonic() - self._began
        about = {"mode": self.mode.value, **_about(events), "sent": self.sent, "bad": self.faults.bad, **found}
        if self.as_program:
            as_json({**about, "seconds": round(seconds, 2)})
            return
        out = console()
        if fired:
            rows = [
                (f"{a.at:%Y-%m-%d}", a.reason.value.replace("_", " "), " ".join(a.parties), a.explanation)
                for a in fired
            ]
            out.print(table(("when", "reason", "parties", "why"), rows[:_LISTED]))
            if len(rows) > _LISTED:
                out.print(f"... and {len(rows) - _LISTED:,} more; --alerts FILE writes them all")
            out.print()
        shown = [
            (name.replace("_", " "), f"{value:,}" if isinstance(value, int) else value)
            for name, value in about.items()
            if value is not None and not isinstance(value, dict)
        ]
        shown += [
            (f"  {reason.replace('_', ' ')}", f"{n:,}") for reason, n in about.get("alerts_by_reason", {}).items()
        ]
        out.print(table(("", "#"), [*shown, ("seconds", f"{seconds:.1f}")]))
        if slack:
            out.print(f"The alerts stand in {slack} on Slack.")


class _StoppedError(PactwatchError):
    """Somebody asked it to end."""

    exit_code = _INTERRUPTED


def _about(events: Sorted) -> dict[str, Any]:
    return {
        "articles": events.count,
        "first": events.first.isoformat() if events.first else None,
        "last": events.last.isoformat() if events.last else None,
    }


async def _alerts(made: Settings) -> list[Alert]:
    from monitor.archive.topic import TopicRange, records  # noqa: PLC0415 - `--help` is quick without it
    from monitor.models.alert import Alert  # noqa: PLC0415

    found = records(made, TopicRange(made.kafka.topic("alerts"), {}))
    return [alert async for record in found if not (alert := Alert.decode(record.value)).revision]


def _figures(fired: list[Alert]) -> dict[str, Any]:
    reasons = Counter(alert.reason.value for alert in fired)
    weeks = Counter(alert.at.strftime("%G-W%V") for alert in fired)
    return {
        "alerts": len(fired),
        "alerts_in_the_busiest_week": max(weeks.values(), default=0),
        "alerts_by_reason": dict(sorted(reasons.items())),
    }


def _write(path: Path, fired: list[Alert]) -> None:
    from monitor.archive.outcome import alert_line  # noqa: PLC0415 - `--help` is quick without it

    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(alert_line(alert), ensure_ascii=False) + "\n" for alert in fired)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from None


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Give what advances a bar; there is none where nobody looks."""
    if not is_watched():
        yield lambda _count: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("articles"))
    with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=notes(), transient=True) as bar:
        task = bar.add_task("replaying", total=total)
        yield lambda count: bar.advance(task, count)
