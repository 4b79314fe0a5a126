"""The parts of the embedded broker that can be looked at without starting one."""

from __future__ import annotations

import hashlib
import http.server
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from monitor.errors import BrokerError
from monitor.kafka import jars, probe
from monitor.kafka.failures import explain
from monitor.kafka.jars import Jar, class_path, from_repository, read_lock

CONTENT = b"the bytes of a jar"
JAR = Jar("org.example", "thing", "1.0", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Serve a folder as a Maven repository, and point jgo at it."""
    root = tmp_path / "repository"
    folder = root / "org" / "example" / "thing" / "1.0"
    folder.mkdir(parents=True)

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(root))  # type: ignore[arg-type] # as socketserver calls it

        def log_message(self, *_arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    configure(tmp_path, monkeypatch, f"http://127.0.0.1:{server.server_port}")
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def configure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Let jgo know one repository only."""
    configuration = tmp_path / "jgo.conf"
    configuration.write_text(f"[repositories]\nlocal = {url}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(configuration))


def test_the_lock_lists_the_broker() -> None:
    """The committed list has Kafka and a hash a file, each file once, and no address."""
    lock = read_lock()
    assert any(jar.artifact == "kafka_2.13" for jar in lock)
    assert len({jar.name for jar in lock}) == len(lock)
    assert all(len(jar.sha256) == 64 for jar in lock)
    assert "://" not in jars.LOCK.read_text()


def test_a_jar_is_brought_checked_and_kept(repository: Path, tmp_path: Path) -> None:
    """The first call brings the file from the repository; the second needs none; a changed file is brought anew."""
    source = repository / "thing-1.0.jar"
    source.write_bytes(CONTENT)
    folder = tmp_path / "cache"
    path = class_path(folder, jars=[JAR])
    assert path == str(folder / "thing-1.0.jar")
    assert Path(path).read_bytes() == CONTENT
    source.rename(source.with_suffix(".away"))
    assert class_path(folder, jars=[JAR]) == path
    Path(path).write_bytes(CONTENT[:5])
    source.with_suffix(".away").rename(source)
    class_path(folder, jars=[JAR])
    assert Path(path).read_bytes() == CONTENT
    assert [file.name for file in folder.iterdir()] == ["thing-1.0.jar"]


def test_another_file_than_the_lock_says_is_refused(repository: Path, tmp_path: Path) -> None:
    """A repository that serves other bytes under the right name: an error, and nothing is kept."""
    (repository / "thing-1.0.jar").write_bytes(b"other bytes")
    with pytest.raises(BrokerError, match=r"thing-1\.0\.jar is not the file it should be"):
        class_path(tmp_path / "cache", jars=[JAR])
    assert not list((tmp_path / "cache").iterdir())


def test_a_file_the_repository_lacks(repository: Path, tmp_path: Path) -> None:
    """A mirror without the file: the error names it and the configuration to look at."""
    with pytest.raises(BrokerError, match=r"thing-1\.0\.jar.*was not found") as raised:
        class_path(tmp_path / "cache", jars=[JAR])
    assert "jgo configuration" in str(raised.value.hint)


def test_no_network_at_the_first_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing answers: said that it is needed once, and what else can be done."""
    configure(tmp_path, monkeypatch, "http://127.0.0.1:1")
    with pytest.raises(BrokerError, match=r"could not be downloaded; this is needed once") as raised:
        class_path(tmp_path / "cache", jars=[JAR])
    assert str(tmp_path / "cache") in str(raised.value.hint)
    assert "kafka.bootstrap_servers" in str(raised.value.hint)


def test_no_room_for_the_download(tmp_path: Path) -> None:
    """A disk that fills while downloading is told as such."""

    def full(_jar: Jar, _folder: Path) -> Path:
        raise OSError(28, "No space left on device")

    with pytest.raises(BrokerError, match=r"no room for the embedded broker"):
        class_path(tmp_path / "cache", jars=[JAR], resolve=full)


def test_jgo_is_asked_for_nothing_but_the_file(repository: Path, tmp_path: Path) -> None:
    """Exact coordinates are fetched: no project file is read, so no other version can come in."""
    (repository / "thing-1.0.jar").write_bytes(CONTENT)
    assert from_repository(JAR, tmp_path / "scratch").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ("java.io.IOException: No space left on device\n\tat x.Y", "no room left for", "free some room"),
        ("KafkaException: Socket server failed to bind to 127.0.0.1:9092: Address already in use.", "a port", "port"),
        ("RuntimeException: Stored node id 7 doesn't match previous node id 1", "another cluster", "move"),
        ("java.lang.OutOfMemoryError: Java heap space", "too little memory", "400 MB"),
        ("ERROR something new", "ERROR something new", "broker.log"),
    ],
)
def test_what_kafka_said_is_explained(said: str, message: str, hint: str) -> None:
    """Each way a broker ends by itself has a sentence of its own; any other shows the last lines of the log."""
    error = explain(f"WARN before\n{said}\n\tat java.base/x\n", home=Path("/data/kafka"), log=Path("/data/broker.log"))
    assert message in error.message
    assert hint in str(error.hint)
    assert "java.base" not in error.message


@pytest.mark.parametrize(
    ("answer", "serves"),
    [
        (None, False),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
        (struct.pack(">iii", 8, 20, 0), False),
        (struct.pack(">iii", 8, 21, 1), False),
        (struct.pack(">iii", 8, 20, 1), True),
    ],
    ids=["silent", "another protocol", "not yet part of its cluster", "answer to another question", "serves"],
)
def test_a_port_is_asked_whether_kafka_serves_there(answer: bytes | None, serves: bool) -> None:
    """An open port is not enough: only an answer to the question that names a live broker is."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak() -> None:
            connection, _address = listener.accept()
            with connection, suppress(ConnectionError):
                if answer is not None:
                    connection.sendall(answer)
                while connection.recv(1024):
                    pass

        thread = threading.Thread(target=speak)
        thread.start()
        assert probe.answers(listener.getsockname()[1], timeout=0.5) is serves
        thread.join()


def test_a_closed_port_is_no_broker() -> None:
    """Nobody listens: no, and no exception."""
    assert not probe.answers(1, timeout=0.5)
