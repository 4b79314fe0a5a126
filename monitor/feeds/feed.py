"""Reads feeds: RSS and Atom, JSON Feed, and the lists of feeds (OPML) that readers exchange."""

from __future__ import annotations

import calendar
import hashlib
import io
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import feedparser
import trafilatura
from pydantic import ValidationError

from monitor.errors import ConfigurationError, InputError
from monitor.settings import Polled

MEDIA_TYPES = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
    "application/feed+json",
    "application/json",
    "text/html",  # many a server says so of its feed
    "text/plain",
    "application/octet-stream",
)

_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
"""An entity that a document defines itself: no feed needs one, and a bomb is made of them."""

_MOST = 500
"""Entries of a feed that are looked at: the newest stand first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article as a feed shows it."""

    url: str
    title: str
    text: str
    """All the feed has of it, without markup."""
    published_at: datetime | None
    language: str

    @property
    def digest(self) -> str:
        """Changes when the publisher changes the entry."""
        parts = (self.title, self.text, self.published_at.isoformat() if self.published_at else "")
        return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed holds."""

    title: str
    entries: tuple[Entry, ...]


def parse(content: bytes, url: str) -> Feed:
    """Read a feed.

    Args:
        content: of RSS, Atom or JSON Feed.
        url: where it is from: what relative addresses begin with.

    Raises:
        InputError: it is no feed.

    """
    if content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        return _from_json(content, url)
    if _ENTITY.search(content.replace(b"\0", b"")):
        raise InputError("it defines entities of its own, and is not read")
    read: Any = feedparser.parse(io.BytesIO(content), response_headers={"content-location": url})
    if not read.get("version"):
        raise InputError("no feed: neither RSS nor Atom nor JSON Feed")
    language = str(read.feed.get("language") or "")
    entries = []
    for item in read.entries[:_MOST]:
        link = urljoin(url, str(item.get("link") or ""))
        if not item.get("link") or not link.startswith(("http://", "https://")):
            continue
        bodies = [str(part.get("value") or "") for part in item.get("content") or ()]
        body = max([*bodies, str(item.get("summary") or "")], key=len)
        moment = item.get("published_parsed") or item.get("updated_parsed")
        entries.append(
            Entry(link, _plain(str(item.get("title") or "")), _plain(body), _moment(moment), language.strip())
        )
    return Feed(_plain(str(read.feed.get("title") or "")), tuple(entries))


def _from_json(content: bytes, url: str) -> Feed:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"no feed: {error}") from None
    if "jsonfeed.org" not in str(read.get("version")) or not isinstance(read.get("items"), list):
        raise InputError("no feed: a JSON object that is no JSON Feed")
    entries = []
    for item in read["items"][:_MOST]:
        link = item.get("url") or item.get("external_url") if isinstance(item, dict) else None
        if not isinstance(link, str) or not urljoin(url, link).startswith(("http://", "https://")):
            continue
        text = item.get("content_text") or _plain(str(item.get("content_html") or item.get("summary") or ""))
        language = str(item.get("language") or read.get("language") or "")
        published = _iso(item.get("date_published"))
        entries.append(Entry(urljoin(url, link), str(item.get("title") or ""), str(text), published, language))
    return Feed(str(read.get("title") or ""), tuple(entries))


def _plain(html: str) -> str:
    """Return a text without markup."""
    if "<" not in html and "&" not in html:
        return html.strip()
    tree = trafilatura.load_html(f"<html><body><div>{html}</div></body></html>")
    if tree is None:
        return html.strip()
    for block in tree.iter("p", "br", "div", "li", "h1", "h2", "h3", "blockquote"):
        block.tail = f"\n{block.tail or ''}"
    text = "".join(tree.itertext())
    return re.sub(r"\s*\n\s*", "\n", text).strip()


def _moment(parsed: Any) -> datetime | None:
    """Return feedparser's moment, which is in UTC."""
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), UTC) if parsed else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _iso(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def read_opml(path: Path) -> list[Polled]:
    """Read a list of feeds.

    Raises:
        ConfigurationError: it cannot be read, or holds no feed.

    """
    try:
        content = path.read_bytes()
        if _ENTITY.search(content.replace(b"\0", b"")):
            raise ConfigurationError(f"{path} defines entities of its own, and is not read")
        root = ET.fromstring(content)  # noqa: S314 - without entities of its own it cannot grow
        found = [
            Polled(url=outline.attrib["xmlUrl"].strip(), source=outline.get("title") or outline.get("text") or "")
            for outline in root.iter("outline")
            if outline.get("xmlUrl")
        ]
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except (ET.ParseError, ValidationError) as error:
        raise ConfigurationError(f"{path}: {str(error).splitlines()[0]}") from None
    if not found:
        raise ConfigurationError(f"{path} names no feed", hint="an OPML file has outlines with xmlUrl")
    return found
