"""Polling, against a server on this machine: politely, each article once, with its whole text where there is one."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web

from monitor.feeds.found import Found
from monitor.feeds.poll import JITTER, LONGEST, Poller
from monitor.feeds.seen import Seen
from monitor.models.article import Article
from monitor.settings import Feeds, Polled, Settings
from tests.cli.conftest import Run
from tests.conftest import ReadAll

PARAGRAPH = "Fiji and Norland signed an agreement on visiting forces in Suva on Thursday, officials of both said. " * 3
LIMITS = Feeds(allow_private=True, timeout=5, max_bytes=64 * 1024, host_gap=0)


@dataclass
class Site:
    """A web server whose answers a test sets."""

    base: str = ""
    pages: dict[str, str] = field(default_factory=dict)
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    """Path and headers of each request."""
    at_once: int = 0
    most_at_once: int = 0
    moments: list[float] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer a request."""
        self.asked.append((request.path_qs, dict(request.headers)))
        self.moments.append(time.monotonic())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        if request.path not in self.pages:
            return web.Response(status=404)
        if request.path.startswith("/feed"):
            if self.status != 200:
                return web.Response(status=self.status, headers=self.headers)
            if self.headers.get("ETag") and request.headers.get("If-None-Match") == self.headers["ETag"]:
                return web.Response(status=304)
            kind = "application/feed+json"
        else:
            kind = "text/html"
        return web.Response(text=self.pages[request.path], content_type=kind, headers=self.headers)

    def feed(self, path: str, *entries: dict[str, str]) -> Polled:
        """Serve a feed; addresses of entries are paths of this site."""
        items = [{**entry, "url": self.base + entry["url"]} for entry in entries]
        self.pages[path] = json.dumps({"version": "https://jsonfeed.org/version/1", "title": "Feed", "items": items})
        return Polled(url=self.base + path)

    def page(self, path: str, text: str, *, canonical: str = "") -> None:
        """Serve an article."""
        link = f'<link rel="canonical" href="{self.base}{canonical}">' if canonical else ""
        self.pages[path] = (
            f'<html lang="en"><head><title>T</title>{link}'
            '<meta property="article:published_time" content="2025-10-30T10:00:00Z"></head>'
            f"<body><article><h1>T</h1><p>{text}</p></article></body></html>"
        )


@asynccontextmanager
async def serve(site: Site) -> AsyncIterator[None]:
    """Serve a site in this event loop."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    server = web.TCPSite(runner, "127.0.0.1", 0)
    await server.start()
    site.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield
    finally:
        await runner.cleanup()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """Give a site that is served."""
    made = Site()
    async with serve(made):
        yield made


@dataclass
class World:
    """A poller with a clock that is set, and what it put."""

    poller: Poller
    put: list[Article]
    now: list[float]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a poller."""
    with make_world(tmp_path) as made:
        yield made


@contextmanager
def make_world(folder: Path, limits: Feeds = LIMITS, chance: Callable[[], float] = lambda: 0.5) -> Iterator[World]:
    """Give a poller that remembers what an earlier one in this folder did."""
    put: list[Article] = []
    now = [1_000_000.0]

    async def take(item: Found) -> None:
        assert Article.decode(item.value) == item.article
        put.append(item.article)

    with Seen(folder / "feeds.sqlite") as seen:
        yield World(Poller(limits, seen, take, clock=lambda: now[0], chance=chance), put, now)


async def test_articles_come_with_the_text_of_their_page(site: Site, world: World) -> None:
    """Text, moment and language of the page; title of the feed; the feed's own words where the page cannot be had."""
    site.page("/a", PARAGRAPH)
    feed = site.feed("/feed", {"url": "/a", "title": "A"}, {"url": "/gone", "title": "G", "content_text": "Short."})
    look = await world.poller.look(feed)
    assert (look.new, look.failed, look.faults) == (2, None, [])
    gone, whole = world.put
    assert (gone.title, gone.text, gone.published_at) == ("G", "Short.", None), "never a date that nobody stated"
    assert whole.text.startswith("Fiji and Norland signed")
    assert (whole.title, whole.language, whole.source) == ("A", "en", site.base.removeprefix("http://"))
    assert whole.published_at == datetime(2025, 10, 30, 10, tzinfo=UTC)
    assert whole.ingested_at is not None
    feed = site.feed("/feed2", {"url": "/nothing", "title": "N"})
    look = await world.poller.look(feed)
    assert look.new == 0
    assert "no text: the server answers 404" in str(look.faults[0])


