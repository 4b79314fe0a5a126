"""Rules that change while a worker runs: taken up when they are right, refused when they are wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from agents import rules as watching
from agents.metrics import Metrics
from agents.rules import MEMORY, Rules, RulesWatch
from monitor.errors import RulesError
from monitor.settings import Settings
from tests.waiting import until_async

RULE = """[[rule]]
id = "my.pact"
role = "agreement"
about = "An accord I follow."
match = ["northern shield"]
set = { instrument = "treaty", domain = "defence", name = "Northern Shield", parties = ["NOR", "SWE"] }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "my-rules"
    made.mkdir()
    (made / "mine.toml").write_text(RULE, encoding="utf-8")
    return made


@pytest.fixture
def watch(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RulesWatch:
    monkeypatch.setattr(watching, "LOOK", 0.02)
    return RulesWatch(Settings(rules=folder), tmp_path, Metrics())


async def _until(condition: Callable[[], bool], what: str) -> None:
    async def look() -> bool:
        return condition()

    await until_async(look, what=what)


@asynccontextmanager
async def running(watch: RulesWatch) -> AsyncIterator[Rules]:
    rules = Rules(watch.parts().classifier)
    await watch.start(rules)
    task = asyncio.create_task(watch.run(rules))
    try:
        yield rules
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_changed_folder_is_taken_up(watch: RulesWatch, folder: Path) -> None:
    """A new file gives another classifier, which knows it."""
    async with running(watch) as rules:
        first = rules.classifier.version
        (folder / "more.toml").write_text(RULE.replace("my.pact", "my.second"), encoding="utf-8")
        await _until(lambda: rules.classifier.version != first, "the new rules")
        assert rules.fault == ""


async def test_a_mistake_keeps_the_old_rules_until_it_is_mended(watch: RulesWatch, folder: Path) -> None:
    """File and line are said, the metric shows it, the classifier stays; with the mistake gone all is as before."""
    metrics = watch._metrics.text
    async with running(watch) as rules:
        first = rules.classifier
        (folder / "mine.toml").write_text(RULE.replace("northern", "@nothing"), encoding="utf-8")
        await _until(lambda: "mine.toml:1: rule my.pact" in rules.fault, "the fault")
        assert rules.classifier is first
        assert b"pactwatch_rules_broken 1.0" in metrics()
        (folder / "mine.toml").write_bytes(b"\xff\xfe")
        await _until(lambda: "cannot be read" in rules.fault, "the other fault")
        (folder / "mine.toml").write_text(RULE, encoding="utf-8")
        await _until(lambda: rules.fault == "", "the end of it")
        assert rules.classifier is first
        assert b"pactwatch_rules_broken 0.0" in metrics()
        assert b'pactwatch_rules_reloads_total{result="refused"} 2.0' in metrics()


async def test_a_folder_that_goes_away_changes_nothing(watch: RulesWatch, folder: Path) -> None:
    """An unmounted folder is a fault, and no empty set of rules."""
    async with running(watch) as rules:
        first = rules.classifier
        await asyncio.to_thread(folder.rename, folder.with_name("elsewhere"))
        await _until(lambda: "is no folder" in rules.fault, "the fault")
        assert rules.classifier is first


async def test_a_worker_that_starts_on_broken_rules_takes_the_last_good_ones(
    watch: RulesWatch, folder: Path, tmp_path: Path
) -> None:
    """A crash at night meets the file that somebody broke in the evening: the stream goes on, and says so."""
    good = watch.parts().classifier.version
    (folder / "mine.toml").write_text("[[rule]]\n", encoding="utf-8")
    async with running(RulesWatch(Settings(rules=folder), tmp_path, Metrics())) as rules:
        assert rules.classifier.version == good
        assert "mine.toml:1" in rules.fault


def test_a_first_start_on_broken_rules_is_refused(folder: Path, tmp_path: Path) -> None:
    """Nothing was good before, and somebody is there to read it: file, line and mistake."""
    (folder / "mine.toml").write_text("[[rule]]\n", encoding="utf-8")
    with pytest.raises(RulesError, match=r"mine\.toml:1"):
        RulesWatch(Settings(rules=folder), tmp_path, Metrics()).parts()


def test_a_memory_that_cannot_be_read_is_no_obstacle(watch: RulesWatch, tmp_path: Path) -> None:
    """Half a file from a full disk counts for nothing."""
    (tmp_path / MEMORY).write_bytes(b'{"version": "')
    assert watch.parts().classifier.version
