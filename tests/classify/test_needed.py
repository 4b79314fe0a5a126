"""Every rule is needed: there is an article of the corpus of which something else would be said without it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.classify import Classifier
from monitor.classify.files import FIRST
from monitor.classify.quality import labelled
from monitor.classify.reading import Reading
from monitor.classify.rules import Hit
from monitor.classify.text import TextPart
from monitor.models.article import Article

CORPUS = Path(__file__).parents[1] / "corpus"
SETS = ("articles", "articles-2", "articles-3", "articles-4", "stories-own", "stories-3", "stories")
WHEN = datetime(2025, 11, 1, tzinfo=UTC)

sort = Reading._sort
"""Where every hit comes by."""


MORE = (
    Article(
        id="talks",
        title="Canberra and Jakarta: what the week brought",
        text="Australia and Indonesia have finalised discussions on a status of forces agreement. Soldiers are glad.",
    ),
    Article(
        id="history",
        title="Editorial: soldiers and schools",
        text="Norway has signed an agreement with Kenya on the training of soldiers. Is that wise? We think it is not.",
    ),
)
"""Articles that are decided by a rule that decides none of the sets."""


class Watch:
    """Sees the rules that find anything in an article, and hides the hits of one."""

    def __init__(self) -> None:
        self.hidden = ""
        self.seen: set[str] = set()

    def __call__(self, reading: Reading, part: TextPart, hits: Sequence[Hit]) -> None:
        self.seen.update(hit.rule.id for hit in hits)
        sort(reading, part, [hit for hit in hits if hit.rule.id != self.hidden])


def watched(watch: Watch) -> Callable[[Reading, TextPart, Sequence[Hit]], None]:
    def through(reading: Reading, part: TextPart, hits: Sequence[Hit]) -> None:
        watch(reading, part, hits)

    return through


def said(classifier: Classifier, article: Article) -> Any:
    """Return what is decided of an article, without the words it rests on and how surely."""
    answer = classifier.classify(article, arrived=WHEN)
    reports = [report.model_dump(exclude={"score", "evidence"}) for report in answer.reports]
    return answer.kind, reports


def articles() -> Iterator[Article]:
    for name in SETS:
        yield from (article for article, _ in labelled(CORPUS / f"{name}.jsonl"))
    yield from MORE


def test_no_rule_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the hits of a rule the answer is another for some article that has them; no rule is without one."""
    classifier = Classifier.load()
    watch = Watch()
    monkeypatch.setattr(Reading, "_sort", watched(watch))
    having: dict[str, list[tuple[Article, Any]]] = defaultdict(list)
    for article in articles():
        watch.seen.clear()
        answer = said(classifier, article)
        for rule in watch.seen:
            having[rule].append((article, answer))
    idle = []
    for rule in classifier.books[FIRST].rules:
        watch.hidden = rule
        if not any(said(classifier, article) != answer for article, answer in having[rule]):
            idle.append(rule)
    assert not idle
