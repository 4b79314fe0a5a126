"""Two workers that are killed again and again: every article accounted for, every count exact, no alert lost."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from monitor.actors.day import WIDTH, Day
from monitor.models.alert import Alert
from monitor.models.article import Article, article_hash
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, decode_reports
from monitor.models.sighting import Sighting, decode_sightings
from monitor.settings import Settings
from monitor.track import Dossiers as RealDossiers
from tests.agents.fakes import Dossiers, article, expected
from tests.agents.harness import WorkerProcess, idle, lag, produce
from tests.conftest import ReadAll
from tests.kafka.test_worker_crash import STAGES, facts
from tests.waiting import until

ARTICLES = 50_000
ROUNDS = 4
"""Kills; each worker is killed every other time."""


def text(number: int) -> str:
    """Return the text of an article: one in fifty tells of an agreement, one in 5,000 breaks the classifier."""
    if number % 5000 == 17:
        return "CRASH"
    if number % 50 == 3:
        parties = f"A{chr(65 + number // 50 % 26)}A+B{chr(65 + number // 1300 % 26)}B"
        return f"PACT {parties} {STAGES[number * 7919 % len(STAGES)]}"
    return "nothing of note"


def broken(number: int) -> tuple[bytes, bytes]:
    """Return a record that is no article."""
    return f"broken-{number}".encode(), b'{"id": "broken-%d", "title": ' % number


def test_two_workers_killed_in_the_middle_of_50000_articles(
    kafka_settings: Settings, read_all: ReadAll, tmp_path: Path
) -> None:
    """50,000 articles, each sent three times, two workers, four kills -9, each while articles wait.

    Afterwards: every article was classified or is a dead letter with its bytes; every relevant one stands in `reports`;
    each actor's count is that of a batch computation; the alerts, in order of first appearance, are those of a batch
    computation over `reports` as it stands; one that stands twice (a crash between its send and the end of the table
    write) is the same both times.
    """
    articles = [article(number, text(number)) for number in range(ARTICLES)]
    trace = tmp_path / "trace"
    workers = [WorkerProcess(kafka_settings, f"worker-{n}", trace=trace) for n in (0, 1)]
    try:
        for worker in workers:
            worker.ready()
        share = ARTICLES // ROUNDS
        for turn in range(ROUNDS):
            part: list[Article] = articles[turn * share : (turn + 1) * share]
            before = trace.stat().st_size if trace.exists() else 0
            produce(kafka_settings, [*part[: share // 2], *(broken(turn * 10 + n) for n in range(10))])
            produce(kafka_settings, [*part[share // 2 :], *part, *part])
            until(partial(grown, trace, before), what="progress")
            victim = turn % 2
            workers[victim].kill()
            assert lag(kafka_settings, "articles") > 0, "the kill came too late to mean anything"
            workers[victim] = WorkerProcess(kafka_settings, f"worker-{victim}", trace=trace)
        until(lambda: idle(kafka_settings), what="everything handled", seconds=90)
        assert [worker.end() for worker in workers] == [0, 0]
    finally:
        for worker in workers:
            worker.kill()
    check_articles(kafka_settings, read_all, articles, trace)
    check_actors(kafka_settings, read_all, articles)
    check_alerts(kafka_settings, read_all)


def grown(trace: Path, size: int) -> bool:
    """Tell whether the trace has grown beyond a size."""
    return trace.exists() and trace.stat().st_size > size


def check_articles(settings: Settings, read_all: ReadAll, articles: list[Article], trace: Path) -> None:
    """Every article was classified or is a dead letter, and every relevant one is in `reports`."""
    letters = read_all(settings, "dead-letters")
    dead = {letter.key().decode(): letter.value() for letter in letters}
    crashing = {one.id: one.encode() for one in articles if "CRASH" in one.text}
    unreadable = {
        key.decode(): value for key, value in map(broken, (t * 10 + n for t in range(ROUNDS) for n in range(10)))
    }
    assert dead == crashing | unreadable
    classified = set(trace.read_text().split())
    assert classified == {one.id for one in articles}
    reported = {json.loads(record.value())["article"]["id"] for record in reports(settings, read_all)}
    assert reported == {one.id for one in articles if "PACT" in one.text}


def reports(settings: Settings, read_all: ReadAll) -> list[Any]:
    """Return the reports in their order, without ticks."""
    return [record for record in read_all(settings, "reports") if record.key() != b"tick"]


def check_actors(settings: Settings, read_all: ReadAll, articles: list[Article]) -> None:
    """Compare the last record of each actor with the number of articles that name it."""
    records = [json.loads(record.value()) for record in read_all(settings, "actors")]
    counted = {record["key"]: record["articles"] for record in records}
    _, batch = expected(one for one in articles if "CRASH" not in one.text)
    assert counted == batch


def decided(settings: Settings, read_all: ReadAll, dossiers: Any) -> list[tuple[str, str, str, str]]:
    """Return the alerts of a batch computation over `reports` as it stands."""
    wanted: list[Alert] = []
    for record in read_all(settings, "reports"):
        report = decode_reports(record.value())
        known = report.origin if isinstance(report, ArticleReports) else None
        stands = Origin(
            topic=record.topic(),
            partition=record.partition(),
            offset=record.offset(),
            article_id=known.article_id if known else "",
            rules_version=known.rules_version if known else "",
        )
        draft = dossiers.draft()
        decision = draft.apply(report, stands)
        wanted += (*decision.alerts, *decision.renewed)
        draft.commit()
    return list(dict.fromkeys((alert.id, alert.reason.value, alert.value, alert.previous) for alert in wanted))


def check_alerts(settings: Settings, read_all: ReadAll) -> None:
    """No alert is lost or made up, and what stands twice is the same twice."""
    wanted = decided(settings, read_all, Dossiers())
    records = read_all(settings, "alerts")
    assert list(dict.fromkeys(facts(records))) == wanted
    assert len(wanted) > 100
    by_id = Counter(record.value() for record in records)
    assert len(by_id) == len({(one["id"], one.get("revision", 0)) for one in map(json.loads, by_id)})


def test_the_real_domain_counts_and_decides_alike_when_a_worker_is_killed(
    kafka_settings: Settings, read_all: ReadAll
) -> None:
    """The archive in seeds/, as if of this year, ten times over, each article sent three times, a worker killed -9.

    Afterwards every actor's articles on every day are those that its sightings name, and the alerts are those of a
    batch computation over `reports` as it stands.
    """
    lines = (Path(__file__).parents[2] / "seeds" / "articles.jsonl").read_bytes().splitlines()
    seeds = [Article.decode(line) for line in lines]
    first = datetime.now(UTC) - timedelta(days=len(seeds) + 30)
    articles = [
        one.model_copy(update={"id": f"{one.id}-{copy}", "published_at": first + timedelta(days=number)})
        for copy in range(10)
        for number, one in enumerate(seeds)
    ]
    workers = [WorkerProcess(kafka_settings, f"worker-{n}", real=True) for n in (0, 1)]
    try:
        for worker in workers:
            worker.ready()
        produce(kafka_settings, [*articles, *articles, *articles])
        until(lambda: reports(kafka_settings, read_all), what="the first report")
        workers[0].kill()
        assert lag(kafka_settings, "articles") > 0, "the kill came too late to mean anything"
        workers[0] = WorkerProcess(kafka_settings, "worker-0", real=True)
        until(lambda: idle(kafka_settings), what="everything handled", seconds=90)
        assert [worker.end() for worker in workers] == [0, 0]
    finally:
        for worker in workers:
            worker.kill()
    seen: dict[str, set[int]] = {}
    for record in read_all(kafka_settings, "sightings"):
        sighting = decode_sightings(record.value())
        if isinstance(sighting, Sighting):
            day = (sighting.event_time or sighting.ingested_at).date()
            seen.setdefault(f"{sighting.actor_key}|{day}", set()).add(article_hash(sighting.article_id))
    kept: dict[str, set[int]] = {}
    for record in read_all(kafka_settings, f"{kafka_settings.worker.app_id}-actor_days-changelog"):
        key = record.key().decode()
        if re.search(r"\|\d{4}-\d\d-\d\d$", key):
            rows = Day.decode(0, record.value()).rows
            kept[key] = {int.from_bytes(rows[at : at + 8]) for at in range(0, len(rows), WIDTH)}
    assert kept == seen
    assert len(kept) > 50
    # A fact may be told again under the id it had, which the deliverer tells once: so each id counts once here.
    wanted = list(dict.fromkeys(decided(kafka_settings, read_all, RealDossiers.load([]))))
    assert list(dict.fromkeys(facts(read_all(kafka_settings, "alerts")))) == wanted
    assert len(wanted) > 10
