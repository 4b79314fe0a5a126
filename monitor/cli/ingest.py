"""`pactwatch ingest`: articles from files and addresses into `articles`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.apart import Apart
from monitor.cli.bars import Bar, reading
from monitor.cli.show import as_json, console, notes, settings_for_people
from monitor.errors import InputError
from monitor.feeds.checkpoint import Checkpoint
from monitor.feeds.files import Head, moment, now
from monitor.feeds.found import Fault, Found, found
from monitor.settings import Fields, Settings

if TYPE_CHECKING:
    from monitor.kafka.producer import Writer

_SILENCE = 3.0
"""Seconds without an acknowledgement until a person is told."""

_TAKEN = 200
"""Items of a file that are read at a time."""

_SAVED = 5.0
"""Seconds between checkpoints: a crash puts in again, at most, what came in between."""

_SHOWN_FAULTS = 20
"""Faults printed one by one; a file of another sort has one in every line."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Examples: pactwatch ingest articles.jsonl.zst https://example.com/news/pact   "
        "pactwatch ingest --fields wire export/ news.warc.gz"
    )(ingest)


def ingest(
    context: typer.Context,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE...", help="JSONL, Parquet or WARC, .gz or .zst; a folder; .txt; http(s); or -."),
    ],
    *,
    title: Annotated[str, typer.Option(help="Title of a .txt.")] = "",
    published_at: Annotated[str | None, typer.Option(help="Date of a .txt, or of a page that gives none.")] = None,
    url: Annotated[str | None, typer.Option(help="Address of a .txt.")] = None,
    source: Annotated[str, typer.Option(help="Publisher of a .txt.")] = "",
    language: Annotated[str, typer.Option(help="Language of a .txt.")] = "",
    fields: Annotated[
        str | None, typer.Option(help="Table \\[feeds.fields.NAME] of the settings, for foreign JSONL and Parquet.")
    ] = None,
    restart: Annotated[bool, typer.Option("--restart", help="Begin anew, whatever a run that broke off did.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch from private and loopback addresses too.")
    ] = False,
    as_program: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Read articles and put them into the topic `articles`; return when Kafka has every one.

    What is no article is reported with its place and skipped, and the exit code is 3.  A run that Ctrl-C or a failure
    broke off goes on where it was when it is run again.
    """
    from monitor.feeds.fields import named  # noqa: PLC0415 - `--help` is quick without it

    loaded = settings_for_people(context)
    moment(published_at)
    head = Head(title, published_at, url, source, language)
    run = Run(loaded, head, named(loaded.feeds, fields), sources, allow_private=allow_private, restart=restart)
    counts = asyncio.run(run.run())
    if as_program:
        as_json(asdict(counts))
    else:
        console().print(counts.sentence())
    if run.stopped_by is not None:
        notes().print("stopped: run it again and it goes on from here")
        raise typer.Exit(128 + run.stopped_by)
    if counts.bad:
        raise typer.Exit(InputError.exit_code)


@dataclass
class Counts:
    """What was done."""

    ingested: int = 0
    before: int = 0
    """Items that an earlier run had dealt with."""
    bad: int = 0
    bytes: int = 0
    faults: list[str] = field(default_factory=list)
    """The first of them, with their places."""

    def add(self, fault: Fault) -> None:
        """Count a fault and tell of it."""
        self.bad += 1
        if len(self.faults) < _SHOWN_FAULTS:
            self.faults.append(str(fault))
            notes().print("[yellow]skipped[/] ", end="")
            notes().print(str(fault), markup=False, soft_wrap=True)
        elif self.bad == _SHOWN_FAULTS + 1:
            notes().print("[yellow]more is skipped[/]; only counted from here on")

    def sentence(self) -> str:
        """Return the counts for people."""
        skipped = f", [yellow]{self.bad:,} skipped[/]" if self.bad else ""
        articles = "1 article" if self.ingested == 1 else f"{self.ingested:,} articles"
        before = f", after {self.before:,} of an earlier run" if self.before else ""
        return f"{articles} in Kafka ({self.bytes / 1e6:,.1f} MB){before}{skipped}"


class Run:
    """One run over all sources."""

    def __init__(
        self,
        loaded: Settings,
        head: Head,
        fields: Fields | None,
        sources: list[str],
        *,
        allow_private: bool,
        restart: bool,
    ) -> None:
        from monitor.feeds.sources import STANDARD_INPUT, expand  # noqa: PLC0415 - `--help` is quick without it

        self.stopped_by: int | None = None
        """The signal that ended it early."""
        self._loaded = loaded
        self._limits = loaded.feeds.model_copy(update={"allow_private": True}) if allow_private else loaded.feeds
        self._head = head
        self._fields = fields
        self._counts = Counts()
        self._sources = expand(sources)
        self._pipe = STANDARD_INPUT
        self._topic = loaded.kafka.topic("articles")
        self._checkpoint = Checkpoint.of(loaded.data_dir / "ingest", self._identity())
        if restart:
            self._checkpoint.places.clear()
        self._stop = asyncio.Event()
        self._saved = time.monotonic()

    def _identity(self) -> list[str]:
        """Return all that makes a later run the same as this one."""
        paths = [name if "://" in name or name == self._pipe else str(Path(name).absolute()) for name in self._sources]
        fields = self._fields.model_dump_json() if self._fields else ""
        return [self._topic, self._loaded.kafka.bootstrap_servers, fields, json.dumps(asdict(self._head)), *paths]

    async def run(self) -> Counts:
        """Do it; what Kafka has acknowledged when it ends is in the checkpoint, which goes when all is done."""
        from monitor.kafka import topics  # noqa: PLC0415 - `--help` is quick without it
        from monitor.kafka.producer import Writer  # noqa: PLC0415

        await topics.check(self._loaded)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._end, number)
        with reading(self._sources) as bar:
            async with Writer(self._loaded) as writer, _patience(writer):
                for name in self._sources:
                    await self._source(name, writer, bar)
                    await self._save(writer)
                    if self._stop.is_set():
                        break
            self._counts.ingested = writer.written
        if self.stopped_by is None:
            self._checkpoint.remove()
        return self._counts

    def _end(self, number: int) -> None:
        self.stopped_by = number
        self._stop.set()

    async def _source(self, name: str, writer: Writer, bar: Bar) -> None:
        place = self._checkpoint.start(name)
        self._counts.before += place.done
        if place.finished:
            return
        try:
            async for number, item in self._items(name, place.done, bar):
                if isinstance(item, Fault):
                    self._counts.add(item)
                else:
                    await writer.write(self._topic, key=item.key, value=item.value)
                    self._counts.bytes += len(item.value)
                place.done = number
                if time.monotonic() - self._saved > _SAVED:
                    await self._save(writer)
                if self._stop.is_set():
                    return
        except InputError as error:
            self._counts.add(Fault(name, str(error).removeprefix(f"{name} ")))
        place.finished = not self._stop.is_set()

    async def _save(self, writer: Writer) -> None:
        """Note what stands in Kafka; of a pipe nothing can be read again, so nothing is noted."""
        await writer.flush()
        self._checkpoint.places.pop(self._pipe, None)
        await asyncio.to_thread(self._checkpoint.save)
        self._saved = time.monotonic()

    async def _items(self, name: str, start: int, bar: Bar) -> AsyncIterator[tuple[int, Found | Fault]]:
        if "://" in name:
            yield 1, await self._from_url(name)
        else:
            async for found_one in self._from_file(name, start, bar):
                yield found_one

    async def _from_file(self, name: str, start: int, bar: Bar) -> AsyncIterator[tuple[int, Found | Fault]]:
        from monitor.feeds.sources import Source  # noqa: PLC0415 - `--help` is quick without it

        # A thread reads: a pipe may be silent for long, and what was read before must get to Kafka meanwhile.
        apart = Apart(self._stop)
        file = await apart.run(lambda: Source(name, self._limits, self._fields, head=self._head))
        if file is None:
            return
        items = file.items(start)
        several = 1 if file.flows else _TAKEN
        try:
            while taken := await apart.run(lambda: list(islice(items, several))):
                for item in taken:
                    yield item
                bar.at(file.position)
        finally:
            bar.done(file.position)
            if not apart.busy:
                file.close()

    async def _from_url(self, url: str) -> Found | Fault:
        from monitor.feeds.web import fetch_article  # noqa: PLC0415 - trafilatura takes 0.5 s to import

        article = await fetch_article(url, self._limits, now=now())
        if article.published_at is None and self._head.published_at is not None:
            article = article.model_copy(update={"published_at": moment(self._head.published_at)})
        return found(article)


@contextlib.asynccontextmanager
async def _patience(writer: Writer) -> AsyncIterator[None]:
    """Say so when Kafka takes nothing for a while: the writer goes on trying by itself."""

    async def watch() -> None:
        before, told = -1, False
        while True:
            await asyncio.sleep(_SILENCE)
            silent = writer.waiting > 0 and writer.written == before
            if silent != told:
                told = silent
                notes().print("Kafka does not answer; still trying ..." if silent else "Kafka answers again")
            before = writer.written

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
