"""Reading articles from files for the command line: JSON lines, standard input, or a plain text."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from monitor.errors import InputError, RecordError
from monitor.models.article import Article


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no article."""

    where: str
    """``file:line``."""
    message: str


@dataclass(frozen=True, slots=True)
class PlainText:
    """What the text of a `.txt` file does not say of itself."""

    title: str | None = None
    published_at: datetime | None = None
    url: str | None = None


def read_articles(files: Sequence[str], plain: PlainText) -> Iterator[Article | BadLine]:
    """Yield the articles of files, in order; a line that cannot be read is yielded as a `BadLine`.

    ``-`` is standard input (JSON lines); a name ending in `.txt` is one article; anything else holds JSON lines.

    Raises:
        InputError: a file is not there, or cannot be opened.

    """
    for name in files:
        if name == "-":
            yield from _lines("-", sys.stdin.buffer)
            continue
        path = Path(name)
        try:
            if path.suffix.lower() == ".txt":
                yield _text(path, plain)
            else:
                with path.open("rb") as stream:
                    yield from _lines(name, stream)
        except OSError as error:
            raise InputError(
                f"{name}: {error.strerror or error}", hint="give JSON lines, a .txt file, or - for standard input"
            ) from None


def _lines(name: str, stream: IO[bytes]) -> Iterator[Article | BadLine]:
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            yield read_article(line)
        except RecordError as error:
            yield BadLine(f"{name}:{number}", error.message)


def read_article(line: bytes) -> Article:
    """Read one article; raises RecordError when the line is none."""
    return Article.decode(line)


def _text(path: Path, plain: PlainText) -> Article:
    text = path.read_bytes().decode("utf-8", "replace").strip()
    return Article(
        id=path.stem, title=plain.title or "", text=text, url=plain.url, published_at=plain.published_at, language=""
    )


def parse_moment(value: str | None) -> datetime | None:
    """Read the value of ``--published-at``.

    Raises:
        InputError: it is no ISO date or date and time.

    """
    if value is None:
        return None
    try:
        return Article.model_validate_json(json.dumps({"id": "x", "published_at": value})).published_at
    except ValueError:
        raise InputError(f"{value!r} is no date", hint="write 2025-10-31 or 2025-10-31T12:00:00Z") from None
