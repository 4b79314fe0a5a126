"""Everything the dashboard knows, read from the topics and followed: nothing of it would be lost by a restart."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import structlog

from monitor.errors import BrokerError
from monitor.kafka.view import View
from monitor.models.mute import Mute
from monitor.models.verdict import Verdict
from monitor.settings import Settings
from monitor.watch.cluster import Cluster
from monitor.watch.processes import Processes
from monitor.watch.sources import Sources
from monitor.web.data.actor_rows import ActorRow
from monitor.web.data.memo import Memo
from monitor.web.data.rows import AgreementRow, AlertRow, DeliveryRow, ReportRow
from monitor.web.data.tail import Tail

log = structlog.get_logger(__name__)

_AGAIN = 2.0

Listener = Callable[[AlertRow], None]


class Live:
    """Views, tails and looks; pages and API read from it.

    `start` returns at once: ``loaded`` says which topics have been read, ``trouble`` why one is not.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.version = 0
        """Moves with every change of an agreement or actor."""
        topic = settings.kafka.topic

        def changed(key: str, value: Any) -> None:
            del key, value
            self.version += 1

        self.agreements: View[AgreementRow] = View(settings, topic("agreements"), AgreementRow.read, changed=changed)
        self.actors: View[ActorRow] = View(settings, topic("actors"), ActorRow.read, changed=changed)
        self.deliveries: View[DeliveryRow] = View(settings, topic("deliveries"), DeliveryRow.read)
        self.verdicts: View[Verdict] = View(settings, topic("verdicts"), Verdict.decode)
        self.mutes: View[Mute] = View(settings, topic("mutes"), Mute.decode)
        self.alerts: Tail[AlertRow] = Tail(
            settings, topic("alerts"), AlertRow.read, keep=settings.web.history, changed=self._tell
        )
        self.reports: Tail[ReportRow] = Tail(settings, topic("reports"), ReportRow.read, keep=settings.web.history)
        self.cluster = Cluster(settings)
        self.processes = Processes(settings)
        self.sources = Sources(settings)
        self.loaded: set[str] = set()
        self.trouble: dict[str, str] = {}
        self.memo = Memo()
        self.listeners: set[Listener] = set()
        """Told of every new alert."""
        self._tasks: list[asyncio.Task[None]] = []
        self._ready = asyncio.Event()

    @property
    def readers(self) -> dict[str, View[Any] | Tail[Any]]:
        """All that is read, by the short name of its topic."""
        return {
            "agreements": self.agreements,
            "actors": self.actors,
            "deliveries": self.deliveries,
            "verdicts": self.verdicts,
            "mutes": self.mutes,
            "alerts": self.alerts,
            "reports": self.reports,
        }

    @property
    def ready(self) -> bool:
        """Everything has been read to its end."""
        return len(self.loaded) == len(self.readers)

    @property
    def newest(self) -> datetime | None:
        """Event time of the newest report, None when there is none."""
        return max((row.at for row in self.reports.rows), default=None)

    async def start(self) -> None:
        """Begin to read; return at once."""
        await self.cluster.start()
        await self.processes.start()
        await self.sources.start()
        self._tasks = [
            asyncio.create_task(self._begin(name, reader), name=f"start {name}")
            for name, reader in self.readers.items()
        ]

    async def until_ready(self) -> None:
        """Wait until all has been read."""
        await self._ready.wait()

    async def stop(self) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        parts = (*self.readers.values(), self.processes, self.cluster, self.sources)
        await asyncio.gather(*(part.stop() for part in parts))

    async def _begin(self, name: str, reader: View[Any] | Tail[Any]) -> None:
        while True:
            try:
                await reader.start()
            except BrokerError as error:  # the topic may be made in a moment, the broker come back
                self.trouble[name] = str(error)
                await asyncio.sleep(_AGAIN)
            else:
                self.trouble.pop(name, None)
                self.loaded.add(name)
                log.info("topic read", topic=reader.topic)
                if self.ready:
                    self._ready.set()
                return

    def _tell(self, row: AlertRow) -> None:
        for listener in list(self.listeners):
            listener(row)


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)
