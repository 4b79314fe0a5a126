"""Why Kafka does not let us in: its client only says that it could not connect, and puts the reason into its log."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)

from monitor.errors import BrokerError

_ENTRY = ("security_protocol", "ssl_context", "sasl_mechanism", "sasl_plain_username", "sasl_plain_password")

_TIMEOUT_MS = 5000


async def refusal(options: Mapping[str, Any]) -> BrokerError | None:
    """Try the first address once; return what refused us there, None when it is nothing of TLS or of a user.

    Args:
        options: as `client_options` gives them.

    """
    if options["security_protocol"] == "PLAINTEXT":
        return None
    address = options["bootstrap_servers"].split(",")[0].strip()
    host, _, port = address.rpartition(":")
    entry = {name: options[name] for name in _ENTRY if name in options}
    try:
        connection = await create_conn(host.strip("[]"), int(port), request_timeout_ms=_TIMEOUT_MS, **entry)
    except (KafkaError, OSError, ValueError) as error:
        return _meaning(error, address, options)
    connection.close()
    return None


def _meaning(error: Exception, address: str, options: Mapping[str, Any]) -> BrokerError | None:
    match error:
        case ssl.SSLCertVerificationError():
            what = f"the certificate of Kafka at {address} is not trusted: {error.verify_message}"
            hint = "set kafka.ca_file to the PEM file of the authority that signed it; use the name it was made for"
        case AuthenticationFailedError() | SaslAuthenticationFailed() | UnsupportedSaslMechanismError():
            user, mechanism = options["sasl_plain_username"], options["sasl_mechanism"]
            what = f"Kafka at {address} does not let the user {user} in by {mechanism}"
            hint = "look at PACTWATCH_KAFKA_PASSWORD, kafka.sasl_username and kafka.sasl_mechanism"
        case ssl.SSLError() | ConnectionResetError() | ConnectionAbortedError():
            # A port for plain text takes a greeting in TLS for a request of absurd length, and hangs up.
            what = f"Kafka at {address} does not speak {options['security_protocol']} with us"
            hint = "is that the right port, and is kafka.security_protocol right?"
        case _:
            return None
    return BrokerError(what, hint=hint)
