"""One actor on one day: the record of the table `actor_days`, at most 32 bytes an article and a few for the names.

    version (1) | number of forms (2) | forms: hash (4), length (2), UTF-8 | rows of 32 bytes, sorted

A row is an article under one form of the actor's name; an article has more than one only when it calls the actor in
several ways.  Every count is derived from the rows.  The same content gives the same bytes.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from monitor.actors.seen import Form, Marks, Stamp

VERSION = 2
_HEAD = struct.Struct(">BH")
_FORM = struct.Struct(">IH")
_ROW = struct.Struct(">QIIHBBHHII")
WIDTH = _ROW.size

_SLOT = 0x1FF
_UNDATED = 9
_KINDS = 10
"""Within a row's 16 bits: slot (9), undated (1), kinds (3)."""


class Article(NamedTuple):
    """All a day holds of one article."""

    stamp: Stamp
    marks: Mapping[int, Marks]
    """By form."""


class Plain(NamedTuple):
    """An article as it is counted: what its several forms say, united."""

    slot: int
    undated: int
    voice: int
    story: int
    marks: tuple[int, int, int]
    """Roles, subjects and stages, a bit a member."""


class Day:
    """The decoded record; rows stay packed and sorted, so that a day with a thousand articles is as cheap as one."""

    __slots__ = ("day", "forms", "rows")

    def __init__(self, day: int, rows: bytes = b"", forms: Mapping[int, Form] | None = None) -> None:
        self.day = day
        """Days since 1970."""
        self.rows = bytearray(rows)
        self.forms = dict(forms or {})

    @classmethod
    def decode(cls, day: int, raw: bytes) -> Day:
        """Read a record of the table.

        Raises:
            ValueError: another program version wrote it.

        """
        forms, start = _forms(raw)
        return cls(day, raw[start:], forms)

    def encode(self) -> bytes:
        """Return the record as it stands in the table."""
        used = {int.from_bytes(self.rows[at + 8 : at + 12]) for at in range(0, len(self.rows), WIDTH)}
        parts = [_HEAD.pack(VERSION, len(used))]
        for form in sorted(used):
            text = "\x1f".join(self.forms[form]).encode("utf-8", "surrogatepass")
            parts += (_FORM.pack(form, len(text)), text)
        return b"".join((*parts, self.rows))

    def add(self, article: int, form_id: int, form: Form, stamp: Stamp, marks: Marks) -> None:
        """Put in a row; the article has none under this form."""
        self.forms.setdefault(form_id, form)
        flags = stamp.slot | stamp.undated << _UNDATED | marks.kinds << _KINDS
        high, low = marks.subjects >> 16, marks.subjects & 0xFFFF
        row = _ROW.pack(
            article, form_id, stamp.ingested, flags, marks.roles, high, low, marks.stages, stamp.voice, stamp.story
        )
        at = self._place(row[:12])
        self.rows[at:at] = row

    def find(self, article: int) -> Article | None:
        """Return an article, None when the day has it not."""
        wanted = article.to_bytes(8)
        at = self._place(wanted)
        found: dict[int, Marks] = {}
        stamp: Stamp | None = None
        while self.rows[at : at + 8] == wanted:
            _, form, ingested, flags, roles, high, low, stages, voice, story = _ROW.unpack_from(self.rows, at)
            stamp = Stamp(ingested, flags >> _UNDATED & 1, self.day, flags & _SLOT, voice, story)
            found[form] = Marks(roles, high << 16 | low, stages, flags >> _KINDS)
            at += WIDTH
        return None if stamp is None else Article(stamp, found)

    def remove(self, article: int) -> None:
        """Take an article out."""
        wanted = article.to_bytes(8)
        start = end = self._place(wanted)
        while self.rows[end : end + 8] == wanted:
            end += WIDTH
        del self.rows[start:end]

    def articles(self) -> list[Plain]:
        """Return every article once."""
        found: list[Plain] = []
        last = -1
        for article, _, _, flags, roles, high, low, stages, voice, story in _ROW.iter_unpack(self.rows):
            marks = roles, high << 16 | low, stages
            if article == last:  # rows of one article stand together, and have one stamp
                more = found.pop().marks
                marks = marks[0] | more[0], marks[1] | more[1], marks[2] | more[2]
            last = article
            found.append(Plain(flags & _SLOT, flags >> _UNDATED & 1, voice, story, marks))
        return found

    def uses(self) -> Iterator[tuple[int, int]]:
        """Return article and form of every row."""
        return ((row[0], row[1]) for row in _ROW.iter_unpack(self.rows))

    def _place(self, wanted: bytes) -> int:
        rows = self.rows
        length = len(wanted)
        places = range(0, len(rows), WIDTH)
        return bisect_left(places, bytearray(wanted), key=lambda at: rows[at : at + length]) * WIDTH


def hashes(raw: bytes) -> list[int]:
    """Return the articles of an encoded day, sorted; one under two forms stands twice."""
    _, start = _forms(raw)
    return [int.from_bytes(raw[at : at + 8]) for at in range(start, len(raw), WIDTH)]


def _forms(raw: bytes) -> tuple[dict[int, Form], int]:
    version, number = _HEAD.unpack_from(raw)
    if version != VERSION:
        raise ValueError(f"an actor's day is of version {version}, this program reads {VERSION}")
    forms: dict[int, Form] = {}
    at = _HEAD.size
    for _ in range(number):
        form, length = _FORM.unpack_from(raw, at)
        at += _FORM.size + length
        forms[form] = Form(*raw[at - length : at].decode("utf-8", "surrogatepass").split("\x1f"))
    return forms, at
