"""The gate: a look at the raw bytes of a record that lets nearly all other news go by unread."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

import hyperscan

from monitor.classify.rules import RuleBook

_BETWEEN = r"(?:[ \-]|\\n|\\u00a0|\\u2011|\xc2\xa0){1,3}"
_ALONE, _AGREEMENT, _DEFENCE, _BOTH = 1, 2, 3, 10


class Gate:
    """Hyperscan over the bytes of a JSON record, in any case of letters."""

    def __init__(self, book: RuleBook) -> None:
        groups = [(_ALONE, "alone"), (_AGREEMENT, "agreement"), (_DEFENCE, "defence")]
        expressions: list[bytes] = []
        ids: list[int] = []
        flags: list[int] = []
        for number, name in groups:
            if phrases := book.gate.get(name, ()):
                expressions.append(_expression(phrases))
                ids.append(number)
                flags.append(
                    hyperscan.HS_FLAG_CASELESS
                    | hyperscan.HS_FLAG_SINGLEMATCH
                    | (hyperscan.HS_FLAG_QUIET if number != _ALONE else 0)
                )
        if _AGREEMENT in ids and _DEFENCE in ids:
            expressions.append(f"{_AGREEMENT} & {_DEFENCE}".encode())
            ids.append(_BOTH)
            flags.append(hyperscan.HS_FLAG_COMBINATION | hyperscan.HS_FLAG_SINGLEMATCH)
        self._database = hyperscan.Database()
        self._database.compile(expressions=expressions, ids=ids, elements=len(expressions), flags=flags)
        self._local = threading.local()

    def passes(self, raw: bytes) -> bool:
        """Whether a record is worth reading."""
        found: list[int] = []
        scratch = getattr(self._local, "scratch", None)
        if scratch is None:
            scratch = self._local.scratch = hyperscan.Scratch(self._database)
        try:
            self._database.scan(raw, match_event_handler=_stop, context=found, scratch=scratch)
        except hyperscan.ScanTerminated:  # the way a scan ends that was told to stop: no error
            return True
        return bool(found)


def _stop(_number: int, _start: int, _end: int, _flags: int, found: list[int]) -> bool:
    found.append(1)
    return True


def _expression(phrases: Sequence[str]) -> bytes:
    words = (_BETWEEN.join(re.escape(word) for word in phrase.replace("-", " ").split()) for phrase in phrases)
    return f"[^a-z0-9](?:{'|'.join(words)})[^a-z0-9]".encode()  # JSON has a mark around every text
