"""Proper names of agreements and their acronyms, as the text spells them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from monitor.classify.countries import MentionKind
from monitor.classify.naming import given_names
from monitor.classify.nouns import Noun
from monitor.classify.places import country_of
from monitor.classify.reading import Reading
from monitor.classify.text import Sentence, Span, TextPart

_LOW = frozenset(
    {
        "of",
        "on",
        "for",
        "the",
        "and",
        "in",
        "to",
        "between",
        "with",
        "concerning",
        "regarding",
        "&",
        "a",
        "an",
        "governing",
    }
)
_ACRONYM = re.compile(
    r"\s*[(\[]\s*[\"“'‘]?(?:or |the |known as |also called )?([A-Z][A-Z&\-]{1,11}s?)[\"”'’]?\s*[)\],]"
)
_COMMA_ACRONYM = re.compile(r"\s*,\s*(?:or|known as|called|the)?\s*(?:the )?([A-Z][A-Z\-]{2,11})\b")
_QUOTES = {"“": "”", '"': '"', "‘": "’", "'": "'", "«": "»"}
_MAX_WORDS = 22


@dataclass(frozen=True, slots=True)
class Name:
    """A name of an agreement, with its place."""

    span: Span
    acronym: Span | None = None
    quoted: bool = False

    @property
    def text(self) -> str:
        """The name as it is written in a text that neither shouts nor mumbles."""
        text = self.span.text
        if len(text.split()) == 1 or not (text.isupper() or text.islower()):
            return text
        words = text.lower().split()
        words[-1] = _SINGULAR.get(words[-1], words[-1])
        return " ".join(word if word in _LOW and at else _capital(word) for at, word in enumerate(words))


_SINGULAR = {"agreements": "agreement", "treaties": "treaty", "arrangements": "arrangement"}


def _capital(word: str) -> str:
    return "-".join(part.capitalize() for part in word.split("-"))


def find_name(reading: Reading, nouns: Sequence[Noun], moved: Collection[int] = ()) -> Name | None:
    """Return the fullest proper name that the phrases of one agreement give, or an acronym when there is no more.

    ``moved``: numbers of the phrases that something is said to happen to; their names come first.
    """
    best: tuple[float, Name] | None = None
    acronym: Span | None = None
    for noun in nouns:
        if noun.anaphor:
            continue
        found = _quoted(noun) or _capitals(reading, noun) or _shouted(noun) or _in_lower(reading, noun)
        if found is None:
            told = next((given.span for given in given_names(reading, noun) if not given.alias), None)
            short = _acronym_itself(noun)
            if told is not None and not _is_short(told.text):
                found = Name(told, short)
            else:
                acronym = acronym or short or told
                continue
        if found.acronym is not None:
            acronym = acronym or found.acronym
        score = (
            len(found.span.text)
            + (40 if found.quoted else 0)
            + (30 if found.acronym else 0)
            + (_MOVED if noun.number in moved else 0)
            - (_MOVED if noun.weak else 0)
            - 100 * (noun.other > noun.defence)
        )
        if noun.part.name == "title":
            score -= 25
        if best is None or score > best[0]:
            best = (score, found)
    if best is None:
        return Name(acronym, acronym) if acronym is not None else None
    if acronym is not None and best[1].acronym is None and not _spells(acronym.text, best[1].span.text):
        acronym = None  # of another thing that an agreement stands beside: "the framework ... under the COMPACT"
    return Name(best[1].span, best[1].acronym or acronym, quoted=best[1].quoted)


def _spells(acronym: str, name: str) -> bool:
    """Whether an acronym may stand for a name: all its letters begin words there, or they stand there in order."""
    words = re.findall(r"[^\W_]+", name.lower())
    letters = [letter for letter in acronym.lower() if letter.isalpha()]
    if {word[0] for word in words}.issuperset(letters):
        return True
    plain = " " + " ".join(words)
    at = plain.find(" " + letters[0])
    for letter in letters:
        at = plain.find(letter, at + 1) if at >= 0 else -1
        if at < 0:
            return False
    return True


def _is_short(text: str) -> bool:
    letters = text.replace("-", "")
    return letters.isupper() and letters.isalpha()


_MOVED = 25
"""Letters that a name gains when something happens to what it names."""


def _in_lower(reading: Reading, noun: Noun) -> Name | None:
    """Return a name that is one even in small letters.

    That of a known type ("a reciprocal access agreement"), or one that its acronym spells ("a ... agreement (DCA)").
    """
    part, names = noun.part, reading.book.grammar["lower_names"]
    if part.all_caps or (part.name == "title" and _title_case(part)):
        return None
    last = noun.head_last
    for first in range(noun.first, last):
        words = " ".join(part.lower[first:last])
        if words in names or words.removesuffix("s") in names:
            return Name(part.span(first, last), _acronym_after(part, part.ends[last - 1], noun))
    acronym = _acronym_after(part, part.ends[last - 1], noun)
    if acronym is None:
        return None
    letters, first = list(acronym.text.rstrip("s").lower()), last
    while letters and first > noun.first:
        first -= 1
        if part.lower[first][0] == letters[-1]:
            letters.pop()
        elif part.gloss[first] not in _LOW:
            return None
    return Name(part.span(first, last), acronym) if not letters and last - first > 1 else None


def _shouted(noun: Noun) -> Name | None:
    """Return the name of a known type in a text without small letters: "THE RECIPROCAL ACCESS AGREEMENT"."""
    part = noun.part
    formal = part.lower[noun.head_last - 1] in _FORMAL and noun.head_last - noun.head > 2
    if not part.all_caps or part.name == "title" or noun.generic or not formal or part.lower[noun.first - 1] != "the":
        return None
    return Name(part.span(noun.head, noun.head_last))


_FORMAL = frozenset({"agreement", "treaty", "convention", "arrangement", "protocol"})
"""Heads of proper names."""


def _acronym_itself(noun: Noun) -> Span | None:
    """Return the acronym a phrase consists of: "BECA", "the VFA"."""
    part = noun.part
    for word in range(noun.head, noun.head_last):
        text = part.words[word]
        if (
            len(text) >= 3
            and text.isupper()
            and text.isalpha()
            and not part.all_caps
            and text not in ("MOU", "MOA", "NATO")
        ):
            return part.span(word, word + 1)
    return None


def _quoted(noun: Noun) -> Name | None:
    """Return a name in quotation marks around the head: ‘Framework for the ... Partnership’."""
    part = noun.part
    raw = part.raw
    head_start, head_end = part.starts[noun.head], part.ends[noun.head_last - 1]
    low = max(0, head_start - 160)
    for mark, closing in _QUOTES.items():
        opened = raw.rfind(mark, low, head_start)
        if opened < 0 or (mark == "'" and opened > 0 and raw[opened - 1].isalnum()):
            continue
        if closing != mark and raw.find(closing, opened + 1, head_start) >= 0:
            continue
        closed = _closing(raw, closing, head_end, min(len(raw), head_end + 200))
        if closed < 0:
            continue
        start, end = opened + 1, closed
        while end > start and raw[end - 1] in ",.; ":
            end -= 1
        first, last = part.word_at(start), part.word_at(end)
        words = part.words[first:last]
        if not 2 <= len(words) <= _MAX_WORDS or (
            not raw[start : start + 1].isupper() and not raw[start : start + 1].isdigit()
        ):
            continue
        capitals = sum(
            1
            for word in words
            if word[:1].isupper() or word.lower() in _LOW or word in ("'s", "’s") or word[0].isdigit()
        )
        if capitals < len(words) or first > noun.head:
            continue
        span = Span(part.name, part.starts[first], end, raw[part.starts[first] : end], noun.sentence.index)
        return Name(span, _acronym_after(part, end, noun), quoted=True)
    return None


def _closing(raw: str, mark: str, low: int, high: int) -> int:
    """Return where a quotation ends; an apostrophe inside a word closes nothing."""
    at = raw.find(mark, low, high)
    while at >= 0 and mark in "'’" and at + 1 < len(raw) and raw[at + 1].isalnum():
        at = raw.find(mark, at + 1, high)
    return at


def _capitals(reading: Reading, noun: Noun) -> Name | None:
    """Return a name in capitals around the head: Visiting Forces Agreement, Treaty on Strategic Partnership."""
    part = noun.part
    if part.all_caps or (part.name == "title" and _title_case(part)):
        return None
    anchor = next(
        (word for word in range(noun.head_last - 1, noun.head - 1, -1) if part.words[word][:1].isupper()), None
    )
    if anchor is None:
        return _of_a_town(reading, noun)
    if part.words[anchor].isupper() and len(part.words[anchor]) > 1:
        return None
    levels = reading.levels[part.name]
    first = anchor
    while first > noun.sentence.first and not levels[first] and _fits_left(part, first - 1, first, noun.sentence.first):
        first -= 1
    town: int | None = None
    while first < anchor and (
        part.gloss[first] in _LOW or part.words[first] in ("'s", "’s") or _leading(reading, part, first, noun.sentence)
    ):
        town = first if _is_town(reading, part, first) else None
        first += 1
    last = anchor + 1
    while last < noun.sentence.last and last - first < _MAX_WORDS and _fits_right(part, last, noun.sentence.last):
        last += 1
    last = _before_parties(reading, part, anchor + 1, last)
    while last > anchor + 1 and part.gloss[last - 1] in _LOW:
        last -= 1
    if last - first == 1 and town == first - 1 and part.lower[anchor] in _TOWN_HEADS:
        first -= 1  # the Baghdad Pact
    if last - first < 2 or (last > anchor + 1 and part.lower[anchor + 1] in _BODIES):
        return None
    span = part.span(first, last)
    return Name(span, _acronym_after(part, span.end, noun))


_BODIES = frozenset({"organization", "organisation", "council", "office", "commission", "secretariat"})
"""Behind a head: a body that an agreement made, and not the agreement."""
_TOWN_HEADS = frozenset(
    {"accord", "accords", "pact", "protocol", "protocols", "treaty", "treaties", "convention", "declaration", "charter"}
)
"""Heads that are named after the town of the signing."""


def _of_a_town(reading: Reading, noun: Noun) -> Name | None:
    """Return a name of a town and a small head: "the Kharkiv accords"; a capital's are those of its government."""
    part = noun.part
    heads = (word for word in range(noun.head, noun.head_last) if part.lower[word] in _TOWN_HEADS)
    head = next(heads, noun.sentence.first)
    town = head - 1
    if town <= noun.sentence.first:
        return None
    known = any(place.part == part.name and place.start == part.starts[town] for place in reading.places)
    mine = known or country_of(part.words[town], reading.document.lexicon) is not None
    owned = any(m.part == part.name and m.start <= part.starts[town] < m.end for m in reading.countries)
    return Name(part.span(town, head + 1)) if mine and not owned and part.words[town].istitle() else None


