"""`pactwatch dead-letters`, on letters that stand in the real topic."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest
from confluent_kafka import Producer

from monitor.kafka import letters
from monitor.models.alert import Alert
from monitor.models.dead_letter import DeadLetter
from monitor.models.vocabulary import Reason
from monitor.settings import Settings
from tests.cli.conftest import COMMAND, Run, variables
from tests.conftest import ReadAll

BYTES = b'{"id": "a", "text": "\xff"}'


def bury(settings: Settings, *dead: DeadLetter) -> None:
    """Write letters as the stages do."""
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap_servers})
    for one in dead:
        headers: dict[str, str | bytes | None] = dict(one.headers())
        producer.produce(settings.kafka.topic("dead-letters"), one.value, one.key, partition=1, headers=headers)
    assert producer.flush(10) == 0


def letter(settings: Settings, **more: Any) -> DeadLetter:
    """Return a letter of the stage classify."""
    fields: dict[str, Any] = {
        "key": b"a",
        "value": BYTES,
        "stage": "classify",
        "error": "not_utf8",
        "message": "not UTF-8: byte 21 is 0xff",
        "topic": settings.kafka.topic("articles"),
        "partition": 2,
        "offset": 7,
        "at": datetime(2025, 11, 1, tzinfo=UTC),
    }
    return DeadLetter(**{**fields, **more})


def listed(run: Run, settings: Settings, *options: str) -> list[dict[str, Any]]:
    """Return what `list --json` prints."""
    said = run("dead-letters", "list", "--json", *options, settings=settings)
    assert said.code == 0
    found: list[dict[str, Any]] = json.loads(said.out)
    return found


def test_letters_are_listed_and_shown(run: Run, kafka_settings: Settings) -> None:
    """Stage, error, reason and origin are shown; filters choose; `show --raw` gives the original bytes, all of them."""
    assert "no dead letters wait" in run("dead-letters", settings=kafka_settings).out
    bury(
        kafka_settings,
        letter(kafka_settings),
        letter(kafka_settings, key=b"b", stage="track", error="crash", attempts=3),
    )
    said = run("dead-letters", settings=kafka_settings)
    assert said.code == 0
    assert "not UTF-8: byte 21 is 0xff" in said.out
    first, second = listed(run, kafka_settings)
    assert first["origin"] == f"{kafka_settings.kafka.topic('articles')}/2/7"
    assert (second["stage"], second["error"], second["attempts"]) == ("track", "crash", 3)
    assert [entry["key"] for entry in listed(run, kafka_settings, "--stage", "track")] == ["b"]
    assert [entry["key"] for entry in listed(run, kafka_settings, "--error", "not_utf8")] == ["a"]
    raw = subprocess.run(
        [*COMMAND, "dead-letters", "show", first["id"], "--raw"],
        env=variables(kafka_settings), capture_output=True, check=True,
    )  # fmt: skip
    assert raw.stdout == BYTES
    assert run("dead-letters", "show", "9-9", settings=kafka_settings).code == 3


def test_a_retry_puts_the_bytes_back(run: Run, kafka_settings: Settings, read_all: ReadAll) -> None:
    """Key, bytes and partition are those of the original; the letter no longer waits, but `--all` still shows it."""
    bury(kafka_settings, letter(kafka_settings))
    [waiting] = listed(run, kafka_settings)
    said = run("dead-letters", "retry", waiting["id"], "--json", settings=kafka_settings)
    assert said.code == 0
    assert json.loads(said.out) == {"retried": [waiting["id"]], "refused": []}
    [message] = read_all(kafka_settings, "articles")
    assert (message.partition(), message.key(), message.value()) == (2, b"a", BYTES)
    assert listed(run, kafka_settings) == []
    assert [entry["handled"] for entry in listed(run, kafka_settings, "--all")] == ["retried"]
    assert run("dead-letters", "retry", waiting["id"], settings=kafka_settings).code == 3


async def test_a_record_that_fails_again_and_again_goes_in_no_circle(kafka_settings: Settings) -> None:
    """Each failure of a retried record knows its retries; after three only insisting puts it back."""
    bury(kafka_settings, letter(kafka_settings, offset=0))

    async def waiting() -> list[letters.Entry]:
        return [entry for entry in await letters.read(kafka_settings) if entry.handled is None]

    for retries in range(3):
        [entry] = await waiting()
        assert entry.retries == retries
        assert await letters.retry(kafka_settings, [entry]) == ([entry.id], [])
        bury(kafka_settings, letter(kafka_settings, offset=retries))  # the copy stands at this offset, and fails
    done, [why] = await letters.retry(kafka_settings, await waiting())
    assert done == []
    assert "put back 3 times already" in why
    done, refused = await letters.retry(kafka_settings, await waiting(), insist=True)
    assert (len(done), refused) == (1, [])


def test_a_letter_without_its_value_cannot_be_retried(run: Run, kafka_settings: Settings) -> None:
    """A record that did not fit is refused with what to do instead, and the exit code tells."""
    bury(kafka_settings, letter(kafka_settings, value=None, truncated=True))
    refused = run("dead-letters", "retry", "--all", settings=kafka_settings)
    assert refused.code == 3
    assert "ingest the article again" in refused.err


async def test_an_alert_is_put_back_as_its_next_revision(kafka_settings: Settings, read_all: ReadAll) -> None:
    """The deliverer takes the same revision for a repeat, so a retried alert is one higher and otherwise the same."""
    alert = Alert(id="x", reason=Reason.NEW_AGREEMENT, at=datetime(2025, 11, 1, tzinfo=UTC), revision=2)
    topic = kafka_settings.kafka.topic("alerts")
    bury(kafka_settings, letter(kafka_settings, stage="deliver", topic=topic, partition=0, value=alert.encode()))
    await letters.retry(kafka_settings, await letters.read(kafka_settings))
    [message] = read_all(kafka_settings, "alerts")
    assert Alert.decode(message.value()) == alert.model_copy(update={"revision": 3})


def test_dropped_letters_wait_no_longer(run: Run, kafka_settings: Settings, read_all: ReadAll) -> None:
    """`drop` by filter marks what it names and nothing else; no record is written anywhere else."""
    bury(kafka_settings, letter(kafka_settings), letter(kafka_settings, key=b"b", error="crash"))
    assert run("dead-letters", "drop", "--error", "crash", settings=kafka_settings).code == 0
    assert [entry["key"] for entry in listed(run, kafka_settings)] == ["a"]
    assert read_all(kafka_settings, "articles") == []


@pytest.mark.parametrize("command", ["retry", "drop"])
def test_what_is_meant_must_be_said(run: Run, kafka_settings: Settings, command: str) -> None:
    """Without ids or filter nothing is done; an unknown id is named."""
    assert run("dead-letters", command, settings=kafka_settings).code == 2
    said = run("dead-letters", command, "3-3", settings=kafka_settings)
    assert said.code == 3
    assert "3-3" in said.err
