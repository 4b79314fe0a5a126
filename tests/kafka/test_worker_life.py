"""A worker's life: what it says of itself, how it ends, and what it does without Kafka or topics."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from pathlib import Path

import pytest

from monitor.kafka import topics
from monitor.kafka.broker import EmbeddedBroker
from monitor.models.article import Article
from monitor.settings import Kafka, Settings, Worker
from tests.agents.fakes import article
from tests.agents.harness import WorkerProcess, idle, lag, members, produce
from tests.conftest import MakeSettings, ReadAll
from tests.waiting import until


def test_sigterm_drains_and_leaves_the_group(kafka_settings: Settings, read_all: ReadAll) -> None:
    """Asked to stop in the middle of work it ends within 10 s, having committed what it did, and the group is empty."""
    produce(kafka_settings, [article(n, "PACT AAA+BBB signed" if n % 50 == 0 else "x" * 500) for n in range(30_000)])
    with WorkerProcess(kafka_settings) as worker:
        worker.ready()
        until(lambda: worker.metric("pactwatch_articles_total") > 0, what="work")
        started = time.monotonic()
        assert worker.end() == 0
        assert time.monotonic() - started < 10
        assert members(kafka_settings) == []
        done = 30_000 - lag(kafka_settings, "articles")
        assert done > 0
    with WorkerProcess(kafka_settings) as worker:
        worker.ready()
        until(lambda: idle(kafka_settings), what="the rest")
        assert worker.metric("pactwatch_articles_total") == 30_000 - done
    reported = [record.key() for record in read_all(kafka_settings, "reports") if record.key() != b"tick"]
    assert len(reported) == len(set(reported)) == 600


def test_a_worker_without_partitions_is_ready_as_standby(make_kafka_settings: MakeSettings) -> None:
    """The second worker of one partition waits, says so, and takes over when the first is killed."""
    settings = make_kafka_settings(partitions=1)
    with WorkerProcess(settings, "first") as first:
        first.ready()
        with WorkerProcess(settings, "second") as second:
            second.ready()
            both = (first, second)
            until(lambda: {w.state().get("status") for w in both} == {"running", "standby"}, what="one at work")
            working, waiting = (first, second) if first.state()["status"] == "running" else (second, first)
            assert working.state()["partitions"] == [0]
            assert waiting.get("ready")[0] == 200
            assert {name.rsplit("-", 1)[1] for name in members(settings)} == {"0", "1"}
            working.kill()
            until(lambda: waiting.state().get("status") == "running", what="the takeover", seconds=15)
            produce(settings, [article(1, "PACT AAA+BBB signed")])
            until(lambda: idle(settings), what="the article")


def test_a_worker_killed_and_started_again_keeps_its_place(kafka_settings: Settings) -> None:
    """With its static id it is back before its session ends, on the same partitions, and no other is disturbed."""
    with WorkerProcess(kafka_settings, "first") as first:
        first.ready()
        with WorkerProcess(kafka_settings, "second") as second:
            second.ready()
            until(lambda: len(first.state().get("partitions", [])) == 2 and first.get("ready")[0] == 200, what="halves")
            before = second.state()["partitions"]
            second.kill()
            started = time.monotonic()
            with WorkerProcess(kafka_settings, "second-again") as again:
                again.ready()
                assert time.monotonic() - started < 6
                assert again.state()["partitions"] == before
                assert first.get("ready")[0] == 200


def test_missing_topics_end_the_worker_with_a_sentence(make_kafka_settings: MakeSettings) -> None:
    """It names them and the command that creates them, and does not go on."""
    settings = make_kafka_settings(create=False)
    with WorkerProcess(settings) as worker:
        assert worker.process.wait(20) != 0
        said = worker.log.read_text()
    assert "missing topics" in said
    assert settings.kafka.topic("articles") in said
    assert "pactwatch topics --create" in said


def test_topics_with_other_partitions_end_the_worker(make_kafka_settings: MakeSettings) -> None:
    """Keys would go astray: it says how many there are and should be."""
    settings = make_kafka_settings(partitions=2)
    other = settings.model_copy(update={"kafka": settings.kafka.model_copy(update={"partitions": 3})})
    with WorkerProcess(other) as worker:
        assert worker.process.wait(20) != 0
        assert "another number of partitions than kafka.partitions = 3" in worker.log.read_text()


def test_a_taken_port_ends_the_worker_with_a_sentence(kafka_settings: Settings) -> None:
    """The health page cannot listen: it says where, and which setting to change."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        worker_settings = kafka_settings.worker.model_copy(update={"port": port})
        with WorkerProcess(kafka_settings.model_copy(update={"worker": worker_settings})) as worker:
            assert worker.process.wait(20) != 0
            assert f"cannot listen on 127.0.0.1:{port}" in worker.log.read_text()


