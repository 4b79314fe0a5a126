"""What a feed gives: an article, or a fault that says where and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import InputError, RecordError
from monitor.feeds.identity import article_id
from monitor.models.article import MAX_BYTES, Article


@dataclass(frozen=True, slots=True)
class Found:
    """An article, ready for `articles`: with id and arrival, within the size limit."""

    where: str
    """``file:line``, or an address."""
    article: Article
    value: bytes
    """As it goes to Kafka."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An item that is skipped."""

    where: str
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


def from_json(line: bytes, *, arrived: datetime) -> Article:
    """Read an article from a JSON object; one without an id gets one.

    Raises:
        RecordError: it is no article.

    """
    try:
        return arrive(Article.decode(line), arrived)
    except RecordError as error:
        if error.reason not in ("missing_field", "invalid_field"):
            raise
        named = _named(line)
        if named is None:
            raise
        return arrive(Article.decode(named), arrived)


def _named(line: bytes) -> bytes | None:
    """Return the object with an id; None when it has one, or is no object."""
    value = json.loads(line)
    if not isinstance(value, dict) or value.get("id") not in (None, ""):
        return None
    url, title, text = value.get("url"), value.get("title"), value.get("text")
    if not (url or title or text):
        return None
    value["id"] = article_id(
        url if isinstance(url, str) else None,
        title=title if isinstance(title, str) else "",
        text=text if isinstance(text, str) else "",
    )
    return json.dumps(value).encode()


def arrive(article: Article, now: datetime) -> Article:
    """Note when Pactwatch first had it; an arrival that the article brings is kept unless it is in the future."""
    if article.ingested_at is not None and article.ingested_at <= now:
        return article
    return article.model_copy(update={"ingested_at": now})


def found(where: str, article: Article) -> Found:
    """Encode an article for Kafka.

    Raises:
        InputError: it is larger than `articles` takes.

    """
    value = article.encode()
    if len(value) > MAX_BYTES:
        raise InputError(
            f"{len(value) / 2**20:.1f} MiB, larger than the {MAX_BYTES // 2**20} MiB an article may have",
            hint="is it one article? shorten its text, or leave it out",
        )
    return Found(where, article, value)
