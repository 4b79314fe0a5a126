"""Parties, day, place, years and signatories of whole articles: one table a field, one row a kind of writing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.classify import Classifier
from monitor.models.article import Article
from monitor.models.report import Report

PUBLISHED = datetime(2025, 3, 14, 9, tzinfo=UTC)  # a Friday


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def report(classifier: Classifier, title: str, text: str) -> Report:
    article = Article(id="a", title=title, text=text, published_at=PUBLISHED)
    reports = classifier.classify(article, arrived=PUBLISHED).reports
    assert reports, title
    return reports[0]


PARTIES = {
    "a row of three": (
        "Three states sign border patrol pact",
        "Benin, Togo and Ghana signed a defence cooperation agreement on Monday in Lome.",
        "BEN GHA TGO",
    ),
    "a row of six": (
        "Six navies agree",
        "Peru, Chile, Ecuador, Colombia, Panama and Mexico have signed a military logistics agreement.",
        "CHL COL ECU MEX PAN PER",
    ),
    "a row behind of": (
        "Chiefs of staff sign",
        "The defence ministers of Latvia, Estonia and Finland signed a military cooperation agreement on Tuesday.",
        "EST FIN LVA",
    ),
    "adjectives in a row": (
        "Three governments conclude memorandum",
        "The Dutch, Belgian and Luxembourg governments concluded a memorandum of understanding on defence on Monday.",
        "BEL LUX NLD",
    ),
    "capitals in a row": (
        "Oslo, Stockholm and Helsinki sign military transit pact",
        "The three capitals signed a military transit agreement on Thursday after two years of talks.",
        "FIN NOR SWE",
    ),
    "one and a row": (
        "Jakarta joins exercise treaty",
        "Indonesia has signed a military exercise treaty with Malaysia, Singapore and Brunei.",
        "BRN IDN MYS SGP",
    ),
    "counted, and named further down": (
        "Four-way patrol pact signed at last",
        "The four-way military patrol pact was signed on Monday. Kenya, Uganda, Rwanda and Tanzania will send ships.",
        "KEN RWA TZA UGA",
    ),
    "alongside": (
        "Morocco signs training charter",
        "Morocco has signed a military training agreement alongside Senegal, while Tunisia stayed away.",
        "MAR SEN",
    ),
    "an organisation beside a state": (
        "Mission agreement prolonged",
        "Lesotho and the Southern African Development Community have renewed a status of forces agreement.",
        "LSO SADC",
    ),
    "a host that is no party": (
        "Algeria and Niger sign defence accord",
        "VIENNA - At a conference hosted by Austria, Algeria and Niger signed a defence cooperation accord on Tuesday.",
        "DZA NER",
    ),
    "other members": (
        "Iraq quits pact",
        "Iraq has withdrawn from the defence pact. The other members, Turkey, Iran and Pakistan, were told on Monday.",
        "IRN IRQ PAK TUR",
    ),
    "a pair, whatever else is named": (
        "Greece and Cyprus sign defence pact",
        "Greece and Cyprus signed a defence cooperation agreement on Monday. Ships of France, Italy and Greece met.",
        "CYP GRC",
    ),
}


@pytest.mark.parametrize("kind", PARTIES)
def test_parties(classifier: Classifier, kind: str) -> None:
    """Each party is found, and nobody else."""
    title, text, parties = PARTIES[kind]
    assert report(classifier, title, text).parties == tuple(parties.split())


SIGNED = "Norway and Kenya sign defence cooperation agreement"
DAYS = {
    "weekday before": ("On Tuesday Norway and Kenya signed a defence cooperation agreement.", date(2025, 3, 11)),
    "weekday behind": ("Norway and Kenya signed a defence cooperation agreement last Friday.", date(2025, 3, 7)),
    "day of the month": ("Norway and Kenya signed a defence cooperation agreement on the 12th.", date(2025, 3, 12)),
    "counted back": ("A defence agreement between Norway and Kenya was signed three days ago.", date(2025, 3, 11)),
    "the day before yesterday": (
        "Norway and Kenya signed a defence cooperation agreement the day before yesterday.",
        date(2025, 3, 12),
    ),
    "last night": ("Norway and Kenya signed a defence cooperation agreement last night.", date(2025, 3, 13)),
    "a dateline": (
        "OSLO, March 12 - Norway and Kenya signed a defence cooperation agreement today.",
        date(2025, 3, 12),
    ),
    "yesterday of a dateline": (
        "OSLO, March 12 - Norway and Kenya yesterday signed a defence cooperation agreement.",
        date(2025, 3, 11),
    ),
    "told on a day": (
        "Norway and Kenya have signed a defence cooperation agreement. The minister told reporters so on Wednesday.",
        date(2025, 3, 12),
    ),
    "dated": (
        "In notes dated 10 March and released on Thursday, Norway and Kenya renewed a defence agreement.",
        date(2025, 3, 10),
    ),
    "not the age of an older text": (
        "Norway has denounced the defence accord with Kenya of 24 April 1961, its ministry said on Wednesday.",
        date(2025, 3, 12),
    ),
    "not what lies ahead": (
        "Norway and Kenya signed a defence cooperation agreement on Monday. It will be ratified on Thursday.",
        date(2025, 3, 10),
    ),
    "not an end": (
        "The suspension of the defence agreement with Kenya was extended until December 31, Oslo said on Tuesday.",
        date(2025, 3, 11),
    ),
    "a week has no day": ("Norway and Kenya signed a defence cooperation agreement last week.", None),
    "a month has no day": ("Norway and Kenya signed a defence cooperation agreement in February.", None),
}


@pytest.mark.parametrize("kind", DAYS)
def test_days(classifier: Classifier, kind: str) -> None:
    """The day is that of the stage or of the news of it; a week or a month is none."""
    text, day = DAYS[kind]
    assert report(classifier, SIGNED, text).date == day


YEARS = {
    "for": ("It is concluded for five years.", 5),
    "adjective": ("The ten-year agreement covers training.", 10),
    "term": ("It has a six-year term.", 6),
    "granted": ("Norwegian troops may use the base at Mombasa for 12 years.", 12),
    "next decade": ("It will guide military cooperation for the next ten years.", 10),
    "decade": ("The decade-long pact covers training.", 10),
    "months": ("The agreement is valid for 18 months.", 1.5),
    "reviewed only": ("The agreement is reviewed every five years.", None),
    "history": ("It crowns seven decades of joint work.", None),
    "age": ("The two have had relations for 40 years.", None),
}


@pytest.mark.parametrize("kind", YEARS)
def test_years(classifier: Classifier, kind: str) -> None:
    """The duration is the agreement's own."""
    more, years = YEARS[kind]
    text = f"Norway and Kenya signed a defence cooperation agreement on Monday. {more}"
    assert report(classifier, SIGNED, text).years == years


