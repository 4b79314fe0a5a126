"""Topics and groups as tables."""

from __future__ import annotations

from monitor.watch.cluster_state import ClusterState, StageState, TopicState
from monitor.web.data.live import Live
from monitor.web.data.page import Row


def topics(live: Live) -> list[Row] | None:
    """Return every topic in the order of an article's way; None while the broker has told nothing."""
    state = live.cluster.state
    if state is None:
        return None
    return [{"place": place, **as_row(state, topic)} for place, topic in enumerate(state.topics, 1)]


def groups(live: Live) -> list[Row] | None:
    """Return every consumer group with its members; None while the broker has told nothing."""
    state = live.cluster.state
    if state is None:
        return None
    return [
        {
            "group": group.name,
            "state": group.state,
            "members": [
                {
                    "name": member.name,
                    "host": member.host,
                    "partitions": {topic: list(numbers) for topic, numbers in member.partitions.items()},
                }
                for member in group.members
            ],
        }
        for group in state.groups.values()
    ]


def as_row(state: ClusterState, topic: TopicState) -> Row:
    """Return a topic as JSON; null stands for what is not known, or does not apply."""
    stage = _stage(state, topic)
    return {
        "name": topic.spec.name,
        "full_name": topic.full_name,
        "holds": topic.spec.holds,
        "missing": not topic.partitions,
        "partitions": len(topic.partitions),
        "records": topic.records if topic.partitions else None,
        "bytes": topic.bytes,
        "rate": topic.rate if topic.partitions else None,
        "spark": list(topic.spark),
        "compacted": topic.spec.compacted,
        "days": topic.spec.days,
        "stage": stage.name if stage else None,
        "group": stage.group if stage else None,
        "lag": stage.records if stage else None,
        "lag_seconds": stage.seconds if stage else None,
    }


def topic_page(live: Live, name: str) -> Row | None:
    """Return a topic, partition by partition; None when there is none of that name."""
    state = live.cluster.state
    topic = next((one for one in state.topics if name in (one.spec.name, one.full_name)), None) if state else None
    if state is None or topic is None:
        return None
    stage = _stage(state, topic)
    lags = {lag.partition: lag for lag in stage.lags} if stage else {}
    group = state.groups.get(stage.group) if stage else None
    owners = {
        number: member.name
        for member in (group.members if group else ())
        for number in member.partitions.get(topic.full_name, ())
    }
    return {
        **as_row(state, topic),
        "trend": list(stage.trend) if stage else [],
        "each": [
            {
                "partition": part.number,
                "begin": part.begin,
                "end": part.end,
                "bytes": part.bytes,
                "leader": part.leader,
                "committed": lags[part.number].committed if part.number in lags else None,
                "lag": lags[part.number].records if part.number in lags else None,
                "lag_seconds": lags[part.number].seconds if part.number in lags else None,
                "member": owners.get(part.number),
            }
            for part in topic.partitions
        ],
    }


def _stage(state: ClusterState, topic: TopicState) -> StageState | None:
    return next((stage for stage in state.stages if stage.topic == topic.spec.name and not topic.spec.changelog), None)
