"""Articles from web pages, served on this machine."""

from __future__ import annotations

import gzip
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.errors import InputError
from monitor.feeds import addresses, web
from monitor.feeds.addresses import is_public
from monitor.feeds.web import Page, extract, fetch_article
from monitor.settings import Feeds

NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
PUBLIC = "127.0.0.2"
"""A loopback address that the tests take for a public one."""

OPEN = Feeds(allow_private=True, timeout=5, max_bytes=64 * 1024)
CLOSED = Feeds(timeout=5, max_bytes=64 * 1024)

PARAGRAPH = (
    "Fiji and Norland signed an agreement on the status of visiting forces in Suva on Thursday, "
    "after two years of talks between the two defence ministries, officials of both countries said. "
)

NONE = "no article text|no web page"

HTML = f"""<!doctype html><html lang="en"><head>
<title>Fiji and Norland sign - The Daily Example</title>
<meta property="og:title" content="Fiji and Norland sign a forces pact">
<meta property="og:site_name" content="The Daily Example">
<link rel="canonical" href="http://localhost/world/pact?utm_source=feed">
<script type="application/ld+json">{{"@graph": [{{"@type": "WebSite", "datePublished": "2011-01-01"}},
 {{"@type": ["NewsArticle"], "datePublished": "2025-10-30T22:15:00+13:00"}}]}}</script>
</head><body><nav><a href="/">Home</a> <a href="/world">World</a></nav>
<article><h1>Fiji and Norland sign a forces pact</h1><p>{PARAGRAPH}</p><p>{PARAGRAPH.replace("Suva", "the capital")}</p>
<p>Caf\u00e9 owners near the ministry closed their street for the day, the city council said.</p></article>
<footer>Copyright 2019</footer></body></html>"""


