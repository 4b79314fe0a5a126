"""The texts an actor was last seen in: the record ``<actor key>|recent``, from which a surge names what drives it.

A few texts of the last two days, copies of one text once, and nothing else: counts do not depend on it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from monitor.models.article import ArticleRef

_MOST = 12
_MOST_CITED = 6
_LONGEST_TITLE = 160
_LONGEST_URL = 400
_ROW, _CELL = "\x1e", "\x1f"
_BETWEEN = str.maketrans({_ROW: " ", _CELL: " "})


class Recent(NamedTuple):
    """A text: its earliest copy."""

    minute: int
    """Since 1970."""
    story: int
    """4 bytes that copies of a text share."""
    article_id: str
    title: str
    source: str
    url: str

    @classmethod
    def of(cls, minute: int, story: int, article_id: str, *, title: str, source: str, url: str) -> Recent:
        """Make one that fits into the record, whatever stands in the article."""
        cells = (article_id, title[:_LONGEST_TITLE], source[:_LONGEST_TITLE], url if len(url) <= _LONGEST_URL else "")
        return cls(minute, story, *(cell.translate(_BETWEEN) for cell in cells))


def joined(texts: tuple[Recent, ...], more: Recent) -> tuple[Recent, ...]:
    """Return the texts with another, newest first; those that do not fit are left out."""
    if len(texts) == _MOST and more.minute < texts[-1].minute:
        return texts
    for one in texts:
        if one.story == more.story:
            if one <= more:
                return texts
            texts = tuple(other for other in texts if other is not one)
            break
    return tuple(sorted((*texts, more), reverse=True)[:_MOST])


def cited(texts: tuple[Recent, ...], *, since: int) -> tuple[ArticleRef, ...]:
    """Return the texts from a minute on as an alert names them, newest first."""
    found = []
    for one in texts:
        if one.minute >= since:
            at = datetime.fromtimestamp(one.minute * 60, UTC)
            found.append(
                ArticleRef(
                    id=one.article_id,
                    title=one.title,
                    url=one.url or None,
                    source=one.source,
                    published_at=at,
                    ingested_at=at,
                )
            )
    return tuple(found[:_MOST_CITED])


def encode(texts: tuple[Recent, ...]) -> bytes:
    """Return the record as it stands in the table."""
    return _ROW.join(_CELL.join(map(str, one)) for one in texts).encode("utf-8", "surrogatepass")


def decode(raw: bytes | None) -> tuple[Recent, ...]:
    """Read a record of the table; empty when there is none."""
    if not raw:
        return ()
    rows = (row.split(_CELL) for row in raw.decode("utf-8", "surrogatepass").split(_ROW))
    return tuple(Recent(int(row[0]), int(row[1]), *row[2:]) for row in rows)
