"""Who is busiest, and whom a person means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.actors import Counts
from monitor.actors.rolling import busiest, find, matrix, partners, rolling
from monitor.models.actor import Actor, Window
from monitor.models.vocabulary import ActorKind, ActorRole, Subject
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


def test_a_role_or_a_subject_ranks(actors: list[Actor]) -> None:
    """As hosts there is the United States alone; on a subject nobody spoke of there is nobody."""
    assert keys([one.actor for one in busiest(actors, NOON, role=ActorRole.HOST)]) == ["country:USA"]
    assert busiest(actors, NOON, subject=Subject.CYBER_SPACE) == []


def test_partners_come_from_pairs(actors: list[Actor]) -> None:
    """Who is seen with India as a party, and a matrix of several."""
    assert [(one.code, one.articles) for one in partners(actors, "IND", NOON)] == [("USA", 1)]
    assert partners(actors, "FRA", NOON) == []
    assert matrix(actors, ["USA", "IND", "FRA"], NOON) == [[0, 1, 0], [1, 0, 0], [0, 0, 0]]


def test_the_trend_compares_a_week_with_the_four_before() -> None:
    """Four articles in a week after four in four weeks: four times as many; a newcomer has no trend."""
    draft = Counts().draft()
    for number, day in enumerate((0, 1, 2, 3, 8, 15, 22, 29)):
        draft.apply(sighting(f"a-{number}", NOON - timedelta(days=day)), ORIGIN)
    draft.apply(sighting("a-0", actor_key="country:USA"), ORIGIN)
    india, newcomer = draft.actors
    assert rolling(india, NOON).trend == 4
    assert rolling(newcomer, NOON).trend is None


def test_a_namesake_is_found_by_the_name_of_one_person(actors: list[Actor]) -> None:
    """A slug may name a person who is not the one the key is called after."""
    draft = Counts().draft()
    for number, name in enumerate(["Rajnath Singh", "Rajnath Singh", "Jitendra Singh"]):
        seen = sighting(f"a-{number}", name=name, actor_key="person:IND/singh", actor_kind=ActorKind.PERSON)
        draft.apply(seen, ORIGIN)
    (actor,) = draft.actors
    assert [one.name for one in actor.identities] == ["Rajnath Singh", "Jitendra Singh"]
    assert keys(find([actor], "jitendra-singh")) == ["person:IND/singh"]


def test_a_role_and_a_subject_are_counted_together() -> None:
    """Ranked by the articles that have both, not by the fewer of two counts: here none has both."""
    draft = Counts().draft()
    draft.apply(sighting("a-1", role=ActorRole.HOST, subjects=(Subject.MARITIME,)), ORIGIN)
    draft.apply(sighting("a-2", role=ActorRole.PARTY, subjects=(Subject.LOGISTICS,)), ORIGIN)
    actors = draft.actors
    assert busiest(actors, NOON, role=ActorRole.HOST, subject=Subject.LOGISTICS) == []
    for window in (Window.WEEK, Window.YEAR):
        (one,) = busiest(actors, NOON, window=window, role=ActorRole.HOST, subject=Subject.MARITIME)
        assert one.rank(window, ActorRole.HOST, Subject.MARITIME) == 1
