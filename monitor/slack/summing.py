"""How a digest is told: one message for many alerts, then the living messages, then the members are done with."""

from __future__ import annotations

import structlog

from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState
from monitor.slack.digest import Line, lines_of, render_digest
from monitor.slack.message import Message, simpler
from monitor.slack.parts import Attempt, Parts
from monitor.slack.poster import Posted
from monitor.slack.posting import Posting
from monitor.slack.trouble import Meaning, SlackTroubleError

log = structlog.get_logger(__name__)

_LINKS = 40
"""Messages whose addresses are asked for, one call each; beyond it the lines stand without."""


class Summing:
    """Tells digests on one channel.  Every method may be repeated after a failure, as those of `Telling`."""

    def __init__(self, channel: str, parts: Parts, posting: Posting) -> None:
        self._channel = channel
        self._parts = parts
        self._posting = posting

    async def tell(self, digest: Delivery, attempt: Attempt) -> None:
        """Tell a digest, see `monitor.slack.holding`; raises as `Telling.tell` does."""
        parts = self._parts
        if digest.ts is None:
            members = await self._unsilenced(digest, attempt)
            if not members:
                await parts.log.advance(digest.key, state=DeliveryState.MUTED)
                return
            posted = await self._posted(digest, members, attempt)
            digest = await parts.log.advance(
                digest.key,
                state=DeliveryState.SENDING,
                channel_id=posted.channel_id,
                ts=posted.ts,
                thread_ts=posted.thread_ts,
                error=None,
            )
        members = self._members(digest)
        await self._renew(digest, members, attempt)
        for member in members:
            now = parts.log.get(member.key)
            if now is not None and now.revision > member.revision:
                await self._renew(digest, [now], attempt)
            await parts.log.advance(member.key, state=DeliveryState.DIGESTED, alert=None, digest=digest.key, error=None)
            if member.alert is not None:
                parts.seen.told(member.alert, self._channel, accepted_at=member.accepted_at)
        await parts.log.advance(digest.key, state=DeliveryState.SENT)

    def _members(self, digest: Delivery) -> list[Delivery]:
        """Return what is still to be told of a digest."""
        found = [self._parts.log.get(key) for key in digest.members]
        return [entry for entry in found if entry is not None and entry.state is DeliveryState.HELD and entry.alert]

    async def _unsilenced(self, digest: Delivery, attempt: Attempt) -> list[Delivery]:
        """Put aside for good what somebody asked to be silent about, unless Slack may have the digest already."""
        members = self._members(digest)
        if attempt.uncertain or digest.state is not DeliveryState.QUEUED:
            return members
        told = []
        for member in members:
            why = self._parts.silenced(member.alert) if member.alert else None
            if why is None:
                told.append(member)
                continue
            await self._parts.log.advance(member.key, state=DeliveryState.MUTED, alert=None, error=why)
            self._parts.seen.skipped.labels(why.partition(" ")[0]).inc()
            self._parts.seen.count("skipped")
        return told

    async def _posted(self, digest: Delivery, members: list[Delivery], attempt: Attempt) -> Posted:
        parts = self._parts
        channel_id = digest.channel_id or await parts.poster.resolve(self._channel)
        first = self._first(digest)
        if attempt.uncertain:
            found = await self._posting.find(digest, channel_id, first)
            if found is not None:
                parts.seen.found.inc()
                return found
            attempt.uncertain = False
        message = await self._message(digest, members, channel_id, attempt)
        if digest.state is not DeliveryState.SENDING:
            digest = await parts.log.intend(digest, channel_id)
        thread_ts = first.ts if first is not None else None
        try:
            return await self._posting.post(channel_id, message, thread_ts=thread_ts)
        except SlackTroubleError as error:
            if error.meaning is Meaning.GONE and first is not None:
                parts.log.lose_root(first)  # the first part was deleted: this one stands in the channel itself
            raise

    async def _message(self, digest: Delivery, members: list[Delivery], channel_id: str, attempt: Attempt) -> Message:
        alerts = [member.alert for member in members if member.alert is not None]
        lines = lines_of(alerts)
        for line in lines[:_LINKS]:
            line.address = await self._address(line, channel_id)
        message = render_digest(digest, lines, public_url=self._parts.public_url)
        return simpler(message) if attempt.plainly else message

    async def _address(self, line: Line, channel_id: str) -> str | None:
        """Return where the living message of an agreement stands."""
        root = self._parts.log.root(line.agreement_id, self._channel)
        if root is None or root.ts is None:
            return None
        try:
            return await self._parts.poster.permalink(channel_id, root.ts)
        except SlackTroubleError as error:
            log.warning("a digest has no link to a message", channel=self._channel, why=error.message)
            return None

    def _first(self, digest: Delivery) -> Delivery | None:
        """Return the part of a digest that the others stand under; None for the first itself."""
        name, _, number = digest.alert_id.rpartition(".")
        if number == "001":
            return None
        return self._parts.log.standing_digest(f"{name}.001/{digest.channel}")

    async def _renew(self, digest: Delivery, members: list[Delivery], attempt: Attempt) -> None:
        """Bring the living messages of a digest's agreements up to date; none is made that is not there."""
        newest: dict[str, Alert] = {}
        for member in members:
            if member.agreement_id and member.alert is not None:
                newest[member.agreement_id] = member.alert
        for agreement_id, alert in newest.items():
            root = self._parts.log.root(agreement_id, self._channel)
            if root is None or root.ts is None:
                continue
            try:
                await self._parts.board.show(
                    root, alert, root.channel_id or digest.channel_id or "", plainly=attempt.plainly
                )
            except SlackTroubleError as error:
                if error.meaning not in (Meaning.GONE, Meaning.SIMPLER, Meaning.REFUSED):
                    raise
                log.warning("a living message was not renewed", agreement=agreement_id, why=error.message)
