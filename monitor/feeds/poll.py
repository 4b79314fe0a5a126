"""Polls feeds: asks politely, takes each article once, and gives the whole text where it can be had."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import monitor
from monitor.errors import InputError
from monitor.feeds.feed import MEDIA_TYPES, Entry, Feed, parse
from monitor.feeds.files import now
from monitor.feeds.found import Fault, Found, arrive, found
from monitor.feeds.identity import article_id, canonical_url
from monitor.feeds.seen import Seen, State
from monitor.feeds.web import fetch_article, get, primary
from monitor.models.article import Article
from monitor.settings import Feeds, Polled

JITTER = 0.1
"""Part of the time between two looks that chance adds or takes: feeds of one host are not asked all at once."""

LONGEST = 6 * 3600.0
"""Seconds between two looks at a feed that fails, at most."""

_PATIENCE = 7 * 86400.0
"""Seconds that a server may ask us to stay away."""

_HEADERS = {
    "User-Agent": f"pactwatch/{monitor.__version__}",
    "Accept": "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, */*;q=0.1",
    "Accept-Encoding": "gzip",
}


class Hosts:
    """Lets one request at a time to a host, with a pause before the next."""

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._free: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, url: str) -> AsyncIterator[None]:
        """Wait until the host of an address may be asked, and hold it while it is."""
        host = (urlsplit(url).hostname or "").lower()
        async with self._locks[host]:
            await asyncio.sleep(max(0.0, self._free.get(host, 0.0) - time.monotonic()))
            try:
                yield
            finally:
                self._free[host] = time.monotonic() + self._gap


@dataclass
class Look:
    """What one look at a feed gave."""

    new: int = 0
    known: int = 0
    faults: list[Fault] = field(default_factory=list)
    unchanged: bool = False
    """The server said that nothing is new."""
    failed: str | None = None
    gone: bool = False
    """For good: it is not asked again in this run."""


class Poller:
    """Looks at feeds.

    Args:
        limits: of time, size and politeness.
        seen: what was taken before.
        put: puts an article into Kafka; returns when it stands there.
        clock: seconds since 1970.
        chance: 0 to 1.

    """

    def __init__(
        self,
        limits: Feeds,
        seen: Seen,
        put: Callable[[Found], Awaitable[None]],
        *,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._limits = limits
        self._seen = seen
        self._put = put
        self._clock = clock
        self._chance = chance
        self._hosts = Hosts(limits.host_gap)

    def due(self, feed: Polled) -> float:
        """Return the seconds until a feed is to be looked at again."""
        return max(0.0, self._seen.state(feed.url).due - self._clock())

    async def look(self, feed: Polled) -> Look:
        """Look at a feed and put what is new; whatever is wrong with it is in the result."""
        state = self._seen.state(feed.url)
        look = Look()
        pause = feed.every
        try:
            read, pause = await self._ask(feed, state, look)
        except InputError as error:
            look.failed = str(error)
        else:
            if read is not None:
                await self._take(feed, read, look)
        if look.failed is None:
            state.failures = 0
        else:
            state.failures += 1
            pause = max(pause, min(LONGEST, feed.every * 2.0**state.failures))
        state.due = self._clock() + pause * (1 + JITTER * (2 * self._chance() - 1))
        # Only now: after a crash in the middle the server must not say that nothing has changed.
        self._seen.keep(feed.url, state)
        return look

    async def _ask(self, feed: Polled, state: State, look: Look) -> tuple[Feed | None, float]:
        """Fetch a feed if it has changed; return it and the seconds until the next look."""
        headers = dict(_HEADERS)
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.modified:
            headers["If-Modified-Since"] = state.modified
        async with self._hosts.turn(feed.url):
            answer = await get(feed.url, self._limits, wanted=MEDIA_TYPES, headers=headers)
        if answer.status == 304:
            look.unchanged = True
            return None, feed.every
        if answer.status != 200:
            look.failed = f"the server answers {answer.said}"
            look.gone = answer.status == 410
            return None, max(feed.every, self._asked(answer.headers.get("retry-after")))
        read = await asyncio.to_thread(parse, answer.content, answer.url)
        state.etag, state.modified = answer.headers.get("etag"), answer.headers.get("last-modified")
        return read, feed.every

    def _asked(self, retry_after: str | None) -> float:
        """Return the seconds a server asks us to stay away; it gives them, or a date."""
        text = (retry_after or "").strip()
        if text.isdecimal():
            return min(float(text), _PATIENCE)
        try:
            moment: datetime = parsedate_to_datetime(text)
            return min(max(0.0, moment.timestamp() - self._clock()), _PATIENCE)
        except (ValueError, TypeError, OverflowError):
            return 0.0

    async def _take(self, feed: Polled, read: Feed, look: Look) -> None:
        """Put the new entries, oldest first, and remember each when it stands in Kafka."""
        still: list[str] = []
        for entry in reversed(read.entries):
            entry_id = article_id(entry.url)
            still.append(entry_id)
            if not self._seen.is_new(feed.url, entry_id, entry.digest):
                look.known += 1
                self._seen.leave(feed.url, entry_id)
                continue
            try:
                article = await self._article(feed, read, entry)
                if not self._seen.gave(feed.url, entry_id) and self._seen.has(article.id):
                    # Another feed has led to the same page by another address.
                    look.known += 1
                    self._seen.leave(feed.url, entry_id)
                    continue
                await self._put(found(article))
            except InputError as error:
                look.faults.append(Fault(entry.url, str(error)))
                continue
            look.new += 1
            self._seen.take(feed.url, entry_id, entry.digest, article.id)
        self._seen.refresh(feed.url, still)

    async def _article(self, feed: Polled, read: Feed, entry: Entry) -> Article:
        """Return the whole article; what the feed has of it where its page gives no more.

        Raises:
            InputError: neither has a text.

        """
        page: Article | None = None
        why = ""
        if feed.full_text:
            try:
                async with self._hosts.turn(entry.url):
                    page = await fetch_article(entry.url, self._limits, now=now())
            except InputError as error:
                why = f": {error}"
        text = max(page.text if page else "", entry.text, key=len)
        if not text:
            raise InputError(f"no text{why}")
        url = page.url if page and page.url else canonical_url(entry.url)
        article = Article(
            id=page.id if page else article_id(url),
            url=url,
            title=entry.title or (page.title if page else ""),
            text=text,
            source=feed.source or (page.source if page else "") or read.title,
            language=(page.language if page else "") or primary(entry.language or feed.language),
            published_at=(page.published_at if page else None) or entry.published_at,
        )
        return arrive(article, now())
