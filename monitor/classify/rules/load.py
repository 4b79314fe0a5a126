"""Reading rules from folders: those that come with a language, and a user's own on top."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from monitor.classify.files import DATA, FIRST, RuleFiles
from monitor.classify.rules.match import Matcher
from monitor.classify.rules.model import Role, Rule
from monitor.classify.rules.pattern import PatternError, Steps, compile_pattern
from monitor.errors import RulesError

_SMALL = ("determiner", "preposition", "conjunction", "pronoun", "auxiliary")
"""Classes of `grammar` that make up a third and more of a text."""

_MEANINGS = ("compose", "chain", "weights")
"""Tables about meanings and not words: a language has those of English, unless it has its own."""
_TABLES = {"rule", "classes", "compose", "chain", "weights", "gate", "grammar", "settings"}


@dataclass
class RuleBook:
    """All rules of a language, and what they refer to. Read-only once built."""

    language: str
    rules: dict[str, Rule] = field(default_factory=dict)
    classes: dict[str, list[str]] = field(default_factory=dict)
    compose: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each modality, what a stage becomes under it; "" when no stage is reached."""
    chain: dict[str, dict[str, str]] = field(default_factory=dict)
    """For each stage, what a stage that is its object becomes."""
    weights: dict[str, float] = field(default_factory=dict)
    """Of the score's logistic regression, by feature."""
    gate: dict[str, list[str]] = field(default_factory=dict)
    """Groups of phrases for the gate."""
    grammar: dict[str, frozenset[str]] = field(default_factory=dict)
    """Closed classes of words: determiners, prepositions, auxiliaries, ..."""
    settings: dict[str, bool] = field(default_factory=dict)
    """How the language builds its phrases: `head_first`."""
    places: dict[str, str] = field(default_factory=dict)
    """Where each rule stands, ``file:line``."""
    own: set[str] = field(default_factory=set)
    """Ids of the rules of a user's own folder."""
    digest: str = ""

    @cached_property
    def head_first(self) -> bool:
        """Whether a phrase begins with its head: "accord de défense"."""
        return self.settings.get("head_first", False)

    @cached_property
    def nominal(self) -> tuple[str, ...]:
        """Endings of a stage's words that name the act, so that another act may be done to it: "renewal"."""
        return tuple(sorted(self.grammar["nominal"]))

    @cached_property
    def nouns(self) -> Matcher:
        """The matcher of the words for agreements, which are looked for in the whole text."""
        return self._matcher(Role.AGREEMENT)

    @cached_property
    def topics(self) -> Matcher:
        """The matcher of the words for fields of affairs and of cues."""
        return self._matcher(Role.TOPIC, Role.CUE)

    @cached_property
    def sentences(self) -> Matcher:
        """The matcher of all other words, which are looked for where an agreement is spoken of."""
        return self._matcher(Role.STAGE, Role.MODALITY, Role.SUBJECT, Role.TIME)

    @cached_property
    def small_words(self) -> frozenset[str]:
        """Words by which a text of this language can be told from others."""
        return frozenset().union(*(self.grammar[name] for name in _SMALL)) - self.grammar["shared"]

    def compile(self) -> None:
        """Build all matchers now, so that no article waits for them."""
        for matcher in (self.nouns, self.topics, self.sentences, self.conditions):
            assert matcher

    def _matcher(self, *roles: Role) -> Matcher:
        return Matcher((rule, self.sequences(rule.match)) for rule in self.rules.values() if rule.role in roles)

    @cached_property
    def conditions(self) -> Matcher:
        """The matcher of what rules ask for or forbid; its hits carry a rule named after the pattern."""
        patterns = {
            pattern
            for rule in self.rules.values()
            for pattern in (*rule.required, *rule.forbidden, *rule.near, *rule.apart)
        }
        return Matcher((_condition(pattern), self.sequences((pattern,))) for pattern in sorted(patterns))

    def sequences(self, patterns: tuple[str, ...]) -> list[Steps]:
        """Compile patterns with the classes of this book."""
        return [sequence for pattern in patterns for sequence in compile_pattern(pattern, self.classes)]

    def of(self, role: Role) -> list[Rule]:
        """Return the rules of a role."""
        return [rule for rule in self.rules.values() if rule.role is role]


def condition_id(pattern: str) -> str:
    """Return the id of the stand-in rule for a condition's pattern."""
    return "c" + hashlib.blake2b(pattern.encode(), digest_size=8).hexdigest()


