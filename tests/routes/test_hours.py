"""Quiet hours and digests in local time, on the days when clocks change too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.routes.config import Digest, QuietHours
from monitor.routes.hours import next_digest, quiet_until

BERLIN, LORD_HOWE, KOLKATA = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kolkata")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def digest(at: str, *days: str) -> Digest:
    return Digest.model_validate({"at": at, **({"days": days} if days else {})})


def hours(since: str, until: str, *days: str) -> QuietHours:
    return QuietHours.model_validate({"from": since, "to": until, **({"days": days} if days else {})})


@pytest.mark.parametrize(
    ("at", "zone", "now", "due"),
    [
        ("08:00", BERLIN, "2025-03-29T06:59", "2025-03-29T07:00"),  # CET
        ("08:00", BERLIN, "2025-03-29T07:00", "2025-03-30T06:00"),  # 23 hours later: CEST
        ("08:00", BERLIN, "2025-10-25T06:00", "2025-10-26T07:00"),  # 25 hours later: CET again
        ("02:30", BERLIN, "2025-03-29T12:00", "2025-03-30T01:00"),  # 02:30 is skipped: the moment after the gap
        ("02:30", BERLIN, "2025-10-25T12:00", "2025-10-26T00:30"),  # 02:30 comes twice: the first
        ("02:30", BERLIN, "2025-10-26T00:30", "2025-10-27T01:30"),  # and only that one
        ("02:15", LORD_HOWE, "2025-10-04T00:00", "2025-10-04T15:30"),  # a change by half an hour
        ("08:00", KOLKATA, "2025-11-04T02:29", "2025-11-04T02:30"),
    ],
)
def test_a_digest_comes_at_its_local_time(at: str, zone: ZoneInfo, now: str, due: str) -> None:
    """Both changes of the clocks: a day of 23 hours, one of 25, a time that is skipped and one that comes twice."""
    assert next_digest(digest(at), zone, utc(now)) == utc(due)


def test_a_weekly_digest_comes_on_its_day() -> None:
    """Monday at 08:00 in Berlin, asked from the Monday a minute before, at the time, and on Saturday."""
    weekly = digest("08:00", "mon")
    assert next_digest(weekly, BERLIN, utc("2025-11-03T06:59")) == utc("2025-11-03T07:00")
    assert next_digest(weekly, BERLIN, utc("2025-11-03T07:00")) == utc("2025-11-10T07:00")
    assert next_digest(weekly, BERLIN, utc("2025-10-25T12:00")) == utc("2025-10-27T07:00")


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2025-11-04T20:59", None),
        ("2025-11-04T21:00", "2025-11-05T06:00"),
        ("2025-11-05T05:59", "2025-11-05T06:00"),
        ("2025-11-05T06:00", None),
        ("2025-03-29T23:00", "2025-03-30T05:00"),  # the night of the change is an hour shorter
        ("2025-10-25T20:00", "2025-10-26T06:00"),  # and an hour longer
        ("2025-10-26T00:30", "2025-10-26T06:00"),  # both hours that are called two are quiet
        ("2025-10-26T01:30", "2025-10-26T06:00"),
    ],
)
def test_a_night_is_quiet_to_its_end(now: str, end: str | None) -> None:
    """22:00 to 07:00 in Berlin, in winter and on the nights of both changes."""
    found = quiet_until([hours("22:00", "07:00")], BERLIN, utc(now))
    assert found == (utc(end) if end else None)


def test_quiet_hours_that_touch_are_one() -> None:
    """A night that runs into a weekend that runs into a night ends on Monday; one on a day of its own does not."""
    weekend = [hours("22:00", "07:00"), hours("00:00", "24:00", "sat", "sun")]
    assert quiet_until(weekend, KOLKATA, utc("2025-11-07T17:00")) == utc("2025-11-10T01:30")
    assert quiet_until([hours("22:00", "07:00", "fri")], KOLKATA, utc("2025-11-08T17:00")) is None


@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - hypothesis takes naive bounds
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"]),
    st.integers(0, 1439),
    st.integers(1, 1440),
)
def test_time_goes_forward(at: datetime, name: str, since: int, until: int) -> None:
    """Whatever zone, hour and season: an end lies ahead, is quiet no more, and a digest is due within 26 hours."""
    now, zone = at.replace(tzinfo=UTC), ZoneInfo(name)
    if since != until:
        quiet = [QuietHours.model_validate({"from": since, "to": until})]
        end = quiet_until(quiet, zone, now)
        if end is not None and since != until % 1440:
            assert now < end <= now + timedelta(hours=26)
            assert quiet_until(quiet, zone, end) is None
    due = next_digest(Digest.model_validate({"at": since}), zone, now)
    assert now < due <= now + timedelta(hours=26)
