"""One trial, from three empty brokers to the verdict."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from confluent_kafka import KafkaException

from monitor.classify.files import RuleFiles
from monitor.kafka import topics
from monitor.kafka.ruleset import publish
from monitor.models.ruleset import Ruleset
from monitor.settings import Kafka, Settings, Worker
from monitor.settings import Slack as SlackSettings
from tests.agents.harness import idle
from tests.slack.fault_server import TOKEN
from tests.soak.cluster import Cluster
from tests.soak.faults import Fault, Kind, Mischief, clock, rounds
from tests.soak.news import Newsroom, World
from tests.soak.processes import Keeper, Place, environment
from tests.soak.slack import CHANNEL, Slack
from tests.soak.verify import Findings, Stand, deliveries_left, doubles, verify
from tests.waiting import until

LONG_OUTAGE = 600.0
"""Seconds for which Slack is out once in a trial of 20 minutes or more."""

DRAINED = 120.0
"""Seconds after the last fault within which everything has to be done and told."""


@dataclass(frozen=True)
class Plan:
    """What a trial is to be."""

    seed: int
    minutes: float
    rate: float
    """Articles a second."""
    every: float
    """Seconds from the end of a fault to the next, on average; short ones overlap with the recovery of others."""
    workers: int = 3
    deliverers: int = 2
    brokers: int = 3
    partitions: int = 4
    kinds: tuple[Kind, ...] = tuple(Kind)
    most: int | None = None
    """Faults after which it ends before its time."""


@dataclass
class Outcome:
    """What came of it."""

    plan: Plan
    articles: int
    faults: list[Fault]
    findings: Findings
    keeper: Keeper
    drained: float
    """Seconds from the last fault's end until nothing was left to do."""
    took: float
    rules: list[tuple[str, float]] = field(default_factory=list)


class Trial:
    """Everything that runs; a `Ground` for mischief."""

    def __init__(self, plan: Plan, folder: Path, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.folder = folder
        self.say = say
        self.keeper = Keeper()
        self.cluster = Cluster(folder / "kafka", brokers=plan.brokers)
        self.slack = Slack(plan.seed)
        self.world = World(plan.seed, block=max(1, int(plan.rate * 4)))
        self.workers: list[Place] = []
        self.deliverers: list[Place] = []
        self.trace = folder / "classified"
        self.rules: list[tuple[str, float]] = []
        """Versions, and when each was in force."""
        self._numbers = 0
        self._chance = random.Random(plan.seed)
        self.settings = Settings()
        self.newsroom: Newsroom

    def run(self) -> Outcome:
        """Run it."""
        began = time.monotonic()
        with ExitStack() as stack:
            stack.enter_context(self.cluster)
            stack.enter_context(self.slack)
            self.settings = self._settings()
            asyncio.run(topics.create(self.settings))
            self.newsroom = Newsroom(self.settings, self.world, self.plan.rate)
            stack.callback(self.keeper.close)
            self._people()
            self.newsroom.start()
            until(self.slack.standing, what="the first message on Slack", seconds=90)
            self.say(f"at work after {time.monotonic() - began:.0f} s")
            mischief = self._go_wrong(began)
            drained = self._drain()
            stand = Stand(self.settings, self.world, self.newsroom, self.trace, self.slack, mischief.done, self.rules)
            findings = verify(stand)
        took = time.monotonic() - began
        return Outcome(
            self.plan, self.newsroom.written, mischief.done, findings, self.keeper, drained, took, self.rules
        )

    def _settings(self) -> Settings:
        plan = self.plan
        return Settings(
            data_dir=self.folder / "data",
            kafka=Kafka(
                bootstrap_servers=self.cluster.addresses,
                prefix="soak.",
                partitions=plan.partitions,
                replication_factor=plan.brokers,
            ),
            worker=Worker(app_id="soak", port=0),
            slack=SlackSettings(
                channel=f"#{CHANNEL}",
                base_url=self.slack.server.base_url,
                posts_per_second=100,
                workspace_posts_per_second=1000,
                updates_per_minute=60_000,
                minimum_score=0,
                timeout=1.0,
                port=0,
                daily_at="",
            ),
        )

    def _people(self) -> None:
        for _ in range(self.plan.workers):
            self.add_worker()
        for number in range(self.plan.deliverers):
            variables = {**environment(self.settings), "SLACK_BOT_TOKEN": TOKEN, "PACTWATCH_LOG__FORMAT": "json"}
            place = Place(f"deliverer-{number}", ["monitor.cli", "deliver"], variables, self.folder)
            place.start()
            self.deliverers.append(place)
            self.keeper.places.append(place)

    def add_worker(self) -> Place:
        """Start one worker more."""
        variables = {**environment(self.settings), "TRACE": str(self.trace), "PACTWATCH_LOG__FORMAT": "json"}
        place = Place(f"worker-{self._numbers}", ["tests.soak.worker"], variables, self.folder)
        self._numbers += 1
        place.start()
        self.workers.append(place)
        self.keeper.places.append(place)
        return place

    def remove_worker(self, place: Place) -> None:
        """End one in good order."""
        self.keeper.end(place)
        self.workers.remove(place)
        self.keeper.places.remove(place)

    def change_rules(self) -> str:
        """Publish other rules; return their version."""
        files = {"soak.toml": f"# set {len(self.rules)}"}
        version = RuleFiles(files, "soak").digest
        record = Ruleset(version=version, files=files, by="soak", at=datetime.now(UTC), why="a trial")
        asyncio.run(publish(self.settings, record))
        self.rules.append((version, time.time()))
        return f"to {version}"

    def _go_wrong(self, began: float) -> Mischief:
        plan = self.plan
        mischief = Mischief(self, self._chance, outages=(5.0, 10.0) if plan.minutes < 20 else (10.0, 30.0, 60.0))
        deadline = time.monotonic() + plan.minutes * 60
        long_outage = time.monotonic() + plan.minutes * 20 if plan.minutes >= 20 else None
        kinds = rounds(self._chance, plan.kinds)
        while time.monotonic() < deadline and len(mischief.done) != plan.most:
            mischief.wait(self._chance.uniform(0.5, 1.5) * plan.every)
            kind = next(kinds)
            if long_outage is not None and time.monotonic() > long_outage and kind is Kind.SLACK_OUTAGE:
                mischief.outages, long_outage = (LONG_OUTAGE,), None
            fault = mischief.do(kind)
            self.say(f"{clock(fault.began)} {kind}: {fault.what}  [{self.newsroom.written} articles]")
            if mischief.outages == (LONG_OUTAGE,):
                mischief.outages = (10.0, 30.0, 60.0)
        mischief.wait(2.0)
        self.newsroom.stop()
        self.say(
            f"{self.newsroom.written} articles written, {len(mischief.done)} faults, {time.monotonic() - began:.0f} s"
        )
        return mischief

    def _drain(self) -> float:
        """Wait until all is done; return how long that took, infinity when it does not come to an end."""
        began = time.monotonic()
        self.slack.recover(wholly=True)
        while time.monotonic() - began < DRAINED:
            self.keeper.wait(0.5)
            try:
                if idle(self.settings) and self._told():
                    break
            except KafkaException:
                continue  # a broker that just came back
        else:
            return float("inf")
        drained = time.monotonic() - began
        for place in list(self.keeper.places):
            self.keeper.end(place)
        self.keeper.places = []
        return drained

    def _told(self) -> bool:
        return not deliveries_left(self.settings) and not doubles(self.slack)
