"""The dead letters that wait for a person."""

from __future__ import annotations

import asyncio

import structlog
from aiokafka.errors import KafkaError

from monitor.errors import PactwatchError
from monitor.kafka import letters
from monitor.settings import Settings
from monitor.watch.background import Background
from monitor.watch.cluster import Cluster

log = structlog.get_logger(__name__)

_LETTERS_EVERY = 5.0


class Letters(Background):
    """The dead letters, read again when their topic has grown."""

    def __init__(self, settings: Settings, cluster: Cluster) -> None:
        super().__init__()
        self.entries: list[letters.Entry] | None = None
        """All, oldest first; None: not known yet."""
        self._settings = settings
        self._cluster = cluster
        self._end = -1

    @property
    def waiting(self) -> list[letters.Entry]:
        """Those that wait for a decision."""
        return [entry for entry in self.entries or () if entry.handled is None]

    async def refresh(self) -> None:
        """Read them now; raises BrokerError."""
        self.entries = await letters.read(self._settings)

    async def _run(self) -> None:
        while True:
            state = self._cluster.state
            topic = state.topic(letters.TOPIC) if state else None
            end = sum(part.end for part in topic.partitions) if topic and topic.partitions else -1
            if end >= 0 and end != self._end:
                try:
                    await self.refresh()
                    self._end = end
                except (PactwatchError, KafkaError) as error:
                    log.warning("dead letters cannot be read", why=str(error))
            await asyncio.sleep(_LETTERS_EVERY if self.entries is not None else 0.5)
