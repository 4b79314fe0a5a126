"""A running deliverer, the topics it reads and writes, and two servers in Slack's place."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from aiokafka import AIOKafkaProducer
from pydantic import SecretStr

from monitor.kafka import view
from monitor.kafka.connection import MAX_RECORD_BYTES
from monitor.models.alert import Alert
from monitor.models.dead_letter import DeadLetter
from monitor.models.delivery import Delivery
from monitor.routes.decide import Router
from monitor.settings import Settings, Slack
from monitor.slack.deliverer import Deliverer
from monitor.slack.poster import Poster
from monitor.slack.web import SlackPoster
from tests.conftest import MakeSettings
from tests.slack.fault_server import FaultServer
from tests.slack.standin_server import Standin


class Server(Protocol):
    """What both servers in Slack's place can do."""

    base_url: str
    token: str

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """Return what stands in a channel, the oldest first."""

    def thread(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """Return a message and its replies."""

    def archive(self, channel: str, *, archived: bool) -> None:
        """Archive a channel, or take it back."""

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message."""


@pytest.fixture
def standin(tmp_path: Path) -> Iterator[Standin]:
    """Start the stand-in no one here wrote."""
    with Standin(tmp_path) as server:
        yield server


@pytest.fixture
async def faults() -> AsyncIterator[FaultServer]:
    """Start the fault server, without faults."""
    async with FaultServer().serving() as server:
        yield server


@pytest.fixture(params=["standin", "faults"])
def server(request: pytest.FixtureRequest) -> Server:
    """Give either server: what is tested with it holds on both."""
    found: Server = request.getfixturevalue(request.param)
    return found


async def until(met: Callable[[], Any], *, within: float = 20.0, every: float = 0.02) -> None:
    """Wait for a condition; fail when it does not come."""
    deadline = time.monotonic() + within
    while True:
        answer = met()
        if isinstance(answer, Awaitable):
            answer = await answer
        if answer:
            return
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(every)


class Desk:
    """Settings, alerts to write, deliverers to run, a log to read."""

    def __init__(self, settings: Settings, producer: AIOKafkaProducer, token: str) -> None:
        self.settings = settings
        self._producer = producer
        self._token = token

    @classmethod
    async def at(cls, settings: Settings, token: str) -> Desk:
        """Open a desk."""
        producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka.bootstrap_servers, max_request_size=MAX_RECORD_BYTES
        )
        await producer.start()
        return cls(settings, producer, token)

    async def close(self) -> None:
        """Close it."""
        await self._producer.stop()

    async def write(self, *alerts: Alert | bytes) -> None:
        """Append to `alerts`."""
        topic = self.settings.kafka.topic("alerts")
        for alert in alerts:
            value = alert if isinstance(alert, bytes) else alert.encode()
            key = b"k" if isinstance(alert, bytes) else (alert.agreement_id or "x").encode()
            await self._producer.send_and_wait(topic, key=key, value=value, partition=0)

    async def put(self, topic: str, key: str, value: bytes | None, *, partition: int | None = None) -> None:
        """Write a record of another topic."""
        name = self.settings.kafka.topic(topic)
        await self._producer.send_and_wait(name, key=key.encode(), value=value, partition=partition)

    async def put_letter(self, letter: DeadLetter) -> None:
        """Write a dead letter."""
        name = self.settings.kafka.topic("dead-letters")
        await self._producer.send_and_wait(name, key=letter.key, value=letter.value, headers=letter.headers())

    async def log(self) -> dict[str, Delivery]:
        """Read `deliveries`."""
        return await view.read(self.settings, self.settings.kafka.topic("deliveries"), Delivery.decode)

    @asynccontextmanager
    async def delivering(
        self, *, poster: Poster | None = None, route: Router | None = None, token: str | None = "", **more: Any
    ) -> AsyncIterator[Deliverer]:
        """Run a deliverer while the context is open; ``token``: None for none, empty for the right one."""
        secret = None if token is None else SecretStr(token or self._token)
        deliverer = Deliverer(self.settings, poster or SlackPoster(self.settings.slack, secret), route=route, **more)
        task = asyncio.create_task(deliverer.run())
        try:
            yield deliverer
        finally:
            deliverer.stop()
            await asyncio.wait_for(task, 20)


MakeDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def make_desk(make_kafka_settings: MakeSettings) -> AsyncIterator[MakeDesk]:
    """Give a maker of desks for a server, with settings of `Slack` to change."""
    desks: list[Desk] = []

    async def make(at: Server, **changes: Any) -> Desk:
        values: dict[str, Any] = {
            "channel": "#pacts",
            "base_url": at.base_url,
            "posts_per_second": 100,
            "workspace_posts_per_second": 1000,
            "updates_per_minute": 60_000,
            "timeout": 1.0,
            "port": 0,
            "daily_at": "",
            **changes,
        }
        desk = await Desk.at(make_kafka_settings(slack=Slack(**values)), at.token)
        desks.append(desk)
        return desk

    yield make
    for desk in desks:
        await desk.close()
