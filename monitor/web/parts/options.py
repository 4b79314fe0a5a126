"""What filters offer: the vocabularies, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from monitor.models.vocabulary import Subject
from monitor.slack.names import party
from monitor.watch.words import subject, words


def members(vocabulary: type[StrEnum]) -> dict[str, str]:
    """Return the members of a vocabulary, by value."""
    return {member.value: words(member.value) for member in vocabulary}


def parties(counts: Mapping[str, int]) -> dict[str, str]:
    """Return parties with their counts: ``India (12)``."""
    return {code: f"{party(code).name} ({count:,})" for code, count in counts.items()}


def plain(values: Iterable[str]) -> dict[str, str]:
    """Return values as they are."""
    return {value: words(value) for value in values}


def subjects() -> dict[str, str]:
    """Return the subjects in words."""
    return {member.value: subject(member.value) for member in Subject}
