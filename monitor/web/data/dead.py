"""Dead letters as tables: by reason, and one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from monitor.kafka import letters
from monitor.settings import Settings
from monitor.watch.letters import Letters
from monitor.web.data.page import Page, Row, Slice, cut

_SHOWN = 64 * 1024
"""Characters of an original value that are sent to a browser."""


@dataclass(frozen=True, slots=True)
class DeadFilter:
    """What the table is narrowed to."""

    stage: str = ""
    error: str = ""
    handled: bool = False
    """Those that were handled too."""


_KEYS = {
    "at": lambda entry: entry.letter.at,
    "stage": lambda entry: entry.letter.stage,
    "error": lambda entry: entry.letter.error,
    "bytes": lambda entry: entry.size,
    "retries": lambda entry: entry.retries,
}


def dead_table(dead: Letters, wanted: DeadFilter, part: Slice) -> Page:
    """Return a page of the table, by default the newest first."""
    found = [
        entry
        for entry in dead.entries or ()
        if (wanted.handled or entry.handled is None)
        and wanted.stage in ("", entry.letter.stage)
        and wanted.error in ("", entry.letter.error)
    ]
    return Page([as_row(entry) for entry in cut(found, part, _KEYS, "at", descending=True)], len(found))


def reasons(dead: Letters) -> list[Row]:
    """Return the reasons of those that wait, the most frequent first."""
    counts = Counter((entry.letter.stage, entry.letter.error) for entry in dead.waiting)
    examples = {(entry.letter.stage, entry.letter.error): entry for entry in dead.waiting}
    return [
        {
            "stage": stage,
            "error": error,
            "count": count,
            "newest": examples[stage, error].letter.at.isoformat(),
            "message": examples[stage, error].letter.message[:300],
        }
        for (stage, error), count in counts.most_common()
    ]


def as_row(entry: letters.Entry) -> Row:
    """Return a letter as JSON, without its value."""
    letter = entry.letter
    return {
        "id": entry.id,
        "at": letter.at.isoformat(),
        "stage": letter.stage,
        "error": letter.error,
        "message": letter.message,
        "key": (letter.key or b"").decode("utf-8", "backslashreplace")[:500],
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "bytes": entry.size,
        "attempts": letter.attempts,
        "retries": entry.retries,
        "truncated": letter.truncated,
        "handled": entry.handled,
    }


async def preview(settings: Settings, number: str) -> Row:
    """Return a letter with its value as text; raises InputError when there is none of that id."""
    entry = await letters.read_one(settings, number)
    value = entry.letter.value
    text = value[: 4 * _SHOWN].decode("utf-8", "backslashreplace")[:_SHOWN] if value is not None else None
    return {**as_row(entry), "value": text, "shortened": text is not None and entry.size > len(text.encode())}