@dataclass
class Site:
    """A small web server."""

    answers: dict[str, Callable[[http.server.BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and Host header of every request."""
    port: int = 0

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Return the address of a page."""
        return f"http://{host}:{self.port}{path}"

    def page(self, path: str, body: bytes, *, status: int = 200, **headers: str) -> None:
        """Serve a page."""
        named = {"Content-Type": "text/html", **{name.replace("_", "-"): value for name, value in headers.items()}}

        def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in named.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.answers[path] = answer


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve on all loopback addresses."""
    made = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.asked.append((self.path, self.headers["Host"]))
            made.answers[self.path](self)

        def log_message(self, *_arguments: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_arguments: object) -> None:
            """Say nothing: a client that leaves early is what some tests are about."""

    server = Server(("0.0.0.0", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Give names their addresses; each look-up of a name with several takes the next. `PUBLIC` counts as public."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *arguments: Any, **more: Any) -> Any:
        if host in known:
            host = known[host].pop(0)
        return real(host, port, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(addresses, "is_public", lambda address: address == PUBLIC or is_public(address))
    return known


async def test_an_article_comes_out_of_a_page(site: Site) -> None:
    """Title, text without navigation, site, language, the moment the page states, and its own address as id."""
    site.page("/a", HTML.encode())
    site.page("/b", HTML.encode())
    article = await fetch_article(site.url("/a", "localhost"), OPEN, now=NOW)
    assert article.title == "Fiji and Norland sign a forces pact"
    assert article.text.startswith("Fiji and Norland signed")
    assert "Home" not in article.text
    assert "Café owners" in article.text
    assert article.source == "The Daily Example"
    assert article.published_at == datetime(2025, 10, 30, 9, 15, tzinfo=UTC)
    assert article.ingested_at == NOW
    assert article.url == "https://localhost/world/pact"
    again = await fetch_article(site.url("/b", "localhost"), OPEN, now=NOW)
    assert again.id == article.id


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", None),
        (
            '<meta property="article:published_time" content="2024-03-01T10:00:00Z">',
            datetime(2024, 3, 1, 10, tzinfo=UTC),
        ),
        ('<meta name="date" content="2024-03-02">', datetime(2024, 3, 2, tzinfo=UTC)),
        ('<script type="application/ld+json">{"broken": </script>', None),
    ],
)
def test_a_date_is_what_the_page_states_and_never_now(head: str, expected: datetime | None) -> None:
    """Machine-readable dates are taken; a page without one is undated, whatever years its text names."""
    html = f"<html><head>{head}<title>t</title></head><body><article><p>{PARAGRAPH * 4}</p><p>In 2017 it had begun.</p>"
    article = extract(Page("https://e.example/x", html.encode(), "text/html", None))
    assert article.published_at == expected


def test_another_sites_canonical_address_is_not_believed() -> None:
    """A page cannot pass for an article of another publisher; a mobile or www form of its own host it can."""

    def url(canonical: str) -> str | None:
        html = f'<html><head><link rel="canonical" href="{canonical}"></head><body><article><p>{PARAGRAPH * 4}</p>'
        return extract(Page("https://m.news.example/x", html.encode(), "text/html", None)).url

    assert url("https://reuters.example/real") == "https://m.news.example/x"
    assert url("https://www.news.example/story") == "https://www.news.example/story"


@pytest.mark.parametrize(("charset", "header"), [("utf-8", None), ("iso-8859-1", "ISO-8859-1"), ("utf-16", "utf-16")])
def test_the_encoding_of_the_answer_counts(charset: str, header: str | None) -> None:
    """Bytes are read in the encoding the server names; without a name it is found out."""
    page = Page("https://e.example/x", HTML.encode(charset), "text/html", header)
    assert "Café owners" in extract(page).text


async def test_private_addresses_are_refused(site: Site) -> None:
    """Loopback by number or by name is refused before a request is made, with the setting that allows it."""
    site.page("/", HTML.encode())
    for host in ("127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"):
        with pytest.raises(InputError, match="not public") as raised:
            await fetch_article(site.url("/", host), CLOSED, now=NOW)
        assert "allow_private" in str(raised.value.hint)
    assert site.asked == []


@pytest.mark.parametrize("target", ["http://127.0.0.1:{port}/inner", "http://inner.example:{port}/inner"])
async def test_private_addresses_are_refused_behind_redirects_and_names(
    site: Site, names: dict[str, list[str]], target: str
) -> None:
    """A public page that redirects inwards, by number or by a name, is not followed."""
    names["inner.example"] = ["10.0.0.5"]
    site.page("/", b"", status=302, Location=target.format(port=site.port))
    site.page("/inner", HTML.encode())
    with pytest.raises(InputError, match="not public"):
        await fetch_article(site.url("/", PUBLIC), CLOSED, now=NOW)
    assert [path for path, _host in site.asked] == ["/"]


async def test_the_address_that_was_checked_is_the_one_connected_to(site: Site, names: dict[str, list[str]]) -> None:
    """A name that would give an inner address at a second look-up is looked up once; the server still sees the name."""
    names["turning.example"] = [PUBLIC, "127.0.0.1"]
    site.page("/", HTML.encode())
    article = await fetch_article(site.url("/", "turning.example"), CLOSED, now=NOW)
    assert article.text
    assert names["turning.example"] == ["127.0.0.1"]
    assert site.asked == [("/", f"turning.example:{site.port}")]


async def test_redirects_are_followed_and_counted(site: Site) -> None:
    """Relative redirects lead on; a circle ends after a few."""
    site.page("/a", b"", status=301, Location="b?x=1")
    site.page("/b?x=1", HTML.encode())
    site.page("/circle", b"", status=302, Location="/circle")
    assert (await fetch_article(site.url("/a"), OPEN, now=NOW)).text
    with pytest.raises(InputError, match="more than 5 redirects"):
        await fetch_article(site.url("/circle"), OPEN, now=NOW)
    for elsewhere in ("file:///etc/passwd", "ftp://127.0.0.1/x", "http://"):
        site.page("/out", b"", status=302, Location=elsewhere)
        with pytest.raises(InputError):
            await fetch_article(site.url("/out"), OPEN, now=NOW)


async def test_size_is_limited_as_unpacked(site: Site) -> None:
    """A small packed answer that unpacks to more than the limit is cut off."""
    site.page("/", gzip.compress(b"x" * 20_000_000), Content_Encoding="gzip")
    with pytest.raises(InputError, match="more than 0 MiB"):
        await fetch_article(site.url("/"), OPEN, now=NOW)


async def test_an_endless_answer_ends_with_the_time(site: Site) -> None:
    """A server that sends a byte now and then cannot hold us longer than the time limit."""
    stop = threading.Event()

    def drip(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not stop.wait(0.05):
            handler.wfile.write(b"x")

    site.answers["/"] = drip
    with pytest.raises(InputError, match="no page within 1 s"):
        await fetch_article(site.url("/"), Feeds(allow_private=True, timeout=0.6), now=NOW)
    stop.set()


@pytest.mark.parametrize(
    ("status", "content", "body", "why"),
    [
        (404, "text/html", HTML.encode(), "404 Not Found"),
        (200, "application/pdf", b"%PDF", "application/pdf is no web page"),
        (200, "text/html", b"<html><body></body></html>", "no article text"),
        (200, "text/html", b"", NONE),
        (200, "text/html; charset=nonsense", b"\xff\xfe\x00<<<<&&&&", NONE),
        (200, "text/html", b"<div>" * 5000, NONE),
    ],
)
async def test_what_is_no_article_is_told(site: Site, status: int, content: str, body: bytes, why: str) -> None:
    """An error page, another kind of file, an empty page, garbage: an error in words, no crash, no empty article."""
    site.page("/", body, status=status, Content_Type=content)
    with pytest.raises(InputError, match=why):
        await fetch_article(site.url("/"), OPEN, now=NOW)


async def test_nobody_there() -> None:
    """A closed port and an unknown name are told as such."""
    with pytest.raises(InputError, match="cannot be fetched"):
        await fetch_article("http://127.0.0.1:1/", OPEN, now=NOW)
    with pytest.raises(InputError, match=r"nowhere\.invalid is not known"):
        await fetch_article("http://nowhere.invalid/", OPEN, now=NOW)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("10.1.2.3", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("192.0.2.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fd00::1", False),
        ("fe80::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("2002:0a00:0001::", False),
        ("ff02::1", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    """Private, shared, link-local (cloud metadata), documentation, multicast, and any of them in IPv6: not public."""
    assert is_public(address) is public


def test_plain_text_is_taken_too() -> None:
    """A text/plain answer is the article's text."""
    article = web.extract(Page("https://e.example/x.txt", "Grüße".encode("latin-1"), "text/plain", "latin-1"))
    assert article.text == "Grüße"
