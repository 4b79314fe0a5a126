"""Rows as CSV, for spreadsheets: of the dashboard's tables and of commands with ``--csv``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV with a header; lists are joined by blanks.

    A text that a spreadsheet would take for a formula gets an apostrophe in front: titles come from strangers.
    """
    rows = list(rows)
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
