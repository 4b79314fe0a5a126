"""A published set of rules: the files of a folder, so that workers on other machines need none."""

from __future__ import annotations

from pydantic import Field

from monitor.models.record import Instant, Record

KEY = "rules"
"""Its key in the topic `rules`: one set is in force, the latest."""


class Ruleset(Record):
    """One's own rules and gazetteers as texts."""

    version: str
    """Of the files; that of a report also changes with the program's own rules."""
    files: dict[str, str] = Field(default_factory=dict)
    """By path in the folder: ``mine.toml``, ``en/states.tsv``."""
    by: str = ""
    at: Instant
    why: str = ""
