"""The Faust app, made from the settings; each call makes a new one, so that a process can hold several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, cast

import faust
from yarl import URL

from agents import batches
from agents.classify import Classify
from agents.count import Count
from agents.dead_letters import DeadLetters
from agents.lease import Lease
from agents.metrics import Metrics
from agents.outbox import Outbox
from agents.parts import Parts
from agents.recovery import Tables
from agents.rules import Rules
from agents.tables import Table
from agents.track import Track
from agents.transport import Transport
from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.settings import Secrets, Settings

SESSION_TIMEOUT = 6.0
"""Seconds after which the broker gives a silent worker's partitions to others."""

LEASE = 5.0
"""Seconds an answered heartbeat is good for here: a second less, for what is on its way when the lease runs out."""

PATIENCE = 20.0
"""Seconds more to wait for the coordinator: when its broker dies another takes over in 3 to 10."""

REQUEST_TIMEOUT = 4.0
"""Seconds the producer keeps a record that it cannot deliver: less than the session, so that none outlives it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What differs between the workers of a group, and stays the same when one restarts."""

    instance_id: str
    folder: Path


class App(faust.App):
    """The app with what the worker around it needs; made by `create_app`."""

    lease: Lease
    outbox: Outbox
    metrics: Metrics
    parts: Parts
    rules: Rules
    articles: str

    def owned(self, topic: str) -> tuple[int, ...]:
        """Return the partitions of a topic (full name) that are assigned to this worker."""
        if self._consumer is None or not self.lease.held:
            return ()
        return tuple(sorted(tp.partition for tp in self._assignment or () if tp.topic == topic))

    @property
    def running(self) -> bool:
        """Whether tables have recovered since the last assignment, and the agents get what is read."""
        return self.tables.actives_ready and not self.rebalancing

    @property
    def failed(self) -> BaseException | None:
        """What crashed it, if anything did."""
        reason: BaseException | None = self.crash_reason
        return reason


def create_app(
    settings: Settings,
    *,
    parts: Parts,
    rules: Rules | None = None,
    identity: Identity,
    secrets: Secrets | None = None,
    metrics: Metrics | None = None,
    on_lease_break: Callable[[str], NoReturn],
    on_fatal: Callable[[BaseException], NoReturn],
) -> App:
    """Make the app with its three agents; nothing connects before it is started.

    Args:
        settings: of the program.
        parts: the domain's functions; `Parts.load` gives the real ones.
        rules: what is classified with, which may change while the app runs; by default those of ``parts``.
        identity: of this worker in its group.
        secrets: by default those of the environment.
        metrics: where to count; by default a registry of its own.
        on_lease_break: ends the process when it may have become a zombie.
        on_fatal: ends the process when a batch can neither be handled nor left.

    Raises:
        BrokerError: no Kafka is configured or runs here.
        ConfigurationError: a user, password or certificate is missing.

    """
    kafka = settings.kafka
    topics = {name: kafka.topic(name) for name in ("articles", "reports", "sightings")}
    options = client_options(settings, secrets)
    urls = [URL(f"kafka://{address.strip()}") for address in options["bootstrap_servers"].split(",")]
    app = App(
        settings.worker.app_id,
        broker=urls,
        broker_credentials=_credentials(options),
        broker_client_id=options["client_id"],
        broker_session_timeout=SESSION_TIMEOUT,
        broker_heartbeat_interval=1.0,
        broker_request_timeout=15.0,
        broker_rebalance_timeout=20.0,
        broker_commit_interval=0.5,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=identity.instance_id,
        consumer_max_fetch_size=1024 * 1024,
        producer_linger=0.0,
        producer_request_timeout=REQUEST_TIMEOUT,
        producer_max_request_size=MAX_RECORD_BYTES,
        stream_buffer_maxsize=4,
        stream_wait_empty=False,  # the lease waits for batches at work, and for no longer than they need
        store="memory://",
        table_standby_replicas=0,
        topic_partitions=kafka.partitions,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        canonical_url=f"http://{identity.instance_id}",
        datadir=identity.folder / "faust",
        TableManager=Tables,
        Table=Table,
        autodiscover=False,
    )
    app.metrics = metrics or Metrics()
    app.parts = parts
    app.rules = rules or Rules(parts.classifier)
    app.articles = topics["articles"]
    app.lease = Lease(LEASE, on_break=on_lease_break, patience=PATIENCE)
    app.transport = Transport(urls, app, lease=app.lease, batched=frozenset(topics.values()))
    app.outbox = Outbox(app)
    for stage in _stages(app, settings, topics):
        _add_agent(app, topics[_SOURCE[stage.name]], stage, on_fatal)
    return app


_SOURCE = {"classify": "articles", "track": "reports", "count": "sightings"}
"""The topic each agent reads."""


def _stages(app: App, settings: Settings, topics: dict[str, str]) -> tuple[batches.Stage, ...]:
    kafka, partitions = settings.kafka, settings.kafka.partitions
    letters = DeadLetters(kafka.topic("dead-letters"), app.outbox, app.metrics)

    def table(name: str) -> Table:
        return cast("Table", app.Table(name, partitions=partitions, outbox=app.outbox))

    return (
        Classify(
            app.parts,
            app.rules,
            reported=table("reported"),
            outbox=app.outbox,
            dead_letters=letters,
            metrics=app.metrics,
            reports=topics["reports"],
            sightings=topics["sightings"],
            ticks=partitions if settings.worker.ticks == "articles" else 0,
        ),
        Track(
            app.parts,
            table=table("dossiers"),
            outbox=app.outbox,
            dead_letters=letters,
            metrics=app.metrics,
            alerts=kafka.topic("alerts"),
            agreements=kafka.topic("agreements"),
        ),
        Count(
            app.parts,
            table=table("actor_days"),
            outbox=app.outbox,
            dead_letters=letters,
            actors=kafka.topic("actors"),
            alerts=kafka.topic("alerts"),
        ),
    )


def _add_agent(app: App, topic: str, stage: batches.Stage, on_fatal: Callable[[BaseException], NoReturn]) -> None:
    source = app.topic(topic, key_serializer="raw", value_serializer="raw", partitions=app.conf.topic_partitions)

    async def agent(stream: Any) -> None:
        await batches.run(stream, stage, app.lease, app.metrics, fatal=on_fatal)

    app.agent(source, name=f"agents.{stage.name}")(agent)


def _credentials(options: dict[str, Any]) -> faust.auth.Credentials | None:
    """Say to Faust what `client_options` says to aiokafka."""
    protocol, context = options["security_protocol"], options.get("ssl_context")
    if protocol.startswith("SASL"):
        return faust.SASLCredentials(
            mechanism=options["sasl_mechanism"],
            username=options["sasl_plain_username"],
            password=options["sasl_plain_password"],
            ssl_context=context,
        )
    return faust.SSLCredentials(context=context) if protocol == "SSL" else None
