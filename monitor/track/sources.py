"""Publishers: who is official, and which articles are sources of their own.

An independent source is another publisher whose text is no near-duplicate and credits no agency already
counted.  The publishers and agencies are `data/sources.toml`.
"""

from __future__ import annotations

import base64
import re
import tomllib
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from operator import eq
from typing import Protocol

from monitor.track.names import plain

_DATA = tomllib.loads(files("monitor.track").joinpath("data/sources.toml").read_text(encoding="utf-8"))
_ALIASES = {name: group[0] for group in _DATA["aliases"]["agencies"] for name in group}
_OFFICIAL_NAMES: frozenset[str] = frozenset(_DATA["official"]["names"])
_OFFICIAL_DOMAINS: tuple[str, ...] = tuple(_DATA["official"]["domains"])
_OFFICIAL_WORDS = re.compile(r"\b(?:" + "|".join(re.escape(word) for word in _DATA["official"]["words"]) + r")\b")

_HOST = re.compile(r"^[a-z+.-]+://", re.IGNORECASE)

KEPT = 32
"""Values of a fingerprint that are kept: the share of equal ones is then known to within 0.09."""

NEAR_DUPLICATE = 0.5
"""Share of equal MinHash values from which two texts are one; unrelated reports of one event stay below 0.25."""

REPUBLISHED_WITHIN = 10 * 86_400
"""Seconds within which a text is republished; beyond, alike texts are a publisher's habit of phrase."""


class Published(Protocol):
    """What is looked at to tell sources apart; an `Entry` is one."""

    @property
    def source(self) -> str: ...  # noqa: D102  # the protocol's members are those of Entry
    @property
    def article_id(self) -> str: ...  # noqa: D102
    @property
    def at(self) -> int: ...  # noqa: D102
    @property
    def credits(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def fingerprint(self) -> str: ...  # noqa: D102


@lru_cache(maxsize=5_000)
def publisher(source: str) -> str:
    """Return the key a publisher or agency is counted under: ``The Associated Press`` -> ``ap``."""
    key = plain(source).replace(".com", "").strip(" .")
    key = key.removeprefix("the ").strip()
    return str(_ALIASES.get(key, key))


def is_official(source: str, url: str | None) -> bool:
    """Tell whether a publisher speaks for a government or an organisation."""
    return _is_official_name(source) or (
        bool(url) and _is_official_host(_HOST.sub("", url or "", count=1).partition("/")[0])
    )


@lru_cache(maxsize=5_000)
def _is_official_host(host: str) -> bool:
    host = host.rpartition("@")[2].partition(":")[0].lower()
    return any(host.endswith(domain) or host == domain.removeprefix(".") for domain in _OFFICIAL_DOMAINS)


@lru_cache(maxsize=5_000)
def _is_official_name(source: str) -> bool:
    key = plain(source).strip().removeprefix("the ")
    return key in _OFFICIAL_NAMES or _OFFICIAL_WORDS.search(key.replace(".", "")) is not None


def pack_fingerprint(fingerprint: Sequence[int]) -> str:
    """Keep a byte of each of the first `KEPT` MinHash values, as text; chance equality is 1 in 256."""
    return base64.b64encode(bytes([value & 0xFF for value in fingerprint[:KEPT]])).decode() if fingerprint else ""


@lru_cache(maxsize=5_000)
def _bytes(packed: str) -> bytes:
    return base64.b64decode(packed)


def alike(one: str, two: str) -> bool:
    """Tell whether two packed fingerprints are of near-duplicates."""
    if not one or len(one) != len(two):
        return False
    if one == two:
        return True
    return bool(sum(map(eq, _bytes(one), _bytes(two))) >= NEAR_DUPLICATE * len(_bytes(one)))


def independent(articles: Sequence[Published]) -> list[bool]:
    """Say of each article, given in order of time, whether it is a source of its own."""
    counted: set[str] = set()
    prints: deque[tuple[int, str]] = deque()
    answers = []
    for article in articles:
        credited = {publisher(name) for name in article.credits}
        name = publisher(article.source) or article.article_id
        while prints and article.at - prints[0][0] > REPUBLISHED_WITHIN:
            prints.popleft()
        own = (
            name not in counted
            and not credited & counted
            and not any(alike(article.fingerprint, old) for _, old in prints)
        )
        answers.append(own)
        counted |= credited | {name}
        if article.fingerprint:
            prints.append((article.at, article.fingerprint))
    return answers
