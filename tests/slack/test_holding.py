"""What is held: quiet hours, digests, storms, more sources.  A digest keeps the promises that an alert has."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.mute import Mute
from monitor.models.vocabulary import DeliveryState, Hold, Reason, Status
from monitor.routes.config import Route
from tests.slack import samples
from tests.slack.conftest import Desk, MakeDesk, Server, until
from tests.slack.fault_server import Fault, FaultServer, Kind, alert_ids
from tests.slack.plans import POST, another, first
from tests.slack.victim import DIGEST_STEPS, Orders

pytestmark = pytest.mark.kafka

NIGHT = {"quiet_hours": {"from": "22:00", "to": "07:00"}, "time_zone": "Europe/Berlin"}
EVENING = datetime(2025, 11, 4, 22, 30, tzinfo=UTC)
MORNING = datetime(2025, 11, 5, 6, 0, tzinfo=UTC)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self, now: datetime = EVENING) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def fact(number: int, **changes: Any) -> Alert:
    """Return a later alert about an agreement of `another`."""
    said = {"field": "years", "value": "10", "facts": ("Term: 10 years",), **changes}
    return samples.alert(Reason.NEW_FACT, agreement_id=f"agreement-{number}", **said)


async def held(desk: Desk, count: int) -> Callable[[], Any]:
    async def met() -> bool:
        log = await desk.log()
        return sum(entry.state is DeliveryState.HELD for entry in log.values()) == count

    return met


def digests(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the digests among messages."""
    return [item for item in messages if item["metadata"]["event_payload"]["reason"] == "digest"]


def shown(message: dict[str, Any]) -> str:
    """Return the text of a message's blocks."""
    return "\n".join(str(block.get("text", {}).get("text", "")) for block in message["blocks"])


async def states(desk: Desk) -> dict[str, DeliveryState]:
    """Return the state of each alert, digests apart."""
    return {entry.alert_id: entry.state for entry in (await desk.log()).values() if not entry.members}


async def test_quiet_hours_hold_through_a_restart_and_end_in_one_digest(make_desk: MakeDesk, server: Server) -> None:
    """What comes at night is told in the morning, once, a line an agreement, by a deliverer that saw none of it come.

    The living message of an agreement that has one is brought up to date, and linked where the server gives addresses.
    """
    desk, clock = await make_desk(server, **NIGHT), Clock(EVENING - timedelta(hours=3))
    old, news, more = another(1), fact(1), another(2)
    await desk.write(old)
    async with desk.delivering(clock=clock) as deliverer:
        await until(lambda: server.messages("pacts"))
        clock.now = EVENING
        await desk.write(news, more, fact(2))
        await until(await held(desk, 3))
        assert deliverer.state()["held"]["#pacts"] == {"held": 3, "next": MORNING}
        clock.now = MORNING - timedelta(seconds=1)
    assert alert_ids(server.messages("pacts")) == [old.id]
    clock.now = MORNING + timedelta(hours=2)  # nobody was there when it was due
    async with desk.delivering(clock=clock):
        await until(lambda: digests(server.messages("pacts")))

        async def done() -> bool:
            return set((await states(desk)).values()) == {DeliveryState.SENT, DeliveryState.DIGESTED}

        await until(done)
    root, digest = server.messages("pacts")
    assert digest["blocks"][0]["text"]["text"] == "🌙 While it was quiet: 2 agreements"
    assert shown(digest).count("10 years") == 2
    assert f"p{root['ts'].replace('.', '')}" in shown(digest)
    assert "10 years" in str(root["blocks"])
    assert len(server.thread("pacts", root["ts"])) == 1
    log = await desk.log()
    assert {log[f"{one.id}/#pacts"].digest for one in (news, more)} == {
        key for key, entry in log.items() if entry.members and entry.ts == digest["ts"]
    }


