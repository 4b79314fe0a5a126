"""Patterns: the words of a rule, compiled to sequences that are matched in time linear in the text.

A pattern is words with spaces between:

    word          the word, in any case; a word in capitals (`SOFA`) only in capitals
    a|b|c         any of these words
    @class        any word or phrase of a class in words.toml
    word?  @c?    may be absent
    ..3           up to three words of any kind, within the sentence

A hyphen joins words to one alternative ("co-operation|cooperation"); the text may have a space there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MAX_EXPANSIONS = 20_000
"""Sequences that one pattern may stand for; more is a mistake in the rule."""

_APOSTROPHES = {"'s": ("'s", "’s")}


class PatternError(ValueError):
    """A pattern cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a sequence: the words that fit, or a gap of up to ``gap`` words before the next place."""

    words: frozenset[str]
    exact: frozenset[str]
    """Words that must stand in these capitals."""
    gap: int = 0


Steps = tuple[Step, ...]


def compile_pattern(pattern: str, classes: Mapping[str, Sequence[str]]) -> list[Steps]:
    """Return the sequences that a pattern stands for.

    Raises:
        PatternError: an unknown class, nothing but optional words, or too many combinations.

    """
    results: list[tuple[Step, ...]] = [()]
    for atom in pattern.split():
        optional = atom.endswith("?") and len(atom) > 1
        choices = _choices(atom.removesuffix("?") if optional else atom, classes)
        if optional:
            choices = [*choices, ()]
        results = [result + choice for result in results for choice in choices]
        if len(results) > MAX_EXPANSIONS:
            raise PatternError(f"{pattern!r} stands for more than {MAX_EXPANSIONS} sequences")
    trimmed = [_trim(result) for result in results]
    if not all(trimmed):
        raise PatternError(f"{pattern!r} may match nothing at all: at least one word has to be there")
    return list(dict.fromkeys(trimmed))


def _trim(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Drop the gaps that optional words left at the ends."""
    while steps and steps[0].gap:
        steps = steps[1:]
    while steps and steps[-1].gap:
        steps = steps[:-1]
    return steps


def _choices(atom: str, classes: Mapping[str, Sequence[str]]) -> list[tuple[Step, ...]]:
    """Return what one atom stands for: a list of step sequences."""
    if gap := re.fullmatch(r"\.\.(\d{1,2})", atom):
        if not 1 <= int(gap[1]) <= 12:
            raise PatternError(f"{atom!r}: a gap is 1 to 12 words")
        return [(Step(frozenset(), frozenset(), int(gap[1])),)]
    words: list[str] = []
    phrases: list[tuple[Step, ...]] = []
    for choice in atom.split("|"):
        if not choice:
            raise PatternError(f"{atom!r} has an empty alternative")
        if choice.startswith("@"):
            phrases.extend(_of_class(choice[1:], words, classes))
        elif "-" in choice.strip("-"):
            phrases.append(tuple(_step([word]) for word in choice.split("-") if word))
        else:
            words.append(choice)
    return ([(_step(words),)] if words else []) + phrases


def _of_class(name: str, words: list[str], classes: Mapping[str, Sequence[str]]) -> list[tuple[Step, ...]]:
    """Return the phrases of a class; its single words are added to ``words``."""
    if name not in classes:
        raise PatternError(f"'@{name}' is no class; known are {', '.join(sorted(classes))}")
    phrases: list[tuple[Step, ...]] = []
    for phrase in classes[name]:
        inner = phrase.split()
        if len(inner) == 1 and "@" not in phrase and "-" not in phrase:
            words.extend(phrase.split("|"))
            continue
        combined: list[tuple[Step, ...]] = [()]
        for part in inner:
            combined = [have + new for have in combined for new in _choices(part, classes)]
        phrases.extend(combined)
    return phrases


def _step(words: Sequence[str]) -> Step:
    exact = frozenset(word for word in words if len(word) > 1 and word.isupper())
    lower = frozenset(
        form for word in words if word not in exact for form in _APOSTROPHES.get(word.lower(), (word.lower(),))
    )
    return Step(lower, exact)
