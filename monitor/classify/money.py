"""Sums of money: "$3.5 billion", "Rs 1,200 crore", "two billion pounds", "EUR 40m"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from monitor.classify.datewords import DateWords
from monitor.classify.lexicon import Lexicon
from monitor.classify.text import Document, PartName, TextPart
from monitor.errors import RulesError

_JOINTS = frozenset((" ", "-", "\u00a0", ""))


@dataclass(frozen=True, slots=True)
class MoneyMention:
    """A sum; ``text == raw[start:end]``, ``currency`` an ISO 4217 code."""

    part: PartName
    start: int
    end: int
    text: str
    sentence: int
    amount: float
    currency: str


@dataclass(frozen=True, slots=True)
class MoneyWords:
    """What the data say about money."""

    signs: dict[str, str]
    before: dict[str, str]
    after: dict[str, str]
    of_states: dict[str, str]
    scales: dict[str, float]
    numbers: dict[str, int]
    unsure: frozenset[str]
    half: frozenset[str]
    named: frozenset[str]
    """The words before or after an amount."""
    joints: frozenset[str]
    """Words between an amount and its currency: "un milliard d'euros"."""
    decimal: str
    """The mark between a number and its decimals."""
    sign: re.Pattern[str]
    """A sign's last character, and the space that may follow it."""

    @classmethod
    def compile(cls, lexicon: Lexicon) -> MoneyWords:
        """Read ``money.toml``."""
        table: dict[str, Any] = lexicon.table("money.toml")
        try:
            signs, before, after, of_states = (table[key] for key in ("signs", "before", "after", "of_states"))
            scales = {word: float(scale) for word, scale in table["scales"].items()}
        except KeyError as error:
            raise RulesError(f"money.toml of language {lexicon.language}: the table {error} is missing") from None
        numbers = lexicon.part(DateWords).numbers
        unsure, half = lexicon.words("money.toml", "words.unsure"), lexicon.words("money.toml", "words.half")
        sign = re.compile("[" + re.escape("".join({sign[-1] for sign in signs})) + "] ?")
        named, joints = frozenset((*before, *after)), lexicon.words("money.toml", "words.joints")
        return cls(
            signs, before, after, of_states, scales, numbers, unsure, half, named, joints, table["decimal"], sign
        )


def find_money(doc: Document) -> tuple[MoneyMention, ...]:
    """Return the sums of money in title and text, in reading order."""
    words = doc.lexicon.part(MoneyWords)
    return tuple(mention for part in doc.parts for mention in _read(part, words))


def _read(part: TextPart, words: MoneyWords) -> list[MoneyMention]:
    found: dict[int, MoneyMention] = {}
    for sign in words.sign.finditer(part.raw):
        number = part.word_at(sign.end())
        if number < len(part.words) and part.starts[number] == sign.end():
            _add(found, _signed(part, words, number))
    for number in part.numbers_of(words.named):
        word = part.lower[number]
        if word in words.before and number + 1 < len(part.lower) and (coded := _coded(part, words, number)):
            _add(found, coded)
        elif word in words.after:
            _add(found, _named(part, words, number))
    return [found[start] for start in sorted(found)]


def _add(found: dict[int, MoneyMention], mention: MoneyMention | None) -> None:
    if mention and not any(start in found for start in (mention.start, mention.end)):
        found[mention.start] = mention


def _signed(part: TextPart, words: MoneyWords, number: int) -> MoneyMention | None:
    """Read "$3.5 billion", "US$ 40m", "£2bn" at a number whose gap ends with a sign."""
    gap = part.gaps[number].rstrip(" ")
    sign, start = gap[-1], part.starts[number] - len(part.gaps[number]) + len(gap) - 1
    if number and len(gap) == 1 and (longer := f"{part.lower[number - 1].replace('.', '')}{sign}") in words.signs:
        sign, start = longer, part.starts[number - 1]
    value, last = _amount(part, words, number)
    return _mention(part, start, last, value, words.signs[sign]) if value is not None else None


def _coded(part: TextPart, words: MoneyWords, number: int) -> MoneyMention | None:
    """Read "Rs 1,200 crore", "USD 40 million"."""
    word = part.words[number]
    if not (word.isupper() or word == "Rs") or part.gaps[number + 1] not in (" ", ". ", ".", "", "\u00a0"):
        return None
    value, last = _amount(part, words, number + 1)
    currency = words.before[part.lower[number]]
    return _mention(part, part.starts[number], last, value, currency) if value is not None else None


def _amount(part: TextPart, words: MoneyWords, number: int) -> tuple[float | None, int]:
    """Return the number at a word, with its scale, and where it ends."""
    lower = part.lower[number]
    digits = lower.rstrip("abcdefghijklmnopqrstuvwxyz")
    value, glued = _number(digits, words.decimal), lower[len(digits) :]
    if value is None or (glued and glued not in words.scales):
        return None, number
    last = number + 1
    value *= words.scales.get(glued, 1.0)
    while (
        last < len(part.lower) and last < number + 3 and part.gaps[last] in _JOINTS and part.lower[last] in words.scales
    ):
        if len(part.lower[last]) == 1 and part.gaps[last] == " ":
            break
        value *= words.scales[part.lower[last]]  # "1 lakh crore"
        last += 1
    return (value, last) if math.isfinite(value) else (None, number)


def _number(text: str, decimal: str) -> float | None:
    if not text or not text.isascii() or len(text) > 20:
        return None
    try:
        return float(text.replace(",", "." if decimal == "," else ""))
    except ValueError:
        return None


def _named(part: TextPart, words: MoneyWords, number: int) -> MoneyMention | None:
    """Read "two billion pounds", "half a billion euros", "40 million Australian dollars" before a currency's word."""
    lower, first, currency = part.lower, number, words.after[part.lower[number]]
    for length in (1, 2):
        named = " ".join(lower[max(0, number - length) : number + 1])
        if named in words.of_states:
            currency, first = words.of_states[named], number - length
    scale = 1.0
    at = first - 1
    at -= at > 0 and lower[at] in words.joints and part.gaps[first] in ("", " ")
    while at >= 0 and at > first - 3 and part.gaps[at + 1] in _JOINTS and lower[at] in words.scales:
        scale *= words.scales[lower[at]]
        at -= 1
    if at < 0 or part.gaps[at + 1] not in _JOINTS or (scale == 1.0 and lower[number] in words.unsure):
        return None
    digits = lower[at].rstrip("abcdefghijklmnopqrstuvwxyz")
    glued = lower[at][len(digits) :]
    value = _number(digits, words.decimal) if digits else None
    if value is not None and glued in words.scales:
        value *= words.scales[glued]
    if value is None and scale > 1.0:
        value = float(words.numbers[lower[at]]) if lower[at] in words.numbers else None
        if at and lower[at - 1] in words.half and lower[at] in words.numbers:
            value, at = 0.5, at - 1
    if value is None or not math.isfinite(value * scale):
        return None
    return _mention(part, part.starts[at], number + 1, value * scale, currency)


def _mention(part: TextPart, start: int, last: int, amount: float, currency: str) -> MoneyMention:
    end = part.ends[last - 1]
    return MoneyMention(part.name, start, end, part.raw[start:end], part.sentence_at(start).index, amount, currency)
