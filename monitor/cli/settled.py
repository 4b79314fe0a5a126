"""Tells when everything that was put into `articles` has been worked off, to the last message."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from monitor.archive.topic import TopicRange, records
from monitor.kafka import view
from monitor.kafka.connection import client_options
from monitor.kafka.topics import admin
from monitor.models.agreement import Agreement, AgreementState
from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.report import ArticleReports, decode_reports
from monitor.models.vocabulary import DeliveryState
from monitor.settings import Settings

_DONE = frozenset({DeliveryState.SENT, DeliveryState.MUTED, DeliveryState.DIGESTED, DeliveryState.FAILED})


@dataclass(frozen=True)
class Tally:
    """What stands in the topics."""

    articles: int
    relevant: int
    """Articles that gave a report."""
    agreements: int
    alerts: int
    held_back: int
    """Articles on a tracked agreement that told nothing new."""
    dead_letters: int


async def wait(settings: Settings, *, look: Callable[[], object], limit: float) -> bool:
    """Wait until both of the worker's steps and the deliverer have done all there is; False when time is up.

    Args:
        settings: where all of it is.
        look: called between looks; what it raises ends the waiting.
        limit: seconds.

    """
    async with asyncio.timeout(limit + 10), admin(settings) as client:
        consumer = AIOKafkaConsumer(**client_options(settings))
        await consumer.start()
        try:
            deadline = asyncio.get_running_loop().time() + limit
            while asyncio.get_running_loop().time() < deadline:
                look()
                if await _settled(settings, client, consumer):
                    return True
                await asyncio.sleep(0.05)
        finally:
            await consumer.stop()
    return False


async def _settled(settings: Settings, client: AIOKafkaAdminClient, consumer: AIOKafkaConsumer) -> bool:
    topic = settings.kafka.topic
    for group, name in (
        (settings.worker.app_id, topic("articles")),
        (settings.worker.app_id, topic("reports")),
        (f"{settings.kafka.prefix}deliver", topic("alerts")),
    ):
        ends = await _ends(settings, consumer, name)
        committed = await client.list_consumer_group_offsets(group)
        if any(end > 0 and getattr(committed.get(part), "offset", 0) < end for part, end in ends.items()):
            return False
    deliveries = await view.read(settings, topic("deliveries"), Delivery.decode)
    return all(delivery.state in _DONE for delivery in deliveries.values())


async def tally(settings: Settings) -> Tally:
    """Count what stands in the topics."""
    topic = settings.kafka.topic
    consumer = AIOKafkaConsumer(**client_options(settings))
    await consumer.start()
    try:
        articles, dead = [
            sum((await _ends(settings, consumer, topic(name))).values()) for name in ("articles", "dead-letters")
        ]
    finally:
        await consumer.stop()
    told = TopicRange(topic("alerts"), {})
    reports = await view.read(settings, topic("reports"), decode_reports)
    agreements = await view.read(settings, topic("agreements"), Agreement.decode)
    live = [agreement for agreement in agreements.values() if agreement.state is AgreementState.LIVE]
    return Tally(
        articles=articles,
        relevant=sum(1 for record in reports.values() if isinstance(record, ArticleReports) and record.kind),
        agreements=len(live),
        alerts=len({Alert.decode(record.value).id async for record in records(settings, told)}),
        held_back=sum(1 for agreement in live for entry in agreement.articles if entry.alert_id is None),
        dead_letters=dead,
    )


async def _ends(settings: Settings, consumer: AIOKafkaConsumer, topic: str) -> dict[TopicPartition, int]:
    partitions = [TopicPartition(topic, number) for number in range(settings.kafka.partitions)]
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    return ends
