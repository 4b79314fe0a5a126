"""What goes wrong between us and Slack, one kind at a time, and that every alert stands there once all the same."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import generate_latest

from monitor.models.alert import Alert
from monitor.models.dead_letter import DeadLetter
from monitor.models.vocabulary import DeliveryState, Reason
from monitor.slack import lane
from monitor.slack.message import Message, render
from monitor.slack.routes import Route
from tests.conftest import ReadAll
from tests.slack import samples
from tests.slack.conftest import Desk, MakeDesk, until
from tests.slack.fault_server import TOKEN, Fault, FaultServer, Kind, Plan, alert_ids, no_faults

pytestmark = pytest.mark.kafka

POST = "chat.postMessage"


def first(count: int, fault: Fault, *methods: str) -> Plan:
    """Fail the first calls of the methods."""
    left = [count]

    def plan(method: str, body: dict[str, Any]) -> Fault | None:
        del body
        if method not in methods or left[0] == 0:
            return None
        left[0] -= 1
        return fault

    return plan


def another(number: int) -> Alert:
    """Return an alert about an agreement of its own."""
    return samples.alert(agreement_id=f"agreement-{number}")


async def dead_letters(desk: Desk, read_all: ReadAll) -> list[DeadLetter]:
    """Read `dead-letters`."""
    found = await asyncio.to_thread(read_all, desk.settings, "dead-letters")
    return [DeadLetter.read(record.key(), record.value(), record.headers()) for record in found]


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


async def test_a_rate_limit_pauses_its_channel_alone(make_desk: MakeDesk, faults: FaultServer) -> None:
    """429 holds one channel for Retry-After and a bit, and another channel goes on meanwhile."""
    channel_ids = {"pacts": "C000000001", "asia": "C000000004"}
    limited = first(1, Fault(Kind.RATE_LIMIT, seconds=1.0), POST)
    faults.plan = lambda method, body: limited(method, body) if body.get("channel") == channel_ids["pacts"] else None
    desk = await make_desk(faults)

    def route(alert: Alert) -> Route:
        return Route("#asia" if alert.agreement_id == "agreement-2" else "#pacts")

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
    """Renewing roots is held to so many a minute over all channels, and posts wait for no update of another channel."""
    desk = await make_desk(faults, updates_per_minute=120)
    old = [another(number) for number in range(3)]
    later = [
        samples.alert(Reason.NEW_FACT, field="years", value="10", agreement_id=alert.agreement_id) for alert in old
    ]

    def route(alert: Alert) -> Route:
        return Route("#asia" if alert.agreement_id == "agreement-9" else "#pacts")

    async with desk.delivering(route=route) as deliverer:
        await desk.write(*old)
        await until(lambda: deliverer.seen.figures()["sent"] == 3)
        began = time.monotonic()
        await desk.write(*later, another(9))
        await until(lambda: faults.messages("asia"))
        assert deliverer.seen.figures()["sent"] < 7
        await until(lambda: deliverer.seen.figures()["sent"] == 7)
        assert time.monotonic() - began >= 1.0


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


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long", "msg_too_long", "metadata_too_large"])
async def test_a_refused_form_is_told_more_simply(make_desk: MakeDesk, faults: FaultServer, code: str) -> None:
    """Blocks that Slack does not take are sent once more as one paragraph."""
    faults.plan = first(1, Fault(Kind.ERROR, code), POST)
    desk = await make_desk(faults)
    await desk.write(another(1))
    async with desk.delivering():
        await until(lambda: faults.messages("pacts"))
    (message,) = faults.messages("pacts")
    assert [block["type"] for block in message["blocks"]] == ["section"]
    assert message["blocks"][0]["text"]["text"] == message["text"]


@pytest.mark.parametrize(("code", "times"), [("invalid_blocks", 2), ("some_new_code", 1)])
async def test_what_slack_refuses_for_good_becomes_a_dead_letter(
    make_desk: MakeDesk, faults: FaultServer, read_all: ReadAll, code: str, times: int
) -> None:
    """The alert's bytes go to the dead letters with Slack's word for why; the next alert is told."""
    faults.plan = first(times, Fault(Kind.ERROR, code), POST)
    desk = await make_desk(faults)
    await desk.write(another(1), another(2))
    async with desk.delivering() as deliverer:
        await until(lambda: faults.messages("pacts"))
        metric = deliverer.seen.registry.get_sample_value("pactwatch_deliver_failed_total", {"code": code})
    assert metric == 1
    assert alert_ids(faults.messages("pacts")) == [another(2).id]
    (letter,) = await dead_letters(desk, read_all)
    assert (letter.stage, letter.error, letter.offset) == ("deliver", code, 0)
    assert letter.value == another(1).encode()
    assert (await desk.log())[f"{another(1).id}/#pacts"].state is DeliveryState.FAILED


async def test_a_record_that_is_no_alert_becomes_a_dead_letter(
    make_desk: MakeDesk, faults: FaultServer, read_all: ReadAll
) -> None:
    """Bytes that cannot be read stop nothing and are kept as they are."""
    desk = await make_desk(faults)
    await desk.write(b"\xff{not json", another(1))
    async with desk.delivering():
        await until(lambda: faults.messages("pacts"))
    (letter,) = await dead_letters(desk, read_all)
    assert (letter.value, letter.error) == (b"\xff{not json", "not_utf8")


async def test_a_dead_letter_written_again_is_told(make_desk: MakeDesk, faults: FaultServer) -> None:
    """What was given up gets another chance when its record comes back to `alerts`, and only then."""
    faults.plan = first(1, Fault(Kind.ERROR, "some_new_code"), POST)
    desk = await make_desk(faults)
    await desk.write(another(1))
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.seen.figures()["failed"] == 1)
        await desk.write(another(1))
        await until(lambda: faults.messages("pacts"))
        await desk.write(another(1))
        await until(lambda: deliverer.seen.figures()["repeats"] == 1)
    assert alert_ids(faults.messages("pacts")) == [another(1).id]


async def test_an_alert_that_breaks_our_own_code_stops_no_other(
    make_desk: MakeDesk, faults: FaultServer, read_all: ReadAll, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mistake in drawing one alert makes a dead letter of it, and the next is told."""

    def draw(alert: Alert, *, public_url: str | None = None) -> Message:
        if alert.agreement_id == "agreement-1":
            raise ZeroDivisionError("a mistake")
        return render(alert, public_url=public_url)

    monkeypatch.setattr(lane, "render", draw)
    desk = await make_desk(faults)
    await desk.write(another(1), another(2))
    async with desk.delivering():
        await until(lambda: faults.messages("pacts"))
    assert alert_ids(faults.messages("pacts")) == [another(2).id]
    assert [letter.message for letter in await dead_letters(desk, read_all)] == ["ZeroDivisionError: a mistake"]


