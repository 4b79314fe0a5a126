"""Buttons: what a message shows, what a press writes, and that the message tells it within a second."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from monitor.errors import BrokerError
from monitor.kafka import view
from monitor.models.alert import Alert
from monitor.models.mute import Mute
from monitor.models.record import Replay
from monitor.models.verdict import Verdict
from monitor.models.vocabulary import FalseAlarm, Reason, ReplayMode
from monitor.settings import Secrets, Slack
from monitor.slack.answering import answering
from monitor.slack.buttons import Action, Reference
from monitor.slack.deliverer import Deliverer
from monitor.slack.interact import Replays, bolt, client
from monitor.slack.message import render
from monitor.slack.notes import NOTHING, Elsewhere, Notes, Silence, Voice
from monitor.slack.press import Desk, Press
from monitor.slack.socket import Socket
from monitor.web.server import build
from tests.slack import samples
from tests.slack.conftest import Desk as Room
from tests.slack.conftest import MakeDesk, until
from tests.slack.fault_server import APP_TOKEN, TEAM, TOKEN, Fault, FaultServer, Kind, alert_ids
from tests.slack.plans import another, first
from tests.slack.slack_limits import problems
from tests.slack.slack_side import ANN, SIGNING_SECRET, SlackSide, signed, soon
from tests.slack.test_message import ALERT, INSTANT, TEXT

SECOND = 1.0

VOICE = st.builds(Voice, name=TEXT, at=INSTANT, why=st.one_of(TEXT, st.sampled_from(list(FalseAlarm))))
OTHER = st.builds(Elsewhere, agreement_id=TEXT, title=TEXT, ts=st.none() | TEXT)
NOTES = st.builds(
    Notes,
    acknowledged=st.lists(VOICE, max_size=6).map(tuple),
    false_alarm=st.none() | VOICE,
    silence=st.none() | st.builds(Silence, ids=st.lists(TEXT, max_size=3).map(tuple), until=INSTANT, by=TEXT),
    merged_into=st.none() | OTHER,
    apart=st.lists(OTHER, max_size=5).map(tuple),
    links=st.dictionaries(TEXT, TEXT, max_size=3),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(alert=ALERT, notes=NOTES)
def test_whatever_was_said_slack_takes_the_message(alert: Alert, notes: Notes) -> None:
    """Names, reasons and ids of any kind, struck through or not, keep to Slack's limits and command nothing."""
    message = render(alert, public_url="https://pacts.example", notes=notes, answered=True)
    assert problems({"text": message.text, "blocks": message.blocks, "metadata": message.metadata}) == []


@given(st.builds(Reference, alert_id=st.text(min_size=1, max_size=40), agreement_id=st.none() | st.text(min_size=1)))
def test_a_reference_comes_back_as_it_went(reference: Reference) -> None:
    """What a block of buttons is about survives the way to Slack and back, or does not go at all."""
    encoded = reference.encode("abc")
    assert encoded is None or (Reference.decode(encoded) == reference and len(encoded) <= 255)


def actions(alert: Alert, notes: Notes = NOTHING, **more: Any) -> list[str]:
    """Return the action ids of a message."""
    blocks = render(alert, notes=notes, **{"answered": True, **more}).blocks
    return [element["action_id"] for block in blocks if block["type"] == "actions" for element in block["elements"]]


def test_which_buttons_there_are() -> None:
    """They follow the state; none that would do nothing: unheard, rehearsed, merged, no dashboard."""
    alert, voice = samples.alert(), Voice("Ann", samples.AT)
    assert actions(alert) == ["acknowledge", "mute_week", "false_alarm"]
    assert actions(alert, public_url="https://p.example")[-1] == "open_dossier"
    assert actions(alert, Notes(false_alarm=voice)) == ["lift_false_alarm"]
    assert actions(alert, Notes(silence=Silence(("m",), samples.AT, "Ann"))) == ["acknowledge", "unmute", "false_alarm"]
    assert actions(alert, answered=False) == []
    assert actions(alert, Notes(merged_into=Elsewhere("b", "B"))) == []
    assert actions(samples.alert(replay=Replay(id="r", mode=ReplayMode.REHEARSE))) == []
    assert actions(samples.alert(Reason.SURGE, agreement_id=None, snapshot=None)) == ["acknowledge", "false_alarm"]


