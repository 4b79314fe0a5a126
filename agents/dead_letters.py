"""Records that cannot be handled go to `dead-letters`: their bytes untouched, everything else in headers."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from agents.lease import Claim
from agents.metrics import Metrics
from agents.outbox import Outbox, Outgoing, TooLargeError
from monitor.errors import RecordError
from monitor.models.dead_letter import DeadLetter

log = structlog.get_logger(__name__)

ATTEMPTS = 3
"""How often a record that crashes its stage is tried, in place, before it becomes a dead letter."""

MESSAGE_LENGTH = 1000


class DeadLetters:
    """The way into the topic; ``topic`` is its full name."""

    def __init__(self, topic: str, outbox: Outbox, metrics: Metrics) -> None:
        self._topic = topic
        self._outbox = outbox
        self._metrics = metrics

    async def send(self, letters: Sequence[DeadLetter], claim: Claim) -> None:
        """Send the letters and wait until they stand; one that does not fit goes without its value.

        Raises:
            Revoked: the partitions of the claim were taken away.

        """
        waiting = list(letters)
        while waiting:
            try:
                await self._outbox.send([self._record(letter, i) for i, letter in enumerate(waiting)], claim)
            except TooLargeError as error:
                place = error.record.source
                if waiting[place].truncated:
                    raise
                del waiting[:place]  # those before it stand
                waiting[0] = waiting[0].model_copy(update={"value": None, "truncated": True})
            else:
                break
        for letter in letters:
            self._metrics.dead_letters.labels(stage=letter.stage, reason=letter.error).inc()
            log.warning(
                "dead letter",
                stage=letter.stage,
                reason=letter.error,
                message=letter.message,
                topic=letter.topic,
                partition=letter.partition,
                offset=letter.offset,
            )

    def _record(self, letter: DeadLetter, place: int) -> Outgoing:
        # Kafka clients refuse a record with neither key nor value: an empty value stands for none there.
        value = b"" if letter.key is None and letter.value is None else letter.value
        return Outgoing(self._topic, letter.key, value, headers=letter.headers(), source=place)


def letter(record: Any, stage: str, error: Exception, *, attempts: int = 1) -> DeadLetter:
    """Return the dead letter of a Kafka record that a stage could not handle."""
    if isinstance(error, RecordError):
        reason, message = error.reason, str(error)
    elif isinstance(error, TooLargeError):
        reason, message = "too_large", str(error)
    else:
        last = traceback.extract_tb(error.__traceback__)[-1:]
        where = f" ({last[0].name}, line {last[0].lineno})" if last else ""
        reason, message = "crash", f"{stage} failed: {type(error).__name__}: {error}{where}"
    return DeadLetter(
        key=record.key,
        value=record.value,
        stage=stage,
        error=reason,
        message=message[:MESSAGE_LENGTH],
        attempts=attempts,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        at=datetime.now(UTC),
    )
