"""The deliverer: `alerts` in, messages on Slack out, the log in `deliveries` between them.

Any number may run.  Kafka gives the one partition of alerts to one of them, which is active; the others are hot
standby.  An alert's offset is committed when the alert stands in the log, so that none is lost; the log is read to its
end before the first message, so that none is told twice.  When Kafka is gone, or the right to act is lost, the session
ends: everything in memory is dropped, and the next session begins from what Kafka has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from monitor.errors import BrokerError, RecordError, TopicsError
from monitor.kafka import topics, view
from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.kafka.fence import Gate
from monitor.kafka.recall import Recall
from monitor.models.alert import Alert
from monitor.models.dead_letter import DeadLetter
from monitor.models.delivery import Delivery
from monitor.settings import Secrets, Settings
from monitor.slack.active import SWEEP_INTERVAL, Active
from monitor.slack.backoff import Backoff, Pace
from monitor.slack.board import Board
from monitor.slack.circuit import Circuit
from monitor.slack.handover import Handover, end, to_committed
from monitor.slack.heard import Heard
from monitor.slack.lease import HEARTBEAT_INTERVAL, SESSION_TIMEOUT, Lease, LeaseLostError
from monitor.slack.log import DeliveryLog
from monitor.slack.observe import Observations
from monitor.slack.parts import Parts
from monitor.slack.poster import Poster
from monitor.slack.posting import Posting
from monitor.slack.routes import Router, router
from monitor.slack.trouble import Meaning, SlackTroubleError
from monitor.slack.watching import keep_watch

log = structlog.get_logger(__name__)

PARTITION = 0
"""The partition in which all alerts stand."""

GRACE = 8.0
"""Seconds that alerts at work get to be finished when the deliverer is asked to stop."""

_HANDOVER = 2.0
"""The same when the partition goes to another deliverer, who waits for it."""

_REQUEST_TIMEOUT_MS = 4000
"""Shorter than the session, so that nothing is still in a buffer when another deliverer begins."""

_HANDED_OVER = "the alerts went to another deliverer before this could be written"

_BATCH = 500

_BURST = 5
"""Updates at once after a quiet time: a button shows at once, though Slack's limit is below one a second."""

_LONGEST_FETCH = 2.0
"""Seconds after which the lease is looked at again, whatever the client waits for."""


