"""Records: what is read, what is refused, and in which words."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import RecordError
from monitor.models.article import Article, ArticleRef, article_hash
from monitor.models.report import Tick, decode_reports
from monitor.models.sighting import decode_sightings

ARRIVED = datetime(2025, 11, 1, 12, tzinfo=UTC)


def article_bytes(**changes: object) -> bytes:
    return json.dumps({"id": "a-1", "title": "t", "text": "x", **changes}).encode()


@pytest.mark.parametrize(
    ("value", "reason", "words"),
    [
        (None, "empty", "no value"),
        (b"", "empty", "no value"),
        (b"<rss>", "not_json", "not JSON: expected value at line 1 column 1"),
        (b'{"id": "a-1", "text": "caf\xe9"}', "not_utf8", "byte 26 is 0xe9"),
        (b'{"title": "no id"}', "missing_field", "Article lacks the field id"),
        (article_bytes(id=7), "invalid_field", "Article: id: Input should be a valid string"),
        (article_bytes(id=""), "invalid_field", "at least 1 character"),
        (article_bytes(text=["a"], title=3), "invalid_field", "title: Input should be a valid string, and 1 more"),
        (article_bytes(published_at="last Friday"), "invalid_field", "published_at"),
        (b"[]", "invalid_field", "the record"),
        (article_bytes(schema_version="2.0"), "unknown_version", "has schema version 2.0, this program reads 1.x"),
        (b'{"schema_version": "2.0", "key": "a-1"}', "unknown_version", "schema version 2.0"),
    ],
)
def test_a_broken_record_is_refused_in_words_a_person_understands(value: bytes | None, reason: str, words: str) -> None:
    """Every kind of broken article gives a RecordError with its reason for counting and a message naming the place."""
    with pytest.raises(RecordError) as caught:
        Article.decode(value)
    assert caught.value.reason == reason
    assert words in caught.value.message


def test_fields_from_the_future_are_ignored() -> None:
    """A higher minor version is read, and what it adds is left aside."""
    article = Article.decode(article_bytes(schema_version="1.7", sentiment="bullish"))
    assert article.id == "a-1"
    assert not hasattr(article, "sentiment")


def test_a_time_without_a_zone_is_utc() -> None:
    """Foreign producers leave the zone out; the article is read all the same."""
    article = Article.decode(article_bytes(published_at="2025-10-31T08:00:00"))
    assert article.published_at == datetime(2025, 10, 31, 8, tzinfo=UTC)


@given(
    title=st.text(),
    text=st.text(),
    published=st.none() | st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1)),  # noqa: DTZ001 - hypothesis wants it naive
)
def test_what_is_written_is_read_back(title: str, text: str, published: datetime | None) -> None:
    """decode(encode(record)) is the record, whatever text it holds."""
    article = Article(id="a-1", title=title, text=text, published_at=published)
    assert Article.decode(article.encode()) == article


@given(st.binary())
def test_any_bytes_give_a_record_or_a_record_error(value: bytes) -> None:
    """Nothing but RecordError leaves the decoders, so that one poison record cannot stop the stream."""
    for decode in (Article.decode, decode_reports, decode_sightings):
        with contextlib.suppress(RecordError):
            decode(value)


def test_the_type_says_which_record_of_reports_it_is() -> None:
    """A tick among the reports is read as a tick."""
    tick = Tick(minute=ARRIVED)
    assert decode_reports(tick.encode()) == tick
    with pytest.raises(RecordError, match="type"):
        decode_reports(b'{"type": "rumour"}')


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        (ARRIVED - timedelta(days=3), ARRIVED - timedelta(days=3)),
        (ARRIVED + timedelta(days=3), ARRIVED + timedelta(minutes=5)),
        (None, None),
    ],
)
def test_event_time_is_capped_and_never_invented(published: datetime | None, expected: datetime | None) -> None:
    """A date in the future is capped at arrival + 5 min; an undated article stays undated and sorts by arrival."""
    article = Article(id="a-1", published_at=published)
    cited = ArticleRef.of(article, arrived=ARRIVED)
    assert cited.event_time == expected
    assert cited.sort_time == (expected or ARRIVED)


def test_the_text_hash_tells_revisions_from_repeats() -> None:
    """The same text has the same hash; another title, text or date has another; arrival does not matter."""
    article = Article(id="a-1", title="t", text="x")
    assert article.model_copy(update={"ingested_at": ARRIVED}).text_hash == article.text_hash
    for change in ({"title": "u"}, {"text": "y"}, {"published_at": ARRIVED}, {"title": "tx", "text": ""}):
        assert article.model_copy(update=change).text_hash != article.text_hash


def test_the_article_hash_is_fixed() -> None:
    """Counted ids are stored by this hash for years: it may never change."""
    assert article_hash("a-1") == 0xC9F5688F85B6956A
