"""The whole job over an archive: order, bad lines, packed files, and the lines it writes."""

from __future__ import annotations

import gzip
import importlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from monitor.archive.backtest import Counts, gather, track
from monitor.archive.read import Broken, Line, lines, size
from monitor.cli.backtest import alert_line, assignment_line
from monitor.errors import InputError
from monitor.models.alert import Alert
from monitor.models.article import Article, ArticleRef
from monitor.models.record import Origin
from monitor.models.report import ArticleReports
from monitor.track import Assignment, Dossiers
from tests.track.reports import report


def recognise(raw: bytes, article: Article, *, arrived: Any, offset: int) -> ArticleReports:
    """Report a signing, or nothing when the text is empty."""
    found = (report("signed", name=article.title),) if article.text else ()
    return ArticleReports(
        article=ArticleRef.of(article, arrived=arrived),
        kind=found[0].kind if found else None,
        reports=found,
        text_hash=article.text_hash,
        origin=Origin(topic="archive", partition=0, offset=offset, article_id=article.id),
    )


def line(article_id: str, published: str | None, text: str = "x", title: str = "Lancaster Treaty") -> Line:
    """Return a line of an archive."""
    values = {"id": article_id, "published_at": published, "text": text, "title": title}
    return Line(f"archive:{article_id}", json.dumps(values).encode())


def told(found: list[Line | Broken]) -> tuple[list[Alert], list[Assignment], Counts, list[str]]:
    """Run a backtest over lines."""
    counts = Counts()
    alerts: list[Alert] = []
    assignments: list[Assignment] = []
    broken: list[str] = []
    records = gather(found, recognise, counts, lambda item: broken.append(f"{item.where}: {item.message}"))
    track(records, Dossiers(), counts, alert=alerts.append, assignment=assignments.append)
    return alerts, assignments, counts, broken


def test_articles_are_taken_in_order_of_event_time() -> None:
    """Whatever the order of the lines, the first article published is the one that is told."""
    alerts, assignments, counts, _ = told(
        [line("late", "2025-03-02"), line("early", "2025-03-01"), line("middle", "2025-03-01T12:00")]
    )
    assert [alert.article.id for alert in alerts if alert.article] == ["early"]
    assert [item.article_id for item in assignments] == ["early", "middle", "late"]
    assert (counts.articles, counts.relevant, counts.agreements) == (3, 3, 1)


def test_bad_lines_are_named_and_the_rest_goes_on() -> None:
    """File and line number, and what is wrong."""
    found = [line("a", "2025-03-01"), Line("archive:2", b"{nonsense"), Line("archive:3", b'{"title": "no id"}')]
    alerts, _, counts, broken = told([*found, line("b", "2025-03-02")])
    assert len(alerts) == 1
    assert (counts.articles, counts.broken) == (2, 2)
    assert broken[0].startswith("archive:2: not JSON")
    assert broken[1].startswith("archive:3: ")
    assert "id" in broken[1]


def test_an_undated_article_comes_after_those_before_it() -> None:
    """Its arrival is where it stands in the archive, so a second run gives the same answer."""
    _, assignments, _, _ = told([line("a", "2025-03-01"), line("b", None), line("c", "2025-04-01")])
    assert [item.article_id for item in assignments] == ["a", "b", "c"]


def test_the_same_article_twice_is_a_repeat_and_an_emptied_one_takes_back() -> None:
    """Revisions and repeats are those of the stream."""
    alerts, _, counts, _ = told(
        [line("a", "2025-03-01"), line("a", "2025-03-01"), line("a", "2025-03-02", text=""), line("b", "2025-03-03")]
    )
    assert counts.repeats == 1
    assert [alert.article.id for alert in alerts if alert.article] == ["a", "b"]


def test_the_written_lines_have_the_documented_fields() -> None:
    """Programs read them."""
    alerts, assignments, _, _ = told([line("a", "2025-03-01T10:00:00+08:00")])
    written = alert_line(alerts[0])
    assert {"alert_id", "agreement_id", "article_id", "reason", "status", "parties", "at"} <= written.keys()
    assert written["at"] == "2025-03-01T02:00:00Z"
    assert assignment_line(assignments[0]) == {
        "article_id": "a",
        "kind": "agreement",
        "agreement_id": written["agreement_id"],
    }


def test_packed_files_are_read_by_their_first_bytes(tmp_path: Path) -> None:
    """The name does not matter; a byte order mark and empty lines are passed over."""
    text = b"\xef\xbb\xbf" + b'{"id": "a"}\n\n{"id": "b"}'
    (tmp_path / "plain").write_bytes(text)
    (tmp_path / "packed").write_bytes(gzip.compress(text))
    names = [str(tmp_path / "plain"), str(tmp_path / "packed")]
    found = list(lines(names))
    assert [item.raw.strip() for item in found if isinstance(item, Line)] == [b'{"id": "a"}', b'{"id": "b"}'] * 2
    assert [item.where.rpartition("/")[2] for item in found] == ["plain:1", "plain:3", "packed:1", "packed:3"]
    assert size(names) == sum(Path(name).stat().st_size for name in names)
    assert size([*names, "-"]) is None


def test_a_zstandard_file_is_read_and_without_the_package_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear error names the package and the way round it."""
    packed = importlib.import_module("zstandard").ZstdCompressor().compress(b'{"id": "a"}\n')
    (tmp_path / "x.zst").write_bytes(packed)
    assert [item.raw for item in lines([str(tmp_path / "x.zst")]) if isinstance(item, Line)] == [b'{"id": "a"}\n']
    known = importlib.import_module

    def refuse(name: str) -> Any:
        if name == "zstandard":
            raise ImportError(name)
        return known(name)

    monkeypatch.setattr(importlib, "import_module", refuse)
    with pytest.raises(InputError, match="Zstandard") as error:
        list(lines([str(tmp_path / "x.zst")]))
    assert "zstd -dc" in (error.value.hint or "")


def test_a_file_that_breaks_off_gives_what_it_had(tmp_path: Path) -> None:
    """What stood before the break is taken, and the place of the break is named."""
    whole = gzip.compress(b"".join(json.dumps({"id": f"a{n}", "text": "y" * n}).encode() + b"\n" for n in range(2000)))
    (tmp_path / "cut.gz").write_bytes(whole[: len(whole) // 2])
    found = list(lines([str(tmp_path / "cut.gz")]))
    assert isinstance(found[-1], Broken)
    assert "what stood before is taken" in found[-1].message
    assert len(found) > 100


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash stands for it."""

    class Standard:
        buffer = io.BufferedReader(io.BytesIO(b'{"id": "a"}\n'))

    monkeypatch.setattr("sys.stdin", Standard)
    assert [item.where for item in lines(["-"])] == ["standard input:1"]


def test_a_missing_file_is_named() -> None:
    """Before any work is done."""
    with pytest.raises(InputError, match=r"nowhere\.jsonl cannot be read"):
        size(["nowhere.jsonl"])