def test_a_false_alarm_strikes_the_message_through() -> None:
    """Headline, facts and quote are struck, line by line; who said so and why stands beneath, unstruck."""
    voice = Voice("Ann *Lee*", samples.AT, FalseAlarm.OLD_NEWS)
    message = render(samples.alert(), notes=Notes(false_alarm=voice), answered=True)
    head, *_ = message.blocks
    assert head["text"]["text"].startswith("~*🇮🇳 🇺🇸 India")
    sections = [block for block in message.blocks if block["type"] == "section"]
    texts = [item["text"] for block in sections for item in (block.get("fields") or [block["text"]])]
    assert all(line.lstrip(">").startswith("~") and line.endswith("~") for text in texts for line in text.split("\n"))
    assert "🚫 *False alarm*, says Ann ∗Lee∗" in str(message.blocks)
    assert "Old news" in str(message.blocks)
    assert message.text.startswith("[false alarm] ")


class Book:
    """Keeps what a desk writes."""

    def __init__(self) -> None:
        self.records: list[tuple[str, str, bytes | None]] = []
        self.fails = False

    async def write(self, topic: str, key: str, value: bytes | None) -> None:
        """Write."""
        if self.fails:
            raise BrokerError("Kafka is away")
        self.records.append((topic, key, value))

    async def team(self) -> str:
        """Return the app's workspace."""
        return TEAM


def press(action: str, **changes: Any) -> Press:
    """Return a press."""
    reference = Reference("a-1", "agreement-1").encode("s") or ""
    return Press(
        **{"action": action, "block_id": reference, "user": "U0ANN", "name": "Ann Lee", "team": TEAM, **changes}
    )


async def test_each_button_writes_one_record() -> None:
    """Acknowledge, false alarm and lift write verdicts, mute and its end a mute; opening a link writes nothing."""
    book = Book()
    desk = Desk(book.write, book.team, clock=lambda: samples.AT)
    for made in (
        press(Action.ACKNOWLEDGE),
        press(Action.FALSE_ALARM, value="old_news"),
        press(Action.LIFT),
        press(Action.MUTE),
        press(Action.UNMUTE, value="m1,m2"),
        press(Action.OPEN),
    ):
        assert await desk.press(made) is None
    keys = [(topic, key) for topic, key, _ in book.records]
    assert keys[:3] == [("verdicts", "a-1/U0ANN"), *[("verdicts", "a-1/U0ANN/judgement")] * 2]
    said = [Verdict.decode(value) for _, _, value in book.records[:3]]
    assert [(one.verdict, one.why, one.name) for one in said] == [
        ("acknowledged", "", "Ann Lee"),
        ("false_alarm", "old_news", "Ann Lee"),
        ("lifted", "", "Ann Lee"),
    ]
    mute = Mute.decode(book.records[3][2])
    assert (mute.scope, mute.target, mute.by) == ("agreement", "agreement-1", "Ann Lee")
    assert mute.until - samples.AT == timedelta(days=7)
    assert book.records[4:] == [("mutes", "m1", None), ("mutes", "m2", None)]


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (press("old_button"), "another version"),
        (press(Action.ACKNOWLEDGE, block_id="xyz"), "another version"),
        (press(Action.FALSE_ALARM, value="no reason"), "another version"),
        (press(Action.ACKNOWLEDGE, user=""), "who you are"),
        (press(Action.ACKNOWLEDGE, team="T-other"), "another workspace"),
        (press(Action.ACKNOWLEDGE, team=""), "another workspace"),
        (press(Action.MUTE, block_id=Reference("a-1").encode("s")), "nothing that could be muted"),
    ],
)
async def test_what_cannot_be_done_is_said(made: Press, says: str) -> None:
    """Old buttons, foreign workspaces, missing users: a sentence for the reader alone, and no record."""
    book = Book()
    assert says in (await Desk(book.write, book.team).press(made) or "")
    assert book.records == []


async def test_a_press_that_kafka_does_not_take_is_said() -> None:
    """The reader hears that nothing was done, and why."""
    book = Book()
    book.fails = True
    assert "Kafka is away. Press again" in (await Desk(book.write, book.team).press(press(Action.MUTE)) or "")


