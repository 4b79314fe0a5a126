"""Kafka behind TLS, user and password: the whole way of an article, and what is said when one of them is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import BrokerError
from monitor.kafka import topics, view
from monitor.kafka.producer import Writer
from monitor.models.alert import Alert
from monitor.settings import Kafka, Settings, Slack, Worker
from tests.agents.fakes import article
from tests.kafka.secured import PASSWORD, USER, Secured, certify, secured_broker
from tests.slack.fault_server import TOKEN, FaultServer
from tests.soak.processes import Place, environment
from tests.waiting import until_async


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """Start the broker, once."""
    with secured_broker(tmp_path_factory.mktemp("secured")) as started:
        yield started


def settings_for(secured: Secured, folder: Path, **more: Any) -> Settings:
    """Return settings that reach it."""
    kafka = Kafka(
        bootstrap_servers=secured.address,
        partitions=2,
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username=USER,
        ca_file=secured.certificate,
    )
    return Settings(data_dir=folder, kafka=kafka, worker=Worker(port=0), **more)


async def test_an_article_gets_from_kafka_to_slack_by_tls_and_scram(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Topics, ingest, worker and deliverer all get in: the alert of an article stands on Slack."""
    monkeypatch.setenv("PACTWATCH_KAFKA_PASSWORD", PASSWORD)
    async with FaultServer().serving() as slack:
        told = Slack(channel="#pacts", base_url=slack.base_url, minimum_score=0, port=0, daily_at="")
        settings = settings_for(secured, tmp_path, slack=told)
        await topics.create(settings)
        async with Writer(settings) as writer:
            one = article(1, "PACT AAA+BBB signed")
            await writer.write(settings.kafka.topic("articles"), key=one.id.encode(), value=one.encode())
        variables = {**environment(settings), "SLACK_BOT_TOKEN": TOKEN, "TRACE": os.devnull}
        worker = Place("worker", ["tests.soak.worker"], variables, tmp_path)
        deliverer = Place("deliverer", ["monitor.cli", "deliver"], variables, tmp_path)
        try:
            worker.start()
            deliverer.start()

            async def told_it() -> bool:
                return bool(slack.messages("pacts"))

            await until_async(told_it, what="the message", seconds=60)
        finally:
            worker.kill()
            deliverer.kill()
        alerts = await view.read(settings, settings.kafka.topic("alerts"), Alert.decode)
        assert [alert.value for alert in alerts.values()] == ["signed"]
        assert PASSWORD not in worker.log.read_text() + deliverer.log.read_text()


async def test_a_wrong_password_or_certificate_is_said(
    secured: Secured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is taken for a Kafka that is away; a sentence says which, and no password is shown."""
    monkeypatch.setenv("PACTWATCH_KAFKA_PASSWORD", "not the password")
    with pytest.raises(BrokerError, match="does not let the user pactwatch in by SCRAM-SHA-512") as raised:
        await topics.check(settings_for(secured, tmp_path))
    assert "not the password" not in f"{raised.value} {raised.value.hint}"
    monkeypatch.setenv("PACTWATCH_KAFKA_PASSWORD", PASSWORD)
    _, stranger = certify(tmp_path, "stranger")
    with pytest.raises(BrokerError, match=r"the certificate of Kafka at 127\.0\.0\.1:\d+ is not trusted: self"):
        await topics.check(settings_for(Secured(secured.address, stranger), tmp_path))


async def test_a_port_that_speaks_no_tls_is_said(broker: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commonest mistake: the port for plain text."""
    monkeypatch.setenv("PACTWATCH_KAFKA_PASSWORD", PASSWORD)
    kafka = Kafka(bootstrap_servers=broker, security_protocol="SASL_SSL", sasl_username=USER)
    with pytest.raises(BrokerError, match="does not speak SASL_SSL with us"):
        await topics.check(Settings(data_dir=tmp_path, kafka=kafka))
