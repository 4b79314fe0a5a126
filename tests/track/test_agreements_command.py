"""`pactwatch agreements` against the real broker: what it reads, and the corrections it writes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest

from monitor.kafka.producer import Writer
from monitor.models.report import Correction, decode_reports
from monitor.settings import Settings
from monitor.track import agreement_id
from tests.cli.conftest import variables
from tests.conftest import ReadAll
from tests.track.test_page import published

pytestmark = pytest.mark.kafka

ONE = agreement_id("a", ("IND", "USA"), 0)
OTHER = agreement_id("d", ("GRC", "USA"), 0)


def fill(settings: Settings) -> None:
    """Put the records of a small story into the topic."""

    async def write() -> None:
        async with Writer(settings) as writer:
            for key, made in published().items():
                topic = settings.kafka.topic("agreements")
                await writer.write(topic, key=key.encode(), value=made.encode(), partition=0)

    asyncio.run(write())


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with the settings of a test."""
    command = [sys.executable, "-m", "monitor.cli", "agreements", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=variables(settings), check=False, timeout=60)


def test_people_read_and_correct_what_is_followed(kafka_settings: Settings, read_all: ReadAll) -> None:
    """List, page, merge and split; a correction stands in `reports`, partition 0, under the agreement that stays."""
    fill(kafka_settings)
    listed = run(kafka_settings, "--json")
    assert [one["agreement_id"] for one in json.loads(listed.stdout)] == [OTHER, ONE], listed.stderr
    assert "Lancaster Treaty" in run(kafka_settings, "--party", "IND").stdout
    assert "now signed" in run(kafka_settings, "show", ONE[:8]).stdout

    merged = run(kafka_settings, "merge", ONE, OTHER, "--by", "ann", "--why", "one pact")
    assert merged.returncode == 0, merged.stderr
    split = run(kafka_settings, "split", ONE, "b", "--by", "ann")
    assert split.returncode == 0, split.stderr
    messages = read_all(kafka_settings, "reports")
    assert {message.partition() for message in messages} == {0}
    first, second = (decode_reports(message.value()) for message in messages)
    assert isinstance(first, Correction)
    assert isinstance(second, Correction)
    assert (first.action, first.agreement_id, first.other_id, first.why) == ("merge", ONE, OTHER, "one pact")
    assert (second.action, second.agreement_id, second.article_ids) == ("split", ONE, ("b",))


def test_what_is_not_there_is_said(kafka_settings: Settings) -> None:
    """No record is written for an agreement or article nobody knows."""
    fill(kafka_settings)
    for arguments, words in (
        (("show", "ffffffff"), "there is no agreement ffffffff"),
        (("merge", ONE, ONE), "one agreement already"),
        (("split", ONE, "nowhere"), "has no article nowhere"),
        (("split", ONE, "a", "b", "c"), "all articles"),
    ):
        done = run(kafka_settings, *arguments)
        assert done.returncode == 3
        assert words in " ".join(done.stderr.split())
