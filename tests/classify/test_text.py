"""How news is cut into words and sentences."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings

from monitor.classify.boilerplate import find_boilerplate
from monitor.classify.countries import find_countries
from monitor.classify.credits import find_credits
from monitor.classify.dates import find_dates
from monitor.classify.durations import find_durations
from monitor.classify.files import languages
from monitor.classify.lexicon import Lexicon
from monitor.classify.money import find_money
from monitor.classify.persons import find_persons
from monitor.classify.places import find_places
from monitor.classify.text import TextPart
from monitor.errors import RulesError
from tests.classify.primitives import ADVERSARIES, articles, document, seconds


def sentences(text: str) -> list[str]:
    doc = document(text)
    return [doc.quote(sentence) for sentence in doc.sentences]


WORDS = {
    "U.S. and U.K. troops": ["U.S.", "and", "U.K.", "troops"],
    "US-India pact": ["US", "India", "pact"],
    "Manila's and Collins' 10-year": ["Manila", "'s", "and", "Collins", "10", "year"],
    "Manila’s": ["Manila", "'s"],
    "O'Brien d’Orsay don't": ["O'Brien", "d'Orsay", "don't"],
    "on the 31st, $2bn or 1,000.5": ["on", "the", "31st", "2bn", "or", "1,000.5"],
    "S.Jaishankar F-16 C-SIPA": ["S", "Jaishankar", "F", "16", "C", "SIPA"],
    "Ha\u0308kka\u0308nen": ["Ha\u0308kka\u0308nen"],
    "a_b": ["a", "b"],
}


@pytest.mark.parametrize("text", WORDS)
def test_words(text: str) -> None:
    """Words are fine grained: halves of compounds and the possessive stand alone, abbreviations stay whole."""
    assert document(text).body.words == WORDS[text]


SENTENCES = {
    "an abbreviation ends none": (
        "U.S. Secretary of State John Roe met Lt. Gen. Doe on Jan. 5. They talked.",
        ["U.S. Secretary of State John Roe met Lt. Gen. Doe on Jan. 5.", "They talked."],
    ),
    "but ends one before a word that begins them": (
        "Troops left the U.S. The pact stays. He met Marcos Jr. In Manila they signed.",
        ["Troops left the U.S.", "The pact stays.", "He met Marcos Jr.", "In Manila they signed."],
    ),
    "initials are no end": ("It was S. Jaishankar. J. Roe left.", ["It was S. Jaishankar.", "J. Roe left."]),
    "a quotation keeps its marks": (
        'The minister said: "We agree." He left. "Why?" she asked.',
        ['The minister said: "We agree."', "He left.", '"Why?" she asked.'],
    ),
    "a space is missing": ("The deal was signed.The fleet sails.", ["The deal was signed.", "The fleet sails."]),
    "an address is no end": ("See example.com for more. It is long.", ["See example.com for more.", "It is long."]),
    "capitals everywhere": (
        "INDIA AND JAPAN SIGNED A PACT. IT LASTS TEN YEARS.",
        ["INDIA AND JAPAN SIGNED A PACT.", "IT LASTS TEN YEARS."],
    ),
    "bullets and lines": (
        "The pact covers:\n• bases\n• training\nMore Talks Follow\n\nEnd",
        ["The pact covers:", "• bases", "• training", "More Talks Follow", "End"],
    ),
    "a column broke the lines": (
        "The two ministers signed the agreement on\nthe sidelines of the summit in the old town\nand left.",
        ["The two ministers signed the agreement on\nthe sidelines of the summit in the old town\nand left."],
    ),
    "the number of a list is none": ("1. The bases. 2. The troops.", ["1. The bases.", "2. The troops."]),
    "control characters are space": ("One.\x00Two is here. \x00Three.", ["One.", "Two is here.", "Three."]),
    "nothing": ("", []),
}  # fmt: skip


@pytest.mark.parametrize("name", SENTENCES)
def test_sentences(name: str) -> None:
    """Sentences end where a reader sees them end."""
    text, expected = SENTENCES[name]
    assert sentences(text) == expected


DATELINES = {
    "SEOUL, Aug. 22 - South Korea left the pact.": "South Korea",
    "KUALA LUMPUR — India signed.": "India",
    "MANILA, Philippines (AP) - The pact holds.": "The",
    "NEW DELHI, Oct 31 (PTI) India and Japan met.": "India",
    "PARIS: Poland and France signed.": "Poland",
    "Washington DC, July 2 - The Pentagon said so.": "The",
    "New Delhi [India], October 31 (ANI): The pact is new.": "The",
    "TOKYO, December 5 - KCNA says so.": "KCNA",
}


@pytest.mark.parametrize("text", DATELINES)
def test_a_dateline_is_no_part_of_the_sentence(text: str) -> None:
    """What begins with a place, a date or an agency before a dash says where the text was written."""
    end = document(text).sentences[0].dateline_end
    assert end is not None
    assert text[end:].startswith(DATELINES[text])


@pytest.mark.parametrize("text", ["BREAKING: A pact", "The minister - a veteran - left.", "Hegseth: we agree", "Pact"])
def test_what_only_looks_like_a_dateline(text: str) -> None:
    """Neither a shout nor a name before a colon is a dateline."""
    assert document(text).sentences[0].dateline_end is None


def test_quotations_are_followed_across_sentences() -> None:
    """A sentence knows that it begins inside a quotation; a new paragraph begins outside."""
    doc = document("“We agree. It is good,” he said. They left.\n\nThe end.")
    assert [sentence.quoted for sentence in doc.sentences] == [True, True, False, False]
    assert [sentence.paragraph for sentence in doc.sentences] == [0, 0, 0, 1]


def test_title_and_text_are_numbered_together() -> None:
    """The title's sentences come first, and a sentence is found again by its offset."""
    doc = document("One is here. Two is here.", title="Pact signed")
    assert [sentence.index for sentence in doc.sentences] == [0, 1, 2]
    assert doc.sentence_at("text", 15).index == 2
    assert doc.sentence_at("title", 3).part == "title"