async def test_a_feed_alone_is_enough_when_so_set(site: Site, world: World) -> None:
    """`full_text = false` fetches no page; publisher and language come from the settings."""
    site.page("/a", PARAGRAPH)
    url = site.feed("/feed", {"url": "/a", "title": "A", "content_text": "Short."}).url
    await world.poller.look(Polled(url=url, full_text=False, source="Wire", language="fr"))
    [article] = world.put
    assert (article.text, article.source, article.language) == ("Short.", "Wire", "fr")
    assert [path for path, _headers in site.asked] == ["/feed"]


async def test_the_same_article_from_two_feeds_comes_once(site: Site, world: World) -> None:
    """By another form of its address, or by another address of the same page; and not again after a restart."""
    site.page("/a", PARAGRAPH)
    site.page("/mirror", PARAGRAPH, canonical="/a")
    one = site.feed("/feed1", {"url": "/a?utm_source=one", "title": "A"})
    two = site.feed("/feed2", {"url": "/a?utm_source=two", "title": "Other"}, {"url": "/mirror", "title": "Mirror"})
    site.pages["/a"] = site.pages["/a"]
    looks = [await world.poller.look(feed) for feed in (one, two, one, two)]
    assert [(look.new, look.known) for look in looks] == [(1, 0), (0, 2), (0, 1), (0, 2)]
    assert len(world.put) == 1


async def test_what_was_taken_is_known_after_a_restart(site: Site, tmp_path: Path) -> None:
    """Another poller on the same folder finds nothing new, and asks no page again."""
    site.page("/a", PARAGRAPH)
    feed = site.feed("/feed", {"url": "/a", "title": "A"})
    for new in (1, 0):
        with make_world(tmp_path) as world:
            assert (await world.poller.look(feed)).new == new
    assert [path for path, _headers in site.asked].count("/a") == 1


async def test_an_edited_article_comes_again_from_its_own_feed(site: Site, world: World) -> None:
    """The publisher's change is a revision under the same id; a second feed that words it otherwise changes nothing."""
    site.page("/a", PARAGRAPH)
    own, other = site.feed("/feed1", {"url": "/a", "title": "A"}), site.feed("/feed2", {"url": "/a", "title": "B"})
    for feed in (own, other):
        await world.poller.look(feed)
    site.feed("/feed2", {"url": "/a", "title": "B again"})
    assert (await world.poller.look(other)).new == 0
    site.feed("/feed1", {"url": "/a", "title": "A, corrected"})
    assert (await world.poller.look(own)).new == 1
    first, second = world.put
    assert first.id == second.id
    assert second.title == "A, corrected"


async def test_servers_are_asked_for_changes_alone(site: Site, world: World) -> None:
    """ETag and date go back to the server, and its 304 is enough; not when what it gave could not be put."""
    site.page("/a", PARAGRAPH)
    feed = site.feed("/feed", {"url": "/a", "title": "A"})
    site.headers = {"ETag": '"v1"', "Last-Modified": "Fri, 31 Oct 2025 09:00:00 GMT"}
    assert not (await world.poller.look(feed)).unchanged
    look = await world.poller.look(feed)
    assert (look.unchanged, look.new, look.failed) == (True, 0, None)
    _path, headers = site.asked[-1]
    assert headers["If-None-Match"] == '"v1"'
    assert headers["If-Modified-Since"] == "Fri, 31 Oct 2025 09:00:00 GMT"
    assert headers["User-Agent"].startswith("pactwatch/")


async def test_a_feed_whose_articles_did_not_reach_kafka_is_asked_again_in_full(site: Site, tmp_path: Path) -> None:
    """A crash between feed and Kafka: the server is not told that we have it."""
    feed = site.feed("/feed", {"url": "/a", "title": "A", "content_text": "Short."})
    site.headers = {"ETag": '"v1"'}

    async def fail(_item: Found) -> None:
        raise RuntimeError("Kafka is away")

    with Seen(tmp_path / "feeds.sqlite") as seen, pytest.raises(RuntimeError):
        await Poller(LIMITS, seen, fail).look(feed)
    with make_world(tmp_path) as world:
        assert (await world.poller.look(feed)).new == 1


async def test_a_feed_that_fails_is_asked_more_and_more_seldom(site: Site, world: World) -> None:
    """Twice the time for each failure up to some hours; a success forgets it."""
    feed = site.feed("/feed")
    site.status = 500
    pauses = []
    for _ in range(8):
        look = await world.poller.look(feed)
        assert look.failed == "the server answers 500 Internal Server Error"
        pauses.append(world.poller.due(feed))
    assert pauses[:3] == [1200, 2400, 4800]
    assert pauses[-1] == LONGEST
    site.status = 200
    await world.poller.look(feed)
    assert world.poller.due(feed) == 600


