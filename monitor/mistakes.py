"""What is wrong with a settings file: the file, the line, the key, and what it should be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

Loc = tuple[str | int, ...]
"""Where in a tree of tables and arrays; an array is counted from 0."""

_CHOICES = ("enum", "literal_error")
_KEY = re.compile(r"""^((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_TABLE = re.compile(r"^(\[\[?)\s*([^\[\]]+?)\s*\]")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


def explain(
    error: ValidationError, model: type[BaseModel], file: Path, text: str, values: Mapping[str, Any], *, secrets: str
) -> str:
    """Return a line a mistake.

    Args:
        error: what pydantic found.
        model: of the whole file.
        file: named in the answer.
        text: of the file, for the lines.
        values: read from it; what is wrong and not in there came from a variable.
        secrets: said of a key that looks like a secret.

    """
    lines = []
    for problem in error.errors(include_url=False):
        path = tuple(_present(problem["loc"], values))
        where = f"{file} line {line(text, path)}" if _is_in(values, path, problem["type"]) else _variable(path)
        key = _shown(path, values)
        if problem["type"] == "extra_forbidden":
            secret = str(path[-1]).endswith(("token", "secret", "password"))
            lines.append(f"{where}: there is no setting {key}{secrets if secret else _nearest(model, path)}")
        elif problem["type"] == "missing":
            lines.append(f"{where}: {key} is missing")
        else:
            value = problem["input"]
            given = "" if isinstance(value, Mapping | Sequence) and not isinstance(value, str) else f" = {value!r}"
            message = problem["msg"].removeprefix("Value error, ")
            hint = _meant(value, message) if problem["type"] in _CHOICES else ""
            if message[1:2].islower():  # but not where it begins with a code
                message = message[:1].lower() + message[1:]
            lines.append(f"{where}: {key}{given}: {message}{hint}")
    return "\n".join(lines)


def line(text: str, path: Loc) -> int:
    """Return the line of a key in a TOML text; that of its table when the key is written another way."""
    found = dict(_places(text))
    for end in range(len(path), 0, -1):
        if path[:end] in found:
            return found[path[:end]]
    return 1


def _places(text: str) -> Iterator[tuple[Loc, int]]:
    """Yield the place of every table and key that begins a line, and its line."""
    table: Loc = ()
    counts: dict[Loc, int] = {}
    for number, row in enumerate(text.splitlines(), 1):
        bare = row.strip()
        if found := _TABLE.match(bare):
            table = ()
            names = _parts(found[2])
            for name in names[:-1]:
                table = _last((*table, name), counts)
            table = (*table, names[-1])
            if found[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                yield table, number
                table = (*table, counts[table])
            yield table, number
        elif found := _KEY.match(bare):
            parts = _parts(found[1])
            for end in range(1, len(parts) + 1):
                yield (*table, *parts[:end]), number


def _last(table: Loc, counts: Mapping[Loc, int]) -> Loc:
    return (*table, counts[table]) if table in counts else table


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _present(path: Loc, values: Any) -> Iterator[str | int]:
    """Yield the path without the names that a choice between two forms puts in, which no file holds."""
    node, depth = values, 0
    for part in path:
        inside = _child(node, part)
        if inside is None and depth and part in ("table", "off") and part != path[-1]:
            continue
        if inside is None and part == "off" and not isinstance(node, Mapping):
            continue
        yield part
        node, depth = inside, depth + 1


def _child(node: Any, part: str | int) -> Any:
    if isinstance(node, Mapping):
        return node.get(str(part))
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return None


def _is_in(values: Mapping[str, Any], path: Loc, kind: str) -> bool:
    node: Any = values
    for part in path[:-1] if kind == "missing" else path:
        inside = _child(node, part)
        if inside is None:
            # One value where a list may stand: ``parties = "IND"`` is the list with it alone
            return part == 0 and node is not None and not isinstance(node, list)
        node = inside
    return True


def _variable(path: Loc) -> str:
    return "variable PACTWATCH_" + "__".join(str(part).upper() for part in path)


def _shown(path: Loc, values: Any) -> str:
    """Return ``routes[asia].match.parties``: tables of an array by their name, or counted from 1."""
    out, node = "", values
    for part in path:
        node = _child(node, part)
        if not isinstance(part, int):
            out += f".{part}" if out else part
        elif isinstance(node, Mapping):
            out += f"[{node.get('name') or part + 1}]"
    return out


def _nearest(model: type[BaseModel], path: Loc) -> str:
    known = _keys(model)
    for part in path[:-1]:
        if isinstance(part, int):
            continue
        inner = _model(next((known[key] for key in known if key == part), None))
        if inner is None:
            return ""
        known = _keys(inner)
    near = difflib.get_close_matches(str(path[-1]), known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(known)}"


def _keys(model: type[BaseModel]) -> dict[str, Any]:
    """Return the annotation of each key, by the word that stands in a file."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model(part)) is not None), None)


def _meant(value: Any, message: str) -> str:
    near = difflib.get_close_matches(str(value), re.findall(r"'([^']+)'", message), n=1)
    return f"; did you mean {near[0]}?" if near else ""
