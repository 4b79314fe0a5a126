"""The whole job over an archive: order, bad lines, what takes back, and the same result by any number of processes."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from monitor.archive import backtest as module
from monitor.archive.backtest import Archive, Counts, Gathered, track
from monitor.archive.crew import Crew
from monitor.archive.outcome import alert_line, assignment_line
from monitor.archive.sift import Sifter, place, source_of
from monitor.classify.result import Classification, Trace
from monitor.errors import PactwatchError
from monitor.feeds.found import Fault
from monitor.feeds.sources import expand
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.models.vocabulary import Kind
from monitor.settings import Feeds
from monitor.track import Assignment, Decision, Dossiers
from tests.archive.test_events import Quiet
from tests.track.reports import report


class Fake:
    """Reports a signing of what the title names; nothing when the text is empty; the gate opens at "pact"."""

    version = "1"

    def gate(self, raw: bytes) -> bool:
        """Let by what speaks of a pact."""
        return b"pact" in raw

    def classify(self, article: Article, *, arrived: Any) -> Classification:
        """Take the text for it."""
        del arrived
        if "crash" in article.text:
            raise RuntimeError("no luck")
        if not article.text:
            return Classification(kind=None, score=0.0, trace=Trace(missing=("nothing: at all",)))
        return Classification(kind=Kind.AGREEMENT, score=0.9, reports=(report("signed", name=article.title),))


def line(article_id: str, published: str | None, text: str = "pact", title: str = "Lancaster Treaty") -> bytes:
    """Return a line of an archive."""
    return json.dumps({"id": article_id, "published_at": published, "text": text, "title": title}).encode()


class Told:
    """What a backtest over some files told."""

    def __init__(self, files: Sequence[Path], processes: int = 1, sets: int = 1, which: int = 0) -> None:
        self.counts = Counts()
        self.alerts: list[Alert] = []
        self.assignments: list[Assignment] = []
        self.faults: list[str] = []
        crew = Crew([], processes)
        crew.sifter = Sifter([Fake() for _ in range(sets)])  # type: ignore[misc] # what a sifter needs of a classifier
        archive = Archive(expand(map(str, files)), Feeds())
        with crew, Gathered(archive, crew, self._fault) as gathered:
            gathered.read(Quiet())
            track(gathered.records(which), Dossiers(), self.counts, told=self._take)
            self.read = gathered.counts
            self.reasons = gathered.reasons(which)

    def _fault(self, fault: Fault) -> None:
        self.faults.append(str(fault))

    def _take(self, decision: Decision) -> None:
        self.alerts += decision.alerts
        self.assignments += decision.assignments

    @property
    def founding(self) -> list[str]:
        """The articles that gave alerts."""
        return [alert.article.id for alert in self.alerts if alert.article]


def told(folder: Path, lines: Iterable[bytes], **more: int) -> Told:
    """Run a backtest over lines."""
    path = folder / "a.jsonl"
    path.write_bytes(b"\n".join(lines))
    return Told([path], **more)


def test_articles_are_taken_in_order_of_event_time(tmp_path: Path) -> None:
    """Whatever the order of the lines, the first article published is the one that is told."""
    found = told(
        tmp_path, [line("late", "2025-03-02"), line("early", "2025-03-01"), line("middle", "2025-03-01T12:00")]
    )
    assert found.founding == ["early"]
    assert [item.article_id for item in found.assignments] == ["early", "middle", "late"]
    assert (found.read.articles, found.counts.relevant, found.counts.agreements) == (3, 3, 1)


def test_bad_lines_and_articles_that_break_the_classifier_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """File and line number, and what is wrong."""
    bad = [b"{nonsense", b'{"id": 7}', line("c", "2025-03-01", "pact crash")]
    found = told(tmp_path, [line("a", "2025-03-01"), *bad, line("b", "2025-03-02")])
    assert len(found.alerts) == 1
    assert (found.read.articles, found.read.broken) == (3, 3)
    path = tmp_path / "a.jsonl"
    for nth, why in enumerate(("not JSON", "Article: id", "cannot be classified: RuntimeError: no luck"), 2):
        assert any(fault.startswith(f"{path}:{nth}: {why}") for fault in found.faults), found.faults


def test_an_undated_article_comes_after_those_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its arrival is where it stands in the archive, whatever was read as one block."""
    lines = [
        line("a", "2025-03-01"),
        line("b", None),
        line("c", "2025-04-01"),
        line("d", "2025-03-15"),
        line("e", None),
    ]
    for pieces in (1, 2, 500):
        monkeypatch.setattr(module, "_BLOCK_PIECES", pieces)
        found = told(tmp_path, lines)
        assert [item.article_id for item in found.assignments] == ["a", "b", "d", "c", "e"]


