"""How to reach Kafka: the address, and what every aiokafka client is given."""

from __future__ import annotations

import ssl
from typing import Any

from monitor.errors import BrokerError, ConfigurationError
from monitor.kafka.run_file import running
from monitor.settings import Secrets, Settings

MAX_RECORD_BYTES = 17 * 1024 * 1024
"""16 MiB of a dead letter's original bytes and room for its frame; broker, producer and consumer agree on it."""


def bootstrap(settings: Settings) -> str:
    """Return ``host:port`` (several with commas) of the configured Kafka, or of the embedded broker that runs here.

    Raises:
        BrokerError: none is configured and none runs.

    """
    if settings.kafka.bootstrap_servers:
        return settings.kafka.bootstrap_servers
    run = running(settings.data_dir)
    if run is None:
        raise BrokerError(
            f"no Kafka: none is configured, and no embedded broker runs on {settings.data_dir}",
            hint="start all parts with `pactwatch up` or the broker alone with `pactwatch broker`, "
            "or set kafka.bootstrap_servers (PACTWATCH_KAFKA__BOOTSTRAP_SERVERS)",
        )
    return run.address


def client_options(settings: Settings, secrets: Secrets | None = None) -> dict[str, Any]:
    """Return what an aiokafka producer, consumer or admin client needs to connect.

    Args:
        settings: of the program.
        secrets: by default those of the environment.

    Raises:
        BrokerError: there is no Kafka to connect to.
        ConfigurationError: user or password is missing, or the certificate authority cannot be read.

    """
    kafka = settings.kafka
    options: dict[str, Any] = {
        "bootstrap_servers": bootstrap(settings),
        "security_protocol": kafka.security_protocol,
        "client_id": "pactwatch",
    }
    if kafka.security_protocol.endswith("SSL"):
        options["ssl_context"] = _trust(settings)
    if kafka.security_protocol.startswith("SASL"):
        secrets = secrets or Secrets()
        if not kafka.sasl_username:
            raise ConfigurationError(
                f"kafka.security_protocol is {kafka.security_protocol}, but there is no user",
                hint="set kafka.sasl_username (PACTWATCH_KAFKA__SASL_USERNAME)",
            )
        if secrets.kafka_password is None:
            raise ConfigurationError(
                f"no password for the Kafka user {kafka.sasl_username}", hint="set PACTWATCH_KAFKA_PASSWORD"
            )
        options["sasl_mechanism"] = kafka.sasl_mechanism
        options["sasl_plain_username"] = kafka.sasl_username
        options["sasl_plain_password"] = secrets.kafka_password.get_secret_value()
    return options


def _trust(settings: Settings) -> ssl.SSLContext:
    file = settings.kafka.ca_file
    try:
        return ssl.create_default_context(cafile=str(file) if file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"kafka.ca_file: {file} is no readable certificate: {error}",
            hint="give the PEM file of the authority that signed the brokers' certificates",
        ) from error
