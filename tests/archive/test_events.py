"""Articles of many files as one stream in order of event time, and which of them are wanted."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from monitor.archive import events as module
from monitor.archive.choose import chooser, filter_of
from monitor.archive.events import UNSTATED, Event, Reader, Sorted, marker
from monitor.archive.feed import Pace
from monitor.archive.order import Order
from monitor.archive.topic import TopicRange
from monitor.errors import ConfigurationError
from monitor.feeds.found import Fault, found
from monitor.kafka.producer import Writer, place
from monitor.models.article import Article
from monitor.models.record import Replay
from monitor.models.vocabulary import ReplayMode
from monitor.settings import Kafka, Settings
from tests.conftest import ReadAll

START = datetime(2025, 1, 1, tzinfo=UTC)


class Quiet:
    """A bar that nobody sees."""

    def at(self, position: int, /) -> None:
        """Do nothing."""

    def done(self, size: int, /) -> None:
        """Do nothing."""


def order_of(*paths: Path, **more: str | list[str]) -> tuple[list[Article], list[Fault]]:
    """Read files as a replay does."""
    faults: list[Fault] = []
    with Sorted() as events:
        order = Order(Settings(), [str(path) for path in paths], **more)  # type: ignore[arg-type] # names of strings alone
        order.read(events, fault=faults.append, bar=Quiet(), stop=lambda: False)
        return [Article.decode(event.value) for event in events], faults


@given(times=st.lists(st.integers(0, 50)), piece=st.sampled_from([1, 700, 10**6]))
def test_events_come_in_order_whatever_fits_into_memory(times: list[int], piece: int) -> None:
    """By time, and those of one moment as they were read: all in memory, in pieces, or in as many pieces as events."""
    with Sorted(piece_bytes=piece) as events:
        for number, time in enumerate(times):
            events.add(Event(time * 10**6, number, b"k%d" % number, b"v" * number))
        events.finish()
        got = list(events)
        assert got == sorted(Event(t * 10**6, n, b"k%d" % n, b"v" * n) for n, t in enumerate(times))
        assert events.count == len(times)
        assert (events.first, events.last) == ((got[0].moment, got[-1].moment) if got else (None, None))
        folder = events._folder
    assert folder is None or not folder.exists()


def test_many_pieces_are_merged_on_the_way(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No more files are open at once than are merged at once."""
    monkeypatch.setattr(module, "_FAN_IN", 4)
    numbers = list(range(200))
    random.Random(5).shuffle(numbers)
    with Sorted(tmp_path, piece_bytes=1000) as events:
        for place, number in enumerate(numbers):
            events.add(Event(number, place, b"", b"x" * 300))
            assert all(len(pieces) < 4 for pieces in events._pieces)
        assert len(events._pieces) > 2, "they are merged by sizes: each event is written a few times, not once a merge"
        events.finish()
        assert sum(map(len, events._pieces)) <= 4
        assert [event.time for event in events] == list(range(200))
    assert list(tmp_path.iterdir()) == []


def test_files_are_one_stream_by_event_time(tmp_path: Path) -> None:
    """Two files that overlap and are in no order; a publication after the arrival counts at most five minutes later."""
    first, second = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    late = {"id": "late", "published_at": "2025-01-09", "ingested_at": "2025-01-02T00:00:00Z"}
    first.write_text("".join(json.dumps(row) + "\n" for row in (late, {"id": "three", "published_at": "2025-01-03"})))
    second.write_text('{"id": "two", "published_at": "2025-01-02"}\n{"id": "one", "published_at": "2025-01-01"}\n{\n')
    articles, faults = order_of(first, second)
    assert [article.id for article in articles] == ["one", "two", "late", "three"]
    assert [fault.where for fault in faults] == [f"{second}:3"]


def test_an_article_that_states_no_arrival_gets_one_that_never_changes(tmp_path: Path) -> None:
    """Its publication, else the latest arrival before it: what a backtest takes, and no clock."""
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id": "a", "published_at": "2025-01-05"}\n{"id": "b"}\n{"id": "c", "published_at": "2025-01-01"}\n'
    )
    articles, _ = order_of(path)
    assert [(article.id, article.ingested_at) for article in articles] == [
        ("c", START),
        ("a", START + timedelta(days=4)),
        ("b", START + timedelta(days=4)),
    ]
    assert order_of(path)[0] == articles


def test_time_and_filters_choose(tmp_path: Path) -> None:
    """From a moment on, before another, and every filter true; what an earlier replay brought is left out."""
    path = tmp_path / "a.jsonl"
    rows = [
        {"id": str(day), "published_at": f"2025-01-{day:02}", "language": "en" if day % 2 else "fr", "title": "Pact"}
        for day in range(1, 29)
    ]
    rows.append({"id": "again", "published_at": "2025-01-15", "language": "en", "title": "Pact"})
    rows[-1]["replay"] = {"id": "x", "mode": "live"}  # type: ignore[assignment] # what only this row has
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    chosen, _ = order_of(path, begin="2025-01-10", end="2025-01-20", filters=["language=en", "title~^pa", "id!=13"])
    assert [article.id for article in chosen] == ["11", "15", "17", "19"]


