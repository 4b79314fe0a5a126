"""A language is data: French beside English, and what a folder of a language has to hold."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from monitor.classify import Classifier
from monitor.classify.complete import check_complete
from monitor.classify.files import DATA, FIRST, RuleFiles, languages
from monitor.classify.lexicon import Lexicon
from monitor.classify.quality import labelled
from monitor.classify.text import Document
from monitor.cli import classify
from monitor.cli.main import options
from monitor.errors import RulesError
from monitor.models.article import Article

CORPUS = Path(__file__).parents[1] / "corpus" / "articles-fr.jsonl"
NOW = datetime(2025, 3, 20, tzinfo=UTC)
TEXT = (
    "ATHÈNES – La ministre norvégienne de la Défense, Astrid Lindqvist, et son homologue grec, Petros Vamvakas, "
    "ont signé mercredi à Athènes un accord de coopération militaire d’une durée de cinq ans. « C’est un pas "
    "important », a-t-elle dit. Il porte sur la formation des équipages."
)
LINE = {
    "id": "fr",
    "title": "La Norvège et la Grèce signent un accord de défense",
    "text": TEXT,
    "published_at": "2025-03-13T09:00:00Z",
}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load()


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.callback()(options)
    classify.register(made)
    return made


@pytest.mark.parametrize("language", languages())
def test_every_language_has_what_the_code_asks_for(language: str) -> None:
    """Each folder of a language holds the files, lists and classes of words that English does."""
    check_complete(language)


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("money.toml", None, None, "the file money.toml"),
        ("rules/stages.toml", None, None, "the file rules/stages.toml"),
        ("places.toml", "here = [", "near_here = [", "`here` in places.toml"),
        ("dates.toml", "ago_before = [", "ago = [", "`words.ago_before` in dates.toml"),
        ("rules/grammar.toml", "\nrow_joint = [", "\nrow_join = [", "`grammar.row_joint` in the files in rules"),
        ("rules/words.toml", "\nparliament = [", "\nparlement = [", "`classes.parliament` in the files in rules"),
    ],
)
def test_what_a_language_lacks_is_named(
    tmp_path: Path, file: str, old: str | None, new: str | None, named: str
) -> None:
    """A new language that lacks a file, a list or a class of words is refused by a message that names it."""
    for language in (FIRST, "fr"):
        shutil.copytree(DATA / language, tmp_path / language)
    check_complete("fr", tmp_path)
    path = tmp_path / "fr" / file
    if old is None or new is None:
        path.unlink()
    else:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(RulesError, match="'fr' lack") as raised:
        check_complete("fr", tmp_path)
    assert named in str(raised.value)


def test_a_french_article_from_the_command_line(app: typer.Typer, tmp_path: Path) -> None:
    """`classify` reads it, told by its small words alone; codes, dates and places are those of a report in English."""
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(LINE) + "\n", encoding="utf-8")
    answer = json.loads(CliRunner().invoke(app, ["classify", str(path)]).stdout)
    report = answer["reports"][0]
    assert (answer["kind"], report["parties"], report["status"]) == ("agreement", ["GRC", "NOR"], "signed")
    assert (report["date"], report["place"], report["years"]) == ("2025-03-12", "Athens", 5)
    assert [(person["name"], person["country"]) for person in report["signatories"]] == [
        ("Astrid Lindqvist", "NOR"),
        ("Petros Vamvakas", "GRC"),
    ]
    shown = CliRunner().invoke(app, ["explain", str(path)]).stdout
    assert "language fr" in shown


def test_spans_quote_french_exactly(classifier: Classifier) -> None:
    """Every piece of evidence stands in the article just so: accents, guillemets and typographic apostrophes."""
    pieces = 0
    for article, _ in labelled(CORPUS):
        for report in classifier.classify(article, arrived=NOW).reports:
            for piece in report.evidence:
                raw = article.title if piece.part == "title" else article.text
                assert raw[piece.start : piece.end] == piece.quote
                pieces += 1
    assert pieces > 200


def test_words_tied_by_an_apostrophe_are_two() -> None:
    """A French “l’accord” is an article and a noun; "aujourd’hui" and what English ties stay one word."""
    words = Document("", "L’accord d'Abidjan, qu’il a signé aujourd’hui", Lexicon.load("fr")).body
    assert words.words == ["L'", "accord", "d'", "Abidjan", "qu'", "il", "a", "signé", "aujourd'hui"]
    assert words.gloss[2] == "of"
    assert "".join(map("".join, zip(words.gaps, [*words.words, ""], strict=True))) == words.raw.replace("’", "'")
    assert Document("", "Quai d’Orsay, D'Souza", Lexicon.load("en")).body.words == ["Quai", "d'Orsay", "D'Souza"]


def test_the_gate_lets_french_through_as_json_writes_it(classifier: Classifier) -> None:
    """Letters by their number or as they are, in either case; other French news goes by."""
    for title in ("L’accord de défense est signé", "L’ACCORD DE DÉFENSE EST SIGNÉ"):
        for escaped in (True, False):
            assert classifier.gate(
                json.dumps({"title": title, "text": "Selon les deux pays"}, ensure_ascii=escaped).encode()
            )
    other = {"title": "Les pluies", "text": "Le conseil municipal a voté le budget des écoles de la ville."}
    assert not classifier.gate(json.dumps(other).encode())


def test_rules_of_ones_own_for_french_alone(tmp_path: Path) -> None:
    """A rule in `fr/` is read in French articles, not in English ones; the version tells that there is one more."""
    (tmp_path / "fr").mkdir()
    (tmp_path / "fr" / "mine.toml").write_text(
        '[[rule]]\nid = "watch.bouclier"\nrole = "agreement"\nabout = "Ours."\nmatch = ["bouclier polaire"]\n'
        'set = { instrument = "treaty", domain = "defence", name = "Bouclier polaire", parties = ["FIN", "NOR"] }\n',
        encoding="utf-8",
    )
    own = Classifier.of(RuleFiles.read(tmp_path))
    assert own.version != Classifier.load().version
    assert "watch.bouclier" in own.books["fr"].rules
    assert "watch.bouclier" not in own.books["en"].rules
    article = Article(id="b", language="fr", title="Le Bouclier polaire est signé", text="Il a été signé à Oslo.")
    report = own.classify(article, arrived=NOW).reports[0]
    assert (report.parties, report.name) == (("FIN", "NOR"), "Bouclier polaire")
