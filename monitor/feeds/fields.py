"""Articles out of foreign objects and rows, by a table of field names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from monitor.errors import ConfigurationError, RecordError
from monitor.feeds.found import from_json
from monitor.models.article import Article
from monitor.settings import Feeds, Fields

_MILLISECONDS = 100_000_000_000
"""Numbers above this are milliseconds: as seconds they would be after the year 5000."""

_MOMENTS = ("published_at", "ingested_at")


def named(feeds: Feeds, name: str | None) -> Fields | None:
    """Return a table of the settings by its name.

    Raises:
        ConfigurationError: there is none of that name.

    """
    if name is None:
        return None
    if name not in feeds.fields:
        there = ", ".join(sorted(feeds.fields)) or "none"
        raise ConfigurationError(
            f"there is no table of fields {name!r}; there are: {there}", hint=f"write [feeds.fields.{name}]"
        )
    return feeds.fields[name]


def from_foreign_json(fields: Fields, line: bytes, *, arrived: datetime) -> Article:
    """Read an article from a foreign JSON object.

    Raises:
        RecordError: it is no object, or what the table names makes no article.

    """
    try:
        value = json.loads(line)
    except UnicodeDecodeError as error:
        raise RecordError(f"not UTF-8: byte {error.start} is 0x{line[error.start]:02x}", reason="not_utf8") from None
    except (ValueError, RecursionError) as error:
        raise RecordError(f"not JSON: {error}", reason="not_json") from None
    if not isinstance(value, dict):
        raise RecordError("no JSON object", reason="not_object")
    return from_json(to_line(fields, value), arrived=arrived)


def to_line(fields: Fields, row: Mapping[str, Any]) -> bytes:
    """Return what the table names of a row as an article's JSON, which may still be none."""
    values: dict[str, Any] = {}
    for name in Fields.model_fields:
        place = getattr(fields, name) or name
        value = place[1:] if place.startswith("=") else _look_up(row, place)
        if value is not None:
            values[name] = _moment(value) if name in _MOMENTS else _text(value)
    return json.dumps(values).encode()


def columns(fields: Fields) -> set[str]:
    """Return the top-level names that the table needs."""
    places = {getattr(fields, name) or name for name in Fields.model_fields}
    stored = {place for place in places if not place.startswith("=")}
    return stored | {place.partition(".")[0] for place in stored}


def _look_up(row: Mapping[str, Any], place: str) -> Any:
    if place in row:  # a name may have a dot in it
        return row[place]
    value: Any = row
    for part in place.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return None
        value = value[part]
    return value


def _text(value: Any) -> Any:
    """Return what stands for text in foreign data as text; anything else as it is, for the article to refuse."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return "\n".join(value)  # paragraphs
    return value if isinstance(value, str | bool | float | dict) else str(value)


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number = float(value)
        seconds = number / 1000 if abs(number) > _MILLISECONDS else number
        try:
            return datetime.fromtimestamp(seconds, UTC).isoformat()
        except (OverflowError, OSError, ValueError):
            return str(value)
    return value
