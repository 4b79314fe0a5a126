"""What goes wrong, drawn from a seed: the same seed gives the same faults in the same order."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol

from tests.agents.crash_points import STEPS
from tests.soak.cluster import Broker, Cluster
from tests.soak.news import Newsroom
from tests.soak.processes import ASLEEP, Keeper, Place
from tests.soak.slack import Slack


class Kind(StrEnum):
    """A kind of fault."""

    WORKER_KILL = "worker killed"
    """kill -9, started again at once or a little later."""
    WORKER_AT_STEP = "worker at a step"
    """kill -9 of a worker that comes back to die, or to freeze, at a step of `track`."""
    WORKER_FREEZE = "worker frozen"
    """SIGSTOP past the session: it wakes as a zombie."""
    WORKER_RESTART = "worker restarted"
    """SIGTERM, started again."""
    SCALE = "workers added, removed"
    """One worker more, and one fewer."""
    DELIVERER_KILL = "deliverer killed"
    DELIVERER_FREEZE = "deliverer frozen"
    DELIVERER_RESTART = "deliverer restarted"
    BROKER_KILL = "broker killed"
    BROKER_RESTART = "broker restarted"
    BROKER_FREEZE = "broker frozen"
    """SIGSTOP for longer than its own session: the others elect leaders, it wakes as a former one."""
    POISON = "poison articles"
    SLACK_OUTAGE = "Slack out"
    RULES = "rules changed"


IN_SYNC = 60.0
"""Seconds to wait before a broker fault until every copy is in sync again."""

OFTEN = {
    Kind.WORKER_KILL: 3,
    Kind.WORKER_FREEZE: 2,
    Kind.WORKER_AT_STEP: 3,
    Kind.DELIVERER_KILL: 2,
    Kind.BROKER_KILL: 2,
}
"""How often a kind comes in a round; once where it is not named."""


def rounds(chance: random.Random, kinds: Sequence[Kind] = tuple(Kind)) -> Iterator[Kind]:
    """Yield kinds for ever: each once, then in rounds each as often as `OFTEN` says; every round has its own order."""
    bag = list(kinds)
    while True:
        chance.shuffle(bag)
        yield from bag
        bag = [kind for kind in kinds for _ in range(OFTEN.get(kind, 1))]


@dataclass(frozen=True, slots=True)
class Fault:
    """One that came; begin and end in seconds since 1970."""

    kind: Kind
    what: str
    began: float
    ended: float


class Ground(Protocol):
    """What faults are done to."""

    cluster: Cluster
    keeper: Keeper
    newsroom: Newsroom
    slack: Slack
    workers: list[Place]
    deliverers: list[Place]

    def add_worker(self) -> Place:
        """Start one worker more."""

    def remove_worker(self, place: Place) -> None:
        """End one in good order."""

    def change_rules(self) -> str:
        """Publish other rules; return their version."""


@dataclass
class Mischief:
    """Does faults, one after the other, and keeps a book of them."""

    ground: Ground
    chance: random.Random
    outages: tuple[float, ...] = (5.0, 10.0)
    """How long Slack may be out, in seconds."""
    most_workers: int = 6
    done: list[Fault] = field(default_factory=list)
    _slack_back: float | None = None

    def do(self, kind: Kind) -> Fault:
        """Do one, and return when what failed is there again."""
        began = time.time()
        what = self._acts()[kind]()
        fault = Fault(kind, what, began, time.time())
        self.done.append(fault)
        return fault

    def tend(self) -> None:
        """Let Slack answer again when it is time."""
        if self._slack_back is not None and time.monotonic() > self._slack_back:
            self._slack_back = None
            self.ground.slack.recover()

    def wait(self, seconds: float) -> None:
        """Let time pass, with everybody looked after."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.tend()
            self.ground.keeper.wait(min(0.5, left))

    def _acts(self) -> dict[Kind, Callable[[], str]]:
        workers, deliverers = self.ground.workers, self.ground.deliverers
        return {
            Kind.WORKER_KILL: lambda: self._kill(workers),
            Kind.WORKER_AT_STEP: lambda: self._kill(workers, self._step()),
            Kind.WORKER_FREEZE: lambda: self._freeze(workers),
            Kind.WORKER_RESTART: lambda: self._restart(workers),
            Kind.SCALE: self._scale,
            Kind.DELIVERER_KILL: lambda: self._kill(deliverers),
            Kind.DELIVERER_FREEZE: lambda: self._freeze(deliverers),
            Kind.DELIVERER_RESTART: lambda: self._restart(deliverers),
            Kind.BROKER_KILL: self._kill_broker,
            Kind.BROKER_RESTART: self._restart_broker,
            Kind.BROKER_FREEZE: self._freeze_broker,
            Kind.POISON: self._poison,
            Kind.SLACK_OUTAGE: self._outage,
            Kind.RULES: self.ground.change_rules,
        }

    def _step(self) -> str:
        return self.chance.choice(STEPS) + self.chance.choice(("", ":STOP"))

    def _kill(self, places: list[Place], crash_point: str = "") -> str:
        place = self.chance.choice(places)
        pause = self.chance.choice((0.0, 0.0, 2.0, 8.0))
        place.kill()
        others = [one for one in self.ground.keeper.places if one is not place]
        with_all = self.ground.keeper.places
        self.ground.keeper.places = others  # nobody starts it again meanwhile
        self.wait(pause)
        self.ground.keeper.places = with_all
        place.start(crash_point)
        return f"{place.name} away for {pause:.0f} s" + (f", then to come to {crash_point}" if crash_point else "")

    def _freeze(self, places: list[Place]) -> str:
        place = self.chance.choice(places)
        place.signal(signal.SIGSTOP)
        self.wait(ASLEEP)
        place.signal(signal.SIGCONT)
        return f"{place.name} for {ASLEEP} s"

    def _restart(self, places: list[Place]) -> str:
        place = self.chance.choice(places)
        self.ground.keeper.end(place)
        place.start()
        return place.name

    def _scale(self) -> str:
        workers = self.ground.workers
        if len(workers) < 2 or (len(workers) < self.most_workers and self.chance.random() < 0.5):
            return f"{self.ground.add_worker().name} added"
        place = self.chance.choice(workers)
        self.ground.remove_worker(place)
        return f"{place.name} removed"

    def _broker(self) -> Broker:
        """Return one of them, when all have what the others have: two away at a time would be another promise."""
        deadline = time.monotonic() + IN_SYNC
        while not self.ground.cluster.in_sync() and time.monotonic() < deadline:
            self.wait(0.5)
        return self.chance.choice(self.ground.cluster.brokers)

    def _kill_broker(self) -> str:
        broker = self._broker()
        pause = self.chance.choice((0.5, 5.0, 10.0))
        broker.kill()
        self.wait(pause)
        broker.start()
        return f"broker {broker.number} away for {pause} s"

    def _restart_broker(self) -> str:
        broker = self._broker()
        broker.stop()
        broker.start()
        return f"broker {broker.number}"

    def _freeze_broker(self) -> str:
        broker = self._broker()
        pause = self.chance.choice((4.0, 8.0))
        broker.signal(signal.SIGSTOP)
        self.wait(pause)
        broker.signal(signal.SIGCONT)
        return f"broker {broker.number} for {pause} s"

    def _poison(self) -> str:
        self.ground.newsroom.poison(60)
        return "60 articles in a row"

    def _outage(self) -> str:
        seconds = self.chance.choice(self.outages)
        self.ground.slack.fail()
        self._slack_back = time.monotonic() + seconds
        return f"for {seconds:.0f} s, others go on"


def clock(moment: float) -> str:
    """Return the time of day, UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S")
