"""Workers for tests: as processes that can be killed and stopped, and as apps inside the test's own event loop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from agents.app import App, Identity, create_app
from agents.parts import Parts
from monitor.models.article import Article
from monitor.settings import Settings
from tests.agents.fakes import fake_parts
from tests.waiting import until, until_async

ROOT = Path(__file__).parents[2]


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that give a process these settings."""
    kafka, worker = settings.kafka, settings.worker
    return {
        "PACTWATCH_DATA_DIR": str(settings.data_dir),
        "PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "PACTWATCH_KAFKA__PREFIX": kafka.prefix,
        "PACTWATCH_KAFKA__PARTITIONS": str(kafka.partitions),
        "PACTWATCH_WORKER__APP_ID": worker.app_id,
        "PACTWATCH_WORKER__PORT": str(worker.port),
        "PACTWATCH_LOG__FORMAT": "json",
    }


class WorkerProcess:
    """A worker as a process; `kill` is kill -9, `freeze` SIGSTOP, `thaw` SIGCONT, `end` SIGTERM."""

    def __init__(
        self,
        settings: Settings,
        name: str = "worker",
        *,
        crash_point: str = "",
        trace: Path | None = None,
        real: bool = False,
    ) -> None:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self.log = settings.data_dir / f"{name}-{time.monotonic_ns()}.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.agents.worker_process"],
                cwd=ROOT,
                env={
                    **os.environ,
                    **environment(settings),
                    "CRASH_POINT": crash_point,
                    "TRACE": str(trace or ""),
                    "REAL": "1" if real else "",
                },
                stderr=log,
                stdout=log,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            sys.stderr.write(f"--- {self.log.name}\n{self.log.read_text()[-6000:]}\n")
        self.kill()

    def events(self) -> list[dict[str, Any]]:
        """Return what it logged."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    def logged(self, event: str) -> list[dict[str, Any]]:
        """Return what it logged under one name."""
        return [entry for entry in self.events() if entry["event"] == event]

    @property
    def url(self) -> str:
        """Of the health pages of its present life."""
        started = self.logged("worker starts")
        return str(started[-1]["health"]) if started else ""

    def get(self, page: str) -> tuple[int, bytes]:
        """Ask a page; status 0 when nothing answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/{page}", timeout=2) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except (OSError, ValueError):
            return 0, b""

    def state(self) -> dict[str, Any]:
        """Return what `/health` says; empty when nothing answers."""
        status, body = self.get("health")
        return dict(json.loads(body)) if status == 200 else {}

    def ready(self, seconds: float = 30.0) -> Self:
        """Wait until it is ready."""
        until(lambda: self.get("ready")[0] == 200, what=f"{self.log.name} ready", seconds=seconds)
        return self

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels."""
        _, body = self.get("metrics")
        lines = [line for line in body.decode().splitlines() if line.split("{")[0].split(" ")[0] == name]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def killed(self, seconds: float) -> None:
        """Wait until it has been killed."""
        assert self.process.wait(seconds) == -signal.SIGKILL

    def kill(self) -> None:
        """End it as kill -9 does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        """Stop it as a long pause of the machine does."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def end(self, seconds: float = 12.0) -> int:
        """Ask it to stop, and wait; return its exit code."""
        self.process.terminate()
        return self.process.wait(seconds)


class Ended(Exception):  # noqa: N818 - what stands for the end of a process
    """Raised in place of ending the process of the test."""


def no_end(reason: Any) -> NoReturn:
    """Fail the task that would have ended the process."""
    raise Ended(reason)


@asynccontextmanager
async def running_app(
    settings: Settings,
    name: str = "a",
    *,
    parts: Parts | None = None,
    on_lease_break: Callable[[str], NoReturn] = no_end,
    on_fatal: Callable[[BaseException], NoReturn] = no_end,
) -> AsyncIterator[App]:
    """Run an app in this event loop until the block ends; it is ready when the block begins."""
    app = create_app(
        settings,
        parts=parts or fake_parts(),
        identity=Identity(f"{settings.worker.app_id}-{name}", settings.data_dir / name),
        on_lease_break=on_lease_break,
        on_fatal=on_fatal,
    )
    (settings.data_dir / name).mkdir(parents=True, exist_ok=True)
    starting = asyncio.create_task(app.start())
    try:
        await until_ready(app)
        yield app
    finally:
        app.lease.revoke()
        await app.stop()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)


async def until_ready(app: App, *, partitions: int | None = None, seconds: float = 20.0) -> None:
    """Wait until an app has recovered, and owns so many partitions of `articles`."""

    async def is_so() -> bool:
        owned = len(app.owned(app.articles))
        return app.consumer_generation_id > 0 and app.running and partitions in (None, owned)

    await until_async(is_so, what=f"the app with {partitions or 'its'} partitions", seconds=seconds)


def produce(
    settings: Settings,
    articles: Iterable[Article | tuple[bytes | None, bytes | None]],
    *,
    topic: str = "articles",
    **where: Any,
) -> None:
    """Put articles (or keys and raw values) into `articles`, or another topic; ``partition=n`` says where."""
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap_servers, "message.max.bytes": 20_000_000})
    for one in articles:
        key, value = (one.id.encode(), one.encode()) if isinstance(one, Article) else one
        while True:
            try:
                producer.produce(settings.kafka.topic(topic), value, key, **where)
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(60) == 0


def committed(settings: Settings, topic: str = "articles") -> dict[int, int]:
    """Return the group's committed offsets of a topic, by partition; 0 where none is."""
    admin = AdminClient({"bootstrap.servers": settings.kafka.bootstrap_servers})
    group = settings.worker.app_id
    asked = [TopicPartition(settings.kafka.topic(topic), partition) for partition in range(settings.kafka.partitions)]
    answer = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, asked)])[group].result()
    return {tp.partition: max(tp.offset, 0) for tp in answer.topic_partitions}


def lag(settings: Settings, topic: str) -> int:
    """Return how many records of a topic the group has not committed."""
    return sum(ends(settings, topic).values()) - sum(committed(settings, topic).values())


def ends(settings: Settings, topic: str) -> dict[int, int]:
    """Return the end of each partition of a topic, or of a changelog by its full name."""
    full = topic if topic.endswith("-changelog") else settings.kafka.topic(topic)
    consumer = Consumer({"bootstrap.servers": settings.kafka.bootstrap_servers, "group.id": "watermarks"})
    try:
        return {
            partition: consumer.get_watermark_offsets(TopicPartition(full, partition), timeout=10)[1]
            for partition in range(settings.kafka.partitions)
        }
    finally:
        consumer.close()


def idle(settings: Settings) -> bool:
    """Tell whether every article, report and sighting has been handled and committed."""
    return all(lag(settings, topic) == 0 for topic in ("articles", "reports", "sightings"))


def members(settings: Settings) -> list[str]:
    """Return the instance ids of the members of the group."""
    admin = AdminClient({"bootstrap.servers": settings.kafka.bootstrap_servers})
    group = admin.describe_consumer_groups([settings.worker.app_id])[settings.worker.app_id].result()
    return sorted(member.group_instance_id or "" for member in group.members)