async def test_an_alert_too_large_for_the_log_becomes_a_dead_letter(
    make_desk: MakeDesk, faults: FaultServer, read_all: ReadAll
) -> None:
    """What Kafka would refuse again and again is put aside at once."""
    desk = await make_desk(faults)
    huge = samples.alert(agreement_id="huge", explanation="x" * (8 * 1024 * 1024 - 64 * 1024))
    await desk.write(huge, another(1))
    async with desk.delivering():
        await until(lambda: faults.messages("pacts"))
    assert [letter.error for letter in await dead_letters(desk, read_all)] == ["too_large"]


@pytest.mark.parametrize("code", ["message_not_found", "cant_update_message", "edit_window_closed"])
async def test_a_root_that_cannot_be_updated_is_replaced(make_desk: MakeDesk, faults: FaultServer, code: str) -> None:
    """The next alert makes a new root, and the one after that stands under it."""
    desk = await make_desk(faults)
    alerts = [samples.alert(), *(samples.alert(Reason.NEW_FACT, field="years", value=str(n)) for n in (10, 12))]
    await desk.write(alerts[0])
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.seen.figures()["sent"] == 1)
        faults.plan = first(1, Fault(Kind.ERROR, code), "chat.update")
        await desk.write(*alerts[1:])
        await until(lambda: deliverer.seen.figures()["sent"] == 3)
    roots = faults.messages("pacts")
    assert alert_ids(roots) == [alerts[0].id, alerts[1].id]
    assert alert_ids(faults.thread("pacts", roots[1]["ts"])) == [alerts[1].id, alerts[2].id]


