"""A lane: everything that waits for one channel, told in order, one at a time.

Each channel has a lane of its own, so that a slow or dead channel delays no other.  What a lane does for an alert:

    1. write the intent (``sending``) to the log, and wait until Kafka has it;
    2. post to Slack;
    3. write the outcome (``sent`` with Slack's ``ts``, or ``failed``), and wait.

A crash before 1 leaves ``queued``: it is told later.  A crash after 1 leaves ``sending``: whoever comes next looks
into the channel's history for the alert's mark before posting again, as the lane itself does when an answer was lost.

The first alert of an agreement makes its root message; a later one renews the root in place, which can be repeated
without harm, and then posts a reply, which takes the three steps above.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState
from monitor.slack.backoff import jittered
from monitor.slack.lease import LeaseLostError
from monitor.slack.parts import Attempt, Parts
from monitor.slack.posting import Posting
from monitor.slack.summing import Summing
from monitor.slack.telling import Telling
from monitor.slack.trouble import Meaning, SlackTroubleError

log = structlog.get_logger(__name__)


class Lane:
    """The queue of one channel and the task that works through it."""

    def __init__(self, channel: str, parts: Parts) -> None:
        self.channel = channel
        self.trouble: str | None = None
        """Why nothing gets through at the moment; None while all is well."""
        self._parts = parts
        self._waiting: deque[str] = deque()
        self._queued: set[str] = set()
        self._arrived = asyncio.Event()
        posting = Posting(parts)
        self._telling = Telling(channel, parts, posting)
        self._summing = Summing(channel, parts, posting)
        self._accepted: dict[str, datetime] = {}
        self._stopped = asyncio.Event()
        parts.seen.watch(channel or "(none)", self.oldest, lambda: self.trouble is not None)

    def __len__(self) -> int:
        return len(self._waiting)

    def oldest(self) -> float:
        """Return the seconds since the deliverer decided on the alert that is next; 0 when none waits."""
        found = self._parts.log.get(self._waiting[0]) if self._waiting else None
        if found is None:
            return 0.0
        return max((datetime.now(UTC) - (found.accepted_at or found.updated_at)).total_seconds(), 0.0)

    def add(self, delivery: Delivery) -> None:
        """Put a delivery at the end of the queue, unless it waits there already."""
        if delivery.key not in self._queued:
            self._waiting.append(delivery.key)
            self._queued.add(delivery.key)
            self._accepted[delivery.key] = datetime.now(UTC)
        self._arrived.set()
        self._show()

    def stop(self) -> None:
        """Begin nothing new; `run` returns when the alert at work is done."""
        self._stopped.set()
        self._arrived.set()

    async def run(self) -> None:
        """Work through the queue until stopped or cancelled; a cancelled alert is looked up by whoever comes next."""
        while not self._stopped.is_set():
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            key = self._waiting[0]
            delivery = self._parts.log.get(key)
            is_open = delivery is not None and delivery.state in (DeliveryState.QUEUED, DeliveryState.SENDING)
            if delivery is not None and is_open and not await self._tell(delivery):
                return
            self._waiting.popleft()
            self._queued.discard(key)
            self._accepted.pop(key, None)
            self._revise(key, delivery)
            self._show()

    def _revise(self, key: str, told: Delivery | None) -> None:
        """Queue a delivery again whose content changed while it was at work."""
        now = self._parts.log.get(key)
        if now is not None and told is not None and now.state is DeliveryState.QUEUED and now.channel == self.channel:
            self.add(now)

    async def _tell(self, delivery: Delivery) -> bool:
        """Tell one alert, however long it takes; False when stopped before that."""
        uncertain = delivery.state is DeliveryState.SENDING and delivery.ts is None
        attempt = Attempt(uncertain=uncertain, accepted_at=self._accepted.get(delivery.key))
        if attempt.uncertain:
            self._parts.suspects.add(delivery.key)
        while not self._stopped.is_set():
            await self._either(self._parts.circuit.wait())
            if self._stopped.is_set():
                return False
            try:
                await (self._summing if delivery.members else self._telling).tell(delivery, attempt)
            except (LeaseLostError, KafkaError):
                raise
            except Exception as error:
                if not isinstance(error, SlackTroubleError):
                    log.exception("an alert cannot be told", alert=delivery.alert_id)
                if await self._handle(_named(error), self._now(delivery), attempt):
                    return True
                delivery = self._now(delivery)
            else:
                self.trouble = None
                self._parts.circuit.works()
                return True
        return False

    async def _handle(self, error: SlackTroubleError, delivery: Delivery, attempt: Attempt) -> bool:
        """Do what an error calls for; True when the alert is done with."""
        parts = self._parts
        parts.seen.troubles.labels(error.word).inc()
        self.trouble = str(error)
        log.warning(
            "slack did not take an alert",
            channel=self.channel,
            alert=delivery.alert_id,
            code=error.word,
            why=error.message,
        )
        match error.meaning:
            case Meaning.PAUSE:
                await self._pause(jittered(max(error.retry_after, 0.1)))
            case Meaning.RETRY:
                await self._pause(attempt.backoff.next())
            case Meaning.AMBIGUOUS:
                attempt.uncertain = delivery.ts is None
                parts.suspects.add(delivery.key)
                await self._pause(attempt.backoff.next())
            case Meaning.AUTH | Meaning.CHANNEL:
                return await self._wait_out(error, delivery, attempt)
            case Meaning.GONE if delivery.ts is not None and not delivery.members:
                # What a revision would renew is no longer there: nothing is left to be shown.
                await parts.log.advance(delivery.key, state=DeliveryState.SENT, alert=None, error=error.word)
                return True
            case Meaning.GONE:
                # The root is given up: the next try makes this alert the new one
                await self._pause(attempt.backoff.next())
            case Meaning.SIMPLER if not attempt.plainly:
                attempt.plainly = True
            case _ if delivery.members:
                await parts.dissolve(delivery)
                return True
            case _:
                await parts.bury(delivery, error)
                await parts.log.advance(delivery.key, state=DeliveryState.FAILED, error=error.word)
                parts.seen.failed.labels(error.word).inc()
                parts.seen.count("failed")
                return True
        return False

    async def _wait_out(self, error: SlackTroubleError, delivery: Delivery, attempt: Attempt) -> bool:
        """Wait until token or channel take messages again; True when another channel took over."""
        parts = self._parts
        if not attempt.uncertain:
            # Nothing was posted, for certain: after a restart it needs no look into the history, and may go elsewhere.
            place = {"channel_id": None} if error.meaning is Meaning.CHANNEL and delivery.ts is None else {}
            delivery = await parts.log.advance(delivery.key, state=DeliveryState.QUEUED, error=error.word, **place)
        if error.meaning is Meaning.AUTH:
            parts.circuit.open(error)
            return False
        if not attempt.uncertain and await parts.move(delivery, error):
            return True
        await self._pause(attempt.backoff.next())
        return False

    def _now(self, delivery: Delivery) -> Delivery:
        return self._parts.log.get(delivery.key) or delivery

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than until `stop`."""
        await self._either(asyncio.sleep(seconds))

    async def _either(self, wait: Coroutine[Any, Any, None]) -> None:
        """Wait for what is given or for `stop`, whichever comes first."""
        tasks = [asyncio.ensure_future(wait), asyncio.ensure_future(self._stopped.wait())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    def _show(self) -> None:
        self._parts.seen.queued.labels(self.channel or "(none)").set(len(self._waiting))


def _named(error: Exception) -> SlackTroubleError:
    """Give an error of our own making a word, so that one alert that cannot be told does not stop the others."""
    if isinstance(error, SlackTroubleError):
        return error
    return SlackTroubleError("crash", f"{type(error).__name__}: {error}")
