"""Every topic there is, how long it keeps what, and whether the broker has it so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from monitor.errors import BrokerError, TopicsError
from monitor.kafka.connection import MAX_RECORD_BYTES, client_options
from monitor.kafka.refusal import refusal
from monitor.models.article import MAX_BYTES
from monitor.settings import Secrets, Settings

_DAY = 24 * 3600 * 1000
_FRAME = 64 * 1024
"""Key, headers and the batch around a record."""

_LOOKS = 200

CREATE = "pactwatch topics --create"


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it has to be.

    ``name`` is without prefix; a changelog's is the table's, and its full name is made of the app id.
    """

    name: str
    holds: str
    """For people: what stands in it."""
    days: int | None = None
    """How long it keeps a record; None: for ever, or the latest of a key where it is compacted."""
    compacted: bool = False
    max_bytes: int = 1024 * 1024
    changelog: bool = False
    more: Mapping[str, str] = field(default_factory=dict)

    def full_name(self, settings: Settings) -> str:
        """Return the name on the broker."""
        if self.changelog:
            return f"{settings.worker.app_id}-{self.name}-changelog"
        return settings.kafka.topic(self.name)

    def options(self) -> dict[str, str]:
        """Return the topic's options as Kafka names them."""
        return {
            "cleanup.policy": "compact" if self.compacted else "delete",
            "retention.ms": "-1" if self.days is None else str(self.days * _DAY),
            "max.message.bytes": str(self.max_bytes + _FRAME),
            **self.more,
        }


_SMALL_SEGMENTS = {
    # The cleaner never touches the segment that is written: small ones keep a restart from reading old values.
    "segment.bytes": str(16 * 1024 * 1024),
    "segment.ms": str(3600 * 1000),
    "min.cleanable.dirty.ratio": "0.2",
    # A reader that begins at the start sees a deletion if it gets to the end within this time.
    "delete.retention.ms": str(_DAY),
}


def _latest(name: str, holds: str, *, changelog: bool = False, max_bytes: int = MAX_BYTES) -> TopicSpec:
    return TopicSpec(name, holds, compacted=True, changelog=changelog, max_bytes=max_bytes, more=_SMALL_SEGMENTS)


TOPICS: tuple[TopicSpec, ...] = (
    TopicSpec(
        "articles",
        "news articles as published",
        days=7,
        max_bytes=MAX_BYTES,
        more={"segment.ms": str(_DAY)},  # a segment goes as a whole: longer ones would keep articles for two weeks
    ),
    TopicSpec("reports", "what each article says of agreements", max_bytes=MAX_BYTES),
    _latest("agreements", "the tracked agreements"),
    TopicSpec("sightings", "actors seen in relevant articles", days=400),
    _latest("actors", "actors with their rolling counts"),
    TopicSpec("alerts", "what there is to tell, and why", days=400, max_bytes=MAX_BYTES),
    _latest("deliveries", "each alert on each channel: the deliverer's queue and log"),
    _latest("verdicts", "what readers pressed"),
    _latest("mutes", "silences"),
    _latest("rules", "the published rules of one's own"),
    TopicSpec("dead-letters", "records that could not be handled", days=90, max_bytes=MAX_RECORD_BYTES - _FRAME),
    _latest("reported", "worker: articles that ever gave a report", changelog=True),
    _latest("dossiers", "worker: state of each agreement and article", changelog=True),
    _latest("actor_days", "worker: state of each actor and day", changelog=True),
)
"""All of them, in the order of an article's way; each has ``settings.kafka.partitions`` partitions."""


@dataclass(frozen=True, slots=True)
class TopicState:
    """A topic of `TOPICS` as the broker has it."""

    spec: TopicSpec
    full_name: str
    partitions: int | None
    """None: it is not there."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Of those that `TopicSpec.options` names."""
    led: bool = False
    """Every partition has a leader: it can be written to."""

    def faults(self, partitions: int) -> list[str]:
        """Return what is wrong with it, in words; ``partitions`` is how many it should have."""
        if self.partitions is None:
            return ["missing"]
        found = []
        if self.partitions != partitions:
            found.append(f"{self.partitions} partitions instead of {partitions}")
        for name, wanted in self.spec.options().items():
            have = self.options.get(name)
            if have is not None and have != wanted:
                found.append(f"{name} is {have} instead of {wanted}")
        return found


