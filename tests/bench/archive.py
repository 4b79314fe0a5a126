"""How fast archives go through again: `python -m tests.bench.archive`.

Replay: articles a second from one JSONL.zst into a topic of four partitions on the embedded broker, reading, sorting
and sending.  Backtest: articles a second of processor time and by the clock, with one process and with two, of a mix in
which one in two hundred is relevant; and the most memory any of its processes held, for an archive and for one four
times as large.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.archive.events import Sorted
from monitor.archive.feed import Pace, feed
from monitor.archive.order import Order
from monitor.archive.record import Stored
from monitor.archive.writers import LineWriter
from monitor.kafka.broker import EmbeddedBroker
from monitor.kafka.producer import Writer
from monitor.models.article import Article
from monitor.models.record import Replay
from monitor.models.vocabulary import ReplayMode
from monitor.settings import Settings
from tests.bench.classify import SHARE, background, relevant
from tests.bench.worker import settings_on

COUNT = 100_000
REPLAY, BACKTEST, TWO, MEMORY = 50_000, 40_000, 1.8, 200
"""Articles a second, twice; times as fast on two cores; MiB."""

START = datetime(2025, 1, 1, tzinfo=UTC)


def articles(count: int, seed: int) -> Iterator[Article]:
    """Yield a mix, nearly in order of time: a minute apart, up to an hour late."""
    dice = random.Random(seed)
    news = [background(number, dice) for number in range(5_000)]
    hits = relevant(dice)
    for number in range(count):
        raw = hits[number // SHARE % len(hits)] if number % SHARE == 0 else news[dice.randrange(len(news))]
        arrived = START + timedelta(seconds=number)
        published = arrived - timedelta(seconds=dice.randrange(3600))
        change = {
            "id": f"u{number:020x}",
            "published_at": published,
            "ingested_at": arrived,
            "source": f"s{number % 97}",
        }
        yield Article.decode(raw).model_copy(update=change)


def write(path: Path, count: int, seed: int) -> None:
    """Write an archive as `pactwatch archive` does."""
    writer = LineWriter(path)
    for number, article in enumerate(articles(count, seed)):
        assert article.ingested_at is not None
        stamp = int(article.ingested_at.timestamp() * 1000)
        writer.add(Stored(0, number, stamp, article.id.encode(), article.encode()))
    writer.finish()


class Quiet:
    """A bar that nobody sees."""

    def at(self, position: int, /) -> None:
        """Do nothing."""

    def done(self, size: int, /) -> None:
        """Do nothing."""


async def _send(settings: Settings, events: Sorted) -> None:
    mark = Replay(id="bench", mode=ReplayMode.WARM_UP)
    async with Writer(settings) as writer:
        await feed(
            events,
            writer,
            settings.kafka.topic("articles"),
            mark,
            pace=Pace(),
            stop=lambda: False,
            sent=lambda _count, _last: None,
        )


def replay(path: Path, settings: Settings) -> float:
    """Return articles a second of a replay at full speed."""
    begin = time.monotonic()
    with Sorted() as events:
        Order(settings, [str(path)]).read(events, fault=lambda _: None, bar=Quiet(), stop=lambda: False)
        read = time.monotonic() - begin
        asyncio.run(_send(settings, events))
        seconds = time.monotonic() - begin
        print(f"    read and sorted in {read:.2f} s, sent in {seconds - read:.2f} s")
        return events.count / seconds


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "articles.jsonl.zst"
        write(path, int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, 1)
        print(path.stat().st_size)
        with EmbeddedBroker(Path(name) / "broker", command="bench") as broker:
            for i in range(3):
                print(replay(path, settings_on(broker.address, Path(name), f"r{i}")))
