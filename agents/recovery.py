"""Table recovery, mended in two places.

As shipped, Faust resumes the source partitions before it has sought them to what is committed, and clears its queues
in between; the hole then looks like a gap of compaction and is acknowledged.  A restart under backlog re-reads tens of
thousands of events and can lose table updates.  Stopping the flow first closes the hole.

As shipped, changelogs are read through a queue as short as that of the agents, which counts batches here.
"""

from __future__ import annotations

from typing import Any

from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery

CHANGELOG_QUEUE = 65_536
"""Changelog records read ahead while tables recover."""


class SafeRecovery(Recovery):
    """Stops the flow before it ends a recovery."""

    async def on_recovery_completed(self, generation_id: int = 0) -> None:
        """End the recovery: seek to what is committed, then let the agents run."""
        self.app.consumer.stop_flow()
        await super().on_recovery_completed(generation_id)


class Tables(TableManager):
    """Manages the tables of an app; Faust's setting ``TableManager``."""

    async def on_start(self) -> None:
        """Start at once: stock Faust sleeps a second first, which every restart would pay for."""
        await self._update_channels()
        await self.recovery.start()

    @property
    def recovery(self) -> Recovery:
        """The recovery service of these tables."""
        if self._recovery is None:
            self._recovery = SafeRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery

    @property
    def changelog_queue(self) -> Any:
        """What is read from the changelogs and not yet applied."""
        if self._changelog_queue is None:
            self._changelog_queue = self.app.FlowControlQueue(maxsize=CHANGELOG_QUEUE, clear_on_resume=True)
        return self._changelog_queue