@pytest.mark.parametrize(
    ("text", "true"),
    [
        ("source=A", True),
        ("source!=A", False),
        ("source~^a$", True),
        ("source!~b", True),
        ("url=", True),
        ("url~.", False),
    ],
)
def test_filters(text: str, true: bool) -> None:
    """Equal, not equal, a pattern, none; a field that is missing is empty."""
    assert filter_of(text)(Article(id="1", source="A")) is true


@pytest.mark.parametrize("text", ["", "source", "author=x", "source~(", "source<3"])
def test_what_is_no_filter_is_told(text: str) -> None:
    """With how to write it."""
    with pytest.raises(ConfigurationError) as told:
        chooser([text], None, None)
    assert "language=en" in str(told.value)


def test_ranges_of_topics() -> None:
    """Ours by its short name, others by their full one; offsets by partition; anything else is told."""
    settings = Settings(kafka=Kafka(prefix="p."))
    assert TopicRange.parse("topic:articles", settings) == TopicRange("p.articles", {})
    assert TopicRange.parse("topic:other@0:5-9,3:7-", settings) == TopicRange("other", {0: (5, 9), 3: (7, None)})
    for wrong in ("topic:", "topic:a@", "topic:a@x:1-2", "topic:a@0:1"):
        with pytest.raises(ConfigurationError, match="no range of a topic"):
            TopicRange.parse(wrong, settings)
    with pytest.raises(ConfigurationError, match=r"p\.articles would feed on itself"):
        Order(settings, ["topic:articles"]).guard("p.articles")


@given(title=st.text(), known=st.booleans())
def test_a_mark_changes_nothing_else(title: str, known: bool) -> None:
    """Whether the article came from our own hand or not, it is the same article with the mark of the replay."""
    article = Article(id="a", title=title, ingested_at=START)
    mark = Replay(id="r", mode=ReplayMode.WARM_UP)
    value = article.encode() if known else json.dumps({"more": 1, **article.model_dump(mode="json")}).encode() + b" "
    assert Article.decode(marker(mark)(value)) == article.model_copy(update={"replay": mark})


def test_a_reader_keeps_the_value_of_an_article_that_needs_no_change() -> None:
    """An archive's bytes go to Kafka as they are."""
    item = found(Article(id="a", published_at=START, ingested_at=START))
    event = Reader(lambda _article, _moment: True).take(item)
    assert event is not None
    assert event.value is item.value
    unstated = Reader(lambda _article, _moment: True).take(found(Article(id="a", ingested_at=UNSTATED)))
    assert unstated is not None
    assert b"9999" not in unstated.value


def test_the_pace_is_that_of_the_events_or_of_a_rate() -> None:
    """An hour a minute; ten a second; the slower of the two; as fast as can be."""
    events = [Event(hour * 3600 * 10**6, hour, b"", b"") for hour in range(3)]

    def waits(pace: Pace) -> list[float]:
        return [pace.wait(event) for event in events]

    assert waits(Pace(60, None, clock=lambda: 5.0)) == pytest.approx([0, 60, 120])
    assert waits(Pace(None, 10, clock=lambda: 5.0)) == pytest.approx([0, 0.1, 0.2])
    assert waits(Pace(3600 * 1000, 10, clock=lambda: 5.0)) == pytest.approx([0, 0.1, 0.2])
    assert Pace().is_free
    assert waits(Pace(clock=lambda: 5.0)) == [0, 0, 0]


@given(key=st.binary(max_size=70), partitions=st.integers(1, 40))
def test_a_key_goes_to_the_partition_where_every_client_puts_it(key: bytes, partitions: int) -> None:
    """So a replayed revision stands behind the article it revises."""
    numbers = list(range(partitions))
    assert place(key, partitions) == DefaultPartitioner()(key, numbers, numbers)


async def test_records_of_a_batch_stand_as_single_ones_do(kafka_settings: Settings, read_all: ReadAll) -> None:
    """Small ones and one that is larger than a batch, in order in each partition, and all are counted."""
    topic = kafka_settings.kafka.topic("articles")
    records = [(b"k%d" % (number % 7), b"%d" % number * (400_000 if number == 50 else 9)) for number in range(3000)]
    async with Writer(kafka_settings) as writer:
        await writer.write_all(topic, records)
        await writer.flush()
        assert writer.written == 3000
        for key, _ in records[:7]:
            await writer.place(topic, key=key, value=b"last")
    found: dict[bytes | None, list[bytes | None]] = defaultdict(list)
    for message in read_all(kafka_settings, "articles"):
        found[message.key()].append(message.value())
    for key, _ in records[:7]:
        assert found[key] == [value for other, value in records if other == key] + [b"last"]
