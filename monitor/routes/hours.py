"""Local time: when it is quiet, and when the next digest is due.

Wall-clock times are turned into moments before they are compared, so that the two nights a year in which clocks change
are as any other.  A time that the clocks skip is the moment after the gap; one that they show twice is the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.routes.config import DAYS, Day, Digest, QuietHours

_DAY = timedelta(days=1)
_LONGEST = 8
"""Days that quiet hours can last: a week is never quiet as a whole, see `always_quiet`."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """A stretch of quiet time."""

    start: datetime
    end: datetime


def moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """Return the moment, in UTC, at which the clocks of a zone show a time of a day.

    Args:
        day: local calendar day.
        minutes: since midnight; 1440 is the next midnight.
        zone: IANA time zone.

    """
    local = datetime.combine(day + timedelta(minutes // 1440), time(minutes % 1440 // 60, minutes % 60), zone)
    at = local.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return at
    return _after_gap(local.replace(fold=1).astimezone(UTC), at, zone)


def _after_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment with the new offset, to the second."""
    old = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=1) // 2)
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after


def next_digest(digest: Digest, zone: ZoneInfo, now: datetime) -> datetime:
    """Return when the next digest is due, later than ``now``."""
    today = now.astimezone(zone).date()
    for days in range(_LONGEST + 1):
        day = today + days * _DAY
        if _name(day) in digest.days and (due := moment(day, digest.at, zone)) > now:
            return due
    raise AssertionError("a digest has a day of the week")


def quiet_until(hours: Sequence[QuietHours], zone: ZoneInfo, now: datetime) -> datetime | None:
    """Return when the quiet time ends in which ``now`` lies; None when it is not quiet.

    One that begins before another ends goes on: Friday night and the weekend are one.
    """
    spans = list(_spans(hours, zone, now))
    end: datetime | None = None
    while True:
        later = [span.end for span in spans if span.start <= (end or now) < span.end]
        if not later:
            return end
        end = max(later)


def _spans(hours: Iterable[QuietHours], zone: ZoneInfo, now: datetime) -> Iterator[Quiet]:
    today = now.astimezone(zone).date()
    for days in range(-2, _LONGEST + 1):
        day = today + days * _DAY
        for period in hours:
            if _name(day) in period.days:
                length = 1440 if period.until <= period.since else 0
                yield Quiet(moment(day, period.since, zone), moment(day, period.until + length, zone))


def _name(day: date) -> Day:
    return DAYS[day.weekday()]
