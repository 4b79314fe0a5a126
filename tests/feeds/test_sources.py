"""Every kind of file: packed, foreign, damaged, hostile; read on from any item."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from monitor.errors import ConfigurationError, InputError
from monitor.feeds import unpack
from monitor.feeds.fields import named
from monitor.feeds.found import Fault, Found
from monitor.feeds.sources import Source, expand
from monitor.models.article import Article
from monitor.settings import Feeds, Fields
from tests.feeds.warcs import response

NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
LIMITS = Feeds(max_bytes=64 * 1024)


def read(path: Path, *, start: int = 0, fields: Fields | None = None) -> list[tuple[int, Found | Fault]]:
    """Read a file as of `NOW`."""
    source = Source(str(path), LIMITS, fields, clock=lambda: NOW)
    try:
        return list(source.items(start))
    finally:
        source.close()


def articles(path: Path, *, start: int = 0, fields: Fields | None = None) -> list[Article]:
    """Read a file in which all is good."""
    found = read(path, start=start, fields=fields)
    assert all(isinstance(item, Found) for _number, item in found), found
    return [item.article for _number, item in found if isinstance(item, Found)]


def lines(count: int) -> bytes:
    """Return articles as JSON lines."""
    return b"".join(b'{"id": "a%d", "text": "%d"}\n' % (number, number**7) for number in range(count))


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "gzip in two": lambda data: gzip.compress(data[:999]) + b"\0" * 50 + gzip.compress(data[999:]),
    "zstandard": zstandard.ZstdCompressor().compress,
    "zstandard in two": lambda data: b"".join(zstandard.ZstdCompressor().compress(d) for d in (data[:999], data[999:])),
}


@pytest.mark.parametrize("packer", PACKERS)
def test_packed_lines_are_read_from_any_line_on(tmp_path: Path, packer: str) -> None:
    """By the first bytes, in one piece or several; going on after item 2,500 gives the rest with its numbers."""
    path = tmp_path / "x"
    path.write_bytes(PACKERS[packer](lines(3000)))
    assert [article.id for article in articles(path)] == [f"a{number}" for number in range(3000)]
    rest = read(path, start=2500)
    assert [number for number, _item in rest] == list(range(2501, 3001))
    assert isinstance(rest[0][1], Found)
    assert rest[0][1].article.id == "a2500"


@pytest.mark.parametrize("packer", ["gzip", "zstandard"])
@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[: len(data) // 2] + b"\1" * 99])
def test_a_broken_tail_costs_the_tail_alone(tmp_path: Path, packer: str, damage: Callable[[bytes], bytes]) -> None:
    """What can be unpacked before the damage is taken; one fault says where and that the rest is lost."""
    path = tmp_path / "x"
    path.write_bytes(damage(PACKERS[packer](lines(20_000))))
    *good, (_number, last) = read(path)
    assert isinstance(last, Fault)
    assert "cannot be read further" in last.why
    assert len(good) > 2000


def test_half_a_last_line_is_a_fault_and_the_rest_is_taken(tmp_path: Path) -> None:
    """A file that somebody is still writing, or a disk that was full."""
    path = tmp_path / "x.jsonl"
    path.write_bytes(lines(3)[:-8])
    *good, (number, last) = read(path)
    assert len(good) == 2
    assert number == 3
    assert isinstance(last, Fault)
    assert f"{path}:3: not JSON" in str(last)


@pytest.mark.parametrize("packer", ["gzip", "zstandard"])
def test_a_bomb_is_read_no_further(tmp_path: Path, packer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unpacks to more than `feeds.max_ratio` times its size ends there, and what was before stays."""
    monkeypatch.setattr(unpack, "_ALWAYS", 2**20)
    path = tmp_path / "bomb"
    path.write_bytes(PACKERS[packer](lines(10) + b" " * 30 * 2**20))
    *good, (_number, last) = read(path)
    assert len(good) == 10
    assert isinstance(last, Fault)
    assert "more than 200 times its size (feeds.max_ratio)" in last.why


FOREIGN = Fields(
    id="meta.doc", title="headline", text="body", source="=The Wire", published_at="meta.when", language="lang"
)


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("2025-10-31T09:00:00+01:00", datetime(2025, 10, 31, 8, tzinfo=UTC)),
        (1761897600, datetime(2025, 10, 31, 8, tzinfo=UTC)),
        (1761897600000, datetime(2025, 10, 31, 8, tzinfo=UTC)),
    ],
)
def test_foreign_lines_are_read_by_a_table_of_fields(tmp_path: Path, when: object, moment: datetime) -> None:
    """Nested names, fixed values, numbers as ids, paragraphs, moments as text or numbers; what it lacks stays empty."""
    path = tmp_path / "x.jsonl"
    row = {"meta": {"doc": 17, "when": when}, "headline": "H", "body": ["one", "two"], "lang": None}
    path.write_text(json.dumps(row))
    [article] = articles(path, fields=FOREIGN)
    assert (article.id, article.title, article.text, article.source) == ("17", "H", "one\ntwo", "The Wire")
    assert article.published_at == moment
    assert article.language == ""


@pytest.mark.parametrize("line", ["[1]", "{", '{"meta": {"doc": 1, "when": "soon"}}', '{"headline": {"a": 1}}', "{}"])
def test_a_foreign_line_that_is_no_article_is_a_fault(tmp_path: Path, line: str) -> None:
    """Whatever it is, it costs one line."""
    path = tmp_path / "x.jsonl"
    path.write_text(f"{line}\n" + json.dumps({"meta": {"doc": "b"}}) + "\n")
    (_, bad), (_, good) = read(path, fields=FOREIGN)
    assert isinstance(bad, Fault)
    assert isinstance(good, Found)


