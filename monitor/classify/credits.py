"""The news agencies that a text credits: where it comes from, and whom it cites."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.classify.lexicon import Lexicon
from monitor.classify.phrases import Phrases
from monitor.classify.text import Document, PartName, TextPart

_SIGNS = ("—", "–", "-", "/", "|", "~")
_NEAR_END = 4
"""Words from the end within which an agency alone in brackets or after a dash signs the text."""


class CreditKind(StrEnum):
    """How an agency is credited; all but ``reported`` say that the text itself is the agency's, at least in part."""

    SOURCE = "source"
    """"(Source: IANS)"."""
    DATELINE = "dateline"
    """"MANILA (AP) - "."""
    INPUTS = "inputs"
    """"With inputs from PTI"."""
    SIGNATURE = "signature"
    """"— AFP" at the end of the text or a paragraph."""
    REPORTED = "reported"
    """"Reuters reported", "told AFP": cited."""


@dataclass(frozen=True, slots=True)
class CreditMention:
    """A credit; ``text == raw[start:end]`` is the agency's name."""

    part: PartName
    start: int
    end: int
    text: str
    sentence: int
    agency: str
    kind: CreditKind


@dataclass(frozen=True, slots=True)
class Agencies:
    """The agencies and the words around them."""

    phrases: Phrases[tuple[str, str]]
    """Short name, and the only spelling that counts (empty: any with a capital)."""
    lists: dict[str, frozenset[str]]

    @classmethod
    def compile(cls, lexicon: Lexicon) -> Agencies:
        """Read ``agencies.tsv`` and ``credits.toml``."""
        phrases: Phrases[tuple[str, str]] = Phrases()
        for agency, names in lexicon.rows("agencies.tsv", 2):
            for name in names.split("|"):
                bare = name.removeprefix("=")
                phrases.add(bare, (agency, bare if name.startswith("=") else ""))
        keys = ("source", "inputs", "inputs_between", "reported", "told")
        return cls(phrases, {key: lexicon.words("credits.toml", f"words.{key}") for key in keys})


def find_credits(doc: Document) -> tuple[CreditMention, ...]:
    """Return the credits of title and text, in reading order."""
    agencies = doc.lexicon.part(Agencies)
    found = []
    for part in doc.parts:
        free = 0
        for number in agencies.phrases.capitalised_starts(part.words, part.capitals):
            phrase = agencies.phrases.at(part, number) if number >= free else None
            if phrase is None:
                continue
            last, values = phrase
            start, end = part.starts[number], part.ends[last - 1]
            text = part.raw[start:end]
            agency, exact = values[0]
            kind = _kind(part, number, last, agencies) if not exact or text == exact else None
            if kind:
                free = last
                found.append(CreditMention(part.name, start, end, text, part.sentence_at(start).index, agency, kind))
    return tuple(found)


def _kind(part: TextPart, first: int, last: int, agencies: Agencies) -> CreditKind | None:
    sentence = part.sentence_at(part.starts[first])
    if sentence.dateline_end is not None and part.starts[first] < sentence.dateline_end:
        return CreditKind.DATELINE
    lists, lower = agencies.lists, part.lower
    before = lower[first - 1] if first else ""
    if before in lists["source"] and (":" in part.gaps[first] or "(" in part.gaps[first - 1] or before == "©"):
        return CreditKind.SOURCE
    if _has_inputs(part, first, lists):
        return CreditKind.INPUTS
    if _is_signature(part, first, last):
        return CreditKind.SIGNATURE
    after = lower[last] if last < len(lower) else ""
    cited = after in lists["reported"] or after == "'s" or before in lists["told"] or _is_cited(part, last, lists)
    return CreditKind.REPORTED if cited else None


def _is_signature(part: TextPart, first: int, last: int) -> bool:
    """Tell whether an agency stands alone at an end: "(AP)", "— AFP"."""
    sentence = part.sentence_at(part.starts[first])
    gap, behind = part.gaps[first], part.gaps[last]
    ends = last >= len(part.lower) or "\n" in behind or last >= sentence.last
    if gap.endswith(("(", "[")) and behind[:1] in (")", "]"):
        return ends or last >= len(part.lower) - _NEAR_END
    return gap.rstrip().endswith(_SIGNS) and ends and sentence.last - first <= _NEAR_END


def _has_inputs(part: TextPart, first: int, lists: dict[str, frozenset[str]]) -> bool:
    """Tell whether "with inputs from", maybe with other agencies between, stands before a word."""
    at = first - 1
    while at >= 0 and at > first - 6:
        if part.lower[at] in lists["inputs"]:
            return True
        if part.lower[at] not in lists["inputs_between"] and not part.words[at].isupper():
            return False
        at -= 1
    return False


def _is_cited(part: TextPart, last: int, lists: dict[str, frozenset[str]]) -> bool:
    """Tell whether "news agency reported" follows."""
    return any(
        part.lower[at] in lists["reported"]
        for at in range(last, min(len(part.lower), last + 3))
        if all(mark not in part.gaps[at] for mark in ".;\n")
    )


__all__ = ["CreditKind", "CreditMention", "find_credits"]
