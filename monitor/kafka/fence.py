"""A fence around a producer: what it holds leaves only while its owner has the right to write.

A check before each write is not enough.  A write waits for its turn, for a connection, for another try after its
partition found a new leader; a process that sleeps meanwhile and wakes with its right gone would send it then.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Self

from aiokafka.producer.sender import Sender, SendProduceReqHandler


class FencedSender(Sender, ABC):  # type: ignore[misc] # aiokafka's producer has no types
    """The part of a producer that sends, with a gate that every produce request passes, each new try as well."""

    @classmethod
    def around(cls, producer: Any) -> Self:
        """Put one into a producer that is not yet started, and return it."""
        sender = producer._sender  # noqa: SLF001 - there is no public door, here and below
        fenced = cls(
            sender.client,
            acks=sender._acks,  # noqa: SLF001
            txn_manager=sender._txn_manager,  # noqa: SLF001
            message_accumulator=sender._message_accumulator,  # noqa: SLF001
            retry_backoff_ms=int(sender._retry_backoff * 1000),  # noqa: SLF001
            request_timeout_ms=sender._request_timeout_ms,  # noqa: SLF001
        )
        producer._sender = fenced  # noqa: SLF001
        return fenced

    @abstractmethod
    async def pass_through(self, node_id: int, batches: Mapping[Any, Any]) -> dict[Any, Any]:
        """Return the batches (by partition) that may leave now, and fail the others.

        Nothing is awaited between the last look at the right and the return, nor between that and the bytes' leaving.
        """

    async def _send_produce_req(self, node_id: int, batches: Mapping[Any, Any]) -> None:
        allowed = await self.pass_through(node_id, batches)
        if allowed:
            await SendProduceReqHandler(self, allowed).do(node_id)
        self._in_flight.remove(node_id)
        self._muted_partitions.difference_update(batches)


class Gate(FencedSender):
    """Fails what waits when the right is gone; ``why`` returns the error then, None while it is there."""

    why: Callable[[], Exception | None]

    async def pass_through(self, node_id: int, batches: Mapping[Any, Any]) -> dict[Any, Any]:
        """Let all pass, or none."""
        await self.client.ready(node_id)  # connecting may take long; after the look the bytes leave at once
        error = self.why()
        if error is None:
            return dict(batches)
        for batch in batches.values():
            batch.failure(exception=error)
        return {}