def test_a_table_of_fields_that_is_not_there_is_named() -> None:
    """With those that are."""
    with pytest.raises(ConfigurationError, match="no table of fields 'x'; there are: wire"):
        named(Feeds(fields={"wire": FOREIGN}), "x")


def parquet(path: Path, rows: list[dict[str, Any]], **more: Any) -> Path:
    """Write a Parquet file."""
    pq.write_table(pa.Table.from_pylist(rows), path, **more)
    return path


def test_parquet_is_read_by_its_columns_from_any_row_on(tmp_path: Path) -> None:
    """Moments, days and missing values come out right; whole row groups before the start are not read."""
    rows: list[dict[str, Any]] = [
        {"id": f"a{number}", "text": "x", "published_at": NOW if number else None, "more": 1} for number in range(300)
    ]
    path = parquet(tmp_path / "x.parquet", rows, row_group_size=100)
    found = articles(path)
    assert [article.id for article in found] == [f"a{number}" for number in range(300)]
    assert (found[0].published_at, found[1].published_at) == (None, NOW)
    assert [number for number, _item in read(path, start=250)] == list(range(251, 301))
    foreign = parquet(tmp_path / "y.parquet", [{"meta": {"doc": 5, "when": date(2025, 3, 1)}, "headline": "H"}])
    assert articles(foreign, fields=FOREIGN)[0].published_at == datetime(2025, 3, 1, tzinfo=UTC)


def test_parquet_that_is_broken_or_holds_something_else(tmp_path: Path) -> None:
    """A cut file is a fault; one without a column of an article is an error that lists what it has."""
    path = parquet(tmp_path / "x.parquet", [{"id": "a"}])
    path.write_bytes(path.read_bytes()[:-20])
    [(_number, fault)] = read(path)
    assert isinstance(fault, Fault)
    assert "cannot be read further" in fault.why
    with pytest.raises(InputError, match="no column of an article; it has: price"):
        read(parquet(tmp_path / "y.parquet", [{"price": 1}]))


PAGE = (
    b"<html><head><title>Pact</title><meta property='article:published_time' content='2025-10-30T10:00:00Z'></head>"
    b"<body><article><h1>Pact</h1><p>"
    + b"Fiji and Norland signed an agreement on visiting forces in Suva on Thursday, after two years of talks. " * 4
    + b"</p></article></body></html>"
)


@pytest.mark.parametrize("packed", [False, True])
def test_a_web_archive_gives_its_pages(tmp_path: Path, packed: bool) -> None:
    """Pages that were found, packed or not; no pictures or errors; arrival is when the crawler had it, not now."""
    records = [
        response("https://e.example/1", PAGE),
        response("https://e.example/logo", b"\x89PNG", media_type="image/png"),
        response("https://e.example/gone", PAGE, status=404),
        response("https://e.example/2", gzip.compress(PAGE), encoding="gzip"),
    ]
    path = tmp_path / "x.warc"
    path.write_bytes(b"".join(gzip.compress(record) if packed else record for record in records))
    found = read(path)
    assert [number for number, _item in found] == [1, 4]
    first, second = articles(path)
    assert (first.url, second.url) == ("https://e.example/1", "https://e.example/2")
    assert first.title == "Pact"
    assert "visiting forces" in first.text
    assert first.published_at == datetime(2025, 10, 30, 10, tzinfo=UTC)
    assert first.ingested_at == datetime(2025, 10, 31, 3, 4, 5, tzinfo=UTC)
    assert [number for number, _item in read(path, start=1)] == [4]


def test_a_web_archive_with_bad_pages_and_a_broken_tail(tmp_path: Path) -> None:
    """A bomb inside, a page without text and garbage at the end are faults; the good pages are taken."""
    path = tmp_path / "x.warc"
    records = [
        response("https://e.example/bomb", gzip.compress(b"x" * 10_000_000), encoding="gzip"),
        response("https://e.example/empty", b"<html></html>"),
        response("https://e.example/1", PAGE),
    ]
    path.write_bytes(b"".join(records) + b"garbage\r\n\r\nmore garbage")
    found = read(path)
    assert [type(item) for _number, item in found] == [Fault, Fault, Found, Fault]
    told = [str(item) for _number, item in found]
    assert "https://e.example/bomb): more than 0 MiB" in told[0]
    assert "no" in told[1]
    assert "cannot be read further" in told[3]


def test_a_folder_is_all_files_of_articles_in_it(tmp_path: Path) -> None:
    """In order of their names, below it too; hidden, unfinished and other files are left out; an empty one is told."""
    (tmp_path / "b").mkdir()
    for name in ("b/1.jsonl.zst", "a.parquet", "c.warc.gz", "d.jsonl", ".e.jsonl", "f.jsonl.part", "manifest.json"):
        (tmp_path / name).write_bytes(b"")
    names = [Path(name).relative_to(tmp_path).as_posix() for name in expand([str(tmp_path)])]
    assert names == ["a.parquet", "b/1.jsonl.zst", "c.warc.gz", "d.jsonl"]
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="none holds no file of articles"):
        expand([str(tmp_path / "none")])
    assert expand(["-", "https://e.example/", "x.jsonl"]) == ["-", "https://e.example/", "x.jsonl"]
