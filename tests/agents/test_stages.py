"""The stages by themselves: the order of their steps, what they remember, and writes that are too large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from agents.batches import Batch
from agents.count import Count
from agents.dead_letters import DeadLetters
from agents.lease import Lease, Revoked
from agents.metrics import Metrics
from agents.outbox import Outgoing, TooLargeError
from agents.track import Track
from monitor.models.article import Article
from monitor.models.record import Origin
from tests.agents.fakes import Dossiers, FakeClassifier, article, article_reports, fake_parts, sightings
from tests.agents.harness import no_end


@dataclass
class KafkaRecord:
    """A record as aiokafka gives it."""

    value: bytes | None
    offset: int
    key: bytes = b"k"
    topic: str = "reports"
    partition: int = 0
    timestamp: int = 0


@dataclass
class Scene:
    """A stage's surroundings, which keep what it did in order."""

    steps: list[Any] = field(default_factory=list)
    held: dict[str, bytes] = field(default_factory=dict)
    since: int = 1
    room: int = 1000
    """Keys that one write takes."""
    fails: type[BaseException] | None = None
    changelog_topic_name: str = "changelog"

    async def send(self, records: list[Outgoing], claim: Any) -> None:
        """Be the outbox."""
        claim.check()
        self.steps += [(record.topic, (record.key or b"").decode()) for record in records]

    async def write(self, partition: int, writes: Mapping[str, bytes | None], claim: Any) -> None:
        """Be the table."""
        claim.check()
        if self.fails:
            raise self.fails
        self.steps.append(("write", partition, sorted(writes)))
        self.held |= {key: value for key, value in writes.items() if value is not None}

    def fits(self, writes: Mapping[str, bytes | None]) -> bool:
        """Tell whether the table takes so many keys."""
        return len(writes) <= self.room

    def items(self, partition: int) -> list[tuple[str, bytes]]:
        """Return what the table holds."""
        del partition
        return list(self.held.items())

    def view(self, partition: int) -> Mapping[str, bytes]:
        """Return what the table holds, as it stands from now on."""
        del partition
        return self.held

    def owned_since(self, partition: int) -> int:
        """Return the generation of the ownership."""
        del partition
        return self.since

    def alerts(self) -> list[str]:
        """Return the keys of the alerts sent so far."""
        return [key for topic, key, *_ in self.steps if topic == "alerts"]


@pytest.fixture
def scene() -> Scene:
    """Give the surroundings."""
    return Scene()


@pytest.fixture
def lease() -> Lease:
    """Give a lease that holds."""
    made = Lease(1000, on_break=no_end, clock=lambda: 0.0)
    made.assign()
    return made


def track(scene: Scene) -> Track:
    """Return the stage in the scene."""
    around: Any = scene
    letters = DeadLetters("letters", around, Metrics())
    return Track(
        fake_parts(),
        table=around,
        outbox=around,
        dead_letters=letters,
        metrics=Metrics(),
        alerts="alerts",
        agreements="agreements",
    )


def count(scene: Scene) -> Count:
    """Return the stage in the scene."""
    around: Any = scene
    letters = DeadLetters("letters", around, Metrics())
    return Count(fake_parts(), table=around, outbox=around, dead_letters=letters, actors="actors", alerts="alerts")


def origin(one: Article) -> Origin:
    return Origin(topic="articles", partition=0, offset=0, article_id=one.id)


def reports(*texts: str, start: int = 0) -> Batch:
    """Return a batch of reports, one a text."""
    now = datetime(2025, 10, 31, tzinfo=UTC)
    records = []
    for number, text in enumerate(texts, start):
        one = article(number, text)
        found = FakeClassifier().classify(one, arrived=now)
        records.append(KafkaRecord(article_reports(found, one, arrived=now, origin=origin(one)).encode(), number))
    return Batch("reports", 0, records)


async def test_track_takes_its_steps_in_order(scene: Scene, lease: Lease) -> None:
    """Alerts, agreements, dead letters, and only then the table."""
    batch = reports("PACT AAA+BBB signed", "PACT XXX+BBB signed", "PACT CCC+DDD signed")
    with lease.claim() as claim:
        await track(scene).handle(batch, claim)
    assert scene.steps == [
        ("alerts", "AAA+BBB"),
        ("alerts", "CCC+DDD"),
        ("agreements", "AAA+BBB"),
        ("agreements", "CCC+DDD"),
        ("letters", "k"),
        ("write", 0, ["article/article-0", "article/article-2", "dossier/AAA+BBB", "dossier/CCC+DDD"]),
    ]


async def test_track_remembers_nothing_of_a_batch_it_could_not_write(scene: Scene, lease: Lease) -> None:
    """A revocation before the table is written: the same batch again takes the same decisions."""
    stage, batch = track(scene), reports("PACT AAA+BBB signed")
    scene.fails = Revoked
    with lease.claim() as claim, pytest.raises(Revoked):
        await stage.handle(batch, claim)
    scene.fails = None
    with lease.claim() as claim:
        await stage.handle(batch, claim)
        await stage.handle(batch, claim)
    assert scene.alerts() == ["AAA+BBB", "AAA+BBB"]


