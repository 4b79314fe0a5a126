"""A share of right answers, with what it is worth."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Figure:
    """A share of right answers."""

    right: int = 0
    total: int = 0

    def add(self, *, right: bool) -> None:
        """Count an answer."""
        self.total += 1
        self.right += right

    @property
    def share(self) -> float:
        """The share; 1 of nothing."""
        return self.right / self.total if self.total else 1.0

    def interval(self, z: float = 1.96) -> tuple[float, float]:
        """Return the 95% Wilson interval."""
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.share
        middle, spread = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - spread) / (1 + z * z / n), (middle + spread) / (1 + z * z / n)

    def __str__(self) -> str:
        low, high = self.interval()
        return f"{self.share:.3f}  ({self.right}/{self.total}, 95% {low:.3f} to {high:.3f})"
