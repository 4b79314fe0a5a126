"""Answers and requests that get lost, and limits of speed: every alert stands on Slack once all the same."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from monitor.models.alert import Alert
from monitor.models.vocabulary import Reason
from monitor.routes.decide import Decision, tell
from tests.slack import samples
from tests.slack.conftest import MakeDesk, until
from tests.slack.fault_server import Fault, FaultServer, Kind, alert_ids
from tests.slack.plans import POST, another, first

pytestmark = pytest.mark.kafka

LOST_AFTER = [
    Fault(Kind.RESET_AFTER),
    Fault(Kind.HANG_AFTER, seconds=2),
    Fault(Kind.STATUS_AFTER, "500"),
    Fault(Kind.STATUS_AFTER, "503"),
    Fault(Kind.ERROR_AFTER, "fatal_error"),
    Fault(Kind.ERROR_AFTER, "internal_error"),
    Fault(Kind.GARBAGE),
]


@pytest.mark.parametrize("fault", LOST_AFTER, ids=lambda fault: f"{fault.kind}-{fault.code}")
async def test_an_answer_lost_after_the_fact_makes_no_second_message(
    make_desk: MakeDesk, faults: FaultServer, fault: Fault
) -> None:
    """Slack has the message but did not say so: it is found in the history, not posted again."""
    faults.plan = first(1, fault, POST)
    desk = await make_desk(faults)
    await desk.write(another(1), another(2))
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.seen.figures()["sent"] == 2)
        assert deliverer.seen.registry.get_sample_value("pactwatch_deliver_found_total") == 1
    assert alert_ids(faults.messages("pacts")) == [another(1).id, another(2).id]
    log = await desk.log()
    assert {entry.ts for entry in log.values()} == {item["ts"] for item in faults.messages("pacts")}


LOST_BEFORE = [
    Fault(Kind.RESET_BEFORE),
    Fault(Kind.HANG_BEFORE, seconds=2),
    Fault(Kind.STATUS, "502"),
    Fault(Kind.ERROR, "internal_error"),
    Fault(Kind.ERROR, "service_unavailable"),
]


@pytest.mark.parametrize("fault", LOST_BEFORE, ids=lambda fault: f"{fault.kind}-{fault.code}")
async def test_a_request_lost_before_the_fact_is_looked_up_and_repeated(
    make_desk: MakeDesk, faults: FaultServer, fault: Fault
) -> None:
    """Slack does not have it, which only the history can tell: a look, then a second post."""
    faults.plan = first(1, fault, POST)
    desk = await make_desk(faults)
    await desk.write(another(1))
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.seen.figures()["sent"] == 1)
    assert alert_ids(faults.messages("pacts")) == [another(1).id]
    assert (faults.calls["conversations.history"], faults.calls[POST]) == (1, 2)


async def test_the_look_into_the_history_turns_pages(make_desk: MakeDesk, faults: FaultServer) -> None:
    """A message is found behind many newer ones, even when the look itself fails at first."""
    faults.page = 2
    desk = await make_desk(faults)
    await desk.write(*(another(number) for number in range(9)))
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.seen.figures()["sent"] == 9)
        posts, looks = (
            iter([None, Fault(Kind.RESET_AFTER)]),
            first(1, Fault(Kind.STATUS, "500"), "conversations.history"),
        )

        def plan(method: str, body: dict[str, Any]) -> Fault | None:
            return next(posts, None) if method == POST else looks(method, body)

        faults.plan = plan
        await desk.write(another(10), another(11))
        await until(lambda: deliverer.seen.figures()["sent"] == 11)
    assert len(faults.messages("pacts")) == 11
    assert faults.calls["conversations.history"] == 2


async def test_a_reply_whose_answer_was_lost_is_found_in_its_thread(make_desk: MakeDesk, faults: FaultServer) -> None:
    """The channel's history does not show replies: the thread is searched too."""
    desk = await make_desk(faults)
    await desk.write(samples.alert())
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.seen.figures()["sent"] == 1)
        faults.plan = first(1, Fault(Kind.RESET_AFTER), POST)
        await desk.write(samples.alert(Reason.NEW_FACT, field="years", value="10"))
        await until(lambda: deliverer.seen.figures()["sent"] == 2)
    assert len(faults.everything("pacts")) == 2