def test_a_language_without_data_is_named() -> None:
    """Asking for a language that has none says which there are."""
    assert "en" in languages()
    with pytest.raises(RulesError, match="no language data for 'xx'"):
        Lexicon.load("xx")


@settings(max_examples=150, deadline=None)
@given(articles, articles)
def test_every_text_is_cut_without_loss(title: str, text: str) -> None:
    """Words and gaps make up the text, sentences come in order, cover every word once, and do not overlap."""
    doc = document(text, title)
    for part in doc.parts:
        assert "".join(gap + word for gap, word in zip(part.gaps, [*part.words, ""], strict=True)) == part.raw.replace(
            "’", "'"
        )
        assert all(
            part.raw[start:end].replace("’", "'") == word
            for start, end, word in zip(part.starts, part.ends, part.words, strict=True)
        )
        covered = [number for sentence in part.sentences for number in range(sentence.first, sentence.last)]
        assert covered == list(range(len(part.words)))
        edges = [edge for sentence in part.sentences for edge in (sentence.start, sentence.end)]
        assert edges == sorted(edges)
        for sentence in part.sentences:
            assert part.sentence_at(sentence.start) == sentence
            assert all(sentence.start <= part.starts[word] for word in range(sentence.first, sentence.last))


@pytest.mark.parametrize("name", ADVERSARIES)
def test_a_megabyte_of_anything_is_read_in_time(name: str) -> None:
    """Time is linear: no text of 1 MB takes longer than 400 articles of 2.5 kB may take together, for all readers."""
    assert seconds(lambda: read_all(ADVERSARIES[name])) < 8


def read_all(text: str) -> None:
    """Read everything there is to read in a text."""
    doc = document(text)
    countries = find_countries(doc)
    find_persons(doc, countries)
    find_places(doc, countries)
    find_durations(doc, find_dates(doc, date(2025, 1, 1)))
    find_money(doc)
    find_credits(doc)
    find_boilerplate(doc)


def test_all_capitals_are_noticed() -> None:
    """A wire in capitals is told from a text with a few."""
    assert TextPart("text", "INDIA AND JAPAN SIGN A PACT").all_caps
    assert not TextPart("text", "NATO and the EU sign a pact").all_caps