def test_a_signature_is_taken_once() -> None:
    """A request that comes again is refused for longer than its time stamp would be taken."""
    now = [0.0]
    replays = Replays(clock=lambda: now[0])
    assert replays.is_new("a")
    now[0] += 590
    assert not replays.is_new("a")
    assert replays.is_new("b")
    now[0] += 20
    assert replays.is_new("a")


@asynccontextmanager
async def listening(room: Room, faults: FaultServer, side: SlackSide) -> AsyncIterator[tuple[Deliverer, Socket]]:
    """Run a deliverer whose buttons are heard over Socket Mode, as `pactwatch deliver` does."""
    faults.socket_url = side.socket_url
    secrets = Secrets(SLACK_BOT_TOKEN=SecretStr(TOKEN), SLACK_APP_TOKEN=SecretStr(APP_TOKEN))
    async with AsyncExitStack() as stack:
        deliverer = await stack.enter_async_context(room.delivering(answered=True))
        dossiers = deliverer.heard.dossiers
        app, web = await stack.enter_async_context(
            answering(room.settings, secrets, dossiers.all, lambda: dossiers.ready)
        )
        socket = await stack.enter_async_context(Socket(app, web, SecretStr(APP_TOKEN), ping=0.5).listening())
        await until(lambda: socket.trouble is None and side.is_connected)
        yield deliverer, socket


@pytest.fixture
async def side() -> AsyncIterator[SlackSide]:
    """Start Slack's side."""
    async with SlackSide().serving() as started:
        yield started


@pytest.mark.kafka
async def test_pressed_over_socket_mode_the_message_shows_it_within_a_second(
    make_desk: MakeDesk, faults: FaultServer, side: SlackSide
) -> None:
    """Each press is acknowledged, written and drawn; a false alarm stops the dossier's alerts until it is lifted."""
    room = await make_desk(faults, updates_per_minute=50)  # Slack's own limit: a press must not wait for it
    async with listening(room, faults, side) as (deliverer, socket):
        await room.write(another(1), another(2))
        await until(lambda: len(faults.messages("pacts")) == 2)

        def shown(text: str) -> bool:
            return text in str(faults.messages("pacts")[0]["blocks"])

        async def pressing(action: Action, text: str, **more: Any) -> None:
            envelope = await side.send(side.press(faults.messages("pacts")[0], action, **more))
            assert await soon(lambda: shown(text)) < SECOND
            assert envelope in side.acknowledged

        await pressing(Action.ACKNOWLEDGE, "✅ *Acknowledged* by Ann Lee")
        await pressing(Action.MUTE, "🔕 *Muted* until")
        await pressing(Action.UNMUTE, "Mute 7 days")
        await pressing(Action.FALSE_ALARM, "🚫 *False alarm*, says Ann Lee", reason="old_news")
        await room.write(samples.alert(agreement_id="agreement-1", episode=1))
        await until(lambda: deliverer.seen.figures()["skipped"] == 1)
        await pressing(Action.LIFT, "Mute 7 days")
        await room.write(samples.alert(agreement_id="agreement-1", episode=2))
        await until(lambda: len(faults.thread("pacts", faults.messages("pacts")[0]["ts"])) == 2)
        assert shown("✅ *Acknowledged* by Ann Lee")  # what was said stays when news comes
        assert "Acknowledged" not in str(faults.messages("pacts")[1])

        await side.hang_up()  # Slack closes connections now and then
        await until(lambda: side.is_connected and socket.trouble is None)
        message = faults.messages("pacts")[1]
        await side.send(side.press(message, Action.ACKNOWLEDGE, team="T-other", user={"id": "U1", "name": "eve"}))
        await until(lambda: side.told)
        assert side.told[0]["response_type"] == "ephemeral"
        assert "another workspace" in side.told[0]["text"]
        await side.send({**side.command("IND USA")}, kind="slash_commands")
        await until(lambda: len(side.told) == 2)
        assert "No dossier of India and the United States yet" in side.told[1]["text"]
    assert faults.refused == []


