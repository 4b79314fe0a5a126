"""Articles from files, good and bad."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import ConfigurationError, InputError
from monitor.feeds.files import Head, from_line, moment, numbered, read_text
from monitor.feeds.found import Fault, Found, found, from_json, glance
from monitor.feeds.unpack import Lines, open_file
from monitor.models.article import MAX_BYTES, Article

NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)


def read(content: bytes) -> list[Found | Fault]:
    """Read lines as of `NOW`."""
    return read_stream("file", io.BytesIO(content))


def read_stream(name: str, stream: Lines) -> list[Found | Fault]:
    """Read what a stream holds."""
    return [
        from_line(name, number, line, NOW) if isinstance(line, bytes) else line
        for number, line in numbered(name, stream)
    ]


def one(content: bytes) -> Article:
    """Read the only line, which is good."""
    [item] = read(content)
    assert isinstance(item, Found), item
    assert Article.decode(item.value) == item.article
    return item.article


def fault(content: bytes) -> str:
    """Read the only line, which is bad."""
    [item] = read(content)
    assert isinstance(item, Fault), item
    return str(item)


def test_an_article_is_taken_as_it_is_and_its_arrival_noted() -> None:
    """Every field stays; `ingested_at` is set to the moment of reading."""
    line = {"id": "a", "title": "T", "text": "x\u0000y", "url": "https://e.example/1", "published_at": "2025-10-31"}
    article = one(json.dumps(line).encode())
    assert (article.id, article.title, article.text, article.url) == ("a", "T", "x\u0000y", "https://e.example/1")
    assert article.published_at == datetime(2025, 10, 31, tzinfo=UTC)
    assert article.ingested_at == NOW


def test_an_earlier_arrival_is_kept_and_a_future_one_is_not() -> None:
    """An archive's own arrival time is history; one in the future is nonsense."""
    assert one(b'{"id": "a", "ingested_at": "2020-01-01T00:00:00Z"}').ingested_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert one(b'{"id": "a", "ingested_at": "2031-01-01T00:00:00Z"}').ingested_at == NOW


def test_a_missing_id_comes_from_the_address() -> None:
    """Two forms of one address give one id; without address the text gives it; with neither it is a fault."""
    first = one(b'{"url": "https://e.example/1?utm_source=x", "text": "before the edit"}')
    second = one(b'{"id": null, "url": "http://E.example/1/", "text": "after the edit"}')
    assert first.id == second.id
    assert one(b'{"text": "words"}').id == one(b'{"id": "", "text": "words"}').id
    assert "file:1: " in fault(b"{}")
    assert "lacks the field id" in fault(b"{}")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b'{"id": "a"', "not JSON"),
        (b"no JSON at all", "not JSON"),
        (b'{"id": "a", "title": "\xff"}', "not UTF-8: byte 22 is 0xff"),
        (b'{"id": 5}', "id: Input should be a valid string"),
        (b'{"id": "a", "text": ["x"]}', "text: Input should be a valid string"),
        (b'{"id": "a", "published_at": "yesterday"}', "published_at"),
        (b'{"url": 7, "text": "x"}', "url"),
        (b'{"id": "a", "schema_version": "9.0"}', "schema version 9.0"),
        (b"[1, 2]", "file:1"),
        (b'"text"', "file:1"),
        (b"NaN", "file:1"),
        (b"[" * 100_000, "file:1"),
        (b'{"a":' * 100_000, "file:1"),
    ],
)
def test_a_bad_line_is_a_fault_with_its_place(line: bytes, why: str) -> None:
    """Whatever is wrong is said in words, with file and line."""
    told = fault(line)
    assert told.startswith("file:1: ")
    assert why in told


def test_bad_lines_hide_no_good_ones() -> None:
    """Lines after a bad one are read, numbered as in the file; blank lines and a byte order mark pass."""
    items = read(b'\xef\xbb\xbf{"id": "a"}\n\nbroken\n{"id": "b"}\r\n{"id": "c"}')
    assert [item.article.id for item in items if isinstance(item, Found)] == ["a", "b", "c"]
    assert [item.where for item in items if isinstance(item, Fault)] == ["file:3"]
    assert [number for number, _line in numbered("file", io.BytesIO(b"a\n\n  \nb"))] == [1, 4]


def test_the_limit_is_8_mib() -> None:
    """A 5 MB text passes; a record above 8 MiB is refused with its size and the limit."""
    assert len(one(json.dumps({"id": "a", "text": "x" * 5_000_000}).encode()).text) == 5_000_000
    told = fault(json.dumps({"id": "a", "text": "x" * MAX_BYTES}).encode())
    assert "8.0 MiB, larger than the 8 MiB" in told


