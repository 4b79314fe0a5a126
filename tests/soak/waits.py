"""How long things waited, and which fault they waited for."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from tests.soak.faults import Fault, Kind

NOTICED = 3.0
"""Seconds: who comes later than that before a fault does not wait for it."""


@dataclass
class Blame:
    """The longest wait that one kind of fault is to blame for, in seconds."""

    alone: float = 0.0
    """When no other fault was near."""
    together: float = 0.0
    """When there were others."""
    times: int = 0


@dataclass
class Waits:
    """Waits by leg of the way, in seconds since 1970: from, until."""

    legs: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: defaultdict(list))
    blamed: dict[str, dict[Kind, Blame]] = field(default_factory=dict)

    def note(self, leg: str, since: float, until: float) -> None:
        """Note a wait."""
        self.legs[leg].append((since, until))

    def quantile(self, leg: str, share: float) -> float:
        """Return the wait that a share of all do not exceed; 0 when there is none."""
        waits = sorted(until - since for since, until in self.legs.get(leg, ()))
        return waits[min(int(share * len(waits)), len(waits) - 1)] if waits else 0.0

    def longest(self, leg: str) -> float:
        """Return the longest wait."""
        return max((until - since for since, until in self.legs.get(leg, ())), default=0.0)

    def blame(self, faults: list[Fault]) -> None:
        """Say which kinds of fault the waits are to be blamed on.

        A wait is blamed on the faults that began while it lasted, or shortly before and were not over when it began.
        """
        begins = [fault.began for fault in faults]
        for leg, waits in self.legs.items():
            kinds: dict[Kind, Blame] = {}
            for fault in faults:
                kinds.setdefault(fault.kind, Blame()).times += 1
            for since, until in waits:
                early = bisect_left(begins, since - NOTICED)
                near = faults[early : bisect_right(begins, until)]
                near += [fault for fault in faults[max(0, early - 3) : early] if fault.ended + NOTICED > since]
                for fault in near:
                    blame = kinds[fault.kind]
                    if len(near) == 1:
                        blame.alone = max(blame.alone, until - since)
                    else:
                        blame.together = max(blame.together, until - since)
            self.blamed[leg] = kinds
