"""From `alerts` to Slack: what is true whichever server stands in Slack's place."""

from __future__ import annotations

import pytest

from monitor.models.delivery import Delivery
from monitor.models.record import Replay
from monitor.models.vocabulary import DeliveryState, Reason, ReplayMode, Status
from monitor.slack.routes import TERMINAL
from tests.slack import samples
from tests.slack.conftest import MakeDesk, Server, until
from tests.slack.fault_server import FaultServer, alert_ids

pytestmark = pytest.mark.kafka


async def test_an_alert_stands_on_slack_once_and_in_the_log(make_desk: MakeDesk, server: Server) -> None:
    """One alert, written three times, is one message; the log knows where it stands and drops what it was."""
    desk = await make_desk(server)
    alert = samples.alert()
    await desk.write(alert, alert)
    async with desk.delivering():
        await until(lambda: server.messages("pacts"))
        await desk.write(alert, samples.alert(Reason.NEW_FACT, field="years", value="10", agreement_id="other"))
        await until(lambda: len(server.messages("pacts")) == 2)
    first, _ = server.messages("pacts")
    assert alert_ids([first]) == [alert.id]
    delivery = (await desk.log())[f"{alert.id}/#pacts"]
    assert (delivery.state, delivery.ts, delivery.alert) == (DeliveryState.SENT, first["ts"], None)


async def test_later_news_renews_the_root_and_replies_to_it(make_desk: MakeDesk, server: Server) -> None:
    """One living message: updated in place, each change told in its thread, a moved stage in the channel too."""
    desk = await make_desk(server)
    first = samples.alert()
    fact = samples.alert(Reason.NEW_FACT, field="years", value="10", facts=("term: 10 years",))
    moved = samples.alert(
        Reason.STAGE_MOVED,
        field="status",
        value="in_force",
        previous="signed",
        snapshot=samples.snapshot(status=Status.IN_FORCE),
    )
    await desk.write(first, fact, moved)
    async with desk.delivering():
        await until(lambda: len(server.thread("pacts", root_ts(server))) == 3 if server.messages("pacts") else False)
    root, *replies = server.thread("pacts", root_ts(server))
    assert alert_ids([root, *replies]) == [first.id, fact.id, moved.id]
    assert "defence framework in force" in root["blocks"][0]["text"]["text"]
    assert [bool(reply.get("reply_broadcast")) for reply in replies] == [False, True]


def root_ts(server: Server) -> str:
    """Return the ts of the first message in #pacts."""
    return str(server.messages("pacts")[0]["ts"])


async def test_a_revision_updates_quietly(make_desk: MakeDesk, server: Server) -> None:
    """New content of a told alert changes its message and posts nothing."""
    desk = await make_desk(server)
    alert = samples.alert()
    await desk.write(alert)
    async with desk.delivering():
        await until(lambda: server.messages("pacts"))
        await desk.write(alert.model_copy(update={"revision": 1, "snapshot": samples.snapshot(place="Penang")}))
        await until(lambda: "Penang" in server.messages("pacts")[0]["text"])
    assert len(server.thread("pacts", root_ts(server))) == 1
    assert (await desk.log())[f"{alert.id}/#pacts"].revision == 1


async def test_a_restart_tells_nothing_twice_and_goes_on(make_desk: MakeDesk, server: Server) -> None:
    """State is in Kafka alone: a new deliverer knows the root and what was told."""
    desk = await make_desk(server)
    first, fact = samples.alert(), samples.alert(Reason.NEW_FACT, field="years", value="10")
    await desk.write(first)
    async with desk.delivering():
        await until(lambda: server.messages("pacts"))
    await desk.write(first, fact)
    async with desk.delivering():
        await until(lambda: len(server.thread("pacts", root_ts(server))) == 2)
    assert alert_ids(server.messages("pacts")) == [first.id]


async def test_a_weak_alert_is_told_to_nobody(make_desk: MakeDesk, server: Server) -> None:
    """What scores below the minimum is left out and counted."""
    desk = await make_desk(server, minimum_score=0.8)
    await desk.write(samples.alert(score=0.79), samples.alert(agreement_id="strong", score=0.8))
    async with desk.delivering() as deliverer:
        await until(lambda: server.messages("pacts"))
        assert deliverer.seen.figures()["skipped"] == 1
    assert len(server.messages("pacts")) == 1


