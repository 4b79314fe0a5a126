"""The circuit: while the token does not work nothing is sent, and a probe finds out when it does again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from monitor.slack.backoff import Backoff
from monitor.slack.observe import Observations
from monitor.slack.trouble import Meaning, SlackTroubleError

log = structlog.get_logger(__name__)


class Circuit:
    """Shared by all channels of a deliverer: a token that fails for one fails for all."""

    def __init__(self, check: Callable[[], Awaitable[None]], seen: Observations, *, first: float = 1.0) -> None:
        self._check = check
        self._seen = seen
        self._backoff = Backoff(first=first, most=60.0)
        self._closed = asyncio.Event()
        self._closed.set()
        self._probe: asyncio.Task[None] | None = None
        self.why: str | None = None
        """What is wrong and what to do; None while all is well."""

    async def wait(self) -> None:
        """Wait until the circuit is closed."""
        await self._closed.wait()

    def open(self, error: SlackTroubleError) -> None:
        """Stop all sending because of an error, and start to probe."""
        if self.why != str(error):
            log.error("slack refuses the token, alerts wait", code=error.word, what=error.message, hint=error.hint)
        self.why = str(error)
        self._closed.clear()
        self._seen.circuit_open.set(1)
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._until_it_works())

    def works(self) -> None:
        """Note a call that went through, which shows more than the probe can: it needs no scope."""
        self._backoff.reset()

    async def _until_it_works(self) -> None:
        while True:
            await self._backoff.sleep()
            try:
                await self._check()
            except SlackTroubleError as error:
                if error.meaning is Meaning.AUTH:
                    self.why = str(error)
                continue
            log.info("slack takes the token again")
            self.why = None
            self._seen.circuit_open.set(0)
            self._closed.set()
            return

    async def close(self) -> None:
        """End the probe."""
        if self._probe is not None:
            self._probe.cancel()
            with suppress(asyncio.CancelledError):
                await self._probe
