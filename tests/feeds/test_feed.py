"""Feeds and lists of feeds, good and hostile."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import ConfigurationError, InputError
from monitor.feeds.feed import parse, read_opml

URL = "https://e.example/feed"

RSS = b"""<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The Daily Example</title><language>en-GB</language>
<item><title>Pact &amp; treaty</title><link>/one?utm_source=rss</link><description>Short.</description>
<content:encoded><![CDATA[<p>First <b>bold</b> words.</p><p>Second.</p>]]></content:encoded>
<pubDate>Fri, 31 Oct 2025 09:00:00 +0800</pubDate></item>
<item><title>No link</title></item>
<item><title>Undated</title><link>https://e.example/two</link></item></channel></rss>"""

ATOM = b"""<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Atom</title>
<entry><title>One</title><link href="https://e.example/one"/><id>1</id><updated>2025-10-31T01:00:00Z</updated>
<content type="html">&lt;p&gt;Words&lt;/p&gt;</content></entry></feed>"""

JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Json",
        "language": "fr",
        "items": [
            {"id": "1", "url": "one", "title": "One", "content_html": "<p>Mots</p>", "date_published": "2025-10-31"},
            {"id": "2"},
            7,
        ],
    }
).encode()


def test_rss_is_read() -> None:
    """Relative addresses, the longest text without markup, the moment with its zone; no address, no article."""
    feed = parse(RSS, URL)
    assert feed.title == "The Daily Example"
    first, second = feed.entries
    assert (first.url, first.title) == ("https://e.example/one?utm_source=rss", "Pact & treaty")
    assert first.text == "First bold words.\nSecond."
    assert first.published_at == datetime(2025, 10, 31, 1, tzinfo=UTC)
    assert first.language == "en-GB"
    assert (second.url, second.published_at, second.text) == ("https://e.example/two", None, "")


def test_atom_and_json_feed_are_read() -> None:
    """The same fields, whatever the form."""
    [one] = parse(ATOM, URL).entries
    assert (one.url, one.text, one.published_at) == (
        "https://e.example/one",
        "Words",
        datetime(2025, 10, 31, 1, tzinfo=UTC),
    )
    [one] = parse(JSON, URL).entries
    assert (one.url, one.text, one.language) == ("https://e.example/one", "Mots", "fr")
    assert one.published_at == datetime(2025, 10, 31, tzinfo=UTC)


def test_a_digest_follows_what_is_said() -> None:
    """The same entry has the same digest, a changed one another."""
    assert parse(RSS, URL).entries[0].digest == parse(RSS, URL).entries[0].digest
    assert parse(RSS, URL).entries[0].digest != parse(RSS.replace(b"Second", b"Third"), URL).entries[0].digest


BOMB = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss version="2.0"><channel/></rss>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>moved</body></html>",
        b"{}",
        b"{",
        b'{"version": 1, "items": 2}',
        b"[" * 9999,
        b"{" * 99999,
        BOMB,
    ],
)
def test_what_is_no_feed_is_told(content: bytes) -> None:
    """A page, nothing, garbage, a bomb of entities: an error, in a moment."""
    with pytest.raises(InputError, match=r"no feed|entities"):
        parse(content, URL)


def test_entities_are_found_in_wide_characters_too() -> None:
    """A bomb in UTF-16 is one as well."""
    with pytest.raises(InputError, match="entities"):
        parse(BOMB.decode().encode("utf-16"), URL)


def test_a_list_of_feeds_is_read(tmp_path: Path) -> None:
    """Outlines at any depth; folders are passed over; what is no list is told with its name."""
    path = tmp_path / "feeds.opml"
    path.write_text(
        '<opml version="2.0"><body><outline text="News"><outline text="Example" type="rss" xmlUrl="https://e.example/f"/>'
        "</outline></body></opml>"
    )
    [feed] = read_opml(path)
    assert (feed.url, feed.source) == ("https://e.example/f", "Example")
    for wrong in ("<opml/>", "<opml", '<opml><outline xmlUrl="ftp://x"/></opml>', BOMB.decode()):
        path.write_text(wrong)
        with pytest.raises(ConfigurationError, match=r"feeds\.opml"):
            read_opml(path)
    with pytest.raises(ConfigurationError, match="No such file"):
        read_opml(tmp_path / "gone")
