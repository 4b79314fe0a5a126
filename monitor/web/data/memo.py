"""What many pages ask for at the same time is made once."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Memo:
    """Remembers answers for some seconds, the last ``keep`` that were made."""

    def __init__(self, keep: int = 256, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep = keep
        self._clock = clock
        self._known: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def get(self, key: Hashable, seconds: float, make: Callable[[], T]) -> T:
        """Return what ``make`` gave for this key, made anew when that was longer ago; 0 seconds: always anew."""
        now = self._clock()
        known = self._known.get(key)
        if known is not None and now - known[0] < seconds:
            return cast("T", known[1])
        made = make()
        self._known[key] = (now, made)
        self._known.move_to_end(key)
        while len(self._known) > self._keep:
            self._known.popitem(last=False)
        return made
