"""The dashboard under load, ``python -m tests.bench.dashboard``: says what is wanted and what it got, fails on less.

20,000 dossiers and 50,000 actors stand in the topics, 200 articles a second come in, 50 pages are open: how long a
first view and a filter take in a browser, what the API takes, how much memory the server, and how much slower a worker
with a backlog is than without the dashboard, in turns.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from confluent_kafka import Producer
from playwright.async_api import async_playwright

from monitor.kafka.broker import EmbeddedBroker
from monitor.models.actor import Actor
from monitor.models.agreement import Agreement
from monitor.settings import Settings
from tests.agents.harness import WorkerProcess
from tests.bench.worker import articles, settings_on, throughput
from tests.waiting import until
from tests.web.conftest import process
from tests.web.open_pages import open_pages
from tests.web.seeding import made
from tests.web.test_browser import FLAGS

QUESTIONS = (
    "overview",
    "agreements",
    "agreements?text=norway%20defence",
    "agreements?party=IND&sort=-articles&offset=5000",
    "agreements?status=signed&confirmed=true&sort=title",
    "actors?window=30d",
    "actors?window=24h&kind=person&text=singh",
    "pairs?window=365d",
    "network",
    "subjects?grain=week",
)
"""What is asked of the API, each five times."""

VIEWS = ("/", "/agreements", "/actors")

PAGES = 50
"""That are open."""

RATE = 200.0
"""Articles a second."""

BACKLOG, ROUNDS = 60_000, 2
"""Articles that a worker works off, and how often in each of two ways."""

COUNT = ".pw-export [role=status]"
"""Where a table says how many rows pass."""


def copies(topic: str, count: int) -> Iterable[tuple[str, bytes]]:
    """Give the archive's dossiers or actors over and over under other keys, each a little later than the last."""
    records = made().records[topic]
    now = datetime.now(UTC)
    for number in range(count):
        _, value = records[number % len(records)]
        if topic == "agreements":
            agreement = Agreement.decode(value)
            shown = agreement.snapshot
            moved = shown and shown.model_copy(update={"updated_at": now - timedelta(minutes=number)})
            copy: Agreement | Actor = agreement.model_copy(update={"id": f"{number:016x}", "snapshot": moved})
            yield f"{number:016x}", copy.encode()
        else:
            actor = Actor.decode(value)
            yield f"{actor.key}-{number}", actor.model_copy(update={"key": f"{actor.key}-{number}"}).encode()


def fill(settings: Settings, topic: str, count: int) -> None:
    """Write them."""
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap_servers, "linger.ms": 20})
    for number, (key, value) in enumerate(copies(topic, count)):
        producer.produce(settings.kafka.topic(topic), value, key)
        if number % 1000 == 0:
            producer.flush()
    producer.flush()


def api_times(address: str) -> None:
    """Print how long each question takes, as the median of five."""
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        for path in (*(f"/api/v1/{question}" for question in QUESTIONS), *VIEWS):
            times = []
            for _ in range(5):
                begin = time.perf_counter()
                answer = client.get(path)
                times.append(time.perf_counter() - begin)
                assert answer.status_code == 200, answer.text
            median = statistics.median(times)
            print(f"  {path:62} {1000 * median:7.0f} ms  {len(answer.content) / 1000:7.1f} kB")


async def browser_times(address: str) -> tuple[float, float]:
    """Return the seconds from address to a first view that is drawn and live, and from a key to narrowed rows."""
    async with async_playwright() as playing:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        started = await playing.chromium.launch(executable_path=found, args=list(FLAGS))
        views, filters = [], []
        for path, label in (("/", ""), ("/agreements", "Names, places, people"), ("/actors", "Name or key")):
            for word in ("norway", "india", "united"):
                context = await started.new_context()
                page = await context.new_page()
                begin = time.perf_counter()
                await page.goto(f"{address}{path}")
                await page.locator(".pw-asof", has_text="live").wait_for()
                views.append(time.perf_counter() - begin)
                if label:
                    before = await page.locator(COUNT).inner_text()
                    begin = time.perf_counter()
                    await page.get_by_label(label).fill(word)
                    changed = "([place, before]) => document.querySelector(place).innerText !== before"
                    await page.wait_for_function(changed, arg=[COUNT, before])
                    filters.append(time.perf_counter() - begin)
                await context.close()
        await started.close()
    print("  first views:", " ".join(f"{1000 * one:.0f}" for one in views), "ms")
    print("  filters:    ", " ".join(f"{1000 * one:.0f}" for one in filters), "ms")
    return statistics.median(views), statistics.median(filters)


