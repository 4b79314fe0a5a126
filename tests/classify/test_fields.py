"""Parties, day, place, years and signatories of whole articles: one table a field, one row a kind of writing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.classify import Classifier
from monitor.models.article import Article
from monitor.models.report import Report
from monitor.models.vocabulary import Subject

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
    "counted from a day named before": (
        "Oslo said on Thursday that Norway and Kenya had signed a defence cooperation agreement a day earlier.",
        date(2025, 3, 12),
    ),
    "of the act, not of the statement": (
        "Norway and Kenya have signed a defence pact, the ministry said on Thursday. They signed it on Tuesday.",
        date(2025, 3, 11),
    ),
    "what had been done before": (
        "Norway and Kenya on Thursday signed a defence agreement that they had shown to parliament two days before.",
        date(2025, 3, 13),
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
    "until": ("It runs until 2035.", 10),
    "behind the act": ("They renewed the defence agreement on the training of pilots at Eldoret for four years.", 4),
    "committed": ("It commits Norway for 12 years to help.", 12),
    "a single year": ("The terms of the agreement are for a single year.", 1),
    "how long it took": ("The agreement was negotiated over 20 months.", None),
    "an option": ("The agreement holds for 99 years, with an option to prolong the lease by 40 years.", 99),
    "an alliance's age": ("It strengthens the seven-decade alliance.", None),
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
    "a palace": ("They signed it at Lancaster House.", "Lancaster House, London"),
    "by adjective": ("They signed it in the Kenyan capital.", "Nairobi"),
    "the first of two": ("Kari Lund signed it in Bergen. Peter Mwangi signed in Mombasa.", "Bergen"),
    "in the opening words": ("In Mombasa on Monday, Kari Lund, the Norwegian minister, signed it.", "Mombasa"),
    "not where it is yet to be sealed": ("It was initialled in Bergen and will be signed in Mombasa.", "Bergen"),
    "not where outsiders speak": ("In Beijing, a spokesman said that China was pleased.", "Oslo"),
    "not the harbour it opens": ("The accord opens the port of Lamu.", "Oslo"),
    "not where an older one was signed": ("It replaces one signed in Nairobi in 1999.", "Oslo"),
}


@pytest.mark.parametrize("kind", PLACES)
def test_places(classifier: Classifier, kind: str) -> None:
    """The place is where they signed, else that of the dateline."""
    more, place = PLACES[kind]
    text = f"OSLO - Norway and Kenya have signed a defence cooperation agreement. {more}"
    assert report(classifier, SIGNED, text).place == place


UNDATED_PLACES = {
    "a visit": ("Norway and Kenya signed a defence agreement during a visit by the minister to Nairobi.", "Nairobi"),
    "a visit to a state": ("Norway and Kenya signed a defence agreement during his visit to Kenya.", "Kenya"),
    "a summit elsewhere": ("Norway and Kenya signed a defence agreement as leaders gathered in Italy.", "Italy"),
    "not the drones it is about": (
        "Norway and Kenya signed a defence contract on production of drones near Eldoret. They signed it in Mombasa.",
        "Mombasa",
    ),
    "nowhere": ("Norway and Kenya signed a defence agreement.", None),
}


@pytest.mark.parametrize("kind", UNDATED_PLACES)
def test_places_without_a_dateline(classifier: Classifier, kind: str) -> None:
    """Where no town is told beside the act, the goal of a visit or the state of a summit is the place."""
    text, place = UNDATED_PLACES[kind]
    assert report(classifier, SIGNED, text).place == place


def test_the_seat_of_a_government_that_acts_alone(classifier: Classifier) -> None:
    """A capital that stands for the government that cancels is where it does so; of two that sign it says nothing."""
    text = "The junta that rules Niger has revoked a military accord with the United States."
    assert report(classifier, "Niamey cancels US military accord", text).place == "Niamey"
    text = "Niger and the United States have signed a military accord."
    assert report(classifier, "Niamey signs US military accord", text).place is None


SUBJECTS = {
    "of its type": ("They signed a status of forces agreement.", {Subject.STATUS_OF_FORCES}),
    "of the words around it": (
        "They signed a defence accord. It lets Kenyan pilots train in Norway and covers military exercises.",
        {Subject.EXERCISE_TRAINING, Subject.GENERAL_DCA},
    ),
    "in general, where little is told": ("They signed a military pact. Patrols are mentioned.", {Subject.GENERAL_DCA}),
}


@pytest.mark.parametrize("kind", SUBJECTS)
def test_subjects(classifier: Classifier, kind: str) -> None:
    """What it covers, from its type and the words around; cooperation in general where nothing is sure."""
    text, subjects = SUBJECTS[kind]
    assert subjects <= set(report(classifier, "Norway and Kenya sign military pact", text).subjects)


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
    "sides in parallel": (
        "For Norway the signature came from Defence Minister Kari Lund, for Kenya from Peter Mwangi.",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
    "one without a title beside one who has it": (
        "Ragni Lund and Kenya's minister of defence, Peter Mwangi, signed it.",
        "Ragni Lund NOR, Peter Mwangi KEN",
    ),
    "letters behind a name": (
        "Norwegian Defence Minister Kari Lund M.P. and Kenyan Defence Minister Peter Mwangi signed it.",
        "Kari Lund NOR, Peter Mwangi KEN",
    ),
    "an honour inside a name": (
        "Kenyan President Hassan Sheikh Mwangi signed it.",
        "Hassan Sheikh Mwangi KEN",
    ),
    "the counterpart who speaks further down": (
        "Norwegian Minister Kari Lund signed it. Fog fell. It rained. Few came. Kenyan President Peter Mwangi spoke.",
        "Kari Lund NOR, Peter Mwangi KEN",
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
