"""The sentence at the top: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.kafka.topics import TOPICS
from monitor.models.vocabulary import DeliveryState
from monitor.watch.cluster_state import (
    ClusterState,
    GroupState,
    Lag,
    Member,
    PartitionState,
    StageState,
    TopicState,
)
from monitor.watch.findings import Limits, Look, Severity, judge
from monitor.watch.processes import DelivererState, ProcessesState, WorkerState
from monitor.watch.sources import Silent

NOW = datetime(2025, 11, 1, 12, tzinfo=UTC)
SILENT = Silent("Asia Ledger", NOW - timedelta(hours=30), timedelta(hours=1))
MEMBER = Member("w0", "127.0.0.1", {})


def cluster(
    *,
    lag: int | None = 0,
    seconds: float | None = 0.0,
    trend: tuple[int | None, ...] = (),
    groups: Mapping[str, GroupState] | None = None,
) -> ClusterState:
    topics = tuple(TopicState(spec, spec.name, (PartitionState(0, 0, 10, 1, None),)) for spec in TOPICS)
    return ClusterState(
        at=NOW,
        topics=topics,
        groups=groups
        or {"app": GroupState("app", "Stable", (MEMBER,)), "deliver": GroupState("deliver", "Stable", (MEMBER,))},
        stages=(
            StageState("classify", "articles", "app", (Lag(0, 1, lag, seconds),), trend),
            StageState("deliver", "alerts", "deliver", (Lag(0, 1, 0, 0.0),)),
        ),
    )


def look(**changes: object) -> Look:
    base = Look(
        now=NOW,
        cluster=cluster(),
        cluster_trouble=None,
        processes=ProcessesState(),
        dead_letters=0,
        last_article=NOW - timedelta(minutes=1),
    )
    return replace(base, **changes)  # type: ignore[arg-type] # by name, for the tables below


def worker(version: str) -> WorkerState:
    return WorkerState("http://w", "w", "running", ready=True, partitions=(0,), rules_version=version)


def deliverer(circuit: str | None = None, channels: Mapping[str, dict[str, object]] | None = None) -> ProcessesState:
    return ProcessesState(deliverers=(DelivererState("http://d", "active", None, circuit, channels or {}),))


UNHEARD = ProcessesState(deliverers=(DelivererState("http://d", "active", None, None, {}, {}, "no token"),))
STOPPED = {"app": GroupState("app", "Empty"), "deliver": GroupState("deliver", "Stable", (MEMBER,))}
SHARING = {
    "app": GroupState("app", "PreparingRebalance", (MEMBER,)),
    "deliver": GroupState("deliver", "Stable", (MEMBER,)),
}
TWO_RULES = ProcessesState(workers=(worker("aa"), worker("bb")))


@pytest.mark.parametrize(
    ("seen", "severity", "says"),
    [
        (
            look(silent_sources=(SILENT,)),
            Severity.WARN,
            "Asia Ledger has been silent for 30 h; it used to",
        ),
        (look(dead_letters=2, limits=Limits(dead_letters=3)), Severity.OK, "All is well"),
        (look(cluster=cluster(lag=9, seconds=70.0), limits=Limits(behind=80)), Severity.OK, "All is well"),
        (look(processes=UNHEARD), Severity.WARN, "Buttons on Slack do nothing at the moment: no token."),
        (look(), Severity.OK, "All is well"),
        (look(cluster=None), Severity.WARN, "Asking Kafka"),
        (look(cluster=None, cluster_trouble="refused"), Severity.BAD, "Kafka does not answer: refused"),
        (look(now=NOW + timedelta(minutes=3)), Severity.BAD, "has not answered for 3 min"),
        (look(cluster=replace(cluster(), trouble="gone")), Severity.BAD, "has not answered"),
        (look(cluster=cluster(groups=STOPPED)), Severity.BAD, "No worker runs"),
        (look(cluster=cluster(groups=SHARING)), Severity.WARN, "sharing out"),
        (look(cluster=cluster(lag=900, seconds=300.0, trend=(1, 500, 900))), Severity.BAD, "falls further behind"),
        (look(cluster=cluster(lag=900, seconds=300.0, trend=(2000, 1500, 900))), Severity.WARN, "catches up"),
        (look(processes=TWO_RULES), Severity.WARN, "different rules: aa, bb"),
        (look(processes=deliverer("invalid_auth")), Severity.BAD, "Nothing is sent to Slack: invalid_auth"),
        (look(processes=deliverer(None, {"#p": {"trouble": "archived"}})), Severity.BAD, "Channel #p: archived"),
        (look(processes=deliverer(None, {"(none)": {"queued": 3}})), Severity.WARN, "3 alerts wait for a channel"),
        (look(dead_letters=1), Severity.WARN, "1 dead letter waits"),
        (look(deliveries={DeliveryState.FAILED: 2}), Severity.WARN, "2 deliveries were given up"),
        (look(last_article=NOW - timedelta(hours=3)), Severity.WARN, "No article has come in for 3 h"),
        (look(loading={"alerts": ""}), Severity.WARN, "Still reading alerts"),
    ],
)
def test_the_sentence(seen: Look, severity: Severity, says: str) -> None:
    """Each thing that can be wrong is said in words, with its weight, and comes first when it is alone."""
    first = judge(seen)[0]
    assert (first.severity, says in first.what) == (severity, True), first


def test_what_is_unknown_is_no_alarm_and_no_calm() -> None:
    """An unknown lag, or unknown dead letters, give no finding of their own."""
    found = judge(look(cluster=cluster(lag=None, seconds=None), dead_letters=None, processes=None))
    assert [finding.severity for finding in found] == [Severity.OK]


def test_missing_topics_name_the_command() -> None:
    """Missing topics are named, with what creates them."""
    state = cluster()
    bare = replace(state, topics=tuple(replace(topic, partitions=()) for topic in state.topics))
    first = judge(look(cluster=bare))[0]
    assert first.severity is Severity.BAD
    assert "articles" in first.what
    assert "pactwatch topics --create" in first.do


def test_the_worst_comes_first() -> None:
    """What stops the news stands above what waits for a person."""
    found = judge(look(cluster=cluster(groups=STOPPED), dead_letters=5))
    assert [finding.severity for finding in found] == [Severity.BAD, Severity.WARN]
