"""Articles from files: JSON lines, plain or gzip, and plain texts."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pydantic import ValidationError

from monitor.errors import ConfigurationError, InputError
from monitor.feeds.found import Fault, Found, arrive, found, from_json
from monitor.feeds.identity import article_id
from monitor.models.article import MAX_BYTES, Article

_LONGEST = 6 * MAX_BYTES
"""Bytes of a line: a text of 8 MiB that is escaped as far as JSON can, and no more is ever held."""

_BOM = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"


class Lines(Protocol):
    """Bytes that can be read line by line."""

    def readline(self, limit: int = -1, /) -> bytes:
        """Return the next line with its end, at most ``limit`` bytes of it; nothing at the end of all."""


class Positioned(Protocol):
    """A file that knows how far it is read."""

    def seekable(self) -> bool:
        """Tell whether it has a position at all; a pipe has none."""

    def tell(self) -> int:
        """Return the position in bytes."""

    def close(self) -> None:
        """Close it."""


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def read_lines(
    name: str, stream: Lines, *, clock: Callable[[], datetime] = now, advance: Callable[[], None] = lambda: None
) -> Iterator[Found | Fault]:
    """Read a stream of JSON lines; whatever is wrong with a line is a fault, and the next line follows.

    Args:
        name: what the faults call it.
        stream: of bytes.
        clock: gives the moment of arrival.
        advance: called after each line, for a progress bar.

    """
    number = 0
    while True:
        number += 1
        where = f"{name}:{number}"
        try:
            line = stream.readline(_LONGEST)
            whole = len(line) < _LONGEST or line.endswith(b"\n") or _skip_rest(stream)
        except (EOFError, OSError, zlib.error) as error:
            yield Fault(where, f"cannot be read further: {_words(error)}; what stood before is taken")
            return
        if not line:
            return
        advance()
        if not whole:
            yield Fault(where, f"a line of more than {_LONGEST // 2**20} MiB: no article is so large")
            continue
        line = line.removeprefix(_BOM) if number == 1 else line
        if line.strip():
            yield _from_line(where, line, clock)


def _from_line(where: str, line: bytes, clock: Callable[[], datetime]) -> Found | Fault:
    try:
        return found(where, from_json(line, arrived=clock()))
    except InputError as error:
        return Fault(where, error.message)


def _skip_rest(stream: Lines) -> bool:
    """Read over the rest of a line that is too long; return False, for it is not whole."""
    while (part := stream.readline(1 << 20)) and not part.endswith(b"\n"):
        pass
    return False


def read_text(
    name: str,
    content: bytes,
    *,
    clock: Callable[[], datetime] = now,
    title: str = "",
    url: str | None = None,
    source: str = "",
    language: str = "",
    published_at: str | None = None,
) -> Found | Fault:
    """Take a plain text as one article; what its head says is given beside it."""
    try:
        text = content.removeprefix(_BOM).decode()
    except UnicodeDecodeError as error:
        return Fault(name, f"not UTF-8: byte {error.start} is 0x{content[error.start]:02x}")
    try:
        article = Article(
            id=article_id(url, title=title, text=text),
            title=title,
            text=text,
            url=url,
            source=source,
            language=language,
            published_at=moment(published_at),
        )
        return found(name, arrive(article, clock()))
    except ValidationError as error:
        return Fault(name, error.errors()[0]["msg"])
    except InputError as error:
        return Fault(name, error.message)


def moment(text: str | None) -> datetime | None:
    """Read a date or a date and time; without a zone it is UTC.

    Raises:
        ConfigurationError: it is neither.

    """
    if text is None:
        return None
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(
            f"{text!r} is no date", hint="write it as 2025-10-31 or 2025-10-31T09:00:00+08:00"
        ) from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def open_lines(path: Path) -> tuple[Lines, Positioned]:
    """Open a file of JSON lines; ``-`` is standard input.

    Returns:
        the stream of lines, and the file whose position tells how far it is read (the same when it is not packed).

    Raises:
        InputError: it cannot be opened.

    """
    try:
        raw = (Path("/dev/stdin") if str(path) == "-" else path).open("rb")
        packed = raw.peek(2)[:2] == _GZIP  # by its first bytes: a name says nothing sure, and a pipe cannot go back
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}", hint="give a file, an address or -") from None
    return (gzip.open(raw), raw) if packed else (raw, raw)


def _words(error: BaseException) -> str:
    if isinstance(error, EOFError):
        return "the file ends in the middle of packed data"
    return str(error)
