"""Where sentences end, and where a dateline does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from monitor.classify.datelines import Datelines
from monitor.classify.lexicon import Lexicon

_PLAIN = frozenset(
    (
        " ",
        ", ",
        "-",
        "",
        "'",
        "’",
        "  ",
        " (",
        ") ",
        ")",
        " - ",
        " – ",
        " — ",
        ": ",
        "; ",
        "/",
        "), ",
        "’ ",
        "' ",
        " $",
        "% ",
    )
)
"""Gaps that neither end a sentence nor hold a quotation mark: nearly all of them, and quickly told."""
_END = re.compile(r"[.!?…。！？]+")
_STRONG = re.compile(r"[!?…。！？]|\.\.")
_BREAK = re.compile("[\n\r\u2028\u2029\x85]")
_BULLET = re.compile("[•●▪■◦‣|]|\\*\\s")
_AFTER_END = re.compile(r"[\"”’'»)\]]*")
_OPENING = re.compile(r"\s[\"“‘'«(\[]")
_ADDRESSES = frozenset(("http", "https", "www"))
_QUOTES = '"“”«»'
_DOMAINS = frozenset(("com", "org", "net", "gov", "mil", "int", "html", "htm", "php", "aspx", "in", "uk", "io", "edu"))


class Words(Protocol):
    """What the cutter needs to see of a part."""

    @property
    def raw(self) -> str:
        """The characters."""

    @property
    def words(self) -> list[str]:
        """The words."""

    @property
    def lower(self) -> list[str]:
        """The words, in lower case."""

    @property
    def gaps(self) -> list[str]:
        """What stands before each word, and after the last."""

    @property
    def starts(self) -> list[int]:
        """Offsets of the words."""

    @property
    def ends(self) -> list[int]:
        """Offsets after the words."""


class Cut(NamedTuple):
    """The beginning of a sentence."""

    offset: int
    word: int
    paragraph: int
    quoted: bool
    opens_paragraph: bool


@dataclass(frozen=True, slots=True)
class Cutter:
    """Cuts text into sentences by a language's abbreviations and sentence starters."""

    abbreviations: frozenset[str]
    maybe: frozenset[str]
    starters: frozenset[str]
    datelines: Datelines

    @classmethod
    def compile(cls, lexicon: Lexicon) -> Cutter:
        """Read ``text.toml``."""
        return cls(
            lexicon.words("text.toml", "abbreviations"),
            lexicon.words("text.toml", "maybe"),
            lexicon.words("text.toml", "starters"),
            lexicon.part(Datelines),
        )

    def cuts(self, part: Words) -> list[Cut]:
        """Return where each sentence begins, in order; the first at offset 0."""
        gaps, ends = part.gaps, part.ends
        inside, paragraph, before = _quotation(gaps[0], inside=False), 0, 0
        wrapped: bool | None = None
        cuts = [Cut(0, 0, 0, inside, opens_paragraph=True)]
        has_quotes = any(mark in part.raw for mark in _QUOTES)
        for number in _candidates(part):
            gap = gaps[number]
            opens = False
            if gap == ". ":  # nearly every end
                following = part.words[number][0]
                if not (following.isupper() or following.isdigit()):
                    continue
                is_end, offset = self._ends_at_full_stop(part, number, before), 1
            elif not gap.isprintable() and _BREAK.search(gap):
                if _is_blank_line(gap):
                    paragraph += 1
                    inside = False
                    opens = True
                else:
                    if wrapped is None:
                        wrapped = _is_wrapped(part.raw)
                    opens = self._ends_line(part, number, wrapped=wrapped)
                is_end, offset = opens, _cut_in(gap)
            else:
                is_end = self._ends_sentence(part, number, before) or _BULLET.search(gap) is not None
                offset = _cut_in(gap) if is_end else 0
            if has_quotes:
                inside = _quotation(gap, inside=inside)
            if is_end:
                before = number
                cuts.append(Cut(ends[number - 1] + offset, number, paragraph, inside, opens))
        return cuts

    def dateline_end(self, part: Words, first: int) -> int | None:
        """Return where the dateline that begins at a word ends, if one does."""
        found = self.datelines.match(part.raw, part.starts[first])
        return found.end if found else None

    def _ends_line(self, part: Words, number: int, *, wrapped: bool) -> bool:
        """Tell whether a single line break ends a sentence, or an editor's column broke the line."""
        gap = part.gaps[number]
        if _BULLET.search(gap):
            return True
        if part.words[number][0].islower():
            return part.words[number] in _ADDRESSES
        return not wrapped or bool(_END.search(gap))

    def _ends_sentence(self, part: Words, number: int, before: int) -> bool:
        gap, previous, following = part.gaps[number], part.words[number - 1], part.words[number]
        end = _END.search(gap)
        if end is None:
            return previous[-1] == "." and following[0].isupper() and self._is_starter(part, number)
        rest = gap[end.end() :]
        if not (following[0].isupper() or following[0].isdigit() or _OPENING.search(rest)):
            return False
        if _STRONG.search(end[0]):
            return bool(rest) or following[0].isupper()
        if not rest.strip("\"”’')]"):  # no space after the full stop
            return _is_missing_space(previous, following, self.abbreviations)
        return self._ends_at_full_stop(part, number, before)

    def _ends_at_full_stop(self, part: Words, number: int, before: int) -> bool:
        previous, lower = part.words[number - 1], part.lower[number - 1]
        if lower in self.abbreviations:
            return False
        may_go_on = lower in self.maybe
        if (len(previous) == 1 and previous.isupper()) or (may_go_on and (previous[0].isupper() or "." in lower)):
            return self._is_starter(part, number)
        if previous.isdigit() and before == number - 1:
            return False  # the number of a list
        return not (may_go_on and part.words[number][0].isdigit())

    def _is_starter(self, part: Words, number: int) -> bool:
        """Tell whether a word begins sentences, and is no initial of a name."""
        return part.lower[number] in self.starters and not (
            len(part.words[number]) == 1 and part.gaps[number + 1].startswith(".")
        )


