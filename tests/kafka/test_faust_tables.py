"""Facts about tables and agents that the worker relies on, against the real broker."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from agents import batches
from agents.lease import Revoked
from agents.outbox import TooLargeError
from monitor.settings import Settings
from tests.agents.fakes import article
from tests.agents.harness import Ended, committed, produce, running_app
from tests.conftest import ReadAll
from tests.kafka.test_faust_transport import until_committed
from tests.waiting import until_async


def changelog(settings: Settings) -> str:
    """Return the changelog of the table `reported`."""
    return f"{settings.worker.app_id}-reported-changelog"


async def set_max_bytes(settings: Settings, topic: str, size: int) -> None:
    """Make a topic refuse larger batches of records."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka.bootstrap_servers)
    await admin.start()
    wanted = ConfigResource(ConfigResourceType.TOPIC, topic, {"max.message.bytes": str(size)})
    await admin.alter_configs([wanted])
    await admin.close()


async def test_a_write_returns_when_the_changelog_has_it(kafka_settings: Settings, read_all: ReadAll) -> None:
    """One record a key, raw bytes, in the partition given; None deletes; the local copy follows."""
    async with running_app(kafka_settings) as app:
        table: Any = app.tables["reported"]
        with app.lease.claim() as claim:
            await table.write(2, {"a": b"\xff", "b": b"2"}, claim)
            await table.write(2, {"a": None, "c": b""}, claim)
            written = read_all(kafka_settings, changelog(kafka_settings))
        assert [(r.partition(), r.key(), r.value()) for r in written] == [
            (2, b"a", b"\xff"),
            (2, b"b", b"2"),
            (2, b"a", None),
            (2, b"c", b""),
        ]
        assert dict(table.items(2)) == {"b": b"2", "c": b""}
        assert not table.contains(1, "b")
    async with running_app(kafka_settings, "b") as app:
        table = app.tables["reported"]
        assert dict(table.items(2)) == {"b": b"2", "c": b""}


async def test_a_write_stands_as_a_whole_or_not_at_all(kafka_settings: Settings, read_all: ReadAll) -> None:
    """Keys that are small one by one are refused together when their batch is too large: no half of it stands."""
    await set_max_bytes(kafka_settings, changelog(kafka_settings), 4000)
    async with running_app(kafka_settings) as app:
        table: Any = app.tables["reported"]
        with app.lease.claim() as claim:
            with pytest.raises(TooLargeError):
                await table.write(0, {f"key-{n}": b"x" * 100 for n in range(100)}, claim)
            assert read_all(kafka_settings, changelog(kafka_settings)) == []
            assert table.items(0) == []
            await table.write(0, {f"key-{n}": b"x" * 100 for n in range(20)}, claim)
        assert len(table.items(0)) == 20


async def test_a_revoked_batch_changes_nothing(kafka_settings: Settings, read_all: ReadAll) -> None:
    """Its claim is worth nothing: neither the changelog nor the local copy is touched."""
    async with running_app(kafka_settings) as app:
        table: Any = app.tables["reported"]
        with app.lease.claim() as claim:
            app.lease.revoke()
            with pytest.raises(Revoked):
                await table.write(0, {"a": b"1"}, claim)
            app.lease.assign()
        assert table.items(0) == []
    assert read_all(kafka_settings, changelog(kafka_settings)) == []


async def test_an_exception_in_a_stage_never_commits_its_batch(
    kafka_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception that leaves a Faust agent acknowledges its event: so the process is ended before one does."""
    ended = asyncio.Event()

    async def broken(self: Any, batch: batches.Batch, claim: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("agents.classify.Classify.handle", broken)

    def on_fatal(error: BaseException) -> Any:
        ended.set()
        raise Ended(error)  # a real process is gone here, and nothing after this line happens

    async with running_app(kafka_settings, on_fatal=on_fatal):
        produce(kafka_settings, [article(1)], partition=0)
        await asyncio.wait_for(ended.wait(), 10)
        assert committed(kafka_settings)[0] == 0


async def test_what_the_producer_holds_expires_before_the_session(kafka_settings: Settings) -> None:
    """A record that waited longer than the request time-out is failed at the moment of sending, not sent."""
    async with running_app(kafka_settings) as app:
        producer: Any = app.producer
        raw = producer._producer
        ready = raw._sender.client.ready
        asleep = asyncio.Event()

        async def slow(*args: Any, **kwargs: Any) -> Any:
            asleep.set()
            for batch in [*raw._message_accumulator._pending_batches]:
                batch._ctime -= 5  # as if the process had been stopped for five seconds here
            return await ready(*args, **kwargs)

        raw._sender.client.ready = slow
        sent = await producer.send(kafka_settings.kafka.topic("alerts"), b"k", b"v", 0, None, None)
        with pytest.raises(Exception, match="RequestTimedOut"):
            await sent
        assert asleep.is_set()
        raw._sender.client.ready = ready


async def test_a_produce_request_under_a_broken_lease_ends_the_process(
    kafka_settings: Settings, read_all: ReadAll
) -> None:
    """What was handed to the producer while the lease held is not sent after it broke."""
    reasons: list[str] = []

    def on_lease_break(reason: str) -> Any:
        reasons.append(reason)
        raise Ended(reason)

    async with running_app(kafka_settings, on_lease_break=on_lease_break) as app:
        sent: Any = await app.producer.send(kafka_settings.kafka.topic("alerts"), b"k", b"v", 0, None, None)
        app.lease._until = 0.0
        await until_async(lambda: asyncio.sleep(0, bool(reasons)), what="the end")
        app.lease.revoke()
        sent.cancel()
    assert "no heartbeat" in reasons[0]
    assert read_all(kafka_settings, "alerts") == []


async def test_every_article_is_committed_after_a_table_write(kafka_settings: Settings) -> None:
    """The whole way once: articles with reports are committed when all they wrote stands."""
    produce(kafka_settings, [article(n, "PACT AAA+BBB signed") for n in range(50)])
    async with running_app(kafka_settings):
        await until_committed(kafka_settings, 50)
