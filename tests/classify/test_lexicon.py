"""The language data, and what a user adds to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.classify.countries import find_countries
from monitor.classify.files import DATA, RuleFiles, languages
from monitor.classify.lexicon import Lexicon
from monitor.classify.persons import find_persons
from monitor.classify.text import Document
from monitor.errors import RulesError


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def test_every_file_says_what_it_holds() -> None:
    """Each data file begins with a comment."""
    files = [file for folder in ("gazetteer", *languages()) for file in (DATA / folder).glob("*.t*")]
    assert files
    assert [file.name for file in files if not file.read_text(encoding="utf-8").startswith("# ")] == []


def test_a_user_adds_names_and_titles(tmp_path: Path) -> None:
    """Files of the same names in the user's folder are read too: names, adjectives and titles of his own."""
    write(tmp_path, "en/states.tsv", "NOR\tNorge\tnorsk\n")
    write(tmp_path, "en/role_titles.toml", 'heads = ["statsråd"]\n')
    lexicon = Lexicon.load("en", extra=RuleFiles.read(tmp_path))
    doc = Document("", "Norge agreed. A norsk officer met Statsråd Kari Nordmann.", lexicon)
    countries = find_countries(doc)
    assert [(mention.code, mention.text) for mention in countries] == [("NOR", "Norge"), ("NOR", "norsk")]
    assert [(person.name, person.role) for person in find_persons(doc, countries)] == [("Kari Nordmann", "Statsråd")]
    assert find_countries(Document("", "Norge agreed.", Lexicon.load("en"))) == ()


def test_the_version_tells_the_data(tmp_path: Path) -> None:
    """The same files give the same version, other files another one."""
    plain = Lexicon.load("en").version
    assert Lexicon("en").version == plain
    write(tmp_path, "gazetteer/places.tsv", "Akershus\tNOR\tsite\n")
    assert Lexicon.load("en", extra=RuleFiles.read(tmp_path)).version != plain


BROKEN = {
    "en/states.tsv": ("NOR\ta\tb\tc\td\n", "line 1: 5 columns, at most 3"),
    "en/seats.tsv": ("# x\n\n\tPentagon\n", "line 3: the first column is empty"),
    "en/organisations.tsv": ("XYZ\tXyz League\n", "'XYZ' is not in organisation_kinds.tsv"),
    "gazetteer/places.tsv": ("Oslo\tNOR\tplanet\n", "'planet' is no kind"),
    "en/ambiguous.toml": ('[[ambiguous]]\nphrase = "X"\n', "lacks 'readings'"),
    "en/countries.toml": ("given = [\n", "not TOML"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_named(tmp_path: Path, name: str) -> None:
    """What is wrong with a user's file is said with the file and, where there are lines, the line."""
    text, message = BROKEN[name]
    lexicon = Lexicon.load("en", extra=RuleFiles.read(write(tmp_path, name, text)))
    with pytest.raises(RulesError, match=message):
        find_countries(Document("", "India", lexicon))


def test_unreadable_data(tmp_path: Path) -> None:
    """A file that is no UTF-8 is an error that names it."""
    write(tmp_path, "en/states.tsv", "")
    (tmp_path / "en" / "states.tsv").write_bytes(b"\xff\xfe")
    with pytest.raises(RulesError, match=r"states\.tsv cannot be read"):
        find_countries(Document("", "India", Lexicon.load("en", extra=RuleFiles.read(tmp_path))))