def _candidates(part: Words) -> list[int]:
    """Return the words before which a sentence may begin, or quotation marks stand."""
    last = len(part.words)
    odd = [number for number, gap in enumerate(part.gaps) if gap not in _PLAIN]
    acronyms = [number for number, word in enumerate(part.words, 1) if word[-1] == "."]
    if acronyms:
        odd = sorted({*odd, *acronyms})
    return [number for number in odd if 0 < number < last]


def _is_missing_space(previous: str, following: str, abbreviations: frozenset[str]) -> bool:
    return (
        following[0].isupper()
        and following.lower() not in _DOMAINS
        and (len(following) > 1 or following in "IA")
        and previous.lower() not in abbreviations
        and previous != "www"
        and ((len(previous) > 2 and previous[-1].islower()) or (len(previous) == 4 and previous.isdigit()))
    )


def _cut_in(gap: str) -> int:
    """Return where in a gap one sentence ends and the next begins."""
    lines = _BREAK.search(gap)
    end = _END.search(gap)
    if end and (lines is None or end.start() < lines.start()):
        closing = _AFTER_END.match(gap, end.end())
        return closing.end() if closing else end.end()
    if lines:
        return lines.start()
    bullet = _BULLET.search(gap)
    return bullet.start() if bullet else len(gap) - len(gap.lstrip())


def _is_blank_line(gap: str) -> bool:
    return gap.count("\n") > 1 or gap.count("\r") > 1 or "\u2029" in gap


def _is_wrapped(raw: str) -> bool:
    """Tell whether lines are broken at a column: many then go on in lower case."""
    lines = [line for line in raw.split("\n") if line.strip()]
    going_on = sum(line.lstrip()[0].islower() for line in lines[1:])
    return going_on * 10 > 3 * (len(lines) - 1)


def _quotation(gap: str, *, inside: bool) -> bool:
    """Return whether a quotation is open after a gap, given whether one was before it."""
    for character in gap:
        if character in "“«":
            inside = True
        elif character in "”»":
            inside = False
        elif character == '"':
            inside = not inside
    return inside
