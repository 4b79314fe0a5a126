"""An entry: what one article says of an agreement, as the dossier keeps it.

Small on purpose: days are ordinals, times are seconds, closed words are plain text, and what is missing
takes no room in the encoding.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime
from functools import lru_cache
from math import isfinite
from typing import Any

from monitor.models.report import ArticleReports, Report
from monitor.models.vocabulary import Status
from monitor.track.sources import is_official, pack_fingerprint

RANK: dict[str, int] = {status.value: status.rank for status in Status if status.rank is not None}
"""Place of a stage in a life that goes well; the others are not in it."""

EPOCH = 719_163
"""The ordinal of 1 January 1970."""

SENTENCE = 160
"""Characters of a sentence that are kept as evidence."""

LONGEST = 1000
"""Years from which a term is a slip of the pen."""

PAUSES = frozenset({Status.SUSPENDED, Status.STALLED})
"""Stages whose duration is their own, not the agreement's."""

Person = tuple[str, str | None, str | None]
"""Name, role, country."""


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """The next stage, as announced; ``day`` an ordinal."""

    status: str
    day: int | None = None
    place: str | None = None
    people: tuple[Person, ...] = ()


@dataclass(slots=True)
class Entry:
    """What one article says of one agreement, and what came of it.

    What it says never changes; the outcome (``reason`` to ``changed``) is written once, while it is decided on.
    """

    article_id: str
    at: int
    """Event time in seconds; arrival when the article is undated."""
    kind: str
    ordinal: int = 0
    """Which of the article's reports."""
    undated: bool = False
    source: str = ""
    title: str = ""
    url: str | None = None
    parties: tuple[str, ...] = ()
    instrument: str = "unknown"
    subjects: tuple[str, ...] = ()
    status: str | None = None
    day: int | None = None
    place: str | None = None
    years: float | None = None
    name: str | None = None
    acronym: str | None = None
    aliases: tuple[str, ...] = ()
    signatories: tuple[Person, ...] = ()
    sites: tuple[str, ...] = ()
    cost: tuple[float, str] | None = None
    planned: PlannedStage | None = None
    until: int | None = None
    earlier: tuple[tuple[str, int | None], ...] = ()
    score: float = 0.0
    official: bool = False
    credits: tuple[str, ...] = ()
    fingerprint: str = ""
    evidence: tuple[tuple[str, str], ...] = ()
    """(field, sentence)."""
    reason: str | None = None
    """Of the alert it gave."""
    alert_id: str | None = None
    why: str = ""
    identity: str = ""
    changed: tuple[str, ...] = ()
    key: tuple[int, str, int] = field(init=False, compare=False, repr=False)
    """Place in the one order in which a dossier reads its entries, whatever order they came in."""
    shown: dict[Any, Any] = field(init=False, compare=False, repr=False, default_factory=dict)
    """How it was published before; most entries of a dossier are the same the next time."""

    def __post_init__(self) -> None:
        self.key = (self.at, self.article_id, self.ordinal)

    @property
    def event_day(self) -> int:
        """The ordinal of the day the article is from."""
        return self.at // 86_400 + EPOCH

    @property
    def news_day(self) -> int:
        """The day of the stage, or of the article when the text gives none."""
        return self.event_day if self.day is None else self.day

    @property
    def names(self) -> tuple[str, ...]:
        """Name, acronym and other names, as far as given."""
        return tuple(name for name in (self.name, self.acronym, *self.aliases) if name)

    @property
    def is_agreement(self) -> bool:
        """Whether it is the article's news, not a mention."""
        return self.kind == "agreement"


def entry_of(record: ArticleReports, report: Report, ordinal: int) -> Entry:
    """Return what a dossier keeps of one report of an article."""
    article = record.article
    years, until = _term(report, article.sort_time.date().toordinal())
    return Entry(
        article_id=article.id,
        ordinal=ordinal,
        at=int(article.sort_time.timestamp()),
        undated=article.event_time is None,
        kind=report.kind.value,
        source=article.source[:80],
        title=cut(article.title, 120),
        url=article.url[:300] if article.url else None,
        parties=tuple(sorted(set(report.parties))),
        instrument=report.instrument.value,
        subjects=tuple(subject.value for subject in report.subjects),
        status=report.status.value if report.status else None,
        day=_ordinal(report.date),
        place=_short(report.place),
        years=years,
        name=_short(report.name, 160),
        acronym=_short(report.acronym, 20),
        aliases=tuple(alias[:160] for alias in report.aliases[:3]),
        signatories=_people(report.signatories),
        sites=tuple(dict.fromkeys(site[:60] for site in report.sites[:16])),
        cost=(report.cost.amount, report.cost.currency) if report.cost and isfinite(report.cost.amount) else None,
        planned=_planned(report, article.sort_time.date().toordinal()),
        until=until,
        earlier=tuple((stage.status.value, _ordinal(stage.date)) for stage in report.earlier[:4]),
        score=round(report.score, 3),
        official=is_official(article.source, article.url),
        credits=record.credits[:4],
        fingerprint=pack_fingerprint(record.fingerprint),
        evidence=tuple(
            {
                piece.field: (piece.field, cut(piece.sentence or piece.quote, SENTENCE, around=piece.quote))
                for piece in report.evidence
            }.values()
        )[:8],
    )


