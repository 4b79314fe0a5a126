"""Mutes and false alarms: what they cover, and that nobody is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.cli import mutes as command
from monitor.models.alert import Alert
from monitor.models.mute import Mute
from monitor.models.verdict import Verdict
from monitor.models.vocabulary import DeliveryState
from monitor.slack.silence import covers, silenced
from tests.slack import samples
from tests.slack.conftest import MakeDesk, until
from tests.slack.fault_server import FaultServer, alert_ids
from tests.slack.plans import another

NOW = samples.AT


def mute(scope: Any, target: str, *, until_hours: float = 1) -> Mute:
    """Return a mute."""
    return Mute(id="m", scope=scope, target=target, until=NOW + timedelta(hours=until_hours), by="ann", at=NOW)


def verdict(said: Any, *, hours: float, user: str = "ann", agreement_id: str = "a1b2c3d4e5f60718") -> Verdict:
    """Return a verdict."""
    at = NOW + timedelta(hours=hours)
    return Verdict(alert_id="x", agreement_id=agreement_id, user=user, verdict=said, at=at)


@pytest.mark.parametrize(
    ("scope", "target", "covered"),
    [
        ("agreement", "a1b2c3d4e5f60718", True),
        ("agreement", "other", False),
        ("actor", "country:IND", True),
        ("actor", "country:FRA", False),
        ("actor", "pair:IND+USA", True),
        ("actor", "pair:FRA+IND", False),
        ("actor", "person:IND", False),
        ("rule", "signed.by-both", True),
        ("rule", "signed", False),
    ],
)
def test_what_a_mute_covers(scope: str, target: str, *, covered: bool) -> None:
    """Each scope covers the alerts about its target and no others."""
    assert covers(mute(scope, target), samples.alert()) is covered


def test_a_mute_ends_at_its_time() -> None:
    """At its end, and after it, the alert is told."""
    alert = samples.alert()
    assert silenced(alert, [mute("agreement", "a1b2c3d4e5f60718")], [], NOW) == "mute m"
    assert silenced(alert, [mute("agreement", "a1b2c3d4e5f60718", until_hours=0)], [], NOW) is None


@pytest.mark.parametrize(
    ("said", "silent"),
    [
        ([], False),
        ([("acknowledged", 1)], False),
        ([("false_alarm", 1)], True),
        ([("false_alarm", 1), ("acknowledged", 2)], True),
        ([("false_alarm", 1), ("lifted", 2)], False),
        ([("lifted", 1), ("false_alarm", 2)], True),
    ],
)
def test_a_false_alarm_lasts_until_it_is_lifted(said: list[tuple[str, float]], *, silent: bool) -> None:
    """The last word of anybody counts; an acknowledgement is no word on it; another dossier is not meant."""
    verdicts = [verdict(word, hours=hours, user=word) for word, hours in said]
    assert (silenced(samples.alert(), [], verdicts, NOW) == "false_alarm") is silent
    assert silenced(samples.alert(agreement_id="other"), [], verdicts, NOW) is None


@pytest.mark.kafka
async def test_nobody_is_told_while_a_mute_lasts(make_desk: MakeDesk, faults: FaultServer) -> None:
    """A mute written while the deliverer runs holds from then on; ended, the next alert is told, the muted never."""
    desk = await make_desk(faults)
    silent = Mute.model_validate({**mute("agreement", "agreement-1").model_dump(), "until": NOW + timedelta(days=9999)})
    async with desk.delivering() as deliverer:
        await until(lambda: deliverer.state()["role"] == "active")
        await desk.put("mutes", silent.id, silent.encode())
        await until(lambda: "m" in deliverer.heard.mutes)
        await desk.write(another(1), another(2))
        await until(lambda: faults.messages("pacts"))
        await desk.put("mutes", silent.id, None)
        await until(lambda: "m" not in deliverer.heard.mutes)
        later = later_news()
        await desk.write(another(1), later)
        await until(lambda: len(faults.messages("pacts")) == 2)
    assert alert_ids(faults.messages("pacts")) == [another(2).id, later.id]
    delivery = (await desk.log())[f"{another(1).id}/#pacts"]
    assert (delivery.state, delivery.error, delivery.alert) == (DeliveryState.MUTED, "mute m", None)


def later_news() -> Alert:
    """Return a second alert about the first agreement."""
    return samples.alert(agreement_id="agreement-1", episode=1)


@pytest.mark.kafka
def test_the_command_adds_lists_and_ends(make_kafka_settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`mutes add`, `list` and `end` do what they say, and an unknown id is named."""
    settings = make_kafka_settings()
    monkeypatch.setattr(command, "settings_of", lambda _: settings)
    runner = CliRunner()
    added = runner.invoke(command.mutes, ["add", "actor", "pair:IND+USA", "--days", "2", "--why", "state visit"])
    assert added.exit_code == 0, added.output
    identity = added.output.split(":")[0]
    listed = runner.invoke(command.mutes, ["list", "--json"]).output
    assert '"target": "pair:IND+USA"' in listed
    assert "state visit" in runner.invoke(command.mutes, ["list"]).output
    assert runner.invoke(command.mutes, ["end", identity]).output == f"{identity} has ended\n"
    assert "nothing is muted" in runner.invoke(command.mutes, ["list"]).output
    assert "there is no agreement nowhere" in str(
        runner.invoke(command.mutes, ["add", "agreement", "nowhere"]).exception
    )
    assert f"there is no mute {identity}" in str(runner.invoke(command.mutes, ["end", identity]).exception)
