"""What a worker does with what it is given: bad records become dead letters, odd ones are processed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from agents.track import PARTITION
from monitor.models.dead_letter import DeadLetter
from monitor.models.report import decode_reports
from monitor.settings import Settings
from tests.agents.fakes import article
from tests.agents.harness import WorkerProcess, idle, produce
from tests.conftest import ReadAll
from tests.waiting import until

BAD = {
    "not_json": b'{"id": "a", "title": ',
    "not_utf8": b'{"id": "b", "title": "\xff"}',
    "invalid_field": b'{"id": 5}',
    "missing_field": b'{"title": "no id"}',
    "unknown_version": b'{"schema_version": "2.0", "identifier": "c"}',
    "empty": b"",
    "crash": article("broken", "CRASH").encode(),
}
"""Reason -> record."""


@pytest.fixture
def worker(kafka_settings: Settings) -> Iterator[WorkerProcess]:
    """Give a worker that is ready."""
    with WorkerProcess(kafka_settings) as started:
        yield started.ready()


def letters(settings: Settings, read_all: ReadAll) -> list[DeadLetter]:
    """Return the dead letters."""
    return [
        DeadLetter.read(record.key(), record.value(), record.headers()) for record in read_all(settings, "dead-letters")
    ]


def test_bad_articles_become_dead_letters_with_their_bytes(
    worker: WorkerProcess, kafka_settings: Settings, read_all: ReadAll
) -> None:
    """Each gets a reason, a sentence and its origin; the good ones among them are processed; counters say how many."""
    produce(kafka_settings, [(reason.encode(), value) for reason, value in BAD.items()], partition=3)
    produce(
        kafka_settings,
        [(None, b"no key, no JSON"), (b"tombstone", None), article(1, "PACT AAA+BBB signed")],
        partition=3,
    )
    until(lambda: idle(kafka_settings), what="everything handled")
    found = letters(kafka_settings, read_all)
    by_reason = {letter.error: letter for letter in found if letter.key not in (None, b"tombstone")}
    assert {reason: letter.value for reason, letter in by_reason.items()} == BAD
    assert all(letter.stage == "classify" and letter.partition == 3 for letter in found)
    assert {by_reason[reason].offset: reason for reason in BAD} == dict(enumerate(BAD))
    assert by_reason["crash"].attempts == 3
    assert "this article breaks the classifier" in by_reason["crash"].message
    assert by_reason["missing_field"].message == "Article lacks the field id"
    assert {letter.value for letter in found if letter.key is None} == {b"no key, no JSON"}
    assert [letter.error for letter in found if letter.key == b"tombstone"] == ["empty"]
    assert len(read_all(kafka_settings, "alerts")) == 1
    assert worker.metric("pactwatch_dead_letters_total") == len(found) == len(BAD) + 2
    assert worker.metric("pactwatch_articles_total") == 1


def test_odd_articles_are_processed(worker: WorkerProcess, kafka_settings: Settings, read_all: ReadAll) -> None:
    """NUL bytes, an empty text, 5 MB, no date, a date in the future, no key: all processed, the dates as designed."""
    text = "PACT AAA+BBB signed"
    odd = [
        article("nul", f"\0 {text} \0"),
        article("empty", ""),
        article("huge", f"{text} {'x' * 5_000_000}"),
        article("undated", text).model_copy(update={"published_at": None}),
        article("future", text).model_copy(update={"published_at": datetime(2100, 1, 1, tzinfo=UTC)}),
    ]
    produce(kafka_settings, [(None, one.encode()) for one in odd], partition=1)
    until(lambda: idle(kafka_settings), what="everything handled")
    assert letters(kafka_settings, read_all) == []
    reports = {
        r.article.id: r
        for r in (decode_reports(x.value()) for x in read_all(kafka_settings, "reports"))
        if r.type == "report"
    }
    assert set(reports) == {"article-nul", "article-huge", "article-undated", "article-future"}
    assert reports["article-undated"].article.event_time is None
    capped = reports["article-future"].article.event_time
    assert capped is not None
    assert capped.year == 2025
    assert worker.metric("pactwatch_articles_total") == len(odd)


def test_repeats_and_revisions(worker: WorkerProcess, kafka_settings: Settings, read_all: ReadAll) -> None:
    """The same text again is counted as a repeat; a text that says nothing any more sends the empty record."""
    told, silent = article(1, "PACT AAA+BBB signed"), article(1, "It was all a mistake.")
    for one in (told, told, silent, silent, article(2, "nothing")):
        produce(kafka_settings, [one], partition=0)
        until(lambda: idle(kafka_settings), what="it handled")
    reports = [decode_reports(record.value()) for record in read_all(kafka_settings, "reports")]
    assert [len(report.reports) for report in reports if report.type == "report"] == [1, 1, 0, 0]
    assert worker.metric("pactwatch_repeats_total") == 2
    # All in one batch: the table has the id only when the batch is done, and the revision must not be missed.
    produce(kafka_settings, [article(3, "PACT AAA+CCC signed"), article(3, "No.")], partition=0)
    until(lambda: idle(kafka_settings), what="it handled")
    last = [json.loads(record.value()) for record in read_all(kafka_settings, "reports")][-2:]
    assert [(one["article"]["id"], len(one["reports"])) for one in last] == [("article-3", 1), ("article-3", 0)]


def test_a_report_or_sighting_that_breaks_its_stage(
    worker: WorkerProcess, kafka_settings: Settings, read_all: ReadAll
) -> None:
    """It is tried three times and becomes a dead letter of that stage; what stands around it is handled."""
    produce(
        kafka_settings,
        [article(1, "PACT AAA+BBB signed"), article(2, "PACT XXX+BBB signed"), article(3, "PACT AAA+BBB ratified")],
        partition=0,
    )
    until(lambda: idle(kafka_settings), what="everything handled")
    found = letters(kafka_settings, read_all)
    assert sorted((letter.stage, letter.error, letter.attempts) for letter in found) == [
        ("count", "crash", 3),
        ("track", "crash", 3),
    ]
    assert [json.loads(a.value())["value"] for a in read_all(kafka_settings, "alerts")] == ["signed", "ratified"]
    changelog = read_all(kafka_settings, f"{kafka_settings.worker.app_id}-dossiers-changelog")
    assert b"broken" not in {record.key() for record in changelog}
    actors = {
        json.loads(a.value())["key"]: json.loads(a.value())["articles"] for a in read_all(kafka_settings, "actors")
    }
    assert actors == {"country:AAA": 2, "country:BBB": 3}


def test_a_report_in_another_partition_is_a_dead_letter(
    worker: WorkerProcess, kafka_settings: Settings, read_all: ReadAll
) -> None:
    """Order is kept in one partition: a foreign record elsewhere is refused, not tracked out of order."""
    produce(kafka_settings, [(b"x", b"{}")], partition=PARTITION + 1, topic="reports")
    until(lambda: idle(kafka_settings), what="it handled")
    assert [(letter.stage, letter.error) for letter in letters(kafka_settings, read_all)] == [
        ("track", "wrong_partition")
    ]
    assert worker.state()["ready"]
