"""Every rule finds what it is for and nothing that only looks like it; broken rules are named with file and line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from monitor.classify.files import RuleFiles
from monitor.classify.lexicon import Lexicon
from monitor.classify.reading import Reading
from monitor.classify.rules import Role, RuleBook, load_rules
from monitor.classify.rules.pattern import PatternError, compile_pattern
from monitor.classify.text import Document
from monitor.errors import RulesError

CASES = tomllib.loads((Path(__file__).parent / "rules.toml").read_text(encoding="utf-8"))
FOLLOWED = " The pact and the military come later."
"""Makes the reader look at the rest of a text that would not interest it by itself."""


@pytest.fixture(scope="module")
def book() -> RuleBook:
    return load_rules("en")


def found(book: RuleBook, title: str) -> set[str]:
    reading = Reading(Document(title, FOLLOWED, Lexicon.load("en")), book, None)
    return {hit.rule.id for role in Role for hit in reading.hits(role, 0)}


@pytest.mark.parametrize("rule", sorted(CASES))
def test_a_rule_finds_its_words_and_no_others(book: RuleBook, rule: str) -> None:
    """The rule's own example is found by it; the near miss is not."""
    assert rule in found(book, CASES[rule]["hit"])
    assert rule not in found(book, CASES[rule]["miss"])


def test_every_rule_has_an_example_and_a_near_miss(book: RuleBook) -> None:
    """No rule is without a case, and no case without its rule."""
    assert set(CASES) == set(book.rules)


def write(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return folder


RULE = """# my rules
[[rule]]
id = "my.pact"
role = "agreement"
about = "An accord I follow."
match = ["northern shield"]
set = { instrument = "treaty", domain = "defence", name = "Northern Shield", parties = ["NOR", "SWE"] }
"""


def test_a_folder_of_ones_own_adds_rules(tmp_path: Path) -> None:
    """A user's rule stands beside the built-in ones, and the version changes with it."""
    own = load_rules("en", extra=RuleFiles.read(write(tmp_path / "rules", RULE)))
    assert own.rules["my.pact"].set.name == "Northern Shield"
    assert "agreement.treaty" in own.rules
    assert own.digest != load_rules("en").digest


def test_a_folder_of_ones_own_overrides_rules(tmp_path: Path) -> None:
    """A rule with the id of a built-in one takes its place."""
    text = RULE.replace("my.pact", "agreement.treaty")
    assert load_rules("en", extra=RuleFiles.read(write(tmp_path / "rules", text))).rules["agreement.treaty"].match == (
        "northern shield",
    )


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (RULE.replace("northern shield", "@nothing"), "mine.toml:2: rule my.pact: match: '@nothing' is no class"),
        (RULE.replace('role = "agreement"', 'role = "agrement"'), "mine.toml:2: rule my.pact: role"),
        (RULE.replace("set = ", "sets = "), "mine.toml:2: rule my.pact"),
        (RULE.replace('instrument = "treaty", ', ""), "has to set instrument"),
        (RULE + RULE.replace("# my rules\n", ""), "stands twice"),
        (RULE.replace("[[rule]]", "[[rules]]"), "no table is called 'rules'"),
        (RULE.replace('"treaty"', '"treaty'), "mine.toml"),
        (RULE.replace("northern shield", "northern? shield?"), "may match nothing at all"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, broken: str, said: str) -> None:
    """Whatever is wrong in a user's file, the message says where, and no half set of rules is used."""
    with pytest.raises(RulesError) as caught:
        load_rules("en", extra=RuleFiles.read(write(tmp_path / "rules", broken)))
    assert said in caught.value.message
    assert caught.value.hint


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A wrong path in the settings is an error, not an empty set of rules."""
    with pytest.raises(RulesError, match="is no folder"):
        load_rules("en", extra=RuleFiles.read(tmp_path / "nowhere"))


CLASSES = {"form": ["pact|treaty", "memorandum of understanding"]}


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("defence @form", "the defence pact", True),
        ("defence @form", "the defence memorandum of understanding", True),
        ("defence @form", "the defence, pact", False),
        ("defence-pact", "defence pact", True),
        ("put ..2 pen", "put the golden pen", True),
        ("put ..2 pen", "put the long golden pen", False),
        ("put ..2 pen", "put it. A pen", False),
        ("joint? drill", "drill", True),
        ("SOFA", "the SOFA text", True),
        ("SOFA", "the sofa text", False),
        ("minister 's pact", "the minister’s pact", True),
    ],
)
def test_patterns_match_as_documented(pattern: str, text: str, expected: bool) -> None:
    """Classes, gaps, optional words, capitals and hyphens mean what the documentation says."""
    from monitor.classify.rules.match import Matcher, breaks
    from monitor.classify.rules.model import Rule

    rule = Rule.model_validate({"id": "x", "role": "time", "about": "a test", "match": (pattern,)})
    part = Document("", text, Lexicon.load("en")).body
    hits = Matcher([(rule, compile_pattern(pattern, CLASSES))]).find(part, breaks(part))
    assert bool(hits) is expected


@pytest.mark.parametrize("pattern", ["a||b", "..99 word", "@unknown", "..3", "one?"])
def test_patterns_that_mean_nothing_are_refused(pattern: str) -> None:
    """A pattern that cannot be read, or would match everywhere, is an error."""
    with pytest.raises(PatternError):
        compile_pattern(pattern, CLASSES)
