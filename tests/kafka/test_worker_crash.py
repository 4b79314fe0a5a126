"""Kill -9 between every two steps of track: the same alerts with the same ids, and none lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from monitor.models.article import Article
from monitor.settings import Settings
from tests.agents.crash_points import STEPS
from tests.agents.fakes import Dossiers, article, expected
from tests.agents.harness import WorkerProcess, idle, produce
from tests.conftest import ReadAll
from tests.waiting import until

STAGES = ("proposed", "negotiating", "agreed", "initialled", "signed", "ratified", "in_force")


def story() -> list[Article]:
    """Return articles in which 12 agreements go through their stages, each stage told twice, one of them late."""
    articles = []
    for number in range(12):
        parties = f"AA{chr(65 + number)}+BBB"
        for place, stage in enumerate(STAGES):
            articles.append(article(f"{number}-{place}", f"PACT {parties} {stage}"))
            articles.append(article(f"{number}-{place}-again", f"PACT {parties} {STAGES[max(0, place - 1)]}"))
    return [articles[(5 * place) % len(articles)] for place in range(len(articles))]


def facts(records: list[Any]) -> list[tuple[str, str, str, str]]:
    """Return what each alert says, in the order of the topic."""
    alerts = [json.loads(record.value()) for record in records]
    return [(alert["id"], alert["reason"], alert["value"], alert["previous"]) for alert in alerts]


@pytest.mark.parametrize(
    "step", [pytest.param(step, marks=pytest.mark.slow) if step in ("half-sent", "left") else step for step in STEPS]
)
def test_kill_between_two_steps_of_track(kafka_settings: Settings, read_all: ReadAll, step: str) -> None:
    """A worker is killed at one step, twice, and started again: its alerts and its state are those of a calm run.

    An alert may stand twice in the topic only if the crash fell between its send and the end of the table write; the
    second has the same id and content, and the deliverer knows alerts by their ids.  The order of first appearance is
    that of the calm run.
    """
    articles = story()
    assert len({one.id for one in articles}) == len(articles)
    calm, _ = expected(articles)
    half = len(articles) // 2
    for part in (articles[:half], articles[half:]):
        produce(kafka_settings, part, partition=1)
        with WorkerProcess(kafka_settings, crash_point=step) as worker:
            worker.killed(30)
    with WorkerProcess(kafka_settings) as worker:
        worker.ready()
        until(lambda: idle(kafka_settings), what="everything tracked")
        assert worker.end() == 0
    told = facts(read_all(kafka_settings, "alerts"))
    first = list(dict.fromkeys(told))
    assert first == [(alert.id, alert.reason.value, alert.value, alert.previous) for alert in calm]
    if step not in ("half-sent", "sent"):
        assert told == first
    assert table(kafka_settings, read_all) == calm_state(articles)


def table(settings: Settings, read_all: ReadAll) -> dict[str, str]:
    """Return what the changelog of track holds, last value by key."""
    records = read_all(settings, f"{settings.worker.app_id}-dossiers-changelog")
    return {record.key().decode(): record.value().decode() for record in records}


def calm_state(articles: list[Article]) -> dict[str, str]:
    """Return what it holds after a run in which nothing goes wrong."""
    dossiers = Dossiers()
    expected(articles, dossiers)
    return {key: value.decode() for key, value in dossiers.state.items()}