async def test_a_storm_becomes_one_summary_and_drops_nothing(make_desk: MakeDesk, server: Server) -> None:
    """The first alerts are told as they come; from the limit on all are gathered, named in one message, counted."""
    desk, clock = await make_desk(server, storm={"more_than": 3, "within_minutes": 10}), Clock()
    alerts = [another(number) for number in range(12)]
    async with desk.delivering(clock=clock) as deliverer:
        await desk.write(*alerts[:8])
        await until(await held(desk, 5))
        clock.now += timedelta(minutes=9)
        await desk.write(*alerts[8:])  # they join the storm, however calm it is by now
        await until(await held(desk, 9))
        await until(lambda: len(server.messages("pacts")) == 3)
        clock.now += timedelta(minutes=1)
        await until(lambda: deliverer.seen.figures()["sent"] == 12)
        clock.now += timedelta(minutes=20)
        await desk.write(another(20))
        await until(lambda: len(server.messages("pacts")) == 5)
    (summary,) = digests(server.messages("pacts"))
    assert summary["blocks"][0]["text"]["text"] == "🌊 Many at once: 9 agreements"
    assert alert_ids(server.messages("pacts")) == [
        *(one.id for one in alerts[:3]),
        summary["metadata"]["event_payload"]["alert_id"],
        another(20).id,
    ]
    told = await states(desk)
    assert [told[one.id] for one in alerts] == [DeliveryState.SENT] * 3 + [DeliveryState.DIGESTED] * 9