@asynccontextmanager
async def admin(settings: Settings, secrets: Secrets | None = None) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect an admin client.

    Raises:
        BrokerError: Kafka is not there, or does not let us in.

    """
    options = client_options(settings, secrets)
    client = AIOKafkaAdminClient(**options, request_timeout_ms=15000)
    try:
        try:
            await client.start()
        except (KafkaError, OSError) as error:
            raise await refusal(options) or unreachable(options["bootstrap_servers"], error) from error
        yield client
    finally:
        await client.close()


def unreachable(address: str, error: BaseException) -> BrokerError:
    """Say that Kafka does not answer."""
    return BrokerError(
        f"Kafka at {address} does not answer: {error}",
        hint="is it running, and is kafka.bootstrap_servers right? `pactwatch doctor` looks closer",
    )


async def describe(settings: Settings, *, options: bool = True) -> list[TopicState]:
    """Look at every topic of `TOPICS`; without ``options`` only at names and partitions, which is quicker."""
    async with admin(settings) as client:
        return await _describe(client, settings, options=options)


async def partition_numbers(settings: Settings, name: str) -> list[int]:
    """Return the partitions of a topic, by its full name; raises TopicsError when it is not there."""
    async with admin(settings) as client:
        [topic] = await client.describe_topics([name])
    if topic["error_code"]:
        raise TopicsError(f"missing topic: {name}", hint=f"`{CREATE}`")
    return sorted(part["partition"] for part in topic["partitions"])


async def create(settings: Settings) -> list[str]:
    """Create the topics that are missing, and give those that are there the options they should have.

    Returns:
        full names of the topics that were created.

    Raises:
        TopicsError: a topic is there with another number of partitions, or the broker refuses one.

    """
    partitions, copies = settings.kafka.partitions, settings.kafka.replication_factor
    async with admin(settings) as client:
        states = await _describe(client, settings, options=True)
        missing = [state for state in states if state.partitions is None]
        new = [NewTopic(state.full_name, partitions, copies, topic_configs=state.spec.options()) for state in missing]
        if new:
            _check_created(await client.create_topics(new))
        for state in states:
            if state.partitions == partitions and state.faults(partitions):
                await _mend(client, state)
        await _until_so(client, settings)
    return [state.full_name for state in missing]


async def check(settings: Settings) -> None:
    """Make sure that every topic is there with the right number of partitions.

    Raises:
        TopicsError: names what is missing or wrong, and the command that mends it.
        BrokerError: Kafka is not there.

    """
    states = await describe(settings, options=False)
    raise_for(states, settings)


def raise_for(states: Iterable[TopicState], settings: Settings) -> None:
    """Raise the TopicsError that the states call for, if any."""
    wanted = settings.kafka.partitions
    missing = [state.full_name for state in states if state.partitions is None]
    other = [state for state in states if state.partitions not in (None, wanted)]
    if other:
        names = ", ".join(f"{state.full_name} ({state.partitions})" for state in other)
        counts = {state.partitions for state in other}
        same = counts.pop() if len(counts) == 1 and len(other) + len(missing) == len(tuple(states)) else None
        first = f"set kafka.partitions = {same}, or " if same else ""
        raise TopicsError(
            f"topics with another number of partitions than kafka.partitions = {wanted}: {names}",
            hint=f"{first}choose another kafka.prefix and worker.app_id, then `{CREATE}`; "
            "a topic's partitions cannot be changed without losing its order",
        )
    if missing:
        raise TopicsError(f"missing topics: {', '.join(missing)}", hint=f"`{CREATE}`")


async def _describe(client: AIOKafkaAdminClient, settings: Settings, *, options: bool) -> list[TopicState]:
    names = {spec.full_name(settings): spec for spec in TOPICS}
    answer = await client.describe_topics(list(names))
    seen = {topic["topic"]: topic["partitions"] for topic in answer if topic["error_code"] == 0}
    found: dict[str, dict[str, str]] = {}
    if options and seen:
        keys = dict.fromkeys(key for spec in TOPICS for key in spec.options())
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name, keys) for name in seen]
        for response in await client.describe_configs(wanted):
            for resource in response.to_object()["resources"]:
                entries: list[Any] = resource["config_entries"]
                found[resource["resource_name"]] = {e["config_names"]: e["config_value"] for e in entries}
    return [
        TopicState(
            spec,
            name,
            len(seen[name]) if name in seen else None,
            found.get(name, {}),
            led=all(part["leader"] >= 0 and part["error_code"] == 0 for part in seen.get(name, ())),
        )
        for name, spec in names.items()
    ]


async def _mend(client: AIOKafkaAdminClient, state: TopicState) -> None:
    """Give a topic the options it should have, and leave it those that somebody else chose."""
    ours = 1  # DescribeConfigs: the source of an option that was set for this topic
    options: dict[str, str] = {}
    for response in await client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, state.full_name)]):
        for resource in response.to_object()["resources"]:
            options |= {e["config_names"]: e["config_value"] for e in resource["config_entries"] if _source(e) == ours}
    options |= state.spec.options()  # the request replaces them all
    for response in await client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, state.full_name, options)]):
        for resource in response.to_object()["resources"]:
            if resource["error_code"]:
                why = resource["error_message"] or for_code(resource["error_code"]).__name__
                raise TopicsError(
                    f"the broker refuses the options of {state.full_name}: {why}", hint="look at the user's rights"
                )


def _source(entry: Mapping[str, Any]) -> int:
    return int(entry["config_source"])


def _check_created(response: Any) -> None:
    for name, code, message in response.topic_errors:
        kind = for_code(code)
        if code and kind is not TopicAlreadyExistsError:  # another process was as quick as we were
            raise TopicsError(
                f"the broker refuses to create {name}: {message or kind.__name__}",
                hint="look at the user's rights, kafka.partitions and kafka.replication_factor",
            )


async def _until_so(client: AIOKafkaAdminClient, settings: Settings) -> None:
    """Wait until all can be written to and is as specified: the broker answers before that is so."""
    partitions = settings.kafka.partitions
    for _ in range(_LOOKS):
        states = await _describe(client, settings, options=True)
        late = [state.full_name for state in states if state.partitions in (None, partitions) and _is_late(state)]
        if not late:
            raise_for(states, settings)
            return
        await asyncio.sleep(0.05)
    raise TopicsError(
        f"the broker does not finish {', '.join(late)}",
        hint="look at its log: too few brokers for kafka.replication_factor, or options it overrules?",
    )


def _is_late(state: TopicState) -> bool:
    return state.partitions is None or not state.led or bool(state.faults(state.partitions))
