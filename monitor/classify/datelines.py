"""Datelines: the place, date and agency that news begins with ("SEOUL, Aug. 22 (Yonhap) - ")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.classify.gazetteer import PLACES, Entry, EntryKind, Gazetteer
from monitor.classify.lexicon import Lexicon
from monitor.classify.phrases import Phrases

_REACH = 160
"""Characters from the start of a paragraph within which its dateline ends."""
_NAME = r"[^\W\d_a-z][^\W\d_]*(?:['’.][^\W\d_]*){0,4}"
_SHAPE = (
    rf"(?P<place>{_NAME}(?:[ /-]{_NAME}){{0,4}})"
    rf"(?:\s?\[(?P<bracket>[^\]\n]{{2,30}})\]|,\s?(?!(?:{{months}})\b)(?P<region>{_NAME}(?:[ -]{_NAME}){{0,2}}))?"
    r"(?:[,.]?\s{1,2}(?:(?:{weekdays}),?\s)?(?P<date>(?:{months})\.?\s\d{1,2}(?!\d)(?:,?\s\d{4})?|\d{1,2}\s(?:{months})(?!\w)\.?(?:,?\s\d{4})?|\d{1,2}[./]\d{1,2}[./]\d{4}))?"
    r"(?:\s?[,.]?\s?[(\[](?P<agency>[A-Z][\w./ &'-]{1,40})[)\]])?"
    r"(?P<mark>\s?(?:[-–—]{1,3}|:|\|)(?=\s|[\"“'A-Z])\s?|\.\s[-–—]\s|\.\s(?=[A-Z\"“])|\s(?=[A-Z\"“]))"
)
_SHOUTED = re.compile(r"([A-Z\u00c0-\u00de]{2,}(?: [A-Z\u00c0-\u00de]{2,}){0,3})\.\s(?=[A-Z\"“])")
"""A place in capitals and a full stop: "GENEVA. Four states ..."."""


@dataclass(frozen=True, slots=True)
class Dateline:
    """Where a dateline stands; each part is a pair of offsets, or None."""

    start: int
    end: int
    place: tuple[int, int]
    date: tuple[int, int] | None
    agency: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Datelines:
    """Recognises datelines in one language."""

    shape: re.Pattern[str]
    phrases: Phrases[Entry]

    @classmethod
    def compile(cls, lexicon: Lexicon) -> Datelines:
        """Read the months, the weekdays and the gazetteer."""
        words = lexicon.table("dates.toml")
        months = "|".join(sorted((re.escape(name) for name in words["months"]), key=len, reverse=True))
        weekdays = "|".join(sorted((re.escape(name) for name in words["weekdays"]), key=len, reverse=True))
        # Only the first letter may differ in case: "MAY 5", "May 5", never the verb "may".
        small = bool(words.get("small_names", False))
        shape = _SHAPE.replace("{months}", _cased(months, small=small)).replace(
            "{weekdays}", _cased(weekdays, small=small)
        )
        return cls(re.compile(shape), lexicon.part(Gazetteer).phrases)

    def match(self, raw: str, start: int) -> Dateline | None:
        """Return the dateline that begins at an offset, if there is one."""
        shouted = _SHOUTED.match(raw, start, min(len(raw), start + _REACH))
        if shouted is not None and self._is_place(shouted[1]):
            return Dateline(start, shouted.end(), shouted.span(1), None, None)
        found = self.shape.match(raw, start, min(len(raw), start + _REACH))
        if found is None:
            return None
        date, agency, mark = found["date"], found["agency"], found["mark"].strip()
        known = self._is_place(found["place"])
        if not mark and not (known and date and agency):
            return None
        if mark == "." and not (known and found["place"].isupper()):
            return None
        if not (known or (found["place"].isupper() and (date or agency) and len(found["place"]) > 2)):
            return None
        return Dateline(
            start,
            found.end(),
            found.span("place"),
            found.span("date") if date else None,
            found.span("agency") if agency else None,
        )

    def _is_place(self, name: str) -> bool:
        return any(
            entry.kind in PLACES or entry.kind in (EntryKind.CAPITAL, EntryKind.SUBSTATE)
            for part in (name, name.partition("/")[0], name[4:] if name[:4].lower() == "the " else name)
            for entry in self.phrases.get(part)
        )


def _cased(names: str, *, small: bool) -> str:
    """Return names with a capital and in capitals; ``small``: in small letters too, as the language writes them."""
    forms = (
        form for name in names.split("|") for form in (name.capitalize(), name.upper(), *([name] if small else ()))
    )
    return "|".join(dict.fromkeys(forms))
