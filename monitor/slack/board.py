"""The messages that stand in channels: each shows an alert and, beneath it, what readers said about the dossier.

Only the deliverer draws.  Whoever handles a button writes a record; here that record is seen, every message is compared
with what it ought to show (its ``notes`` in the log tell what it does show), and those that differ are drawn again.  So
it matters neither when nor where a button was pressed, nor whether a deliverer was there at that moment.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.slack.backoff import Backoff, jittered
from monitor.slack.heard import Heard
from monitor.slack.lease import LeaseLostError
from monitor.slack.message import Message, render, simpler
from monitor.slack.notes import Elsewhere, Notes
from monitor.slack.trouble import Meaning, SlackTroubleError

if TYPE_CHECKING:
    from monitor.slack.parts import Parts
    from monitor.slack.posting import Posting

log = structlog.get_logger(__name__)

LOOK_INTERVAL = 20.0
"""Seconds between two looks at all messages when nobody says anything: mutes end by themselves."""

_SETTLE = 0.02
"""Seconds in which several records become one look."""

_REMEMBERED = 500
_BREATH = 500


class Board:
    """Draws and redraws messages, one at a time each."""

    def __init__(
        self,
        parts: Parts,
        posting: Posting,
        heard: Heard,
        recall: Callable[[int], Awaitable[Alert | None]],
        *,
        answered: bool,
        interval: float = LOOK_INTERVAL,
    ) -> None:
        """Prepare.

        Args:
            parts: of the deliverer.
            posting: its way to Slack.
            heard: what readers said.
            recall: reads an alert again by its offset in `alerts`.
            answered: somebody listens to buttons.
            interval: see `LOOK_INTERVAL`.

        """
        self._parts = parts
        self._posting = posting
        self._heard = heard
        self._recall = recall
        self._answered = answered
        self._interval = interval
        self._shown: OrderedDict[str, tuple[Alert, bool]] = OrderedDict()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._links: dict[tuple[str, str], str] = {}
        self._given_up: dict[str, str] = {}
        self._at_work: dict[str, asyncio.Task[None]] = {}
        self._moved = asyncio.Event()
        self._failed: BaseException | None = None

    def changed(self) -> None:
        """Look again soon: somebody said something, or a message has come to stand."""
        self._moved.set()

    async def draw(self, delivery: Delivery, alert: Alert, channel_id: str, *, plainly: bool) -> tuple[Message, str]:
        """Return an alert as the message of a delivery, with its notes, and their digest."""
        notes = self._notes(delivery)
        links = {
            other.agreement_id: address
            for other in (notes.merged_into, *notes.apart)
            if other is not None and (address := await self._address(other, channel_id)) is not None
        }
        drawn = render(
            alert,
            public_url=self._parts.public_url,
            notes=replace(notes, links=links),
            answered=self._answered,
            mention=delivery.mention,
        ).marked(delivery.alert_id)
        return simpler(drawn) if plainly else drawn, notes.digest()

    async def show(self, root: Delivery, alert: Alert, channel_id: str, *, plainly: bool) -> None:
        """Let a message that stands show an alert from now on; raises SlackTroubleError."""
        async with self._turns[root.key]:
            await self._show(root, alert, channel_id, plainly=plainly)

    def remember(self, delivery: Delivery, alert: Alert, *, plainly: bool) -> None:
        """Note what a message shows, so that it need not be read again."""
        self._shown[delivery.key] = (alert, plainly)
        self._shown.move_to_end(delivery.key)
        while len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)

    async def run(self) -> None:
        """Redraw what differs, until cancelled.

        Raises:
            LeaseLostError: another deliverer may be at work.
            KafkaError: Kafka is not there.

        """
        self._heard.changed = self.changed
        try:
            while True:
                await self._look()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), self._interval)
                    await asyncio.sleep(_SETTLE)
                self._moved.clear()
                if self._failed is not None:
                    raise self._failed
        finally:
            self._heard.changed = lambda: None
            for task in self._at_work.values():
                task.cancel()
            await asyncio.gather(*self._at_work.values(), return_exceptions=True)

    async def _look(self) -> None:
        for number, root in enumerate(self._parts.log.standing(), 1):
            wanted = self._notes(root).digest()
            if wanted != root.notes and self._given_up.get(root.key) != wanted and root.key not in self._at_work:
                task = asyncio.create_task(self._redraw(root.key), name=f"redraw {root.key}")
                self._at_work[root.key] = task
                task.add_done_callback(partial(self._ended, root.key))
            if number % _BREATH == 0:
                await asyncio.sleep(0)

    def _ended(self, key: str, task: asyncio.Task[None]) -> None:
        self._at_work.pop(key, None)
        if task.cancelled():
            return
        self._failed = self._failed or task.exception()
        self.changed()  # something more may have been said meanwhile

    async def _redraw(self, key: str) -> None:
        """Draw a message again, however long that takes; give up what Slack refuses for good."""
        backoff = Backoff(first=0.2, most=30.0)
        while True:
            await self._parts.circuit.wait()
            root = self._parts.log.get(key)
            if root is None or root.ts is None:
                return
            wanted = self._notes(root).digest()
            try:
                if not await self._again(root):
                    self._given_up[key] = wanted
                    log.warning("a message cannot be drawn again: its alert is no longer kept", alert=root.alert_id)
            except TimeoutError:
                await asyncio.sleep(backoff.next())
            except SlackTroubleError as error:
                if not await self._goes_on(error, root, wanted, backoff):
                    return
            except (LeaseLostError, KafkaError):
                raise
            except Exception:
                log.exception("a message cannot be drawn again", alert=root.alert_id)
                self._given_up[key] = wanted
                return
            else:
                return

    async def _again(self, root: Delivery) -> bool:
        """Draw a message as it ought to be; False when what it shows is nowhere any more."""
        async with self._turns[root.key]:
            alert, plainly = await self._what(root)
            if alert is not None:
                await self._show(root, alert, root.channel_id or "", plainly=plainly)
            return alert is not None

    async def _goes_on(self, error: SlackTroubleError, root: Delivery, wanted: str, backoff: Backoff) -> bool:
        self._parts.seen.troubles.labels(error.word).inc()
        log.warning("a message is not drawn again yet", channel=root.channel, code=error.word, why=error.message)
        match error.meaning:
            case Meaning.PAUSE:
                await asyncio.sleep(jittered(max(error.retry_after, 0.1)))
            case Meaning.RETRY | Meaning.AMBIGUOUS:
                await asyncio.sleep(backoff.next())
            case Meaning.AUTH:
                self._parts.circuit.open(error)
            case Meaning.SIMPLER if root.key in self._shown and not self._shown[root.key][1]:
                self._shown[root.key] = (self._shown[root.key][0], True)
            case _:
                self._given_up[root.key] = wanted
                return False
        return True

    async def _what(self, root: Delivery) -> tuple[Alert | None, bool]:
        """Return the alert that a message shows, and whether only its plain form is taken."""
        if root.key in self._shown:
            return self._shown[root.key]
        latest = self._parts.log.latest(root)
        alert = await self._recall(latest.sequence if latest.offset is None else latest.offset)
        if alert is not None:
            self.remember(root, alert, plainly=False)
        return alert, False

    async def _show(self, root: Delivery, alert: Alert, channel_id: str, *, plainly: bool) -> None:
        assert root.ts is not None  # a message that stands has one
        drawn, digest = await self.draw(root, alert, channel_id, plainly=plainly)
        await self._posting.update(channel_id, root.ts, drawn, root)
        self.remember(root, alert, plainly=plainly)
        now = self._parts.log.get(root.key)
        if now is not None and now.notes != digest:
            await self._parts.log.advance(root.key, notes=digest)

    def _notes(self, delivery: Delivery) -> Notes:
        def root(agreement_id: str) -> Delivery | None:
            return self._parts.log.root(agreement_id, delivery.channel)

        return self._heard.said().notes(delivery, root, datetime.now(UTC))

    async def _address(self, other: Elsewhere, channel_id: str) -> str | None:
        """Return where another dossier is to be read: its message on this channel, else its page."""
        if other.ts is not None:
            place = (channel_id, other.ts)
            if place not in self._links:
                with suppress(SlackTroubleError):  # without the link the words stand alone
                    found = await self._parts.poster.permalink(*place)
                    if found is not None:
                        self._links[place] = found
            if place in self._links:
                return self._links[place]
        url = self._parts.public_url
        return f"{url.rstrip('/')}/agreements/{other.agreement_id}" if url else None
