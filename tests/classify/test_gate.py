"""The gate lets through whatever may hold an agreement, and little else."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from monitor.classify.files import RuleFiles, languages
from monitor.classify.gate import Gate
from monitor.classify.rules import load_rules
from monitor.models.article import Article

CORPUS = Path(__file__).parents[1] / "corpus" / "articles.jsonl"


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate(*(load_rules(language) for language in languages()))


def raw(title: str, text: str = "") -> bytes:
    return json.dumps({"id": "x", "title": title, "text": text}).encode()


def test_it_passes_every_article_about_an_agreement(gate: Gate) -> None:
    """Not one of our labelled agreements is lost unread: by its own words, as they stand in Kafka, not by its label."""
    lines = [line for path in CORPUS.parent.glob("*.jsonl") for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(lines) > 500
    for line in lines:
        row = json.loads(line)
        if (row.get("label") or row["gold"])["class"] == "agreement":
            article = Article.decode(line.encode())
            assert gate.passes(article.encode()), row["title"]
            assert gate.passes(json.dumps(article.model_dump(mode="json")).encode()), row["title"]


@pytest.mark.parametrize(
    "title",
    [
        "DEFENCE PACT SIGNED",
        "Defense\ncooperation agreement",
        "Status of forces agreed",
        "status-of-forces text",
        "Acquisition and Cross-Servicing",
    ],
)
def test_case_hyphens_and_line_breaks_do_not_matter(gate: Gate, title: str) -> None:
    """A phrase is found in any case, and across hyphens and escaped line breaks."""
    assert gate.passes(raw(title))


@pytest.mark.parametrize(
    "record",
    [
        raw("Rain in Bergen", "It rained."),
        raw("The deal", "A deal was made. " + "Nothing else happened here. " * 100 + "The army bought bread."),
        raw("Compact cars", "Impacted by treatyless accordions"),
        b"",
        b"\xff\x00 no JSON at all",
    ],
)
def test_other_records_go_by_unread(gate: Gate, record: bytes) -> None:
    """Records without the words, with the words far apart, or that are no articles at all are refused."""
    assert not gate.passes(record)


def test_what_a_user_watches_for_passes(tmp_path: Path) -> None:
    """An agreement that a rule of one's own names is let through by that name alone."""
    (tmp_path / "mine.toml").write_text(
        '[[rule]]\nid = "my.shield"\nrole = "agreement"\nabout = "Ours."\nmatch = ["northern|southern shield"]\n'
        'set = { instrument = "treaty" }\n',
        encoding="utf-8",
    )
    assert Gate(load_rules("en", extra=RuleFiles.read(tmp_path))).passes(raw("Southern Shield grows"))
    assert not Gate(load_rules("en")).passes(raw("Southern Shield grows"))


def test_it_may_be_used_from_several_threads(gate: Gate) -> None:
    """Each thread has a scratch of its own: many threads at once give the same answers."""
    records = [raw("Defence pact signed"), raw("Rain in Bergen")] * 200
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(gate.passes, records)) == [True, False] * 200
