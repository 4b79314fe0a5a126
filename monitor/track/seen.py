"""What `track` remembers of an article: which text it had, and which dossiers hold what it said."""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass

from monitor.models.vocabulary import Kind

_HEAD = struct.Struct(">QIHq")
_KINDS = (Kind.AGREEMENT.value, Kind.SALE.value, Kind.MENTION.value)
_NONE = b"\x00" * 8


def key_of(article: int) -> str:
    """Return the key of an article in the table, by its hash: 15 characters, as one more would take 16 bytes more."""
    return f"a/{base64.b32hexencode(article.to_bytes(8)).decode().rstrip('=')}"


@dataclass(frozen=True, slots=True)
class Seen:
    """Twenty-two bytes and nine for each report: with one, and what Python adds, they just fit into 64."""

    text_hash: int
    ingested: int
    """Milliseconds since 1970, in 48 bits."""
    offset: int
    """Of the article's record in `articles`."""
    held: tuple[tuple[str, str | None], ...] = ()
    """(kind, agreement id) of each report, the main one first."""

    def is_before(self, other: Seen) -> bool:
        """Tell whether another account of the same article is later than this one."""
        return (self.ingested, self.offset) < (other.ingested, other.offset)

    def encode(self) -> bytes:
        """Return it as the table holds it."""
        ingested = min(max(self.ingested, 0), 2**48 - 1)
        parts = [_HEAD.pack(self.text_hash, ingested >> 16, ingested & 0xFFFF, self.offset)]
        for kind, agreement_id in self.held:
            parts.append(bytes((_KINDS.index(kind),)) + (bytes.fromhex(agreement_id) if agreement_id else _NONE))
        return b"".join(parts)

    @classmethod
    def decode(cls, value: bytes) -> Seen:
        """Read it; the inverse of `encode`."""
        text_hash, high, low, offset = _HEAD.unpack_from(value)
        held = []
        for at in range(_HEAD.size, len(value), 9):
            raw = value[at + 1 : at + 9]
            held.append((_KINDS[value[at]], raw.hex() if raw != _NONE else None))
        return cls(text_hash, high << 16 | low, offset, tuple(held))
