"""Who is who behind a person's key: spellings joined, namesakes with clearly different given names kept apart.

A key is a country and a surname, so two people may share it.  Forms of the name are told apart by what is left of them
without titles and surname: "Mr Singh" (nothing), "R. Singh" (an initial), "Rajnath Singh" (a given name).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import SequenceMatcher
from functools import cache, lru_cache
from importlib.resources import files

from monitor.actors.head import Span
from monitor.actors.seen import Form
from monitor.models.actor import Identity, Office

Given = tuple[str, ...]

_MOST_IDENTITIES = 8
_MOST_ALIASES = 9
_MOST_OFFICES = 12
_LIKE = 0.75
"""How alike two spellings of a given name are, at least: Mohammed and Muhammad (.75), Rajnath and Rajesh (.62) not."""

_SHORT = 5
"""Given names of fewer letters must be the same: John is not Joan."""


@dataclass(slots=True)
class _Cluster:
    leader: Given
    forms: dict[Form, Span] = field(default_factory=dict)

    @property
    def articles(self) -> int:
        return sum(span.articles for span in self.forms.values())


def identities(key: str, forms: Mapping[Form, Span]) -> tuple[Identity, ...]:
    """Return the persons behind a key like ``person:IND/singh``, most seen first."""
    surname = frozenset(_words(key.rpartition("/")[2]))
    by_given: dict[Given, dict[Form, Span]] = {}
    for form, span in forms.items():
        by_given.setdefault(_given(form.name, surname), {})[form] = span
    order = sorted(by_given, key=lambda given: (-sum(s.articles for s in by_given[given].values()), given))
    clusters: list[_Cluster] = []
    for given in (given for given in order if _is_full(given)):
        cluster = next((one for one in clusters if _is_same(one.leader, given)), None)
        if cluster is None:
            clusters.append(cluster := _Cluster(given))
        cluster.forms |= by_given[given]
    _attach([given for given in order if given and not _is_full(given)], by_given, clusters)
    _attach([given for given in order if not given], by_given, clusters)
    found = [_identity(cluster, alone=len(clusters) == 1) for cluster in clusters]
    return tuple(sorted(found, key=lambda one: (-one.articles, one.name))[:_MOST_IDENTITIES])


def offices(forms: Mapping[Form, Span]) -> tuple[Office, ...]:
    """Return the offices that came with these forms, oldest first; spellings that differ in case alone are one."""
    spans: dict[str, Span] = {}
    spelled: dict[str, dict[str, int]] = {}
    for form, span in forms.items():
        if not form.office:
            continue
        title = _plain(form.office)
        spans[title] = spans[title].joined(span) if title in spans else span
        counted = spelled.setdefault(title, {})
        counted[form.office] = counted.get(form.office, 0) + span.articles
    held = sorted(spans.items(), key=lambda item: (item[1].first, item[1].last, item[0]))
    return tuple(
        Office(title=_most(spelled[title]), first=_date(span.first), last=_date(span.last))
        for title, span in held[-_MOST_OFFICES:]
    )


def _attach(vague: list[Given], by_given: Mapping[Given, Mapping[Form, Span]], clusters: list[_Cluster]) -> None:
    """Give forms that name nobody for certain to the likeliest: one of that office, else the one seen most often."""
    # Judged by what was sure before, so that the order of the vague ones does not matter.
    sure = {cluster.leader: (cluster.articles, _titles(cluster.forms)) for cluster in clusters}
    for given in vague:
        likely = [cluster for cluster in clusters if not given or cluster.leader[0][0] == given[0][0]]
        if not likely:
            clusters.append(_Cluster(given, dict(by_given[given])))
            sure[given] = (clusters[-1].articles, _titles(by_given[given]))
            continue
        for form, span in by_given[given].items():
            office = _plain(form.office)
            best = min(likely, key=lambda one: (office not in sure[one.leader][1], -sure[one.leader][0], one.leader))
            best.forms[form] = span


def _identity(cluster: _Cluster, *, alone: bool) -> Identity:
    names: dict[str, int] = {}
    full: dict[str, int] = {}
    for form, span in cluster.forms.items():
        names[form.name] = names.get(form.name, 0) + span.articles
        if set(cluster.leader) <= set(_words(form.name)):
            full[form.name] = names[form.name]
    name = _most(full or names)
    others = sorted((text for text in names if text != name), key=lambda text: (-names[text], text))
    spans = cluster.forms.values()
    return Identity(
        name=name,
        aliases=tuple(others[:_MOST_ALIASES]),
        offices=offices(cluster.forms),
        articles=cluster.articles,
        first=_date(min(span.first for span in spans)),
        last=_date(max(span.last for span in spans)),
        explanation=_explain(cluster, others, alone=alone),
    )


def _explain(cluster: _Cluster, others: list[str], *, alone: bool) -> str:
    given = " ".join(cluster.leader).title()
    if not given:
        return "same country and surname; no given name was ever seen with it"
    why = f"same country and surname, given name {given}"
    if others:
        why += "; joined: spellings close to it, initials that fit, and the bare surname"
        why += "" if alone else " where the office fits or nobody of that name is seen more often"
    return why if alone else f"{why}; others of the surname have clearly different given names"


@lru_cache(maxsize=1 << 13)
def _given(name: str, surname: frozenset[str]) -> Given:
    words = [word for word in _words(name) if word not in surname]
    return tuple(word for word in words if word not in _address())


def _is_full(given: Given) -> bool:
    return bool(given) and len(given[0]) > 1


def _is_same(one: Given, other: Given) -> bool:
    """Tell whether two given names may be one person's: the first alike, or all words of one among the other's."""
    first, second = one[0], other[0]
    return _is_alike(first, second) or set(one) <= set(other) or set(other) <= set(one)


@lru_cache(maxsize=1 << 13)
def _is_alike(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    if len(short) >= _SHORT - 1 and long.startswith(short):
        return True
    if len(short) < _SHORT or one[0] != other[0]:
        return one == other
    return SequenceMatcher(None, short, long).ratio() >= _LIKE


def _titles(forms: Iterable[Form]) -> set[str]:
    return {_plain(form.office) for form in forms if form.office}


@lru_cache(maxsize=1 << 13)
def _words(name: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\w+", _plain(name)))


@lru_cache(maxsize=1 << 13)
def _plain(text: str) -> str:
    """Return a text without case, accents and dots, so that ``Gen.`` is ``gen``."""
    letters = unicodedata.normalize("NFKD", text.replace(".", " ").replace("'", "").replace("’", ""))
    return " ".join("".join(each for each in letters if not unicodedata.combining(each)).casefold().split())


def _most(counted: Mapping[str, int]) -> str:
    return min(counted, key=lambda text: (-counted[text], text))


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


@cache
def _address() -> frozenset[str]:
    lines = files("monitor.actors").joinpath("titles.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))