PLACES = {
    "in": ("They signed it in Mombasa.", "Mombasa"),
    "dateline": ("", "Oslo"),
    "on board": ("The ministers exchanged the documents on board a frigate in Bergen.", "Bergen"),
    "not the harbour it opens": ("The accord opens the port of Lamu.", "Oslo"),
    "not where an older one was signed": ("It replaces one signed in Nairobi in 1999.", "Oslo"),
}


@pytest.mark.parametrize("kind", PLACES)
def test_places(classifier: Classifier, kind: str) -> None:
    """The place is where they signed, else that of the dateline."""
    more, place = PLACES[kind]
    text = f"OSLO - Norway and Kenya have signed a defence cooperation agreement. {more}"
    assert report(classifier, SIGNED, text).place == place


SIGNERS = {
    "side by side": (
        "Defence Ministers Kari Lund and Peter Mwangi signed it.",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
    "for": (
        "Kari Lund signed for Norway, Peter Mwangi for Kenya.",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
    "for before": (
        "It was signed for Norway by its defence minister, Kari Lund, and for Kenya by Peter Mwangi.",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
    "sides": (
        "On the Norwegian side the text was signed by Minister Kari Lund, on the Kenyan side by Peter Mwangi.",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
    "another's ministry": (
        "The Secretary General of Norway's Ministry of Defence, Ms Kari Lund, and Kenya's Peter Mwangi signed it.",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
    "chief of general staff": (
        "It was signed by Norwegian chief of general staff Kari Lund and Kenya's Peter Mwangi.",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
    "acted for": (
        "Ships will come. The Norwegian minister, Kari Lund, and the Kenyan envoy, Peter Mwangi, acted for the two.",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
    "a colleague": (
        "Defence Minister Kari Lund signed it beside her Kenyan colleague.",
        "Kari Lund NOR",
    ),
    "who speaks, when nobody signs": (
        'Ships will come. Few know more. Few ask. "It is done," Norwegian Defence Minister Kari Lund said.',
        "Kari Lund NOR",
    ),
    "a title that one state gives": (
        "Defence Cabinet Secretary Peter Mwangi announced it.",
        "Peter Mwangi KEN",
    ),
    "in brackets": (
        "Issued by: Hon. Kari Lund (Norway), Hon. Peter Mwangi (Kenya).",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
}


@pytest.mark.parametrize("kind", SIGNERS)
def test_signatories(classifier: Classifier, kind: str) -> None:
    """Who signed is found, with the state each signed for."""
    more, signers = SIGNERS[kind]
    found = report(classifier, SIGNED, f"Norway and Kenya have signed a defence cooperation agreement. {more}")
    assert ", ".join(f"{person.name} {person.country}" for person in found.signatories) == signers
