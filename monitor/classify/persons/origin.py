"""For which of several states a person most plausibly speaks, when the text does not say it beside the name.

By the title (a monarchy has no president, the United States no prime minister) and, with less weight, by what names
look like in their languages.  It chooses among parties that the article names; it never brings in another state.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from monitor.classify.lexicon import Lexicon
from monitor.classify.persons.model import Person
from monitor.errors import RulesError

_MARGIN = 1.0
"""By how much the first must lead the second."""
_ENDING, _WORD, _PATTERN = 1.0, 1.5, 1.5
"""What a fitting ending, a word of the name, and a pattern that the whole name fits count."""


@dataclass(frozen=True, slots=True)
class TitleRule:
    """States that have, or lack, an office of this title."""

    heads: frozenset[str]
    some: frozenset[str]
    none: frozenset[str]
    states: frozenset[str]
    weight: float

    def fits(self, words: frozenset[str]) -> bool:
        """Tell whether a title is meant."""
        return bool(self.heads & words) and not self.none & words and (not self.some or bool(self.some & words))


@dataclass(frozen=True, slots=True)
class NameShape:
    """What names of some states look like."""

    endings: tuple[str, ...]
    words: frozenset[str]
    pattern: re.Pattern[str] | None

    def weight(self, words: Sequence[str]) -> float:
        """Return how much a name, in lower case, looks so."""
        weight = _ENDING if self.endings and words[-1].endswith(self.endings) else 0.0
        weight += _WORD if self.words.intersection(words) else 0.0
        if self.pattern and all(self.pattern.fullmatch(word) for word in words):
            weight += _PATTERN
        return weight


@dataclass(frozen=True, slots=True)
class Origins:
    """The rules about titles and the shapes of names, by state."""

    titles: tuple[TitleRule, ...]
    shapes: dict[str, tuple[NameShape, ...]]

    @classmethod
    def compile(cls, lexicon: Lexicon) -> Origins:
        """Read ``title_states.toml`` and ``name_shapes.tsv``."""
        try:
            titles = tuple(
                TitleRule(
                    frozenset(rule["head"]),
                    frozenset(rule.get("words", ())),
                    frozenset(rule.get("not", ())),
                    frozenset(rule["states"]),
                    float(rule["weight"]),
                )
                for rule in lexicon.table("title_states.toml")["rule"]
            )
        except (KeyError, TypeError, ValueError) as error:
            raise RulesError(
                f"title_states.toml: a rule lacks {error}", hint="each needs head, states, weight"
            ) from None
        shapes: dict[str, tuple[NameShape, ...]] = {}
        for codes, endings, words, pattern in lexicon.rows("name_shapes.tsv", 4):
            shape = NameShape(
                tuple(ending for ending in endings.split("|") if ending),
                frozenset(word for word in words.split("|") if word),
                _compile(pattern),
            )
            for code in codes.split(","):
                shapes[code] = (*shapes.get(code, ()), shape)
        return cls(titles, shapes)

    def weight(self, person: Person, code: str) -> float:
        """Return how plausible it is that a person speaks for a state."""
        title = frozenset(re.findall(r"\w+", (person.role or "").lower()))
        weight = sum(rule.weight for rule in self.titles if code in rule.states and rule.fits(title))
        words = re.findall(r"[^\s.,\"“”]{2,}", person.name.lower())
        words = [word for word in words if word not in _SUFFIXES]
        if words:
            weight += max((shape.weight(words) for shape in self.shapes.get(code, ())), default=0.0)
        return weight


def _compile(pattern: str) -> re.Pattern[str] | None:
    try:
        return re.compile(pattern) if pattern else None
    except re.error as error:
        raise RulesError(f"name_shapes.tsv: {pattern!r} is no pattern: {error}") from None


_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))


def country_among(person: Person, codes: Sequence[str], lexicon: Lexicon) -> str | None:
    """Return the one of some states that a person most plausibly speaks for; None when none leads.

    A country that stands beside the name decides; ``codes`` are then not asked.
    """
    if person.country is not None:
        return person.country
    origins = lexicon.part(Origins)
    ranked = sorted(((origins.weight(person, code), code) for code in dict.fromkeys(codes)), reverse=True)
    if not ranked or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _MARGIN):
        return None
    return ranked[0][1] if ranked[0][0] > 0 or len(ranked) > 1 else None
