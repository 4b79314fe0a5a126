"""`pactwatch broker` and `pactwatch topics`."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from monitor.kafka.run_file import running
from monitor.kafka.topics import TOPICS
from monitor.settings import Settings
from tests.cli.conftest import Run, Start
from tests.conftest import MakeSettings
from tests.waiting import until


def test_a_broker_is_found_by_a_second_terminal_and_ended(run: Run, start: Start, tmp_path: Path) -> None:
    """`broker` runs in front; `status` and `topics` find it by its run file; `stop` ends it, and a start finds all."""
    data = {"PACTWATCH_DATA_DIR": str(tmp_path / "data")}
    assert run("broker", "status", env=data).code == 4
    said = run("topics", env=data)
    assert said.code == 4
    assert "no embedded broker runs on" in said.err
    assert "pactwatch up" in said.err
    broker = start("broker", env=data)
    until(lambda: running(tmp_path / "data"), what="the broker")
    run_file = running(tmp_path / "data")
    assert run_file is not None
    status = json.loads(run("broker", "status", "--json", env=data).out)
    assert status["serves"] is True
    assert status["address"] == run_file.address
    created = json.loads(run("topics", "--create", "--json", env=data).out)
    assert len(created) == len(TOPICS)
    assert all(topic["created"] and not topic["faults"] and topic["partitions"] == 8 for topic in created)
    second = run("broker", env=data)
    assert second.code == 4
    assert run_file.address in second.err
    stopped = run("broker", "stop", env=data)
    assert stopped.code == 0
    assert broker.wait(10) == 0
    again = start("broker", env=data)
    until(lambda: running(tmp_path / "data"), what="the broker")
    assert json.loads(run("broker", "status", "--json", env=data).out)["address"] == run_file.address
    assert "ok" in run("topics", env=data).out
    again.send_signal(signal.SIGINT)
    assert again.wait(20) == 0
    assert run("broker", "stop", env=data).code == 0


def test_missing_topics_are_told_and_created(run: Run, make_kafka_settings: MakeSettings) -> None:
    """Without topics: exit code 4 and the command; after it: 0."""
    settings = make_kafka_settings(create=False)
    said = run("topics", settings=settings)
    assert said.code == 4
    assert "missing topics: " in said.err
    assert "pactwatch topics --create" in said.err
    assert run("topics", "--create", settings=settings).code == 0
    assert run("topics", settings=settings).code == 0


def test_other_partition_counts_are_told(run: Run, kafka_settings: Settings) -> None:
    """Topics with 4 partitions and a setting of 5: both numbers, and nothing is changed."""
    said = run("topics", "--create", settings=kafka_settings, env={"PACTWATCH_KAFKA__PARTITIONS": "5"})
    assert said.code == 4
    assert "kafka.partitions = 5" in said.err
    assert "(4)" in said.err
    assert run("topics", settings=kafka_settings).code == 0


def test_a_broker_that_is_not_there(run: Run) -> None:
    """A configured address where nothing answers: the address is in the error, exit code 4."""
    said = run("topics", env={"PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    assert said.code == 4
    assert "Kafka at 127.0.0.1:1 does not answer" in said.err
