"""What states are called, to be left out of the names of agreements: a name says nothing by whose it is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.resources import files

import pycountry
from babel import Locale

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""A text gives a name and a day in one breath: "the Sal Agreement on Wednesday"."""

_LEAST = 2
"""Letters."""


def pattern() -> re.Pattern[str]:
    """Return what matches a state, its people or a day of the week, in text that is plain and in lower case."""
    halves = _either(_cells("compounds.tsv", slice(0, 1)))
    called = _either((*_names(), *_DAYS))
    return re.compile(rf"(?<![^\W_])(?:(?:{halves})[-–])?(?:{called})(?:['’]s|s)?(?![^\W_])")


def _either(names: Iterable[str]) -> str:
    called = {name.casefold() for name in names if len(name) >= _LEAST}
    return "|".join(map(re.escape, sorted(called, key=lambda name: (-len(name), name))))


def _names() -> Iterator[str]:
    territories = Locale("en").territories
    for country in pycountry.countries:
        yield territories.get(country.alpha_2, country.name)
        yield country.name
    yield from _cells("states.tsv", slice(1, 3))


def _cells(table: str, columns: slice) -> Iterator[str]:
    text = files("monitor.classify").joinpath(f"data/en/{table}").read_text(encoding="utf-8")
    for line in text.splitlines():
        for cell in line.split("\t")[columns] if line and not line.startswith("#") else ():
            yield from (name.strip().strip("=+") for name in cell.split("|"))
