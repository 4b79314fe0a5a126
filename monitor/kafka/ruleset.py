"""The set of rules that is published on the topic `rules`: reading it once, and putting another in its place."""

from __future__ import annotations

from monitor.classify.files import RuleFiles
from monitor.kafka import topics, view
from monitor.kafka.producer import Writer
from monitor.models.ruleset import KEY, Ruleset
from monitor.settings import Settings


def files_of(record: Ruleset, *, where: str = "") -> RuleFiles:
    """Return the files of a set; ``where`` is what messages call their folder."""
    return RuleFiles(record.files, where or f"published rules {record.version}")


async def current(settings: Settings) -> Ruleset | None:
    """Return what is published, None when nothing is; raises BrokerError."""
    return (await view.read(settings, settings.kafka.topic("rules"), Ruleset.decode)).get(KEY)


async def publish(settings: Settings, record: Ruleset | None) -> None:
    """Put a set in force everywhere, or with None take the published one back; raises BrokerError."""
    await topics.check(settings)
    async with Writer(settings) as writer:
        await writer.place(
            settings.kafka.topic("rules"), key=KEY.encode(), value=None if record is None else record.encode()
        )