def _is_town(reading: Reading, part: TextPart, word: int) -> bool:
    """Whether a word is a capital city that stands for its government."""
    return any(
        mention.part == part.name and mention.start == part.starts[word] and mention.kind is MentionKind.CAPITAL
        for mention in reading.countries
    )


def _title_case(part: TextPart) -> bool:
    words = [word for word in part.words if word.isalpha() and len(word) > 3]
    return len(words) > 3 and sum(word[0].isupper() for word in words) > 0.7 * len(words)


def _fits_left(part: TextPart, before: int, here: int, floor: int) -> bool:
    word = part.words[before]
    if part.gaps[here].strip(" -"):
        return False
    if word[:1].isupper():
        return True
    return (
        part.gloss[before] in ("of", "and", "on", "for", "&")
        and before > floor
        and part.words[before - 1][:1].isupper()
    )


def _fits_right(part: TextPart, here: int, limit: int) -> bool:
    gap, words = part.gaps[here], part.words
    if gap == "-":
        return True  # Co-operation
    is_capital = words[here][:1].isupper()
    if gap == ", ":
        # "Treaty of Friendship, Cooperation and Security"
        behind = here + 2 < limit and part.gloss[here + 1] in ("and", "&") and words[here + 2][:1].isupper()
        return is_capital and behind and not part.gaps[here + 1].strip() and part.gloss[here - 2] in _LOW
    if gap.strip(" /"):
        return False
    if is_capital and (not words[here - 1].isupper() or part.gloss[here - 2] in _LOW):
        return True
    # Small words ("on the") go on with a name when a capital comes after at most three of them.
    ahead = here
    while ahead < min(limit, here + 3) and part.gloss[ahead] in _LOW:
        ahead += 1
    second = part.gloss[here] == "and" and part.gloss[here + 1 : here + 2] == ["the"]
    return here < ahead < limit and words[ahead][:1].isupper() and not second


