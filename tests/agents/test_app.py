"""The app as it is made from the settings."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from agents.app import LEASE, REQUEST_TIMEOUT, SESSION_TIMEOUT, Identity, create_app
from monitor.errors import ConfigurationError
from monitor.kafka.connection import client_options
from monitor.settings import Kafka, Secrets, Settings
from tests.agents.fakes import fake_parts
from tests.agents.harness import no_end


def make(tmp_path: Path, name: str = "a", *, secrets: Secrets | None = None, **kafka: Any) -> Any:
    """Return an app that is not started."""
    settings = Settings(data_dir=tmp_path, kafka=Kafka(bootstrap_servers="one:9092,two:9093", **kafka))
    return create_app(
        settings,
        parts=fake_parts(),
        identity=Identity(f"host-{name}", tmp_path / name),
        secrets=secrets,
        on_lease_break=no_end,
        on_fatal=no_end,
    )


def test_a_process_can_hold_several_apps(tmp_path: Path) -> None:
    """Each has its own agents, tables, transport, lease, metrics and identity."""
    a, b = make(tmp_path, "a"), make(tmp_path, "b")
    assert sorted(a.agents) == sorted(b.agents) == ["agents.classify", "agents.count", "agents.track"]
    assert sorted(a.tables) == ["actor_days", "dossiers", "reported"]
    assert {table.changelog_topic_name for table in a.tables.values()} == {
        "pactwatch-actor_days-changelog",
        "pactwatch-dossiers-changelog",
        "pactwatch-reported-changelog",
    }
    for attribute in ("transport", "lease", "metrics", "outbox"):
        assert getattr(a, attribute) is not getattr(b, attribute)
    assert a.conf.consumer_group_instance_id == "host-a"
    assert a.conf.canonical_url != b.conf.canonical_url
    assert [str(url) for url in a.conf.broker] == ["kafka://one:9092", "kafka://two:9093"]


def test_what_is_in_the_producer_never_outlives_the_session(tmp_path: Path) -> None:
    """Request time-out and lease are shorter than the session; time-outs and buffers are what was measured with."""
    conf = make(tmp_path).conf
    assert conf.producer_request_timeout == REQUEST_TIMEOUT < LEASE < SESSION_TIMEOUT == conf.broker_session_timeout
    assert conf.broker_heartbeat_interval * 3 < LEASE
    assert conf.producer_linger == 0
    assert conf.stream_buffer_maxsize == 4
    assert conf.table_standby_replicas == 0
    assert not conf.topic_allow_declare


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_faust_connects_as_every_other_client(tmp_path: Path, protocol: Any, mechanism: Any) -> None:
    """Faust's credentials say to aiokafka what `client_options` says to it elsewhere."""
    secrets = Secrets(PACTWATCH_KAFKA_PASSWORD="secret")
    security = {"security_protocol": protocol, "sasl_mechanism": mechanism, "sasl_username": "me"}
    app = make(tmp_path, secrets=secrets, **security)
    settings = Settings(data_dir=tmp_path, kafka=Kafka(bootstrap_servers="one:9092", **security))
    wanted = client_options(settings, secrets)
    told = dict(credentials_to_aiokafka_auth(app.conf.broker_credentials, app.conf.ssl_context))
    if "SSL" in protocol:
        assert isinstance(told.pop("ssl_context"), ssl.SSLContext)
    else:
        assert told.pop("ssl_context", None) is None
    assert told == {key: value for key, value in wanted.items() if key.startswith(("security", "sasl"))}


def test_a_missing_password_is_said_before_anything_connects(tmp_path: Path) -> None:
    """The error names the variable."""
    with pytest.raises(ConfigurationError) as error:
        make(tmp_path, secrets=Secrets(), security_protocol="SASL_SSL", sasl_username="me")
    assert "PACTWATCH_KAFKA_PASSWORD" in str(error.value)
