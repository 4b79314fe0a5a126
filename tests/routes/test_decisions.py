"""The tree of routes as a table of decisions, and its laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.vocabulary import Instrument, Reason, Status, Subject
from monitor.routes.config import Match, Route
from monitor.routes.decide import Action, route
from monitor.routes.explain import steps
from monitor.routes.tree import tree
from monitor.settings import Settings, Slack, load
from tests.routes.cases import FOLDER, alert, cases, moment, mutes, sentences, verdicts

NEWSROOM = load(FOLDER / "newsroom.toml")


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["what"].replace(" ", "-"))
def test_what_becomes_of_an_alert(case: dict[str, Any]) -> None:
    """Each case of the data file is decided as it says: route, action, channel, due time, mention and reason."""
    found = route(
        tree(NEWSROOM), alert(case), moment(case), mutes(case), verdicts(case), sandbox=NEWSROOM.slack.sandbox_channel
    )
    assert sentences(found) == case["want"]


def test_of_two_routes_to_one_channel_the_first_tells() -> None:
    """An alert stands once on a channel, and the second route says who has it."""
    both = (Route(name="a", channel="#x", go_on=True), Route(name="b", channel="#x"))
    found = route(tree(Settings(routes=both)), alert({}), moment({}))
    assert sentences(found) == ["a: tell #x", "b: drop (second: a tells it on #x)"]


def test_a_child_has_what_its_parent_has_unless_it_says_otherwise() -> None:
    """Inheritance goes through every level; ``off`` and an empty list give up what the parent has."""
    settings = Settings(
        slack=Slack(
            channel="#a", fallback_channel="#f", mention=("here",), storm={"more_than": 2, "within_minutes": 5}
        ),
        routes=(
            Route.model_validate(
                {
                    "channel": "#b",
                    "digest": {"at": "08:00"},
                    "routes": [{"routes": [{"digest": "off", "storm": "off", "mention": [], "channel": "#f"}]}],
                }
            ),
        ),
    )
    _, first, second, third = (node.telling for node in tree(settings).walk())
    assert (first.channel, first.fallback_channel, first.mention) == ("#b", "#f", ("here",))
    assert first.digest is not None
    assert second == first
    assert (third.digest, third.storm, third.mention, third.channel) == (None, None, (), "#f")
    assert third.fallback_channel is None  # a channel is no fallback of its own


def test_every_route_says_why_it_took_an_alert_or_not() -> None:
    """`routes test` answers for the whole tree: mismatches by their key, and those that were not asked."""
    said = {
        step.node.path: step.why
        for step in steps(tree(NEWSROOM), alert({"parties": ["JPN", "PHL"], "subjects": ["mutual_defence"]}))
    }
    assert said == {
        "weak-aid": "subjects: mutual_defence, not aid",
        "paging": "matches, and goes on",
        "asia": "matches",
        "asia/india-us": "actors: no pair:IND+USA",
        "asia/exercises": "subjects: mutual_defence, not exercise_training",
        **dict.fromkeys(
            ("europe", "europe/official", "europe/contracts", "surges", "rumours"),
            "not asked: asia took it, without continue",
        ),
    }


CHANNELS = st.sampled_from([None, "#a", "#b", "#c"])
MATCHES = st.builds(
    Match,
    parties=st.lists(st.sampled_from(["IND", "USA", "FRA", "NATO"]), max_size=2).map(tuple),
    subjects=st.lists(st.sampled_from(list(Subject)), max_size=2).map(tuple),
    stages=st.lists(st.sampled_from(list(Status)), max_size=3).map(tuple),
    confirmed=st.sampled_from([None, None, True, False]),
)
TIMES: list[dict[str, Any]] = [
    {},
    {"digest": {"at": "08:00", "days": "mon"}},
    {"quiet_hours": {"from": "20:00", "to": "09:00"}, "time_zone": "America/New_York"},
    {"minimum_sources": 2},
    {"minimum_score": 0.7},
]


def nodes(children: st.SearchStrategy[list[Route]]) -> st.SearchStrategy[Route]:
    """Return routes over children; a catch-all goes on, so that no sibling is unreachable."""

    def made(match: Match, channel: str | None, times: dict[str, Any], go_on: bool, below: list[Route]) -> Route:
        return Route.model_validate(
            {"match": match, "channel": channel, "continue": go_on or match.is_empty, "routes": below, **times}
        )

    return st.builds(made, MATCHES, CHANNELS, st.sampled_from(TIMES), st.booleans(), children)


TREES = st.recursive(nodes(st.just([])), lambda inner: nodes(st.lists(inner, max_size=3)), max_leaves=8).flatmap(
    lambda one: st.lists(st.just(one), min_size=1, max_size=3)
)
ALERTS = st.builds(
    lambda **case: alert(case),
    parties=st.lists(st.sampled_from(["IND", "USA", "FRA", "NATO", "CHL"]), min_size=1, max_size=3, unique=True),
    subjects=st.lists(st.sampled_from([one.value for one in Subject]), max_size=3, unique=True),
    status=st.sampled_from([one.value for one in Status]),
    instrument=st.sampled_from([one.value for one in Instrument]),
    reason=st.sampled_from([one.value for one in Reason]),
    score=st.floats(0, 1),
    sources=st.integers(0, 3),
    confirmed=st.booleans(),
)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis takes naive bounds


@given(TREES, ALERTS, MOMENTS)
def test_every_alert_reaches_a_channel_or_says_why_not(routes: list[Route], told: Any, now: datetime) -> None:
    """Whatever the tree: a decision for each, a reason in each, no channel twice, and no due time in the past.

    Nobody mutes here, so that the only way not to reach a channel is an explicit drop.
    """
    found = route(tree(Settings(slack=Slack(channel="#root"), routes=tuple(routes))), told, now)
    assert found
    assert all(one.why and one.action is not Action.MUTE for one in found)
    channels = [one.channel for one in found if one.reaches]
    assert all(channels)
    assert len(channels) == len(set(channels))
    assert channels or all(one.action is Action.DROP for one in found)
    for one in found:
        assert one.due is None or now < one.due <= now + timedelta(days=8)
        assert (one.hold is not None) is (one.action is Action.HOLD)
