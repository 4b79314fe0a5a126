"""Waiting: longer after each failure, never in step with others, never faster than a limit allows."""

from __future__ import annotations

import asyncio
import random
import time


class Backoff:
    """Doubles from ``first`` to ``most`` seconds, with up to half as much again at random."""

    def __init__(self, *, first: float, most: float) -> None:
        self._first = first
        self._most = most
        self.failures = 0

    def next(self) -> float:
        """Return the seconds to wait now, and count the failure."""
        base = min(self._first * 2 ** min(self.failures, 32), self._most)
        self.failures += 1
        return jittered(base)

    def reset(self) -> None:
        """Start anew after a success."""
        self.failures = 0

    async def sleep(self) -> None:
        """Wait."""
        await asyncio.sleep(self.next())


def jittered(seconds: float) -> float:
    """Return the time and up to half as much again, so that those who failed together do not come back together."""
    return seconds * (1 + random.random() / 2)  # noqa: S311 - spreads load, guards nothing


class Pace:
    """Lets through ``rate`` calls a second, evenly spaced; after a quiet time ``burst`` of them at once."""

    def __init__(self, rate: float, *, burst: int = 1) -> None:
        self._gap = 1.0 / rate
        self._saved = (burst - 1) * self._gap
        self._next = 0.0

    async def wait(self) -> None:
        """Wait for the next free moment, and take it."""
        now = time.monotonic()
        due = max(self._next, now - self._saved)
        self._next = due + self._gap
        if due > now:
            await asyncio.sleep(due - now)
