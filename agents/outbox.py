"""Sends records and returns when Kafka has them; in order, under a claim, and never giving up while the claim lasts.

`await producer.send()` is not delivery, and Faust's flush before a commit gives up after 0.1 s: so a batch is left only
when every record it wrote is acknowledged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordTooLargeError
from aiokafka.structs import RecordMetadata
from faust.exceptions import ProducerSendError

from agents.lease import Claim
from monitor.models.article import MAX_BYTES

log = structlog.get_logger(__name__)

BACK_OFF = (0.1, 0.2, 0.5, 1.0, 2.0)
"""Seconds between attempts; the last repeats.  The lease, not this, decides when to stop."""

AT_ONCE = 5000
"""Records handed to the producer before their acknowledgement is awaited: bounds the memory of a large batch."""

TOGETHER = MAX_BYTES
"""Bytes of records that must stand together; the changelogs take a little more."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A record to send."""

    topic: str
    key: bytes | None
    value: bytes | None
    partition: int | None = None
    """None: by the hash of the key, as every Kafka client does it."""
    headers: list[tuple[str, bytes]] | None = None
    source: int = -1
    """Which record of the batch it was made of; -1: none in particular."""


class TooLargeError(Exception):
    """A record, or records that must stand together, that no retry can deliver: larger than the topic takes."""

    def __init__(self, record: Outgoing) -> None:
        super().__init__(f"{len(record.value or b''):,} bytes are more than {record.topic} takes")
        self.record = record


class Outbox:
    """Where agents put what they have to say; ``app`` is the Faust app whose producer sends it."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def send(self, records: Sequence[Outgoing], claim: Claim) -> list[RecordMetadata]:
        """Send the records, in order, and wait until each is acknowledged by all replicas in sync.

        When one fails, it and all after it are sent again, so that order holds; a record may then stand twice.

        Raises:
            Revoked: the partitions of the claim were taken away; some records may have been sent.
            TooLargeError: a record is larger than its topic takes; those before it have been sent.

        """
        done: list[RecordMetadata] = []
        attempt = 0
        while len(done) < len(records):
            acknowledged, error = await self._attempt(records[len(done) : len(done) + AT_ONCE], claim)
            done += acknowledged
            if error is None:
                attempt = 0
                continue
            record = records[len(done)]
            if isinstance(error, MessageSizeTooLargeError | RecordTooLargeError):
                raise TooLargeError(record)
            await self._pause(record.topic, error, attempt)
            attempt += 1
        return done

    async def send_together(
        self, topic: str, partition: int, records: Sequence[tuple[bytes, bytes | None]], claim: Claim
    ) -> int:
        """Send records (key, value) that must all stand or none; return the offset of the last.

        Raises:
            Revoked: the partitions of the claim were taken away; the records may have been sent.
            TooLargeError: together they are larger than `TOGETHER` or than the topic takes; none was sent.

        """
        attempt = 0
        while True:
            claim.check()
            try:
                sent = await self._app.producer.send_together(topic, partition, records, TOGETHER)
                if sent is not None:
                    metadata = await sent
                    return int(metadata.offset) + len(records) - 1
            except (MessageSizeTooLargeError, RecordTooLargeError):
                sent = None
            except KafkaError as error:
                await self._pause(topic, error, attempt)
                attempt += 1
                continue
            raise TooLargeError(Outgoing(topic, None, b"".join(value or b"" for _, value in records), partition))

    async def _pause(self, topic: str, error: BaseException, attempt: int) -> None:
        pause = BACK_OFF[min(attempt, len(BACK_OFF) - 1)]
        log.warning("send failed, will retry", topic=topic, error=repr(error), attempt=attempt + 1, pause=pause)
        await asyncio.sleep(pause)

    async def _attempt(
        self, records: Sequence[Outgoing], claim: Claim
    ) -> tuple[list[RecordMetadata], BaseException | None]:
        """Send once; return what was acknowledged before the first failure, and the failure."""
        claim.check()
        producer = self._app.producer
        sent: list[Any] = []
        stopped: BaseException | None = None
        for record in records:
            try:
                sent.append(
                    await producer.send(record.topic, record.key, record.value, record.partition, None, record.headers)
                )
            except (ProducerSendError, KafkaError) as error:
                stopped = error.__cause__ if isinstance(error, ProducerSendError) and error.__cause__ else error
                break
        acknowledged: list[RecordMetadata] = []
        failed: BaseException | None = None
        for answer in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(answer, BaseException):
                if not isinstance(answer, KafkaError):
                    raise answer
                failed = failed or answer
            elif failed is None:
                acknowledged.append(answer)
        return acknowledged, failed or stopped
