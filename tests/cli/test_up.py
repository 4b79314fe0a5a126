"""`pactwatch up` and `pactwatch demo`: everything together, for real."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.archive.manifest import load
from monitor.cli import seeds
from monitor.kafka.broker import free_port
from monitor.kafka.run_file import running
from monitor.models.alert import Alert
from monitor.settings import Kafka, Settings
from tests.cli.conftest import Run, Start, follow
from tests.conftest import ReadAll
from tests.slack.standin_server import Standin
from tests.waiting import until


def family(pid: int) -> set[int]:
    """Return all processes below one."""
    found: set[int] = set()
    with suppress(OSError):  # it may end while we look
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            found |= {int(child)} | family(int(child))
    return found


def command(pid: int) -> str:
    """Return a process's command line; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def the(pid: int, ending: str) -> int:
    """Return the process below one whose command line ends so, and that is no guard."""

    def find() -> int | None:
        matches = [
            one for one in family(pid) if command(one).strip().endswith(ending) and "guard.py" not in command(one)
        ]
        return matches[0] if matches else None

    return until(find, what=ending) or 0


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """Return variables of a machine of its own."""
    return {
        "PACTWATCH_DATA_DIR": str(tmp_path / "data"),
        "PACTWATCH_KAFKA__PARTITIONS": "2",
        "PACTWATCH_WORKER__PORT": str(free_port()),
        "PACTWATCH_SLACK__PORT": str(free_port()),
    }


Alerts = Callable[[], list[Alert]]


@pytest.fixture
def alerts(tmp_path: Path, read_all: ReadAll) -> Alerts:
    """Read the alerts that stand in the topic now."""

    def read() -> list[Alert]:
        run_file = running(tmp_path / "data")
        assert run_file is not None
        settings = Settings(kafka=Kafka(bootstrap_servers=run_file.address, partitions=2))
        return [Alert.decode(message.value()) for message in read_all(settings, "alerts")]

    return read


def test_up_runs_mends_itself_ends_and_remembers(
    run: Run, start: Start, env: dict[str, str], alerts: Alerts, tmp_path: Path
) -> None:
    """The first article gives its one alert; killed parts come back; the end is quick; nothing is forgotten."""
    article = ("ingest", seeds.folder() / "framework.txt", "--published-at", "2025-10-31T09:00:00Z")
    archive, feed = tmp_path / "archive", tmp_path / "feed.opml"
    feed.write_text('<opml><body><outline xmlUrl="http://127.0.0.1:9/rss"/></body></opml>')
    env |= {"PACTWATCH_ARCHIVE__FOLDER": str(archive), "PACTWATCH_FEEDS__OPML": str(feed)}
    up = start("up", env=env)
    lines = follow(up.stdout)
    until(lambda: any("Ctrl-C stops all" in line for line in lines) or up.poll() is not None, seconds=90)
    assert up.poll() is None
    table = "".join(lines)
    for part in ("Kafka", "worker 1", "deliverer", "feeds", "archive"):
        assert part in table
    assert run(*article, env=env).code == 0
    [alert] = until(alerts, what="the alert")
    told = alert.snapshot
    assert told is not None
    assert (alert.reason, alert.parties, alert.status) == ("new_agreement", ("IND", "USA"), "signed")
    assert (told.instrument, str(told.date), told.place, told.years) == ("framework", "2025-10-31", "Kuala Lumpur", 10)
    assert {(person.name, person.role, person.country) for person in told.signatories} == {
        ("Rajnath Singh", "Defence Minister", "IND"),
        ("Pete Hegseth", "Secretary of War", "USA"),
    }
    second = run("up", env=env)
    assert second.code == 4
    assert "runs already" in second.err

    worker, kafka = the(up.pid, "worker"), the(up.pid, "server.properties")
    os.kill(worker, signal.SIGKILL)
    ready = f"http://127.0.0.1:{env['PACTWATCH_WORKER__PORT']}/ready"
    until(lambda: answers(ready) and the(up.pid, "worker") != worker, what="another worker", seconds=60)
    os.kill(kafka, signal.SIGKILL)
    until(lambda: the(up.pid, "server.properties") != kafka, what="another Kafka", seconds=60)
    until(lambda: running(tmp_path / "data"), what="Kafka")
    assert run(*article, env=env, timeout=90).code == 0

    left = family(up.pid)
    begin = time.monotonic()
    up.send_signal(signal.SIGTERM)
    assert up.wait(30) == 0
    assert time.monotonic() - begin < 15
    assert not [pid for pid in left if command(pid)]
    kept = load(archive / "articles")
    assert kept is not None
    assert kept.records >= 1
    assert "http://127.0.0.1:9/rss" in (tmp_path / "data" / "logs" / "feeds.log").read_text()

    again = start("up", env=env)
    lines = follow(again.stdout)
    until(lambda: any("Ctrl-C stops all" in line for line in lines), seconds=90)
    assert run(*article, env=env).code == 0
    until(lambda: settled(env), what="the repeats", seconds=60)
    assert [alert.id] == [one.id for one in alerts()]
    again.send_signal(signal.SIGINT)
    assert again.wait(30) == 0


def settled(env: dict[str, str]) -> bool:
    """Tell whether the worker has seen an article since it started."""
    page = httpx.get(f"http://127.0.0.1:{env['PACTWATCH_WORKER__PORT']}/metrics").text
    return any(
        line.startswith("pactwatch_articles_total") and float(line.split()[1]) >= 1 for line in page.splitlines()
    )


