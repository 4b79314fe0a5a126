"""The words for dates and numbers of one language."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.classify.lexicon import Lexicon
from monitor.errors import RulesError


@dataclass(frozen=True, slots=True)
class DateWords:
    """What the data say about dates."""

    months: dict[str, int]
    weekdays: dict[str, int]
    numbers: dict[str, int]
    days: dict[str, int]
    units: dict[str, str]
    lists: dict[str, frozenset[str]]
    ago_before: tuple[tuple[str, ...], ...]
    triggers: frozenset[str]

    @classmethod
    def compile(cls, lexicon: Lexicon) -> DateWords:
        """Read ``dates.toml``."""
        table = lexicon.table("dates.toml")
        try:
            months, weekdays, days, units = (table[key] for key in ("months", "weekdays", "days", "units"))
            lists = {key: frozenset(values) for key, values in table["words"].items()}
            numbers = table["numbers"]
            ago = tuple(tuple(phrase.split()) for phrase in table["words"]["ago_before"])
        except KeyError as error:
            raise RulesError(f"dates.toml of language {lexicon.language}: the table {error} is missing") from None
        return cls(
            months,
            weekdays,
            numbers,
            days,
            units,
            lists,
            ago,
            frozenset((*months, *weekdays, *days, *units, *lists["day_parts"])),
        )
