"""A new fact, as it is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class News:
    """A new fact: the field, its value as a person reads it, and what was told before."""

    field: str
    value: str
    previous: str = ""
