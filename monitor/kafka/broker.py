"""The embedded broker: Apache Kafka on this machine, from packages alone."""

from __future__ import annotations

import base64
import errno
import os
import re
import shlex
import socket
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import platformdirs

from monitor.errors import BrokerError
from monitor.kafka import jars, java, run_file
from monitor.kafka.child import Child
from monitor.kafka.failures import explain
from monitor.kafka.probe import answers
from monitor.kafka.run_file import Lock, RunFile, running

GRACE = 20.0
"""Seconds a broker gets to close its logs: one that is killed has to check them at the next start."""

START_TIMEOUT = 90.0
"""Seconds until it must serve: a large log that was not closed takes its time."""

ROOM = 200 * 1024 * 1024
"""Bytes that must be free where the data is: Kafka stops at once when a write fails."""

_LOG_BYTES = 4 * 1024 * 1024
_TEMPLATE = Path(__file__).with_name("server.properties")


def cache_folder() -> Path:
    """Return where jars and archives are kept, per user."""
    return Path(platformdirs.user_cache_dir("pactwatch", appauthor=False)) / "kafka"


class EmbeddedBroker:
    """One Apache Kafka, broker and controller in one process, on free ports of the loopback interface.

    A start on the same data folder finds everything again and takes the same ports if they are free.  It ends
    with the process that started it, also when that is killed.  Starting and stopping block; a second start of
    a folder whose broker runs is refused: ask `running` first.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        cache: Path | None = None,
        command: str | None = None,
        notify: Callable[[str], None] = lambda _text: None,
    ) -> None:
        """Prepare a broker; nothing happens before `start`.

        Args:
            data_dir: what it keeps, in a folder ``kafka``, and the run file.
            port: a port to use and no other; by default that of the last start, else any free one.
            cache: where jars and archives are kept.
            command: what the run file calls the process that starts it.
            notify: told in a few words what takes long.

        """
        self.data_dir = data_dir.absolute()
        self.home = self.data_dir / "kafka"
        self.log = self.home / "broker.log"
        self._cache = (cache or cache_folder()).absolute()
        self._port = port
        self._command = command or shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])
        self._notify = notify
        self._lock = Lock(self.data_dir)
        self._child: Child | None = None
        self._archives: java.Archives | None = None
        self._run: RunFile | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def address(self) -> str:
        """``127.0.0.1:port``, once started."""
        if self._run is None:
            raise BrokerError("the embedded broker is not started")
        return self._run.address

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._child.exit_code if self._child else None

    def start(self) -> str:
        """Start it, wait until it serves, and return its bootstrap address.

        Raises:
            BrokerError: port taken, no Java, no network at the first start, disk full, data of another cluster, or the
                broker ended: the message says which, the hint what to do.

        """
        self._check_folder()
        if not self._lock.take():
            other = running(self.data_dir)
            where = f"at {other.address} (`{other.command}`, process {other.owner})" if other else "and is starting"
            raise BrokerError(
                f"a broker already runs on {self.data_dir}, {where}",
                hint="use it: every command finds it by its run file; `pactwatch broker stop` ends it",
            )
        try:
            return self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> str:
        run_file.remove(self.data_dir)
        program = java.find()
        path = self._class_path()
        self._archives = java.Archives.of(self._cache, program, path)
        self._archives.prepare(program)
        port, controller_port = self._ports()
        properties = self.home / "server.properties"
        properties.write_text(
            _TEMPLATE.read_text(encoding="utf-8").format(
                port=port, controller_port=controller_port, log_dir=self.home / "data"
            ),
            encoding="utf-8",
        )
        self._format(program, path, properties)
        since = self._turn_log()
        with self.log.open("ab") as log:
            self._child = Child(
                java.command(program, path, self._archives, "kafka.Kafka", str(properties), record=True),
                grace=GRACE,
                environment=java.environment(),
                stdout=log,
                stderr=log,
                keep=[self._lock.descriptor],
            )
        self._wait(port, since)
        self._run = RunFile(
            address=f"127.0.0.1:{port}",
            pid=self._child.pid,
            owner=os.getpid(),
            command=self._command,
            port=port,
            controller_port=controller_port,
        )
        self._run.write(self.data_dir)
        return self._run.address

    def stop(self) -> None:
        """End it in good order and wait; nothing happens when it does not run."""
        try:
            if self._child is not None:
                if self._archives and not self._archives.top.exists():
                    self._notify("writing the archive that makes the next start quick")
                code = self._child.stop()
                if self._archives:
                    self._archives.keep(clean=code == 128 + 15)
        finally:
            self._child = self._run = None
            if self._lock.descriptor >= 0:
                run_file.remove(self.data_dir)
                self._lock.release()

    def failure(self) -> BrokerError:
        """Explain, from the end of its log, why it ended by itself."""
        return explain(self._tail(0), home=self.home, log=self.log)

    def _check_folder(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            free = jars.free_bytes(self.home)
        except OSError as error:
            raise BrokerError(
                f"cannot keep the broker's data in {self.home}: {error.strerror}",
                hint="let data_dir (PACTWATCH_DATA_DIR) name a folder that can be written",
            ) from error
        if free < ROOM:
            raise BrokerError(
                f"the disk is full: {free // 2**20} MB are left for {self.home}, Kafka needs {ROOM // 2**20} MB",
                hint="free some room, or let data_dir (PACTWATCH_DATA_DIR) name a folder on another disk",
            )

    def _class_path(self) -> str:
        told = False

        def progress(done: int, total: int) -> None:
            nonlocal told
            if not told or done == total:
                self._notify(f"downloading Apache Kafka, once: {done} of {total} files")
                told = True

        return jars.class_path(self._cache / "jars", progress=progress)

    def _ports(self) -> tuple[int, int]:
        """Return the ports for clients and for the controller."""
        earlier = self._earlier_ports()
        if self._port is not None:
            if not is_free(self._port):
                raise BrokerError(
                    f"port {self._port} is taken by another program",
                    hint="give another --port, or none: a free one is found and written to the run file",
                )
            port = self._port
        else:
            port = earlier[0] if earlier and is_free(earlier[0]) else free_port()
        controller = earlier[1] if earlier and earlier[1] != port and is_free(earlier[1]) else free_port(port)
        return port, controller

    def _earlier_ports(self) -> tuple[int, int] | None:
        with suppress(OSError):
            text = (self.home / "server.properties").read_text(encoding="utf-8")
            found = re.search(r"\nlisteners=PLAINTEXT://127\.0\.0\.1:(\d+),CONTROLLER://127\.0\.0\.1:(\d+)\n", text)
            if found:
                return int(found[1]), int(found[2])
        return None

    def _format(self, program: Path, path: str, properties: Path) -> None:
        """Make the data folder a cluster of its own, once."""
        data = self.home / "data"
        if (data / "meta.properties").exists():
            return
        if data.exists() and any(data.iterdir()):
            raise BrokerError(
                f"{data} holds files but no meta.properties: it is damaged, or no data of the embedded broker",
                hint=f"put the missing file back from a copy, or move {data} away to begin anew",
            )
        assert self._archives is not None
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if cluster.startswith("-"):
            cluster = "A" + cluster[1:]  # the formatter would take it for an option
        result = java.run(
            program,
            *java.command(
                program, path, self._archives, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(properties)
            )[1:],
        )
        if result.returncode != 0:
            raise explain(result.stdout, home=self.home, log=self.log)

    def _turn_log(self) -> int:
        """Set a long log aside; return the size of the present one."""
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > _LOG_BYTES:
                self.log.replace(self.log.with_suffix(".log.1"))
        try:
            return self.log.stat().st_size
        except FileNotFoundError:
            return 0

    def _tail(self, since: int) -> str:
        with self.log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(since, size - 64 * 1024))
            return file.read().decode("utf-8", "replace")

    def _wait(self, port: int, since: int) -> None:
        assert self._child is not None
        deadline = time.monotonic() + START_TIMEOUT
        while not answers(port):
            if self._child.exit_code is not None:
                raise explain(self._tail(since), home=self.home, log=self.log)
            if time.monotonic() > deadline:
                raise BrokerError(
                    f"the embedded broker did not serve within {START_TIMEOUT:.0f} s", hint=f"its log is {self.log}"
                )
            time.sleep(0.01)


def is_free(port: int) -> bool:
    """Tell whether nothing listens on a port of the loopback interface."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a connection of the last run may still linger
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def free_port(*others: int) -> int:
    """Return a port of the loopback interface on which nothing listens, none of ``others``."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in others:
            return port
