"""What a backtest says: figures, channels, the busiest hour, and how two runs differ."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from monitor.archive import charts
from monitor.archive.backtest import Counts
from monitor.archive.outcome import Change, Difference, Outcome, compare, read_alerts
from monitor.archive.page import page
from monitor.archive.sift import general
from monitor.errors import InputError
from monitor.models.alert import Alert
from monitor.models.article import ArticleRef
from monitor.models.vocabulary import Reason
from monitor.routes.config import Digest
from monitor.routes.tree import Node, Telling
from monitor.track import Decision
from tests.track.oracle import CORPUS

START = datetime(2025, 3, 5, 9, 10, tzinfo=UTC)
HOSTILE = '<script>alert("x")</script>'


def alert(number: int, at: datetime, *, score: float = 0.9, title: str = "T") -> Alert:
    """Return an alert."""
    article = ArticleRef(id=f"a{number}", title=title, url="javascript:x", ingested_at=at)
    return Alert(id=f"{number:016x}", reason=Reason.NEW_AGREEMENT, at=at, article=article, score=score)


def outcome(alerts: list[Alert], telling: Telling) -> Outcome:
    """Return what comes of alerts on one route."""
    found = Outcome(Node("root", telling), Counts(alerts=Counter(one.reason.value for one in alerts)))
    found.take(Decision(alerts=tuple(alerts), silences=("no new source (x); it is signed",)))
    return found


def test_alerts_are_counted_by_week_and_channel_and_the_busiest_hour_is_named() -> None:
    """Weeks begin on Monday, those without an alert count too; what a route drops is no message."""
    times = [0, 5, 20, 60 * 24 * 14]
    alerts = [alert(number, START + timedelta(minutes=minutes)) for number, minutes in enumerate(times)]
    found = outcome([*alerts, alert(9, START, score=0.1)], Telling("#pacts", minimum_score=0.5))
    assert [(week, reasons.total()) for week, reasons in found.every_week()] == [
        ("2025-03-03", 4),
        ("2025-03-10", 0),
        ("2025-03-17", 1),
    ]
    assert found.channels == {"#pacts": {"tell": 4}, "(nobody)": {"drop": 1}}
    assert found.peaks() == {"#pacts": ("2025-03-05T09:00Z", 3)}
    assert found.silences == {"no new source": 1}
    assert outcome(alerts, Telling()).as_table()["alerts_by_channel"] == {"(no channel)": {"tell": 4}}


def test_what_waits_for_one_digest_is_one_message() -> None:
    """At the hour at which the digest is due."""
    telling = Telling("#pacts", digest=Digest.model_validate({"at": "18:00"}))
    found = outcome([alert(number, START + timedelta(minutes=number)) for number in range(5)], telling)
    assert found.channels == {"#pacts": {"hold": 5}}
    assert found.peaks() == {"#pacts": ("2025-03-05T18:00Z", 1)}


def row(name: str, article: str | None = "x", reason: str = "new_agreement", **more: Any) -> dict[str, Any]:
    """Return an alert as a line."""
    return {"alert_id": name, "article_id": article, "reason": reason, "parties": ["IND", "USA"], **more}


def test_two_runs_differ_by_what_was_added_removed_and_changed() -> None:
    """By id; else by article and reason; never two with one; and what an older file does not say is no change."""
    before = [row("same"), row("gone", "g"), row("was", "w"), row("tick", None), row("told", "t", status="agreed")]
    after = [
        row("same", facts=["new field"]),
        row("now", "w", parties=["IND"]),
        row("more", "w"),
        row("other tick", None),
        row("told", "t", status="signed"),
    ]
    assert compare(before, after) == Difference(
        added=(after[2], after[3]),
        removed=(before[1], before[3]),
        changed=(Change(before[2], after[1], ("parties",)), Change(before[4], after[4], ("status",))),
    )
    assert compare(after, after) == Difference()


def test_a_file_that_holds_no_alerts_is_named(tmp_path: Path) -> None:
    """With its line."""
    for wrong, why in (('{"alert_id": "a"}\nx', ":2: not JSON"), ("[]", ":1: no alert"), ("{}", ":1: no alert")):
        (tmp_path / "a").write_text(wrong)
        with pytest.raises(InputError, match=why):
            read_alerts(tmp_path / "a")


class Tags(HTMLParser):
    """Collects tags and addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.addresses: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags[tag] += 1
        self.addresses += [value for name, value in attrs if name in ("src", "href")]


def test_the_page_needs_nothing_from_outside_and_runs_nothing() -> None:
    """Text of articles is text, whatever it holds; an address that is none of the web leads nowhere."""
    found = outcome([alert(1, START, title=HOSTILE)], Telling("#pacts"))
    changed = Difference(
        changed=(Change(found.alerts[0], {**found.alerts[0], "explanation": HOSTILE}, ("explanation",)),)
    )
    seen = Tags(page(HOSTILE, found, changed, HOSTILE, 1.0))
    assert seen.tags["script"] == 0
    assert seen.addresses == []
    assert seen.tags["svg"] == 2


def test_charts_are_whole_svg_with_round_marks() -> None:
    """Every part of a column has its height; the marks go to the first round number that is high enough."""
    drawn = charts.columns([("w1", {"a": 30, "b": 7}), ("w<2", {}), ("w3", {"a": 1})], ["a", "b"]).partition("<p")[0]
    svg = ET.fromstring(drawn)
    heights = [float(bar.attrib["height"]) for bar in svg.iter("rect")]
    assert heights[0] / heights[1] == pytest.approx(30 / 7, rel=0.01)
    assert [text.text for text in svg.iter("text") if text.attrib.get("class")] == ["0", "10", "20", "30", "40"]
    more = charts.rows([(f"r{n}", n) for n in range(40, 0, -1)], most=3)
    assert "37 others" in more


def test_reasons_are_told_without_what_is_special_about_an_article() -> None:
    """So that they can be counted."""
    assert general("the score 0.43 is below 0.55; against it: x") == "the score is below 0.55"
    assert general("fewer than two parties: only IND") == "fewer than two parties"


def test_the_command_compares_and_its_exit_code_says_so(tmp_path: Path) -> None:
    """With an earlier run's alerts, and with a folder of rules: the same, fewer, and a page of it all."""
    stories = tmp_path / "stories.jsonl"
    stories.write_bytes(b"".join((CORPUS / "stories.jsonl").read_bytes().splitlines(keepends=True)[:40]))
    (rules := tmp_path / "rules").mkdir()

    def run(*arguments: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "monitor.cli", "backtest", str(stories), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, check=False, timeout=120)

    alerts = tmp_path / "alerts.jsonl"
    done = run("--alerts", alerts, "--against", rules, "--fail-on", "any", "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["difference"] == {"added": [], "removed": [], "changed": []}
    lines = alerts.read_text(encoding="utf-8").splitlines()
    missing = json.loads(lines.pop(0))
    alerts.write_text("\n".join(lines), encoding="utf-8")
    html = tmp_path / "report.html"
    for on, code in (("added", 7), ("removed", 0)):
        done = run("--against", alerts, "--fail-on", on, "--html", html)
        assert done.returncode == code, done.stderr.decode()
    assert b"1 added, 0 removed, 0 changed" in done.stdout
    assert missing["title"].split()[0] in done.stdout.decode()
    assert missing["rules"][0] in html.read_text(encoding="utf-8")
    assert run("--fail-on", "any").returncode == 2