def _condition(pattern: str) -> Rule:
    return Rule.model_validate(
        {"id": condition_id(pattern), "role": "time", "about": "a condition", "match": (pattern,), "set": {}}
    )


def load_rules(language: str, *, extra: RuleFiles | None = None) -> RuleBook:
    """Read the rules of a language, then a user's own, which may add and override.

    A rule of ``extra`` with the id of a built-in one takes its place; a class or weight likewise.

    Raises:
        RulesError: a file cannot be read, is no TOML, or holds something wrong: names file, line and mistake.

    """
    book = RuleBook(language)
    digest = hashlib.blake2b(digest_size=8)
    built_in = _built_in(language)
    own = [(extra.place(name), text) for name, text in extra.rules_of(language)] if extra else []
    if language != FIRST:
        for path, text in _built_in(FIRST):
            table = _parsed(path, text)
            _add(book, {name: table[name] for name in _MEANINGS if name in table}, text, path)
            digest.update(text.encode())
    for number, (path, text) in enumerate([*built_in, *own]):
        table = _parsed(path, text)
        digest.update(path.rpartition("/")[2].encode() + b"\x00" + text.encode() + b"\x00")
        _add(book, table, text, path)
        if number >= len(built_in):
            book.own.update(raw["id"] for raw in table.get("rule", []))
    book.digest = digest.hexdigest()
    _check(book)
    return book


def _built_in(language: str) -> list[tuple[str, str]]:
    """Return the files of rules that come with a language, each with its text."""
    return [
        (str(path), path.read_text(encoding="utf-8")) for path in sorted((DATA / language / "rules").glob("*.toml"))
    ]


def _parsed(path: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesError(f"{path}: {error}", hint="mend the file; `pactwatch rules check` looks again") from None


def _add(book: RuleBook, table: Mapping[str, Any], text: str, path: str) -> None:
    for name in table:
        if name not in _TABLES:
            line = _line(text, rf"^[\[]+{re.escape(name)}|^{re.escape(name)} *=")
            raise RulesError(
                f"{path}:{line}: no table is called {name!r}", hint=f"known are {', '.join(sorted(_TABLES))}"
            )
    book.classes.update(table.get("classes", {}))
    for modality, results in table.get("compose", {}).items():
        book.compose.setdefault(modality, {}).update(results)
    for outer, results in table.get("chain", {}).items():
        book.chain.setdefault(outer, {}).update(results)
    book.weights.update(table.get("weights", {}))
    for group, phrases in table.get("gate", {}).items():
        book.gate.setdefault(group, []).extend(phrases)
    book.settings.update(table.get("settings", {}))
    book.grammar.update({name: frozenset(words) for name, words in table.get("grammar", {}).items()})
    here: set[str] = set()
    for number, raw in enumerate(table.get("rule", []), start=1):
        line = _rule_line(text, number)
        try:
            rule = Rule.model_validate(raw)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            name = raw.get("id", f"number {number}") if isinstance(raw, dict) else f"number {number}"
            message = first["msg"].removeprefix("Value error, ")
            raise RulesError(
                f"{path}:{line}: rule {name}: {where + ': ' if where else ''}{message}",
                hint="docs/rules.md shows what a rule may hold",
            ) from None
        if rule.id in here:
            raise RulesError(
                f"{path}:{line}: rule {rule.id} stands twice in this file", hint="give it an id of its own"
            )
        here.add(rule.id)
        book.rules[rule.id] = rule
        book.places[rule.id] = f"{path}:{line}"


def _check(book: RuleBook) -> None:
    """Compile every pattern, so that a mistake is named with its file and line."""
    for rule in book.rules.values():
        for name in ("match", "required", "forbidden", "near", "apart"):
            for pattern in getattr(rule, name):
                try:
                    compile_pattern(pattern, book.classes)
                except PatternError as error:
                    raise RulesError(
                        f"{book.places[rule.id]}: rule {rule.id}: {name}: {error}",
                        hint="docs/rules.md shows how patterns are written",
                    ) from None


def _line(text: str, pattern: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _rule_line(text: str, number: int) -> int:
    """Return the line of the ``number``-th rule of a file."""
    places = [found.start() for found in re.finditer(r"^\[\[rule\]\]", text, re.MULTILINE)]
    return text.count("\n", 0, places[number - 1]) + 1 if number <= len(places) else 1
