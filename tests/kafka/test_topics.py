"""Topics as the broker has them."""

from __future__ import annotations

import pytest

from monitor.errors import BrokerError, TopicsError
from monitor.kafka import topics
from monitor.settings import Kafka, Settings
from tests.conftest import MakeSettings
from tests.waiting import until_async


async def test_every_topic_is_created_as_specified(kafka_settings: Settings) -> None:
    """What `create` made has the partitions and options of the table, changelogs included, and `check` agrees."""
    states = await topics.describe(kafka_settings)
    assert [state.faults(kafka_settings.kafka.partitions) for state in states] == [[]] * len(topics.TOPICS)
    kept = {state.spec.name: state.options["retention.ms"] for state in states}
    assert kept["articles"] == str(7 * 24 * 3600 * 1000)
    assert kept["reports"] == "-1"
    policies = {state.full_name: state.options["cleanup.policy"] for state in states}
    assert policies[f"{kafka_settings.worker.app_id}-dossiers-changelog"] == "compact"
    await topics.check(kafka_settings)


async def test_creating_again_changes_nothing_and_mends_options(kafka_settings: Settings) -> None:
    """A second `create` makes no topic and puts a wrong option right, but leaves one of the operator's own."""
    from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

    name = kafka_settings.kafka.topic("articles")
    async with topics.admin(kafka_settings) as client:
        by_hand = {"retention.ms": "1000", "file.delete.delay.ms": "7000"}
        await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, by_hand)])

    async def faults() -> list[str]:
        states = await topics.describe(kafka_settings)
        return [fault for state in states for fault in state.faults(kafka_settings.kafka.partitions)]

    assert "retention.ms is 1000 instead of 604800000" in await until_async(faults)
    assert await topics.create(kafka_settings) == []
    assert await faults() == []
    async with topics.admin(kafka_settings) as client:
        [answer] = await client.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, {"file.delete.delay.ms": ""})]
        )
    assert answer.to_object()["resources"][0]["config_entries"][0]["config_value"] == "7000"


async def test_missing_topics_are_named_with_the_command(make_kafka_settings: MakeSettings) -> None:
    """Without topics `check` raises, names one of each sort, and says what creates them."""
    settings = make_kafka_settings(create=False)
    with pytest.raises(TopicsError) as raised:
        await topics.check(settings)
    assert settings.kafka.topic("articles") in raised.value.message
    assert f"{settings.worker.app_id}-reported-changelog" in raised.value.message
    assert "pactwatch topics --create" in str(raised.value.hint)


async def test_another_number_of_partitions_is_told(kafka_settings: Settings) -> None:
    """Settings with another number of partitions than the topics: both numbers, and a way out, are in the error."""
    kafka = kafka_settings.kafka.model_copy(update={"partitions": 6})
    other = kafka_settings.model_copy(update={"kafka": kafka})
    for look in (topics.check, topics.create):
        with pytest.raises(TopicsError) as raised:
            await look(other)
        assert "kafka.partitions = 6" in raised.value.message
        assert f"{kafka_settings.kafka.topic('articles')} (4)" in raised.value.message
        assert "kafka.partitions = 4" in str(raised.value.hint)


async def test_no_broker_is_told(tmp_path: object) -> None:
    """An address where nothing listens gives an error with the address, not a traceback of the client."""
    settings = Settings(kafka=Kafka(bootstrap_servers="127.0.0.1:1"))
    with pytest.raises(BrokerError, match=r"127\.0\.0\.1:1 does not answer"):
        await topics.check(settings)
