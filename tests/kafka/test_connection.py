"""How Kafka is found and entered."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from pydantic import SecretStr

from monitor.errors import BrokerError, ConfigurationError
from monitor.kafka.connection import bootstrap, client_options
from monitor.kafka.run_file import Lock, RunFile
from monitor.settings import Kafka, Secrets, Settings

PASSWORD = Secrets().model_copy(update={"kafka_password": SecretStr("secret")})


def settings(**kafka: Any) -> Settings:
    """Return settings with a configured Kafka."""
    return Settings(kafka=Kafka(**{"bootstrap_servers": "kafka.example:9093", **kafka}))


def test_the_configured_address_wins_over_an_embedded_broker(tmp_path: Path) -> None:
    """With an address in the settings no run file is looked at; without one the broker that runs here is found."""
    run = RunFile(address="127.0.0.1:5", pid=1, owner=1, command="x", port=5, controller_port=6)
    run.write(tmp_path)
    lock = Lock(tmp_path)
    assert lock.take()
    try:
        embedded = Settings(data_dir=tmp_path)
        assert bootstrap(embedded) == "127.0.0.1:5"
        configured = embedded.model_copy(update={"kafka": Kafka(bootstrap_servers="kafka.example:9092")})
        assert bootstrap(configured) == "kafka.example:9092"
    finally:
        lock.release()
    with pytest.raises(BrokerError, match="no embedded broker runs on") as raised:  # the file alone is stale
        bootstrap(embedded)
    assert "pactwatch up" in str(raised.value.hint)


def test_a_run_file_that_is_not_whole_is_none(tmp_path: Path) -> None:
    """A broker that is just starting has the lock and no file, or half of one: that is no broker yet."""
    lock = Lock(tmp_path)
    assert lock.take()
    (tmp_path / "broker.json").write_text('{"address": ')
    with pytest.raises(BrokerError):
        bootstrap(Settings(data_dir=tmp_path))
    lock.release()


@pytest.mark.parametrize("client", [AIOKafkaProducer, AIOKafkaConsumer, AIOKafkaAdminClient])
@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-512"])
async def test_every_client_takes_the_options(client: Any, protocol: str, mechanism: str) -> None:
    """Producer, consumer and admin client are built with them, for each protocol and mechanism."""
    options = client_options(
        settings(security_protocol=protocol, sasl_mechanism=mechanism, sasl_username="user"), PASSWORD
    )
    client(**options)
    assert ("ssl_context" in options) == protocol.endswith("SSL")
    assert options.get("sasl_plain_password") == ("secret" if protocol.startswith("SASL") else None)


def test_certificates_and_names_are_checked() -> None:
    """TLS verifies the broker's certificate and its name."""
    context = client_options(settings(security_protocol="SSL"))["ssl_context"]
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True


def test_what_lacks_is_named(tmp_path: Path) -> None:
    """User, password, certificate: each mistake names the setting or variable, and no password is shown."""
    with pytest.raises(ConfigurationError, match="there is no user") as raised:
        client_options(settings(security_protocol="SASL_SSL"), PASSWORD)
    assert "PACTWATCH_KAFKA__SASL_USERNAME" in str(raised.value.hint)
    with pytest.raises(ConfigurationError, match="no password for the Kafka user ann") as raised:
        client_options(settings(security_protocol="SASL_SSL", sasl_username="ann"), Secrets())
    assert "PACTWATCH_KAFKA_PASSWORD" in str(raised.value.hint)
    for content in (None, "no certificate"):
        file = tmp_path / "ca.pem"
        if content:
            file.write_text(content)
        with pytest.raises(ConfigurationError, match=r"kafka\.ca_file: .*ca\.pem is no readable certificate"):
            client_options(settings(security_protocol="SSL", ca_file=file))
