"""Articles from JSON lines and plain texts: the lines, and what each says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import ValidationError

from monitor.errors import ConfigurationError, InputError
from monitor.feeds.fields import from_foreign_json
from monitor.feeds.found import Fault, Found, arrive, found, read_article
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


def numbered(name: str, stream: Lines, start: int = 0) -> Iterator[tuple[int, bytes | Fault]]:
    """Yield the lines of a stream with their numbers, from 1; those up to ``start`` and empty ones are passed over.

    What cannot be read is a fault, and the next line follows; ``name`` is what the faults call the stream.
    """
    number = 0
    found_lines = lines(stream, _LONGEST)
    while True:
        number += 1
        try:
            line = next(found_lines, b"")
        except DAMAGED as error:
            why = f"cannot be read further: {words(error)}; what stood before is taken"
            yield number, Fault(f"{name}:{number}", why)
            return
        if line == b"":
            return
        if number <= start:
            continue
        if line is None:
            why = f"a line of more than {_LONGEST // 2**20} MiB: no article is so large"
            yield number, Fault(f"{name}:{number}", why)
            continue
        line = line.removeprefix(_BOM) if number == 1 else line
        if not line.isspace():
            yield number, line


def from_line(name: str, number: int, line: bytes, arrived: datetime, fields: Fields | None = None) -> Found | Fault:
    """Read an article from a line of JSON.

    Args:
        name: what a fault calls the file.
        number: of the line.
        line: an object.
        arrived: the moment of arrival, where the line states none.
        fields: where a foreign object has what an article needs; None: it is an article.

    """
    try:
        if fields is None:
            return read_article(line, arrived=arrived)
        return found(from_foreign_json(fields, line, arrived=arrived))
    except InputError as error:
        return Fault(f"{name}:{number}", error.message)


@dataclass(frozen=True)
class Head:
    """What a plain text does not say of itself."""

    title: str = ""
    published_at: str | None = None
    url: str | None = None
    source: str = ""
    language: str = ""
    id: str | None = None
    """By what it says, when not given."""


def read_text(name: str, content: bytes, arrived: datetime, head: Head) -> Found | Fault:
    """Take a plain text as one article."""
    try:
        text = content.removeprefix(_BOM).decode().strip()
    except UnicodeDecodeError as error:
        return Fault(name, f"not UTF-8: byte {error.start} is 0x{content[error.start]:02x}")
    try:
        article = Article(
            id=head.id or article_id(head.url, title=head.title, text=text),
            title=head.title,
            text=text,
            url=head.url,
            source=head.source,
            language=head.language,
            published_at=moment(head.published_at),
        )
        return found(arrive(article, arrived))
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
