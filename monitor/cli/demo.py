"""`pactwatch demo`: eight years of news in half a minute."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import tempfile
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from monitor.cli import seeds
from monitor.cli.drawn import drawn
from monitor.cli.show import console, notes, settings_for_people, table
from monitor.cli.signals import stop_event
from monitor.errors import DeliveryError, PactwatchError
from monitor.settings import Kafka, Secrets, Settings

if TYPE_CHECKING:
    from monitor.cli.settled import Tally
    from monitor.cli.stack import Stack

_RATE = 40.0
"""Articles a second: slow enough to watch, and for the latency to be that of an article and not of a queue."""

_SETTLE = 180.0
"""Seconds to wait for the last message: Slack takes one a second, only a fault takes longer."""


class InterruptedDemoError(PactwatchError):
    """Somebody asked it to end."""

    exit_code = 128 + signal.SIGINT


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pactwatch demo --keep")(demo)


def demo(
    context: typer.Context,
    keep: Annotated[bool, typer.Option("--keep", help="Leave everything up afterwards, until Ctrl-C.")] = False,
) -> None:
    """Replay a small archive through the whole pipeline and show each alert as Slack would show it.

    Kafka, a worker and the deliverer are started on a folder of their own, and nothing of it is left afterwards.
    With SLACK_BOT_TOKEN and slack.channel set, the alerts are posted there instead.
    """
    loaded = settings_for_people(context)
    archive = seeds.folder() / "articles.jsonl"
    lines = [line for line in archive.read_bytes().splitlines() if line.strip()]
    slack = loaded.slack.channel if Secrets().slack_bot_token else ""
    with stop_event() as stop, _own_folder() as folder, _Steps(len(lines)) as steps:
        run = _Demo(_apart(loaded, folder), slack=slack, config=context.find_root().obj, steps=steps, stop=stop)
        run.run(lines, keep=keep)


@contextmanager
def _own_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="pactwatch-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _apart(loaded: Settings, folder: Path) -> Settings:
    """Return settings that share nothing with what else runs here; one partition, so that all is told in order."""
    return loaded.model_copy(
        update={
            "data_dir": folder,
            "kafka": Kafka(partitions=1),
            "worker": loaded.worker.model_copy(update={"port": 0, "host": "127.0.0.1"}),
            "slack": loaded.slack.model_copy(update={"port": 0, "host": "127.0.0.1"}),
        }
    )


def _environment(apart: Settings) -> dict[str, str]:
    """Return what makes the children's settings those of `_apart`, whatever the settings file says."""
    kafka = apart.kafka
    return {
        "PACTWATCH_DATA_DIR": str(apart.data_dir),
        "PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "PACTWATCH_KAFKA__PREFIX": kafka.prefix,
        "PACTWATCH_KAFKA__PARTITIONS": str(kafka.partitions),
        "PACTWATCH_KAFKA__REPLICATION_FACTOR": str(kafka.replication_factor),
        "PACTWATCH_KAFKA__SECURITY_PROTOCOL": kafka.security_protocol,
        "PACTWATCH_WORKER__HOST": apart.worker.host,
        "PACTWATCH_SLACK__HOST": apart.slack.host,
    }


class _Steps:
    """What the demo is doing: a progress bar for a person, lines on standard error in a pipe."""

    def __init__(self, total: int) -> None:
        self.console = console()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("articles"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=not self.console.is_terminal,
        )
        self._task = self._progress.add_task("", total=total)

    def __enter__(self) -> _Steps:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def say(self, what: str) -> None:
        """Tell what is done now."""
        self._progress.update(self._task, description=what)
        if not self.console.is_terminal:
            notes().print(what, markup=False, soft_wrap=True)

    def advance(self) -> None:
        """Count an article."""
        self._progress.advance(self._task)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()


