"""The delivery log: the topic `deliveries`, which is the deliverer's durable queue, and its picture in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState
from monitor.slack.lease import Lease

OPEN = (DeliveryState.QUEUED, DeliveryState.HELD, DeliveryState.SENDING)
"""States in which there is still something to do."""


class DeliveryLog:
    """Every delivery in its latest state.

    A write is in memory at once and in Kafka when `put` returns.  When it fails, the whole session of the deliverer
    ends and the next one reads the topic again, so that memory never stays ahead of Kafka.
    """

    def __init__(self, topic: str, producer: AIOKafkaProducer, lease: Lease) -> None:
        self._topic = topic
        self._producer = producer
        self._lease = lease
        self._entries: dict[str, Delivery] = {}
        self._roots: dict[tuple[str, str], str] = {}
        self._latest: dict[tuple[str, str], str] = {}
        self._alone: set[str] = set()
        self._gone: set[str] = set()
        self._held: dict[str, None] = {}
        self._bound: dict[str, str] = {}
        self._turn = asyncio.Lock()

    def fill(self, entries: Iterable[Delivery]) -> None:
        """Take over what the topic holds, before the first write."""
        for entry in sorted(entries, key=lambda entry: entry.sequence):
            self._note(entry)

    async def put(self, delivery: Delivery) -> Delivery:
        """Write a delivery and wait until Kafka has it.

        Raises:
            LeaseLostError: another deliverer may be at work; nothing is written.
            KafkaError: Kafka did not take it.

        """
        return await self.begin(delivery)

    def begin(self, delivery: Delivery) -> asyncio.Future[Delivery]:
        """Like `put`, but return at once with what is to be awaited: order is that of the calls."""
        self._lease.check()
        entry = delivery.model_copy(update={"updated_at": datetime.now(UTC)})
        self._note(entry)
        return asyncio.ensure_future(self._write(entry))

    async def advance(self, key: str, **changes: Any) -> Delivery:
        """Change a delivery as it stands now, which may be newer than what the caller has seen; raises as `put`."""
        return await self.put(self._entries[key].model_copy(update=changes))

    async def intend(self, delivery: Delivery, channel_id: str) -> Delivery:
        """Write that a delivery is about to be posted; raises as `put`."""
        return await self.advance(
            delivery.key,
            state=DeliveryState.SENDING,
            channel_id=channel_id,
            attempts=delivery.attempts + 1,
            intent_at=delivery.intent_at or datetime.now(UTC),
            error=None,
        )

    async def forget(self, delivery: Delivery) -> None:
        """Delete a delivery: it goes on under another key."""
        self._lease.check()
        self._entries.pop(delivery.key, None)
        self._held.pop(delivery.key, None)
        self._let_go(delivery)
        await self._send(delivery.key, None)

    def get(self, key: str) -> Delivery | None:
        """Return a delivery as it stands."""
        return self._entries.get(key)

    def open(self) -> list[Delivery]:
        """Return what is still to be done, in no order; what belongs to an open digest is done with it."""
        return [
            entry
            for entry in self._entries.values()
            if entry.state in OPEN and (entry.alert is not None or entry.members) and entry.key not in self._bound
        ]

    def held(self, channel: str | None = None) -> list[Delivery]:
        """Return what is held, on a channel or on all, and in no digest yet; in the order of the alerts."""
        entries = (self._entries[key] for key in self._held if key not in self._bound)
        found = (entry for entry in entries if channel is None or entry.channel == channel)
        return sorted(found, key=lambda entry: entry.sequence)

    def standing_digest(self, key: str) -> Delivery | None:
        """Return a digest whose message stands, so that others can stand under it."""
        entry = self._entries.get(key)
        return entry if entry is not None and entry.ts is not None and key not in self._gone else None

    def root(self, agreement_id: str | None, channel: str) -> Delivery | None:
        """Return the delivery whose message stands in the channel for an agreement; None before the first."""
        key = self._roots.get((agreement_id or "", channel))
        return self._entries.get(key) if key is not None and key not in self._gone else None

    def latest(self, root: Delivery) -> Delivery:
        """Return the delivery whose alert a message shows: of all that were told of its agreement there the newest."""
        key = self._latest.get((root.agreement_id or "", root.channel), root.key) if root.agreement_id else root.key
        return self._entries.get(key, root)

    def standing(self) -> Iterator[Delivery]:
        """Yield the messages that stand in channels now: one an agreement and channel, and those of no dossier."""
        for key in (*self._roots.values(), *self._alone):
            entry = self._entries.get(key)
            if entry is not None and key not in self._gone:
                yield entry

    def lose_root(self, delivery: Delivery) -> None:
        """Take note that a root can no longer be updated or answered: the next alert makes a new one."""
        self._gone.add(delivery.key)

    def all(self) -> Iterable[Delivery]:
        """Return every delivery."""
        return self._entries.values()

    def _note(self, entry: Delivery) -> None:
        self._entries[entry.key] = entry
        if entry.state is DeliveryState.HELD:
            self._held[entry.key] = None
        else:
            self._held.pop(entry.key, None)
        if entry.members:
            self._note_digest(entry)
            return
        if entry.state is DeliveryState.DIGESTED and entry.agreement_id:
            self._note_latest(entry)  # its agreement's message shows it, though it has none of its own
        if not entry.ts or entry.bulletin:
            return
        if not entry.agreement_id:
            self._alone.add(entry.key)
            return
        self._note_latest(entry)
        place = (entry.agreement_id, entry.channel)
        if entry.thread_ts is None:
            known = self._entries.get(self._roots.get(place, ""))
            if known is None or known.sequence <= entry.sequence or known.key in self._gone:
                self._roots[place] = entry.key

    def _note_latest(self, entry: Delivery) -> None:
        place = (entry.agreement_id or "", entry.channel)
        newest = self._entries.get(self._latest.get(place, ""))
        if newest is None or _written(newest) <= _written(entry):
            self._latest[place] = entry.key

    def _note_digest(self, digest: Delivery) -> None:
        if digest.state in OPEN:
            self._bound |= dict.fromkeys(digest.members, digest.key)
        else:
            self._let_go(digest)

    def _let_go(self, digest: Delivery) -> None:
        for key in digest.members:
            if self._bound.get(key) == digest.key:
                del self._bound[key]

    async def _send(self, key: str, value: bytes | None) -> None:
        async with (
            self._turn
        ):  # the lock is fair, so that writes to one key stand in the topic in the order of the calls
            acknowledged = await self._producer.send(
                self._topic, key=key.encode("utf-8", "backslashreplace"), value=value
            )
        await acknowledged

    async def _write(self, entry: Delivery) -> Delivery:
        await self._send(entry.key, entry.encode())
        return entry


def _written(entry: Delivery) -> int:
    """Return where the newest revision of a delivery's alert stands."""
    return entry.sequence if entry.offset is None else entry.offset
