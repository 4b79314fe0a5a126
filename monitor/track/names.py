"""Names of agreements: when two of them are one, and when a name tells something.

Agreements go by full names, worn-down ones and acronyms ("Communications Compatibility and Security
Agreement", "the communications pact", "COMCASA").  Everything here is pure and knows words alone.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import lru_cache
from importlib.resources import files

from monitor.track import states

_DATA = tomllib.loads(files("monitor.track").joinpath("data/words.toml").read_text(encoding="utf-8"))
_SMALL = frozenset(_DATA["small"])
_FORMS = frozenset(_DATA["forms"])
_DESCRIPTIVE = frozenset(_DATA["descriptive"])
_SPELLING: dict[str, str] = _DATA["spelling"]
_STATES = states.pattern()
_WORD = re.compile(r"[^\W_]+(?:[’'.-][^\W_]+)*")
_DOTS = re.compile(r"(?<=\b\w)\.(?=\w\b)|(?<=\b\w)\.(?=\s|$)")

SAME, ALIKE, UNCLEAR, OTHER = "same", "alike", "unclear", "other"
"""What `compare` answers: one name; probably one; nothing to tell by; two names."""


@lru_cache(maxsize=5_000)
def plain(text: str) -> str:
    """Return text in lower case without accents: ``Élysée`` -> ``elysee``."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold().replace("’", "'")


def town(place: str) -> str:
    """Return what names of one place have in common: ``Lancaster House, London`` and ``London`` -> ``london``."""
    return plain(place.rpartition(", ")[2])


@lru_cache(maxsize=5_000)
def is_acronym(text: str) -> bool:
    """Tell whether a name is an acronym: one short word, mostly capitals ("COMCASA", "C-SIPA", "GSoMIA")."""
    letters = [char for char in text if char.isalpha()]
    return (
        " " not in text.strip()
        and 2 <= len(letters) <= 12
        and sum(char.isupper() for char in letters) > len(letters) / 2
    )


@lru_cache(maxsize=5_000)
def words(name: str) -> tuple[str, ...]:
    """Return the meaningful words of a name, in order, each in one spelling."""
    found = _WORD.findall(_DOTS.sub("", plain(name)))
    split = [part for word in found for part in ([word] if word in _SPELLING else word.replace("'s", "").split("-"))]
    spelt = [_SPELLING.get(word, word) for word in split]
    return tuple(word for word in spelt if word and word not in _SMALL)


@lru_cache(maxsize=5_000)
def core(name: str) -> frozenset[str]:
    """Return the words that tell one agreement from another of the same form."""
    return frozenset(words(_STATES.sub(" ", plain(name)))) - _FORMS


@lru_cache(maxsize=5_000)
def is_distinctive(name: str) -> bool:
    """Tell whether a name says more than what sort of agreement it is; an acronym outside the usual ones does."""
    if is_acronym(name):
        return acronym_key(name) not in _DESCRIPTIVE
    return bool(core(name) - _DESCRIPTIVE)


@lru_cache(maxsize=5_000)
def acronym_key(acronym: str) -> str:
    """Return an acronym's letters: ``C-SIPA`` -> ``csipa``."""
    return "".join(char for char in plain(acronym) if char.isalnum())


@lru_cache(maxsize=5_000)
def abbreviates(acronym: str, name: str) -> bool:
    """Tell whether an acronym can stand for a name: its letters are beginnings of the name's words, in order.

    Every word but the small ones must give a letter: ``COMCASA`` is COMmunications Compatibility And Security
    Agreement, ``SOVFA`` Status Of Visiting Forces Agreement, ``VFA`` is not.
    """
    letters = acronym_key(acronym)
    parts = [part for word in _WORD.findall(plain(name)) for part in re.split(r"[-']", word) if part]
    if len(parts) < 2 or len(letters) < 2:
        return False

    def spell(at: int, word: int) -> bool:
        if word == len(parts):
            return at == len(letters)
        if parts[word] in _SMALL and spell(at, word + 1):
            return True
        taken = 0
        while taken < min(4, len(parts[word])) and at + taken < len(letters):
            if letters[at + taken] != parts[word][taken]:
                break
            taken += 1
            if spell(at + taken, word + 1):
                return True
        return False

    return spell(0, 0)


@lru_cache(maxsize=10_000)
def compare(one: str, two: str) -> str:
    """Say whether two names are of one agreement: SAME, ALIKE, UNCLEAR or OTHER."""
    short_one, short_two = is_acronym(one), is_acronym(two)
    if short_one and short_two:
        key_one, key_two = acronym_key(one), acronym_key(two)
        return (
            SAME if key_one == key_two else ALIKE if key_one.endswith(key_two) or key_two.endswith(key_one) else OTHER
        )
    if short_one or short_two:
        acronym, name = (one, two) if short_one else (two, one)
        return _compare_acronym(acronym, name)
    return _compare_words(core(one), core(two))


def _compare_words(one: frozenset[str], two: frozenset[str]) -> str:
    if not one or not two:
        return UNCLEAR  # "the agreement" could be any
    if one == two:
        return SAME
    common = one & two
    telling = {word for word in common if word not in _DESCRIPTIVE}
    share = len(common) / len(one | two)
    if share >= 0.6 or (len(telling) >= 2 and share >= 0.4):
        return ALIKE
    if common in (one, two):
        # One name is a worn-down form of the other: "Visiting Forces Agreement" of "Status of Visiting Forces ...".
        return ALIKE if len(common) >= 2 or telling else UNCLEAR
    return OTHER


def _compare_acronym(acronym: str, name: str) -> str:
    key = acronym_key(acronym)
    if key in {acronym_key(part) for part in re.split(r"[\s()]+", name) if is_acronym(part)} or abbreviates(
        acronym, name
    ):
        return SAME
    initials = "".join(word[0] for word in words(name))
    if key == initials or (len(key) >= 3 and (initials.endswith(key) or key.endswith(initials)) and len(initials) >= 3):
        return ALIKE
    return OTHER if len(core(name)) >= 2 else UNCLEAR


def best(one: tuple[str, ...], two: tuple[str, ...]) -> str:
    """Return the strongest agreement between two sets of names; UNCLEAR when one of them is empty."""
    if not one or not two:
        return UNCLEAR
    found = {compare(a, b) for a in one for b in two}
    return next(answer for answer in (SAME, ALIKE, OTHER, UNCLEAR) if answer in found)


@lru_cache(maxsize=5_000)
def surname(person: str) -> str:
    """Return the word a person is found by: the last of the name, without titles that follow it."""
    parts = [part for part in re.split(r"[\s,]+", plain(person)) if part]
    while len(parts) > 1 and parts[-1].rstrip(".") in {"jr", "sr", "ii", "iii", "iv", "mp", "phd"}:
        parts.pop()
    return parts[-1] if parts else ""
