"""How the JSON API answers: pages of tables, ETags, files, what is not there."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, BeforeValidator

from monitor.export import as_csv
from monitor.web.data.live import now
from monitor.web.data.page import LARGEST, Page, Row, Slice

_YEAR = re.compile(r"\d{4}-\d\d-\d\d")

EXPORTED = 100_000
"""Rows of an export, at most."""


class Form(StrEnum):
    """How a table is given."""

    JSON = "json"
    """A page of rows with the total."""
    ROWS = "rows"
    """All rows, as a file: a JSON array."""
    CSV = "csv"
    """All rows, as a file for a spreadsheet."""


class Fault(BaseModel):
    """Why there is no answer, and what to do."""

    detail: Any = None
    error: str | None = None
    hint: str | None = None


class Table(BaseModel):
    """A page of rows."""

    total: int
    """Rows that pass the filters."""
    offset: int
    limit: int
    rows: list[Row]


def faults(*codes: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of answers that are refusals, by status; 401 and 422 are always among them."""
    said = {
        400: "The body cannot be read.",
        401: "Log in first, or send a token.",
        403: "Operators may do this.",
        404: "There is none.",
        413: "Too large.",
        422: "The question makes no sense; the answer says which part of it.",
        429: "Too much at once: come again when `Retry-After` says.",
        503: "Kafka is not there.",
    }
    return {code: {"model": Fault, "description": said[code]} for code in (401, 422, *codes)}


SAME: dict[int | str, dict[str, Any]] = {304: {"description": "As the asker has it already, by its ETag."}}

TABLE: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Table | list[Row],
        "content": {"text/csv": {"schema": {"type": "string"}}},
        "description": "A page of the table; with `format=rows` or `csv` all its rows, as a file.",
    },
    **SAME,
    **faults(),
}
"""Answers of a table."""

FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "With `format=csv` a file of rows."},
    **SAME,
}
"""Answers of what is no page of a table, and can be had as rows."""

ONE = {**SAME, **faults(404)}
"""Answers that give one thing."""


Order = Annotated[str, Query(max_length=40, description="A column; `-` before it: the largest first.")]


def part(
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=LARGEST)] = 50,
    sort: Order = "",
) -> Slice:
    """Read the paging of a request."""
    return Slice(offset, limit, sort.removeprefix("-"), sort.startswith("-"))


Part = Annotated[Slice, Depends(part)]
As = Annotated[Form, Query(alias="format")]
Text = Annotated[str, Query(max_length=200, description="Words that all occur.")]


def _iso(given: Any) -> Any:
    """Refuse a number: pydantic would take it for seconds since 1970."""
    if isinstance(given, str) and not _YEAR.match(given):
        raise ValueError("give a day as 2025-10-31, or a moment as 2025-10-31T09:00:00Z")
    return given


AnyDate = Annotated[date | None, BeforeValidator(_iso), Query()]
Moment = Annotated[datetime | None, BeforeValidator(_iso), Query(description="UTC where it names no zone.")]


def answer(request: Request, content: Any) -> Response:
    """Give JSON with an ETag, or 304 when the asker has it already."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def given(request: Request, name: str, form: Form, wanted: Slice, make: Callable[[Slice], Page]) -> Response:
    """Give a table in the form that is asked for; ``name`` is that of the file."""
    if form is Form.JSON:
        return answer(request, make(wanted).as_json(wanted))
    return as_file(request, name, form, make(Slice(0, EXPORTED, wanted.sort, wanted.descending)).rows)


def as_file(request: Request, name: str, form: Form, rows: list[Row]) -> Response:
    """Give rows as a file."""
    if form is Form.CSV:
        found = Response(as_csv(rows).encode("utf-8", "backslashreplace"), media_type="text/csv; charset=utf-8")
    else:
        found = answer(request, rows)
    ending = "csv" if form is Form.CSV else "json"
    found.headers["Content-Disposition"] = f'attachment; filename="pactwatch-{name}.{ending}"'
    return found


def there(found: Any, message: str) -> Any:
    """Return what was found; raises HTTPException with 404 when that is None."""
    if found is None:
        raise HTTPException(404, message)
    return found


def zoned(moment: datetime | None) -> datetime | None:
    """Return a moment with a zone: UTC where it names none."""
    return moment.replace(tzinfo=now().tzinfo) if moment is not None and moment.tzinfo is None else moment


def midnight(day: date | None) -> datetime | None:
    """Return the beginning of a day."""
    return datetime.combine(day, time.min, tzinfo=now().tzinfo) if day else None


def end_of(day: date | None) -> datetime | None:
    """Return the last moment of a day."""
    return datetime.combine(day, time.max, tzinfo=now().tzinfo) if day else None
