"""What is kept of an actor beside its days: the record ``<actor key>|head``.

It is written seldom: when a day runs out of the longest window, when an article from before that window arrives, and
when a surge begins, grows or ends.  It ends with the actor.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from monitor.actors.day import Day
from monitor.actors.seen import Form

_MOST_OLDER = 128
_MOST_FORMS = 48
_HASHES = 1 << 64


class Span(NamedTuple):
    """How often and when a form was seen; days since 1970."""

    articles: int
    first: int
    last: int

    def joined(self, other: Span) -> Span:
        """Return both together."""
        return Span(self.articles + other.articles, min(self.first, other.first), max(self.last, other.last))


class Surge(NamedTuple):
    """A surge under way, or the last one; minutes since 1970."""

    start: int
    last: int
    """The latest minute at which it still was one."""
    end: int | None
    """None while it lasts."""
    peak: int
    """Texts in the busiest hour."""
    peak_at: int
    told_peak: int
    """The peak as last told."""
    revision: int
    told: bool
    """False for one that a warm-up went through: nothing is said of it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The decoded record."""

    older: frozenset[int] = frozenset()
    """The 128 smallest hashes of articles from before the longest window: enough to count them, each once."""
    forms: dict[Form, Span] = field(default_factory=dict)
    """Names and offices of days that have run out."""
    surge: Surge | None = None

    @property
    def older_articles(self) -> int:
        """How many articles are from before the longest window: exact up to 128, an estimate above."""
        if len(self.older) < _MOST_OLDER:
            return len(self.older)
        # The k smallest of n evenly spread hashes end where k / n of all possible hashes end.
        return round((_MOST_OLDER - 1) * _HASHES / max(self.older))

    def with_older(self, articles: frozenset[int]) -> Head:
        """Return it with more articles from before the longest window; those already known change nothing."""
        if articles <= self.older:
            return self
        return replace(self, older=frozenset(sorted(self.older | articles)[:_MOST_OLDER]))

    def after(self, day: Day) -> Head:
        """Return it with a day that has run out."""
        forms = dict(self.forms)
        for form, count in day_forms(day).items():
            span = Span(count, day.day, day.day)
            forms[form] = forms[form].joined(span) if form in forms else span
        latest = sorted(forms.items(), key=lambda item: (-item[1].last, item))[:_MOST_FORMS]
        return replace(self.with_older(frozenset(article for article, _ in day.uses())), forms=dict(latest))

    def encode(self) -> bytes:
        """Return the record as it stands in the table; the same content gives the same bytes."""
        value: dict[str, Any] = {"v": 1}
        if self.older:
            value["older"] = sorted(self.older)
        if self.forms:
            value["forms"] = [[*form, *span] for form, span in sorted(self.forms.items())]
        if self.surge:
            value["surge"] = list(self.surge)
        return json.dumps(value, separators=(",", ":")).encode()

    @classmethod
    def decode(cls, raw: bytes) -> Head:
        """Read a record of the table."""
        value = json.loads(raw)
        if value["v"] != 1:
            raise ValueError(f"an actor's head is of version {value['v']}, this program reads 1")
        forms = {Form(*row[:3]): Span(*row[3:]) for row in value.get("forms", ())}
        surge = Surge(*value["surge"]) if "surge" in value else None
        return cls(frozenset(value.get("older", ())), forms, surge)


def day_forms(day: Day) -> dict[Form, int]:
    """Return the forms of a day and the number of articles that use each."""
    counted: dict[int, int] = {}
    for _, form in day.uses():
        counted[form] = counted.get(form, 0) + 1
    return {day.forms[form]: count for form, count in counted.items()}
