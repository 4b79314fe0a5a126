"""What the data say about titles and names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from monitor.classify.lexicon import Lexicon
from monitor.classify.persons.model import Office
from monitor.errors import RulesError

_FILE = "role_titles.toml"


@dataclass(frozen=True, slots=True)
class OfficeRule:
    """When a title is of an office; empty sets ask nothing."""

    office: Office
    every: frozenset[str]
    some: frozenset[str]
    none: frozenset[str]
    heads: frozenset[str]

    def fits(self, head: str, words: frozenset[str]) -> bool:
        """Tell whether a title with this head and these words is of the office."""
        return (
            head in self.heads
            and self.every <= words
            and not self.none & words
            and (not self.some or bool(self.some & words))
        )


@dataclass(frozen=True, slots=True)
class RoleWords:
    """The words of titles and names of one language."""

    heads: dict[str, tuple[str, bool]]
    """Every form of a head: its singular, and whether the form is plural."""
    lists: dict[str, frozenset[str]]
    tails: dict[str, tuple[tuple[str, ...], ...]]
    """What may follow a head in the same title."""
    rank_names: dict[str, str]
    only_in: dict[str, str]
    adjective_after: bool
    """Adjectives of states stand behind the head: "ministre français"."""
    offices: tuple[OfficeRule, ...]
    first_names: frozenset[str]
    stops: frozenset[str]
    """Words with a capital that no name holds."""
    headline_stops: frozenset[str]
    """More of them where every word has a capital."""

    @classmethod
    def compile(cls, lexicon: Lexicon) -> RoleWords:
        """Read ``role_titles.toml``, ``first_names.toml`` and what months, weekdays and sentence starters are."""
        table = lexicon.table(_FILE)
        try:
            lists = {key: frozenset(map(str.lower, value)) for key, value in table.items() if _is_words(value)}
            heads = _heads(lists["heads"], lists["plurals"])
            dates = lexicon.table("dates.toml")
            stops = (
                lexicon.words("text.toml", "starters")
                | lists["not_names"]
                | lists["modifiers"]
                | lists["objects"]
                | frozenset(heads)
            )
            stops |= frozenset(dates["months"]) | frozenset(dates["weekdays"]) | lists["honorifics"]
            return cls(
                heads=heads,
                lists=lists,
                tails={
                    head: tuple(tuple(tail.split()) for tail, after in table["tails"].items() if head in after)
                    for head, _ in heads.values()
                },
                rank_names=table["rank_names"],
                only_in=table["only_in"],
                adjective_after=bool(table["adjective_after"]),
                offices=tuple(_office(rule) for rule in table["office"]),
                first_names=lexicon.words("first_names.toml", "names"),
                stops=stops - lists["name_words"],
                headline_stops=lists["headline_words"],
            )
        except KeyError as error:
            raise RulesError(f"{_FILE} of language {lexicon.language}: {error} is missing") from None

    def office(self, head: str, words: frozenset[str]) -> Office:
        """Return the office that a title names."""
        return next((rule.office for rule in self.offices if rule.fits(head, words)), Office.OTHER)


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)


def _heads(heads: frozenset[str], plurals: frozenset[str]) -> dict[str, tuple[str, bool]]:
    forms = {head: (head, False) for head in heads}
    for head in heads:
        plural = head[:-1] + "ies" if head.endswith("y") else f"{head}s"
        forms.setdefault(plural, (head, True))
        if head.endswith("man"):
            forms.setdefault(f"{head[:-3]}men", (head, True))
    for plural in plurals:
        forms.setdefault(plural, (plural.removesuffix("s"), True))
    return forms


def _office(rule: dict[str, Any]) -> OfficeRule:
    try:
        office = Office(rule["name"])
    except ValueError:
        raise RulesError(f"{_FILE}: {rule['name']!r} is no office", hint=", ".join(Office)) from None
    every, some, none, heads = (frozenset(rule.get(key, ())) for key in ("all", "any", "not", "head"))
    return OfficeRule(office, every, some, none, heads)
