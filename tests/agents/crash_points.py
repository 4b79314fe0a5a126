"""Places at which a worker is killed or frozen, put around the program's own steps from outside.

| step | where |
|---|---|
| `decided` | all records of a batch decided, nothing sent |
| `half-sent` | the first alert acknowledged, the rest not sent |
| `sent` | alerts and agreements acknowledged, table not written |
| `written` | changelog (one batch: there is no half of it) acknowledged, the copy not yet the state |
| `left` | the batch is left, its offset not committed |
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from typing import Any

from agents import track
from agents.lease import Claim
from agents.outbox import Outbox, Outgoing
from agents.tables import Table

STEPS = ("decided", "half-sent", "sent", "written", "left")


class CrashPoint:
    """Sends this process a signal when it first comes to ``step`` of `track`."""

    def __init__(self, step: str, number: int) -> None:
        assert step in STEPS
        self.step = step
        self.number = number
        self.inside = False
        """Whether `track` is at work."""

    def here(self, step: str) -> None:
        """Come to a step."""
        if self.inside and step == self.step:
            self.step = ""
            os.kill(os.getpid(), self.number)


def arm(point: str) -> None:
    """Put the crash point ``step`` (kill -9) or ``step:STOP`` (SIGSTOP) around the program's own steps."""
    step, _, name = point.partition(":")
    crash = CrashPoint(step, signal.SIGSTOP if name == "STOP" else signal.SIGKILL)
    _around_track(crash)
    _around_sends(crash)
    _around_writes(crash)


def _around_track(crash: CrashPoint) -> None:
    handle = track.Track.handle

    async def crashing_handle(self: track.Track, batch: Any, claim: Claim) -> None:
        crash.inside = True
        await handle(self, batch, claim)
        crash.here("left")
        crash.inside = False

    track.Track.handle = crashing_handle  # type: ignore[method-assign] # from outside, that is the point


def _around_sends(crash: CrashPoint) -> None:
    send = Outbox.send

    async def crashing_send(self: Outbox, records: Sequence[Outgoing], claim: Claim) -> Any:
        topic = records[0].topic if records else ""
        if topic.endswith(".alerts"):
            crash.here("decided")
            first = await send(self, records[:1], claim)
            crash.here("half-sent")
            sent = [*first, *await send(self, records[1:], claim)]
            crash.here("sent")
            return sent
        return await send(self, records, claim)

    Outbox.send = crashing_send  # type: ignore[method-assign] # as above


def _around_writes(crash: CrashPoint) -> None:
    write = Table.write

    async def crashing_write(self: Table, partition: int, writes: Any, claim: Claim) -> None:
        await write(self, partition, writes, claim)
        if self.name == "dossiers" and writes:
            crash.here("written")

    Table.write = crashing_write  # type: ignore[method-assign] # as above