@pytest.fixture
def own_broker(tmp_path: Path) -> EmbeddedBroker:
    """Give a broker of the test's own, not started."""
    return EmbeddedBroker(tmp_path / "own", command="pytest")


def test_kafka_absent_at_start_then_gone_in_the_middle(own_broker: EmbeddedBroker, tmp_path: Path) -> None:
    """The worker waits for Kafka and says so; when Kafka goes away, likewise; it goes on where it was."""
    port = own_port()
    settings = Settings(
        data_dir=tmp_path / "worker",
        kafka=Kafka(bootstrap_servers=f"127.0.0.1:{port}", prefix="t.", partitions=2),
        worker=Worker(app_id="t", port=0),
    )
    with WorkerProcess(settings) as worker:
        until(lambda: len(worker.logged("no Kafka, will retry")) > 1, what="the complaint")
        assert worker.state()["status"] == "waiting for Kafka"
        assert worker.get("ready")[0] == 503
        with EmbeddedBroker(own_broker.data_dir, port=port, command="pytest"):
            asyncio.run(topics.create(settings))
            worker.ready()
            produce(settings, [article(n, f"PACT A{chr(65 + n)}A+BBB signed") for n in range(10)])
            until(lambda: idle(settings), what="the articles")
        until(lambda: worker.get("ready")[0] != 200, what="the worker to notice")
        until(lambda: len(worker.logged("no Kafka, will retry")) > 3, what="the complaint", seconds=40)
        with EmbeddedBroker(own_broker.data_dir, port=port, command="pytest"):
            worker.ready()
            produce(settings, [article(n, f"PACT A{chr(65 + n)}A+BBB signed") for n in range(20)])
            until(lambda: idle(settings), what="the articles")
            assert worker.metric("pactwatch_alerts_total") == 10
            assert worker.metric("pactwatch_repeats_total") == 10
            assert worker.end() == 0


def test_a_worker_stopped_while_kafka_is_absent(tmp_path: Path) -> None:
    """It ends as told, without a traceback about the wait that it broke off."""
    settings = Settings(
        data_dir=tmp_path / "worker",
        kafka=Kafka(bootstrap_servers=f"127.0.0.1:{own_port()}"),
        worker=Worker(app_id="t", port=0),
    )
    with WorkerProcess(settings) as worker:
        until(lambda: len(worker.logged("no Kafka, will retry")) > 1, what="the complaint")
        assert worker.end() == 0
        assert "Traceback" not in worker.log.read_text()


def own_port() -> int:
    """Return a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_health_says_who_and_what(kafka_settings: Settings) -> None:
    """`/health`, `/ready` and `/metrics` tell the worker's name, state, partitions, lease and rules."""
    with WorkerProcess(kafka_settings) as worker:
        worker.ready()
        state = worker.state()
        assert state["ready"] is True
        assert state["status"] == "running"
        assert state["partitions"] == [0, 1, 2, 3]
        assert state["rules_version"] == "fake-1"
        assert state["worker"].endswith("-worker-0")
        assert 0 < state["lease_seconds"] <= 5
        assert json.loads(worker.get("ready")[1]) | {"lease_seconds": 0} == state | {"lease_seconds": 0}
        until(lambda: worker.metric("pactwatch_ticks_total") == 1, what="the first tick")
        _, body = worker.get("metrics")
        assert b'pactwatch_rules_info{version="fake-1"} 1.0' in body
        assert worker.metric("pactwatch_assigned_partitions") == 4


def test_articles_in_other_languages_are_counted(kafka_settings: Settings) -> None:
    """A language without rules shows in the metric, by its code, and the article is no dead letter."""
    klingon = Article(id="k", title="tlhIngan", text="HIja'", language="tlh")
    with WorkerProcess(kafka_settings) as worker:
        worker.ready()
        produce(kafka_settings, [klingon])
        line = b'pactwatch_unread_articles_total{language="tlh"} 1.0'
        until(lambda: line in worker.get("metrics")[1], what="the count")
        assert worker.metric("pactwatch_articles_total") == 1
