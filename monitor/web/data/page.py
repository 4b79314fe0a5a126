"""A page of a table: what is asked for, and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest, nsmallest
from operator import itemgetter
from typing import Any

LARGEST = 500
"""Rows of a page, at most: what a browser is sent at once."""

_FEW = 8
"""So many times more rows than are wanted make it worth while to look for those alone."""

Row = dict[str, Any]
"""A row: JSON values only."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Which rows, in which order."""

    offset: int = 0
    limit: int = 50
    sort: str = ""
    """Name of a column; empty: the table's own order."""
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, and how many there are in all."""

    rows: list[Row]
    total: int

    def as_json(self, wanted: Slice) -> Row:
        """Return the page as the API gives it."""
        return {"total": self.total, "offset": wanted.offset, "limit": wanted.limit, "rows": self.rows}


def cut(
    items: Sequence[Any], wanted: Slice, keys: Mapping[str, Callable[[Any], Any]], default: str, *, descending: bool
) -> list[Any]:
    """Sort and cut.

    Args:
        items: all that pass the filters.
        wanted: which of them.
        keys: column name to what it is sorted by; None counts as the smallest.
        default: the column where none is named, sorted ``descending`` or not.
        descending: of the default.

    """
    name = wanted.sort if wanted.sort in keys else default
    key = keys[name]
    down = wanted.descending if name == wanted.sort else descending
    # Absent values come last whichever way one sorts: nobody looks for what is not known.
    there = [(value, item) for item in items if (value := key(item)) is not None]
    end = wanted.offset + wanted.limit
    if end * _FEW < len(there):  # a first page of many: no need to sort them all
        there = (nlargest if down else nsmallest)(end, there, key=itemgetter(0))
        return [item for _, item in there[wanted.offset :]]
    there.sort(key=itemgetter(0), reverse=down)
    ordered = [item for _, item in there]
    if len(ordered) < len(items):
        ordered += [item for item in items if key(item) is None]
    return ordered[wanted.offset : wanted.offset + wanted.limit]
