"""A user's own rules and gazetteers as texts: read from a folder, or taken from the topic they were published on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from monitor.errors import RulesError

DATA = Path(__file__).parent / "data"
"""What comes with Pactwatch: a folder a language, and ``gazetteer`` for what is the same in all."""

NEUTRAL = "gazetteer"


@dataclass(frozen=True)
class RuleFiles:
    """The files of a set of rules, by their path in it (``mine.toml``, ``en/states.tsv``)."""

    texts: Mapping[str, str]
    where: str
    """What messages put before a file's path: a folder, or the name of what was published."""

    @classmethod
    def read(cls, folder: Path) -> RuleFiles:
        """Read a folder: ``*.toml`` in it, and ``*.toml`` and ``*.tsv`` in ``gazetteer`` and the languages' folders.

        Raises:
            RulesError: there is no such folder, or a file cannot be read; names it.

        """
        if not folder.is_dir():
            raise RulesError(f"{folder} is no folder", hint="create it, or take `rules` out of the settings")
        try:
            return cls({name: _text(folder / name) for name in sorted(_names(folder))}, str(folder))
        except OSError as error:  # a file or folder went away, or is not ours to read
            raise RulesError(f"{folder} cannot be read: {error.strerror or error}") from None

    def write(self, folder: Path) -> None:
        """Put them into a folder, which is made."""
        for name, text in self.texts.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")

    @property
    def digest(self) -> str:
        """16 hex digits that change whenever a file does."""
        digest = hashlib.blake2b(digest_size=8)
        for name, text in sorted(self.texts.items()):
            digest.update(f"{name}\x00{text}\x00".encode())
        return digest.hexdigest()

    def place(self, name: str) -> str:
        """Return how messages call a file."""
        return f"{self.where}/{name}"

    def rules_of(self, language: str) -> Iterator[tuple[str, str]]:
        """Yield the files of rules a language reads, with their texts: those for all languages, then its own."""
        data = _data_names(language)
        for name, text in self.texts.items():
            if "/" not in name:
                yield name, text
        for name, text in self.texts.items():
            folder, _, file = name.partition("/")
            if folder == language and file.endswith(".toml") and file not in data:
                yield name, text

    def data_of(self, folder: str, file: str) -> str | None:
        """Return the text of a gazetteer or word list, as ``("en", "states.tsv")``, if it is among them."""
        return self.texts.get(f"{folder}/{file}")

    def has_data(self, language: str) -> bool:
        """Whether there is any gazetteer or word list that a language reads, and not rules alone."""
        return any(self.data_of(folder, name) for folder in (NEUTRAL, language) for name in _data_names(folder))

    def check(self) -> None:
        """Raise RulesError for a file that nothing would read: its name is not one of the gazetteers'."""
        for name in self.texts:
            folder, _, file = name.partition("/")
            known = _data_names(folder) if file else frozenset()
            rules = not file or (folder != NEUTRAL and file.endswith(".toml"))
            if not rules and file not in known:
                raise RulesError(
                    f"{self.place(name)}: no gazetteer is called so", hint=f"known are {', '.join(sorted(known))}"
                )


FIRST = "en"
"""The language whose folder shows what a language needs."""


def languages() -> tuple[str, ...]:
    """Return the languages that have data, English first: ``("en", "fr")``."""
    names = (folder.name for folder in DATA.iterdir() if folder.is_dir() and folder.name not in (NEUTRAL, FIRST))
    return (FIRST, *sorted(names))


@lru_cache
def _data_names(folder: str) -> frozenset[str]:
    """Return the names of the gazetteers and word lists of a folder of `DATA`."""
    return frozenset(file.name for file in (DATA / folder).glob("*.t*"))


def _names(folder: Path) -> Iterator[str]:
    for file in folder.glob("*.toml"):
        yield file.name
    for name in (NEUTRAL, *languages()):
        for pattern in ("*.toml", "*.tsv"):
            for file in (folder / name).glob(pattern):
                yield f"{name}/{file.name}"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise RulesError(f"{file} cannot be read: {error}", hint="save it as UTF-8") from None
