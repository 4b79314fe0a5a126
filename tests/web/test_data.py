"""Rows, pages and figures, without a broker."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import RecordError
from monitor.export import as_csv
from monitor.models.actor import Actor, DayCount, SlotCount, Window
from monitor.models.vocabulary import ActorKind
from monitor.watch.processes import latencies, quantile
from monitor.watch.words import rate, seconds, size
from monitor.web.data.actor_rows import ActorRow, Span
from monitor.web.data.memo import Memo
from monitor.web.data.page import Slice, cut
from monitor.web.data.rows import AgreementRow
from monitor.web.data.subjects import region

AS_OF = datetime(2025, 11, 1, 12, 34, 56, tzinfo=UTC)


@st.composite
def actors(draw: st.DrawFn) -> Actor:
    """Return an actor with days and 5 minutes around `AS_OF`."""
    slots = st.integers(136, 152) | st.integers(0, 287)  # those at the edges of an hour before `AS_OF`, and any
    backs = st.integers(-8, 1) | st.integers(-400, 2)
    days = draw(st.dictionaries(backs, st.dictionaries(slots, st.integers(1, 9), max_size=6), max_size=12))
    counted = []
    for back in sorted(days):
        parts = tuple(SlotCount(slot=slot, articles=number) for slot, number in sorted(days[back].items()))
        total = sum(part.articles for part in parts) + draw(st.integers(0 if parts else 1, 3))
        day = date(2025, 11, 1) + timedelta(days=back)
        counted.append(DayCount(day=day, articles=total, parts=parts))
    return Actor(
        key="country:IND", kind=ActorKind.COUNTRY, name="India", days=tuple(counted), first_seen=AS_OF, last_seen=AS_OF
    )


@given(actors(), st.integers(-1000, 1000) | st.integers(-100_000, 100_000), st.sampled_from(list(Window)))
def test_prefix_sums_count_as_the_record_does(actor: Actor, shift: int, window: Window) -> None:
    """For any actor, window and moment, the quick count is the one that `Actor.articles` gives."""
    as_of = AS_OF + timedelta(seconds=shift)
    row = ActorRow.read(actor.encode())
    assert row.articles(Span.of(window, as_of)) == actor.articles(window, as_of)
    assert sum(row.spark(as_of)) == sum(
        day.articles for day in actor.days if timedelta(0) <= as_of.date() - day.day < timedelta(days=30)
    )
    assert row.record() == actor


def test_windows_are_cut_at_the_same_5_minutes() -> None:
    """With an article in every 5 minutes, the quick count agrees at each edge: before, at and after a bucket's ends."""
    parts = tuple(SlotCount(slot=slot, articles=1) for slot in range(288))
    days = tuple(
        DayCount(day=date(2025, 10, 31) + timedelta(days=back), articles=288, parts=parts) for back in range(2)
    )
    actor = Actor(key="country:IND", kind=ActorKind.COUNTRY, name="India", days=days, first_seen=AS_OF, last_seen=AS_OF)
    row = ActorRow.read(actor.encode())
    for seconds_on in (0, 1, 299, 300, 301, 599, 600):
        as_of = datetime(2025, 11, 1, 12, tzinfo=UTC) + timedelta(seconds=seconds_on)
        for window in (Window.HOUR, Window.DAY):
            assert row.articles(Span.of(window, as_of)) == actor.articles(window, as_of), (seconds_on, window)


@given(st.lists(st.none() | st.integers(-5, 5)), st.integers(0, 10), st.integers(1, 10), st.booleans())
def test_pages_are_cut_from_one_order(values: list[int | None], offset: int, limit: int, descending: bool) -> None:
    """Pages put together give the whole, sorted, with the unknown last whichever way one sorts."""
    keys = {"v": lambda value: value}
    order = cut(values, Slice(0, 10_000, "v", descending), keys, "v", descending=False)
    known = [value for value in values if value is not None]
    assert order == sorted(known, reverse=descending) + [None] * (len(values) - len(known))
    assert (
        cut(values, Slice(offset, limit, "v", descending), keys, "v", descending=False)
        == order[offset : offset + limit]
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_csv_holds_no_formula(text: str) -> None:
    """A title that a spreadsheet would run gets an apostrophe; numbers and lists stay what they are."""
    lines = as_csv([{"title": text, "n": -3, "list": ["a", "b"], "none": None}]).splitlines()
    assert lines[0] == "title,n,list,none"
    assert lines[1].startswith(f"'{text}") or lines[1].startswith(f"\"'{text}")
    assert lines[1].endswith(",-3,a b,")


def test_a_broken_record_is_no_row() -> None:
    """A row of what is no agreement raises the error that a view counts."""
    with pytest.raises(RecordError):
        AgreementRow.read(b'{"id": 3}')


def test_quantiles_of_several_processes() -> None:
    """Histograms of two processes are added up, and a quantile lies in the bucket that Prometheus would name."""
    text = "\n".join(
        (
            "# TYPE pactwatch_batch_seconds histogram",
            'pactwatch_batch_seconds_bucket{stage="track",le="0.1"} 8',
            'pactwatch_batch_seconds_bucket{stage="track",le="1.0"} 10',
            'pactwatch_batch_seconds_bucket{stage="track",le="+Inf"} 10',
            "",
        )
    )
    found = latencies([text, text])["track"]
    assert found.p50 == pytest.approx(0.0625)
    assert found.p95 == pytest.approx(0.775)
    assert quantile({}, 0.5) is None
    assert quantile({1.0: 0.0, float("inf"): 0.0}, 0.5) is None


@pytest.mark.parametrize(
    ("shown", "value"),
    [
        (rate(None), "–"),
        (rate(0.0), "0/s"),
        (rate(0.5), "30.0/min"),
        (rate(340.2), "340/s"),
        (size(None), "–"),
        (size(0), "0 B"),
        (size(1_234_567), "1.2 MB"),
        (seconds(None), "–"),
        (seconds(0.012), "12 ms"),
        (seconds(300), "5 min"),
    ],
)
def test_unknown_is_a_dash_and_never_a_nought(shown: Any, value: str) -> None:
    """What is not known and what is nothing look different."""
    assert shown == value


def test_regions() -> None:
    """Countries are found by continent, other parties stand apart."""
    assert [region("IND"), region("NOR"), region("NATO")] == ["Asia", "Europe", "organisations"]


def test_what_many_ask_for_is_made_once() -> None:
    """An answer is shared for its time, made anew after it or when asked to, and the oldest are forgotten."""
    clock, made = [0.0], [0]

    def make() -> int:
        made[0] += 1
        return made[0]

    memo = Memo(keep=2, clock=lambda: clock[0])
    assert [memo.get("a", 3.0, make), memo.get("a", 3.0, make)] == [1, 1]
    assert memo.get("a", 0.0, make) == 2
    clock[0] = 3.0
    assert memo.get("a", 3.0, make) == 3
    assert [memo.get("b", 3.0, make), memo.get("c", 3.0, make), memo.get("a", 3.0, make)] == [4, 5, 6]
