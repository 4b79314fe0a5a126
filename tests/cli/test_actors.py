"""`pactwatch actors`, on records that stand in the real topic."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from confluent_kafka import Producer

from monitor.actors import Counts
from monitor.models.vocabulary import ActorKind, ActorRole
from monitor.settings import Settings
from tests.actors.sightings import NOON, ORIGIN, sighting
from tests.cli.conftest import Run

pytestmark = pytest.mark.kafka

AS_OF = ("--as-of", "2025-10-31T12:30:00")


@pytest.fixture
def settings(kafka_settings: Settings) -> Settings:
    """Give settings whose topic `actors` holds India, the United States, their pair and a minister."""
    draft = Counts().draft()
    for number in range(3):
        draft.apply(sighting(f"a-{number}", NOON - timedelta(days=number)), ORIGIN)
    others = (
        {"actor_key": "country:USA", "name": "United States", "country": "USA", "role": ActorRole.HOST},
        {"actor_key": "pair:IND+USA", "actor_kind": ActorKind.PAIR, "name": "India and United States", "country": None},
        {
            "actor_key": "person:IND/singh",
            "actor_kind": ActorKind.PERSON,
            "name": "Rajnath Singh",
            "office": "Defence Minister",
        },
    )
    for other in others:
        draft.apply(sighting("a-0", NOON, **other), ORIGIN)
    producer = Producer({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})
    for actor in draft.actors:
        producer.produce(kafka_settings.kafka.topic("actors"), actor.encode(), actor.key)
    assert producer.flush(10) == 0
    return kafka_settings


def test_the_busiest_are_listed(run: Run, settings: Settings) -> None:
    """As a table for people, and with all counts for programs."""
    table = run("actors", "top", *AS_OF, settings=settings)
    assert table.code == 0
    assert table.out.index("India") < table.out.index("United States")
    listed = json.loads(run("actors", "top", *AS_OF, "--kind", "country", "--json", settings=settings).out)
    assert [(one["key"], one["articles"]["7d"]) for one in listed] == [("country:IND", 3), ("country:USA", 1)]
    hosts = json.loads(run("actors", "top", *AS_OF, "--role", "host", "--json", settings=settings).out)
    assert [one["key"] for one in hosts] == ["country:USA"]
    sheet = run("actors", "top", *AS_OF, "--role", "party", "--subject", "logistics", "--csv", settings=settings).out
    rows = list(csv.DictReader(io.StringIO(sheet)))
    assert [row["key"] for row in rows] == ["country:IND", "pair:IND+USA", "person:IND/singh"]
    assert rows[0]["articles_30d"] == "3"


def test_one_is_shown(run: Run, settings: Settings) -> None:
    """By the name one types: with office, partners, and what the identity rests on."""
    person = run("actors", "show", "rajnath-singh", *AS_OF, settings=settings)
    assert person.code == 0
    assert "Defence Minister" in person.out
    assert "given name Rajnath" in " ".join(person.out.split())
    (country,) = json.loads(run("actors", "show", "IND", *AS_OF, "--json", settings=settings).out)
    assert country["partners"] == {"USA": 1}


def test_an_unknown_actor_is_an_error_that_helps(run: Run, settings: Settings) -> None:
    """Says who is not known, and how to see who is."""
    said = run("actors", "show", "nobody", settings=settings)
    assert said.code == 3
    assert "no actor 'nobody' is known" in said.err


def test_pairs_are_a_matrix(run: Run, settings: Settings) -> None:
    """Who is seen with whom; one code alone is refused."""
    said = run("actors", "pairs", "--between", "IND,USA,FRA", *AS_OF, "--json", settings=settings)
    assert json.loads(said.out)["USA"] == {"IND": 1, "USA": 0, "FRA": 0}
    assert "that is no pair" in run("actors", "pairs", "--between", "IND", settings=settings).err
