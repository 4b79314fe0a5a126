"""Three Kafka brokers on the loopback interface that can be killed, frozen and started again."""

from __future__ import annotations

import base64
import signal
import uuid
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from monitor.kafka import jars, java
from monitor.kafka.broker import cache_folder, free_port
from monitor.kafka.child import Child
from monitor.kafka.probe import answers
from tests.soak.leash import children, send
from tests.waiting import until

HEAP = "-Xmx256m"
"""Of each: three of them share a machine with everything else."""

_TEMPLATE = Path(__file__).with_name("server.properties")


class Broker:
    """One node; `start` blocks until it serves."""

    def __init__(self, number: int, port: int, command: list[str], log: Path) -> None:
        self.number = number
        self.port = port
        self._command = command
        self._log = log
        self._child: Child | None = None

    def launch(self) -> None:
        """Start it, and return at once."""
        with self._log.open("ab") as log:
            self._child = Child(self._command, grace=30.0, environment=java.environment(), stdout=log, stderr=log)

    def wait(self) -> None:
        """Wait until it serves."""
        until(self._serves, what=f"broker {self.number} ({self._log})", seconds=90)

    def start(self) -> None:
        """Start it, and wait until it serves."""
        self.launch()
        self.wait()

    def _serves(self) -> bool:
        assert self._child is not None
        assert self._child.exit_code is None, f"broker {self.number} ended: {self._log.read_text()[-2000:]}"
        return answers(self.port)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the Java process itself; its guard stands by."""
        assert self._child is not None
        for pid in children(self._child.pid):
            send(pid, number)

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.signal(signal.SIGKILL)
        assert self._child is not None
        self._child.wait(10)

    @property
    def pid(self) -> int:
        """Of the Java process; 0 when there is none."""
        return next(iter(children(self._child.pid)), 0) if self._child else 0

    def end(self) -> None:
        """Kill it unless it has ended."""
        if self._child is not None and self._child.exit_code is None:
            self.kill()

    def stop(self) -> None:
        """End it in good order: its partitions are led by others before it goes."""
        if self._child is not None and self._child.exit_code is None:
            self.signal(signal.SIGCONT)
            self._child.stop()


class Cluster:
    """Brokers with one quorum of controllers; each is both."""

    def __init__(self, folder: Path, *, brokers: int = 3) -> None:
        self._folder = folder
        self._count = brokers
        self.brokers: list[Broker] = []

    @property
    def addresses(self) -> str:
        """``host:port``, with commas."""
        return ",".join(f"127.0.0.1:{broker.port}" for broker in self.brokers)

    def in_sync(self) -> bool:
        """Tell whether every partition has all its copies in sync."""
        try:
            topics = AdminClient({"bootstrap.servers": self.addresses}).list_topics(timeout=5).topics.values()
        except KafkaException:
            return False
        return all(len(one.isrs) == len(one.replicas) for topic in topics for one in topic.partitions.values())

    def __enter__(self) -> Self:
        ports: list[int] = []
        while len(ports) < 2 * self._count:
            ports.append(free_port(*ports))
        numbers = range(1, self._count + 1)
        voters = ",".join(f"{number}@127.0.0.1:{ports[-number]}" for number in numbers)
        program, path = java.find(), jars.class_path(cache_folder() / "jars")
        archives = java.Archives.of(cache_folder(), program, path)
        archives.prepare(program)
        cluster = "S" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode()[:21]
        for number in numbers:
            home = self._folder / f"broker-{number}"
            home.mkdir(parents=True)
            file = home / "server.properties"
            values = {"node": number, "voters": voters, "port": ports[number - 1], "controller_port": ports[-number]}
            file.write_text(_TEMPLATE.read_text().format(log_dir=home / "data", **values))
            tool = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(file)]
            done = java.run(program, *java.command(program, path, archives, *tool)[1:])
            assert done.returncode == 0, done.stdout
            command = java.command(program, path, archives, "kafka.Kafka", str(file))
            command.insert(command.index("-cp"), HEAP)
            self.brokers.append(Broker(number, ports[number - 1], command, home / "broker.log"))
        with ExitStack() as stack:  # a quorum serves only when most of it is there: all are started, then awaited
            stack.callback(self.stop)
            for broker in self.brokers:
                broker.launch()
            for broker in self.brokers:
                broker.wait()
            stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End all of them at once: what they hold is not wanted again."""
        for broker in self.brokers:
            broker.end()
