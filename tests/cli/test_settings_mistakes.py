"""Mistakes in the settings, as a person meets them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[kafka]\npartitions = 'many'\n", ["pactwatch.toml line 2", "kafka.partitions", "'many'", "integer"]),
        ("[kafka]\n\npartitons = 8\n", ["pactwatch.toml line 3", "kafka.partitons", "did you mean partitions?"]),
        ("[slack]\nbase_url = 'slack.com'\n", ["pactwatch.toml line 2", "slack.base_url"]),
        (
            "[slack]\nbot_token = 'xoxb-1'\n",
            ["pactwatch.toml line 2", "slack.bot_token", "environment", "SLACK_BOT_TOKEN"],
        ),
        ("[kafka\npartitions = 8\n", ["pactwatch.toml", "not TOML", "line 1"]),
    ],
)
def test_a_mistake_in_the_file_is_named(run: Run, tmp_path: Path, text: str, told: list[str]) -> None:
    """Key, line and what it should be; exit code 2; no traceback."""
    path = tmp_path / "pactwatch.toml"
    path.write_text(text)
    said = run("--config", path, "topics")
    assert said.code == 2
    for words in told:
        assert words in said.err


def test_a_mistake_in_a_variable_is_named(run: Run) -> None:
    """A variable that is wrong is named as the variable it is."""
    said = run("topics", env={"PACTWATCH_KAFKA__PARTITIONS": "0"})
    assert said.code == 2
    assert "PACTWATCH_KAFKA__PARTITIONS" in said.err
    assert "greater than or equal to 1" in said.err


def test_a_file_that_is_not_there(run: Run) -> None:
    """A settings file that was asked for and is missing: its name, and no start with other settings."""
    said = run("--config", "gone.toml", "topics")
    assert said.code == 2
    assert "gone.toml cannot be read" in said.err


def test_every_command_explains_itself(run: Run) -> None:
    """`--help` works for every command of these modules, with an example."""
    for command in ("broker", "topics", "ingest", "up", "demo", "doctor", "dead-letters"):
        said = run(command, "--help")
        assert said.code == 0
        assert re.search(rf"Examples?: pactwatch .*{command}", said.out), command