async def test_a_mute_counts_when_the_digest_is_told(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Of three held alerts one is muted still: it is left out for good; one whose mute ends before is told."""
    desk, clock = await make_desk(faults, **NIGHT), Clock()
    lasting = Mute(id="a", scope="agreement", target="agreement-1", until=MORNING + timedelta(1), by="x", at=EVENING)
    ending = lasting.model_copy(update={"id": "b", "target": "agreement-2", "until": MORNING - timedelta(hours=1)})
    for mute in (lasting, ending):
        await desk.put("mutes", mute.id, mute.encode())
    await desk.write(another(1), another(2), another(3))
    async with desk.delivering(clock=clock):
        await until(await held(desk, 3))
        clock.now = MORNING
        await until(lambda: digests(faults.messages("pacts")))
        await until(await held(desk, 0))
        clock.now = MORNING + timedelta(hours=30)  # the other mute has ended too: what was left out stays so
        later = samples.alert(agreement_id="agreement-1", episode=1)
        await desk.write(later)
        clock.now = MORNING + timedelta(hours=5) + timedelta(1)
        await until(lambda: len(faults.messages("pacts")) == 2)
    assert await states(desk) == {
        another(1).id: DeliveryState.MUTED,
        another(2).id: DeliveryState.DIGESTED,
        another(3).id: DeliveryState.DIGESTED,
        later.id: DeliveryState.SENT,
    }
    assert faults.messages("pacts")[0]["blocks"][0]["text"]["text"].endswith("2 agreements")


async def test_a_digest_of_nothing_but_muted_alerts_is_not_told(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Silence is kept by digests as well; the log says why."""
    desk, clock = await make_desk(faults, **NIGHT), Clock()
    mute = Mute(id="a", scope="actor", target="country:IND", until=MORNING + timedelta(1), by="x", at=EVENING)
    await desk.put("mutes", mute.id, mute.encode())
    await desk.write(another(1))
    async with desk.delivering(clock=clock):
        await until(await held(desk, 1))
        clock.now = MORNING
        await until(await held(desk, 0))
    assert not faults.messages("pacts")
    entries = (await desk.log()).values()
    assert {entry.state for entry in entries} == {DeliveryState.MUTED}
    assert {entry.error for entry in entries if not entry.members} == {"mute a"}


async def test_what_is_told_at_once_brings_along_what_is_held_of_it(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Order per agreement: a stage that may wake people does not overtake the night's news of the same agreement."""
    desk, clock = await make_desk(faults, **NIGHT), Clock()
    urgent = Route.model_validate({"name": "urgent", "match": {"stages": "in_force"}, "quiet_hours": []})
    desk.settings = desk.settings.model_copy(update={"routes": (urgent,)})
    moved = samples.alert(
        Reason.STAGE_MOVED,
        agreement_id="agreement-1",
        field="status",
        value="in_force",
        previous="signed",
        snapshot=samples.snapshot(status=Status.IN_FORCE),
        status=Status.IN_FORCE,
    )
    await desk.write(another(1), another(2), fact(1), moved)
    async with desk.delivering(clock=clock):
        await until(lambda: len(faults.everything("pacts")) == 3)
        await until(await held(desk, 1))
        clock.now = MORNING
        await until(lambda: digests(faults.messages("pacts")))
    assert alert_ids(faults.everything("pacts"))[:3] == [another(1).id, fact(1).id, moved.id]
    assert (await states(desk))[another(2).id] is DeliveryState.DIGESTED


async def test_what_lacks_sources_waits_for_them(make_desk: MakeDesk, faults: FaultServer) -> None:
    """One source: held without a time; a later alert with two lets it go, in order; so does a revision of its own."""
    desk, clock = await make_desk(faults, minimum_sources=2), Clock()
    single, other = another(1), another(2)
    two = samples.snapshot(independent_sources=2)
    async with desk.delivering(clock=clock):
        await desk.write(single, other)
        await until(await held(desk, 2))
        await desk.write(fact(1, snapshot=two))
        await until(lambda: len(faults.everything("pacts")) == 2)
        await desk.write(other.model_copy(update={"revision": 1, "snapshot": two}))
        await until(lambda: len(faults.everything("pacts")) == 3)
    assert alert_ids(faults.everything("pacts")) == [single.id, fact(1).id, other.id]
    assert {entry.hold for entry in (await desk.log()).values()} == {Hold.SOURCES, None}


@pytest.mark.parametrize("kind", [Kind.RESET_AFTER, Kind.RESET_BEFORE, Kind.HANG_AFTER])
async def test_a_lost_answer_makes_no_second_digest(make_desk: MakeDesk, faults: FaultServer, kind: Kind) -> None:
    """Whether Slack took it or not: it stands once, found again by its own mark."""
    desk, clock = await make_desk(faults, timeout=0.5, **NIGHT), Clock()
    await desk.write(another(1), another(2))
    async with desk.delivering(clock=clock):
        await until(await held(desk, 2))
        faults.plan = first(1, Fault(kind, seconds=1.0), POST)
        clock.now = MORNING
        await until(await held(desk, 0))
    assert len(faults.messages("pacts")) == 1
    assert faults.calls["conversations.history"] >= 1


async def test_a_digest_whose_intent_was_written_is_looked_up_by_whoever_comes_next(
    make_desk: MakeDesk, faults: FaultServer
) -> None:
    """A deliverer died between post and outcome: the next finds the digest on Slack and finishes it."""
    desk, clock = await make_desk(faults, **NIGHT), Clock()
    await desk.write(another(1))
    async with desk.delivering(clock=clock):
        await until(await held(desk, 1))
        clock.now = MORNING
        await until(await held(desk, 0))
    log = await desk.log()
    (digest,) = [entry for entry in log.values() if entry.members]
    torn = digest.model_copy(update={"state": DeliveryState.SENDING, "ts": None})
    member = log[f"{another(1).id}/#pacts"]
    reset = member.model_copy(update={"state": DeliveryState.HELD, "alert": another(1), "digest": None})
    await desk.put("deliveries", torn.key, torn.encode())
    await desk.put("deliveries", reset.key, reset.encode())
    async with desk.delivering(clock=clock):
        await until(await held(desk, 0))
    assert len(faults.messages("pacts")) == 1
    log = await desk.log()
    assert (log[torn.key].state, log[torn.key].ts) == (DeliveryState.SENT, digest.ts)
    assert log[reset.key].state is DeliveryState.DIGESTED


async def test_a_digest_too_long_for_one_message_goes_on_in_its_thread(
    make_desk: MakeDesk, faults: FaultServer
) -> None:
    """Slack's limits hold; every agreement is named; the channel gets one message."""
    desk, clock = await make_desk(faults, **NIGHT), Clock()
    alerts = [another(number) for number in range(60)]
    await desk.write(*alerts)
    async with desk.delivering(clock=clock):
        await until(await held(desk, 60))
        clock.now = MORNING
        await until(await held(desk, 0))
    assert faults.refused == []
    (head,) = faults.messages("pacts")
    parts = faults.thread("pacts", head["ts"])
    assert len(parts) >= 2
    assert sum(shown(part).count("New, signed") for part in parts) == 60


async def test_a_digest_that_slack_refuses_is_told_one_by_one(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Even its simple form is refused: nothing is lost, each alert is told by itself."""
    desk, clock = await make_desk(faults, **NIGHT), Clock()

    def plan(method: str, body: dict[str, Any]) -> Fault | None:
        refused = method == POST and body["metadata"]["event_payload"]["reason"] == "digest"
        return Fault(Kind.ERROR, code="invalid_blocks") if refused else None

    faults.plan = plan
    await desk.write(another(1), another(2))
    async with desk.delivering(clock=clock):
        await until(await held(desk, 2))
        clock.now = MORNING
        await until(lambda: len(faults.messages("pacts")) == 2)
    assert alert_ids(faults.messages("pacts")) == [another(1).id, another(2).id]


async def test_a_digest_goes_to_the_fallback_of_a_dead_channel(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Archived over night: the fallback channel gets the digest, and its alerts count as told."""
    desk, clock = await make_desk(faults, fallback_channel="#ops", **NIGHT), Clock()
    await desk.write(another(1), another(2))
    async with desk.delivering(clock=clock):
        await until(await held(desk, 2))
        faults.archive("pacts", archived=True)
        clock.now = MORNING
        await until(await held(desk, 0))
    assert len(digests(faults.messages("ops"))) == 1
    assert set((await states(desk)).values()) == {DeliveryState.DIGESTED}


async def test_mentions_come_from_the_settings_alone(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Whom a route mentions is called in messages and digests; what an article writes calls nobody."""
    desk, clock = await make_desk(faults, mention=("here", "U012AB3CD", "S0614TZR7"), **NIGHT), Clock(MORNING)
    faults.mentions = frozenset({"!here", "@U012AB3CD", "!subteam^S0614TZR7"})
    hostile = samples.snapshot(place="<!channel> <@U99999999>")
    async with desk.delivering(clock=clock):
        await desk.write(another(1))
        await until(lambda: faults.messages("pacts"))
        clock.now = EVENING
        await desk.write(samples.alert(agreement_id="agreement-2", snapshot=hostile))
        await until(await held(desk, 1))
        clock.now = MORNING + timedelta(1)
        await until(lambda: len(faults.messages("pacts")) == 2)
    assert faults.refused == []
    for message in faults.messages("pacts"):
        assert "🔔 <!here> <@U012AB3CD> <!subteam^S0614TZR7>" in shown(message)
        assert "<!channel>" not in str(message)


async def test_a_held_alert_goes_by_todays_routes(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Quiet hours that were taken out of the settings hold nothing after the restart; another channel gets it."""
    desk, clock = await make_desk(faults, **NIGHT), Clock()
    await desk.write(another(1))
    async with desk.delivering(clock=clock):
        await until(await held(desk, 1))
    slack = desk.settings.slack.model_copy(update={"quiet_hours": (), "channel": "#asia"})
    desk.settings = desk.settings.model_copy(update={"slack": slack})
    async with desk.delivering(clock=clock):
        await until(lambda: faults.messages("asia"))
    assert list(await desk.log()) == [f"{another(1).id}/#asia"]


async def test_two_routes_tell_on_two_channels(make_desk: MakeDesk, server: Server) -> None:
    """``continue``: one alert, two channels, a delivery each, one of them held."""
    desk, clock = await make_desk(server), Clock()
    routes: list[dict[str, Any]] = [
        {"match": {"parties": "IND"}, "channel": "#asia", "continue": True, **NIGHT},
        {"match": {"parties": "USA"}, "channel": "#europe"},
    ]
    desk.settings = desk.settings.model_copy(update={"routes": tuple(Route.model_validate(one) for one in routes)})
    await desk.write(another(1))
    async with desk.delivering(clock=clock):
        await until(lambda: server.messages("europe"))
        clock.now = MORNING
        await until(lambda: server.messages("asia"))
    assert alert_ids(server.messages("europe")) == [another(1).id]
    assert len(digests(server.messages("asia"))) == 1


def test_a_held_delivery_of_an_older_version_is_read() -> None:
    """Records without the fields of routing are held or queued as they were."""
    old = Delivery(alert_id="a", channel="#pacts", state=DeliveryState.HELD, updated_at=EVENING)
    assert (old.hold, old.due, old.members, old.accepted_at) == (None, None, (), None)


async def test_a_standby_tells_the_digest_of_one_that_died(make_desk: MakeDesk, faults: FaultServer) -> None:
    """What one deliverer held, the other lets go: due times stand in Kafka, not in a process."""
    desk, clock = await make_desk(faults, **NIGHT), Clock()
    await desk.write(another(1), another(2))
    async with desk.delivering(clock=clock) as heir:
        await until(lambda: heir.state()["role"] in ("active", "standby"))
        async with desk.delivering(clock=clock) as other:
            await until(lambda: {heir.state()["role"], other.state()["role"]} == {"active", "standby"})
            await until(await held(desk, 2))
            active, standby = (heir, other) if heir.state()["role"] == "active" else (other, heir)
            active.stop()
            await until(lambda: standby.state()["role"] == "active")
            clock.now = MORNING
            await until(lambda: digests(faults.messages("pacts")))
            await until(await held(desk, 0))
    assert len(faults.messages("pacts")) == 1


async def killed_at(desk: Desk, folder: Path, step: str) -> None:
    """Run a deliverer until it is killed (-9) at a step of a digest, then another until nothing is held."""
    file = folder / "orders.json"
    for trap in (step, "none"):
        orders = Orders(settings=desk.settings, step=trap, hold=0.5, sweep_interval=1e6)
        file.write_text(orders.model_dump_json(), encoding="utf-8")
        with (folder / "victim.log").open("ab") as out:
            victim = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.slack.victim", str(file), stdout=out, stderr=out
            )
        if trap == step:
            assert await asyncio.wait_for(victim.wait(), 30) == -9, (folder / "victim.log").read_text()
            continue

        async def told() -> bool:
            log = await desk.log()
            return {entry.state for entry in log.values()} <= {DeliveryState.SENT, DeliveryState.DIGESTED}

        await until(told)
        victim.terminate()
        await victim.wait()


@pytest.mark.parametrize(
    "steps",
    [("post.after",), pytest.param(DIGEST_STEPS, marks=pytest.mark.slow)],
    ids=["where it hurts most", "everywhere"],
)
async def test_kill_9_loses_and_repeats_no_digest(
    make_desk: MakeDesk, faults: FaultServer, tmp_path: Path, steps: tuple[str, ...]
) -> None:
    """At each step of the protocol: every alert stands in one digest, every digest once, without any sweeping."""
    desk = await make_desk(faults)
    await desk.write(another(1))
    async with desk.delivering():
        await until(lambda: faults.messages("pacts"))
    for number, step in enumerate(steps, 2):
        await desk.write(another(number), fact(1, value=str(number), facts=(f"Term: {number} years",)))
        await killed_at(desk, tmp_path, step)
    root, *told = faults.messages("pacts")
    assert alert_ids([root]) == [another(1).id]
    log = await desk.log()
    assert {entry.ts for entry in log.values() if entry.members} == {message["ts"] for message in told}
    assert Counter(key for entry in log.values() for key in entry.members) == Counter(
        entry.key for entry in log.values() if entry.state is DeliveryState.DIGESTED
    )
    assert sum(entry.state is DeliveryState.DIGESTED for entry in log.values()) == 2 * len(steps)
    assert len(set(alert_ids(told))) == len(told)
    assert f"{len(steps) + 1} years" in str(root["blocks"])


async def test_a_digest_that_waits_for_a_dead_channel_goes_where_the_settings_point_next(
    make_desk: MakeDesk, faults: FaultServer
) -> None:
    """Archived over night, and no fallback: it waits; with another channel in the settings it is told there."""
    desk, clock = await make_desk(faults, **NIGHT), Clock()
    await desk.write(another(1), another(2))
    async with desk.delivering(clock=clock) as deliverer:
        await until(await held(desk, 2))
        faults.archive("pacts", archived=True)
        clock.now = MORNING
        await until(lambda: "archived" in str(deliverer.state()["channels"].get("#pacts", {}).get("trouble")))
    slack = desk.settings.slack.model_copy(update={"channel": "#asia"})
    desk.settings = desk.settings.model_copy(update={"slack": slack})
    async with desk.delivering(clock=clock):
        await until(lambda: digests(faults.messages("asia")))
        await until(await held(desk, 0))
    assert {entry.channel for entry in (await desk.log()).values()} == {"#asia"}
