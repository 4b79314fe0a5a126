"""A record of a topic as a line of an archive: the record's own bytes, and beside them what Kafka knew of it.

    {"_record":{"partition":0,"offset":12,"timestamp":1761897600000,"key":"u1b2"},"schema_version":"1.0","id":"u1b2",...}

A reader of articles passes over the field it does not know.  What is no JSON object on one line (a tombstone, the
original bytes of a dead letter) stands within ``_record`` as ``"value"``, in base 64, or null.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

from monitor.errors import InputError

_START = b'{"_record":'
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as Kafka has it."""

    partition: int
    offset: int
    timestamp: int
    """Milliseconds since 1970."""
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


def to_line(record: Stored) -> bytes:
    """Return the record as a line with its end; `from_line` gives back every byte."""
    about: dict[str, Any] = {"partition": record.partition, "offset": record.offset, "timestamp": record.timestamp}
    key = record.key
    if key is not None:
        text = key.decode("utf-8", "replace")
        if text.encode() == key:
            about["key"] = text
        else:
            about["key64"] = _pack(key)
    if record.headers:
        about["headers"] = [[name, None if value is None else _pack(value)] for name, value in record.headers]
    value = record.value
    if value is not None and _is_object(value):
        return b"".join((_START, _json(about), b",", value[1:], b"\n"))
    about["value"] = None if value is None else _pack(value)
    return b"".join((_START, _json(about), b"}\n"))


def from_line(line: bytes) -> Stored:
    """Read a line of `to_line`.

    Raises:
        InputError: it is none.

    """
    line = line.removesuffix(b"\n")
    if not line.startswith(_START):
        raise InputError("no line of an archive: it does not begin with _record")
    try:
        text = line[len(_START) :].decode("utf-8", "surrogateescape")
        about, end = _DECODER.raw_decode(text)
        rest = text[end + 1 :].encode("utf-8", "surrogateescape")
        key = about.get("key")
        return Stored(
            about["partition"],
            about["offset"],
            about["timestamp"],
            key.encode() if key is not None else _unpack(about.get("key64")),
            _unpack(about["value"]) if "value" in about else b"{" + rest,
            tuple((name, _unpack(value)) for name, value in about.get("headers", ())),
        )
    except (ValueError, LookupError, TypeError) as error:
        raise InputError(f"no line of an archive: {error}") from None


def _is_object(value: bytes) -> bool:
    """Tell whether the value can stand in a line as it is: an object with a field, on one line."""
    return value[:2] == b'{"' and value[-1:] == b"}" and b"\n" not in value and b"\r" not in value


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _pack(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _unpack(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text, validate=True)