async def test_track_reads_the_table_again_after_a_break_in_ownership(scene: Scene, lease: Lease) -> None:
    """What another worker decided meanwhile is known; without a break the state in memory is good."""
    stage = track(scene)
    with lease.claim() as claim:
        await stage.handle(reports("PACT AAA+BBB signed"), claim)
        scene.held = {"dossier/AAA+BBB": b"in_force"}
        await stage.handle(reports("PACT AAA+BBB ratified", start=1), claim)
        assert scene.alerts() == ["AAA+BBB", "AAA+BBB"]
        scene.held = {"dossier/AAA+BBB": b"in_force"}
        scene.since = 5
        await stage.handle(reports("PACT AAA+BBB in_force", start=2), claim)
    assert scene.alerts() == ["AAA+BBB", "AAA+BBB"]


async def test_track_works_in_rounds_when_a_write_is_too_large(scene: Scene, lease: Lease) -> None:
    """Each round is a whole turn of the steps; order holds; what does not fit alone is a dead letter."""
    scene.room = 4
    batch = reports(*(f"PACT AA{letter}+BBB signed" for letter in "ABCD"))
    with lease.claim() as claim:
        await track(scene).handle(batch, claim)
    assert scene.alerts() == ["AAA+BBB", "AAB+BBB", "AAC+BBB", "AAD+BBB"]
    assert [step[0] for step in scene.steps].count("write") == 2
    first_write = [step[0] for step in scene.steps].index("write")
    assert scene.steps[first_write][2] == [
        "article/article-0",
        "article/article-1",
        "dossier/AAA+BBB",
        "dossier/AAB+BBB",
    ]
    assert scene.alerts() == [key for topic, key, *_ in scene.steps if topic == "agreements"]


async def test_a_report_whose_write_fits_nowhere_is_a_dead_letter(scene: Scene, lease: Lease) -> None:
    """The table refuses it, nothing of it is remembered, and the reports around it are tracked."""

    def refuse() -> TooLargeError:
        return TooLargeError(Outgoing("changelog", None, b"x" * 100, 0))

    write = scene.write

    async def write_but_one(partition: int, writes: Mapping[str, bytes | None], claim: Any) -> None:
        if "article/article-0" in writes:
            raise refuse()
        await write(partition, writes, claim)

    scene.write = write_but_one  # type: ignore[method-assign] # the table of this test
    with lease.claim() as claim:
        await track(scene).handle(reports("PACT AAA+BBB signed", "PACT CCC+DDD signed"), claim)
    assert ("letters", "k") in scene.steps
    assert sorted(scene.held) == ["article/article-1", "dossier/CCC+DDD"]


def seen(*articles: Article) -> Batch:
    """Return a batch of sightings."""
    records: list[KafkaRecord] = []
    for one in articles:
        now = datetime(2025, 10, 31, tzinfo=UTC)
        found = FakeClassifier().classify(one, arrived=now)
        for sighting in sightings(found, one, arrived=now, origin=origin(one)):
            records.append(KafkaRecord(sighting.encode(), len(records), topic="sightings"))
    return Batch("sightings", 0, records)


async def test_count_takes_its_steps_in_order_and_reloads_after_a_break(scene: Scene, lease: Lease) -> None:
    """Actors, then the table; an article counts once, also after another worker has counted."""
    stage, batch = count(scene), seen(article(1, "PACT AAA+BBB signed"))
    with lease.claim() as claim:
        await stage.handle(batch, claim)
        assert [step[0] for step in scene.steps] == ["actors", "actors", "write"]
        await stage.handle(batch, claim)
        assert [step[0] for step in scene.steps] == ["actors", "actors", "write", "write"]
        scene.held, scene.since = {}, 9
        await stage.handle(batch, claim)
    assert [step[0] for step in scene.steps][4:] == ["actors", "actors", "write"]


async def test_count_works_in_rounds_when_a_write_is_too_large(scene: Scene, lease: Lease) -> None:
    """Two sightings that do not fit together go one after the other; one that does not fit alone is a dead letter."""
    scene.room = 1
    with lease.claim() as claim:
        await count(scene).handle(seen(article(1, "PACT AAA+BBB signed")), claim)
        assert [step[0] for step in scene.steps] == ["actors", "write", "actors", "write"]
        scene.steps, scene.room = [], 0
        await count(scene).handle(seen(article(2, "PACT AAA+BBB signed")), claim)
    assert [step for step in scene.steps if step[0] == "letters"] == [("letters", "k"), ("letters", "k")]


def test_the_fake_state_is_a_copy() -> None:
    """A draft that is dropped changes nothing: the tests above rest on it."""
    dossiers = Dossiers({"a": b"1"})
    dossiers.draft().writes["a"] = b"2"
    assert dossiers.state == {"a": b"1"}
