"""Who is busiest, and whom a person means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.actors import Counts
from monitor.actors.rolling import busiest, find, rolling
from monitor.models.actor import Actor, Window
from monitor.models.vocabulary import ActorKind, ActorRole
from tests.actors.sightings import NOON, ORIGIN, sighting


@pytest.fixture
def actors() -> list[Actor]:
    draft = Counts().draft()
    for number in range(3):
        draft.apply(sighting(f"a-{number}", NOON - timedelta(days=number)), ORIGIN)
    draft.apply(
        sighting("a-0", actor_key="country:USA", name="United States", country="USA", role=ActorRole.HOST), ORIGIN
    )
    draft.apply(
        sighting("a-9", NOON - timedelta(days=90), actor_key="country:FRA", name="France", country="FRA"), ORIGIN
    )
    draft.apply(
        sighting(
            "a-0",
            actor_key="person:IND/singh",
            actor_kind=ActorKind.PERSON,
            name="Rajnath Singh",
            office="Defence Minister",
        ),
        ORIGIN,
    )
    draft.apply(
        sighting(
            "a-0", actor_key="pair:IND+USA", actor_kind=ActorKind.PAIR, name="India and United States", country=None
        ),
        ORIGIN,
    )
    return list(draft.actors)


def keys(found: list[Actor]) -> list[str]:
    return [actor.key for actor in found]


def test_the_busiest_come_first_and_the_absent_not_at_all(actors: list[Actor]) -> None:
    """India with three articles leads; France, last seen 90 days ago, is not in the month but in the year."""
    month = busiest(actors, NOON)
    assert month[0].actor.key == "country:IND"
    assert "country:FRA" not in {one.actor.key for one in month}
    assert "country:FRA" in {one.actor.key for one in busiest(actors, NOON, window=Window.YEAR)}


def test_kind_and_country_narrow(actors: list[Actor]) -> None:
    """A country's page holds itself, its people and its pairs."""
    assert {one.actor.key for one in busiest(actors, NOON, country="USA")} == {"country:USA", "pair:IND+USA"}
    assert [one.actor.key for one in busiest(actors, NOON, kind=ActorKind.PERSON)] == ["person:IND/singh"]
    assert len(busiest(actors, NOON, top=2)) == 2


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ("country:IND", "country:IND"),
        ("IND", "country:IND"),
        ("rajnath-singh", "person:IND/singh"),
        ("Rajnath Singh", "person:IND/singh"),
        ("IND+USA", "pair:IND+USA"),
        ("united states", "country:USA"),
    ],
)
def test_people_name_actors_in_their_own_way(actors: list[Actor], asked: str, key: str) -> None:
    """A key, a code, a slug and a name all lead to the same actor."""
    assert keys(find(actors, asked)) == [key]


def test_the_spark_line_is_a_day_a_column(actors: list[Actor]) -> None:
    """The last column is the day asked about."""
    assert rolling(find(actors, "IND")[0], NOON).spark[-4:] == (0, 1, 1, 1)
