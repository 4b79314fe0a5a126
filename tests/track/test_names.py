"""Names of agreements: when two are one, when they are not, and when they cannot tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.track.names import ALIKE, OTHER, SAME, UNCLEAR, abbreviates, compare, is_distinctive, surname

SOVFA = "Status of Visiting Forces Agreement"
COMCASA = "Communications Compatibility and Security Agreement"


@pytest.mark.parametrize(
    ("one", "two", "answer"),
    [
        ("Visiting Forces Agreement", "visiting forces agreement", SAME),
        ("Enhanced Defense Cooperation Agreement", "Enhanced Defence Co-operation Agreement", SAME),
        ("COMCASA", COMCASA, SAME),
        ("SOVFA", SOVFA, SAME),
        ("C-SIPA", "Comprehensive Security Integration and Prosperity Agreement", SAME),
        ("CSIPA", "C-SIPA", SAME),
        ("VFA", SOVFA, ALIKE),
        ("Visiting Forces Agreement", SOVFA, ALIKE),
        ("Major Defence Partnership", "Framework for the US-India Major Defence Partnership", SAME),
        ("Sal Agreement", "Sal Agreement on Wednesday", SAME),
        ("Three Rivers Arrangement", "Rivers Arrangement of Brunei and Malaysia", ALIKE),
        ("Franco-Greek agreement", "Visiting Forces Agreement", UNCLEAR),
        ("Indo-Pacific Accord", "Atlantic Accord", OTHER),
        ("BECA", "COMCASA", OTHER),
        ("BECA", COMCASA, OTHER),
        ("Visiting Forces Agreement", "Enhanced Defense Cooperation Agreement", OTHER),
        ("Defence Cooperation Accord", "Comprehensive Security Integration and Prosperity Agreement", OTHER),
        ("Agreement", "Visiting Forces Agreement", UNCLEAR),
    ],
)
def test_two_names_are_compared(one: str, two: str, answer: str) -> None:
    """Spelling, worn-down forms and acronyms are one name; names that share their form alone are two."""
    assert compare(one, two) == answer
    assert compare(two, one) == answer


@pytest.mark.parametrize(
    ("acronym", "name", "fits"),
    [
        ("COMCASA", COMCASA, True),
        ("LEMOA", "Logistics Exchange Memorandum of Agreement", True),
        ("BECA", "Basic Exchange and Cooperation Agreement", True),
        ("GSOMIA", "General Security of Military Information Agreement", True),
        ("VFA", SOVFA, False),
        ("EDCA", "Visiting Forces Agreement", False),
        ("A", "Agreement", False),
    ],
)
def test_an_acronym_fits_the_names_whose_words_it_is_made_of(acronym: str, name: str, fits: bool) -> None:
    """Every word of the name but the small ones gives letters, in order."""
    assert abbreviates(acronym, name) is fits


@pytest.mark.parametrize(
    ("name", "telling"),
    [
        ("Defence Cooperation Agreement", False),
        ("Status of Visiting Forces Agreement", False),
        ("VFA", False),
        ("COMCASA", True),
        ("Framework for the US-India Major Defence Partnership", True),
        ("Lancaster House Treaties", True),
    ],
)
def test_a_name_that_only_describes_is_told_from_one_that_tells(name: str, telling: bool) -> None:
    """What is made of words for form and subject alone is no news once these are known."""
    assert is_distinctive(name) is telling


@given(st.text(max_size=60), st.text(max_size=60))
def test_comparing_is_symmetric_and_never_fails(one: str, two: str) -> None:
    """Any text may stand where a name should."""
    assert compare(one, two) == compare(two, one)


def test_a_surname_is_found_behind_what_follows_it() -> None:
    """Titles after a name are no name; accents do not matter."""
    assert surname("Gilberto Teodoro Jr.") == surname("Teodoro") == "teodoro"
    assert surname("Laurynas Kasčiūnas") == surname("KASCIUNAS")
