"""What stands around the story: bylines, "Read more", related stories, captions, copyright, calls to subscribe."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from monitor.classify.lexicon import Lexicon
from monitor.classify.text import Document, PartName, Sentence, TextPart
from monitor.errors import RulesError

_LONGEST = 400
"""Characters of the longest line that is hardly more than a link."""
_LONGEST_LOOSE = 250
"""Characters of the longest sentence that is boilerplate by a phrase inside it."""
_LISTED = 140
"""Characters of the longest line of a list of headlines."""
_GLUED = 40
"""Characters behind a mark that stands alone, from which on they are the story again."""
_OWNER = re.compile(r"(?:Getty Images|AFP|AP|Reuters|REUTERS|EPA|Anadolu)\b(?![/, ])")
"""Whose a picture is: the end of a caption."""
_LINK = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\w")
_BYLINE_WORDS = 9
"""Words of the longest byline."""
_OPENING = "([\"'“‘*•-–—>» \t"


class BoilerplateKind(StrEnum):
    """What sort of boilerplate."""

    BYLINE = "byline"
    """Who wrote it, and when it was published or updated."""
    READ_MORE = "read_more"
    """A pointer to another story."""
    LINKS = "links"
    """A line that is hardly more than an address."""
    COPYRIGHT = "copyright"
    """Rights and disclaimers."""
    RELATED = "related"
    """A list of other stories."""
    CAPTION = "caption"
    """What a picture shows, and whose it is."""
    PROMO = "promo"
    """Calls to subscribe, advertisements."""
    SOCIAL = "social"
    """Buttons to share and follow, tags."""


@dataclass(frozen=True, slots=True)
class BoilerplateMention:
    """A stretch of boilerplate; ``text == raw[start:end]``."""

    part: PartName
    start: int
    end: int
    text: str
    sentence: int
    kind: BoilerplateKind


@dataclass(frozen=True, slots=True)
class BoilerplateWords:
    """What the data say about boilerplate."""

    starts: dict[str, tuple[tuple[str, BoilerplateKind], ...]]
    """Beginnings by their first three characters."""
    anywhere: re.Pattern[str]
    anywhere_kinds: dict[str, BoilerplateKind]
    by: frozenset[str]
    alone: frozenset[str]
    lists: frozenset[str]

    @classmethod
    def compile(cls, lexicon: Lexicon) -> BoilerplateWords:
        """Read ``boilerplate.toml``."""
        table = lexicon.table("boilerplate.toml")
        try:
            starts: dict[str, list[tuple[str, BoilerplateKind]]] = {}
            for kind, beginnings in table["starts"].items():
                for beginning in beginnings:
                    starts.setdefault(beginning[:3], []).append((beginning, BoilerplateKind(kind)))
            anywhere = {
                phrase: BoilerplateKind(kind) for kind, phrases in table["anywhere"].items() for phrase in phrases
            }
        except (KeyError, ValueError) as error:
            raise RulesError(f"boilerplate.toml of language {lexicon.language}: {error}") from None
        return cls(
            {key: tuple(values) for key, values in starts.items()},
            re.compile("|".join(re.escape(phrase) for phrase in anywhere)),
            anywhere,
            lexicon.words("boilerplate.toml", "words.by"),
            lexicon.words("boilerplate.toml", "words.alone"),
            lexicon.words("boilerplate.toml", "words.lists"),
        )


def find_boilerplate(doc: Document) -> tuple[BoilerplateMention, ...]:
    """Return the boilerplate of the text, in reading order; the title has none."""
    words = doc.lexicon.part(BoilerplateWords)
    part = doc.body
    lower = part.raw.lower()
    if len(lower) != len(part.raw):  # a letter that is two in lower case would shift every offset
        lower = part.raw
    loose: dict[int, BoilerplateKind] = {}
    if any(phrase in lower for phrase in words.anywhere_kinds):
        loose = {match.start(): words.anywhere_kinds[match[0]] for match in words.anywhere.finditer(lower)}
    positions = sorted(loose)
    found: list[BoilerplateMention] = []
    in_list: BoilerplateKind | None = None
    for sentence in part.sentences:
        if sentence.first == sentence.last:
            continue
        kind, end = _kind(part, sentence, lower, words)
        if kind is None and positions and sentence.end - sentence.start <= _LONGEST_LOOSE:
            at = bisect_right(positions, sentence.start - 1)
            if at < len(positions) and positions[at] < sentence.end:
                kind = loose[positions[at]]
        if kind is None and in_list and _is_listed(part, sentence):
            kind = in_list
        else:
            in_list = kind if kind and kind.value in words.lists and _is_heading(part, sentence) else None
        if kind:
            text = part.raw[sentence.start : end]
            found.append(BoilerplateMention(part.name, sentence.start, end, text, sentence.index, kind))
    return tuple(found)


def in_boilerplate(spans: Sequence[BoilerplateMention], part: PartName, offset: int) -> bool:
    """Tell whether an offset lies inside boilerplate; ``spans`` as `find_boilerplate` returned them."""
    if part == "title" or not spans:
        return False
    at = bisect_right(spans, offset, key=lambda span: span.start) - 1
    return at >= 0 and offset < spans[at].end


def _kind(
    part: TextPart, sentence: Sentence, lower: str, words: BoilerplateWords
) -> tuple[BoilerplateKind | None, int]:
    """Return what boilerplate a sentence begins with, and where that ends."""
    raw, end = part.raw, sentence.end
    start = sentence.start
    while start < end and raw[start] in _OPENING:
        start += 1
    for beginning, kind in words.starts.get(lower[start : start + 3], ()):
        behind = start + len(beginning)
        if lower.startswith(beginning, start) and not lower[behind : behind + 1].isalnum():
            return kind, _end(raw, sentence, behind, kind, is_alone=beginning.rstrip(":") in words.alone)
    if raw[start : start + 1] == "©":
        return BoilerplateKind.COPYRIGHT, end
    if part.lower[sentence.first] in words.by and _is_byline(part, sentence):
        return BoilerplateKind.BYLINE, end
    is_short = end - start < _LONGEST and (lower.find("http", start, end) >= 0 or lower.find("www.", start, end) >= 0)
    if is_short and sum(len(link) for link in _LINK.findall(raw, start, end)) > (end - start) // 2:
        return BoilerplateKind.LINKS, end
    return None, end


def _end(raw: str, sentence: Sentence, behind: int, kind: BoilerplateKind, *, is_alone: bool) -> int:
    """Return where boilerplate that begins a sentence ends: at its bracket, or behind a mark that stands alone."""
    if raw[sentence.start] == "(":
        closing = raw.find(")", behind, sentence.end)
        if closing > 0:
            return closing + 1
    if kind is BoilerplateKind.CAPTION and (owner := _OWNER.search(raw, behind, min(sentence.end, behind + _LISTED))):
        return owner.end()
    return behind if is_alone and sentence.end - behind > _GLUED else sentence.end


def _is_byline(part: TextPart, sentence: Sentence) -> bool:
    """Tell "By Jane Doe and John Roe" on a line of its own from a sentence that begins with "By"."""
    first, last = sentence.first, sentence.last
    if not 2 <= last - first <= _BYLINE_WORDS:
        return False
    if part.raw[sentence.end - 1] in '.!?"”' and not part.raw[sentence.start : sentence.end].isupper():
        return False
    names = sum(word[0].isupper() for word in part.words[first + 1 : last])
    return names * 2 > last - first - 1 and part.words[first][0].isupper()


def _is_listed(part: TextPart, sentence: Sentence) -> bool:
    """Tell whether a sentence is a line of a list of headlines."""
    return sentence.end - sentence.start <= _LISTED and part.raw[sentence.end - 1] not in '.!"”'


def _is_heading(part: TextPart, sentence: Sentence) -> bool:
    return part.raw[sentence.end - 1] not in ".!?" and sentence.end - sentence.start <= _LISTED


__all__ = ["BoilerplateKind", "BoilerplateMention", "find_boilerplate", "in_boilerplate"]
