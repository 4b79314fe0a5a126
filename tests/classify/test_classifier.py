"""What the classifier says of whole articles, its evidence, and how it bears anything it is given."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.classify import Classification, Classifier, article_reports, sightings
from monitor.models.article import Article
from monitor.models.record import Origin
from monitor.models.report import Report
from monitor.models.vocabulary import ActorKind, ActorRole, Instrument, Kind, Status, Subject

ARRIVED = datetime(2025, 11, 1, tzinfo=UTC)
ORIGIN = Origin(topic="pactwatch.articles", partition=0, offset=7, article_id="a", rules_version="r")
CORPUS = Path(__file__).parents[1] / "corpus"

SIGNED = Article(
    id="signed",
    title="Norland and the rest: Norway, Kenya sign status of forces agreement",
    text=(
        "OSLO - Norway and Kenya on Tuesday signed a Status of Forces Agreement (SOFA) that will run for ten years. "
        "Defence Minister Kari Lund and her Kenyan counterpart Peter Mwangi put their names to it in Oslo. "
        "The agreement lets soldiers of either side train in the other country. It will be ratified in March."
    ),
    published_at=datetime(2025, 3, 5, 9, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


def only(classification: Classification) -> Report:
    assert classification.kind is Kind.AGREEMENT, classification.trace.parts
    return classification.reports[0]


def test_the_fields_of_a_plain_report(classifier: Classifier) -> None:
    """Parties, form, stage, day, place, term, name, signatories and what is planned are read from one short wire."""
    report = only(classifier.classify(SIGNED, arrived=ARRIVED))
    assert report.parties == ("KEN", "NOR")
    assert report.status is Status.SIGNED
    assert report.instrument is Instrument.AGREEMENT
    assert Subject.STATUS_OF_FORCES in report.subjects
    assert report.date == date(2025, 3, 4)
    assert report.place == "Oslo"
    assert report.years == 10
    assert report.name == "Status of Forces Agreement"
    assert report.acronym == "SOFA"
    assert {(person.name, person.country) for person in report.signatories} >= {("Kari Lund", "NOR")}
    assert report.planned is not None
    assert report.planned.status is Status.RATIFIED


STAGES = [
    ("Norway and Kenya to sign defence pact next week", Status.AGREED),
    ("Norway, Kenya in talks on defence pact", Status.NEGOTIATING),
    ("Norway proposes defence pact with Kenya", Status.PROPOSED),
    ("Kenyan parliament ratifies defence pact with Norway", Status.RATIFIED),
    ("Kenyan parliament refuses to ratify defence pact with Norway", Status.REJECTED),
    ("Norway and Kenya initial defence pact", Status.INITIALLED),
    ("Defence pact between Norway and Kenya enters into force", Status.IN_FORCE),
    ("Kenya suspends defence pact with Norway", Status.SUSPENDED),
    ("Kenya suspends termination of defence pact with Norway", Status.SUSPENDED),
    ("Kenya scraps defence pact with Norway", Status.TERMINATED),
    ("Defence pact between Norway and Kenya expires", Status.EXPIRED),
    ("Kenya and Norway renew defence pact for five years", Status.RENEWED),
    ("Kenya and Norway amend defence pact", Status.AMENDED),
    ("Kenya's parliament delays ratification of defence pact with Norway", Status.STALLED),
    ("Norway, Kenya conclude negotiations on defence pact", Status.AGREED),
]


@pytest.mark.parametrize(("title", "status"), STAGES)
def test_stages_as_headlines_tell_them(classifier: Classifier, title: str, status: Status) -> None:
    """Tense, refusal, delay and acts upon acts decide what stage is reported."""
    article = Article(
        id="s", title=title, text="Soldiers of Norway and Kenya will train together, the defence ministry said."
    )
    assert only(classifier.classify(article, arrived=ARRIVED)).status is status


NOTHING = [
    "Defence rests in trial over broken contract",
    "Striker signs two-year deal to strengthen defence",
    "Norway and Kenya sign free trade agreement",
    "Rebels and government sign ceasefire agreement",
    "Norway and Kenya sign extradition treaty",
    "Norway denies reports of defence pact with Kenya",
    "No defence pact with Kenya, says Norway",
]


@pytest.mark.parametrize("title", NOTHING)
def test_what_only_looks_like_it_is_no_agreement(classifier: Classifier, title: str) -> None:
    """Courts, sport, trade, ceasefires, police treaties and denials raise no alert."""
    article = Article(id="n", title=title, text=title + ". More is expected tomorrow.")
    assert classifier.classify(article, arrived=ARRIVED).kind is not Kind.AGREEMENT


SEEDS = [CORPUS.parents[1] / "seeds" / "framework.txt", *(CORPUS.parents[2] / "shared" / "seeds").glob("*.txt")]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
@pytest.mark.parametrize("title", ["", "India and the United States sign ten-year defence framework"])
def test_the_article_that_started_the_project(classifier: Classifier, path: Path, title: str) -> None:
    """It gives every field exactly, restated or as it was, with a headline or without."""
    article = Article(
        id="seed",
        title=title,
        text=path.read_text(encoding="utf-8"),
        published_at=datetime(2025, 10, 31, 12, tzinfo=UTC),
    )
    report = only(classifier.classify(article, arrived=ARRIVED))
    assert report.parties == ("IND", "USA")
    assert (report.instrument, report.status) == (Instrument.FRAMEWORK, Status.SIGNED)
    assert (report.date, report.place, report.years) == (date(2025, 10, 31), "Kuala Lumpur", 10)
    assert report.name == "Framework for the US-India Major Defence Partnership"
    people = {(person.name, person.role, person.country) for person in report.signatories}
    assert people == {("Rajnath Singh", "Defence Minister", "IND"), ("Pete Hegseth", "Secretary of War", "USA")}


def test_several_agreements_stay_apart(classifier: Classifier) -> None:
    """Two agreements of an article give two reports, each with its own parties."""
    article = Article(
        id="two",
        title="A day of signatures in Oslo",
        text=(
            "Norway and Kenya signed a defence cooperation agreement on Tuesday. "
            "Chile and Peru signed a military training agreement an hour later."
        ),
        published_at=datetime(2025, 3, 5, tzinfo=UTC),
    )
    parties = {report.parties for report in classifier.classify(article, arrived=ARRIVED).reports}
    assert parties == {("KEN", "NOR"), ("CHL", "PER")}


def test_the_records_it_gives_to_the_pipeline(classifier: Classifier) -> None:
    """Reports carry hash, credits and fingerprint; sightings name parties, their pair and the signatories."""
    classification = classifier.classify(SIGNED, arrived=ARRIVED)
    record = article_reports(classification, SIGNED, arrived=ARRIVED, origin=ORIGIN)
    assert record.kind is Kind.AGREEMENT
    assert record.text_hash == SIGNED.text_hash
    assert len(record.fingerprint) == 64
    seen = {
        sighting.actor_key: sighting for sighting in sightings(classification, SIGNED, arrived=ARRIVED, origin=ORIGIN)
    }
    assert seen["country:NOR"].role is ActorRole.PARTY
    assert seen["pair:KEN+NOR"].actor_kind is ActorKind.PAIR
    assert seen["person:NOR/lund"].role is ActorRole.SIGNATORY
    assert seen["person:NOR/lund"].office == "Defence Minister"


def test_an_article_about_nothing_gives_an_empty_record(classifier: Classifier) -> None:
    """What had been reported before a revision can be taken back: the record is there, and empty."""
    article = Article(id="a", title="Rain in Bergen", text="It rained.")
    classification = classifier.classify(article, arrived=ARRIVED)
    record = article_reports(classification, article, arrived=ARRIVED, origin=ORIGIN)
    assert (record.kind, record.reports, record.fingerprint) == (None, (), ())
    assert sightings(classification, article, arrived=ARRIVED, origin=ORIGIN) == []


SPANISH = (
    "OSLO - Noruega y Kenia firmaron el martes un acuerdo de defensa (SOFA defence agreement) por diez años. "
    "Los ministros se reunieron en la capital noruega, donde hablaron también de la formación militar de los dos "
    "ejércitos y de las patrullas."
)


@pytest.mark.parametrize(
    ("language", "unread"), [("es", "es"), ("es-ES", "es"), ("", "und"), ("en", ""), ("en-GB", ""), ("fr-CA", "")]
)
def test_a_language_without_rules_is_said_so(classifier: Classifier, language: str, unread: str) -> None:
    """An article that no rules can read is no "nothing": its language is named, so that it can be counted."""
    article = Article(id="f", title="Noruega", text=SPANISH, language=language)
    trace = classifier.classify(article, arrived=ARRIVED).trace
    assert trace.unread == unread
    assert bool(trace.language) is not bool(unread)


def test_dates_are_never_made_up(classifier: Classifier) -> None:
    """Without a publication date "on Tuesday" is no day, whenever the article arrived."""
    undated = SIGNED.model_copy(update={"published_at": None})
    assert only(classifier.classify(undated, arrived=ARRIVED)).date is None


def evidence_of(classification: Classification) -> Iterator[tuple[str, int, int, str]]:
    for report in classification.reports:
        for entry in report.evidence:
            yield entry.part, entry.start, entry.end, entry.quote


def check_evidence(article: Article, classification: Classification) -> None:
    for part, start, end, quote in evidence_of(classification):
        raw = article.title if part == "title" else article.text
        assert 0 <= start < end <= len(raw)
        assert raw[start:end] == quote


def test_every_field_of_every_report_has_evidence(classifier: Classifier) -> None:
    """On our whole corpus: each stated field has words to rest on, quoted exactly, by a rule that is named."""
    for line in (CORPUS / "articles.jsonl").read_text(encoding="utf-8").splitlines():
        article = Article.model_validate_json(line)
        classification = classifier.classify(article, arrived=ARRIVED)
        check_evidence(article, classification)
        for report in classification.reports:
            if report.kind is not Kind.AGREEMENT:
                continue
            shown = {entry.field for entry in report.evidence}
            stated = {
                name
                for name in ("status", "date", "place", "years", "name", "parties", "subjects", "signatories")
                if getattr(report, name)
            }
            assert stated <= shown, (article.id, stated - shown)
            assert all(entry.rule for entry in report.evidence)


WORDS = st.sampled_from(
    [
        *(
            "signed",
            "will",
            "not",
            "to",
            "sign",
            "ratify",
            "the",
            "a",
            "defence",
            "military",
            "pact",
            "agreement",
            "treaty",
        ),
        *(
            "between",
            "and",
            "with",
            "India's",
            "U.S.",
            "Japan",
            "(SOFA)",
            "“",
            "”",
            "'",
            ",",
            ".",
            ";",
            "-",
            "—",
            "?",
            "\n",
        ),
        *(
            "10-year",
            "until",
            "2030",
            "on",
            "Friday",
            "in",
            "Oslo",
            "Minister",
            "John",
            "Smith",
            "talks",
            "of",
            "by",
            "who",
        ),
        *(
            "termination",
            "suspended",
            "SIGNED",
            "PACT",
            "日本",
            "e\u0301",
            "\u200b",
            "🇳🇴",
            "$5bn",
            "Reuters",
            "1995",
            "last",
            "week",
        ),
    ]
)
ANY_TEXT = st.one_of(st.lists(WORDS, max_size=60).map(" ".join), st.text(max_size=400))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=ANY_TEXT, text=ANY_TEXT, dated=st.booleans())
def test_any_text_gives_an_answer(classifier: Classifier, title: str, text: str, dated: bool) -> None:
    """Whatever stands in an article: no exception, exact evidence, a probability for a score, twice the same."""
    article = Article(id="x", title=title, text=text, published_at=ARRIVED if dated else None)
    classification = classifier.classify(article, arrived=ARRIVED)
    check_evidence(article, classification)
    assert 0 <= classification.score <= 1
    assert classification == classifier.classify(article, arrived=ARRIVED)
    json.loads(article_reports(classification, article, arrived=ARRIVED, origin=ORIGIN).encode())


def seconds(classifier: Classifier, article: Article) -> float:
    start = time.process_time()
    classifier.classify(article, arrived=ARRIVED)
    return time.process_time() - start


@pytest.mark.parametrize(
    "sentence", [SIGNED.text, "the pact was signed " * 10, "(" * 60, "Norway and Kenya, " * 12, "a “b " * 40]
)
def test_time_is_linear_in_the_text(classifier: Classifier, sentence: str) -> None:
    """A text of 1 MB takes at most 400 times as long as one of 2.5 kB, whatever it is made of."""

    def long(size: int) -> Article:
        return Article(id="x", title=SIGNED.title, text=(sentence + "\n") * (size // (len(sentence) + 1)))

    short = min(seconds(classifier, long(2_500)) for _ in range(5))
    assert seconds(classifier, long(1_000_000)) <= 400 * max(short, 0.001)


def test_names_of_ones_own_are_read(tmp_path: Path) -> None:
    """A folder of one's own adds to the gazetteers, and not to the rules alone."""
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "states.tsv").write_text("NOR\tNorge\tnorsk\n", encoding="utf-8")
    article = SIGNED.model_copy(update={"title": "", "text": SIGNED.text.replace("Norway", "Norge")})
    assert only(Classifier.load(tmp_path).classify(article, arrived=ARRIVED)).parties == ("KEN", "NOR")