def _leading(reading: Reading, part: TextPart, word: int, sentence: Sentence) -> bool:
    """Whether a capital at the start is no part of the name: "The", a country before a plain name, a weekday."""
    lower, grammar = part.lower[word], reading.book.grammar
    if lower in grammar["determiner"]:
        return word == sentence.first or lower not in grammar["number"]  # the Three Rivers Arrangement
    if lower in grammar["verb"] or lower in grammar["preposition"]:
        return True
    return any(
        mention.start <= part.starts[word] < mention.end and mention.part == part.name for mention in reading.countries
    )


def _before_parties(reading: Reading, part: TextPart, low: int, last: int) -> int:
    """Cut " with Japan", " between India and ...", " of Brunei", " on Monday" off the end."""
    own = {part.word_at(mention.start) for mention in reading.countries if mention.part == part.name}
    own |= {part.word_at(mention.start) for mention in reading.dates if mention.part == part.name}
    for word in range(low, last):
        if part.gloss[word] in ("with", "between", "to", "in"):
            return word
        behind = word + 1 + (part.gloss[word + 1 : word + 2] == ["the"])
        if part.gloss[word] in ("of", "on", "for", "by", "and") and behind in own:
            return word
    return last


def _acronym_after(part: TextPart, end: int, noun: Noun) -> Span | None:
    ahead = part.raw[end : end + 40]
    lead = len(ahead) - len(ahead.lstrip("”\"’' "))
    found = _ACRONYM.match(ahead[lead:]) or _COMMA_ACRONYM.match(ahead[lead:])
    if not found:
        return None
    start = end + lead + found.start(1)
    stop = end + lead + found.end(1)
    return Span(part.name, start, stop, part.raw[start:stop], noun.sentence.index)
