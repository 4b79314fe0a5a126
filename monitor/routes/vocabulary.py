"""The closed vocabularies of routes beside those of the records: parties, regions, actors; and what was meant.

Each ``known_`` function returns the word as it is used, or raises ValueError with the nearest one there is.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType

import pycountry

_PERSON = re.compile(r"^([A-Z]{3}|unknown)/[\w-]+$")
_KINDS = ("country", "organisation", "forum", "pair", "person")
_FILE = "organisation_kinds.tsv"
_KOSOVO = "XKX"
"""Has no ISO code; this one is in common use, and in reports."""


_OWN: ContextVar[Mapping[str, str]] = ContextVar("own", default=MappingProxyType({}))


@contextmanager
def beside(folder: Path | None) -> Iterator[None]:
    """Know, while the context is open, the organisations of a folder of one's own rules too."""
    file = folder / "gazetteer" / _FILE if folder is not None else None
    try:
        own = _kinds(file.read_text(encoding="utf-8")) if file is not None and file.is_file() else {}
    except (OSError, UnicodeDecodeError):
        own = {}  # the classifier, which needs it, says what is wrong with it
    token = _OWN.set(own)
    try:
        yield
    finally:
        _OWN.reset(token)


def organisations() -> Mapping[str, str]:
    """Return ``organisation`` or ``forum`` by short name."""
    return {**_built_in(), **_OWN.get()}


@cache
def _built_in() -> dict[str, str]:
    text = resources.files("monitor.classify").joinpath(f"data/gazetteer/{_FILE}")
    return _kinds(text.read_text(encoding="utf-8"))


def _kinds(text: str) -> dict[str, str]:
    rows = (line.split("\t") for line in text.splitlines() if line and line[0] != "#")
    return {row[0]: row[1] for row in rows if len(row) > 1}


def kind_of(code: str) -> str:
    """Return what sort of actor a party is: ``country``, ``organisation`` or ``forum``."""
    return "country" if is_state(code) else organisations().get(code, "organisation")


@cache
def regions() -> dict[str, frozenset[str]]:
    """Return the members of each region: ISO 3166 alpha-3 codes and organisations' short names."""
    text = resources.files(__package__).joinpath("data/regions.toml").read_text(encoding="utf-8")
    listed: dict[str, list[str]] = tomllib.loads(text)

    def members(name: str) -> frozenset[str]:
        found: set[str] = set()
        for member in listed[name]:
            found |= members(member[1:]) if member.startswith("@") else {member}
        return frozenset(found)

    return {name: members(name) for name in listed}


def did_you_mean(word: str, known: Collection[str], *, most: int = 60) -> str:
    """Return ``did you mean X?``, or all there are where nothing is near and they are few."""
    folded = {one.casefold(): one for one in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean {folded[near[0]]}?"
    return f"there are: {', '.join(known)}" if len(known) <= most else ""


def is_state(code: str) -> bool:
    """Tell whether a text is the code of a state."""
    return code == _KOSOVO or (code.isupper() and pycountry.countries.get(alpha_3=code) is not None)


def known_party(code: str) -> str:
    """Return a party as reports name it: ``IND``, ``NATO``."""
    if is_state(code) or code in organisations():
        return code
    hint = _state_meant(code) or did_you_mean(code, organisations(), most=0)
    raise ValueError(
        f"there is no party {code}: a state is its ISO 3166 alpha-3 code (IND), an organisation its short name (NATO)"
        + (f"; {hint}" if hint else "")
    )


def _state_meant(text: str) -> str:
    try:
        found = pycountry.countries.search_fuzzy(text)
    except LookupError:
        return ""
    return f"did you mean {found[0].alpha_3}?"


def known_region(name: str) -> str:
    """Return a region of `regions.toml`."""
    if name in regions():
        return name
    raise ValueError(f"there is no region {name}; {did_you_mean(name, regions())}")


def known_actor(key: str) -> str:
    """Return an actor's key in its one form: ``country:IND``, ``pair:IND+USA`` sorted, ``person:USA/hegseth``."""
    kind, colon, name = key.partition(":")
    if not colon:
        raise ValueError(f"{key} is no actor's key; {_key_meant(key)}")
    match kind:
        case "country":
            if is_state(name):
                return key
            raise ValueError(f"there is no country {name}: {_as_message(name)}")
        case "organisation" | "forum":
            if organisations().get(name) == kind:
                return key
            if name in organisations():
                raise ValueError(f"{name} is no {kind}; did you mean {organisations()[name]}:{name}?")
            raise ValueError(f"there is no {kind} {name}; {did_you_mean(name, organisations(), most=0)}".rstrip("; "))
        case "pair":
            return f"pair:{'+'.join(_pair(name))}"
        case "person":
            country = name.partition("/")[0]
            if _PERSON.match(name) and (country == "unknown" or is_state(country)):
                return key
            raise ValueError(f"{key} is no person's key: country and surname, such as person:USA/hegseth")
    raise ValueError(f"there is no kind of actor {kind}; {did_you_mean(kind, _KINDS)}")


def _pair(text: str) -> list[str]:
    parties = text.split("+")
    if len(parties) != 2 or parties[0] == parties[1]:
        raise ValueError(f"pair:{text} is no pair: two parties and a plus, such as pair:IND+USA")
    return sorted(known_party(party) for party in parties)


def _key_meant(text: str) -> str:
    if is_state(text):
        return f"did you mean country:{text}?"
    if text in organisations():
        return f"did you mean {organisations()[text]}:{text}?"
    return "an actor is country:IND, organisation:NATO, forum:Quad, pair:IND+USA or person:USA/hegseth"


def _as_message(name: str) -> str:
    try:
        known_party(name)
    except ValueError as error:
        return str(error).partition(": ")[2]
    return f"did you mean {organisations().get(name, 'country')}:{name}?"
