"""What every record shares: how it is validated, encoded and traced back to its article."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from monitor.errors import RecordError
from monitor.models.vocabulary import ReplayMode

MAJOR = 1
"""The schema version this code writes; records of another major version become dead letters."""


def _aware(value: Any) -> Any:
    # Foreign producers leave the zone out; news without a zone is read as UTC, never refused.
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return value
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


Instant = Annotated[datetime, BeforeValidator(_aware)]
"""A moment with its zone; text without a zone is read as UTC."""

Day = date
"""A calendar day, as an article states it."""


class Part(BaseModel):
    """A part of a record: frozen, strict, and blind to fields it does not know."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class Record(Part):
    """A record of a topic."""

    schema_version: str = Field(default=f"{MAJOR}.0", pattern=r"^\d+\.\d+$")

    def encode(self) -> bytes:
        """Return the record as it stands in Kafka: UTF-8 JSON."""
        return self.model_dump_json().encode()

    @classmethod
    def decode(cls, value: bytes | None) -> Self:
        """Read a record from the bytes of a Kafka value.

        Raises:
            RecordError: the bytes are empty, no UTF-8, no JSON, of another major version, or do not fit the model.

        """
        return decode(cls.model_validate_json, value, cls.__name__)


R = TypeVar("R", bound=Record)


def decode(read: Callable[[bytes], R], value: bytes | None, name: str) -> R:
    """Read a record, or one of several types of record, from the bytes of a Kafka value.

    Raises:
        RecordError: as `Record.decode` does; ``name`` is what the message calls the record.

    """
    if not value:
        raise RecordError("the record has no value", reason="empty")
    try:
        record = read(value)
    except ValidationError as error:
        _check_version(_version(value), name)  # fields of an unknown version may be missing for a good reason
        raise _explain(error, value, name) from None
    _check_version(record.schema_version, name)
    return record


def _version(value: bytes) -> str:
    """Return the schema version of a record that does not fit its model, as far as it can be told."""
    try:
        version = json.loads(value)["schema_version"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return f"{MAJOR}.0"
    return version if isinstance(version, str) and version.partition(".")[0].isdecimal() else f"{MAJOR}.0"


def _check_version(version: str, name: str) -> None:
    """Refuse a record of another major schema version; a higher minor version is read."""
    major = int(version.partition(".")[0])
    if major != MAJOR:
        raise RecordError(
            f"{name} has schema version {version}, this program reads {MAJOR}.x",
            reason="unknown_version",
            hint="upgrade pactwatch, then retry the dead letter",
        )


def _explain(error: ValidationError, value: bytes, name: str) -> RecordError:
    first = error.errors(include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        try:
            value.decode()
        except UnicodeDecodeError as broken:
            return RecordError(f"not UTF-8: byte {broken.start} is 0x{value[broken.start]:02x}", reason="not_utf8")
        return RecordError(f"not JSON: {first['msg'].removeprefix('Invalid JSON: ')}", reason="not_json")
    where = ".".join(str(part) for part in first["loc"]) or "the record"
    more = error.error_count() - 1
    others = f", and {more} more" if more else ""
    if first["type"] == "missing":
        return RecordError(f"{name} lacks the field {where}{others}", reason="missing_field")
    return RecordError(f"{name}: {where}: {first['msg']}{others}", reason="invalid_field")


class Origin(Part):
    """Where a derived record comes from, so that an article can be traced through every stage."""

    topic: str
    partition: int
    offset: int
    article_id: str
    rules_version: str = ""


class Replay(Part):
    """Marks what a replay made; copied all the way."""

    id: str
    mode: ReplayMode
