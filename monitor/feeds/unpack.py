"""Opens files that may be packed, and stops what unpacks without end."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import zstandard

from monitor.errors import InputError

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"

DAMAGED = (OSError, EOFError, zlib.error, zstandard.ZstdError)
"""What reading a damaged file raises."""

_CHUNK = 1024 * 1024

_PIECE = 2048
"""Packed bytes given to Zstandard at once: a block of 4 bytes may unpack to 128 KiB, so this bounds what comes out."""

_ALWAYS = 64 * 1024 * 1024
"""Unpacked bytes that are taken whatever the ratio: small files of one repeated word are no attack."""


class Lines(Protocol):
    """Bytes that can be read line by line."""

    def readline(self, limit: int = -1, /) -> bytes:
        """Return the next line with its end, at most ``limit`` bytes of it; nothing at the end of all."""


class _Unpacked(io.RawIOBase):
    """The unpacked bytes as a file; memory holds a piece of them."""

    def __init__(self, pieces: Iterator[bytes], packed: Callable[[], int], ratio: int) -> None:
        self._pieces = pieces
        self._packed = packed
        self._ratio = ratio
        self._left = memoryview(b"")
        self._total = 0
        self._bomb = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # any writable buffer, said plainly
        while not self._left:
            if self._bomb:
                raise OSError(f"it unpacks to more than {self._ratio} times its size (feeds.max_ratio)")
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)[: max(_ALWAYS, self._ratio * self._packed()) - self._total]
            self._total += len(self._left)
            self._bomb = len(self._left) < len(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size] = self._left[:size]
        self._left = self._left[size:]
        return size


@dataclass
class Opened:
    """An open file."""

    name: str
    stream: io.BufferedReader
    """Unpacked."""
    file: io.BufferedReader
    """As it stands on disk."""
    packed: bool
    taken: int = 0
    """Packed bytes that were read."""

    def position(self) -> int:
        """Return how many bytes of the file as it stands on disk have been read; 0 for a pipe that is not packed."""
        if self.packed:
            return self.taken
        return self.file.tell() if self.file.seekable() else 0

    def close(self) -> None:
        """Close it."""
        self.file.close()


def open_file(name: str, *, max_ratio: int = 200) -> Opened:
    """Open a file, packed with gzip or Zstandard or not; ``-`` is standard input.

    Reading its stream raises one of `DAMAGED` where the file is damaged, ends within packed data or is a bomb; all
    before that has been given by then.

    Raises:
        InputError: it cannot be opened.

    """
    try:
        file = (Path("/dev/stdin") if name == "-" else Path(name)).open("rb")
        head = file.peek(4)[:4]  # by its first bytes: a name says nothing sure, and a pipe cannot go back
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}", hint="give a file, an address or -") from None
    if not (head.startswith(GZIP) or head == ZSTD):
        return Opened(name, file, file, packed=False)
    opened = Opened(name, file, file, packed=True)

    def read() -> bytes:
        part = file.read1(256 * 1024)
        opened.taken += len(part)
        return part

    pieces = _gzip(read) if head.startswith(GZIP) else _zstd(read)
    opened.stream = io.BufferedReader(_Unpacked(pieces, lambda: opened.taken, max_ratio), _CHUNK)
    return opened


def _gzip(read: Callable[[], bytes]) -> Iterator[bytes]:
    data = b""
    while True:
        data = data.lstrip(b"\0") or read()  # members may be padded with zeros
        if not data:
            return
        unpacker = zlib.decompressobj(31)
        while not unpacker.eof:
            data = data or read()
            out = unpacker.decompress(data, _CHUNK)
            if not data and not out:
                raise EOFError("it ends in the middle of packed data")
            data = unpacker.unconsumed_tail
            if out:
                yield out
        data = unpacker.unused_data


def _zstd(read: Callable[[], bytes]) -> Iterator[bytes]:
    data = b""
    while data := data or read():
        unpacker = zstandard.ZstdDecompressor().decompressobj()
        while not unpacker.eof:
            data = data or read()
            if not data:
                raise EOFError("it ends in the middle of packed data")
            out = unpacker.decompress(data[:_PIECE])
            data = data[_PIECE:]
            if out:
                yield out
        data = unpacker.unused_data + data


def words(error: BaseException) -> str:
    """Return what a damaged file raised, for people."""
    return str(error) or type(error).__name__


def lines(stream: Lines, longest: int) -> Iterator[bytes | None]:
    """Yield lines with their ends; None for one that is longer, which is passed over without being held."""
    while line := stream.readline(longest):
        if len(line) < longest or line.endswith(b"\n"):
            yield line
            continue
        while (part := stream.readline(_CHUNK)) and not part.endswith(b"\n"):
            pass
        yield None
