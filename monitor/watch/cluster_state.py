"""What one look at the broker gives.  What could not be learnt is None, never 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.kafka.topics import TopicSpec
from monitor.settings import Settings

STAGES = {"classify": "articles", "track": "reports", "count": "sightings", "deliver": "alerts"}
"""Each stage and the topic it reads."""


def group_of(stage: str, settings: Settings) -> str:
    """Return the consumer group of a stage."""
    return f"{settings.kafka.prefix}deliver" if stage == "deliver" else settings.worker.app_id


@dataclass(frozen=True, slots=True)
class PartitionState:
    """A partition of a topic."""

    number: int
    begin: int
    end: int
    leader: int | None
    bytes: int | None


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic as the broker has it."""

    spec: TopicSpec
    full_name: str
    partitions: tuple[PartitionState, ...]
    """Empty: the topic is missing."""
    rate: float | None = None
    """Records a second over the last minute."""
    spark: tuple[float | None, ...] = ()
    """Records a second of each of the last minutes, oldest first."""

    @property
    def records(self) -> int:
        """Offsets between beginning and end; of a compacted topic fewer records stand there."""
        return sum(part.end - part.begin for part in self.partitions)

    @property
    def bytes(self) -> int | None:
        """Of all partitions on disk."""
        known = [part.bytes for part in self.partitions if part.bytes is not None]
        return sum(known) if known and len(known) == len(self.partitions) else None


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a group is behind on a partition."""

    partition: int
    committed: int | None
    """None: the group has committed nothing."""
    records: int | None
    seconds: float | None
    """Age of the oldest record that is not done; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Member:
    """A process in a consumer group."""

    name: str
    host: str
    partitions: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class GroupState:
    """A consumer group."""

    name: str
    state: str | None
    """Kafka's word: Stable, PreparingRebalance, CompletingRebalance, Empty, Dead."""
    members: tuple[Member, ...] = ()


@dataclass(frozen=True, slots=True)
class StageState:
    """A stage of the way: what it reads and how far it is."""

    name: str
    topic: str
    group: str
    lags: tuple[Lag, ...] = ()
    trend: tuple[int | None, ...] = ()
    """Lag in records, a value for each of the last minutes, oldest first; None from before the dashboard ran."""

    @property
    def records(self) -> int | None:
        """Records that wait, None where a partition is unknown."""
        known = [lag.records for lag in self.lags if lag.records is not None]
        return sum(known) if self.lags and len(known) == len(self.lags) else None

    @property
    def seconds(self) -> float | None:
        """Age of the oldest record that waits, 0 when none does, None when that is unknown."""
        if self.records is None or any(lag.records and lag.seconds is None for lag in self.lags):
            return None
        return max((lag.seconds or 0.0 for lag in self.lags), default=0.0)


@dataclass(frozen=True, slots=True)
class ClusterState:
    """One look."""

    at: datetime
    """When the broker last answered."""
    brokers: int = 0
    topics: tuple[TopicState, ...] = ()
    groups: Mapping[str, GroupState] = field(default_factory=dict)
    stages: tuple[StageState, ...] = ()
    last_article: datetime | None = None
    """When the newest record of `articles` came; None when there is none."""
    rehearsals: tuple[str, ...] = ()
    """Names of the rehearsals that have topics of their own here."""
    trouble: str | None = None
    """Why the last look failed; the rest is then from ``at``."""

    def topic(self, name: str) -> TopicState | None:
        """Return a topic by its short name."""
        return next((topic for topic in self.topics if topic.spec.name == name), None)

    def stage(self, name: str) -> StageState | None:
        """Return a stage."""
        return next((stage for stage in self.stages if stage.name == name), None)
