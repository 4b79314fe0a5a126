"""What a feed gives: an article, or a fault that says where and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from monitor.errors import InputError, RecordError
from monitor.feeds.identity import article_id
from monitor.models.article import CLOCK_SKEW, MAX_BYTES, Article
from monitor.models.record import MAJOR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Found(NamedTuple):
    """An article, ready for `articles`: with id and arrival, within the size limit.

    Most are never looked into where they are read, so what is needed of nearly all stands here.
    """

    id: str
    published_at: datetime | None
    ingested_at: datetime
    value: bytes
    """As it goes to Kafka."""
    replayed: bool = False
    """An earlier replay brought it."""

    @property
    def article(self) -> Article:
        """All of it."""
        return Article.decode(self.value)

    @property
    def key(self) -> bytes:
        """Of the record in `articles`."""
        return self.id.encode("utf-8", "surrogatepass")

    @property
    def event_time(self) -> datetime:
        """When the news is from; see `ArticleRef.sort_time`."""
        return event_time(self.published_at, self.ingested_at)


@dataclass(frozen=True, slots=True)
class Fault:
    """An item that is skipped."""

    where: str
    """``file:line``, or an address."""
    why: str

    def __str__(self) -> str:
        return f"{self.where}: {self.why}"


def event_time(published: datetime | None, arrived: datetime) -> datetime:
    """Return the earlier of publication and arrival + 5 min; the arrival of what is undated."""
    return arrived if published is None else min(published, arrived + CLOCK_SKEW)


def microseconds(moment: datetime) -> int:
    """Return a moment as microseconds since 1970, exactly."""
    since = moment - _EPOCH
    return (since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds


def read_article(line: bytes, *, arrived: datetime) -> Found:
    """Read an article from a JSON object; one without an id gets one, one without an arrival arrived now.

    Raises:
        InputError: it is no article, or larger than `articles` takes.

    """
    return glance(line, arrived) or found(from_json(line, arrived=arrived))


_VERSION = f"{MAJOR}.0"
_LONGEST_ID = 512
_loads, _dumps = orjson.loads, orjson.dumps


def glance(line: bytes, arrived: datetime) -> Found | None:
    """Read an article that is plain beyond doubt; None when it has to be read with care.

    What this gives is what `from_json` and `found` would give, byte for byte, in a third of the time.
    """
    try:
        given = _loads(line)
        take = given.pop
        version, identifier = take("schema_version", _VERSION), take("id")
        title, text, url = take("title", ""), take("text", ""), take("url", None)
        source, language = take("source", ""), take("language", "")
        published, ingested = _moment(take("published_at", None)), _moment(take("ingested_at", None))
        take("_record", None)
        if (
            take("replay", None) is not None
            or version != _VERSION
            or not (type(identifier) is type(title) is type(text) is type(source) is type(language) is str)
            or not (url is None or type(url) is str)
            or not 0 < len(identifier) <= _LONGEST_ID
            or any(type(more) is dict or type(more) is list for more in given.values())
        ):
            return None  # the last: nested too deeply, perhaps, for other readers
        if ingested is None or ingested > arrived:
            ingested = arrived
        value = _dumps(
            {
                "schema_version": version,
                "id": identifier,
                "title": title,
                "text": text,
                "url": url,
                "source": source,
                "language": language,
                "published_at": published,
                "ingested_at": ingested,
                "replay": None,
            },
            option=orjson.OPT_UTC_Z,
        )
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        return None
    return Found(identifier, published, ingested, value) if len(value) <= MAX_BYTES else None


def _moment(value: Any) -> datetime | None:
    """Read a moment as `Instant` does; raises TypeError or ValueError where that would look closer."""
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is UTC:
        return moment
    offset = moment.utcoffset()
    if offset is None:
        return moment.replace(tzinfo=UTC)
    if offset.seconds % 60 or offset.microseconds:
        raise ValueError("an offset of seconds is written differently")
    return moment


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


def found(article: Article) -> Found:
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
    assert article.ingested_at is not None, "it has arrived"
    replayed = article.replay is not None
    return Found(article.id, article.published_at, article.ingested_at, value, replayed)
