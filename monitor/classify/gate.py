"""The gate: a look at the raw bytes of a record that lets nearly all other news go by unread.

Two scans by hyperscan. The first asks whether words of both groups stand in the record at all, and stops at once when
they do; nearly all news ends here. The second, seldom needed, asks where they stand.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import hyperscan

from monitor.classify.rules import Role, RuleBook
from monitor.classify.rules.pattern import Step

_BETWEEN = r"(?:[ \-]|\\n|\\r|\\t|\\u00a0|\\u2011|\xc2\xa0){1,3}"
_ALONE, _AGREEMENT, _DEFENCE, _BOTH = 1, 2, 3, 10
_GROUPS = ((_ALONE, "alone"), (_AGREEMENT, "agreement"), (_DEFENCE, "defence"))
_BEFORE = "[^a-z0-9]"
_BEFORE_TIED = r"(?:[^a-z0-9]|\\u[0-9a-f]{4})"
"""Before a word in a language that ties words by an apostrophe: it may be written by its number, and scans slower."""
_OTHERS = 20
"""Number of the first mark of another language: it stops no scan."""
_CASELESS, _ONCE, _QUIET = hyperscan.HS_FLAG_CASELESS, hyperscan.HS_FLAG_SINGLEMATCH, hyperscan.HS_FLAG_QUIET

NEAR = 150
"""Bytes within which words of the two groups stand near each other: about a sentence."""
TOP = 1_500
"""Bytes of a record, its id, title and lead among them, in which one such pair is enough; further on it takes two."""
_MOST = 400
"""Matches after which a record is read anyway: it is long, and full of the words."""


class Gate:
    """Looks for the words of every language in the bytes of a JSON record. Thread-safe.

    The language of a record that is not yet decoded is not known. Words of the first book are looked for in all, those
    of another where a mark of its language stands, as one of its commonest small words.
    """

    def __init__(self, *books: RuleBook) -> None:
        first, *others = books
        marks = [(_OTHERS + number, _marks(book)) for number, book in enumerate(others)]
        self._first = Scan(first, marks)
        self._others = {_OTHERS + number: Scan(book) for number, book in enumerate(others)}

    def passes(self, raw: bytes) -> bool:
        """Whether a record is worth reading."""
        found = self._first.find(raw)
        if not found:
            return False
        if self._first.holds(raw, found):
            return True
        # A scan that was told to stop may not have come to the marks.
        others = (scan for number, scan in self._others.items() if number in found or found[-1] < _OTHERS)
        return any(scan.holds(raw, scan.find(raw)) for scan in others)


class Scan:
    """Hyperscan over the bytes of a JSON record for the words of one language, in any case of letters. Thread-safe."""

    def __init__(self, book: RuleBook, marks: Sequence[tuple[int, bytes]] = ()) -> None:
        before = _BEFORE_TIED if book.gate["marks"] else _BEFORE
        groups = [(number, _expression(found, before)) for number, found in _words(book).items() if found]
        pair = {_AGREEMENT, _DEFENCE} <= {number for number, _ in groups}
        first = [(number, text, _CASELESS | _ONCE | (_QUIET if number != _ALONE else 0)) for number, text in groups]
        first += [(number, text, _ONCE) for number, text in marks]
        if pair:
            combined = f"{_AGREEMENT} & {_DEFENCE}".encode()
            first.append((_BOTH, combined, hyperscan.HS_FLAG_COMBINATION | _ONCE))
        self._any = _compile(first)
        self._places = _compile([(number, text, _CASELESS) for number, text in groups])
        self._local = threading.local()

    def find(self, raw: bytes) -> list[int]:
        """Return the groups of words, and the marks, that stand in a record; it stops where a group is told."""
        local = self._local
        if not hasattr(local, "any"):
            local.any, local.places = hyperscan.Scratch(self._any), hyperscan.Scratch(self._places)
        found: list[int] = []
        with suppress(hyperscan.ScanTerminated):  # the way a scan ends that was told to stop: no error
            self._any.scan(raw, match_event_handler=_stop, context=found, scratch=local.any)
        return found

    def holds(self, raw: bytes, found: Sequence[int]) -> bool:
        """Whether the groups that were found stand as they should: one of words alone, or two near each other."""
        return _ALONE in found or (_BOTH in found and self._near(raw))

    def _near(self, raw: bytes) -> bool:
        places: list[tuple[int, int]] = []
        try:
            self._places.scan(raw, match_event_handler=_note, context=places, scratch=self._local.places)
        except hyperscan.ScanTerminated:
            return True
        pairs = 0
        last = {_AGREEMENT: -NEAR - 1, _DEFENCE: -NEAR - 1}
        for end, number in sorted(places):
            if number == _ALONE:
                return True
            other = _DEFENCE if number == _AGREEMENT else _AGREEMENT
            if end - last[other] <= NEAR:
                pairs += 1
                if end <= TOP or pairs > 1:
                    return True
                last[other] = -NEAR - 1  # the next pair is made of other words
            last[number] = end
        return False


def _stop(number: int, _start: int, _end: int, _flags: int, found: Any) -> bool:
    found.append(number)
    return number < _OTHERS


def _note(number: int, _start: int, end: int, _flags: int, places: Any) -> bool:
    places.append((end, number))
    return len(places) > _MOST


def _compile(entries: Sequence[tuple[int, bytes, int]]) -> hyperscan.Database:
    database = hyperscan.Database()
    database.compile(
        expressions=[text for _, text, _ in entries],
        ids=[number for number, _, _ in entries],
        elements=len(entries),
        flags=[flags for _, _, flags in entries],
    )
    return database


def _marks(book: RuleBook) -> bytes:
    return "|".join(map(re.escape, book.gate["marks"])).encode()


def _words(book: RuleBook) -> dict[int, list[str]]:
    """Return the expressions of each group of a language."""
    words = {number: [_phrase(text) for text in book.gate.get(name, ())] for number, name in _GROUPS}
    # What a user watches for by name is let through wherever it stands.
    words[_ALONE] += [
        _steps(sequence)
        for identifier in sorted(book.own)
        if (rule := book.rules[identifier]).role is Role.AGREEMENT
        for sequence in book.sequences(rule.match)
        if not any(step.gap for step in sequence)
    ]
    return words


def _phrase(text: str) -> str:
    return _BETWEEN.join(_letters(word) for word in text.replace("-", " ").split())


def _letters(word: str) -> str:
    """Return the expression of a word whose letters stand as they are or, as JSON may have them, by number.

    Hyperscan sees bytes, so that letters beyond ASCII have both their cases here.
    """
    if word.isascii() and "'" not in word:
        return re.escape(word)
    return "".join(re.escape(letter) if letter.isascii() and letter != "'" else _forms(letter) for letter in word)


def _forms(letter: str) -> str:
    letters = ("'", "’") if letter == "'" else dict.fromkeys((letter.lower(), letter.upper()))
    return "(?:" + "|".join(form for one in letters for form in (one, rf"\\u{ord(one):04x}")) + ")"


def _steps(sequence: Sequence[Step]) -> str:
    """Return the expression of a rule's pattern; capitals are left to the rule itself."""
    return _BETWEEN.join(
        "(?:" + "|".join(sorted(_letters(word) for word in step.words | step.exact)) + ")" for step in sequence
    )


def _expression(words: Sequence[str], before: str) -> bytes:
    return f"{before}(?:{'|'.join(words)})[^a-z0-9]".encode()  # JSON has a mark around every text