async def test_a_rehearsal_never_reaches_the_live_channel(make_desk: MakeDesk, server: Server) -> None:
    """Its alerts go to the sandbox, marked; without one they are held, and told when there is one; live ones pass."""
    rehearsed = samples.alert(replay=Replay(id="r", mode=ReplayMode.REHEARSE))
    live = samples.alert(agreement_id="live", replay=Replay(id="r", mode=ReplayMode.LIVE))
    desk = await make_desk(server)
    await desk.write(rehearsed, live)
    async with desk.delivering():
        await until(lambda: server.messages("pacts"))
    assert alert_ids(server.messages("pacts")) == [live.id]
    assert {entry.state for entry in (await desk.log()).values()} == {DeliveryState.SENT, DeliveryState.HELD}
    slack = desk.settings.slack.model_copy(update={"sandbox_channel": "#sandbox"})
    desk.settings = desk.settings.model_copy(update={"slack": slack})
    async with desk.delivering():
        await until(lambda: server.messages("sandbox"))
    assert alert_ids(server.messages("sandbox")) == [rehearsed.id]
    assert server.messages("sandbox")[0]["text"].startswith("[replay] ")
    assert alert_ids(server.messages("pacts")) == [live.id]


async def test_an_archived_channel_keeps_its_alerts_and_delays_no_other(make_desk: MakeDesk, server: Server) -> None:
    """Alerts of a dead channel wait and say so; another channel's go out; when it is back, so are they."""
    desk = await make_desk(server, sandbox_channel="#sandbox")
    server.archive("pacts", archived=True)
    waiting = samples.alert()
    other = samples.alert(agreement_id="b", replay=Replay(id="r", mode=ReplayMode.REHEARSE))
    await desk.write(waiting, other)
    async with desk.delivering() as deliverer:
        await until(lambda: server.messages("sandbox"))
        await until(lambda: "archived" in str(deliverer.state()["channels"]["#pacts"]["trouble"]))
        server.archive("pacts", archived=False)
        await until(lambda: server.messages("pacts"))
        await until(lambda: deliverer.state()["channels"]["#pacts"]["trouble"] is None)
    assert alert_ids(server.messages("pacts")) == [waiting.id]


async def test_a_channel_that_is_not_there_is_named_and_its_alerts_go_where_the_settings_point_next(
    make_desk: MakeDesk, server: Server
) -> None:
    """A typing mistake in the channel loses nothing: corrected, what waited is told."""
    desk = await make_desk(server, channel="#pakts")
    alert = samples.alert()
    await desk.write(alert)
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.state()["channels"].get("#pakts", {}).get("trouble"))
        assert "#pakts" in deliverer.state()["channels"]["#pakts"]["trouble"]
    desk.settings = desk.settings.model_copy(
        update={"slack": desk.settings.slack.model_copy(update={"channel": "#pacts"})}
    )
    async with desk.delivering():
        await until(lambda: server.messages("pacts"))
    assert list(await desk.log()) == [f"{alert.id}/#pacts"]


async def test_without_a_channel_alerts_wait_for_one(make_desk: MakeDesk, server: Server) -> None:
    """No channel set: health says which setting, and later the alerts are told."""
    desk = await make_desk(server, channel="")
    await desk.write(samples.alert())
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.state()["channels"].get("(none)", {}).get("queued") == 1)
        assert "PACTWATCH_SLACK__CHANNEL" in deliverer.state()["channels"]["(none)"]["trouble"]
    desk.settings = desk.settings.model_copy(
        update={"slack": desk.settings.slack.model_copy(update={"channel": "#pacts"})}
    )
    async with desk.delivering():
        await until(lambda: server.messages("pacts"))


async def test_what_a_terminal_was_drawing_when_it_ended_is_told_on_slack(make_desk: MakeDesk, server: Server) -> None:
    """A deliverer with --terminal that died in the middle of a message leaves nothing for ever on its channel."""
    desk = await make_desk(server)
    alert = samples.alert()
    left = Delivery(alert_id=alert.id, channel=TERMINAL, state=DeliveryState.SENDING, alert=alert, updated_at=alert.at)
    await desk.put("deliveries", left.key, left.encode())
    async with desk.delivering():
        await until(lambda: server.messages("pacts"))
    assert list(await desk.log()) == [f"{alert.id}/#pacts"]


@pytest.mark.parametrize("token", [None, "xoxb-wrong"])
async def test_without_a_token_that_works_alerts_wait(make_desk: MakeDesk, server: Server, token: str | None) -> None:
    """No token, or a wrong one: health says what to do, nothing is lost, and with the right one all is told."""
    desk = await make_desk(server)
    await desk.write(samples.alert())
    # The stand-in takes any token and gives an unknown one no rights
    wrong = "no token Slack knows" if isinstance(server, FaultServer) else "needed: channels:read"
    says = "set SLACK_BOT_TOKEN" if token is None else wrong
    async with desk.delivering(token=token) as deliverer:
        await until(lambda: says in str(deliverer.state()["circuit"]["why"]))
        await until(lambda: deliverer.state()["channels"].get("#pacts", {}).get("queued") == 1)
        assert deliverer.state()["circuit"]["open"]
    assert {entry.state for entry in (await desk.log()).values()} == {DeliveryState.QUEUED}
    async with desk.delivering():
        await until(lambda: server.messages("pacts"))
