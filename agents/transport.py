"""Faust's Kafka driver, mended in three places.

**Batches.**  Stock Faust hands over one record at a time, at 100 microseconds each.  Here an agent of a chosen topic
gets one message per fetched batch of a partition: ``value`` is the list of records, ``offset`` that of the last.
Offsets are committed up to the end of the leading run of delivered batches that the agent has left.

**The lease.**  Each answered heartbeat renews it, and a revocation returns only when every batch at work has been left,
so that whoever gets the partitions next finds all that was written.

**The fence.**  A produce request leaves only under a valid lease: it waits for one, and what waited longer than the
request time-out is failed, not sent.
"""
# ruff: noqa: SLF001 - aiokafka and Faust have no public door to the coordinator, the sender and the seek positions

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from typing import Any, cast

import structlog
from aiokafka.errors import (
    IllegalGenerationError,
    RebalanceInProgressError,
    RequestTimedOutError,
    UnknownMemberIdError,
)
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from yarl import URL

from agents.lease import Lease
from monitor.kafka.fence import FencedSender

log = structlog.get_logger(__name__)

MAX_RECORDS = 2000
"""Longer fetches are split, so that a batch never keeps its partition for long."""

SETTLE = 10.0
"""Seconds that a batch at work may take to notice that its partition is gone; its sends time out before."""

HELD_BACK = 0.05
"""Seconds between two looks at a lease that has run out, while a produce request waits for it."""

_KNOWN = (0, RebalanceInProgressError.errno)
"""Answers that show the broker counts the member: all is well, and a rebalance has begun."""

_FENCED_INSTANCE_ID = 82  # which aiokafka does not know by name

_STRANGER = (UnknownMemberIdError.errno, IllegalGenerationError.errno, _FENCED_INSTANCE_ID)
"""Answers that show it does not."""


class Fetched(dict[Any, list[Any]]):
    """Records by partition, and the state of things at the moment they were taken from the client.

    Whether a batch may still be delivered cannot be told by when the fetch began: it may have waited through a seek or
    a rebalance, and its records then belong to what came after.
    """

    def __init__(self, records: Mapping[Any, list[Any]], *, generation: int, seeks: Mapping[Any, int]) -> None:
        super().__init__(records)
        self.generation = generation
        self.seeks = {partition: seeks[partition] for partition in records}


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that fetches and keeps the membership alive; tells the lease what the coordinator answers."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seeks: Counter[Any] = Counter()
        """How often each partition was sought."""

    async def on_start(self) -> None:
        """Start the consumer, and listen to its coordinator and its seeks from then on."""
        await super().on_start()
        consumer = self._ensure_consumer()
        self._listen(consumer._coordinator, cast("Transport", self.transport).lease)
        self._count_seeks(consumer._fetcher)

    def _count_seeks(self, fetcher: Any) -> None:
        seek_to = fetcher.seek_to

        def counted(partition: Any, offset: int) -> Any:
            self.seeks[partition] += 1
            return seek_to(partition, offset)

        fetcher.seek_to = counted

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek to what is committed, and where nothing is, to the beginning: aiokafka leaves those where they are."""
        return cast("Mapping[TP, int]", await self.call_thread(self._seek_to_committed))

    async def _seek_to_committed(self) -> Mapping[TP, int]:
        consumer, batched = self._ensure_consumer(), cast("Transport", self.transport).batched
        committed: Mapping[TP, int] = await consumer.seek_to_committed()
        new = [partition for partition, offset in committed.items() if not offset and partition.topic in batched]
        if new:
            for partition, offset in (await consumer.beginning_offsets(new)).items():
                consumer.seek(partition, offset)
        return committed

    async def _fetch_records(self, *args: Any, **kwargs: Any) -> Fetched:
        records = await super()._fetch_records(*args, **kwargs)
        return Fetched(records, generation=self.app.consumer_generation_id, seeks=self.seeks)

    @staticmethod
    def _listen(coordinator: Any, lease: Lease) -> None:
        ask = coordinator._send_req

        async def _send_req(request: Any) -> Any:
            asked_at = time.monotonic()
            answer = await ask(request)
            if isinstance(request, HeartbeatRequest | SyncGroupRequest):
                if answer.error_code in _KNOWN:
                    lease.renew(asked_at)
                elif answer.error_code in _STRANGER:
                    lease.refuse(f"the broker does not count this worker as a member (error {answer.error_code})")
            return answer

        coordinator._send_req = _send_req

    async def on_thread_stop(self) -> None:
        """Leave the group at a clean stop: aiokafka sends no LeaveGroup for a member with an instance id."""
        if self._consumer is not None:
            self._consumer._coordinator._group_instance_id = None
        await super().on_thread_stop()


class BatchConsumer(driver.Consumer):
    """Delivers the topics of ``transport.batched`` in batches, the others (changelogs) as Faust does."""

    _thread: ConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        transport = cast("Transport", self.transport)
        self._batched = transport.batched
        self._lease = transport.lease
        self._delivered: dict[TP, deque[int]] = {}
        """Last offsets of the batches that were handed over and are not committed, in order, by partition."""

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Commit what is done, let no batch write or commit any more, and wait until all are left."""
        await self.commit()
        self._lease.revoke()
        await super().on_partitions_revoked(revoked)
        if not await self._lease.settled(SETTLE):
            self._lease.end(f"a batch was still at work {SETTLE:.0f} s after its partition was revoked")

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Start afresh: what was delivered or half done before a rebalance is not this assignment's to commit."""
        self._delivered.clear()
        self._acked.clear()
        self._acked_index.clear()
        await super().on_partitions_assigned(assigned, generation_id)
        if assigned:
            self._lease.assign()

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109 - Faust's signature
        """Fetch, and yield a message per batch (or per record, for a topic that is not delivered in batches)."""
        records, active = await self._wait_next_records(timeout)
        if not isinstance(records, Fetched) or self.should_stop:
            return  # nothing is assigned
        if not self.flow_active:
            try:
                await self.perform_seek()
            except Exception as error:  # noqa: BLE001 - as stock Faust: the next round seeks again
                log.warning("seek failed while the flow was stopped", error=str(error))
            return
        for tp, batch in records.items():
            if active is not None and tp not in active and tp not in self._buffered_partitions:
                continue
            self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
            for message in self._messages(tp, batch):
                if not self.flow_active or self.app.consumer_generation_id != records.generation:
                    return  # the flow resumes after a seek to what is committed: these come again
                if self._thread.seeks[tp] != records.seeks[tp]:
                    break  # sought since: these come again, or are not wanted
                if tp.topic in self._batched:
                    self._remember(tp, message.value[0].offset, message.offset)
                yield tp, message

    def _messages(self, tp: TP, batch: list[Any]) -> Iterator[Any]:
        if tp.topic not in self._batched:
            for record in batch:
                yield self._to_message(tp, record)
            return
        for start in range(0, len(batch), MAX_RECORDS):
            part = batch[start : start + MAX_RECORDS]
            message: Any = self._to_message(tp, part[-1])
            message.value = part
            yield message

    def _remember(self, tp: TP, first: int, last: int) -> None:
        delivered = self._delivered.setdefault(tp, deque())
        while delivered and delivered[-1] >= first:  # a rewind: those batches come again, and must be left again
            self._acked_index[tp].discard(delivered.pop())
        delivered.append(last)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Do nothing: Faust's watch over slow streams crashes on a partition that has no position yet."""

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        if tp.topic not in self._batched:  # between the last offsets of two batches there is always one, and no gap
            await super()._add_gap(tp, offset_from, offset_to)

    def _new_offset(self, tp: TP) -> int | None:
        # Not `ack`: Faust's compiled stream inlines it, so that an override would never be called.
        if tp.topic not in self._batched:
            offset: int | None = super()._new_offset(tp)
            return offset
        if not self._lease.held:
            return None  # a batch that was left half done at a revocation has been acknowledged like any other
        acked, delivered, last = self._acked_index[tp], self._delivered.get(tp), None
        committed = self._committed_offset[tp]
        while delivered and committed is not None and delivered[0] < committed:  # acks below it are not recorded
            delivered.popleft()
        while delivered and delivered[0] in acked:
            last = delivered.popleft()
            acked.discard(last)
        if last is None:
            return None
        self._acked[tp] = [offset for offset in self._acked[tp] if offset > last]
        return last + 1