class Deliverer:
    """Tells alerts, until `stop` is called.

    Args:
        settings: of the program.
        poster: where messages go: Slack or a terminal.
        route: which channel an alert goes to; by default as the settings say.
        secrets: for Kafka; by default those of the environment.
        sweep_interval: seconds between two looks for messages that stand twice.
        instance: a name that no other deliverer has at the same time; one that comes back under its name after a crash
            need not wait until Kafka has missed the one before.
        answered: somebody listens to buttons, so that messages have them.
        clock: tells the time for quiet hours, digests, storms and mutes; Slack and Kafka have clocks of their own.

    """

    def __init__(
        self,
        settings: Settings,
        poster: Poster,
        *,
        route: Router | None = None,
        secrets: Secrets | None = None,
        sweep_interval: float = SWEEP_INTERVAL,
        instance: str | None = None,
        answered: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.seen = Observations()
        self._settings = settings
        self._secrets = secrets
        self._poster = poster
        self._route = route or router(settings)
        self._sweep_interval = sweep_interval
        self._instance = instance
        self._partition = TopicPartition(settings.kafka.topic("alerts"), PARTITION)
        self._stopping = asyncio.Event()
        self._turn = asyncio.Lock()
        self._active: Active | None = None
        self._writing = False
        """What the producer holds may leave; otherwise another deliverer may have written something newer."""
        self._answered = answered
        self._clock = clock
        self.heard = Heard(settings, clock)
        """What readers said."""
        self._recall = Recall(settings, secrets)
        self._circuit: Circuit | None = None
        self._consumer: AIOKafkaConsumer | None = None
        self.trouble: str | None = "starting"
        """Why this deliverer is neither at work nor standby; None when it is."""

    def stop(self) -> None:
        """Ask `run` to finish what is at work and return."""
        self._stopping.set()

    async def run(self) -> None:
        """Tell alerts until asked to stop.

        Raises:
            TopicsError: topics are missing or of another shape.
            ConfigurationError: a setting is wrong.

        """
        backoff = Backoff(first=0.5, most=10.0)
        self.heard.dossiers.start()
        try:
            while not self._stopping.is_set():
                try:
                    await self._session(backoff)
                except (LeaseLostError, KafkaError, BrokerError, OSError) as error:
                    if isinstance(error, TopicsError):
                        raise
                    self.trouble = str(error) or type(error).__name__
                    log.warning("deliverer interrupted, begins again", why=self.trouble)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._stopping.wait(), backoff.next())
        finally:
            await end(self.heard.dossiers.stop())
            await self._poster.close()

    def state(self) -> dict[str, Any]:
        """Return role, queues and troubles, as the health pages show them."""
        lanes = self._active.lanes if self._active else {}
        circuit = self._circuit.why if self._circuit else None
        return {
            "role": "starting" if self.trouble else "active" if self._active else "standby",
            "trouble": self.trouble,
            "circuit": {"open": circuit is not None, "why": circuit},
            "channels": {
                name or "(none)": {"queued": len(lane), "trouble": lane.trouble} for name, lane in lanes.items()
            },
            "held": self._active.holding.waiting() if self._active else {},
            **self.seen.figures(),
        }

    async def _session(self, backoff: Backoff) -> None:
        await topics.check(self._settings)
        options = client_options(self._settings, self._secrets)
        lease = Lease()
        producer = AIOKafkaProducer(
            **options,
            enable_idempotence=True,
            linger_ms=0,
            max_request_size=MAX_RECORD_BYTES,
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )
        Gate.around(producer).why = lambda: lease.why_lost() or self._handed_over()
        consumer = AIOKafkaConsumer(
            group_id=f"{self._settings.kafka.prefix}deliver",
            group_instance_id=self._instance,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=int(SESSION_TIMEOUT * 1000),
            heartbeat_interval_ms=int(HEARTBEAT_INTERVAL * 1000),
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
            fetch_max_wait_ms=250,
            **options,
        )
        self._consumer = consumer
        try:
            await producer.start()
            consumer.subscribe([self._partition.topic], listener=Handover(self, lease))
            await consumer.start()
            lease.watch(consumer)
            self.trouble = None
            backoff.reset()
            await self._serve(consumer, producer, lease)
        except (LeaseLostError, KafkaError, OSError) as error:
            self.trouble = str(error) or type(error).__name__
            raise
        finally:
            await self._rest(_HANDOVER)
            await end(consumer.stop())
            # aiokafka's consumer leaves its connections open when it is stopped while Kafka is away
            await end(consumer._client.close())  # noqa: SLF001
            await end(producer.stop())

    def _handed_over(self) -> LeaseLostError | None:
        return None if self._writing else LeaseLostError(_HANDED_OVER)

    async def _serve(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, lease: Lease) -> None:
        while not self._stopping.is_set():
            async with self._turn:  # the partition is given up between two turns, never in the middle of one
                others = [partition for partition in consumer.assignment() if partition != self._partition]
                consumer.pause(*others)
                if self._active is None and self._partition in consumer.assignment():
                    await self._begin(consumer, producer, lease)
                active = self._active
            if active is not None and active.failed.done():
                active.failed.result()
            if active is not None:
                lease.check()
            # Outside of the turn, for while partitions change hands this waits for the hand-over, which waits for the
            # turn.  A standby asks too: a member that asks for nothing is thought to be stuck and put out of the group.
            wanted = others if active is None else [self._partition]
            with suppress(TimeoutError):
                batch = await asyncio.wait_for(
                    consumer.getmany(*wanted, timeout_ms=250, max_records=_BATCH), _LONGEST_FETCH
                )
                async with self._turn:
                    if active is not None and active is self._active:
                        await self._step(active, consumer, producer, batch.get(self._partition, []))
        await self._rest(GRACE)

    async def _begin(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, lease: Lease) -> None:
        topic = self._settings.kafka.topic("deliveries")
        deliveries = DeliveryLog(topic, producer, lease)
        read = view.read(self._settings, topic, Delivery.decode)
        entries, began = await asyncio.gather(read, self.heard.start(), return_exceptions=True)
        if began is not None:  # both have come to an end: neither starts behind the back of the next session
            raise began
        if isinstance(entries, BaseException):
            raise entries
        deliveries.fill(entries.values())
        self._circuit = Circuit(self._poster.check, self.seen)

        async def bury(delivery: Delivery, error: SlackTroubleError) -> None:
            alert = delivery.alert.encode() if delivery.alert else None
            key = (delivery.agreement_id or delivery.alert_id).encode()
            await self._bury(producer, key, alert, delivery.sequence, error.word, error.message, delivery.attempts)

        async def move(delivery: Delivery, error: SlackTroubleError) -> bool:
            return self._active is not None and await self._active.move(delivery, error)

        slack = self._settings.slack
        posts = Pace(slack.workspace_posts_per_second)
        updates = Pace(slack.updates_per_minute / 60, burst=_BURST)
        parts = Parts(
            self._poster,
            deliveries,
            lease,
            self._circuit,
            self.seen,
            slack,
            bury,
            move,
            self.heard.silenced,
            posts,
            updates,
            public_url=self._settings.web.public_url or None,
        )
        parts.board = Board(parts, Posting(parts), self.heard, self._alert, answered=self._answered)
        active = Active(parts, self._route, self._clock, sweep_interval=self._sweep_interval)
        lease.check()
        await to_committed(consumer, self._partition)
        self._active = active
        self._writing = True
        self.seen.active.set(1)
        await self._knock(self._circuit)
        await active.resume()
        if self._poster.paced and (slack.daily_at or slack.ops_channel):
            active.watch("(watchman)", keep_watch(self._settings, parts))
        log.info("deliverer is active", waiting=sum(len(lane) for lane in active.lanes.values()))

    async def _alert(self, offset: int) -> Alert | None:
        """Read again an alert that was told; None when the topic no longer has it."""
        record = await self._recall.record(self._partition.topic, PARTITION, offset)
        try:
            return Alert.decode(record.value) if record is not None else None
        except RecordError:
            return None

    async def _knock(self, circuit: Circuit) -> None:
        """Find out at the start whether the token works, not only when the first alert comes."""
        try:
            await asyncio.wait_for(self._poster.check(), 2.0)
        except SlackTroubleError as error:
            if error.meaning is Meaning.AUTH:
                circuit.open(error)
            else:
                log.warning("slack does not answer yet", why=str(error))
        except TimeoutError:
            log.warning("slack does not answer yet", why="no answer in 2 s")

    async def _step(
        self, active: Active, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer, records: list[Any]
    ) -> None:
        """Take what has come: write it to the log, and when that has it, hand it to the lanes and commit.

        A crash before the commit brings the same alerts again, which the log then knows.
        """
        if not records:
            return
        written: list[Awaitable[Delivery]] = []
        for record in records:
            try:
                written += active.accept(record.value, record.offset)
            except RecordError as error:
                await self._bury(producer, record.key, record.value, record.offset, error.reason, str(error))
            except (LeaseLostError, KafkaError):
                raise
            except Exception as error:
                log.exception("an alert cannot be taken", offset=record.offset)
                await self._bury(producer, record.key, record.value, record.offset, "crash", str(error))
        active.enqueue(await asyncio.gather(*written))
        await consumer.commit({self._partition: records[-1].offset + 1})

    async def _bury(
        self,
        producer: AIOKafkaProducer,
        key: bytes | None,
        value: bytes | None,
        offset: int,
        error: str,
        message: str,
        attempts: int = 1,
    ) -> None:
        letter = DeadLetter(
            key=key,
            value=value,
            stage="deliver",
            error=error,
            message=message,
            attempts=max(attempts, 1),
            topic=self._partition.topic,
            partition=PARTITION,
            offset=offset,
            at=datetime.now(UTC),
        )
        await producer.send_and_wait(
            self._settings.kafka.topic("dead-letters"), key=key, value=value, headers=letter.headers()
        )
        log.error("an alert became a dead letter", offset=offset, code=error, why=message)

    async def _rest(self, grace: float) -> None:
        """Stop being active; what is not done stays in the log."""
        active, self._active = self._active, None
        self.seen.active.set(0)
        if active is not None:
            await active.stop(grace)
        self._writing = False
        self.seen.rest()
        if self._circuit is not None:
            await self._circuit.close()
            self._circuit = None
        for listened in (self.heard.mutes, self.heard.verdicts, self._recall):
            await end(listened.stop())

    def tell_standby(self, assigned: list[TopicPartition]) -> None:
        """Say so when another deliverer has the alerts: else a person waits for messages and does not know why."""
        if self._partition not in assigned:
            log.info("deliverer is standby", why="another one is active; this one takes over when that ends")

    async def hand_over(self) -> None:
        """Finish what is at work and let go, because another deliverer is to go on."""
        async with self._turn:
            await self._rest(_HANDOVER)
