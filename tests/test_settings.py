"""Settings: where they come from, and what a mistake in them says."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import ConfigurationError
from monitor.settings import Secrets, load


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "pactwatch.toml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[kafka]\npartitions = 'many'\n", "line 2: kafka.partitions = 'many': input should be a valid integer"),
        ("[kafka]\n\npartitons = 3\n", "line 3: there is no setting kafka.partitons; did you mean partitions?"),
        ("[slack]\nminimum_score = 3\n", "line 2: slack.minimum_score = 3: input should be less than or equal to 1"),
        ("[slak]\nchannel = '#pacts'\n", "line 1: there is no setting slak; did you mean slack?"),
        ("colour = true\n", "line 1: there is no setting colour; there are: data_dir, rules, kafka"),
        (
            "[kafka]\nsecurity_protocol = 'TLS'\n",
            "line 2: kafka.security_protocol = 'TLS': input should be 'PLAINTEXT', 'SSL'",
        ),
        ("[kafka\n", "not TOML: Expected ']' at the end of a table declaration (at line 1, column 7)"),
    ],
)
def test_a_mistake_names_the_key_the_line_and_what_it_should_be(file: Path, text: str, message: str) -> None:
    """A person who mistypes a setting is told which, where, and what it should be."""
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert message in caught.value.message
    assert str(file) in caught.value.message


def test_all_mistakes_are_told_at_once(file: Path) -> None:
    """Nobody mends a file one error at a time."""
    file.write_text("[kafka]\npartitions = 0\nreplication_factor = 0\n")
    with pytest.raises(ConfigurationError) as caught:
        load(file)
    assert len(caught.value.message.splitlines()) == 2


def test_a_variable_wins_over_the_file_and_leaves_the_rest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One key of a section can be set from outside without repeating the others."""
    file.write_text("[kafka]\npartitions = 3\nprefix = 'news.'\n")
    monkeypatch.setenv("PACTWATCH_KAFKA__PARTITIONS", "5")
    kafka = load(file).kafka
    assert (kafka.partitions, kafka.prefix) == (5, "news.")


def test_a_mistake_in_a_variable_names_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No line to point at: the variable's name it is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PACTWATCH_KAFKA__PARTITIONS", "many")
    with pytest.raises(ConfigurationError, match=r"variable PACTWATCH_KAFKA__PARTITIONS: kafka\.partitions = 'many'"):
        load()


def test_a_file_that_is_named_must_be_there(file: Path) -> None:
    """`--config typo.toml` is an error, not the defaults."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(file)


def test_secrets_come_from_the_environment_and_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The token is there for who asks for it, and in no representation."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-secret")
    secrets = Secrets()
    assert secrets.slack_bot_token is not None
    assert secrets.slack_bot_token.get_secret_value() == "xoxb-secret"
    assert "xoxb" not in repr(secrets)
    assert "xoxb" not in secrets.model_dump_json()
