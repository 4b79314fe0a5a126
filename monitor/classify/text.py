"""An article's text, cut into words and sentences with exact offsets.

Made for news as it comes: abbreviations ("U.S. Secretary", "Lt. Gen.", "Jan. 5"), quotations, datelines, all-caps
wires, full stops without a space after them, bullet lists and control characters.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence, Set
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, Protocol

from monitor.classify.gazetteer import Gazetteer, Hit
from monitor.classify.lexicon import Lexicon
from monitor.classify.sentences import Cutter
from monitor.classify.spelling import PLAIN, Spelling

PartName = Literal["title", "text"]

_SPACE = " \t\n\r\x0b\x0c\x00\x85\u00a0\u200b\u2028\u2029\ufeff"


@dataclass(slots=True, eq=False)
class Sentence:
    """A sentence: ``raw[start:end]`` of its part, and ``words[first:last]``."""

    index: int
    part: PartName
    start: int
    end: int
    first: int
    last: int
    paragraph: int
    quoted: bool
    """It begins inside a quotation."""
    dateline_end: int | None = None
    """Where the dateline it opens with ("SEOUL, Aug. 22 - ") ends and its own words begin."""


class Spanned(Protocol):
    """Anything found in an article."""

    @property
    def part(self) -> PartName:
        """Title or text."""

    @property
    def start(self) -> int:
        """Offset of the first character."""

    @property
    def end(self) -> int:
        """Offset after the last."""


@dataclass(frozen=True, slots=True)
class Span:
    """Words of an article: ``text == raw[start:end]``."""

    part: PartName
    start: int
    end: int
    text: str
    sentence: int


class TextPart:
    """The title or the text: words, the gaps between them, sentences.

    ``gaps[i]`` stands before ``words[i]``, ``gaps[-1]`` after the last word: put together they are as long as ``raw``,
    and equal to it but for apostrophes, which are straight in them.
    """

    __slots__ = (
        "_capitals",
        "_index",
        "_sentence_starts",
        "all_caps",
        "ends",
        "gaps",
        "gloss",
        "lower",
        "name",
        "raw",
        "sentences",
        "starts",
        "words",
    )

    def __init__(self, name: PartName, raw: str, spelling: Spelling = PLAIN) -> None:
        pieces = spelling.cut(raw)
        offsets = list(accumulate(map(len, pieces)))
        self.name = name
        self.raw = raw
        self.words: list[str] = pieces[1::2]
        self.gaps: list[str] = pieces[::2]
        self.starts: list[int] = offsets[:-1:2]
        self.ends: list[int] = offsets[1::2]
        self.lower = [word.lower() for word in self.words]
        gloss = spelling.gloss
        self.gloss = [gloss.get(word, word) for word in self.lower] if gloss else self.lower
        """The lower-case words, small words by the English word that does the same: "avec" is "with"."""
        self.all_caps = sum(map(str.isupper, self.words)) > 0.6 * len(self.words)
        self.sentences: tuple[Sentence, ...] = ()
        self._index: dict[str, list[int]] | None = None
        self._capitals: list[int] | None = None
        self._sentence_starts: list[int] = []

    @property
    def index(self) -> dict[str, list[int]]:
        """The numbers of each lower-case word's places."""
        if self._index is None:
            index: defaultdict[str, list[int]] = defaultdict(list)
            for number, word in enumerate(self.lower):
                index[word].append(number)
            self._index = dict(index)
        return self._index

    @property
    def capitals(self) -> list[int]:
        """The numbers of the words that begin with a capital."""
        if self._capitals is None:
            words = self.words
            likely = [number for number, word in enumerate(words) if word < "[" or word > "{"]  # no small ASCII letter
            self._capitals = [number for number in likely if words[number][0].isupper()]
        return self._capitals

    def numbers_of(self, words: Set[str]) -> list[int]:
        """Return where any of a set of lower-case words stands, in order."""
        index = self.index
        return sorted(number for word in words & index.keys() for number in index[word])

    def cut(self, cutter: Cutter, *, first_index: int) -> None:
        """Find the sentences; their numbers begin at ``first_index``."""
        raw, count = self.raw, len(self.words)
        cuts = cutter.cuts(self)
        sentences: list[Sentence] = []
        following = (*cuts[1:], (len(raw), count, 0, False, False))
        for cut, (limit, last, *_) in zip(cuts, following, strict=True):
            offset, first, paragraph, quoted, opens = cut
            start, end = _trim(raw, offset, limit)
            if start < end:
                dateline = cutter.dateline_end(self, first) if opens and first < count else None
                index = first_index + len(sentences)
                sentences.append(Sentence(index, self.name, start, end, first, last, paragraph, quoted, dateline))
        self.sentences = tuple(sentences)
        self._sentence_starts = [sentence.start for sentence in sentences]

    def sentence_at(self, offset: int) -> Sentence:
        """Return the sentence around an offset (the one before it, when it stands between two)."""
        return self.sentences[max(0, bisect_right(self._sentence_starts, offset) - 1)]

    def word_at(self, offset: int) -> int:
        """Return the number of the first word that starts at or after an offset."""
        return bisect_left(self.starts, offset)

    def span(self, first: int, last: int) -> Span:
        """Return the span of ``words[first:last]``."""
        start, end = self.starts[first], self.ends[last - 1]
        return Span(self.name, start, end, self.raw[start:end], self.sentence_at(start).index)


class Document:
    """An article's title and text, ready to be read."""

    __slots__ = ("_hit_starts", "_hits", "body", "lexicon", "parts", "sentences", "title")

    def __init__(self, title: str, text: str, lexicon: Lexicon) -> None:
        cutter = lexicon.part(Cutter)
        self.lexicon = lexicon
        spelling = lexicon.part(Spelling)
        self.title = TextPart("title", title, spelling)
        self.body = TextPart("text", text, spelling)
        self.parts = (self.title, self.body)
        self.title.cut(cutter, first_index=0)
        self.body.cut(cutter, first_index=len(self.title.sentences))
        self.sentences: Sequence[Sentence] = self.title.sentences + self.body.sentences
        self._hits: tuple[list[Hit], ...] = ()
        self._hit_starts: tuple[frozenset[int], ...] = ()

    @property
    def hits(self) -> tuple[list[Hit], ...]:
        """The gazetteer's phrases in title and text, found on first use."""
        if not self._hits:
            gazetteer = self.lexicon.part(Gazetteer)
            self._hits = tuple(gazetteer.find(part) for part in self.parts)
        return self._hits

    def is_hit(self, part: TextPart, number: int) -> bool:
        """Tell whether a phrase of the gazetteer begins at a word."""
        if not self._hit_starts:
            self._hit_starts = tuple(frozenset(hit.first for hit in hits) for hits in self.hits)
        return number in self._hit_starts[0 if part is self.title else 1]

    def part(self, name: PartName) -> TextPart:
        """Return the title or the text."""
        return self.title if name == "title" else self.body

    def sentence_at(self, part: PartName, offset: int) -> Sentence:
        """Return the sentence around an offset of a part that has any words."""
        return self.part(part).sentence_at(offset)

    def quote(self, span: Spanned) -> str:
        """Return the characters of a span."""
        return self.part(span.part).raw[span.start : span.end]


def _trim(raw: str, start: int, end: int) -> tuple[int, int]:
    inner = raw[start:end]
    kept = inner.lstrip(_SPACE)
    start += len(inner) - len(kept)
    return start, start + len(kept.rstrip(_SPACE))
