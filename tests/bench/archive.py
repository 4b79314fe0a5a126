"""How fast archives go through again: `python -m tests.bench.archive`.

Replay: articles a second from one JSONL.zst into a topic of four partitions on the embedded broker, reading, sorting
and sending.  Backtest: articles a second of processor time and by the clock, with one process and with two, of a mix in
which one in two hundred is relevant; and the most memory any of its processes held, for an archive and for one three
times as large.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
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

COUNT, TIMES = 100_000, 3
REPLAY, BACKTEST, TWO, MEMORY, GROWTH = 50_000, 40_000, 1.8, 200, 20
"""Articles a second, twice; times as fast on two cores; MiB, twice."""

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
        print(
            f"  {events.count:,} articles: read and sorted in {read:.2f} s, sent in {seconds - read:.2f} s", flush=True
        )
        return events.count / seconds


@dataclass(frozen=True)
class Spent:
    """What a backtest cost."""

    wall: float
    cpu: float
    """Seconds of all its processes."""
    mib: float
    """The most that one of its processes held."""


def backtest(path: Path, processes: int) -> Spent:
    """Run the command."""
    command = [sys.executable, "-m", "monitor.cli", "backtest", str(path), "--json", "--processes", str(processes)]
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as child:
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return Spent(time.monotonic() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def said(what: str, wanted: str, got: str, *, good: bool) -> bool:
    """Print a figure; return whether it is missed."""
    print(f"{what:46s} wanted {wanted:>10s}  got {got:>10s}{'' if good else '   missed'}", flush=True)
    return not good


def main() -> int:
    """Measure and print; return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small, large = folder / "small.jsonl.zst", folder / "large.jsonl.zst"
        write(small, COUNT, 1)
        write(large, COUNT * TIMES, 1)
        # First, while this process is small: a child's peak begins with what it was forked from.
        runs = {(path, n): backtest(path, n) for n in (1, 2) for path in (small, large)}
        missed = replays(folder, large)
    more = COUNT * (TIMES - 1)  # so that what a start costs is in no figure
    one, two = ((runs[large, n], runs[small, n]) for n in (1, 2))
    core = more / (one[0].cpu - one[1].cpu)
    faster = (one[0].wall - one[1].wall) / (two[0].wall - two[1].wall)
    missed |= said("backtest, articles/s of a core", f"{BACKTEST:,}", f"{core:,.0f}", good=core >= BACKTEST)
    missed |= said("backtest, two processes are faster by", f"{TWO}", f"{faster:.2f}", good=faster >= TWO)
    held = max(run.mib for run in runs.values())
    missed |= said("backtest, MiB of a process at most", f"{MEMORY}", f"{held:,.0f}", good=held <= MEMORY)
    grown = one[0].mib - one[1].mib
    return missed | said(
        f"backtest, MiB more for {TIMES} times as much", f"{GROWTH}", f"{grown:,.0f}", good=grown <= GROWTH
    )


def replays(folder: Path, path: Path) -> bool:
    """Replay an archive twice, the first time to warm everything up; return whether it was too slow."""
    with EmbeddedBroker(folder / "broker", command="bench") as broker:
        speeds = [replay(path, settings_on(broker.address, folder, f"replay{turn}")) for turn in range(3)]
    return said("replay into Kafka, articles/s", f"{REPLAY:,}", f"{max(speeds):,.0f}", good=max(speeds) >= REPLAY)


if __name__ == "__main__":
    sys.exit(main())