class LeasedSender(FencedSender):
    """Waits for a valid lease, and sends nothing that waited past its time-out."""

    lease: Lease

    async def pass_through(self, node_id: int, batches: Mapping[Any, Any]) -> dict[Any, Any]:
        """Let pass what is not too old, as soon as the lease is valid."""
        while True:
            await self.client.ready(node_id)  # connecting may take long; after the check the bytes leave at once
            self.lease.check()
            if self.lease.valid or all(batch.expired() for batch in batches.values()):
                break
            await asyncio.sleep(HELD_BACK)
        fresh = {}
        for partition, batch in batches.items():
            if batch.expired():
                batch.failure(exception=RequestTimedOutError())
            else:
                fresh[partition] = batch
        return fresh


class Producer(driver.Producer):
    """Faust's producer, with the fence."""

    async def send_together(
        self, topic: str, partition: int, records: Sequence[tuple[bytes | None, bytes | None]], limit: int
    ) -> Awaitable[Any] | None:
        """Send records (key, value) as one batch of Kafka's log, which stands as a whole or not at all.

        Returns:
            a future of the metadata of the first; None when the records are larger than ``limit`` bytes together.

        """
        producer = self._ensure_producer()
        batch = BatchBuilder(limit, producer._message_accumulator._compression_type, is_transactional=0)
        for key, value in records:
            if batch.append(timestamp=None, key=key, value=value) is None:
                return None
        batch.close()
        if batch.size() > limit:  # a first record is taken whatever its size
            return None
        return cast("Awaitable[Any]", await producer.send_batch(batch, topic, partition=partition))

    def _new_producer(self, transactional_id: str | None = None) -> Any:
        producer = super()._new_producer(transactional_id)
        LeasedSender.around(producer).lease = cast("Transport", self.transport).lease
        return producer


class Transport(driver.Transport):
    """What ``app.transport`` is set to.

    Args:
        urls: the brokers.
        app: the Faust app.
        lease: renewed by heartbeats, asked before each send.
        batched: full names of the topics to deliver in batches.

    """

    Consumer = BatchConsumer
    Producer = Producer

    def __init__(self, urls: list[URL], app: Any, *, lease: Lease, batched: frozenset[str]) -> None:
        super().__init__(urls, app)
        self.lease = lease
        self.batched = batched
