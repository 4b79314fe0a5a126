"""The deliverer at work: from the moment it owns the alerts until it gives them up."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState
from monitor.slack.backoff import jittered
from monitor.slack.holding import Holding, left_over
from monitor.slack.lane import Lane
from monitor.slack.parts import Parts
from monitor.slack.placing import Placing
from monitor.slack.poster import Posted
from monitor.slack.routes import NOWHERE, Router
from monitor.slack.trouble import SlackTroubleError

log = structlog.get_logger(__name__)

SWEEP_INTERVAL = 30.0
"""Seconds between two looks for second messages in the channels written to."""

_SWEEP_SPAN = timedelta(minutes=15)


class Active:
    """Lanes by channel, what they share, and the way of an alert into the log."""

    def __init__(
        self,
        parts: Parts,
        route: Router,
        clock: Callable[[], datetime],
        *,
        sweep_interval: float = SWEEP_INTERVAL,
    ) -> None:
        self._parts = parts
        self._sweep_interval = sweep_interval
        self._placing = Placing(parts.log, route, parts.seen, parts.silenced, clock)
        self.holding = Holding(parts.log, parts.seen, clock, self._enqueue, public_url=parts.public_url)
        parts.dissolve = self.holding.dissolve
        self.lanes: dict[str, Lane] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Set when a task of this deliverer dies: the session must end."""

    async def resume(self) -> None:
        """Take up what earlier sessions left undone."""
        self.enqueue(await left_over(self._parts.log, self._placing, self.holding))
        self.watch("(sweep)", self._sweep())
        self.watch("(board)", self._parts.board.run())
        self.watch("(clock)", self.holding.run())

    def accept(self, value: bytes | None, offset: int) -> list[Awaitable[Delivery]]:
        """Note one record of `alerts` in the log; see `Placing.accept`."""
        return self._placing.accept(value, offset)

    def enqueue(self, deliveries: Iterable[Delivery]) -> None:
        """Hand over to the lanes what the log has."""
        for delivery in deliveries:
            self._enqueue(delivery)

    def _enqueue(self, delivery: Delivery) -> None:
        if delivery.state is DeliveryState.HELD:
            return
        lane = self.lanes.get(delivery.channel)
        if lane is None:
            lane = self.lanes[delivery.channel] = Lane(delivery.channel, self._parts)
            if delivery.channel == NOWHERE:
                lane.trouble = "no channel is set: set slack.channel (PACTWATCH_SLACK__CHANNEL)"
                log.error("no channel is set, alerts wait", hint="set slack.channel (PACTWATCH_SLACK__CHANNEL)")
            else:
                self.watch(delivery.channel, lane.run())
        lane.add(delivery)

    async def move(self, delivery: Delivery, error: SlackTroubleError) -> bool:
        """Send a delivery on to its route's fallback channel; False where there is none."""
        fallback = self._placing.fallback(delivery)
        if not fallback or fallback == delivery.channel or delivery.ts is not None:
            return False
        moved = delivery.model_copy(
            update={"channel": fallback, "channel_id": None, "state": DeliveryState.QUEUED, "error": error.word}
        )
        if self._parts.log.get(moved.key) is None:
            moved = await self._parts.log.put(moved)
        await self._parts.log.advance(
            delivery.key, state=DeliveryState.FAILED, moved_to=fallback, error=f"{error.word}: told in {fallback}"
        )
        log.warning("a channel takes no messages, its fallback is used", channel=delivery.channel, fallback=fallback)
        self._enqueue(moved)
        return True

    async def stop(self, grace: float) -> None:
        """Let the alerts at work get done, for ``grace`` seconds, then end; nothing is lost either way."""
        for lane in self.lanes.values():
            lane.stop()
        lanes = [task for name, task in self._tasks.items() if name in self.lanes and not task.done()]
        if lanes and grace > 0:
            await asyncio.wait(lanes, timeout=grace)
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        if self.failed.done():
            self.failed.exception()

    def watch(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """Run a task until the deliverer stops; when it dies the session ends."""
        task = asyncio.create_task(work, name=f"deliver {name}")
        task.add_done_callback(self._ended)
        self._tasks[name] = task

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None and not self.failed.done():
            self.failed.set_exception(task.exception() or RuntimeError("a task ended"))

    async def _sweep(self) -> None:
        """Look again and again for messages that stand twice, and delete the later one.

        Two ways lead there that no look before posting can close: a deliverer that was stopped while it posted, and
        a request that Slack carried out long after its time-out.
        """
        if not self._parts.poster.paced:
            return
        while True:
            await asyncio.sleep(jittered(self._sweep_interval) - self._sweep_interval / 4)
            since = datetime.now(UTC) - _SWEEP_SPAN
            for channel_id, thread_ts in self._places(since):
                try:
                    await self._remove_twins(channel_id, thread_ts, since)
                except SlackTroubleError as error:
                    log.warning("no search for second messages", channel=channel_id, why=str(error))
                    break  # Slack has enough of us, or cannot be reached: the next round is soon

    def _places(self, since: datetime) -> list[tuple[str, str | None]]:
        """Return the channels written to since then, and of their threads those in which an answer was lost."""
        recent = [item for item in self._parts.log.all() if item.channel_id and item.ts and item.updated_at >= since]
        threads = {(item.channel_id, item.thread_ts) for item in recent if item.key in self._parts.suspects}
        channels: set[tuple[str | None, str | None]] = {(item.channel_id, None) for item in recent}
        return [(str(channel_id), thread_ts) for channel_id, thread_ts in channels | threads]

    async def _remove_twins(self, channel_id: str, thread_ts: str | None, since: datetime) -> None:
        found: defaultdict[str, list[Posted]] = defaultdict(list)
        async with aclosing(self._parts.poster.history(channel_id, since=since, thread_ts=thread_ts)) as messages:
            async for posted in messages:
                if posted.ts not in [item.ts for item in found[posted.alert_id]]:
                    found[posted.alert_id].append(posted)
        kept = {entry.ts for entry in self._parts.log.all() if entry.channel_id == channel_id}
        for twins in found.values():
            if len(twins) > 1 and any(item.ts in kept for item in twins):
                for item in twins:
                    if item.ts not in kept:
                        self._parts.lease.check()
                        await self._parts.poster.delete(channel_id, item.ts)
                        self._parts.seen.removed.inc()
                        log.warning("a second message was deleted", channel=channel_id, ts=item.ts, alert=item.alert_id)
