"""What `track` remembers of an article: which text it had, and which dossiers hold what it said."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from monitor.models.vocabulary import Kind

_HEAD = struct.Struct(">Qqq")
_KINDS = (Kind.AGREEMENT.value, Kind.SALE.value, Kind.MENTION.value)
_NONE = b"\x00" * 8


@dataclass(frozen=True, slots=True)
class Seen:
    """Twenty-four bytes and nine for each report."""

    text_hash: int
    ingested: int
    """Milliseconds."""
    offset: int
    """Of the article's record in `articles`."""
    held: tuple[tuple[str, str | None], ...] = ()
    """(kind, agreement id) of each report, the main one first."""

    def is_before(self, other: Seen) -> bool:
        """Tell whether another account of the same article is later than this one."""
        return (self.ingested, self.offset) < (other.ingested, other.offset)

    def encode(self) -> bytes:
        """Return it as the table holds it."""
        parts = [_HEAD.pack(self.text_hash, self.ingested, self.offset)]
        for kind, agreement_id in self.held:
            parts.append(bytes((_KINDS.index(kind),)) + (bytes.fromhex(agreement_id) if agreement_id else _NONE))
        return b"".join(parts)

    @classmethod
    def decode(cls, value: bytes) -> Seen:
        """Read it; the inverse of `encode`."""
        text_hash, ingested, offset = _HEAD.unpack_from(value)
        held = []
        for at in range(_HEAD.size, len(value), 9):
            raw = value[at + 1 : at + 9]
            held.append((_KINDS[value[at]], raw.hex() if raw != _NONE else None))
        return cls(text_hash, ingested, offset, tuple(held))