def answers(url: str) -> bool:
    """Tell whether a page answers 200."""
    try:
        return httpx.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def test_nothing_outlives_a_killed_up(start: Start, env: dict[str, str]) -> None:
    """A kill -9 of `up` itself ends worker, deliverer and Kafka too."""
    up = start("up", env=env)
    for ending in ("worker", "deliver", "server.properties"):
        the(up.pid, ending)
    left = family(up.pid)
    up.kill()
    until(lambda: not [pid for pid in left if command(pid)], what="the end of all", seconds=30)


def test_a_part_that_cannot_start_is_told(run: Run, env: dict[str, str], tmp_path: Path) -> None:
    """A folder of rules that is not there: the worker's own words, its log, and an end instead of endless tries."""
    said = run("up", env={**env, "PACTWATCH_RULES": str(tmp_path / "none")}, timeout=90)
    assert said.code == 1
    assert "worker 1 cannot start" in said.err
    assert "worker-1.log" in said.err


def test_a_token_that_slack_refuses_stops_nothing(run: Run, start: Start, env: dict[str, str], tmp_path: Path) -> None:
    """`up` is up, and says why alerts wait; the demo, which has nothing to wait for, ends and says the same."""
    with Standin(tmp_path) as standin:
        wrong = {
            "SLACK_BOT_TOKEN": "xoxb-wrong",
            "PACTWATCH_SLACK__BASE_URL": standin.base_url,
            "PACTWATCH_SLACK__CHANNEL": "#pacts",
        }
        up = start("up", env={**env, **wrong})
        lines = follow(up.stdout)
        until(lambda: any("Ctrl-C stops all" in line for line in lines), seconds=90)
        [told] = [line for line in lines if line.startswith("Alerts")]
        assert "wait in the queue" in told
        assert "missing_scope" in told  # the stand-in takes any token for one without rights
        up.send_signal(signal.SIGTERM)
        assert up.wait(30) == 0
        said = run("demo", env=wrong, timeout=90)
    assert said.code == 6
    assert "missing_scope" in said.err
    assert "without SLACK_BOT_TOKEN the alerts are shown here" in said.err


def test_the_demo(run: Run, tmp_path: Path) -> None:
    """Alerts are drawn, the table adds up, and nothing is left: no process, no folder, no data of the user."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    said = run("demo", env={"TMPDIR": str(scratch), "PACTWATCH_KAFKA__PARTITIONS": "7"}, timeout=120)
    assert said.code == 0, said.err
    figures = {
        line.rsplit(maxsplit=1)[0].strip(): line.split()[-1] for line in said.out.splitlines()[-12:] if line.strip()
    }
    archive = (seeds.folder() / "articles.jsonl").read_text().splitlines()
    assert int(figures["articles"]) == len(archive)
    assert figures["dead letters"] == "0"
    assert 0 < int(figures["agreements"]) <= int(figures["alerts"]) < int(figures["relevant ones"]) < len(archive)
    assert said.out.count("Pactwatch") >= int(figures["agreements"])
    assert "article in to alert out, p50" in said.out
    assert list(scratch.iterdir()) == []
    assert not (tmp_path / "user-data").exists()


def test_the_demo_on_slack(run: Run, tmp_path: Path) -> None:
    """With a token and a channel the alerts stand there, each once, and not in the terminal."""
    with Standin(tmp_path) as standin:
        env = {
            "SLACK_BOT_TOKEN": standin.token,
            "PACTWATCH_SLACK__BASE_URL": standin.base_url,
            "PACTWATCH_SLACK__CHANNEL": "#pacts",
            "PACTWATCH_SLACK__POSTS_PER_SECOND": "100",
        }
        said = run("demo", env=env, timeout=120)
        assert said.code == 0, said.err
        messages = standin.messages("pacts")
    agreements = next(line.split()[-1] for line in said.out.splitlines() if line.startswith("agreements"))
    assert len(messages) >= int(agreements)
    ids = [json.dumps(message.get("metadata")) for message in messages]
    assert len(ids) == len(set(ids))
    assert "The alerts stand in #pacts on Slack" in said.out


def test_a_demo_that_is_broken_off_leaves_nothing(start: Start, tmp_path: Path) -> None:
    """Ctrl-C in the middle, while all parts run: a quick end, no process, no folder."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    demo = start("demo", env={"TMPDIR": str(scratch)})
    the(demo.pid, "--json")
    left = family(demo.pid)
    demo.send_signal(signal.SIGINT)
    _out, err = demo.communicate(timeout=30)
    assert demo.returncode == 130
    assert "nothing is left of it" in err
    assert not [pid for pid in left if command(pid)]
    assert list(scratch.iterdir()) == []


def test_a_demo_that_is_kept_says_how_to_use_and_end_it(run: Run, start: Start, tmp_path: Path) -> None:
    """`--keep`: after the table all is up, another article gives another alert, and Ctrl-C ends it."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    demo = start("demo", "--keep", env={"TMPDIR": str(scratch)})
    lines = follow(demo.stdout)
    until(lambda: any("Ctrl-C stops it" in line for line in lines), what="the end of the replay", seconds=120)
    [folder] = list(scratch.iterdir())
    data = {"PACTWATCH_DATA_DIR": str(folder), "PACTWATCH_KAFKA__PARTITIONS": "1"}
    assert any(f"PACTWATCH_DATA_DIR={folder}" in line for line in lines)
    status: dict[str, Any] = json.loads(run("broker", "status", "--json", env=data).out)
    assert status["serves"] is True
    demo.send_signal(signal.SIGINT)
    assert demo.wait(30) == 0
    assert list(scratch.iterdir()) == []
