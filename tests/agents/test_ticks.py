"""Ticks: one a minute, of the clock or of the backlog."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agents.lease import Lease, Revoked
from agents.metrics import Metrics
from agents.outbox import Outgoing
from agents.ticks import Ticker, Unread
from monitor.models.report import Tick
from monitor.settings import Settings
from tests.agents.fakes import article
from tests.agents.harness import no_end, produce, running_app
from tests.kafka.test_faust_transport import until_committed

NOW = datetime(2025, 10, 31, 12, 30, 15, tzinfo=UTC)


class FakeOutbox:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    async def send(self, records: list[Outgoing], claim: Any) -> None:
        claim.check()
        self.sent += records


class Scene:
    """A ticker with a clock and a backlog that a test moves."""

    def __init__(self) -> None:
        self.now = NOW
        self.oldest: datetime | None = None
        self.outbox = FakeOutbox()
        self.lease = Lease(1000, on_break=no_end, clock=lambda: 0.0)
        self.lease.assign()
        self.ticker = Ticker(
            outbox=self.outbox,  # type: ignore[arg-type] # all of it that is used
            lease=self.lease,
            metrics=Metrics(),
            reports="reports",
            sightings="sightings",
            partitions=3,
            owns=lambda: True,
            oldest_unread=self.oldest_unread,
            clock=lambda: self.now,
        )

    async def oldest_unread(self) -> datetime | None:
        return self.oldest


@pytest.fixture
def scene() -> Scene:
    """Give the scene."""
    return Scene()


async def test_a_tick_goes_to_reports_and_to_every_partition_of_sightings(scene: Scene) -> None:
    """Its minute is that of the clock when nothing is unread."""
    assert await scene.ticker.tick() == NOW.replace(second=0)
    assert [(one.topic, one.partition) for one in scene.outbox.sent] == [
        ("reports", 0),
        ("sightings", 0),
        ("sightings", 1),
        ("sightings", 2),
    ]
    assert {Tick.decode(one.value).minute for one in scene.outbox.sent} == {NOW.replace(second=0)}


async def test_a_backlog_holds_time_back(scene: Scene) -> None:
    """While an article of yesterday is unread it is yesterday; no minute is sent twice, nor an earlier one."""
    scene.oldest = NOW - timedelta(days=1)
    assert await scene.ticker.tick() == (NOW - timedelta(days=1)).replace(second=0)
    assert await scene.ticker.tick() is None
    scene.oldest = NOW - timedelta(days=2)
    assert await scene.ticker.tick() is None
    scene.oldest = None
    assert await scene.ticker.tick() == NOW.replace(second=0)


async def test_an_article_from_the_future_does_not_hurry_time(scene: Scene) -> None:
    """The clock is the limit."""
    scene.oldest = NOW + timedelta(days=1)
    assert await scene.ticker.tick() == NOW.replace(second=0)


async def test_no_tick_without_the_partition(scene: Scene) -> None:
    """A worker that lost `reports` partition 0 sends none."""
    scene.lease.revoke()
    with pytest.raises(Revoked):
        await scene.ticker.tick()
    assert scene.outbox.sent == []


@pytest.mark.kafka
async def test_the_oldest_unread_article_is_found_in_kafka(kafka_settings: Settings) -> None:
    """None when all is read; else the event time of the oldest of the partitions' first unread ones."""
    unread = Unread(
        kafka_settings.kafka.topic("articles"),
        kafka_settings.kafka.partitions,
        kafka_settings.worker.app_id,
        {"bootstrap_servers": kafka_settings.kafka.bootstrap_servers},
    )
    assert await unread.oldest() is None
    produce(kafka_settings, [article(1, day=1), article(2, day=2)], partition=0)
    assert await unread.oldest() == datetime(2025, 10, 1, 12, tzinfo=UTC)
    async with running_app(kafka_settings):
        await until_committed(kafka_settings, 2)
    assert await unread.oldest() is None
    produce(kafka_settings, [article(3, day=9), article(4, day=3)], partition=0)
    produce(kafka_settings, [article(5, day=8), (b"x", b"not an article")], partition=1)
    assert await unread.oldest() == datetime(2025, 10, 8, 12, tzinfo=UTC)
    await unread.close()