def _term(report: Report, today: int) -> tuple[float | None, int | None]:
    """Return the term of the agreement and the end of its stage: a suspension for six months is an end, no term."""
    until = _ordinal(report.until)
    years = report.years if report.years is not None and 0 < report.years < LONGEST else None
    if report.status not in PAUSES or years is None:
        return years, until
    since = report.date.toordinal() if report.date and report.date.toordinal() <= today else today
    return None, until or min(since + round(years * 365.25), date.max.toordinal())


def _planned(report: Report, today: int) -> PlannedStage | None:
    planned = report.planned
    if planned is None:
        return None
    day = _ordinal(planned.date)
    ahead = day if day is not None and day > today else None  # what is planned lies ahead
    # Who is named beside an agreed text that is to be signed is named as one who will sign it.
    people = planned.people or (report.signatories if report.status is Status.AGREED else ())
    return PlannedStage(planned.status.value, ahead, _short(planned.place), _people(people))


def cut(text: str, length: int, *, around: str = "") -> str:
    """Return text of at most ``length`` characters, cut between words, so that it shows the words ``around``."""
    if len(text) <= length:
        return text
    at = max(text.find(around), 0)
    start = 0
    if at + len(around) >= length - 1:
        start = max(min(at - length // 3, len(text) - length + 2), 0)
        start = text.find(" ", start, at) + 1 or start
    room = length - 1 - (start > 0)
    kept = text[start : start + room]
    if start + room < len(text) and text[start + room] != " ":
        kept = kept[: kept.rfind(" ")] if kept.rfind(" ") > room // 2 else kept
    ends = start + len(kept.rstrip()) >= len(text.rstrip())
    return ("…" if start else "") + kept.strip() + ("" if ends else "…")


def _ordinal(day: date | None) -> int | None:
    return day.toordinal() if day else None


def _short(text: str | None, length: int = 80) -> str | None:
    return text[:length].strip() or None if text else None


def _people(people: Any) -> tuple[Person, ...]:
    return tuple((person.name[:60], _short(person.role, 60), person.country) for person in people[:6])


# --- how it is kept: full names would take most of the room, so each field has a letter or two ------------------------

_KEYS = {
    "article_id": "i",
    "at": "t",
    "kind": "k",
    "ordinal": "o",
    "undated": "u",
    "source": "s",
    "title": "h",
    "url": "l",
    "parties": "p",
    "instrument": "in",
    "subjects": "su",
    "status": "st",
    "day": "d",
    "place": "pl",
    "years": "y",
    "name": "n",
    "acronym": "a",
    "aliases": "al",
    "signatories": "sg",
    "sites": "si",
    "cost": "c",
    "planned": "pn",
    "until": "un",
    "earlier": "e",
    "score": "sc",
    "official": "of",
    "credits": "cr",
    "fingerprint": "f",
    "evidence": "ev",
    "reason": "r",
    "alert_id": "ai",
    "why": "w",
    "identity": "id",
    "changed": "ch",
}
_DEFAULTS = {
    one.name: one.default for one in fields(Entry) if one.init and one.name not in ("article_id", "at", "kind")
}
_OPTIONAL = [(name, _KEYS[name], default) for name, default in _DEFAULTS.items()]
_NAMES = {key: name for name, key in _KEYS.items()}


def pack(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON values."""
    packed: dict[str, Any] = {"i": entry.article_id, "t": entry.at, "k": entry.kind}
    for name, key, default in _OPTIONAL:
        value = getattr(entry, name)
        if value != default:
            packed[key] = value
    planned = entry.planned
    if planned:
        packed["pn"] = (planned.status, planned.day, planned.place, planned.people)
    return packed


def as_json(entry: Entry) -> str:
    """Return an entry as JSON; written once, as it does not change any more."""
    found: str | None = entry.shown.get("json")
    if found is None:
        found = entry.shown["json"] = to_json(pack(entry))
    return found


to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"""Writes JSON as the table holds it."""


def unpack(packed: dict[str, Any]) -> Entry:
    """Rebuild an entry from JSON values; the inverse of `pack`."""
    values: dict[str, Any] = {
        _NAMES[key]: _tuples(value) if isinstance(value, list) else value for key, value in packed.items()
    }
    if "planned" in values:
        values["planned"] = PlannedStage(*values["planned"])
    return Entry(**values)


def _tuples(value: list[Any]) -> tuple[Any, ...]:
    return tuple(_tuples(item) if isinstance(item, list) else item for item in value)


@lru_cache(maxsize=4_000)
def moment(seconds: int) -> datetime:
    """Return seconds since 1970 as a moment in UTC."""
    return datetime.fromtimestamp(seconds, UTC)
