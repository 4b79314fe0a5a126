"""The right to act: a deliverer may post and write only while its membership of the group is surely alive."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from monitor.errors import DeliveryError

SESSION_TIMEOUT = 6.0
"""Seconds without a heartbeat after which the broker gives the partition to another deliverer."""
HEARTBEAT_INTERVAL = 1.0
_MARGIN = 1.0
"""Seconds by which the lease ends before the session does, so that a call begun in time also ends in time."""


_LOST = "this deliverer has lost touch with Kafka, another may have taken over"


class LeaseLostError(DeliveryError):
    """Another deliverer may be at work by now: whoever held the lease must stop at once."""


class Lease:
    """Measures the time since the last heartbeat that the broker answered; on the monotonic clock."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._answered = clock()
        self._revoked = False

    def renew(self, asked_at: float) -> None:
        """Note an answered heartbeat that was asked at ``asked_at``."""
        self._answered = max(self._answered, asked_at)

    def revoke(self) -> None:
        """End the lease for good: the partition was taken away."""
        self._revoked = True

    @property
    def is_held(self) -> bool:
        """Whether nobody else can be at work."""
        return not self._revoked and self._clock() - self._answered < SESSION_TIMEOUT - _MARGIN

    def check(self) -> None:
        """Raise LeaseLostError unless the lease is held."""
        if not self.is_held:
            raise LeaseLostError(_LOST)

    def why_lost(self) -> LeaseLostError | None:
        """Return what is wrong with the lease; None while it is held."""
        return None if self.is_held else LeaseLostError(_LOST)

    def watch(self, consumer: Any) -> None:
        """Follow the heartbeats of an aiokafka consumer that is started.

        aiokafka keeps the time of the last answered heartbeat in a local variable of its routine, so that the one
        way to it is to stand around the call.
        """
        coordinator = consumer._coordinator  # noqa: SLF001 - see above
        beat = coordinator._do_heartbeat  # noqa: SLF001 - see above

        async def beat_and_note() -> bool:
            asked_at = self._clock()
            answered = bool(await beat())
            if answered:
                self.renew(asked_at)
            return answered

        coordinator._do_heartbeat = beat_and_note  # noqa: SLF001 - see above
        self.renew(self._clock())
