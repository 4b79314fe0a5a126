"""What `pactwatch agreements` shows, from the records of the topic."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from monitor.cli.agreement_page import find, list_rows, live, page
from monitor.errors import InputError
from monitor.models.agreement import Agreement
from monitor.models.report import Correction
from monitor.models.vocabulary import Status
from monitor.track import agreement_id
from monitor.track.entry import cut
from tests.track.reports import Followed, article, moment, report


def published() -> dict[str, Agreement]:
    """Return what stands in the topic after a small story: three agreements, two of them merged."""
    followed = Followed()
    one, two = agreement_id("a", ("IND", "USA"), 0), agreement_id("c", ("IND", "USA"), 0)
    records = [
        article(
            "a", "2025-02-13", report("agreed", name="Lancaster Treaty", subjects="mutual_defence"), source="Reuters"
        ),
        article(
            "b",
            "2025-03-01",
            report(
                "signed", "2025-02-28", name="Lancaster Treaty", years=10.0, subjects="mutual_defence", people="Singh"
            ),
            source="Ministry of Defence",
        ),
        article(
            "c", "2025-03-05", report("signed", "2025-03-04", name="Exchange Accord of Agra", subjects="info_security")
        ),
        article("d", "2025-04-05", report("proposed", parties="GRC+USA")),
        Correction(action="merge", agreement_id=one, other_id=two, by="ann", at=moment("2025-05-01")),
    ]
    topic: dict[str, Agreement] = {}
    for record in records:
        topic.update((made.id, made) for made in followed.take(record).agreements)
    return topic


def drawn(agreement: Agreement) -> str:
    """Return the page of an agreement as text."""
    out = io.StringIO()
    Console(file=out, width=220).print(page(agreement))
    return out.getvalue()


def test_the_list_has_what_is_followed_the_newest_first() -> None:
    """A merged dossier is not listed by itself; parties and stage choose."""
    topic = published()
    rows = list(list_rows(live(topic.values())))
    assert [row[1] for row in rows] == ["GRC, USA", "IND, USA"]
    assert [one.parties for one in live(topic.values(), parties=["ind"])] == [("IND", "USA")]
    assert live(topic.values(), status=Status.RATIFIED) == []


def test_an_agreement_is_found_by_the_beginning_of_its_id_and_by_one_that_was_merged_into_it() -> None:
    """What does not fit, or fits several, is said."""
    topic = published()
    merged = agreement_id("c", ("IND", "USA"), 0)
    stays = agreement_id("a", ("IND", "USA"), 0)
    assert find(topic, merged).id == stays
    assert find(topic, stays[:6]).id == stays
    with pytest.raises(InputError, match="there is no agreement"):
        find(topic, "zzzzzz")
    with pytest.raises(InputError, match=r"too short|no agreement"):
        find(topic, stays[:1])


def test_the_page_explains_every_article() -> None:
    """Life, facts with those who give them, and why each article was told or not."""
    text = drawn(find(published(), agreement_id("a", ("IND", "USA"), 0)))
    for words in (
        "Lancaster Treaty",
        "signed",
        "10 years",
        "Ministry of Defence*",
        "stage moved",
        "now signed, was agreed, to be signed",
        "the first report of this agreement",
        "the same name",
        "opened it",
        "stage, date, duration, signatories, confirmed",
    ):
        assert words in text, words


LONG = (
    "The ministers of defence, who had met in the morning in the old fortress above the town, signed the agreement on "
    "visiting forces in the evening, after a dispute about its duration that had lasted for years."
)


@pytest.mark.parametrize(
    ("around", "start", "end"), [("signed", "The ministers", "evening…"), ("years", "…", "for years.")]
)
def test_a_long_sentence_is_cut_between_words_around_what_it_proves(around: str, start: str, end: str) -> None:
    """No half words, never longer than asked for, and the words a fact rests on are shown."""
    shown = cut(LONG, 140, around=around)
    assert shown.startswith(start)
    assert around in shown
    assert len(shown) <= 140
    assert set(shown.strip("…").split()) <= set(LONG.split())
    assert cut("short", 140) == "short"


@given(st.text(max_size=80), st.integers(3, 60), st.text(max_size=5))
def test_any_text_is_cut_to_length(text: str, length: int, around: str) -> None:
    """Whatever the text: not longer than asked for, and what stays stands in it."""
    shown = cut(text, length, around=around)
    assert len(shown) <= length
    assert shown.strip("…") in text or shown == text