@contextmanager
def arriving(settings: Settings, rate: float) -> Iterator[None]:
    """Let so many articles a second come in, from a thread."""
    stop = threading.Event()
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap_servers, "linger.ms": 20})
    topic = settings.kafka.topic("articles")

    def send() -> None:
        started = time.monotonic()
        for number, one in enumerate(articles(10_000_000, relevant=100, seed=int(time.time()))):
            if stop.wait(max(0.0, started + number / rate - time.monotonic())):
                break
            producer.produce(topic, one.encode(), one.id.encode())
            producer.poll(0)
        producer.flush()

    sending = threading.Thread(target=send)
    sending.start()
    try:
        yield
    finally:
        stop.set()
        sending.join()


def own(address: str, name: str) -> float:
    """Return one of the dashboard's own metrics."""
    text = httpx.get(f"{address}/metrics", trust_env=False, timeout=20).text
    return next(float(line.split()[1]) for line in text.splitlines() if line.startswith(f"{name} "))


def ready(address: str) -> None:
    """Wait until the dashboard has read everything."""
    until(lambda: httpx.get(f"{address}/ready", trust_env=False).status_code == 200, what="all read", seconds=180)


async def under_load(settings: Settings, address: str) -> tuple[float, float, float, float, float]:
    """Return first view and filter in seconds, memory in MB, the dashboard's share of a core, and articles a second."""
    with WorkerProcess(settings, real=True) as worker:
        await asyncio.to_thread(worker.ready)
        with arriving(settings, RATE):
            async with open_pages(address, PAGES) as updates:
                assert await asyncio.to_thread(own, address, "pactwatch_web_browsers") == PAGES
                began, done = time.monotonic(), worker.metric("pactwatch_articles_total")
                used = await asyncio.to_thread(own, address, "process_cpu_seconds_total")
                await asyncio.sleep(10)
                seconds = time.monotonic() - began
                share = (await asyncio.to_thread(own, address, "process_cpu_seconds_total") - used) / seconds
                rate = (worker.metric("pactwatch_articles_total") - done) / seconds
                view, narrowed = await browser_times(address)
                memory = await asyncio.to_thread(own, address, "process_resident_memory_bytes") / 1e6
                print(f"  {sum(updates):,} updates went to {PAGES} pages")
        worker.end()
    return view, narrowed, memory, share, rate


def worker_rates(settings: Settings) -> tuple[list[float], list[float]]:
    """Return the articles a second of a worker with a backlog, without the dashboard and with it, in turns."""
    alone, beside = [], []
    for turn in range(ROUNDS):
        alone.append(throughput(settings, BACKLOG, 2 * turn)[0])
        with process(settings) as address:
            ready(address)

            async def look(address: str = address, turn: int = turn) -> float:
                async with open_pages(address, PAGES):
                    return (await asyncio.to_thread(throughput, settings, BACKLOG, 2 * turn + 1))[0]

            beside.append(asyncio.run(look()))
        print(f"  worker alone {alone[-1]:,.0f}/s, beside dashboard and pages {beside[-1]:,.0f}/s", flush=True)
    return alone, beside


def main() -> int:
    """Fill a broker, measure, and compare with what is wanted; return 1 when something is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=20_000)
    parser.add_argument("--actors", type=int, default=50_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, EmbeddedBroker(Path(folder), command="bench") as broker:
        settings = settings_on(broker.address, Path(folder), "dash")
        settings.data_dir.mkdir(exist_ok=True)
        fill(settings, "agreements", given.dossiers)
        fill(settings, "actors", given.actors)
        with process(settings) as address:
            began = time.monotonic()
            ready(address)
            print(f"{given.dossiers:,} dossiers and {given.actors:,} actors read in {time.monotonic() - began:.1f} s")
            api_times(address)
            view, narrowed, memory, share, rate = asyncio.run(under_load(settings, address))
        alone, beside = worker_rates(settings)
    slower = 1 - statistics.median(beside) / statistics.median(alone)
    print(f"worker at {RATE:.0f}/s beside {PAGES} pages: {rate:.0f}/s; the dashboard takes {share:.0%} of a core")
    wanted = (
        ("first view", view, 1.5, "s"),
        ("a filter, from key to rows", narrowed, 0.3, "s"),
        ("memory of the server", memory, 600.0, "MB"),
        ("worker with a backlog slower by", 100 * slower, 5.0, "%"),
    )
    for name, got, most, unit in wanted:
        print(f"{'ok    ' if got < most else 'MISSED'} {name}: wanted under {most:g} {unit}, got {got:.2f} {unit}")
    return int(any(got >= most for _, got, most, _ in wanted))


if __name__ == "__main__":
    sys.exit(main())
