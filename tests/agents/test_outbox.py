"""The outbox: in order, acknowledged, again from the first failure on, and under a claim."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from aiokafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, RequestTimedOutError
from faust.exceptions import ProducerSendError

from agents import outbox
from agents.dead_letters import DeadLetters
from agents.lease import Lease, Revoked
from agents.metrics import Metrics
from agents.outbox import Outbox, Outgoing, TooLargeError
from monitor.models.dead_letter import DeadLetter
from tests.agents.harness import no_end
from tests.agents.test_dead_letters import a_letter


class FakeProducer:
    """Takes records as Faust's producer does; ``verdict`` says what becomes of the n-th send (0-based) of a value."""

    def __init__(self, verdict: Callable[[bytes | None, int], BaseException | None]) -> None:
        self.sent: list[bytes | None] = []
        self.stood: list[bytes | None] = []
        self._verdict = verdict

    async def send(self, topic: str, key: Any, value: Any, partition: Any, timestamp: Any, headers: Any) -> Any:
        del topic, key, partition, timestamp, headers
        error = self._verdict(value, self.sent.count(value))
        self.sent.append(value)
        if isinstance(error, ProducerSendError | MessageSizeTooLargeError):
            raise error
        future = asyncio.get_running_loop().create_future()
        if error is None:
            self.stood.append(value)
            future.set_result(value)
        else:
            future.set_exception(error)
        return future

    async def send_together(self, topic: str, partition: int, records: Sequence[Any], limit: int) -> Any:
        del topic, partition
        values = [value for _, value in records]
        if sum(len(value) for value in values) > limit:
            return None
        error = self._verdict(values[0], self.sent.count(values[0]))
        self.sent += values
        if error is not None:
            raise error
        self.stood += values
        future = asyncio.get_running_loop().create_future()
        future.set_result(type("Metadata", (), {"offset": 40}))
        return future


class FakeApp:
    """Has a producer."""

    def __init__(self, verdict: Callable[[bytes | None, int], BaseException | None]) -> None:
        self.producer = FakeProducer(verdict)


@pytest.fixture
def lease() -> Lease:
    """Give a lease that holds."""
    made = Lease(1000.0, on_break=no_end)
    made.renew(1e12)
    made.assign()
    return made


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make pauses short."""
    monkeypatch.setattr(outbox, "BACK_OFF", (0.0,))


def records(*values: bytes) -> list[Outgoing]:
    return [Outgoing("t", b"k", value, source=place) for place, value in enumerate(values)]


async def test_after_a_failure_all_that_follows_is_sent_again(lease: Lease) -> None:
    """The second of four fails once: it, the third and the fourth are sent again, so the last copies are in order."""
    app = FakeApp(lambda value, time: RequestTimedOutError() if value == b"2" and time == 0 else None)
    with lease.claim() as claim:
        done = await Outbox(app).send(records(b"1", b"2", b"3", b"4"), claim)
    assert done == [b"1", b"2", b"3", b"4"]
    assert app.producer.stood == [b"1", b"3", b"4", b"2", b"3", b"4"]


async def test_a_producer_that_refuses_is_asked_again(lease: Lease) -> None:
    """When Kafka is away the producer raises at once; the outbox goes on trying, and loses nothing."""
    refusal = ProducerSendError("away")
    refusal.__cause__ = KafkaTimeoutError()
    app = FakeApp(lambda value, time: refusal if value == b"2" and time < 20 else None)
    with lease.claim() as claim:
        await Outbox(app).send(records(b"1", b"2"), claim)
    assert app.producer.stood == [b"1", b"2"]
    assert app.producer.sent.count(b"2") == 21


async def test_a_record_that_is_too_large_is_named(lease: Lease) -> None:
    """No retry helps: the error has the record; those before it stand."""
    app = FakeApp(lambda value, _: MessageSizeTooLargeError() if value == b"2" else None)
    with lease.claim() as claim, pytest.raises(TooLargeError) as error:
        await Outbox(app).send(records(b"1", b"2", b"3"), claim)
    assert error.value.record.source == 1
    assert app.producer.stood[0] == b"1"


async def test_a_revoked_claim_stops_the_retries(lease: Lease) -> None:
    """Partitions taken away while Kafka does not answer: the batch gives up, for another worker does it."""

    def verdict(value: bytes | None, time: int) -> BaseException | None:
        del value
        if time == 5:
            lease.revoke()
        error: BaseException = RequestTimedOutError()
        return error

    app = FakeApp(verdict)
    with lease.claim() as claim, pytest.raises(Revoked):
        await Outbox(app).send(records(b"1"), claim)
    assert len(app.producer.sent) == 6


async def test_records_that_stand_together_are_sent_again_as_a_whole(lease: Lease) -> None:
    """A failure repeats all; the offset is that of the last; more than fits is refused before anything is sent."""
    app = FakeApp(lambda _, time: RequestTimedOutError() if time == 0 else None)
    with lease.claim() as claim:
        assert await Outbox(app).send_together("t", 0, [(b"a", b"1"), (b"b", b"2")], claim) == 41
        assert app.producer.stood == [b"1", b"2"]
        with pytest.raises(TooLargeError):
            await Outbox(app).send_together("t", 0, [(b"a", b"x" * (outbox.TOGETHER + 1))], claim)
    assert app.producer.stood == [b"1", b"2"]


async def test_a_dead_letter_that_does_not_fit_goes_without_its_value(lease: Lease) -> None:
    """Its origin and reason stand, marked as truncated, and so do the letters before and after it."""
    app = FakeApp(lambda value, _: MessageSizeTooLargeError() if value == b"huge" else None)
    metrics = Metrics()
    letters: list[DeadLetter] = [a_letter(value) for value in (b"one", b"huge", b"two")]
    with lease.claim() as claim:
        await DeadLetters("dead", Outbox(app), metrics).send(letters, claim)
    assert app.producer.stood == [b"one", None, b"two"]
    assert metrics.dead_letters.labels(stage="classify", reason="not_json")._value.get() == 3