class _Demo:
    """One run."""

    def __init__(
        self, apart: Settings, *, slack: str, config: Path | None, steps: _Steps, stop: threading.Event
    ) -> None:
        self._settings = apart
        self._slack = slack
        self._config = config
        self._steps = steps
        self._stop = stop

    def run(self, lines: list[bytes], *, keep: bool) -> None:
        """Run it; raises PactwatchError when a part fails or somebody asks to stop."""
        from monitor.cli import checks, settled  # noqa: PLC0415 - `--help` is quick without them
        from monitor.cli.stack import Stack  # noqa: PLC0415

        say = self._steps.say
        if self._slack:
            for finding in asyncio.run(checks.check_slack(self._settings.slack, Secrets())):
                if finding.state == "bad":
                    hint = f"{finding.todo}; without SLACK_BOT_TOKEN the alerts are shown here"
                    raise DeliveryError(f"{finding.what}: {finding.found}", hint=hint)
        say("starting Apache Kafka, a worker and the deliverer")
        with drawn(self._steps.console) as output:
            stack = Stack(
                self._settings,
                config=self._config,
                environment=_environment(self._settings),
                deliver=("deliver",) if self._slack else ("deliver", "--terminal", "--json"),
                deliver_output=None if self._slack else output,
                dashboard=keep,
                command="pactwatch demo",
                tell=say,
            )
            with stack:
                stack.wait_ready(self._stop.is_set)
                say("replaying")
                asyncio.run(self._feed(lines, stack))
                say("waiting for the last alert")
                if not asyncio.run(settled.wait(stack.settings, look=lambda: self._look(stack), limit=_SETTLE)):
                    raise self._unsettled(stack)
                found = asyncio.run(settled.tally(stack.settings))
                figures = _figures(stack)
                if keep:
                    self._steps.close()
                    self._keep(stack, found, figures)
                say("stopping")
        self._steps.close()
        if not keep:
            self._report(found, figures)

    def _look(self, stack: Stack) -> None:
        if self._stop.is_set():
            raise InterruptedDemoError("stopped; nothing is left of it")
        stack.look()

    async def _feed(self, lines: list[bytes], stack: Stack) -> None:
        from monitor.feeds.files import now  # noqa: PLC0415 - `--help` is quick without them
        from monitor.feeds.found import read_article  # noqa: PLC0415
        from monitor.kafka.producer import Writer  # noqa: PLC0415

        topic = self._settings.kafka.topic("articles")
        clock = asyncio.get_running_loop().time
        begin = clock()
        async with Writer(stack.settings, linger=0) as writer:
            for number, line in enumerate(lines):
                await asyncio.sleep(max(0.0, begin + number / _RATE - clock()))
                self._look(stack)
                item = read_article(line, arrived=now())
                await writer.write(topic, key=item.key, value=item.value)
                await writer.flush()
                self._steps.advance()

    def _unsettled(self, stack: Stack) -> PactwatchError:
        logs = "\n".join(f"{part.part.name}: {part.last_words()}" for part in stack.supervisor.parts)
        return PactwatchError(f"not all was worked off within {_SETTLE:.0f} s\n{logs}", hint="run `pactwatch doctor`")

    def _report(self, found: Tally, figures: dict[str, Any]) -> None:
        def seconds(name: str) -> str:
            return "-" if figures.get(name) is None else f"{figures[name]:,.0f} ms"

        rows = [
            ("articles", f"{found.articles:,}"),
            ("relevant ones", f"{found.relevant:,}"),
            ("agreements", f"{found.agreements:,}"),
            ("alerts", f"{found.alerts:,}"),
            ("repeats held back", f"{found.held_back:,}"),
            ("dead letters", f"{found.dead_letters:,}"),
            ("article in to alert out, p50", seconds("p50_ms")),
            ("article in to alert out, p99", seconds("p99_ms")),
        ]
        drawn: Table = table(("", "#"), rows)
        self._steps.console.print()
        self._steps.console.print(drawn)
        if self._slack:
            self._steps.console.print(f"The alerts stand in {self._slack} on Slack.")

    def _keep(self, stack: Stack, found: Tally, figures: dict[str, Any]) -> None:
        self._report(found, figures)
        out = self._steps.console
        out.print(f"\nEverything stays up: Kafka at [bold]{stack.address}[/]. In another terminal, for instance:")
        out.print(f"  PACTWATCH_DATA_DIR={self._settings.data_dir} pactwatch ingest FILE|URL...", soft_wrap=True)
        if stack.dashboard_page:
            out.print(f"The dashboard is at {stack.dashboard_page}.")
        out.print("Ctrl-C stops it and removes its data.")
        while not self._stop.wait(0.2):
            stack.look()


def _figures(stack: Stack) -> dict[str, Any]:
    with urllib.request.urlopen(f"{stack.deliverer_page}/stats", timeout=5) as response:  # noqa: S310 - our own child
        figures: dict[str, Any] = json.load(response)
    return figures
