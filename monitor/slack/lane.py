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
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState, Reason
from monitor.settings import Slack
from monitor.slack.backoff import Backoff, Pace, jittered
from monitor.slack.circuit import Circuit
from monitor.slack.lease import Lease, LeaseLostError
from monitor.slack.log import DeliveryLog
from monitor.slack.message import Message, mark, render, render_reply, simpler
from monitor.slack.observe import Observations
from monitor.slack.poster import Posted, Poster
from monitor.slack.trouble import Meaning, SlackTroubleError

log = structlog.get_logger(__name__)

CLOCK_SKEW = timedelta(minutes=5)
"""How far Slack's clock and ours may stand apart when the history is searched from an intent on."""


@dataclass(slots=True)
class Parts:
    """What all lanes of a deliverer share."""

    poster: Poster
    log: DeliveryLog
    lease: Lease
    circuit: Circuit
    seen: Observations
    settings: Slack
    bury: Callable[[Delivery, SlackTroubleError], Awaitable[None]]
    """Writes a dead letter and waits for it."""
    move: Callable[[Delivery, SlackTroubleError], Awaitable[bool]]
    """Sends a delivery on to the fallback channel; False where there is none."""
    silenced: Callable[[Alert], str | None]
    """Says why nobody is to be told of an alert at this moment."""
    posts: Pace
    """Of all channels together, as `updates`: Slack counts both by workspace."""
    updates: Pace
    suspects: set[str] = field(default_factory=set)
    """Keys of deliveries that Slack may have twice: an answer was lost, or somebody else was at it."""
    public_url: str | None = None


