"""What waits for its time, and becomes a digest then.

A digest is written to the log before it is told, with the keys of what it tells; these stay held, each with its alert,
until the digest stands on Slack.  So whichever deliverer comes next finds either what is due, or the digest:

    1. write the digest (``queued``, with its members): from here on they belong to it
    2. the lane tells it as it tells an alert: intent, post under its own mark, outcome
    3. renew the living messages of its agreements, mark the members ``digested``, then the digest ``sent``

A crash before 1 leaves what is due; one after it the digest; one after its post a mark to be found in the history.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState, Hold
from monitor.slack.digest import parted
from monitor.slack.log import DeliveryLog
from monitor.slack.observe import Observations
from monitor.slack.placing import Placing, caught_up, in_order, may_move

log = structlog.get_logger(__name__)

LOOK_INTERVAL = 0.5
"""Seconds between two looks at the clock."""


class Holding:
    """Lets go of what is due."""

    def __init__(
        self,
        deliveries: DeliveryLog,
        seen: Observations,
        clock: Callable[[], datetime],
        enqueue: Callable[[Delivery], None],
        *,
        public_url: str | None = None,
    ) -> None:
        self._log = deliveries
        self._seen = seen
        self._clock = clock
        self._enqueue = enqueue
        self._public_url = public_url

    async def run(self) -> None:
        """Look at the clock until cancelled; raises as `DeliveryLog.put` does."""
        while True:
            await self.release()
            self._show()
            await asyncio.sleep(LOOK_INTERVAL)

    async def release(self) -> None:
        """Make a digest for each channel on which something is due, and queue it.

        It is in its lane before Kafka has it, so that nothing that comes later overtakes it: the lane writes an intent
        before it posts, and that holds all the digest does.
        """
        writing = []
        for entry in self.due():
            writing.append(self._log.begin(entry))
            self._enqueue(entry)
        await asyncio.gather(*writing)

    def due(self) -> list[Delivery]:
        """Return the digests of what is due now; nothing is written."""
        now = self._clock()
        by_channel: defaultdict[str, list[Delivery]] = defaultdict(list)
        for entry in self._log.held():
            if entry.due is not None and entry.due <= now:
                by_channel[entry.channel].append(entry)
        return [part for channel, entries in by_channel.items() for part in self._digest(channel, entries)]

    def _digest(self, channel: str, entries: list[Delivery]) -> list[Delivery]:
        entries.sort(key=lambda entry: entry.sequence)
        parts = parted(entries, public_url=self._public_url)
        holds = {entry.hold for entry in entries}
        hold = entries[0].hold if len(holds) == 1 else Hold.DIGEST
        names = "\x00".join([channel, *(entry.key for entry in entries)])
        name = hashlib.blake2b(names.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        mention = tuple(dict.fromkeys(who for entry in entries for who in entry.mention))
        log.info("a digest is due", channel=channel, alerts=len(entries), parts=len(parts))
        return [
            Delivery(
                alert_id=f"digest-{name}.{number:03d}",
                channel=channel,
                state=DeliveryState.QUEUED,
                sequence=entries[-1].sequence,
                route=entries[0].route,
                mention=mention if number == 1 else (),
                accepted_at=self._clock(),
                hold=hold,
                due=max(entry.due for entry in entries if entry.due is not None),
                members=tuple(entry.key for entry in part),
                updated_at=datetime.now(UTC),
            )
            for number, part in enumerate(parts, 1)
        ]

    async def dissolve(self, digest: Delivery) -> None:
        """Give a digest up that Slack does not take, and let its alerts be told one by one."""
        await self._log.forget(digest)
        for key in digest.members:
            member = self._log.get(key)
            if member is not None and member.state is DeliveryState.HELD:
                self._enqueue(await self._log.advance(key, state=DeliveryState.QUEUED, due=None))
        log.warning("a digest is told one by one", channel=digest.channel, alerts=len(digest.members))

    def waiting(self) -> dict[str, dict[str, object]]:
        """Return by channel how much waits, and when the next is due."""
        found: defaultdict[str, list[Delivery]] = defaultdict(list)
        for entry in self._log.held():
            found[entry.channel].append(entry)
        return {
            channel or "(none)": {
                "held": len(entries),
                "next": min((entry.due for entry in entries if entry.due is not None), default=None),
            }
            for channel, entries in found.items()
        }

    def _show(self) -> None:
        self._seen.held.clear()
        for channel, waiting in self.waiting().items():
            self._seen.held.labels(channel).set(float(str(waiting["held"])))


async def left_over(deliveries: DeliveryLog, placing: Placing, holding: Holding) -> list[Delivery]:
    """Return what earlier sessions left undone, in the order in which it is told; what never got out is routed anew.

    A digest that never got out is made again of what is due now, before anything that came after it is told.
    """
    for delivery in deliveries.open():
        if delivery.members and delivery.state is DeliveryState.QUEUED and delivery.ts is None:
            await deliveries.forget(delivery)
    current: list[Delivery] = []
    for delivery in in_order(deliveries.open()):
        again = not delivery.members and may_move(delivery)
        current += await placing.reroute(delivery) if again else [delivery]
    current = [
        entry if entry is deliveries.get(entry.key) else await deliveries.put(entry) for entry in caught_up(current)
    ]
    current += [await deliveries.put(digest) for digest in holding.due()]
    return in_order(current)
