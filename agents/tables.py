"""A Faust table for state that must not be lost: raw bytes, kept by partition, written when Kafka has them.

Stock tables drop the future of a changelog record, decode values while they recover (one that cannot be decoded hangs
recovery for ever), and forget which partition a key was written to.  Here a write sends one changelog record per key,
all in one batch of Kafka's log, waits for it, and only then changes the local copy; a partition that goes elsewhere
takes its keys with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, cast

import faust
from faust.stores import base
from faust.types import TP

from agents.lease import Claim
from agents.outbox import TOGETHER, Outbox


class PartitionStore(base.Store[str, bytes]):
    """The local copy, by partition, and how far each has been read."""

    def __post_init__(self) -> None:
        self.data: dict[str, bytes] = {}  # Faust's own view of a store, which nothing here uses
        self.partitions: dict[int, dict[str, bytes]] = {}
        self.offsets: dict[int, int] = {}

    def apply(self, partition: int, offset: int, key: str, value: bytes | None) -> None:
        """Take over one changelog record; a value of None deletes."""
        records = self.partitions.setdefault(partition, {})
        if value is None:
            records.pop(key, None)
        else:
            records[key] = value
        self.offsets[partition] = max(offset, self.offsets.get(partition, -1))

    def keep(self, partitions: set[int]) -> None:
        """Forget all partitions but these."""
        for partition in self.partitions.keys() | self.offsets.keys():
            if partition not in partitions:
                self.partitions.pop(partition, None)
                self.offsets.pop(partition, None)

    def persisted_offset(self, tp: TP) -> int | None:
        """Return how far a partition has been read; -1 when not at all, so that recovery starts at its beginning."""
        return self.offsets.get(tp.partition, -1)

    def apply_changelog_batch(self, batch: Iterable[Any], to_key: Any, to_value: Any) -> None:
        """Take over what recovery has read."""
        del to_key, to_value
        for event in batch:
            message = event.message
            self.apply(message.partition, message.offset, message.key.decode("utf-8", "surrogateescape"), message.value)

    def reset_state(self) -> None:
        """Forget everything."""
        self.keep(set())

    async def backup_partition(self, tp: Any, flush: bool = True, purge: bool = False, keep: int = 1) -> None:
        """Do nothing: the changelog is the backup."""

    def restore_backup(self, tp: Any, latest: bool = True, backup_id: int = 0) -> None:
        """Do nothing: the changelog is the backup."""


class Table(faust.Table[str, bytes]):
    """Keys to raw bytes, by the partition of the topic they come from; Faust's setting ``Table``.

    ``outbox`` sends the changelog records.
    """

    def __init__(self, app: Any, *, outbox: Outbox, **options: Any) -> None:
        super().__init__(app, key_type=bytes, value_type=bytes, **options)
        self._outbox = outbox
        self._generation = 0
        self._owned_since: dict[int, int] = {}

    def _new_store(self) -> PartitionStore:
        return PartitionStore(
            "memory://", self.app, self, table_name=self.name, key_type=bytes, value_type=bytes, loop=self.loop
        )

    @property
    def _bytes(self) -> PartitionStore:
        return cast("PartitionStore", self.data)

    def contains(self, partition: int, key: str) -> bool:
        """Return whether a key is there."""
        return key in self._bytes.partitions.get(partition, ())

    def items(self, partition: int) -> list[tuple[str, bytes]]:  # type: ignore[override] # a table by partition
        """Return all that a partition holds."""
        return list(self._bytes.partitions.get(partition, {}).items())

    def view(self, partition: int) -> Mapping[str, bytes]:
        """Return what a partition holds, as it stands from now on; good as long as `owned_since` is the same."""
        return MappingProxyType(self._bytes.partitions.setdefault(partition, {}))

    @staticmethod
    def fits(writes: Mapping[str, bytes | None]) -> bool:
        """Return whether `write` can take all of it at once."""
        frame = 64  # what Kafka adds to a record and to a batch, at most
        return sum(len(key) * 4 + len(value or b"") + frame for key, value in writes.items()) < TOGETHER

    def owned_since(self, partition: int) -> int:
        """Return the generation of the group since which this worker has owned a partition without a break.

        State decoded from the table is good as long as this number stays the same.
        """
        return self._owned_since.get(partition, -1)

    async def write(self, partition: int, writes: Mapping[str, bytes | None], claim: Claim) -> None:
        """Write keys (None deletes), all or none, and wait until the changelog has them.

        The changelog records go as one batch of Kafka's log.  Written one by one, a crash would leave some: the article
        known and its agreement not, or the other way round, and the decision taken again would be another one.

        Raises:
            Revoked: the partition was taken away; nothing was changed here, though the changelog may have it.
            TooLargeError: the writes are larger than one batch; nothing was written.

        """
        if not writes:
            return
        records = [(key.encode("utf-8", "surrogateescape"), value) for key, value in writes.items()]
        last = await self._outbox.send_together(self.changelog_topic_name, partition, records, claim)
        for key, value in writes.items():
            self._bytes.apply(partition, last, key, value)

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Take over what recovery has read; Faust may mix in a record of another table when partitions move."""
        mine = self.changelog_topic_name
        self._bytes.apply_changelog_batch((event for event in batch if event.message.topic == mine), None, None)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Keep what is assigned, and note since when."""
        generation = self.app.consumer_generation_id
        unbroken = generation == self._generation + 1
        active = {tp.partition for tp in active_tps}
        self._bytes.keep(active)
        self._owned_since = {
            partition: self._owned_since[partition] if unbroken and partition in self._owned_since else generation
            for partition in active
        }
        self._generation = generation
        await super().on_recovery_completed(active_tps, standby_tps)
