"""Messages that are about no alert: the daily line, and how the stream is.  Each stands once, whatever happens.

The steps are those of an alert (see `monitor.slack.lane`): intent, post, outcome in `deliveries`; a lost answer is
looked up by the message's mark.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog

from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState
from monitor.slack.backoff import Backoff, jittered
from monitor.slack.message import Message, simpler
from monitor.slack.parts import Parts
from monitor.slack.posting import Posting
from monitor.slack.trouble import Meaning, SlackTroubleError

log = structlog.get_logger(__name__)


class Bulletins:
    """Posts and renews bulletins; only the active deliverer has one."""

    def __init__(self, parts: Parts, posting: Posting) -> None:
        self._parts = parts
        self._posting = posting

    def get(self, name: str, channel: str) -> Delivery | None:
        """Return a bulletin as it stands in the log."""
        return self._parts.log.get(f"{name}/{channel}")

    def all(self, prefix: str, channel: str = "") -> list[Delivery]:
        """Return the bulletins whose name begins so, the oldest first."""
        found = [
            entry
            for entry in self._parts.log.all()
            if entry.bulletin and entry.alert_id.startswith(prefix) and channel in ("", entry.channel)
        ]
        return sorted(found, key=lambda entry: entry.alert_id)

    async def skip(self, name: str, channel: str, why: str) -> Delivery:
        """Note a bulletin as done with, without posting it."""
        return await self._parts.log.put(_fresh(name, channel).model_copy(update={"state": _MUTED, "error": why}))

    async def forget(self, delivery: Delivery) -> None:
        """Drop a bulletin from the log; its message stays."""
        await self._parts.log.forget(delivery)

    async def post(
        self, name: str, channel: str, message: Message, *, about: tuple[str, ...] = (), under: Delivery | None = None
    ) -> Delivery | None:
        """Post a bulletin unless it stands; as a reply to the one it stands ``under``.

        Returns it as it stands; None when the channel takes none now, so that it is to be tried again later.

        Raises:
            LeaseLostError: another deliverer may be at work.
            KafkaError: Kafka is not there.

        """
        parts = self._parts
        entry = self.get(name, channel) or await parts.log.put(_fresh(name, channel, about))
        uncertain, plainly = entry.state is DeliveryState.SENDING, False
        backoff = Backoff(first=0.2, most=30.0)
        while entry.state in (DeliveryState.QUEUED, DeliveryState.SENDING):
            await parts.circuit.wait()
            try:
                channel_id = entry.channel_id or await parts.poster.resolve(channel)
                posted = await self._posting.find(entry, channel_id, under) if uncertain else None
                uncertain = False
                if posted is None:
                    entry = await parts.log.intend(entry, channel_id)
                    shown = simpler(message) if plainly else message
                    thread_ts = under.ts if under is not None else None
                    posted = await self._posting.post(
                        channel_id, shown, thread_ts=thread_ts, broadcast=under is not None
                    )
            except SlackTroubleError as error:
                parts.seen.troubles.labels(error.word).inc()
                log.warning("a bulletin is not posted yet", channel=channel, name=name, code=error.word)
                match error.meaning:
                    case Meaning.PAUSE | Meaning.RETRY | Meaning.AMBIGUOUS:
                        uncertain |= error.meaning is Meaning.AMBIGUOUS
                        await asyncio.sleep(max(jittered(error.retry_after), backoff.next()))
                    case Meaning.AUTH:
                        parts.circuit.open(error)
                    case Meaning.SIMPLER if not plainly:
                        plainly = True
                    case Meaning.CHANNEL:
                        return None
                    case _:
                        return await parts.log.advance(entry.key, state=DeliveryState.FAILED, error=error.word)
            else:
                place = {"channel_id": posted.channel_id, "ts": posted.ts, "thread_ts": posted.thread_ts}
                entry = await parts.log.advance(entry.key, state=DeliveryState.SENT, about=about, error=None, **place)
        return entry

    async def renew(self, delivery: Delivery, message: Message, *, about: tuple[str, ...] = ()) -> Delivery:
        """Let a bulletin say something else; one that is gone, or that Slack does not take now, stays as it was."""
        if delivery.ts is None or delivery.channel_id is None:
            return delivery
        try:
            await self._posting.update(delivery.channel_id, delivery.ts, message, delivery)
        except SlackTroubleError as error:
            self._parts.seen.troubles.labels(error.word).inc()
            log.warning("a bulletin is not renewed", channel=delivery.channel, name=delivery.alert_id, code=error.word)
            if error.meaning is Meaning.AUTH:
                self._parts.circuit.open(error)
            if error.meaning is not Meaning.GONE:
                return delivery
        return await self._parts.log.advance(delivery.key, about=about)


_MUTED = DeliveryState.MUTED


def _fresh(name: str, channel: str, about: tuple[str, ...] = ()) -> Delivery:
    return Delivery(
        alert_id=name,
        channel=channel,
        bulletin=True,
        about=about,
        state=DeliveryState.QUEUED,
        updated_at=datetime.now(UTC),
    )
