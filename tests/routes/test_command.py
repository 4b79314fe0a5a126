"""`pactwatch routes show` and `test`, and `pactwatch mutes add`, as a person uses them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from typer.testing import CliRunner

from monitor.cli import mutes as mutes_command
from monitor.cli import routes as command
from monitor.models.agreement import Agreement
from monitor.models.mute import Mute
from monitor.settings import Settings, load
from tests.conftest import MakeSettings
from tests.routes.cases import FOLDER, alert
from tests.slack import samples

SEEDS = Path(__file__).parents[2] / "seeds"


class Told:
    """What a command said; ``error`` for what it refused."""

    def __init__(self, result: Any) -> None:
        self.text = " ".join(result.output.split())
        self.output: str = result.output
        self.error = str(result.exception or "")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command with given settings, by default those of the newsroom."""

    def ran(*arguments: str, settings: Settings | None = None, group: Any = command.routes) -> Told:
        loaded = settings or load(FOLDER / "newsroom.toml")
        for module in (command, mutes_command):
            monkeypatch.setattr(module, "settings_of", lambda _: loaded)
        monkeypatch.setattr(command, "settings_for_people", lambda _: loaded)
        return Told(CliRunner(env={"COLUMNS": "160"}).invoke(group, list(arguments)))

    return ran


def test_show_draws_the_tree(run: Any) -> None:
    """Each route with what it takes, and what is its own; nothing that it only has from its parent."""
    shown = run("show").output
    assert "root  what no other route takes" in shown
    assert "→ #pacts · else #ops · score from 0.5" in shown
    assert "├── weak-aid  subjects: aid; stages: proposed" in shown
    assert "→ #asia · quiet 22:00–07:00, sat, sun 00:00–24:00 Asia/Kolkata" in shown
    assert "india-us  actors: pair:IND+USA" in shown
    assert "no quiet hours" in shown
    assert "digest mon, thu 08:00 Asia/Kolkata" in shown
    assert "→ #sandbox" in shown
    (weak, *_) = [row for row in json.loads(run("show", "--json").output) if row["route"] == "weak-aid"]
    assert (weak["drop"], weak["match"]) == (True, {"subjects": ["aid"], "stages": ["proposed"]})


def test_test_says_the_way_of_an_alert(run: Any, tmp_path: Path) -> None:
    """Route, channel, until when in the route's own time, and what every other route said."""
    file = tmp_path / "alert.json"
    file.write_bytes(alert({"parties": ["JPN", "PHL"]}).encode())
    told = run("test", str(file), "--at", "2025-11-07T18:00:00Z").text
    assert "asia → #asia, held until Mon 2025-11-10 07:00 IST (quiet hours)" in told
    assert "weak-aid subjects: logistics, not aid" in told
    assert "europe not asked: asia took it, without continue" in told
    (line,) = run("test", str(file), "--at", "2025-11-07T18:00:00Z", "--json").output.splitlines()
    assert json.loads(line)["decisions"] == [
        {
            "route": "asia",
            "action": "hold",
            "channel": "#asia",
            "fallback_channel": "#ops",
            "mention": [],
            "hold": "quiet",
            "due": "2025-11-10T01:30:00+00:00",
            "why": "quiet hours",
        }
    ]


def test_test_reads_an_article(run: Any, tmp_path: Path) -> None:
    """The article that started the project goes where India and the United States go; other news gives no alert."""
    assert "asia/india-us → #asia, at once" in run("test", str(SEEDS / "framework.txt")).text
    file = tmp_path / "weather.txt"
    file.write_text("It rained in Kuala Lumpur on Friday, and the market was closed.", encoding="utf-8")
    assert "gives no alert" in run("test", str(file)).error
    broken = tmp_path / "alert.json"
    broken.write_text("{}", encoding="utf-8")
    assert "a .json file holds one record of `alerts`" in run("test", str(broken)).error
    assert "one of FILE and --agreement is needed" in run("test").error


@pytest.mark.kafka
async def test_test_looks_at_an_agreement_and_its_mutes(make_kafka_settings: MakeSettings) -> None:
    """A dossier that is followed, by the beginning of its id; a mute in Kafka silences it."""
    routes = load(FOLDER / "newsroom.toml")
    settings = make_kafka_settings(slack=routes.slack, routes=routes.routes)
    known = Agreement(id="a1b2c3d4e5f60718", snapshot=samples.snapshot())
    until = datetime.now(UTC) + timedelta(days=1)
    mute = Mute(id="m", scope="agreement", target=known.id, until=until, by="ann", at=samples.AT)
    async with AIOKafkaProducer(bootstrap_servers=settings.kafka.bootstrap_servers) as producer:
        topic = settings.kafka.topic
        await producer.send_and_wait(topic("agreements"), key=known.id.encode(), value=known.encode(), partition=0)
        await producer.send_and_wait(topic("mutes"), key=b"m", value=mute.encode())
    found = await command._known(settings, "a1b2")
    told = command._of_agreement(found, "a1b2", "stage_moved")
    assert (told.parties, told.reason.value, len(found.mutes)) == (("IND", "USA"), "stage_moved", 1)
    with pytest.raises(Exception, match="there is no reason moved"):
        command._of_agreement(found, "a1b2", "moved")


@pytest.mark.parametrize(
    ("scope", "target", "says"),
    [
        ("actor", "nonsense", "nonsense is no actor's key"),
        ("actor", "IND", "did you mean country:IND?"),
        ("actor", "pair:IND+IND", "two parties and a plus"),
        ("actor", "country:India", "did you mean IND?"),
        ("rule", "stage.sgned", "did you mean stage.signed?"),
        ("rule", "nonsense", "there is no rule nonsense"),
    ],
)
def test_a_mute_of_what_is_not_there_is_refused(run: Any, scope: str, target: str, says: str) -> None:
    """It would silence nothing, and nobody would know."""
    assert says in run("add", scope, target, group=mutes_command.mutes).error


def test_what_a_mute_may_name_has_one_form() -> None:
    """A pair is sorted; a rule that stands in code counts as one of a file."""
    settings = Settings()
    assert mutes_command._checked(settings, mutes_command.Scope.ACTOR, "pair:USA+IND") == "pair:IND+USA"
    assert mutes_command._checked(settings, mutes_command.Scope.RULE, "party.subject") == "party.subject"
