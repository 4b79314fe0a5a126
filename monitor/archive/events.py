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
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import orjson
import zstandard

from monitor.feeds.found import Found, event_time, microseconds
from monitor.models.article import Article
from monitor.models.record import Replay

UNSTATED = datetime(9999, 12, 31, tzinfo=UTC)
"""Stands for the arrival of an article that states none, until it is given one."""

_PIECE_BYTES = 16 * 1024 * 1024
"""Of articles that are put in order in memory."""

_LEVEL = -5
"""Of Zstandard: the pieces are read once, so speed counts more than space."""

_FAN_IN = 32
"""Pieces that are merged at once: each holds some 1 MB while it is read."""

_BLOCK = 256
"""Events that are packed at once."""

_HEAD = struct.Struct("<qqII")
_NO_REPLAY = b'"replay":null}'
_NO_ARRIVAL = b'"ingested_at":"9999-12-31T00:00:00Z",' + _NO_REPLAY
"""Ends of values as `Found` has them."""


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

    So it is the same whoever reads them, and whenever.
    """

    latest: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def of(self, published: datetime | None, ingested: datetime) -> datetime:
        """Return when an article arrived."""
        arrived = (published or self.latest) if ingested == UNSTATED else ingested
        self.latest = max(self.latest, arrived)
        return arrived


def unstated() -> datetime:
    """Give `UNSTATED`, as the clock of a source."""
    return UNSTATED


Chosen = Callable[[Found, datetime], bool]
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
        arrived = self._arrivals.of(item.published_at, item.ingested_at)
        moment = event_time(item.published_at, arrived)
        if not self._wanted(item, moment):
            return None
        return Event(microseconds(moment), self.read, item.key, with_arrival(item, arrived))


def with_arrival(item: Found, arrived: datetime) -> bytes:
    """Return the value of an article that has this arrival."""
    if arrived == item.ingested_at:
        return item.value
    if item.value.endswith(_NO_ARRIVAL) and arrived.tzinfo is UTC:
        stamp = orjson.dumps(arrived, option=orjson.OPT_UTC_Z)
        return b"".join((item.value[: -len(_NO_ARRIVAL)], b'"ingested_at":', stamp, b",", _NO_REPLAY))
    return item.article.model_copy(update={"ingested_at": arrived}).encode()


def marker(replay: Replay) -> Callable[[bytes], bytes]:
    """Return what puts the mark of a replay on an article."""
    mark = b'"replay":' + replay.model_dump_json().encode() + b"}"

    def marked(value: bytes) -> bytes:
        if value.endswith(_NO_REPLAY):
            return value[: -len(_NO_REPLAY)] + mark
        return Article.decode(value).model_copy(update={"replay": replay}).encode()

    return marked


class Sorted:
    """Events in order; what does not fit into memory stands in a folder of its own, gone when the context is left."""

    def __init__(self, folder: Path | None = None, *, piece_bytes: int = _PIECE_BYTES) -> None:
        """Prepare; ``folder`` is where the folder of the pieces is made, by default the system's for such things."""
        self._written = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._root = folder
        self._folder: Path | None = None
        self._piece_bytes = piece_bytes
        self._pieces: list[list[Path]] = []
        """By how often their events have been merged, so that each is written a few times only."""
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

    @property
    def count(self) -> int:
        """Events that were taken."""
        return self._written + len(self._held)

    def add(self, event: Event) -> None:
        """Take an event."""
        self._held.append(event)
        self._held_bytes += len(event.value) + 200
        if self._held_bytes >= self._piece_bytes:
            self._spill()

    def _spill(self) -> None:
        self._held.sort()
        self._note()
        self._keep(0, self._write(self._held))
        self._written += len(self._held)
        self._held, self._held_bytes = [], 0

    def _keep(self, level: int, piece: Path) -> None:
        if level == len(self._pieces):
            self._pieces.append([])
        pieces = self._pieces[level]
        pieces.append(piece)
        if len(pieces) >= _FAN_IN:
            self._pieces[level] = []
            self._keep(level + 1, self._merged(pieces))

    def _merged(self, pieces: list[Path]) -> Path:
        merged = self._write(heapq.merge(*map(_read, pieces)))
        for piece in pieces:
            piece.unlink()
        return merged

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
        packer = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
        left = iter(ordered)
        with path.open("wb") as file:
            while block := list(islice(left, _BLOCK)):
                parts: list[bytes] = []
                for time, number, key, value in block:
                    parts += (_HEAD.pack(time, number, len(key), len(value)), key, value)
                file.write(packer.compress(b"".join(parts)))
            file.write(packer.flush())
        return path

    def finish(self) -> None:
        """Take note that all is there; `first` and `last` are known from here on."""
        self._held.sort()
        self._note()
        left = [piece for pieces in self._pieces for piece in pieces]
        while len(left) > _FAN_IN:  # the small ones first
            left = [*left[_FAN_IN:], self._merged(left[:_FAN_IN])]
        self._pieces = [left]

    def __iter__(self) -> Iterator[Event]:
        pieces = (piece for pieces in self._pieces for piece in pieces)
        return heapq.merge(*map(_read, pieces), self._held)


def _read(path: Path) -> Iterator[Event]:
    with (
        path.open("rb") as raw,
        zstandard.ZstdDecompressor().stream_reader(raw) as reader,
        io.BufferedReader(reader, 128 * 1024) as file,
    ):
        while head := file.read(_HEAD.size):
            time, number, key, value = _HEAD.unpack(head)
            yield Event(time, number, file.read(key), file.read(value))
