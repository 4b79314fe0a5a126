"""`pactwatch ingest`: articles from files and addresses into `articles`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from monitor.cli.show import as_json, console, is_watched, notes, settings_for_people
from monitor.errors import InputError
from monitor.feeds.files import moment, now, open_lines, read_lines, read_text
from monitor.feeds.found import Fault, Found, found
from monitor.settings import Settings

if TYPE_CHECKING:
    from monitor.kafka.producer import Writer

_SILENCE = 3.0
"""Seconds without an acknowledgement until a person is told."""

_TAKEN = 200
"""Lines of a file that are read at a time."""

_SHOWN_FAULTS = 20
"""Faults printed one by one; a file of another sort has one in every line."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: pactwatch ingest articles.jsonl https://example.com/news/pact")(ingest)


def ingest(
    context: typer.Context,
    sources: Annotated[list[str], typer.Argument(metavar="FILE|URL...", help="JSONL, JSONL.gz, .txt, http(s), or -.")],
    *,
    title: Annotated[str, typer.Option(help="Title of a .txt.")] = "",
    published_at: Annotated[str | None, typer.Option(help="Date of a .txt, or of a page that gives none.")] = None,
    url: Annotated[str | None, typer.Option(help="Address of a .txt.")] = None,
    source: Annotated[str, typer.Option(help="Publisher of a .txt.")] = "",
    language: Annotated[str, typer.Option(help="Language of a .txt.")] = "",
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch from private and loopback addresses too.")
    ] = False,
    as_program: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Read articles and put them into the topic `articles`; return when Kafka has every one.

    A line that is no article is reported with its place and skipped, and the exit code is 3.  The same article again
    (same id, or same address) is known as a repeat, so a run that broke off can simply be run again.
    """
    loaded = settings_for_people(context)
    head = Head(title=title, published_at=published_at, url=url, source=source, language=language)
    moment(published_at)
    counts = asyncio.run(_ingest(loaded, sources, head, allow_private=allow_private))
    if as_program:
        as_json(asdict(counts))
    else:
        console().print(counts.sentence())
    if counts.bad:
        raise typer.Exit(InputError.exit_code)


@dataclass(frozen=True)
class Head:
    """What a plain text does not say of itself."""

    title: str
    published_at: str | None
    url: str | None
    source: str
    language: str


@dataclass
class Counts:
    """What was done."""

    ingested: int = 0
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
        return f"{articles} in Kafka ({self.bytes / 1e6:,.1f} MB){skipped}"


async def _ingest(loaded: Settings, sources: list[str], head: Head, *, allow_private: bool) -> Counts:
    from monitor.kafka import topics  # noqa: PLC0415 - `--help` is quick without it
    from monitor.kafka.producer import Writer  # noqa: PLC0415

    await topics.check(loaded)
    counts = Counts()
    topic = loaded.kafka.topic("articles")
    with _progress(sources) as progress:
        async with Writer(loaded) as writer, _patience(writer):
            async for item in _items(loaded, sources, head, progress, allow_private=allow_private):
                if isinstance(item, Fault):
                    counts.add(item)
                    continue
                await writer.write(topic, key=item.article.id.encode("utf-8", "surrogatepass"), value=item.value)
                counts.bytes += len(item.value)
            await writer.flush()
        counts.ingested = writer.written
    return counts


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


async def _items(
    loaded: Settings, sources: list[str], head: Head, progress: Bar, *, allow_private: bool
) -> AsyncIterator[Found | Fault]:
    for source in sources:
        try:
            if "://" in source:
                yield await _from_url(loaded, source, head, allow_private=allow_private)
            elif source.endswith(".txt"):
                yield read_text(source, _content(Path(source)), **asdict(head))
            else:
                async for item in _from_lines(source, progress):
                    yield item
        except InputError as error:
            yield Fault(source, str(error).removeprefix(f"{source} "))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None


async def _from_lines(source: str, progress: Bar) -> AsyncIterator[Found | Fault]:
    # A thread reads: a pipe may be silent for long, and what was read before must get to Kafka meanwhile.
    stream, file = await asyncio.to_thread(open_lines, Path(source))
    several = _TAKEN if file.seekable() else 1

    def advance() -> None:
        if file.seekable():
            progress.at(file.tell())

    items = read_lines("standard input" if source == "-" else source, stream, advance=advance)
    try:
        while taken := await asyncio.to_thread(lambda: list(islice(items, several))):
            for item in taken:
                yield item
    finally:
        if file.seekable():
            progress.done(file.tell())
        file.close()


async def _from_url(loaded: Settings, url: str, head: Head, *, allow_private: bool) -> Found | Fault:
    from monitor.feeds.web import fetch_article  # noqa: PLC0415 - trafilatura takes 0.5 s to import

    limits = loaded.feeds
    if allow_private:
        limits = limits.model_copy(update={"allow_private": True})
    article = await fetch_article(url, limits, now=now())
    if article.published_at is None and head.published_at is not None:
        article = article.model_copy(update={"published_at": moment(head.published_at)})
    return found(url, article)


class Bar:
    """A progress bar over the bytes of all files; it shows nothing where nobody looks."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._before = 0
        self._task = progress.add_task("reading", total=total or None) if progress else None

    def at(self, position: int) -> None:
        """Show how far the present file is read."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._before + position)

    def done(self, size: int) -> None:
        """Go on to the next file."""
        self._before += size
        self.at(0)


@contextlib.contextmanager
def _progress(sources: list[str]) -> Iterator[Bar]:
    if not is_watched():
        yield Bar(None, 0)
        return
    sizes = (Path(source).stat().st_size for source in sources if "://" not in source and Path(source).is_file())
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=notes(), transient=True) as progress:
        yield Bar(progress, sum(sizes))
