"""States and organisations, however a text names them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from monitor.classify.countries import (
    MentionKind,
    display_name,
    find_countries,
    flag,
    is_state,
    organisation_kind,
)
from tests.classify.primitives import articles, assert_exact, document


def codes(text: str) -> str:
    """Return the codes of a text, in order."""
    return " ".join(mention.code for mention in find_countries(document(text)))


NAMES = {
    # by name, short and long
    "The US, U.S., USA, America and the United States of America": "USA USA USA USA USA",
    "UK, U.K., Britain and Great Britain": "GBR GBR GBR GBR",
    "the Republic of Korea (ROK) and the DPRK": "KOR KOR PRK",
    "the Philippines, PH and PHL": "PHL PHL PHL",
    "NZ, UAE, PNG, the Netherlands, The Gambia": "NZL ARE PNG NLD GMB",
    "Türkiye, Turkey, Turkiye": "TUR TUR TUR",
    "Côte d’Ivoire, Cote d'Ivoire, Ivory Coast": "CIV CIV CIV",
    "St. Kitts and Nevis, Timor-Leste, Kosovo, Taiwan": "KNA TLS XKX TWN",
    # names inside names
    "Guinea, Guinea-Bissau, Equatorial Guinea, Papua New Guinea": "GIN GNB GNQ PNG",
    "Niger and Nigeria; a Nigerien, a Nigerian": "NER NGA NER NGA",
    "DR Congo and the Republic of the Congo": "COD COG",
    "North Korea, South Korean, North and South Korea": "PRK KOR KOR PRK",
    "South Sudan and Sudan": "SSD SDN",
    "Dominica and the Dominican Republic": "DMA DOM",
    # adjectives and people
    "Dutch, Kiwi, Emirati, Filipinos, Swiss, Burkinabè": "NLD NZL ARE PHL CHE",
    "a Saudi officer and two Britons": "SAU GBR",
    # compounds: each half is a mention
    "US-India and Indo-Japanese": "USA IND IND JPN",
    "Franco-German, Sino-Indian, Russo-Turkish": "FRA DEU CHN IND RUS TUR",
    "the Indian-American deal": "IND USA",
    "the Baltic states": "EST LTU LVA",
    # buildings, ministries, parliaments, forces
    "the Pentagon, the White House and the State Department": "USA USA USA",
    "the Kremlin, Whitehall, the Quai d'Orsay, the Elysee": "RUS GBR FRA FRA",
    "the Bundestag, the Seimas, the Storting, the Riksdag, the Knesset": "DEU LTU NOR SWE ISR",
    "the MEA and the Lok Sabha": "IND IND",
    # organisations and forums
    "NATO, the EU, the U.N., ASEAN, the African Union": "NATO EU UN ASEAN AU",
    "the GCC, ECOWAS, the CSTO, AUKUS, the Quad, ADMM-Plus": "GCC ECOWAS CSTO AUKUS Quad ADMM-Plus",
    # capitals
    "Manila and Canberra pledge help": "PHL AUS",
    "Tel Aviv, New Delhi, The Hague, Washington, D.C.": "ISR IND NLD USA",
}


@pytest.mark.parametrize("text", NAMES)
def test_names(text: str) -> None:
    """Every way of naming a state or organisation is found, the longest name first."""
    assert codes(text) == NAMES[text]


NOTHING = [
    "Tell us and let us go",
    "the South China Sea, the Indian Ocean and the Indo-Pacific",
    "the Washington Post, the Times of India and the Jerusalem Post",
    "the Paris Agreement and the Vienna Convention",
    "African Americans, New England and Latin America",
    "worth US$5 million",
    "Jim Jordan, Mr. Jordan and Chad Wolf spoke",
    "Tom Holland met Denzel Washington",
    "he answered in French, then in Arabic.",
    "a French-speaking officer",
    "New Mexico Democrats".replace("New Mexico", "Austin"),
    "the Congress met",
    "a guinea pig and a turkey",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_is_no_state(text: str) -> None:
    """Seas, newspapers, treaties, languages, descents, currencies and people that bear the name of a state."""
    assert codes(text) == ""


READINGS = {
    "Georgia and Armenia signed": "GEO ARM",
    "Georgia Republicans met in Atlanta, then in Alabama": "USA USA",
    "the Congress of the United States": "USA USA",
    "Congo said; Brazzaville agreed": "COG COG",
    "King Abdullah II of Jordan met Jim Jordan": "JOR",
    "The Diet in Tokyo approved": "JPN JPN",
    "the UK said its MoD agreed": "GBR GBR",
}


@pytest.mark.parametrize("text", READINGS)
def test_the_article_tells_which_is_meant(text: str) -> None:
    """A name with several meanings, or of several states, is read with the rest of the article."""
    assert codes(text) == READINGS[text]


KINDS = {
    "Manila agreed": ("capital", False),
    "signed in Manila": ("capital", True),
    "signed in downtown Manila": ("capital", True),
    "Malaysia agreed": ("name", False),
    "at a hotel in Malaysia": ("name", True),
    "in Malaysia's view": ("name", False),
    "Filipino troops": ("demonym", False),
    "the Kremlin said": ("seat", False),
    "at the Pentagon": ("seat", True),
    "troops in Okinawa": ("substate", True),
    "Scotland voted": ("substate", False),
    "NATO agreed": ("organisation", False),
    "the Quad met": ("forum", False),
    "the Baltic states": ("group", False),
}


@pytest.mark.parametrize("text", KINDS)
def test_kind_and_place(text: str) -> None:
    """A mention says how the state is named, and whether it is where something happens or who acts."""
    mention = find_countries(document(text))[0]
    assert (mention.kind, mention.locative) == (MentionKind(KINDS[text][0]), KINDS[text][1])


def test_a_place_in_a_place() -> None:
    """In "in Makati City, Philippines" and "in Japan and Guam" the second is a place too."""
    assert [mention.locative for mention in find_countries(document("in Kuala Lumpur, Malaysia"))] == [True, True]
    assert [mention.locative for mention in find_countries(document("in Japan, Korea and Guam"))] == [True, True, True]
    assert [mention.locative for mention in find_countries(document("in Japan. Korea agreed"))] == [True, False]


def test_possessives() -> None:
    """Both forms of the possessive are told."""
    found = find_countries(document("India's minister, the Philippines' fleet and Japan"))
    assert [mention.possessive for mention in found] == [True, True, False]


def test_a_text_in_capitals() -> None:
    """Names are found in capitals; US is the pronoun where it can be no state."""
    assert codes("THE US AND INDIA SIGN A PACT WITH THE UK") == "USA IND GBR"
    assert codes("THEY TELL US WHY THE FLEET LEFT TODAY") == ""


def test_display_names_and_flags() -> None:
    """Codes are shown as people know them."""
    assert [display_name(code) for code in ("USA", "TUR", "CIV", "XKX", "NATO", "ZZZ")] == [
        "United States",
        "Turkey",
        "Ivory Coast",
        "Kosovo",
        "NATO",
        "ZZZ",
    ]
    assert flag("IND") == "🇮🇳"
    assert flag("XKX") == "🇽🇰"
    assert flag("NATO") == ""
    assert is_state("IND")
    assert not is_state("EU")
    assert [organisation_kind(code) for code in ("NATO", "Quad", "IND")] == ["organisation", "forum", None]


@settings(max_examples=150, deadline=None)
@given(articles, articles)
def test_mentions_are_exact(title: str, text: str) -> None:
    """Whatever the text, mentions quote it, lie in their sentence and name a code that can be shown."""
    doc = document(text, title)
    found = find_countries(doc)
    assert_exact(doc, found)
    assert all(display_name(mention.code) for mention in found)