def test_the_same_article_twice_is_a_repeat_and_an_emptied_one_takes_back(tmp_path: Path) -> None:
    """Revisions and repeats are those of the stream."""
    lines = [
        line("a", "2025-03-01"),
        line("a", "2025-03-01"),
        line("a", "2025-03-02", text=""),
        line("b", "2025-03-03"),
    ]
    found = told(tmp_path, lines)
    assert found.counts.repeats == 1
    assert found.founding == ["a", "b"]


@pytest.mark.parametrize("first", [True, False])
def test_what_takes_back_does_so_in_order_of_time_not_of_lines(tmp_path: Path, *, first: bool) -> None:
    """An empty revision before the report takes nothing back, one after it does, wherever each stands."""
    empty = line("a", "2025-02-01" if first else "2025-03-02", text="")
    found = told(tmp_path, [empty, line("a", "2025-03-01"), line("b", "2025-03-03")])
    assert found.founding == (["a"] if first else ["a", "b"])


def test_what_another_replay_brought_is_left_out(tmp_path: Path) -> None:
    """As a replay does: none feeds on another."""
    brought = json.loads(line("a", "2025-03-01")) | {"replay": {"id": "x", "mode": "warm_up"}}
    found = told(tmp_path, [json.dumps(brought).encode(), line("b", "2025-03-02")])
    assert found.founding == ["b"]
    assert found.read.replayed == 1


def archive_of(folder: Path, count: int) -> list[Path]:
    """Write files in no order with repeats, revisions, undated and bad lines."""
    dice = random.Random(7)
    lines = []
    for number in range(count):
        day = None if number % 7 == 0 else f"2025-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
        text = dice.choice(["pact", "pact", "", "rain"])
        lines.append(
            line(
                f"i{dice.randrange(count // 2)}",
                day,
                text,
                title=f"{dice.choice(['Pact', 'pact'])} of {dice.choice('ABCDEFGH')}",
            )
        )
        if number % 50 == 0:
            lines.append(b"broken")
    paths = [folder / "one.jsonl", folder / "two.jsonl"]
    for number, path in enumerate(paths):
        path.write_bytes(b"\n".join(lines[number::2]))
    return paths


def test_any_number_of_processes_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alerts, assignments, figures and faults, with one, two and three, in many small blocks and pieces."""
    paths = archive_of(tmp_path, 900)
    monkeypatch.setattr(module, "_PAIRS", 50)
    monkeypatch.setattr(module, "_PIECE_BYTES", 20_000)
    whole = Told(paths)
    monkeypatch.setattr(module, "_BLOCK_PIECES", 13)
    assert len(whole.alerts) > 8
    assert whole.counts.relevant > 100
    for processes in (1, 2, 3):
        found = Told(paths, processes, sets=2, which=1)
        assert found.alerts == whole.alerts
        assert found.assignments == whole.assignments
        assert found.counts == whole.counts
        assert (found.read, found.faults, found.reasons) == (whole.read, whole.faults, whole.reasons)
    assert whole.reasons["nothing"] > 10


def test_a_process_that_is_killed_ends_the_backtest_with_a_word(tmp_path: Path) -> None:
    """Nothing hangs, and it is said what may have been."""
    crew = Crew([], 2)
    crew.sifter = Sifter([])
    (path := tmp_path / "a.jsonl").write_bytes(line("a", None))
    with crew:
        for process in crew._processes:
            os.kill(process.pid or 0, signal.SIGKILL)
            process.join()
        with pytest.raises(PactwatchError, match="a process of the backtest has ended"):
            list(crew.sift(Archive([str(path)] * 9, Feeds()).blocks(Quiet())))


def test_places_are_in_order_of_sources_then_numbers() -> None:
    """And tell both."""
    assert place(0, 10**9) < place(1, 1) < place(1, 2)
    assert source_of(place(3, 5)) == (3, 5)


def test_the_written_lines_have_the_documented_fields(tmp_path: Path) -> None:
    """Programs read them."""
    found = told(tmp_path, [line("a", "2025-03-01T10:00:00+08:00")])
    written = alert_line(found.alerts[0])
    assert {"alert_id", "agreement_id", "article_id", "reason", "status", "parties", "at"} <= written.keys()
    assert written["at"] == "2025-03-01T02:00:00Z"
    assert assignment_line(found.assignments[0]) == {
        "article_id": "a",
        "kind": "agreement",
        "agreement_id": written["agreement_id"],
    }
