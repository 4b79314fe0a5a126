"""The right to write: held while the broker counts this worker as a member, and only for what is assigned to it.

Two dangers are kept apart.  A *rebalance* takes partitions away while the worker lives: a batch at work gives up
(`Revoked`) and another worker does it again.  A *zombie* is a worker that slept past its session (a stopped process, a
long pause of the machine): others own its partitions and it does not know.  Its lease, counted from the moment the
last answered heartbeat was *sent*, has then run out before the broker's own timer, and the process ends at once.

A lease also runs out when the coordinator is away: its broker died, and another takes over within some seconds.  Nobody
is given the partitions meanwhile, so there is no reason to end.  Nothing is sent until a heartbeat is answered again.
The answer then says which it was: the same membership goes on, or others have the partitions and the process ends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

SLEPT = 2.0
"""Seconds without a sign of life of this process after which it counts as having slept."""


class Revoked(Exception):  # noqa: N818 - it is no error: the partitions went elsewhere, and the batch goes with them
    """The partitions of a batch were taken away while it was at work; nothing more of it may be written."""


class Claim:
    """The right of one batch to write: until the next rebalance, and while the lease holds."""

    __slots__ = ("_era", "_lease")

    def __init__(self, lease: Lease, era: int) -> None:
        self._lease = lease
        self._era = era

    def check(self) -> None:
        """Return if this batch may go on; raises Revoked, or ends the process as `Lease.check` does."""
        self._lease.check()
        if self._era != self._lease.era:
            raise Revoked


class Lease:
    """Membership of the group, as this side can be sure of it.

    Args:
        seconds: how long an answered heartbeat is good for; less than the broker's session time-out.
        on_break: ends the process (or, in tests, raises); gets the reason.
        patience: for how many seconds more a process that is awake waits for an answer.
        clock: monotonic seconds.

    """

    def __init__(
        self,
        seconds: float,
        *,
        on_break: Callable[[str], NoReturn],
        patience: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.seconds = seconds
        self.patience = patience
        self.era = 0
        self._awake_at = clock()
        self._on_break = on_break
        self._clock = clock
        self._until = 0.0
        self._held = False
        self._claims = 0
        self._free = asyncio.Event()
        self._free.set()

    @property
    def held(self) -> bool:
        """Whether partitions are assigned; between a revocation and the next assignment they are not."""
        return self._held

    @property
    def remaining(self) -> float:
        """Seconds until the lease runs out; negative when it has."""
        return self._until - self._clock()

    @property
    def valid(self) -> bool:
        """Whether what leaves now leaves while the broker counts this worker as a member."""
        return self._clock() <= self._until

    def awake(self) -> None:
        """Note that this process runs; to be called several times a second.  Ends it as `check` does."""
        self.check()
        self._awake_at = self._clock()

    def renew(self, asked_at: float) -> None:
        """Note that the broker answered a request sent at ``asked_at`` as one of a member it knows."""
        self._until = max(self._until, asked_at + self.seconds)

    def refuse(self, reason: str) -> None:
        """Note that the broker knows this member no more; fatal while partitions are held."""
        if self._held:
            self.end(reason)

    def end(self, reason: str) -> NoReturn:
        """End the process: it may hold what others own by now."""
        self._on_break(reason)

    def assign(self) -> None:
        """Note that partitions were assigned."""
        self._held = True

    def revoke(self) -> None:
        """Note that partitions are being taken away: from now on no claim made before may write."""
        self._held = False
        self.era += 1

    def check(self) -> None:
        """Return if the lease holds, may be renewed yet, or nothing is held; otherwise the process ends.

        It may be renewed while this process is awake and its patience lasts.
        """
        now = self._clock()
        late = now - self._until
        if self._held and late > 0 and (late > self.patience or now - self._awake_at > SLEPT):
            self.end(f"no heartbeat was answered for {self.seconds + late:.1f} s")

    @contextmanager
    def claim(self) -> Iterator[Claim]:
        """Claim the right to write for one batch; `settled` waits for its end.  Raises Revoked when nothing is held."""
        if not self._held:
            raise Revoked
        self._claims += 1
        self._free.clear()
        try:
            yield Claim(self, self.era)
        finally:
            self._claims -= 1
            if not self._claims:
                self._free.set()

    async def settled(self, timeout: float) -> bool:  # noqa: ASYNC109 - the caller decides what a late batch means
        """Wait until every batch is left, ``timeout`` seconds at most; return whether it is so."""
        try:
            async with asyncio.timeout(timeout):
                await self._free.wait()
        except TimeoutError:
            return False
        return True
