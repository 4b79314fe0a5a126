"""What Slack refuses - a form, an alert, a root, a channel, a token - and what becomes of the alert."""

from __future__ import annotations

import json
from typing import Any

import pytest
from prometheus_client import generate_latest

from monitor.models.alert import Alert
from monitor.models.vocabulary import DeliveryState, Reason
from monitor.slack import board
from monitor.slack.message import Message, render
from tests.conftest import ReadAll
from tests.slack import samples
from tests.slack.conftest import MakeDesk, until
from tests.slack.fault_server import TOKEN, Fault, FaultServer, Kind, alert_ids, no_faults
from tests.slack.plans import POST, another, dead_letters, first

pytestmark = pytest.mark.kafka


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

    def draw(alert: Alert, **more: Any) -> Message:
        if alert.agreement_id == "agreement-1":
            raise ZeroDivisionError("a mistake")
        return render(alert, **more)

    monkeypatch.setattr(board, "render", draw)
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