@dataclass(slots=True)
class _Attempt:
    """What is known while one alert is being told."""

    uncertain: bool
    """Slack may have it already."""
    plainly: bool = False
    """Slack refused the full form."""
    backoff: Backoff = field(default_factory=lambda: Backoff(first=0.2, most=30.0))


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
        self._posts = Pace(parts.settings.posts_per_second)
        self._accepted: dict[str, datetime] = {}
        self._stopped = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

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
        attempt = _Attempt(uncertain=delivery.state is DeliveryState.SENDING and delivery.ts is None)
        if attempt.uncertain:
            self._parts.suspects.add(delivery.key)
        while not self._stopped.is_set():
            await self._either(self._parts.circuit.wait())
            if self._stopped.is_set():
                return False
            try:
                await self._try(delivery, attempt)
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

    async def _try(self, delivery: Delivery, attempt: _Attempt) -> None:
        parts = self._parts
        alert = delivery.alert
        assert alert is not None  # an open delivery carries what it is about
        if delivery.state is DeliveryState.QUEUED and (why := parts.silenced(alert)) is not None:
            await self._keep_silent(delivery, why)
            return
        channel_id = delivery.channel_id or await parts.poster.resolve(self.channel)
        root = parts.log.root(alert.agreement_id, self.channel)
        if delivery.ts is not None:
            await self._renew(delivery, alert, root, channel_id, attempt)
            await self._sent(delivery, alert, Posted(channel_id, delivery.ts, thread_ts=delivery.thread_ts), quiet=True)
            return
        if attempt.uncertain:
            found = await self._find(delivery, channel_id, root)
            if found is not None:
                parts.seen.found.inc()
                await self._sent(delivery, alert, found)
                return
            attempt.uncertain = False
        if delivery.state is not DeliveryState.SENDING:
            delivery = await parts.log.advance(
                delivery.key,
                state=DeliveryState.SENDING,
                channel_id=channel_id,
                attempts=delivery.attempts + 1,
                intent_at=delivery.intent_at or datetime.now(UTC),
                error=None,
            )
            alert = delivery.alert or alert
        posted = await self._post(alert, root, channel_id, attempt)
        await self._sent(delivery, alert, posted)

    async def _keep_silent(self, delivery: Delivery, why: str) -> None:
        """Put an alert aside for good: who lifts a silence hears of what comes next, not of all that was."""
        parts = self._parts
        state = DeliveryState.MUTED if delivery.ts is None else DeliveryState.SENT
        await parts.log.advance(delivery.key, state=state, alert=None, error=why)
        parts.seen.skipped.labels(why.partition(" ")[0]).inc()
        parts.seen.count("skipped")

    async def _post(self, alert: Alert, root: Delivery | None, channel_id: str, attempt: _Attempt) -> Posted:
        poster = self._parts.poster
        whole = self._form(alert, attempt)
        if root is None or root.ts is None:
            return await self._post_in_time(channel_id, whole)
        await self._update(channel_id, root.ts, whole.marked(root.alert_id), root)
        reply = self._form(alert, attempt, reply=True)
        broadcast = alert.reason is Reason.STAGE_MOVED
        try:
            posted = await self._post_in_time(channel_id, reply, thread_ts=root.ts, broadcast=broadcast)
        except SlackTroubleError as error:
            if error.meaning is Meaning.GONE:
                self._parts.log.lose_root(root)
            raise
        if posted.thread_ts is None:
            # The root was deleted and Slack put the reply into the channel: it becomes the root from here on.
            self._parts.log.lose_root(root)
            await poster.update(channel_id, posted.ts, whole)
        return posted

    async def _post_in_time(
        self, channel_id: str, message: Message, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> Posted:
        """Post while the lease is held; take back what a process that was stopped for long posted as a second one."""
        parts = self._parts
        if parts.poster.paced:
            await self._posts.wait()
            await parts.posts.wait()
        parts.lease.check()
        posted = await parts.poster.post(channel_id, message, thread_ts=thread_ts, broadcast=broadcast)
        if not parts.lease.is_held:
            since = datetime.now(UTC) - timedelta(hours=1)
            async with aclosing(parts.poster.history(channel_id, since=since, thread_ts=thread_ts)) as history:
                twins = [item async for item in history if item.alert_id == message.alert_id]
            if any(item.ts < posted.ts for item in twins):
                await parts.poster.delete(channel_id, posted.ts)
                parts.seen.removed.inc()
            raise LeaseLostError("this deliverer was stopped while it posted, another may have taken over")
        return posted

    async def _renew(
        self, delivery: Delivery, alert: Alert, root: Delivery | None, channel_id: str, attempt: _Attempt
    ) -> None:
        """Bring messages up to a revision: the alert's own, and the root it stands under."""
        whole = self._form(alert, attempt)
        assert delivery.ts is not None
        if delivery.thread_ts is not None:
            await self._update(channel_id, delivery.ts, self._form(alert, attempt, reply=True), delivery)
            if root is not None and root.ts is not None:
                await self._update(channel_id, root.ts, whole.marked(root.alert_id), root)
        elif root is None or root.key == delivery.key:
            await self._update(channel_id, delivery.ts, whole, delivery)

    async def _update(self, channel_id: str, ts: str, message: Message, shown: Delivery) -> None:
        if self._parts.poster.paced:
            await self._parts.updates.wait()
        self._parts.lease.check()
        try:
            await self._parts.poster.update(channel_id, ts, message)
        except SlackTroubleError as error:
            if error.meaning is not Meaning.GONE:
                raise
            self._parts.log.lose_root(shown)
            raise

    async def _find(self, delivery: Delivery, channel_id: str, root: Delivery | None) -> Posted | None:
        """Look an alert up by its mark, in the channel and in the thread it may have gone to."""
        since = (delivery.intent_at or delivery.updated_at) - CLOCK_SKEW
        wanted = mark(delivery.alert_id)
        found = await self._search(channel_id, wanted, since)
        if found is None and root is not None and root.ts is not None:
            try:
                found = await self._search(channel_id, wanted, since, thread_ts=root.ts)
            except SlackTroubleError as error:
                if error.meaning is not Meaning.GONE:
                    raise
                self._parts.log.lose_root(root)
        return found

    async def _search(
        self, channel_id: str, wanted: str, since: datetime, *, thread_ts: str | None = None
    ) -> Posted | None:
        async with aclosing(self._parts.poster.history(channel_id, since=since, thread_ts=thread_ts)) as messages:
            async for posted in messages:
                if posted.alert_id == wanted:
                    return posted
        return None

    async def _handle(self, error: SlackTroubleError, delivery: Delivery, attempt: _Attempt) -> bool:
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
            case Meaning.GONE if delivery.ts is not None:
                # What a revision would renew is no longer there: nothing is left to be shown.
                await parts.log.advance(delivery.key, state=DeliveryState.SENT, alert=None, error=error.word)
                return True
            case Meaning.GONE:
                # The root is given up: the next try makes this alert the new one
                await self._pause(attempt.backoff.next())
            case Meaning.SIMPLER if not attempt.plainly:
                attempt.plainly = True
            case _:
                await parts.bury(delivery, error)
                await parts.log.advance(delivery.key, state=DeliveryState.FAILED, error=error.word)
                parts.seen.failed.labels(error.word).inc()
                parts.seen.count("failed")
                return True
        return False

    async def _wait_out(self, error: SlackTroubleError, delivery: Delivery, attempt: _Attempt) -> bool:
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

    async def _sent(self, delivery: Delivery, alert: Alert, posted: Posted, *, quiet: bool = False) -> None:
        parts = self._parts
        now = self._now(delivery)
        newer = now.revision > delivery.revision
        await parts.log.advance(
            delivery.key,
            state=DeliveryState.QUEUED if newer else DeliveryState.SENT,
            channel_id=posted.channel_id,
            ts=posted.ts,
            thread_ts=posted.thread_ts,
            alert=now.alert if newer else None,
            error=None,
        )
        if not quiet:
            parts.seen.told(alert, self.channel, accepted_at=self._accepted.get(delivery.key))

    def _form(self, alert: Alert, attempt: _Attempt, *, reply: bool = False) -> Message:
        message = render_reply(alert) if reply else render(alert, public_url=self._parts.public_url)
        return simpler(message) if attempt.plainly else message

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
