"""How fast a worker is, end to end on the embedded broker: ``python -m tests.bench.worker``.

Two figures: articles a second through one worker process (of 2.4 kB, one in a hundred tells of a new agreement), from
`articles` to everything written and committed; and the time from article to alert at a steady rate, by the timestamps
of both records.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition

from monitor.kafka import topics
from monitor.kafka.broker import EmbeddedBroker
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.settings import Kafka, Settings, Worker
from tests.agents.harness import WorkerProcess, idle, lag, produce
from tests.waiting import until

COUNTRIES = (
    "India",
    "France",
    "Japan",
    "Australia",
    "Brazil",
    "Canada",
    "Chile",
    "Denmark",
    "Egypt",
    "Finland",
    "Germany",
    "Greece",
    "Indonesia",
    "Italy",
    "Kenya",
    "Malaysia",
    "Mexico",
    "Morocco",
    "Nepal",
    "Norway",
    "Oman",
    "Peru",
    "Poland",
    "Portugal",
    "Romania",
    "Singapore",
    "Spain",
    "Sweden",
    "Thailand",
    "Turkey",
    "Vietnam",
    "Zambia",
)
FILLER = (
    "The council met for the third time this month to discuss the new bridge over the river. Members heard that the "
    "work will take two years and that the old ferry keeps running until then. A market, a school and four bus lines "
    "depend on it. "
)
BYTES = 2400


def articles(count: int, *, relevant: int, seed: int) -> Iterator[Article]:
    """Yield articles of about 2.4 kB; every ``relevant``-th tells of an agreement between a pair not seen before."""
    pairs = list(itertools.combinations(COUNTRIES, 2))
    random.Random(seed).shuffle(pairs)
    news = iter(itertools.cycle(pairs))
    now = datetime.now(UTC)
    for number in range(count):
        if number % relevant == relevant - 1:
            first, second = next(news)
            title = f"{first} and {second} sign defence agreement"
            text = f"{first} and {second} signed a defence cooperation agreement in Geneva on Friday. "
        else:
            title, text = f"Council meeting {number}", ""
        text += FILLER * (1 + (BYTES - 300 - len(text)) // len(FILLER))
        yield Article(
            id=f"bench-{seed}-{number}", title=title, text=text, source="bench", published_at=now, ingested_at=now
        )


def settings_on(address: str, folder: Path, name: str) -> Settings:
    """Return settings of a namespace of its own, with topics."""
    settings = Settings(
        data_dir=folder / name,
        kafka=Kafka(bootstrap_servers=address, prefix=f"{name}.", partitions=4),
        worker=Worker(app_id=name, port=0),
    )
    asyncio.run(topics.create(settings))
    return settings


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float:
    """Return the most memory a process has used."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def throughput(settings: Settings, count: int, seed: int) -> tuple[float, float, float]:
    """Return articles a second, CPU microseconds an article and MiB at most, of one worker with all of it waiting."""
    produce(settings, articles(count, relevant=100, seed=seed))
    with WorkerProcess(settings, real=True) as worker:
        until(lambda: worker.state().get("status") == "running", what="the worker")
        started, used = time.monotonic(), cpu_seconds(worker.process.pid)
        behind = lag(settings, "articles")
        until(lambda: handled(settings, worker, behind), what="all of it", seconds=300)
        seconds = time.monotonic() - started
        result = behind / seconds, (cpu_seconds(worker.process.pid) - used) / behind * 1e6, peak_mib(worker.process.pid)
        assert worker.end() == 0
    return result


def handled(settings: Settings, worker: WorkerProcess, count: int) -> bool:
    """Tell whether all is done; asks rarely, and Kafka only at the end, for both take from what is measured."""
    time.sleep(0.1)
    return worker.metric("pactwatch_articles_total") >= count and idle(settings)


def latencies(settings: Settings, rate: float, seconds: float, seed: int) -> list[float]:
    """Return the milliseconds from each article that founds an agreement to its alert, at a steady rate."""
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap_servers, "linger.ms": 0})
    topic, sent = settings.kafka.topic("articles"), {}
    with WorkerProcess(settings, real=True) as worker:
        worker.ready()
        started = time.monotonic()
        for number, one in enumerate(articles(int(rate * seconds), relevant=10, seed=seed)):
            time.sleep(max(0.0, started + number / rate - time.monotonic()))
            sent[one.id] = time.time() * 1000
            producer.produce(topic, one.encode(), one.id.encode())
            producer.poll(0)
        producer.flush()
        until(lambda: idle(settings), what="all of it", seconds=60)
        assert worker.end() == 0
    return sorted(at - sent[article] for article, at in alerts(settings).items())


def alerts(settings: Settings) -> dict[str, float]:
    """Return when each article's first alert was written: milliseconds since the epoch."""
    consumer = Consumer({"bootstrap.servers": settings.kafka.bootstrap_servers, "group.id": "bench"})
    partition = TopicPartition(settings.kafka.topic("alerts"), 0, 0)
    _, end = consumer.get_watermark_offsets(partition, timeout=10)
    consumer.assign([partition])
    found: dict[str, float] = {}
    seen = 0
    while seen < end:
        for message in consumer.consume(500, timeout=1):
            seen = (message.offset() or 0) + 1
            told = Alert.decode(message.value())
            if told.article is not None:
                found.setdefault(told.article.id, message.timestamp()[1])
    consumer.close()
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    print(f"{platform.platform()}, {os.cpu_count()} cores,{cpu.partition(':')[2]}, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as name, EmbeddedBroker(Path(name) / "broker", command="bench") as broker:
        folder = Path(name)
        rounds = []
        for turn in range(given.rounds):
            rounds.append(throughput(settings_on(broker.address, folder, f"through{turn}"), given.articles, turn))
            print("{:>9,.0f} articles/s  {:5.1f} us of CPU each  {:5.0f} MiB at most".format(*rounds[-1]), flush=True)
        print(f"{statistics.median(one[0] for one in rounds):>9,.0f} articles/s, median of {given.rounds}")
        found = latencies(settings_on(broker.address, folder, "latency"), given.rate, given.seconds, 99)
        cut = statistics.quantiles(found, n=100)
        print(
            f"article -> alert at {given.rate:.0f}/s: p50 {cut[49]:.1f} ms, p99 {cut[98]:.1f} ms ({len(found)} alerts)"
        )


if __name__ == "__main__":
    main()
