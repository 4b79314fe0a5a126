"""Places at which a worker is killed, put around the program's own steps from outside.

| step | where |
|---|---|
| `track:decided` | all records of a batch decided, nothing sent |
| `track:half-sent` | the first alert acknowledged, the rest not sent |
| `track:sent` | alerts and agreements acknowledged, table not written |
| `track:half-written` | the first changelog record acknowledged, the rest not sent |
| `track:written` | changelog acknowledged, the copy not yet the state |
| `track:left` | the batch is left, its offset not committed |
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


def arm(point: str) -> None:
    """Make this process kill itself at ``step:count``."""
    stage, step, count = point.split(":")
    assert stage == "track"
    left = int(count)

    def here(name: str) -> None:
        nonlocal left
        if name == step:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    send, handle, write = Outbox.send, track.Track.handle, Table.write
    inside = False

    async def crashing_handle(self: track.Track, batch: Any, claim: Claim) -> None:
        nonlocal inside
        inside = True
        try:
            await handle(self, batch, claim)
        finally:
            inside = False
        here("left")

    async def crashing_send(self: Outbox, records: Sequence[Outgoing], claim: Claim) -> Any:
        ours = inside and any(record.topic.endswith((".alerts", "-dossiers-changelog")) for record in records)
        if ours and records[0].topic.endswith(".alerts"):
            here("decided")
        if ours and len(records) > 1:
            await send(self, records[:1], claim)
            here("half-sent" if records[0].topic.endswith(".alerts") else "half-written")
            sent = await send(self, records, claim)
        else:
            sent = await send(self, records, claim)
        if ours and records[0].topic.endswith(".alerts"):
            here("sent")
        return sent

    async def crashing_write(self: Table, partition: int, writes: Any, claim: Claim) -> None:
        await write(self, partition, writes, claim)
        if inside and self.name == "dossiers" and writes:
            here("written")

    track.Track.handle = crashing_handle  # type: ignore[method-assign]
    Outbox.send = crashing_send  # type: ignore[method-assign]
    Table.write = crashing_write  # type: ignore[method-assign]
