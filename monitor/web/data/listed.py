"""Short lists as tables: every column sorts, and a text narrows them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from monitor.web.data.page import Page, Row, Slice, cut


def listed(rows: Sequence[Row], text: str, part: Slice, sort: str) -> Page:
    """Return a page of rows that all have the same columns.

    Args:
        rows: all of them.
        text: words that all have to occur in a row, in any column.
        part: which of those that pass.
        sort: the column where none is named; ``-`` before it: the largest first.

    """
    words = text.lower().split()
    found = [row for row in rows if not words or _has(row, words)]
    plain = [name for name, value in (rows[0].items() if rows else ()) if not isinstance(value, list | dict)]
    keys = {name: itemgetter(name) for name in plain} or {sort.removeprefix("-"): itemgetter(sort.removeprefix("-"))}
    return Page(cut(found, part, keys, sort.removeprefix("-"), descending=sort.startswith("-")), len(found))


def _has(row: Row, words: Sequence[str]) -> bool:
    haystack = " ".join(_text(value) for value in row.values() if value is not None).lower()
    return all(word in haystack for word in words)


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
