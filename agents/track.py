"""reports -> alerts and agreements: guarantee that the same decision is taken once, or again with the same ids.

All reports stand in partition 0, in one order.  A batch is handled in these steps (in several rounds of them when what
it changes is more than one write can take), and a crash between any two repeats the whole:

1. decide every record on a copy of the state (`Draft`);
2. send the alerts, then the agreements, and wait until they stand;
3. send dead letters;
4. write the table, all of it or nothing, and wait until its changelog stands;
5. make the copy the state, and leave the batch.

Before step 4 stands, nothing remembers the decision, so it is taken again, and its alerts get the same ids; afterwards
the articles are repeats.
"""

from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from agents.batches import Batch, Pace, origin
from agents.dead_letters import ATTEMPTS, DeadLetters, letter
from agents.lease import Claim
from agents.metrics import Metrics
from agents.outbox import Outbox, Outgoing, TooLargeError
from agents.parts import Parts
from agents.tables import Table
from monitor.errors import RecordError
from monitor.models.alert import Alert
from monitor.models.dead_letter import DeadLetter
from monitor.models.report import ArticleReports, Correction, Tick, decode_reports

PARTITION = 0
"""The one partition of `reports`, `alerts` and `agreements` that is used: order is the guarantee."""

_Records: TypeAlias = dict[int, ArticleReports | Correction | Tick]
"""Decoded records by their place in the batch, in order."""


@dataclass(slots=True)
class _Outcome:
    """What a batch decided."""

    draft: Any
    alerts: list[tuple[int, Alert]] = field(default_factory=list)
    agreements: dict[str, tuple[int, Any]] = field(default_factory=dict)
    repeats: int = 0


class _FailedError(Exception):
    """A record whose decision failed; the draft may be half changed and is thrown away."""

    def __init__(self, place: int, error: Exception) -> None:
        super().__init__(place)
        self.place = place
        self.error = error


YOUNG = 10_000
"""Objects after which Python looks for garbage: at its default of 700 that took a quarter of the time of tracking."""


def spare_the_collector() -> None:
    """Keep what stays, above all the cards of dossiers, out of the search for garbage, and let it come less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 50)


class Track:
    """The stage; ``alerts`` and ``agreements`` are full names of topics."""

    name = "track"

    def __init__(
        self,
        parts: Parts,
        *,
        table: Table,
        outbox: Outbox,
        dead_letters: DeadLetters,
        metrics: Metrics,
        alerts: str,
        agreements: str,
    ) -> None:
        self._parts = parts
        self._table = table
        self._outbox = outbox
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._alerts = alerts
        self._agreements = agreements
        self._dossiers: Any = None
        self._loaded = -1

    async def handle(self, batch: Batch, claim: Claim) -> None:
        """Take the steps above."""
        dossiers = await self._state()
        claim.check()
        letters: dict[int, DeadLetter] = {}
        records = self._decode(batch, letters)
        rounds = [records]
        while rounds:
            records = rounds.pop()
            if not await self._round(dossiers, batch, records, letters, claim):
                places = list(records)
                middle = len(places) // 2
                rounds += [{place: records[place] for place in half} for half in (places[middle:], places[:middle])]
        await self._dead_letters.send(list(letters.values()), claim)

    async def _round(
        self, dossiers: Any, batch: Batch, records: _Records, letters: dict[int, DeadLetter], claim: Claim
    ) -> bool:
        """Take the steps for some records; return False, with nothing done, when they change too much for one write."""
        attempts = dict.fromkeys(records, 0)
        while True:
            try:
                outcome = await self._decide(dossiers, batch, records, claim)
                if not self._table.fits(outcome.draft.writes) and len(records) > 1:
                    return False
                await self._send(outcome, claim)
                await self._dead_letters.send(list(letters.values()), claim)
                letters.clear()
                await self._table.write(PARTITION, outcome.draft.writes, claim)
                break
            except _FailedError as failure:
                place, error = failure.place, failure.error
                attempts[place] += 1
                if attempts[place] < ATTEMPTS:
                    continue
            except TooLargeError as failure:
                error = failure
                place = failure.record.source if failure.record.source >= 0 else next(iter(records))
            letters[place] = letter(batch.records[place], self.name, error, attempts=max(1, attempts[place]))
            del records[place]
        outcome.draft.commit()
        self._count(outcome)
        return True

    async def _state(self) -> Any:
        since = self._table.owned_since(PARTITION)
        if self._dossiers is None or since != self._loaded:
            self._dossiers = await asyncio.to_thread(self._parts.dossiers, self._table.view(PARTITION))
            spare_the_collector()
            self._loaded = since
        return self._dossiers

    def _decode(self, batch: Batch, letters: dict[int, DeadLetter]) -> _Records:
        records: _Records = {}
        for place, record in enumerate(batch.records):
            try:
                _check_partition(batch.partition)
                records[place] = decode_reports(record.value)
            except RecordError as error:
                letters[place] = letter(record, self.name, error)
        return records

    async def _decide(self, dossiers: Any, batch: Batch, records: _Records, claim: Claim) -> _Outcome:
        outcome = _Outcome(dossiers.draft())
        pace = Pace(claim)
        for place, record in records.items():
            article_id = record.article.id if isinstance(record, ArticleReports) else ""
            rules = record.origin.rules_version if isinstance(record, ArticleReports) else ""
            try:
                decision = outcome.draft.apply(record, origin(batch.records[place], article_id, rules))
            except Exception as error:
                raise _FailedError(place, error) from error
            outcome.alerts += [(place, alert) for alert in (*decision.alerts, *decision.renewed)]
            for agreement in decision.agreements:
                outcome.agreements.pop(agreement.id, None)  # its last version, at the place of that version
                outcome.agreements[agreement.id] = (place, agreement)
            outcome.repeats += decision.repeat
            await pace.breathe()
        return outcome

    async def _send(self, outcome: _Outcome, claim: Claim) -> None:
        outgoing = [
            Outgoing(
                self._alerts,
                (alert.agreement_id or alert.actor_id or alert.id).encode(),
                alert.encode(),
                PARTITION,
                source=place,
            )
            for place, alert in outcome.alerts
        ]
        outgoing += [
            Outgoing(self._agreements, key.encode(), agreement.encode(), PARTITION, source=place)
            for key, (place, agreement) in outcome.agreements.items()
        ]
        await self._outbox.send(outgoing, claim)

    def _count(self, outcome: _Outcome) -> None:
        for _, alert in outcome.alerts:
            if not alert.revision:
                self._metrics.alerts.labels(reason=alert.reason.value).inc()
        self._metrics.repeats.inc(outcome.repeats)


def _check_partition(partition: int) -> None:
    if partition != PARTITION:
        raise RecordError(
            f"reports are kept in partition {PARTITION}, this one is in {partition}", reason="wrong_partition"
        )
