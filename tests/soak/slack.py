"""The fault server of the deliverer's tests as Slack, in a thread of its own."""

from __future__ import annotations

import asyncio
import random
import threading
from types import TracebackType
from typing import Any, Self

from tests.slack.fault_server import Fault, FaultServer, Kind, alert_ids
from tests.slack.test_trial import schedule

CHANNEL = "pacts"


class Slack:
    """What the deliverers take for Slack; ``often`` is how many of its calls fail, 1 being a tenth."""

    def __init__(self, seed: int, *, often: float = 0.3) -> None:
        self.server = FaultServer()
        self._usual = schedule(random.Random(seed), often)
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="slack", daemon=True)

    def __enter__(self) -> Self:
        self.server.plan = self._usual
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(20)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        async with self.server.serving():
            self._ready.set()
            await self._over.wait()

    def fail(self) -> None:
        """Answer nobody from now on: every call gets 503."""

        def plan(method: str, body: dict[str, Any]) -> Fault:
            del method, body
            return Fault(Kind.STATUS, "503")

        self.server.plan = plan

    def recover(self, *, wholly: bool = False) -> None:
        """Answer again as usual, or ``wholly``: without any fault."""
        self.server.plan = (lambda *_: None) if wholly else self._usual

    def standing(self) -> list[tuple[str, str]]:
        """Return mark and time stamp of every message and reply that stands, in the order in which they were taken."""
        messages = [item for item in self.server.everything(CHANNEL) if "metadata" in item]
        return [(alert_ids([item])[0], str(item["ts"])) for item in messages]
