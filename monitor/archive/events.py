"""Articles of many files as one stream, in order of event time, in little memory.

What is read is put in order piece by piece, each piece on the disk; then all pieces are merged.  Articles of one moment
keep the order in which they were read.
"""

from __future__ import annotations

import heapq
import io
import shutil
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import zstandard

from monitor.feeds.found import Found
from monitor.models.article import CLOCK_SKEW, Article
from monitor.models.record import Replay

UNSTATED = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for the arrival of an article that states none, until it is given one."""

_PIECE_BYTES = 64 * 1024 * 1024
"""Of articles that are put in order in memory."""

_LEVEL = -5
"""Of Zstandard: the pieces are read once, so speed counts more than space."""

_FAN_IN = 64
"""Pieces that are merged at once."""

_HEAD = struct.Struct("<qqII")
_NO_REPLAY = b'"replay":null}'


class Event(NamedTuple):
    """An article at its moment; events compare by time, then by the order in which they were read."""

    time: int
    """Microseconds since 1970."""
    number: int
    key: bytes
    value: bytes

    @property
    def moment(self) -> datetime:
        """The event time."""
        return datetime.fromtimestamp(self.time / 1e6, UTC)


@dataclass(slots=True)
class Arrivals:
    """Gives an arrival to articles that state none: their publication, else that of the latest before them.

    So a backtest does, and so a second run decides the same.
    """

    latest: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def of(self, article: Article) -> datetime:
        """Return when an article arrived."""
        arrived = article.ingested_at
        if arrived is None or arrived == UNSTATED:
            arrived = article.published_at or self.latest
        self.latest = max(self.latest, arrived)
        return arrived


Chosen = Callable[[Article, datetime], bool]
"""Tells from an article and its event time whether it is wanted."""


class Reader:
    """Turns articles, in the order in which they are read, into events."""

    def __init__(self, wanted: Chosen) -> None:
        self._wanted = wanted
        self._arrivals = Arrivals()
        self.read = 0
        """Articles, wanted or not."""

    def take(self, item: Found) -> Event | None:
        """Return the event of an article (which has `UNSTATED` for a missing arrival); None when it is not wanted."""
        self.read += 1
        article, value = item.article, item.value
        arrived = self._arrivals.of(article)
        if arrived != article.ingested_at:
            article = article.model_copy(update={"ingested_at": arrived})
            value = article.encode()
        published = article.published_at
        moment = arrived if published is None else min(published, arrived + CLOCK_SKEW)
        if not self._wanted(article, moment):
            return None
        return Event(_microseconds(moment), self.read, article.id.encode("utf-8", "surrogatepass"), value)


def _microseconds(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def marked(value: bytes, replay: Replay) -> bytes:
    """Return an article with the mark of a replay."""
    if value.endswith(_NO_REPLAY):  # as `Article.encode` writes it
        return b"".join((value[: -len(_NO_REPLAY)], b'"replay":', replay.model_dump_json().encode(), b"}"))
    return Article.decode(value).model_copy(update={"replay": replay}).encode()


class Sorted:
    """Events in order; what does not fit into memory stands in a folder of its own, gone when the context is left."""

    def __init__(self, folder: Path | None = None, *, piece_bytes: int = _PIECE_BYTES) -> None:
        """Prepare; ``folder`` is where the folder of the pieces is made, by default the system's for such things."""
        self.count = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._root = folder
        self._folder: Path | None = None
        self._piece_bytes = piece_bytes
        self._pieces: list[Path] = []
        self._made = 0
        self._held: list[Event] = []
        self._held_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, event: Event) -> None:
        """Take an event."""
        self.count += 1
        self._held.append(event)
        self._held_bytes += len(event.value) + 200
        if self._held_bytes >= self._piece_bytes:
            self._spill()

    def _spill(self) -> None:
        self._held.sort()
        self._note()
        self._pieces.append(self._write(self._held))
        self._held, self._held_bytes = [], 0
        if len(self._pieces) >= _FAN_IN:
            merged = self._write(heapq.merge(*(_read(piece) for piece in self._pieces)))
            for piece in self._pieces:
                piece.unlink()
            self._pieces = [merged]

    def _note(self) -> None:
        if self._held:
            first, last = self._held[0].moment, self._held[-1].moment
            self.first = min(self.first or first, first)
            self.last = max(self.last or last, last)

    def _write(self, ordered: Iterable[Event]) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="pactwatch-sort-", dir=self._root))
        self._made += 1
        path = self._folder / str(self._made)
        with path.open("wb") as raw, zstandard.ZstdCompressor(level=_LEVEL).stream_writer(raw) as file:
            for event in ordered:
                head = _HEAD.pack(event.time, event.number, len(event.key), len(event.value))
                file.write(b"".join((head, event.key, event.value)))
        return path

    def finish(self) -> None:
        """Take note that all is there; `first` and `last` are known from here on."""
        self._held.sort()
        self._note()

    def __iter__(self) -> Iterator[Event]:
        return heapq.merge(*(_read(piece) for piece in self._pieces), self._held)


def _read(path: Path) -> Iterator[Event]:
    with (
        path.open("rb") as raw,
        zstandard.ZstdDecompressor().stream_reader(raw) as reader,
        io.BufferedReader(reader, 256 * 1024) as file,
    ):
        while head := file.read(_HEAD.size):
            time, number, key, value = _HEAD.unpack(head)
            yield Event(time, number, file.read(key), file.read(value))
