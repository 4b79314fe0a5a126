"""Waits for conditions: a test never sleeps for luck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T | None], *, what: str = "the condition", seconds: float = 30.0) -> T:
    """Return the first true value of ``condition``; fail when there is none within ``seconds`` seconds."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        time.sleep(0.01)
    return value


async def until_async(
    condition: Callable[[], Awaitable[T | None]], *, what: str = "the condition", seconds: float = 30.0
) -> T:
    """Return the first true value that ``condition`` gives; fail when there is none within ``seconds`` seconds."""
    deadline = time.monotonic() + seconds
    while not (value := await condition()):
        assert time.monotonic() < deadline, f"{what} did not come within {seconds:.0f} s"
        await asyncio.sleep(0.01)
    return value
