"""sightings -> actors: each article counts once, however often it was classified.

The steps are those of `track`: count on a copy, send the surges and the changed actors and wait, write the table and
wait, make the copy the state, leave the batch.  A crash in between counts the same sightings again, on the old state.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from agents.batches import Batch, Pace, origin
from agents.dead_letters import ATTEMPTS, DeadLetters, letter
from agents.lease import Claim
from agents.outbox import Outbox, Outgoing, TooLargeError
from agents.parts import Parts
from agents.tables import Table
from agents.track import PARTITION as ALERTS_PARTITION
from monitor.errors import RecordError
from monitor.models.dead_letter import DeadLetter
from monitor.models.report import Tick
from monitor.models.sighting import Sighting, decode_sightings


class Count:
    """The stage; ``actors`` and ``alerts`` are full names of topics."""

    name = "count"

    def __init__(
        self, parts: Parts, *, table: Table, outbox: Outbox, dead_letters: DeadLetters, actors: str, alerts: str
    ) -> None:
        self._parts = parts
        self._table = table
        self._outbox = outbox
        self._dead_letters = dead_letters
        self._actors = actors
        self._alerts = alerts
        self._counts: dict[int, tuple[int, Any]] = {}

    async def handle(self, batch: Batch, claim: Claim) -> None:
        """Take the steps above."""
        counts = await self._state(batch.partition)
        claim.check()
        letters: dict[int, DeadLetter] = {}
        records: dict[int, Sighting | Tick] = {}
        for place, record in enumerate(batch.records):
            try:
                records[place] = decode_sightings(record.value)
            except RecordError as error:
                letters[place] = letter(record, self.name, error)
        rounds = [records]
        while rounds:
            records = rounds.pop()
            draft = await self._apply(counts, batch, records, letters, claim)
            if not self._table.fits(draft.writes):
                places = list(records)
                middle = len(places) // 2
                if middle:
                    rounds += [{place: records[place] for place in half} for half in (places[middle:], places[:middle])]
                    continue
                letters[places[0]] = self._too_large(batch.records[places[0]], draft.writes)
                draft = counts.draft(at=time.monotonic())
            outgoing = [
                Outgoing(self._alerts, (alert.actor_id or alert.id).encode(), alert.encode(), ALERTS_PARTITION)
                for alert in draft.alerts
            ]
            outgoing += [Outgoing(self._actors, actor.key.encode(), actor.encode()) for actor in draft.actors]
            outgoing += [Outgoing(self._actors, key.encode(), None) for key in draft.gone]
            await self._outbox.send(outgoing, claim)
            await self._dead_letters.send(list(letters.values()), claim)
            letters.clear()
            await self._table.write(batch.partition, draft.writes, claim)
            draft.commit()

    def _too_large(self, record: Any, writes: Mapping[str, bytes | None]) -> DeadLetter:
        largest = max((value or b"" for value in writes.values()), key=len)
        return letter(record, self.name, TooLargeError(Outgoing(self._table.changelog_topic_name, None, largest)))

    async def _state(self, partition: int) -> Any:
        since = self._table.owned_since(partition)
        loaded, counts = self._counts.get(partition, (-1, None))
        if counts is None or loaded != since:
            # What other partitions held before a rebalance is not kept: they may be another worker's.
            self._counts = {p: state for p, state in self._counts.items() if self._table.owned_since(p) == state[0]}
            counts = await asyncio.to_thread(self._parts.counts, self._table.items(partition))
            self._counts[partition] = (since, counts)
        return counts

    async def _apply(
        self,
        counts: Any,
        batch: Batch,
        records: dict[int, Sighting | Tick],
        letters: dict[int, DeadLetter],
        claim: Claim,
    ) -> Any:
        """Count all records on a copy; one that fails again and again is left out and becomes a dead letter."""
        attempts = dict.fromkeys(records, 0)
        while True:
            draft = counts.draft(at=time.monotonic())
            pace = Pace(claim)
            for place, record in records.items():
                article_id = record.article_id if isinstance(record, Sighting) else ""
                try:
                    draft.apply(record, origin(batch.records[place], article_id))
                except Exception as error:  # noqa: BLE001 - one bad record never stops the stream
                    attempts[place] += 1
                    if attempts[place] >= ATTEMPTS:
                        letters[place] = letter(batch.records[place], self.name, error, attempts=ATTEMPTS)
                        del records[place]
                    break  # the draft may be half changed: begin again
                await pace.breathe()
            else:
                return draft
