"""The tracked agreements as Slack needs them: a line each, and which went into which."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime

import structlog
from aiokafka.errors import KafkaError

from monitor.errors import BrokerError
from monitor.kafka.view import View
from monitor.models.agreement import Agreement
from monitor.models.vocabulary import Status
from monitor.settings import Settings
from monitor.slack.names import instrument, party
from monitor.slack.text import clean

log = structlog.get_logger(__name__)

_AGAIN = 2.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Card:
    """A dossier in a line; one that was merged or taken back has no parties."""

    id: str
    title: str
    merged_into: str | None = None
    apart: tuple[str, ...] = ()
    """Dossiers that a person split from this one."""
    parties: tuple[str, ...] = ()
    status: Status | None = None
    date: date | None = None
    sources: int = 0
    confirmed: bool = False
    updated_at: datetime = _EPOCH

    @classmethod
    def read(cls, value: bytes) -> Card:
        """Make a card of a record of `agreements`; raises RecordError."""
        record = Agreement.decode(value)
        shown = record.snapshot
        if shown is None:
            return cls(record.id, "another dossier", record.merged_into)
        who = " – ".join(party(code).name for code in shown.parties[:4]) or "Unnamed parties"
        acronym = f" ({clean(shown.acronym)})" if shown.acronym and clean(shown.acronym) else ""
        return cls(
            record.id,
            f"{who}: {instrument(shown)}{acronym}",
            None,
            record.apart,
            shown.parties,
            shown.status,
            shown.date,
            shown.independent_sources,
            shown.confirmed,
            shown.updated_at,
        )


class Dossiers:
    """A view of `agreements` that starts by itself: who reads it meanwhile sees what has been read so far."""

    def __init__(self, settings: Settings, *, moved: Callable[[], None] = lambda: None) -> None:
        """Prepare; ``moved`` is called when a dossier was merged or split, and when all has been read."""

        def told(key: str, card: Card | None) -> None:
            del key
            if card is not None and (card.merged_into or card.apart):
                moved()

        self.view: View[Card] = View(settings, settings.kafka.topic("agreements"), Card.read, changed=told)
        self.ready = False
        """Everything has been read once."""
        self._moved = moved
        self._task: asyncio.Task[None] | None = None

    def get(self, agreement_id: str) -> Card | None:
        """Return a card."""
        return self.view.get(agreement_id)

    def all(self) -> Iterable[Card]:
        """Return all cards."""
        return self.view.items().values()

    def start(self) -> None:
        """Begin to read; return at once."""
        self._task = asyncio.create_task(self._begin(), name="dossiers")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await self.view.stop()

    async def _begin(self) -> None:
        while True:
            try:
                await self.view.start()
            except (BrokerError, KafkaError, OSError) as error:
                log.warning("dossiers cannot be read yet", why=str(error))
                await asyncio.sleep(_AGAIN)
            else:
                self.ready = True
                self._moved()
                return
