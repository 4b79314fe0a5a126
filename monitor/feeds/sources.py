"""Every kind of file that articles come in, read alike: numbered items, from any number on.

All that reads articles from files reads them here.  What is wrong with an item is told with its place, and the next
item follows.  `Source.pieces` gives what can be had at little cost; `Reading` makes articles of it, in another process
if need be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from monitor.archive import manifest
from monitor.errors import InputError
from monitor.feeds.files import Head, from_line, now, numbered, read_text
from monitor.feeds.found import Fault, Found
from monitor.feeds.unpack import DAMAGED, Opened, open_file, words
from monitor.models.article import MAX_BYTES
from monitor.settings import Feeds, Fields

KINDS = (".jsonl", ".ndjson", ".parquet", ".warc")
"""What is taken from a folder; each may be packed as well (``.gz``, ``.zst``)."""

_PACKED = (".gz", ".zst")

_PARQUET = b"PAR1"
"""How these files begin."""

STANDARD_INPUT = "-"

Piece = bytes | Found | Fault
"""A line that `Reading` still has to make an article of, or what needs no more."""


def expand(names: Iterable[str]) -> list[str]:
    """Return the names with every folder replaced by the files in it and below, in order of their names.

    Of a folder of `pactwatch archive` it is the files that its manifest names, and none when it keeps another topic.

    Raises:
        InputError: a folder holds no file of articles.

    """
    found: list[str] = []
    for name in names:
        if "://" in name or name == STANDARD_INPUT or not Path(name).is_dir():
            found.append(name)
            continue
        kept: dict[Path, set[str] | None] = {}
        inside = sorted(str(path) for path in Path(name).rglob("*") if _is_ours(path, Path(name), kept))
        if not inside:
            raise InputError(f"{name} holds no file of articles", hint=f"files in a folder end in {', '.join(KINDS)}")
        found += inside
    return found


def _is_ours(path: Path, folder: Path, kept: dict[Path, set[str] | None]) -> bool:
    suffixes = path.suffixes
    if suffixes and suffixes[-1] in _PACKED:
        suffixes = suffixes[:-1]
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    if not suffixes or suffixes[-1] not in KINDS or hidden or not path.is_file():
        return False
    if path.parent not in kept:
        kept[path.parent] = _named(path.parent)
    named = kept[path.parent]
    return named is None or path.name in named


def _named(folder: Path) -> set[str] | None:
    """Return which files of a folder count; None: all, it is no archive of ours."""
    try:
        there = manifest.load(folder)
    except InputError:  # anybody's manifest.json
        there = None
    if there is None:
        return None
    return {file.name for file in there.files} if there.topic.endswith("articles") else set()


@dataclass(frozen=True, slots=True)
class Reading:
    """Makes articles of the pieces of one source; it can go to another process."""

    shown: str
    """What faults call the source."""
    fields: Fields | None
    clock: Callable[[], datetime]

    def article(self, number: int, piece: Piece) -> Found | Fault:
        """Return the article of a piece, or what is wrong with it."""
        if isinstance(piece, bytes):
            return from_line(self.shown, number, piece, self.clock(), self.fields)
        return piece


@dataclass
class Source:
    """A file of articles that is being read."""

    name: str
    limits: Feeds
    fields: Fields | None = None
    """Where foreign JSONL and Parquet have what."""
    clock: Callable[[], datetime] = now
    """Gives the moment of arrival."""
    head: Head = field(default_factory=Head)
    """Of a plain text."""
    called: str = ""
    """What people call it, if not by its name."""
    _opened: Opened | None = field(default=None, init=False)
    _part: float = field(default=0.0, init=False)
    _size: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Open it; raises InputError when that cannot be done."""
        self._opened = open_file(self.name, max_ratio=self.limits.max_ratio)
        path = Path(self.name)
        self._size = path.stat().st_size if path.is_file() else 0

    @property
    def shown(self) -> str:
        """What people call it."""
        return self.called or ("standard input" if self.name == STANDARD_INPUT else self.name)

    @property
    def reading(self) -> Reading:
        """What makes articles of its pieces."""
        return Reading(self.shown, None if self._is_parquet else self.fields, self.clock)

    @property
    def flows(self) -> bool:
        """Tell whether it is a pipe, which may be silent for long."""
        assert self._opened is not None
        return not self._opened.file.seekable()

    @property
    def position(self) -> int:
        """Bytes read of the file as it stands on disk."""
        assert self._opened is not None
        return int(self._part * self._size) if self._part else self._opened.position()

    @property
    def _is_parquet(self) -> bool:
        return self._begin.startswith(_PARQUET)

    @property
    def _begin(self) -> bytes:
        """The first bytes; nothing of a pipe: they may come late, and a pipe can hold lines alone."""
        assert self._opened is not None
        try:
            return b"" if self.flows else self._opened.stream.peek(5)[:5]
        except DAMAGED as error:
            raise InputError(f"{self.shown} cannot be read: {words(error)}") from None

    def items(self, start: int = 0) -> Iterator[tuple[int, Found | Fault]]:
        """Yield each article with its number, from 1: a line, a row, a response; those up to ``start`` are passed over.

        Raises:
            InputError: it is no file that articles could be in.

        """
        reading = self.reading
        for number, piece in self.pieces(start):
            yield number, reading.article(number, piece)

    def pieces(self, start: int = 0) -> Iterator[tuple[int, Piece]]:
        """Yield as `items` does what `reading` makes articles of."""
        assert self._opened is not None
        stream, begin = self._opened.stream, self._begin
        if self.name.endswith(".txt"):
            if start < 1:
                yield 1, self._text()
        elif begin.startswith(_PARQUET):
            from monitor.feeds.parquet import read_rows  # noqa: PLC0415 - pyarrow takes 40 MB

            yield from read_rows(Path(self.name), fields=self.fields, start=start, advance=self._advance)
        elif begin == b"WARC/":
            from monitor.feeds.warc import read_pages  # noqa: PLC0415 - trafilatura takes 0.5 s to import

            yield from read_pages(self.shown, stream, clock=self.clock, max_bytes=self.limits.max_bytes, start=start)
        else:
            yield from numbered(self.shown, stream, start)

    def _text(self) -> Found | Fault:
        assert self._opened is not None
        try:
            content = self._opened.stream.read(MAX_BYTES + 1)
        except DAMAGED as error:
            raise InputError(f"{self.shown} cannot be read: {words(error)}") from None
        if len(content) > MAX_BYTES:
            return Fault(self.shown, f"larger than the {MAX_BYTES // 2**20} MiB an article may have")
        return read_text(self.shown, content, self.clock(), self.head)

    def _advance(self, part: float) -> None:
        self._part = part

    def close(self) -> None:
        """Close it."""
        if self._opened is not None:
            self._opened.close()


def read_all(
    names: Iterable[str], limits: Feeds, *, fields: Fields | None = None, head: Head | None = None
) -> Iterator[Found | Fault]:
    """Yield the articles of files and folders, in order.

    Raises:
        InputError: a file cannot be opened, or is none that articles could be in.

    """
    for name in expand(names):
        source = Source(name, limits, fields, head=head or Head())
        try:
            yield from (item for _number, item in source.items())
        finally:
            source.close()
