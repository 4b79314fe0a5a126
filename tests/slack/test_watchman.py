"""The daily line and the ops message: told once, renewed in place, over when it is over, whatever restarts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.article import Article
from monitor.models.dead_letter import DeadLetter
from monitor.settings import Slack
from monitor.slack import daily
from monitor.slack.alarms import Alarms
from monitor.slack.bulletins import Bulletins
from monitor.slack.daily import Facts
from monitor.slack.deliverer import Deliverer
from monitor.slack.posting import Posting
from monitor.slack.watchman import Watchman
from monitor.watch.findings import Finding, Severity
from monitor.watch.sources import Silent, Sources, Tally, source_of, spread
from tests.slack import samples
from tests.slack.conftest import MakeDesk, Server, until
from tests.slack.fault_server import Fault, FaultServer, Kind, alert_ids
from tests.slack.plans import POST, another, first

PLACE: dict[str, Any] = {"topic": "reports", "partition": 0, "offset": 0}
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2025, 11, 3, 12, tzinfo=UTC)
LAG = Finding(Severity.WARN, "Classify is 3 min behind (2,000 records) and catches up.", "It needs time.", key="lag x")
LETTERS = Finding(Severity.WARN, "2 dead letters wait for a decision.", "Retry or drop them.", key="dead letters")


@given(st.lists(st.booleans(), min_size=1, max_size=80))
def test_an_alarm_lasts_before_it_is_told_and_stays_before_it_is_over(wrong: list[bool]) -> None:
    """Whatever the swings: raised only after being wrong for three looks, over only after five looks without."""
    alarms = Alarms(lasts=timedelta(minutes=2), away=timedelta(minutes=5))
    raised = [
        bool(alarms.look([LAG] if here else [], NOON + timedelta(minutes=number))) for number, here in enumerate(wrong)
    ]
    for number in range(1, len(raised)):
        if raised[number] and not raised[number - 1]:
            assert all(wrong[number - 2 : number + 1])
        if raised[number - 1] and not raised[number]:
            assert not any(wrong[number - 4 : number + 1])


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2025-11-03T12:00:00+00:00", "2025-11-03T07:00:00+00:00"),
        ("2025-11-03T06:59:59+00:00", "2025-11-02T07:00:00+00:00"),
        ("2025-07-03T06:00:00+00:00", "2025-07-03T06:00:00+00:00"),  # summer time
        ("2025-03-30T05:59:00+00:00", "2025-03-29T07:00:00+00:00"),  # the day the clocks go forward
        ("2025-03-30T06:00:00+00:00", "2025-03-30T06:00:00+00:00"),
    ],
)
def test_when_a_line_is_due(now: str, due: str) -> None:
    """At eight by local clocks, in summer and winter; the last one that has come, never one ahead."""
    assert daily.last_due(datetime.fromisoformat(now), time(8), BERLIN).isoformat() == due


def test_what_is_not_known_is_said() -> None:
    """None is no 0: a line that could not count says so; silent sources are named with their time."""
    text = str(daily.line("daily-2025-11-03", Facts(None, None, None), 0, NOON).blocks)
    assert "sources: not known now, articles: not known now, 0 alerts told here" in text
    silent = [Silent("Asia <Ledger>", datetime.now(UTC) - timedelta(days=3), timedelta(hours=1))]
    text = str(daily.line("daily-2025-11-03", Facts(2, 17_280, silent), 1, NOON).blocks)
    assert "2 sources watched, 17,280 articles read, 1 alert told here" in text
    assert "Silent: Asia &lt;Ledger&gt; (3 days)" in text


class Told:
    """Stands for what the watchman is told."""

    def __init__(self) -> None:
        self.wrong: list[Finding] | None = []

    def findings(self) -> Sequence[Finding] | None:
        """Return what is wrong."""
        return self.wrong

    async def facts(self, since: datetime) -> Facts:
        """Return facts."""
        del since
        return Facts(3, 1200, [])


def watchman(deliverer: Deliverer, slack: Slack, told: Told) -> Watchman:
    """Return a watchman of a deliverer at work."""
    active = deliverer._active
    assert active is not None
    parts = active._parts
    return Watchman(slack, Bulletins(parts, Posting(parts)), parts.log, told, clock=lambda: NOON)


async def at_work(deliverer: Deliverer) -> Deliverer:
    """Wait until a deliverer is active."""
    await until(lambda: deliverer.state()["role"] == "active")
    return deliverer


def bulletins(server: Any, channel: str) -> list[dict[str, Any]]:
    """Return the bulletins of a channel."""
    return [item for item in server.messages(channel) if "agreement-" not in str(item["metadata"])]


@pytest.mark.kafka
async def test_a_line_a_day_and_channel(make_desk: MakeDesk, server: Server) -> None:
    """None on the first day, then one a day on every channel that gets alerts; a restart repeats and skips none."""
    desk = await make_desk(server)
    # Of this watchman alone: the deliverer's own goes by the real clock
    slack = desk.settings.slack.model_copy(update={"daily_at": "08:00", "time_zone": "Europe/Berlin"})
    told = Told()
    today = datetime.now(UTC)
    async with desk.delivering() as deliverer:
        await desk.write(another(1))
        await until(lambda: len(server.messages("pacts")) == 1)
        guard = watchman(deliverer, slack, told)
        for hour in (9, 12, 23):
            await guard.look(today.replace(hour=hour))
        assert bulletins(server, "pacts") == []
        due = today + timedelta(days=1)
        await guard.look(due.replace(hour=12))
        await guard.look(due.replace(hour=13))
        assert len(bulletins(server, "pacts")) == 1
        (line,) = bulletins(server, "pacts")
        assert "3 sources watched, 1,200 articles read" in str(line["blocks"])
        assert "No source is silent" in str(line["blocks"])
    async with desk.delivering() as deliverer:
        guard = watchman(await at_work(deliverer), slack, told)
        await guard.look(due.replace(hour=14))
        assert len(bulletins(server, "pacts")) == 1
        await guard.look(due.replace(hour=12) + timedelta(days=3))  # it was away for days: one line, no more
        assert len(bulletins(server, "pacts")) == 2
    names = [entry.alert_id for entry in (await desk.log()).values() if entry.bulletin]
    assert len(names) == 1  # the log keeps the last one of a channel, and does not grow


@pytest.mark.kafka
@pytest.mark.parametrize("kind", [Kind.RESET_AFTER, Kind.RESET_BEFORE, Kind.STATUS_AFTER, Kind.RATE_LIMIT])
async def test_a_bulletin_stands_once_whatever_happens(make_desk: MakeDesk, faults: FaultServer, kind: Kind) -> None:
    """A lost answer is looked up, a refused call is made again, and it is logged as sent."""
    desk = await make_desk(faults)
    faults.plan = first(1, Fault(kind, "500", seconds=0.1), POST)
    async with desk.delivering() as deliverer:
        active = (await at_work(deliverer))._active
        assert active is not None
        posts = Bulletins(active._parts, Posting(active._parts))
        message = daily.line("daily-2025-11-03", Facts(1, 1, []), 0, NOON)
        for _ in range(2):
            done = await posts.post("daily-2025-11-03", "#pacts", message)
            assert done is not None
    assert alert_ids(faults.messages("pacts")) == ["daily-2025-11-03"]


@pytest.mark.kafka
async def test_what_is_wrong_is_one_message_until_it_is_over(make_desk: MakeDesk, server: Server) -> None:
    """Raised, renewed in place when something more comes, kept over a restart, and over with a word."""
    desk = await make_desk(server)
    slack = desk.settings.slack.model_copy(update={"ops_channel": "#ops", "ops_after": 60.0, "ops_over_after": 300.0})
    told = Told()
    told.wrong = [LAG]
    async with desk.delivering() as deliverer:
        guard = watchman(await at_work(deliverer), slack, told)
        await guard.look(NOON)
        assert server.messages("ops") == []  # it may pass
        await guard.look(NOON + timedelta(minutes=1))
        assert "Classify is 3 min behind" in str(server.messages("ops")[0]["blocks"])
        told.wrong = [LAG, LETTERS]
        for minute in (2, 3):
            await guard.look(NOON + timedelta(minutes=minute))
        assert "2 dead letters wait" in str(server.messages("ops")[0]["blocks"])
        assert len(server.messages("ops")) == 1
    async with desk.delivering() as deliverer:
        guard = watchman(await at_work(deliverer), slack, told)
        guard._standing = guard._open_episode()
        assert guard._standing is not None
        guard._alarms.restore(guard._standing.about, NOON + timedelta(minutes=4))
        told.wrong = []
        await guard.look(NOON + timedelta(minutes=5))
        told.wrong = [LAG]
        await guard.look(NOON + timedelta(minutes=6))  # it swings: no word
        told.wrong = []
        for minute in (7, 10):
            await guard.look(NOON + timedelta(minutes=minute))
        assert len(server.messages("ops")) == 1
        assert "*Over*" not in str(server.messages("ops")[0]["blocks"])
        await guard.look(NOON + timedelta(minutes=11))
        root, word = server.thread("ops", server.messages("ops")[0]["ts"])
        assert "*Over*" in str(root["blocks"])
        assert "All is well again" in str(word["blocks"])
        told.wrong = [LETTERS]
        for minute in (12, 13):
            await guard.look(NOON + timedelta(minutes=minute))
        newest = server.messages("ops")[-1]  # what is wrong anew is a message of its own
        assert "2 dead letters wait" in str(newest["blocks"])
        assert newest["ts"] not in (root["ts"], word["ts"])


@pytest.mark.kafka
async def test_a_dead_letter_comes_to_the_ops_channel_from_the_stream_itself(
    make_desk: MakeDesk, faults: FaultServer
) -> None:
    """From Kafka through the looks that the dashboard shares to Slack, with nothing stood in for."""
    desk = await make_desk(faults, ops_channel="#ops", ops_after=0)
    letter = DeadLetter(
        key=b"k", value=b"v", stage="track", error="crash", message="boom", attempts=1, at=samples.AT, **PLACE
    )
    await desk.put_letter(letter)
    async with desk.delivering() as deliverer:
        await until(lambda: faults.messages("ops"), within=40)
        assert "1 dead letter waits for a decision" in str(faults.messages("ops")[0]["blocks"])
        assert deliverer.state()["role"] == "active"
    assert faults.refused == []


def test_who_is_silent() -> None:
    """Away ten times the usual gap, and at least so long; the rare and the new have no usual gap to be measured by."""
    tally = Tally()
    for hour in range(40):
        tally.note("hourly", NOON - timedelta(hours=60 - hour))
        tally.note("still here", NOON - timedelta(hours=39 - hour))
    for hours in (60, 40):
        tally.note("rare", NOON - timedelta(hours=hours))
    for day in range(8):
        tally.note("weekly", NOON - timedelta(days=3 + 7 * day))
    assert [one.name for one in tally.silent(NOON, timedelta(hours=12))] == ["hourly"]
    assert tally.silent(NOON, timedelta(hours=24)) == []
    assert tally.watched(NOON - timedelta(hours=24)) == 2


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_long_history_is_sampled_evenly(start: int, length: int) -> None:
    """Within the history, its beginning and its end among it, and never more than it takes in a moment."""
    pieces = list(spread(start, start + length))
    assert sum(last - first for first, last in pieces) <= 20_000
    assert all(start <= first < last <= start + length for first, last in pieces)
    if length:
        assert (pieces[0][0], pieces[-1][1]) == (start, start + length)


@given(st.text(max_size=60), st.text(max_size=200))
def test_the_publisher_is_read_without_the_rest(source: str, text: str) -> None:
    """Whatever the article's text holds, quoted JSON too."""
    value = Article(id="a", title='"source":"x"', text=text, source=source).model_dump_json().encode("utf-8", "replace")
    assert source_of(value) == " ".join(source.split())[:200]


@pytest.mark.kafka
async def test_publishers_are_seen_in_the_topic(make_desk: MakeDesk, faults: FaultServer) -> None:
    """What stood there before, and what comes."""
    desk = await make_desk(faults)

    async def publish(source: str) -> None:
        article = Article(id=source, text="t", source=source)
        await desk.put("articles", source, article.encode(), partition=0)

    await publish("Before")
    sources = Sources(desk.settings, interval=0.1)
    await sources.start()
    try:
        await until(lambda: sources.tally and sources.tally.watched(NOON) == 1)
        await publish("After")
        await until(lambda: sources.tally and sources.tally.watched(NOON) == 2)
    finally:
        await sources.stop()
