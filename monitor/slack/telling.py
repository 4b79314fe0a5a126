"""How one alert is told: as the root message of its agreement, or as a reply under it that renews it."""

from __future__ import annotations

from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState, Reason
from monitor.slack.message import Message, render_reply, simpler
from monitor.slack.parts import Attempt, Parts
from monitor.slack.poster import Posted
from monitor.slack.posting import Posting
from monitor.slack.trouble import Meaning, SlackTroubleError


class Telling:
    """Tells alerts on one channel.  Every method may be repeated after a failure, by this deliverer or the next."""

    def __init__(self, channel: str, parts: Parts, posting: Posting) -> None:
        self._channel = channel
        self._parts = parts
        self._posting = posting

    async def tell(self, delivery: Delivery, attempt: Attempt) -> None:
        """Tell an alert: intent, post, outcome.

        Raises:
            SlackTroubleError: says what came between, and whether Slack may have the message.

        """
        parts = self._parts
        alert = delivery.alert
        assert alert is not None  # an open delivery carries what it is about
        if delivery.state is DeliveryState.QUEUED and (why := parts.silenced(alert)) is not None:
            await self._keep_silent(delivery, why)
            return
        channel_id = delivery.channel_id or await parts.poster.resolve(self._channel)
        root = parts.log.root(alert.agreement_id, self._channel)
        if delivery.digest is not None:
            await self._renew_digested(delivery, alert, root, channel_id, attempt)
            return
        if delivery.ts is not None:
            await self._renew(delivery, alert, root, channel_id, attempt)
            posted = Posted(channel_id, delivery.ts, thread_ts=delivery.thread_ts)
            await self._sent(delivery, alert, posted, attempt, quiet=True)
            return
        if attempt.uncertain:
            found = await self._posting.find(delivery, channel_id, root)
            if found is not None:
                parts.seen.found.inc()
                await self._sent(delivery, alert, found, attempt)
                return
            attempt.uncertain = False
        if delivery.state is not DeliveryState.SENDING:
            delivery = await parts.log.intend(delivery, channel_id)
            alert = delivery.alert or alert
        posted = await self._post(delivery, alert, root, channel_id, attempt)
        await self._sent(delivery, alert, posted, attempt)

    async def _keep_silent(self, delivery: Delivery, why: str) -> None:
        """Put an alert aside for good: who lifts a silence hears of what comes next, not of all that was."""
        parts = self._parts
        state = DeliveryState.MUTED if delivery.ts is None else DeliveryState.SENT
        await parts.log.advance(delivery.key, state=state, alert=None, error=why)
        parts.seen.skipped.labels(why.partition(" ")[0]).inc()
        parts.seen.count("skipped")

    async def _post(
        self, delivery: Delivery, alert: Alert, root: Delivery | None, channel_id: str, attempt: Attempt
    ) -> Posted:
        board = self._parts.board
        if root is None or root.ts is None:
            whole, attempt.notes = await board.draw(delivery, alert, channel_id, plainly=attempt.plainly)
            return await self._posting.post(channel_id, whole)
        await board.show(root, alert, channel_id, plainly=attempt.plainly)
        reply = self._reply(delivery, alert, attempt)
        broadcast = alert.reason is Reason.STAGE_MOVED
        try:
            posted = await self._posting.post(channel_id, reply, thread_ts=root.ts, broadcast=broadcast)
        except SlackTroubleError as error:
            if error.meaning is Meaning.GONE:
                self._parts.log.lose_root(root)
            raise
        if posted.thread_ts is None:
            # The root was deleted and Slack put the reply into the channel: it becomes the root from here on.
            self._parts.log.lose_root(root)
            whole, attempt.notes = await board.draw(delivery, alert, channel_id, plainly=attempt.plainly)
            await self._parts.poster.update(channel_id, posted.ts, whole)
        return posted

    async def _renew(
        self, delivery: Delivery, alert: Alert, root: Delivery | None, channel_id: str, attempt: Attempt
    ) -> None:
        """Bring messages up to a revision: the alert's own, and the root it stands under."""
        board = self._parts.board
        assert delivery.ts is not None
        if delivery.thread_ts is not None:
            await self._posting.update(channel_id, delivery.ts, self._reply(delivery, alert, attempt), delivery)
            if root is not None and root.ts is not None:
                await board.show(root, alert, channel_id, plainly=attempt.plainly)
        elif root is None or root.key == delivery.key:
            await board.show(delivery, alert, channel_id, plainly=attempt.plainly)

    async def _renew_digested(
        self, delivery: Delivery, alert: Alert, root: Delivery | None, channel_id: str, attempt: Attempt
    ) -> None:
        """Bring the living message up to a revision of what a digest told; the digest stays as it was read."""
        if root is not None and root.ts is not None:
            try:
                await self._parts.board.show(root, alert, channel_id, plainly=attempt.plainly)
            except SlackTroubleError as error:
                if error.meaning is not Meaning.GONE:
                    raise
        now = self._parts.log.get(delivery.key) or delivery
        newer = now.revision > delivery.revision
        state = DeliveryState.QUEUED if newer else DeliveryState.DIGESTED
        await self._parts.log.advance(delivery.key, state=state, alert=now.alert if newer else None, error=None)

    async def _sent(
        self, delivery: Delivery, alert: Alert, posted: Posted, attempt: Attempt, *, quiet: bool = False
    ) -> None:
        parts = self._parts
        now = parts.log.get(delivery.key) or delivery
        newer = now.revision > delivery.revision
        await parts.log.advance(
            delivery.key,
            state=DeliveryState.QUEUED if newer else DeliveryState.SENT,
            channel_id=posted.channel_id,
            ts=posted.ts,
            thread_ts=posted.thread_ts,
            alert=now.alert if newer else None,
            error=None,
            notes=attempt.notes or now.notes,
        )
        if posted.thread_ts is None:
            parts.board.remember(now, alert, plainly=attempt.plainly)
        if not quiet:
            parts.seen.told(alert, self._channel, accepted_at=attempt.accepted_at)

    @staticmethod
    def _reply(delivery: Delivery, alert: Alert, attempt: Attempt) -> Message:
        message = render_reply(alert, mention=delivery.mention)
        return simpler(message) if attempt.plainly else message
