"""`/pactwatch IND USA`: the current dossiers of some parties, for the one who asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

from monitor.classify.gazetteer import party_names
from monitor.classify.lexicon import Lexicon
from monitor.models.vocabulary import Status
from monitor.slack import names
from monitor.slack.interact import COMMAND
from monitor.slack.sections import section
from monitor.slack.text import link, safe

SHOWN = 10
"""Dossiers of an answer, at most."""

HELP = (
    f"Type `{COMMAND}` and one or more parties: `{COMMAND} IND USA`, `{COMMAND} India and the United States`, "
    f"`{COMMAND} Japanese NATO`. Names, ISO codes and adjectives of states are known, and names of organisations."
)

_WORD = re.compile(r"[^\W_]+(?:[.'’-][^\W_]+)*\.?")
_FILLERS = frozenset(("and", "the", "with", "of", "between", "vs", "versus", "a"))
_LONGEST = 8
_TYPED = 300
_NO_WORDS = 3


class Shown(Protocol):
    """What is needed of a dossier."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def title(self) -> str:
        """Parties and instrument."""

    @property
    def parties(self) -> tuple[str, ...]:
        """Codes; empty for one that was merged or taken back."""

    @property
    def status(self) -> Status | None:
        """Its stage."""

    @property
    def date(self) -> date | None:
        """Day of the stage."""

    @property
    def sources(self) -> int:
        """Independent ones."""

    @property
    def confirmed(self) -> bool:
        """By a second source."""

    @property
    def updated_at(self) -> datetime:
        """Event time of the last change."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed: codes of parties, and words that are none."""

    parties: tuple[str, ...]
    unknown: tuple[str, ...] = field(default=())


def parse(text: str, known: Mapping[str, str]) -> Asked:
    """Find parties in what somebody typed, longest names first; ``known`` maps lower-case names to codes."""
    words = [word.rstrip(".") for word in _WORD.findall(text[:_TYPED])]
    parties: list[str] = []
    unknown: list[str] = []
    at = 0
    while at < len(words):
        if words[at].islower() and words[at] in _FILLERS:  # AND is Andorra, "and" is not
            at += 1
            continue
        for size in range(min(_LONGEST, len(words) - at), 0, -1):
            code = known.get(" ".join(words[at : at + size]).lower())
            if code is not None:
                parties.append(code)
                at += size
                break
        else:
            unknown.append(words[at])
            at += 1
    return Asked(tuple(dict.fromkeys(parties)), tuple(dict.fromkeys(unknown)))


@cache
def known_parties() -> dict[str, str]:
    """Return the names of states and organisations with their codes."""
    return party_names(Lexicon.load("en"))


def answerer(
    dossiers: Callable[[], Iterable[Shown]], ready: Callable[[], bool], *, public_url: str | None
) -> Callable[[str], tuple[str, list[dict[str, Any]]]]:
    """Return what answers the command from the dossiers as they are when it is asked."""

    def answer(text: str) -> tuple[str, list[dict[str, Any]]]:
        if not text.strip() or text.strip().lower() in ("help", "?"):
            return HELP, []
        asked = parse(text, known_parties())
        if asked.unknown or not asked.parties:
            shown = ", ".join(f"“{safe(word, 40)}”" for word in asked.unknown[:_NO_WORDS]) or "that"
            return f"I know no party called {shown}. {HELP}", []
        if not ready():
            return "The dossiers are still being read. Ask again in a moment.", []
        return listing(asked.parties, dossiers(), public_url=public_url)

    return answer


def listing(
    parties: Sequence[str], dossiers: Iterable[Shown], *, public_url: str | None
) -> tuple[str, list[dict[str, Any]]]:
    """Return notification text and blocks: the dossiers with all of these parties, the last changed first."""
    wanted = set(parties)
    found = [dossier for dossier in dossiers if dossier.parties and wanted <= set(dossier.parties)]
    found.sort(key=lambda dossier: dossier.updated_at, reverse=True)
    who = safe(names.listed([names.party(code).in_sentence for code in parties]), 300)
    if not found:
        return f"No dossier of {who} yet.", []
    count = f"{len(found)} dossier{'' if len(found) == 1 else 's'} of {who}"
    more = f", the last {SHOWN} to change" if len(found) > SHOWN else ""
    blocks = [section(f"{names.flags(parties)} *{count}*{more}")]
    blocks += [section(_line(dossier, public_url)) for dossier in found[:SHOWN]]
    return count, blocks


def _line(dossier: Shown, public_url: str | None) -> str:
    url = f"{public_url.rstrip('/')}/agreements/{dossier.id}" if public_url else None
    items = [f"*{link(url, dossier.title, 700)}*"]
    if dossier.status is not None:
        stage = names.stage(dossier.status)
        items.append(f"{stage['mark']} {stage['label']}{f' {names.day(dossier.date)}' if dossier.date else ''}")
    items.append(f"{dossier.sources} source{'' if dossier.sources == 1 else 's'}")
    if not dossier.confirmed:
        items.append("unconfirmed")
    return " · ".join(items)
