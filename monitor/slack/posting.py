"""Calls to Slack for one channel, each held to the limits and to the lease: post, update, look up."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from monitor.models.delivery import Delivery
from monitor.slack.backoff import Pace
from monitor.slack.lease import LeaseLostError
from monitor.slack.message import Message, mark
from monitor.slack.parts import Parts
from monitor.slack.poster import Posted
from monitor.slack.trouble import Meaning, SlackTroubleError

CLOCK_SKEW = timedelta(minutes=5)
"""How far Slack's clock and ours may stand apart when the history is searched from an intent on."""

_TWINS_SINCE = timedelta(hours=1)


class Posting:
    """The only way in which a lane speaks to Slack."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._posts = Pace(parts.settings.posts_per_second)

    async def post(
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
            since = datetime.now(UTC) - _TWINS_SINCE
            async with aclosing(parts.poster.history(channel_id, since=since, thread_ts=thread_ts)) as history:
                twins = [item async for item in history if item.alert_id == message.alert_id]
            if any(item.ts < posted.ts for item in twins):
                await parts.poster.delete(channel_id, posted.ts)
                parts.seen.removed.inc()
            raise LeaseLostError("this deliverer was stopped while it posted, another may have taken over")
        return posted

    async def update(self, channel_id: str, ts: str, message: Message, shown: Delivery) -> None:
        """Renew a message; ``shown`` is the delivery it stands for, which stops being a root when it is gone."""
        if self._parts.poster.paced:
            await self._parts.updates.wait()
        self._parts.lease.check()
        try:
            await self._parts.poster.update(channel_id, ts, message)
        except SlackTroubleError as error:
            if error.meaning is Meaning.GONE:
                self._parts.log.lose_root(shown)
            raise

    async def find(self, delivery: Delivery, channel_id: str, root: Delivery | None) -> Posted | None:
        """Look a delivery up by its mark, in the channel and in the thread it may have gone to."""
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
