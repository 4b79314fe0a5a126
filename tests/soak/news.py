"""Articles of which is known what they must lead to, whatever happens on the way.

Article ``n`` of a seed is always the same, so that the truth about two million of them needs no memory.  What must come
of all of them does not depend on the order in which they are read: an actor's count is a number of articles, and a
dossier ends at the highest stage that any article told.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from confluent_kafka import Producer

from monitor.models.vocabulary import Status
from monitor.settings import Settings
from tests.agents.fakes import article

STAGES = (
    Status.PROPOSED,
    Status.NEGOTIATING,
    Status.AGREED,
    Status.INITIALLED,
    Status.SIGNED,
    Status.RATIFIED,
    Status.IN_FORCE,
)
"""In their order."""

RELEVANT = 16
"""One article in so many tells of an agreement."""

TOGETHER = 4
"""Agreements that are in the news at a time."""

_LETTERS = 26 * 26


class Sort(StrEnum):
    """What an article is."""

    PLAIN = "plain"
    """Nothing of note."""
    PACT = "pact"
    """Tells of an agreement."""
    CRASH = "crash"
    """Makes the classifier raise."""
    POISON = "poison"
    """Tells of an agreement that makes `track` raise, and `count`."""
    BROKEN = "broken"
    """No JSON."""


BAD = (Sort.CRASH, Sort.POISON, Sort.BROKEN)


@dataclass(frozen=True, slots=True)
class Told:
    """An article and what is in it; parties and stage are those of a `PACT` or `POISON`."""

    number: int
    sort: Sort
    parties: tuple[str, str] = ("", "")
    stage: Status = Status.PROPOSED

    @property
    def id(self) -> str:
        """Its id and key."""
        return f"article-{self.number}"

    @property
    def value(self) -> bytes:
        """The record."""
        match self.sort:
            case Sort.BROKEN:
                return b'{"id": "%b", "title": ' % self.id.encode()
            case Sort.CRASH:
                text = "CRASH"
            case Sort.PLAIN:
                text = "nothing of note"
            case _:
                text = f"PACT {'+'.join(self.parties)} {self.stage}"
        return article(self.number, text).encode()


def parties_of(agreement: int) -> tuple[str, str]:
    """Return two names for an agreement; no two of the first 456,976 agreements have the same two."""
    first = agreement % _LETTERS
    second = (first + agreement // _LETTERS * 17 + 5) % _LETTERS
    return _name("A", first), _name("B", second)


def _name(start: str, number: int) -> str:
    return start + chr(65 + number // 26) + chr(65 + number % 26)


@dataclass
class World:
    """All articles of a seed; agreements change every ``block`` articles, and ``bad`` ones are bad in any case."""

    seed: int
    block: int
    bad: dict[int, Sort] = field(default_factory=dict)

    def tell(self, number: int) -> Told:
        """Return an article."""
        draw = int.from_bytes(blake2b(b"%d/%d" % (self.seed, number), digest_size=8).digest())
        sort = self.bad.get(number)
        if sort is None:
            chance = draw % 8192
            sort = BAD[chance] if chance < len(BAD) else Sort.PACT if chance % RELEVANT == RELEVANT - 1 else Sort.PLAIN
        if sort not in (Sort.PACT, Sort.POISON):
            return Told(number, sort)
        agreement = number // self.block * TOGETHER + (draw >> 16) % TOGETHER
        first, second = parties_of(agreement)
        stage = STAGES[(draw >> 24) % len(STAGES)]
        return Told(number, sort, ("XXX" if sort is Sort.POISON else first, second), stage)

    def all(self, count: int) -> Iterator[Told]:
        """Yield the first ``count`` articles."""
        return map(self.tell, range(count))


class Newsroom:
    """Writes articles into `articles` at a rate a second until stopped, one in 32 of them twice."""

    def __init__(self, settings: Settings, world: World, rate: float) -> None:
        self.world = world
        self.rate = rate
        self.written = 0
        """How many articles, repeats not counted; the first so many of the world."""
        self.refused: list[str] = []
        """What Kafka did not take, in words."""
        self._topic = settings.kafka.topic("articles")
        self._producer = Producer(
            {
                "bootstrap.servers": settings.kafka.bootstrap_servers,
                "enable.idempotence": True,
                "message.timeout.ms": 600_000,
                "linger.ms": 5,
                "log_level": 2,  # that brokers come and go is no news here
            }
        )
        self._poison = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write, name="newsroom", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def poison(self, count: int) -> None:
        """Let the next articles be bad ones, of every sort in turn."""
        self._poison += count

    def stop(self) -> None:
        """Write nothing more, and wait until Kafka has everything."""
        self._over.set()
        self._thread.join(60)
        left = self._producer.flush(120)
        if left:
            self.refused.append(f"{left} articles were not taken within 120 s")

    def _write(self) -> None:
        began = time.monotonic()
        while not self._over.is_set():
            due = int((time.monotonic() - began) * self.rate)
            while self.written < due and not self._over.is_set():
                number = self.written
                if self._poison:
                    self._poison -= 1
                    self.world.bad[number] = BAD[number % len(BAD)]
                self._send(number)
                self.written += 1
                if number % 32 == 0:
                    self._send(number // 2)
            self._producer.poll(0)
            self._over.wait(0.02)

    def _send(self, number: int) -> None:
        told = self.world.tell(number)
        while True:
            try:
                self._producer.produce(self._topic, told.value, told.id.encode(), on_delivery=self._delivered)
            except BufferError:  # brokers are away: the news waits
                self._producer.poll(0.1)
            else:
                return

    def _delivered(self, error: object, message: object) -> None:
        if error is not None:
            self.refused.append(f"{message}: {error}")
