"""Articles from JSON lines and plain texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

from pydantic import ValidationError

from monitor.errors import ConfigurationError, InputError
from monitor.feeds.fields import from_foreign_json
from monitor.feeds.found import Fault, Found, arrive, found, from_json
from monitor.feeds.identity import article_id
from monitor.feeds.unpack import DAMAGED, Lines, lines, words
from monitor.models.article import MAX_BYTES, Article
from monitor.settings import Fields

_LONGEST = 6 * MAX_BYTES
"""Bytes of a line: a text of 8 MiB that is escaped as far as JSON can, and no more is ever held."""

_BOM = b"\xef\xbb\xbf"


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def read_lines(
    name: str,
    stream: Lines,
    *,
    clock: Callable[[], datetime] = now,
    fields: Fields | None = None,
    start: int = 0,
) -> Iterator[tuple[int, Found | Fault]]:
    """Read a stream of JSON lines; whatever is wrong with a line is a fault, and the next line follows.

    Args:
        name: what the faults call it.
        stream: of bytes.
        clock: gives the moment of arrival.
        fields: where a foreign object has what an article needs; None: it is an article.
        start: lines to pass over.

    Yields:
        the number of the line, from 1, and what it holds.

    """
    number = 0
    found_lines = lines(stream, _LONGEST)
    while True:
        number += 1
        where = f"{name}:{number}"
        try:
            line = next(found_lines, b"")
        except DAMAGED as error:
            yield number, Fault(where, f"cannot be read further: {words(error)}; what stood before is taken")
            return
        if line == b"":
            return
        if number <= start:
            continue
        if line is None:
            yield number, Fault(where, f"a line of more than {_LONGEST // 2**20} MiB: no article is so large")
            continue
        line = line.removeprefix(_BOM) if number == 1 else line
        if line.strip():
            yield number, _from_line(where, line, clock, fields)


def _from_line(where: str, line: bytes, clock: Callable[[], datetime], fields: Fields | None) -> Found | Fault:
    try:
        read = from_json if fields is None else partial(from_foreign_json, fields)
        return found(where, read(line, arrived=clock()))
    except InputError as error:
        return Fault(where, error.message)


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
