"""Every kind of file that articles come in, read alike: numbered items, from any number on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from monitor.errors import InputError
from monitor.feeds import parquet
from monitor.feeds.files import now, read_lines
from monitor.feeds.found import Fault, Found
from monitor.feeds.unpack import DAMAGED, Opened, open_file, words
from monitor.settings import Feeds, Fields

KINDS = (".jsonl", ".ndjson", ".parquet", ".warc")
"""What is taken from a folder; each may be packed as well (``.gz``, ``.zst``)."""

_PACKED = (".gz", ".zst")

STANDARD_INPUT = "-"


def expand(names: list[str]) -> list[str]:
    """Return the names with every folder replaced by the files in it and below, in order of their names.

    Raises:
        InputError: a folder holds no file of articles.

    """
    found: list[str] = []
    for name in names:
        if "://" in name or name == STANDARD_INPUT or not Path(name).is_dir():
            found.append(name)
            continue
        inside = sorted(str(path) for path in Path(name).rglob("*") if _is_ours(path, Path(name)))
        if not inside:
            raise InputError(f"{name} holds no file of articles", hint=f"files in a folder end in {', '.join(KINDS)}")
        found += inside
    return found


def _is_ours(path: Path, folder: Path) -> bool:
    suffixes = path.suffixes
    if suffixes and suffixes[-1] in _PACKED:
        suffixes = suffixes[:-1]
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return bool(suffixes) and suffixes[-1] in KINDS and not hidden and path.is_file()


@dataclass
class Source:
    """A file of articles that is being read."""

    name: str
    limits: Feeds
    fields: Fields | None = None
    clock: Callable[[], datetime] = now
    _opened: Opened | None = None
    _part: float = 0.0
    _size: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Open it; raises InputError when that cannot be done."""
        self._opened = open_file(self.name, max_ratio=self.limits.max_ratio)
        path = Path(self.name)
        self._size = path.stat().st_size if path.is_file() else 0

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

    def items(self, start: int = 0) -> Iterator[tuple[int, Found | Fault]]:
        """Yield each item with its number, from 1: a line, a row, a response; those up to ``start`` are passed over.

        Raises:
            InputError: it is no file that articles could be in.

        """
        assert self._opened is not None
        shown = "standard input" if self.name == STANDARD_INPUT else self.name
        stream = self._opened.stream
        try:
            # The first bytes of a pipe may come late, so it is looked at for what a pipe can be alone: lines.
            head = b"" if self.flows else stream.peek(5)[:5]
        except DAMAGED as error:
            raise InputError(f"{shown} cannot be read: {words(error)}") from None
        if head.startswith(parquet.MAGIC):
            yield from parquet.read_rows(
                Path(self.name), clock=self.clock, fields=self.fields, start=start, advance=self._advance
            )
        elif head == b"WARC/":
            from monitor.feeds.warc import read_pages  # noqa: PLC0415 - trafilatura takes 0.5 s to import

            yield from read_pages(shown, stream, clock=self.clock, max_bytes=self.limits.max_bytes, start=start)
        else:
            yield from read_lines(shown, stream, clock=self.clock, fields=self.fields, start=start)

    def _advance(self, part: float) -> None:
        self._part = part

    def close(self) -> None:
        """Close it."""
        if self._opened is not None:
            self._opened.close()
