"""An article: one piece of news as published."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from pydantic import Field

from monitor.models.record import Instant, Part, Record, Replay

MAX_BYTES = 8 * 1024 * 1024
"""The largest article record that `articles` takes; larger ones are refused at ingest."""

CLOCK_SKEW = timedelta(minutes=5)
"""How far ahead of its arrival an article may claim to be published."""


class Article(Record):
    """One news article, as it stands in `articles` under its id."""

    id: str = Field(min_length=1, max_length=512)
    title: str = ""
    text: str = ""
    url: str | None = None
    source: str = ""
    language: str = ""
    published_at: Instant | None = None
    ingested_at: Instant | None = None
    """When Pactwatch first had it; the worker falls back to the record's Kafka timestamp."""
    replay: Replay | None = None

    @property
    def text_hash(self) -> str:
        """16 hex digits that change when the title, the text or the publication date does."""
        digest = hashlib.blake2b(digest_size=8)
        published = self.published_at.isoformat() if self.published_at else ""
        for part in (self.title, self.text, published):
            digest.update(part.encode("utf-8", "surrogatepass"))
            digest.update(b"\x00")
        return digest.hexdigest()


class ArticleRef(Part):
    """What later stages need to know of an article: enough to cite it, without its text."""

    id: str
    title: str = ""
    url: str | None = None
    source: str = ""
    language: str = ""
    published_at: Instant | None = None
    ingested_at: Instant

    @property
    def event_time(self) -> datetime | None:
        """When the news is from: the earlier of publication and arrival + 5 min; None when undated."""
        if self.published_at is None:
            return None
        return min(self.published_at, self.ingested_at + CLOCK_SKEW)

    @property
    def sort_time(self) -> datetime:
        """Event time, or arrival for an undated article."""
        return self.event_time or self.ingested_at

    @classmethod
    def of(cls, article: Article, *, arrived: datetime) -> ArticleRef:
        """Cite an article; ``arrived`` stands in for an ``ingested_at`` it does not carry."""
        return cls(
            id=article.id,
            title=article.title[:300],
            url=article.url,
            source=article.source,
            language=article.language,
            published_at=article.published_at,
            ingested_at=article.ingested_at or arrived,
        )


def article_hash(article_id: str) -> int:
    """Return 8 bytes, as an unsigned integer, that stand for an article id wherever ids are counted."""
    return int.from_bytes(hashlib.blake2b(article_id.encode("utf-8", "surrogatepass"), digest_size=8).digest())