@pytest.mark.parametrize("status", [429, 503])
async def test_a_server_that_names_a_time_is_left_alone_until_then(site: Site, world: World, status: int) -> None:
    """Retry-After in seconds or as a date; nonsense and eternities are not believed."""
    feed = site.feed("/feed")
    site.status = status
    moment = datetime.fromtimestamp(world.now[0] + 9000, UTC)
    for text, pause in (
        ("7200", 7200),
        (format_datetime(moment, usegmt=True), 9000),
        ("soon", None),
        ("9" * 30, 7 * 86400),
    ):
        site.headers = {"Retry-After": text}
        await world.poller.look(feed)
        if pause is not None:
            assert world.poller.due(feed) == max(pause, min(LONGEST, world.poller.due(feed)))
            assert world.poller.due(feed) >= pause
        else:
            assert world.poller.due(feed) <= LONGEST


async def test_a_feed_that_is_gone_is_told_so(site: Site, world: World) -> None:
    """410: for good."""
    feed = site.feed("/feed")
    site.status = 410
    assert (await world.poller.look(feed)).gone


async def test_chance_moves_the_next_look_a_little(site: Site, tmp_path: Path) -> None:
    """So that a hundred feeds are not asked in one second for ever; never by more than a tenth."""
    feed = site.feed("/feed")
    for chance, factor in ((0.0, 1 - JITTER), (1.0, 1 + JITTER)):
        with make_world(tmp_path, chance=lambda value=chance: value) as world:  # type: ignore[misc] # bound as a default
            await world.poller.look(feed)
            assert world.poller.due(feed) == pytest.approx(600 * factor)


async def test_a_host_is_asked_one_thing_at_a_time_with_pauses(site: Site, tmp_path: Path) -> None:
    """Three feeds at once and their pages: requests do not overlap, and keep their distance."""
    for name in "abc":
        site.page(f"/{name}", PARAGRAPH)
    feeds = [site.feed(f"/feed{name}", {"url": f"/{name}", "title": name}) for name in "abc"]
    with make_world(tmp_path, LIMITS.model_copy(update={"host_gap": 0.1})) as world:
        await asyncio.gather(*(world.poller.look(feed) for feed in feeds))
    assert site.most_at_once == 1
    assert len(site.moments) == 6
    assert all(later - earlier >= 0.1 for earlier, later in zip(site.moments, site.moments[1:], strict=False))


async def test_a_bad_feed_costs_itself_alone(site: Site, world: World) -> None:
    """Too large, no feed, nobody there, a private address: a failure in words."""
    site.pages["/feed"] = "{" + " " * 100_000 + "}"
    assert "more than 0 MiB" in str((await world.poller.look(Polled(url=f"{site.base}/feed"))).failed)
    site.pages["/feed"] = "<html>"
    assert "no feed" in str((await world.poller.look(Polled(url=f"{site.base}/feed"))).failed)
    assert "cannot be fetched" in str((await world.poller.look(Polled(url="http://127.0.0.1:1/"))).failed)
    closed = Poller(LIMITS.model_copy(update={"allow_private": False}), world.poller._seen, world.poller._put)
    assert "not public" in str((await closed.look(Polled(url=f"{site.base}/feed"))).failed)


def test_the_command_puts_what_is_new(run: Run, kafka_settings: Settings, read_all: ReadAll, tmp_path: Path) -> None:
    """Once, from a list of feeds, into the real broker; a second run finds nothing; a feed that fails: exit code 3."""
    site = Site()
    ready, done = threading.Event(), threading.Event()

    async def live() -> None:
        async with serve(site):
            ready.set()
            await asyncio.to_thread(done.wait)

    server = threading.Thread(target=lambda: asyncio.run(live()))
    server.start()
    try:
        ready.wait(10)
        site.page("/a", PARAGRAPH)
        feed = site.feed("/feed", {"url": "/a", "title": "A"})
        opml = tmp_path / "feeds.opml"
        opml.write_text(f'<opml><body><outline text="Example" xmlUrl="{feed.url}"/></body></opml>')
        command = ("feeds", "--once", "--allow-private", "--opml", opml)
        said = run(*command, settings=kafka_settings)
        assert said.out == "1 new articles in Kafka, from 1 feeds\n", said.err
        said = run(*command, f"{site.base}/none", "--json", settings=kafka_settings)
        assert said.code == 3
        looks = {line["feed"]: line for line in map(json.loads, said.out.splitlines())}
        assert (looks[feed.url]["new"], looks[feed.url]["known"]) == (0, 1)
        assert looks[f"{site.base}/none"]["failed"] == "the server answers 404 Not Found"
    finally:
        done.set()
        server.join()
    [message] = read_all(kafka_settings, "articles")
    article = Article.decode(message.value())
    assert (article.title, article.source, message.key().decode()) == ("A", "Example", article.id)
    said = run("feeds", settings=kafka_settings)
    assert said.code == 2
    assert "there is no feed" in said.err
