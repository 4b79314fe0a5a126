"""What the watchman is told, from the same looks at broker and processes as the dashboard's."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from monitor.errors import PactwatchError
from monitor.kafka.connection import client_options
from monitor.kafka.topics import partition_numbers
from monitor.routes.tree import tree
from monitor.settings import Settings
from monitor.slack.bulletins import Bulletins
from monitor.slack.daily import Facts
from monitor.slack.parts import Parts
from monitor.slack.posting import Posting
from monitor.slack.watchman import Watchman
from monitor.watch.cluster import Cluster
from monitor.watch.findings import Finding, Limits, Look, Severity, judge
from monitor.watch.letters import Letters
from monitor.watch.processes import Processes
from monitor.watch.sources import Sources

log = structlog.get_logger(__name__)

_INTERVAL = 10.0
"""Seconds between two looks: a dashboard looks oftener, because somebody sits in front of it."""


async def keep_watch(settings: Settings, parts: Parts) -> None:
    """Watch until cancelled; raises what `Watchman.run` does."""
    async with Watching(settings) as watching:
        bulletins = Bulletins(parts, Posting(parts))
        channels = [node.telling.channel for node in tree(settings).walk() if not node.drop]
        await Watchman(settings.slack, bulletins, parts.log, watching, channels=channels).run()


class Watching:
    """Looks at everything while the context is open."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._cluster = Cluster(settings, interval=_INTERVAL)
        self._processes = Processes(settings, interval=_INTERVAL)
        self._letters = Letters(settings, self._cluster)
        self._sources = Sources(settings)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for part in (self._cluster, self._processes, self._letters, self._sources):
            await part.start()
            self._stack.push_async_callback(part.stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def findings(self) -> Sequence[Finding] | None:
        """Return what is wrong now; None before the first look at everything."""
        cluster, processes, tally = self._cluster.state, self._processes.state, self._sources.tally
        if cluster is None or processes is None or self._letters.entries is None or tally is None:
            return None
        slack, now = self._settings.slack, datetime.now(UTC)
        look = Look(
            now=now,
            cluster=cluster,
            cluster_trouble=self._cluster.trouble,
            processes=processes,
            dead_letters=len(self._letters.waiting),
            last_article=cluster.last_article,
            silent_sources=tally.silent(now, timedelta(hours=slack.ops_silent_hours)),
            limits=Limits.of(slack),
        )
        return [finding for finding in judge(look) if finding.severity is not Severity.OK]

    async def facts(self, since: datetime) -> Facts:
        """Return what a daily line tells; what cannot be learnt now is None."""
        tally, now = self._sources.tally, datetime.now(UTC)
        least = timedelta(hours=self._settings.slack.ops_silent_hours)
        return Facts(
            sources=tally.watched(since) if tally is not None else None,
            articles=await self._read_since(since),
            silent=tally.silent(now, least) if tally is not None else None,
            wrong=[finding.what for finding in self.findings() or () if finding.severity is Severity.BAD],
        )

    async def _read_since(self, since: datetime) -> int | None:
        """Count the articles that came since a moment and were read: those that still wait are none of them."""
        topic = self._settings.kafka.topic("articles")
        try:
            numbers = await partition_numbers(self._settings, topic)
            places = [TopicPartition(topic, number) for number in numbers]
            async with AIOKafkaConsumer(**client_options(self._settings), enable_auto_commit=False) as consumer:
                ends = await consumer.end_offsets(places)
                starts = await consumer.offsets_for_times(dict.fromkeys(places, int(since.timestamp() * 1000)))
        except (KafkaError, PactwatchError, OSError) as error:
            log.warning("articles cannot be counted", why=str(error))
            return None
        came: int = sum(ends[place] - found.offset for place, found in starts.items() if found is not None)
        stage = self._cluster.state.stage("classify") if self._cluster.state else None
        return max(came - (stage.records or 0 if stage else 0), 0)
