"""An article from a web page."""

from __future__ import annotations

import asyncio
import codecs
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import trafilatura

import monitor
from monitor.errors import InputError
from monitor.feeds.addresses import resolve
from monitor.feeds.found import arrive
from monitor.feeds.identity import article_id, canonical_url
from monitor.models.article import Article
from monitor.settings import Feeds

_REDIRECTS = 5
HTML = ("text/html", "application/xhtml+xml")
_HEADERS = {
    "User-Agent": f"pactwatch/{monitor.__version__}",
    "Accept": "text/html,application/xhtml+xml,text/plain;q=0.5",
    "Accept-Encoding": "gzip",
}


@dataclass(frozen=True, slots=True)
class Page:
    """What an address gave."""

    url: str
    """Where the redirects led."""
    content: bytes
    media_type: str
    charset: str | None


async def fetch_article(url: str, limits: Feeds, *, now: datetime) -> Article:
    """Fetch a page and take the article out of it.

    Raises:
        InputError: it cannot or may not be fetched, or holds no article.

    """
    page = await fetch(url, limits)
    # The page comes from anywhere and parsing it takes processor time: not in the event loop.
    return arrive(await asyncio.to_thread(extract, page), now)


async def fetch(url: str, limits: Feeds) -> Page:
    """Fetch a page, looking at every address on the way before anything is sent to it.

    Raises:
        InputError: no web address, not public, no answer in time, no page, too large.

    """
    answer = await get(url, limits, wanted=(*HTML, "text/plain"), headers=_HEADERS)
    if answer.status != httpx.codes.OK:
        raise InputError(f"the server answers {answer.said}")
    return Page(answer.url, answer.content, answer.media_type, answer.charset)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, after redirects; ``content`` is empty where there is none or the status is not 200."""

    url: str
    status: int
    said: str
    """Status and reason, for people."""
    headers: httpx.Headers
    content: bytes
    media_type: str
    charset: str | None


async def get(url: str, limits: Feeds, *, wanted: tuple[str, ...], headers: Mapping[str, str]) -> Answer:
    """Ask for an address, looking at every address on the way before anything is sent to it.

    Args:
        url: where to begin.
        limits: of time and size.
        wanted: media types that are read; others are refused before they are.
        headers: of the request.

    Raises:
        InputError: no web address, not public, no answer in time, another media type, too large.

    """
    try:
        async with (
            asyncio.timeout(limits.timeout),
            httpx.AsyncClient(trust_env=False, timeout=limits.timeout) as client,
        ):
            for _ in range(_REDIRECTS + 1):
                answer = await _step(client, url, limits, wanted, headers)
                if isinstance(answer, Answer):
                    return answer
                url = answer
    except TimeoutError:
        raise InputError(f"no page within {limits.timeout:.0f} s", hint="try later, or raise feeds.timeout") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise InputError(f"cannot be fetched: {str(error) or type(error).__name__}") from None
    raise InputError(f"more than {_REDIRECTS} redirects")


async def _step(
    client: httpx.AsyncClient, url: str, limits: Feeds, wanted: tuple[str, ...], headers: Mapping[str, str]
) -> Answer | str:
    """Make one request; return the answer, or the address it redirects to."""
    target = httpx.URL(url)
    if target.scheme not in ("http", "https") or not target.host:
        raise InputError(f"{url} is no web address", hint="it has to begin with http:// or https://")
    port = target.port or (443 if target.scheme == "https" else 80)
    address = await resolve(target.host, port, allow_private=limits.allow_private)
    request = client.build_request(
        "GET",
        target.copy_with(host=address),
        headers={**headers, "Host": target.netloc.decode("ascii").rpartition("@")[2]},
        extensions={"sni_hostname": target.raw_host.decode("ascii")},
    )
    response = await client.send(request, stream=True)
    try:
        if response.has_redirect_location:
            return urljoin(url, response.headers["location"])
        media_type = response.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
        content = b""
        if response.status_code == httpx.codes.OK:
            if media_type not in wanted:
                raise InputError(f"{media_type} is no {'web page' if 'text/html' in wanted else 'feed'}")
            content = await _body(response, limits.max_bytes)
        said = f"{response.status_code} {response.reason_phrase}".rstrip()
        charset = response.charset_encoding
        return Answer(url, response.status_code, said, response.headers, content, media_type, charset)
    finally:
        await response.aclose()


async def _body(response: httpx.Response, limit: int) -> bytes:
    body = bytearray()
    async for part in response.aiter_bytes(64 * 1024):  # unpacked: a small answer can hold a huge page
        body += part
        if len(body) > limit:
            raise InputError(f"more than {limit / 2**20:.0f} MiB", hint="feeds.max_bytes sets the limit")
    return bytes(body)


def extract(page: Page) -> Article:
    """Take the article out of a page: title, text, canonical address, publication date where the page gives it.

    Raises:
        InputError: there is no text in it.

    """
    if page.media_type == "text/plain":
        text = page.content.decode(_known(page.charset) or "utf-8", "replace")
        return Article(id=article_id(page.url), text=text, url=page.url, source=_host(page.url))
    content: bytes | str = page.content
    if codec := _known(page.charset):
        content = page.content.decode(codec, "replace")
    tree = trafilatura.load_html(content)
    if tree is None:
        raise InputError("no web page: its HTML cannot be read")
    published = _published(tree)
    language = str(tree.get("lang") or "")
    parts: Any = trafilatura.bare_extraction(
        tree,
        url=page.url,
        with_metadata=True,
        include_comments=False,
        include_tables=False,
        # A date is taken from where a page states it; guessing from any date in the text would invent news.
        date_extraction_params={"extensive_search": False, "original_date": True},
    )
    text = (parts.text or "").strip() if parts is not None else ""
    if not text:
        raise InputError("no article text found", hint="the page may need a browser or a subscription")
    title = (parts.title or "").strip()
    url = _own_address(parts.url, page.url)
    return Article(
        id=article_id(url),
        title=title,
        text=text.removeprefix(f"{title}\n"),  # the headline stands above the text of most pages
        url=url,
        source=(parts.sitename or _host(page.url)).strip(),
        language=primary(parts.language or language),
        published_at=published or _moment(parts.date),
    )


def primary(language: str) -> str:
    """Return the language itself, without country or script: ``en`` for ``en-GB``."""
    return re.split(r"[-_]", language.strip(), maxsplit=1)[0].lower()


def _own_address(stated: str | None, fetched: str) -> str:
    """Return the address a page states as its own, unless it is another site's: that might be anybody's article."""
    if stated and urlsplit(stated).scheme in ("http", "https") and _site(stated) == _site(fetched):
        return canonical_url(stated)
    return canonical_url(fetched)


def _site(url: str) -> str:
    return re.sub(r"^(?:www|m|amp|mobile|edition)\.", "", _host(url))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _published(tree: Any) -> datetime | None:
    """Return the moment of publication that the page states for machines; trafilatura gives the day alone."""
    for stated in (*_structured(tree), *tree.xpath("//meta[@property='article:published_time']/@content")):
        if found := _moment(str(stated)):
            return found
    return None


def _structured(tree: Any) -> Iterator[str]:
    for script in tree.xpath("//script[@type='application/ld+json']/text()"):
        try:
            yield from _dates(json.loads(script))
        except (ValueError, RecursionError):
            continue


def _dates(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _dates(item)
    elif isinstance(value, dict):
        kinds = value.get("@type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if any(isinstance(kind, str) and kind.endswith("Article") for kind in kinds):
            stated = value.get("datePublished")
            if isinstance(stated, str):
                yield stated
        yield from _dates(value.get("@graph"))


def _moment(text: str | None) -> datetime | None:
    try:
        value = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _known(charset: str | None) -> str | None:
    try:
        return codecs.lookup(charset).name if charset else None
    except LookupError:
        return None