def test_an_endless_line_does_not_fill_the_memory() -> None:
    """A line without end is read in pieces and thrown away; the next line is read."""

    class Endless(io.RawIOBase):
        """60 MiB of one line, then a good one; no piece may be asked for that is larger than the limit."""

        left = 60 * 2**20

        def readline(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert 0 < size <= 6 * MAX_BYTES
            if self.left > 0:
                part = b"x" * min(size, self.left)
                self.left -= len(part)
                return part if self.left else part + b"\n"
            if self.left == 0:
                self.left = -1
                return b'{"id": "a"}\n'
            return b""

    items = read_stream("file", Endless())
    assert isinstance(items[0], Fault)
    assert "a line of more than 48 MiB" in items[0].why
    assert isinstance(items[1], Found)


def test_gzip_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    """A packed file is unpacked whatever its name; the file's position tells the progress."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(gzip.compress(b'{"id": "a"}\n'))
    file = open_file(str(path))
    assert [type(item) for item in read_stream("a", file.stream)] == [Found]
    assert file.position() == path.stat().st_size
    file.close()


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed[: len(packed) // 2] + b"\0" * 60])
def test_a_broken_gzip_tail_costs_the_tail_alone(tmp_path: Path, damage: object) -> None:
    """What can be unpacked before the damage is taken, and the fault says that the rest is lost."""
    lines = b"".join(b'{"id": "%d", "text": "%d"}\n' % (i, i * i) for i in range(20000))
    path = tmp_path / "a.gz"
    path.write_bytes(damage(gzip.compress(lines)))  # type: ignore[operator] # a plain function of the parameters above
    file = open_file(str(path))
    items = read_stream("a.gz", file.stream)
    file.close()
    assert isinstance(items[-1], Fault)
    assert "cannot be read further" in items[-1].why
    assert sum(isinstance(item, Found) for item in items) > 5000


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The path is in the error."""
    with pytest.raises(InputError, match=r"gone\.jsonl cannot be read: No such file"):
        open_file(str(tmp_path / "gone.jsonl"))


def test_a_plain_text_is_one_article() -> None:
    """Title, date and address are given beside it; undated stays undated; the id follows the address."""
    item = read_text("a.txt", b"words", NOW, Head("T", "2025-10-31", "https://e.example/1"))
    assert isinstance(item, Found)
    assert item.article.published_at == datetime(2025, 10, 31, tzinfo=UTC)
    assert item.article.id == one(b'{"url": "https://e.example/1"}').id
    plain = read_text("a.txt", b"words", NOW, Head())
    assert isinstance(plain, Found)
    assert plain.article.published_at is None
    broken = read_text("a.txt", b"abc\xff", NOW, Head())
    assert isinstance(broken, Fault)
    assert "byte 3 is 0xff" in broken.why


def test_dates_of_the_command_line() -> None:
    """A day, a moment, a zone; anything else says how to write it."""
    assert moment("2025-10-31T09:00:00+08:00") == datetime(2025, 10, 31, 1, tzinfo=UTC)
    with pytest.raises(ConfigurationError, match="'soon' is no date"):
        moment("soon")


MOMENTS = st.one_of(
    st.none(),
    st.datetimes(timezones=st.timezones() | st.none()).map(datetime.isoformat),
    st.dates().map(lambda day: day.isoformat()),
    st.sampled_from(
        ["soon", "2025-W10-3", "20250305T0900", "2025-03-05T09:00:00.1234567Z", "2025-03-05T09:00+05:30:30"]
    ),
    st.integers(),
)
ARTICLES = st.fixed_dictionaries(
    {"id": st.one_of(st.text(), st.none(), st.integers(), st.just("x" * 600))},
    optional={
        "title": st.text() | st.none(),
        "text": st.text() | st.lists(st.text(), max_size=2),
        "url": st.text() | st.none() | st.integers(),
        "source": st.text(),
        "language": st.text() | st.booleans(),
        "published_at": MOMENTS,
        "ingested_at": MOMENTS,
        "schema_version": st.sampled_from(["1.0", "1.7", "2.0", "one", None]),
        "replay": st.sampled_from([None, {"id": "r", "mode": "live"}, "r"]),
        "_record": st.just({"partition": 0, "offset": 1, "key": "x"}),
        "more": st.recursive(st.integers() | st.none(), lambda inner: st.lists(inner, max_size=2)),
    },
)


@given(values=ARTICLES, ascii_only=st.booleans())
def test_a_glance_gives_what_a_careful_look_gives(values: dict[str, object], ascii_only: bool) -> None:
    """Byte for byte the same article, or none: then the careful look decides."""
    line = json.dumps(values, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    seen = glance(line, NOW)
    if seen is not None:
        assert seen == found(from_json(line, arrived=NOW))


def test_a_plain_article_needs_a_glance_alone() -> None:
    """What archives hold is read the quick way: with the place in Kafka, with escapes, with fields nobody knows."""
    line = {"_record": {"offset": 1}, "id": "a", "title": "caf\u00e9", "published_at": "2025-10-31T09:00:00Z", "tag": 1}
    seen = glance(json.dumps(line).encode(), NOW)
    assert seen is not None
    assert "café".encode() in seen.value
    assert seen.article == Article(id="a", title="café", published_at=seen.published_at, ingested_at=NOW)
