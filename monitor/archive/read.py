"""Lines of article files: JSON lines, plain, gzip or Zstandard; packed by what the first bytes say, not by the name."""

from __future__ import annotations

import gzip
import importlib
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from monitor.errors import InputError
from monitor.models.article import MAX_BYTES

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_BOM = b"\xef\xbb\xbf"
try:
    _ZSTD_ERROR: type[Exception] = importlib.import_module("zstandard").ZstdError
except ImportError:
    _ZSTD_ERROR = OSError
_DAMAGED = (OSError, EOFError, zlib.error, _ZSTD_ERROR)
"""What reading a damaged file raises."""

_LONGEST = 6 * MAX_BYTES
"""Bytes of a line: a text of 8 MiB, escaped as far as JSON can."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its place, ``file:number``."""

    where: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that is no article, or a file that ends too early."""

    where: str
    message: str


def size(names: list[str]) -> int | None:
    """Return the bytes of all files; None when one of them is standard input.

    Raises:
        InputError: a file is not there.

    """
    if "-" in names:
        return None
    total = 0
    for name in names:
        try:
            total += Path(name).stat().st_size
        except OSError as error:
            raise InputError(f"{name} cannot be read: {error.strerror}", hint="give JSONL files, or -") from None
    return total


def lines(names: list[str], advance: Callable[[int], None] = lambda _: None) -> Iterator[Line | Broken]:
    """Yield the lines of files in turn; what is wrong is yielded too, and the rest goes on.

    Args:
        names: paths; ``-`` is standard input.
        advance: called with the number of bytes that were read from the file, as it stands on disk.

    Raises:
        InputError: a file cannot be opened, or is packed in a way that needs a package that is not there.

    """
    for name in names:
        stream, raw = _open(name)
        with stream:
            yield from _lines("standard input" if name == "-" else name, stream, raw, advance)


def _lines(name: str, stream: BinaryIO, raw: BinaryIO, advance: Callable[[int], None]) -> Iterator[Line | Broken]:
    number, told = 0, 0
    while True:
        number += 1
        where = f"{name}:{number}"
        try:
            line, whole = _next(stream)
        except _DAMAGED as error:
            yield Broken(where, f"cannot be read further ({error}); what stood before is taken")
            return
        if not line:
            return
        if not whole:
            yield Broken(where, f"a line of more than {_LONGEST >> 20} MiB: no article is so large")
            continue
        at = raw.tell() if raw.seekable() else told
        if at != told:
            advance(at - told)
            told = at
        if number == 1:
            line = line.removeprefix(_BOM)
        if line.strip():
            yield Line(where, line)


def _next(stream: BinaryIO) -> tuple[bytes, bool]:
    """Return the next line, and whether it is whole; the rest of one that is too long is passed over."""
    line = stream.readline(_LONGEST)
    if len(line) < _LONGEST or line.endswith(b"\n"):
        return line, True
    while (part := stream.readline(1 << 20)) and not part.endswith(b"\n"):
        pass
    return line[:1], False


def _open(name: str) -> tuple[BinaryIO, BinaryIO]:
    """Return the stream of lines, and the file whose position tells how far it is read."""
    try:
        raw: BinaryIO = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115  # closed by `lines`
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}", hint="give JSONL files, or -") from None
    head = cast("io.BufferedReader", raw).peek(4)[:4]
    if head.startswith(_GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=raw)), raw
    if head == _ZSTD:
        return _unpack_zstd(name, raw), raw
    return raw, raw


def _unpack_zstd(name: str, raw: BinaryIO) -> BinaryIO:
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        raise InputError(
            f"{name} is packed with Zstandard, and the package to read it is not installed",
            hint="pip install zstandard, or unpack it: zstd -dc FILE | pactwatch backtest -",
        ) from None
    reader = zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
    return cast("BinaryIO", io.BufferedReader(reader, 1 << 20))
