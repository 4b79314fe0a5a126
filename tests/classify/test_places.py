"""Where something happens."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from monitor.classify.countries import find_countries
from monitor.classify.places import PlaceKind, PlaceMention, country_of, find_places
from tests.classify.primitives import LEXICON, articles, assert_exact, document


def places(text: str) -> tuple[PlaceMention, ...]:
    doc = document(text)
    return find_places(doc, find_countries(doc))


PLACES = {
    "signed in Kuala Lumpur, Malaysia": "Kuala Lumpur/MYS Malaysia/MYS",
    "signed in Nancy on Friday": "Nancy/FRA",
    "signed in Makati": "Makati City/PHL",
    "at Camp Aguinaldo in Quezon City": "Camp Aguinaldo/PHL Quezon City/PHL",
    "in the Malaysian capital, Kuala Lumpur": "Kuala Lumpur/MYS",
    "in the Norwegian capital Oslo": "Oslo/NOR",
    "in the city of Constanta": "Constanta/ROU",
    "in downtown Vilnius": "Vilnius/LTU",
    "at Ramstein Air Base in Germany": "Ramstein/DEU Germany/DEU",
    "at Villa Doria Pamphilj in Rome": "Villa Doria Pamphilj/ITA Rome/ITA",
    "at Malacanang": "Malacanang/PHL",
    "Perth, Australia": "Perth/AUS",
    "in Washington, D.C., on Monday": "Washington/USA",
    "troops in Okinawa, Japan": "Okinawa/JPN Japan/JPN",
    "in Paris and Rome": "Paris/FRA Rome/ITA",
    "SEOUL, Aug. 22 - South Korea left.": "Seoul/KOR",
    "Manila pledged help": "Manila/PHL",
    "signed on the island of Utö on Tuesday": "Utö/-",
    "signed on Utö by both": "Utö/-",
    "at the Puerto Belgrano naval base": "Puerto Belgrano/-",
    "at Government House.": "Government House/-",
    "at State House here": "State House/-",
    "aboard the frigate in Constanta": "Constanta/ROU",
    "signed in Villers-Cotterêts on Friday": "Villers-Cotterêts/-",
    "in the Auberge de Castille on Thursday": "Auberge de Castille/-",
    "at the Forte de Sao Juliao da Barra": "Forte de Sao Juliao da Barra/-",
    "at United Nations Headquarters yesterday": "United Nations Headquarters/-",
    "signed in the Lithuanian capital.": "Vilnius/LTU",
    "at State House, Entebbe, on Wednesday": "State House/- Entebbe/UGA",
    "in a Manila ceremony on Monday": "Manila/PHL",
    "at a breakfast in Langkawi two days ago": "Langkawi/-",
    "GENEVA. Four states signed.": "Geneva/CHE",
    "signed in New York": "New York/USA",
}


@pytest.mark.parametrize("text", PLACES)
def test_places(text: str) -> None:
    """Places with the state they lie in, by the name that people know."""
    assert " ".join(f"{place.name}/{place.country or '-'}" for place in places(text)) == PLACES[text]


NOTHING = [
    "in Nancy Pelosi's office",
    "Lloyd Austin and Judith Collins",
    "in Austin's view",
    "in European Defence",
    "on Friday by both and on Facebook",
    "at the Munich Security Conference".replace("Munich ", ""),
    "in March",
    "in General",
    "of London's choice",
    "Healey signed; Reading helps",
    "in the Horn of Africa",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_place(text: str) -> None:
    """People, months and institutions that bear the name of a town."""
    assert places(text) == ()


def test_the_state_of_the_article_is_preferred() -> None:
    """Of two cities of one name, that in a state the article names counts, and "City, State" decides."""
    assert places("in Birmingham")[0].country == "GBR"
    assert places("in Birmingham, Alabama")[0].country == "USA"
    assert places("Cuba's talks were held in Santa Clara")[-1].country == "CUB"


def test_kinds_cities_and_datelines() -> None:
    """A site knows its city; a dateline is told from a place of the story."""
    site = places("signed at the State Department")[0]
    assert (site.kind, site.city, site.locative) == (PlaceKind.SITE, "Washington", True)
    assert places("at Malacañang Palace")[0].city == "Manila"
    assert places("signed in Villers-Cotterêts.")[0].kind is PlaceKind.UNLISTED
    dateline, place = places("LONDON - It was signed in Berlin.")
    assert (dateline.dateline, place.dateline) == (True, False)


def test_here_and_the_capital() -> None:
    """In a text with a dateline "here" and "the capital" are its place; without one they are none."""
    found = places("KATHMANDU: He said so here on Tuesday. It was signed in the capital. He left.")
    assert [(place.name, place.text, place.locative) for place in found] == [
        ("Kathmandu", "KATHMANDU", False),
        ("Kathmandu", "here", True),
        ("Kathmandu", "capital", True),
    ]
    assert places("He said so here, in the capital.") == ()


def test_a_city_state_is_a_city() -> None:
    """In Singapore something is signed in a city, in Malaysia in a state."""
    assert [places(f"signed in {name}.")[0].kind for name in ("Singapore", "Malaysia")] == [
        PlaceKind.CITY,
        PlaceKind.STATE,
    ]


def test_the_city_of_a_site() -> None:
    """A site that no list has stands in the city behind it, else in that of the dateline."""
    found = places("SKOPJE - They met at Villa Vodno. Then at the Presidential Palace in Nicosia.")
    assert [(place.name, place.city) for place in found if place.kind is PlaceKind.SITE] == [
        ("Villa Vodno", "Skopje"),
        ("Presidential Palace", "Nicosia"),
    ]


def test_a_castle_is_not_in_the_town_of_the_dateline() -> None:
    """A palace stands in the town that the news comes from, a castle or a camp in the country."""
    found = places(
        "PRAGUE - They signed at Buchlov castle. They slept at Camp Hradek. They dined at the Cernin Palace."
    )
    assert [(place.name, place.city) for place in found if place.kind is PlaceKind.SITE] == [
        ("Buchlov", None),
        ("Camp Hradek", None),
        ("Cernin Palace", "Prague"),
    ]


def test_country_of_a_place() -> None:
    """The state of a place by its name alone."""
    assert [country_of(name, LEXICON) for name in ("Oslo", "Camp David", "Pentagon", "Nowhere Town")] == [
        "NOR",
        "USA",
        "USA",
        None,
    ]


@settings(max_examples=150, deadline=None)
@given(articles, articles)
def test_places_are_exact(title: str, text: str) -> None:
    """Any text: mentions quote it, in reading order."""
    doc = document(text, title)
    assert_exact(doc, find_places(doc, find_countries(doc)))