@pytest.mark.kafka
async def test_a_press_while_no_deliverer_runs_is_shown_by_the_next(make_desk: MakeDesk, faults: FaultServer) -> None:
    """What the message shows is compared with what was said at every start, not only when a record comes."""
    room = await make_desk(faults)
    async with room.delivering():
        await room.write(another(1))
        await until(lambda: faults.messages("pacts"))
    said = Verdict(
        alert_id=another(1).id, agreement_id="agreement-1", user="ann", verdict="false_alarm", at=samples.AT, why="x"
    )
    await room.put("verdicts", said.key, said.encode())
    faults.plan = first(2, Fault(Kind.RESET_AFTER), "chat.update")

    async def drawn() -> bool:
        return bool((await room.log())[f"{another(1).id}/#pacts"].notes)

    async with room.delivering():
        await until(drawn)
        assert "False alarm" in str(faults.messages("pacts")[0])
        calls = faults.calls["chat.update"]
    async with room.delivering() as deliverer:
        await until(lambda: deliverer.state()["role"] == "active")
        await room.write(another(2))
        await until(lambda: len(faults.messages("pacts")) == 2)
    assert faults.calls["chat.update"] == calls  # a restart draws nothing again that stands right
    assert alert_ids(faults.messages("pacts")) == [another(1).id, another(2).id]


@pytest.mark.kafka
async def test_signed_requests_to_the_dashboard(make_desk: MakeDesk, faults: FaultServer, side: SlackSide) -> None:
    """A signed press is written and drawn; forged, old, repeated and huge requests are refused and write nothing."""
    room = await make_desk(faults)
    secrets = Secrets(SLACK_BOT_TOKEN=SecretStr(TOKEN), SLACK_SIGNING_SECRET=SecretStr(SIGNING_SECRET))
    app, _ = build(room.settings, secrets)
    async with (
        room.delivering(answered=True),
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client,
    ):
        await room.write(another(1))
        await until(lambda: faults.messages("pacts"))
        payload = json.dumps(side.press(faults.messages("pacts")[0], Action.ACKNOWLEDGE, user=ANN))
        good = signed({"payload": payload})
        for bad in (
            signed({"payload": payload}, secret="guessed"),
            signed({"payload": payload}, secret=""),
            signed({"payload": payload}, at=1_700_000_000),
            {"content": good["content"]},
        ):
            assert (await client.post("/slack/events", **bad)).status_code == 401
        assert (await client.post("/slack/events", content=b"x" * 2_000_000)).status_code == 413
        assert (await client.post("/slack/events", **good)).status_code == 200
        assert await soon(lambda: "Acknowledged" in str(faults.messages("pacts")[0])) < SECOND
        assert (await client.post("/slack/events", **good)).status_code == 401
        assert (await client.post("/slack/events", **signed(side.command("nonsense")))).status_code == 200
        await until(lambda: side.told)
        assert "I know no party called “nonsense”" in side.told[0]["text"]
    written = await view.read(room.settings, room.settings.kafka.topic("verdicts"), Verdict.decode)
    assert list(written) == [f"{another(1).id}/U0ANN"]


async def test_a_socket_that_is_not_let_in_says_why(faults: FaultServer) -> None:
    """A wrong app token: which variable, which scope; it is tried again, and works when the token does."""
    web = client(Slack(base_url=faults.base_url), SecretStr(TOKEN))
    async with SlackSide().serving() as side:
        faults.socket_url = side.socket_url
        app = bolt(web, Desk(Book().write, Book().team), lambda text: (text, []))
        async with Socket(app, web, SecretStr("xapp-wrong"), ping=0.2).listening() as socket:
            await until(lambda: "connections:write" in (socket.trouble or ""))
            assert "xapp-wrong" not in str(socket.trouble)
            faults.app_token = "xapp-wrong"
            await until(lambda: socket.trouble is None and side.is_connected)


async def test_without_a_signing_secret_nothing_is_taken(make_desk: MakeDesk, faults: FaultServer) -> None:
    """No secret, no door: an empty key would sign for everybody."""
    room = await make_desk(faults)
    app, _ = build(room.settings, Secrets(SLACK_SIGNING_SECRET=SecretStr("  ")))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
        assert (await client.post("/slack/events", **signed({"payload": "{}"}, secret=""))).status_code == 404
