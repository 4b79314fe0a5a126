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
_ALONE, _AGREEMENT, _DEFENCE, _BOTH = 1, 2, 3, 4
_GROUPS = ((_ALONE, "alone"), (_AGREEMENT, "agreement"), (_DEFENCE, "defence"))
_STEP = 10
"""Numbers of the groups of one language from those of the next: words of two languages make no pair."""
_CASELESS, _ONCE, _QUIET = hyperscan.HS_FLAG_CASELESS, hyperscan.HS_FLAG_SINGLEMATCH, hyperscan.HS_FLAG_QUIET

NEAR = 150
"""Bytes within which words of the two groups stand near each other: about a sentence."""
TOP = 1_500
"""Bytes of a record, its id, title and lead among them, in which one such pair is enough; further on it takes two."""
_MOST = 400
"""Matches after which a record is read anyway: it is long, and full of the words."""


class Gate:
    """Hyperscan over the bytes of a JSON record, in any case of letters. Thread-safe.

    It looks for the words of all languages at once: a record is not yet decoded, so that its language is not known.
    """

    def __init__(self, *books: RuleBook) -> None:
        first: list[tuple[int, bytes, int]] = []
        places: list[tuple[int, bytes, int]] = []
        for number, book in enumerate(books):
            groups = [(number * _STEP + group, _expression(found)) for group, found in _words(book).items() if found]
            for group, text in groups:
                first.append((group, text, _CASELESS | _ONCE | (_QUIET if group % _STEP != _ALONE else 0)))
            agreement, defence, both = (number * _STEP + group for group in (_AGREEMENT, _DEFENCE, _BOTH))
            if {agreement, defence} <= {group for group, _ in groups}:
                first.append((both, f"{agreement} & {defence}".encode(), hyperscan.HS_FLAG_COMBINATION | _ONCE))
            places += [(group, text, _CASELESS) for group, text in groups]
        self._languages = len(books)
        self._any = _compile(first)
        self._places = _compile(places)
        self._local = threading.local()

    def passes(self, raw: bytes) -> bool:
        """Whether a record is worth reading."""
        local = self._local
        if not hasattr(local, "any"):
            local.any, local.places = hyperscan.Scratch(self._any), hyperscan.Scratch(self._places)
        found: list[int] = []
        with suppress(hyperscan.ScanTerminated):  # the way a scan ends that was told to stop: no error
            self._any.scan(raw, match_event_handler=_stop, context=found, scratch=local.any)
        if not found:
            return False
        return found[0] % _STEP == _ALONE or self._near(raw)

    def _near(self, raw: bytes) -> bool:
        places: list[tuple[int, int]] = []
        try:
            self._places.scan(raw, match_event_handler=_note, context=places, scratch=self._local.places)
        except hyperscan.ScanTerminated:
            return True
        pairs = [0] * self._languages
        last: dict[int, int] = {}
        for end, number in sorted(places):
            language, group = divmod(number, _STEP)
            if group == _ALONE:
                return True
            other = language * _STEP + (_DEFENCE if group == _AGREEMENT else _AGREEMENT)
            if end - last.get(other, -NEAR - 1) <= NEAR:
                pairs[language] += 1
                if end <= TOP or pairs[language] > 1:
                    return True
                last[other] = -NEAR - 1  # the next pair is made of other words
            last[number] = end
        return False


def _stop(number: int, _start: int, _end: int, _flags: int, found: Any) -> bool:
    found.append(number)
    return True


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


def _expression(words: Sequence[str]) -> bytes:
    # JSON has a mark around every text; a mark of its own may be written by its number ("\\u2019").
    return rf"(?:[^a-z0-9]|\\u[0-9a-f]{{4}})(?:{'|'.join(words)})[^a-z0-9]".encode()
