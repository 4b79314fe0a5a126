"""Who counts as a source, and who speaks officially."""

from __future__ import annotations

import pytest

from monitor.track.entry import Entry
from monitor.track.sources import alike, independent, is_official, pack_fingerprint, publisher

DAY = 86_400


def entry(source: str, at: int = 0, credited: tuple[str, ...] = (), fingerprint: str = "") -> Entry:
    """Return an entry that is all about its source."""
    return Entry(f"{source}-{at}", at, "agreement", source=source, credits=credited, fingerprint=fingerprint)


@pytest.mark.parametrize(
    ("source", "url", "official"),
    [
        ("Ministry of External Affairs", None, True),
        ("US Embassy Manila", None, True),
        ("Government.no", None, True),
        ("The White House", None, True),
        ("Senate of the Philippines", None, True),
        ("Beehive", None, True),
        ("Some Office", "https://www.mod.gov.in/pact", True),
        ("Reuters", "https://reuters.example/ministry-says", False),
        ("Philippine News Agency", None, False),
        ("Modern Times", None, False),
        ("Government Technology Weekly Review", "https://notgov.example", False),
    ],
)
def test_official_sources_are_known_by_name_or_address(source: str, url: str | None, official: bool) -> None:
    """The data file decides; words count as whole words only."""
    assert is_official(source, url) is official


def test_an_agency_has_one_key_under_all_its_names() -> None:
    """AP is The Associated Press."""
    assert publisher("The Associated Press") == publisher("AP") == publisher("ap")


def test_a_republication_is_no_source_of_its_own() -> None:
    """A near-duplicate within days, a credit of a counted agency and a second article of a publisher do not count."""
    text = pack_fingerprint(range(64))
    other = pack_fingerprint(range(1000, 1064))
    articles = [
        entry("Reuters", 0, fingerprint=text),
        entry("Daily Planet", DAY, fingerprint=text),
        entry("Morning Post", DAY, credited=("Thomson Reuters",), fingerprint=other),
        entry("Reuters", 2 * DAY),
        entry("Herald", 2 * DAY),
    ]
    assert independent(articles) == [True, False, False, False, True]


def test_the_same_words_a_year_later_are_a_source_again() -> None:
    """Texts are republished within days; a formula that returns a year later is not a republication."""
    text = pack_fingerprint(range(64))
    assert independent([entry("A", 0, fingerprint=text), entry("B", 365 * DAY, fingerprint=text)]) == [True, True]


def test_fingerprints_tell_near_duplicates_from_other_texts() -> None:
    """Half of the values equal is a near-duplicate; none, or no fingerprint at all, is not."""
    text, half, none = list(range(64)), [*range(18), *range(500, 546)], list(range(200, 264))
    assert alike(pack_fingerprint(text), pack_fingerprint(half))
    assert not alike(pack_fingerprint(text), pack_fingerprint(none))
    assert not alike("", "")
