"""What a language needs: every file that English has, with the same lists and classes of words."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from monitor.classify.files import DATA, FIRST
from monitor.errors import RulesError

_KEYED = frozenset({"words", "starts", "anywhere", "grammar", "classes", "gate", "indefinite"})
"""Tables whose keys the code asks for; those of other tables are words of the language."""
_RULES = "rules"
_MEANINGS = "weights.toml"
"""A file of rules about meanings and not words, which a language has from English unless it has its own."""


def check_complete(language: str, data: Path = DATA) -> None:
    """Raise RulesError for the first thing that a language lacks; names it.

    Args:
        language: a folder of ``data``.
        data: where the folders of the languages are.

    """
    for lacking in _lacking(data / FIRST, data / language):
        raise RulesError(
            f"the data of language {language!r} lack {lacking}",
            hint="docs/rules.md, Adding a language, says what each file holds",
        )


def _lacking(model: Path, folder: Path) -> Iterator[str]:
    """Yield what a folder lacks of what the model has: files, their keys, and the rules' tables taken together."""
    for file in sorted(model.rglob("*.t*")):
        name = file.relative_to(model)
        if file.name != _MEANINGS and not (folder / name).is_file():
            yield f"the file {name}"
    for file in sorted(model.glob("*.toml")):
        yield from _keys(file.name, _table(file), _table(folder / file.name))
    yield from _keys(f"the files in {_RULES}", _of_rules(model), _of_rules(folder))


def _keys(where: str, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[str]:
    for key, value in wanted.items():
        if key not in found:
            yield f"`{key}` in {where}"
        elif key in _KEYED:
            yield from (f"`{key}.{inner}` in {where}" for inner in value if inner not in found[key])


def _of_rules(folder: Path) -> dict[str, Any]:
    """Return the tables of all files of rules whose keys are asked for, put together."""
    merged: dict[str, Any] = {}
    for file in sorted((folder / _RULES).glob("*.toml")):
        for name, values in _table(file).items():
            if name in _KEYED:
                merged.setdefault(name, {}).update(values)
    return merged


def _table(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RulesError(f"{file} cannot be read: {error}") from None