async def test_a_reply_lost_with_its_root_becomes_a_root(make_desk: MakeDesk, faults: FaultServer) -> None:
    """The thread to be searched was deleted with the reply in it: the alert is told anew, in the channel."""
    desk = await make_desk(faults)
    fact = samples.alert(Reason.NEW_FACT, field="years", value="10")
    await desk.write(samples.alert())
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.seen.figures()["sent"] == 1)
        losing = first(1, Fault(Kind.RESET_AFTER), POST)

        def plan(method: str, body: dict[str, Any]) -> Fault | None:
            if method == "conversations.history":
                for item in faults.everything("pacts"):
                    faults.delete("pacts", item["ts"])
            return losing(method, body)

        faults.plan = plan
        await desk.write(fact)
        await until(lambda: deliverer.seen.figures()["sent"] == 2)
    assert alert_ids(faults.messages("pacts")) == [fact.id]
    assert faults.messages("pacts")[0]["blocks"][0]["type"] == "header"


async def test_a_rate_limit_pauses_its_channel_alone(make_desk: MakeDesk, faults: FaultServer) -> None:
    """429 holds one channel for Retry-After and a bit, and another channel goes on meanwhile."""
    channel_ids = {"pacts": "C000000001", "asia": "C000000004"}
    limited = first(1, Fault(Kind.RATE_LIMIT, seconds=1.0), POST)
    faults.plan = lambda method, body: limited(method, body) if body.get("channel") == channel_ids["pacts"] else None
    desk = await make_desk(faults)

    def route(alert: Alert, now: datetime) -> tuple[Decision, ...]:
        del now
        return (tell("#asia" if alert.agreement_id == "agreement-2" else "#pacts"),)

    await desk.write(another(1), another(2))
    async with desk.delivering(route=route):
        await until(lambda: faults.messages("asia"))
        assert not faults.messages("pacts")
        await until(lambda: faults.messages("pacts"))
    tries = [at for channel, at in faults.posted_at if channel == "pacts"]
    assert len(tries) == 2
    assert 1.0 <= tries[1] - tries[0] < 2.0


async def test_our_own_limit_spaces_posts_out(make_desk: MakeDesk, faults: FaultServer) -> None:
    """At ten a second, the sixth post comes half a second after the first, or later."""
    desk = await make_desk(faults, posts_per_second=10)
    await desk.write(*(another(number) for number in range(6)))
    async with desk.delivering():
        await until(lambda: len(faults.messages("pacts")) == 6)
    times = [at for _, at in faults.posted_at]
    assert times[-1] - times[0] >= 0.49


async def test_updates_have_a_limit_of_their_own(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Over all channels roots are renewed so many times a minute, after a first few; no channel waits for another."""
    desk = await make_desk(faults, updates_per_minute=120)
    old = [another(number) for number in range(8)]
    later = [
        samples.alert(Reason.NEW_FACT, field="years", value="10", agreement_id=alert.agreement_id) for alert in old
    ]

    def route(alert: Alert, now: datetime) -> tuple[Decision, ...]:
        del now
        return (tell("#asia" if alert.agreement_id == "agreement-99" else "#pacts"),)

    async with desk.delivering(route=route) as deliverer:
        await desk.write(*old)
        await until(lambda: deliverer.seen.figures()["sent"] == 8)
        began = time.monotonic()
        await desk.write(*later, another(99))
        await until(lambda: faults.messages("asia"))
        assert deliverer.seen.figures()["sent"] < 17
        await until(lambda: deliverer.seen.figures()["sent"] == 17)
        assert time.monotonic() - began >= 1.5


async def test_a_slack_that_is_not_there_yet_is_waited_for(make_desk: MakeDesk) -> None:
    """Refused connections are repeated without a look: nothing can have been posted."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = FaultServer(base_url=f"http://127.0.0.1:{port}/api/")
    desk = await make_desk(server)
    await desk.write(another(1))
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.state()["channels"].get("#pacts", {}).get("trouble") == "Slack cannot be reached")
        async with server.serving(port):
            await until(lambda: deliverer.seen.figures()["sent"] == 1)
            assert server.calls["conversations.history"] == 0


async def test_a_request_carried_out_after_its_time_out_is_cleared_away(
    make_desk: MakeDesk, faults: FaultServer
) -> None:
    """No look can find what is not there yet: the second message is deleted when it shows, and counted."""
    faults.plan = first(1, Fault(Kind.LATE, seconds=2.5), POST)
    desk = await make_desk(faults, timeout=0.5)
    await desk.write(another(1))
    async with desk.delivering(sweep_interval=0.3) as deliverer:
        await until(lambda: deliverer.seen.figures()["sent"] == 1)
        await until(lambda: len(faults.messages("pacts")) == 2)
        removed: Callable[[], float | None] = lambda: deliverer.seen.registry.get_sample_value(  # noqa: E731
            "pactwatch_deliver_duplicates_removed_total"
        )
        await until(lambda: removed() == 1)
    (message,) = faults.messages("pacts")
    assert message["ts"] == (await desk.log())[f"{another(1).id}/#pacts"].ts