async def test_a_reply_that_lands_in_the_channel_becomes_the_root(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Slack puts a reply to a message deleted meanwhile into the channel: it is made the whole message."""
    desk = await make_desk(faults)
    await desk.write(samples.alert())
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.seen.figures()["sent"] == 1)
        root = faults.messages("pacts")[0]["ts"]

        def plan(method: str, body: dict[str, Any]) -> Fault | None:
            if method == POST:
                faults.delete("pacts", root)
            return None

        faults.plan = plan
        await desk.write(samples.alert(Reason.NEW_FACT, field="years", value="10"))
        await until(lambda: deliverer.seen.figures()["sent"] == 2)
        faults.plan = no_faults
        await desk.write(samples.alert(Reason.NEW_FACT, field="years", value="12"))
        await until(lambda: deliverer.seen.figures()["sent"] == 3)
    (message,) = faults.messages("pacts")
    assert message["blocks"][0]["type"] == "header"
    assert len(faults.thread("pacts", message["ts"])) == 2


@pytest.mark.parametrize("code", ["channel_not_found", "not_in_channel", "is_archived"])
async def test_a_dead_channel_hands_over_to_its_fallback(make_desk: MakeDesk, faults: FaultServer, code: str) -> None:
    """Where a route has a second channel, the alert is told there, once."""
    dead = "C000000001"
    faults.plan = lambda method, body: (
        Fault(Kind.ERROR, code) if method == POST and body.get("channel") == dead else None
    )
    desk = await make_desk(faults, fallback_channel="#ops")
    await desk.write(another(1))
    async with desk.delivering():
        await until(lambda: faults.messages("ops"))
    states = {key.split("/")[1]: entry.state for key, entry in (await desk.log()).items()}
    assert states == {"#pacts": DeliveryState.FAILED, "#ops": DeliveryState.SENT}


async def test_a_revoked_token_opens_the_circuit_and_a_new_right_closes_it(
    make_desk: MakeDesk, faults: FaultServer
) -> None:
    """Alerts wait while the token is dead, are told when it lives again, and nothing hammers Slack in between."""
    desk = await make_desk(faults)
    await desk.write(another(1))
    async with desk.delivering() as deliverer:
        await until(lambda: faults.messages("pacts"))
        faults.revoked = True
        await desk.write(another(2))
        await until(lambda: deliverer.state()["circuit"]["open"])
        assert "revoked" in deliverer.state()["circuit"]["why"]
        assert (await desk.log())[f"{another(2).id}/#pacts"].state is DeliveryState.QUEUED
        assert faults.calls[POST] == 2
        faults.revoked = False
        await until(lambda: len(faults.messages("pacts")) == 2)
        assert not deliverer.state()["circuit"]["open"]


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


async def test_the_token_shows_nowhere(
    make_desk: MakeDesk, faults: FaultServer, read_all: ReadAll, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither logs, nor state, metrics, dead letters or the delivery log hold the token, whatever fails."""
    kinds = iter(
        [Fault(Kind.STATUS, "500"), Fault(Kind.GARBAGE), Fault(Kind.RESET_BEFORE), Fault(Kind.ERROR, "new_code")]
    )
    faults.plan = lambda *_: next(kinds, None)
    desk = await make_desk(faults)
    await desk.write(another(1), another(2))
    async with desk.delivering() as deliverer:
        await until(lambda: faults.messages("pacts"))
        shown = json.dumps(deliverer.state()) + generate_latest(deliverer.seen.registry).decode()
    letters = await dead_letters(desk, read_all)
    shown += repr(letters) + repr(await desk.log()) + "".join(capfd.readouterr())
    assert faults.seen_tokens == {TOKEN}
    assert TOKEN not in shown
