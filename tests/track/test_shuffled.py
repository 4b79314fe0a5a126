"""Stories as the classifier reads them, in any order: what a dossier knows hangs on what it was given alone."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from monitor.classify import Classifier, article_reports
from monitor.models.record import Origin
from monitor.models.report import ArticleReports
from monitor.track import Dossiers
from monitor.track.dossier import Dossier
from tests.track.oracle import CORPUS, stories
from tests.track.test_laws import known

Held = frozenset[tuple[str, int, str]]
"""The reports of a dossier: article, ordinal, and as what it was taken."""


@pytest.fixture(scope="module")
def read() -> list[ArticleReports]:
    """Return the records of two story sets, mentions and hints too."""
    classifier, records = Classifier.load(), []
    for name in ("stories-own.jsonl", "stories-3.jsonl"):
        for story in stories(CORPUS / name):
            arrived = story.article.published_at or datetime(2026, 1, 1, tzinfo=UTC)
            found = classifier.classify(story.article, arrived=arrived)
            origin = Origin(topic="articles", partition=0, offset=story.order, article_id=story.article.id)
            records.append(article_reports(found, story.article, arrived=arrived, origin=origin))
    return records


def followed(records: list[ArticleReports]) -> dict[Held, Dossier]:
    """Track records in their order; return the dossiers by what they hold."""
    dossiers = Dossiers()
    for record in records:
        draft = dossiers.draft()
        draft.apply(record, record.origin)
        draft.commit()
    return {
        frozenset((entry.article_id, entry.ordinal, entry.kind) for entry in dossier.entries): dossier
        for dossier in dossiers.all()
    }


def test_dossiers_of_the_same_reports_know_the_same_in_whatever_order_they_came(read: list[ArticleReports]) -> None:
    """Late, early, founded by another article: facts with their sources, and stages with their days, are equal."""
    told = followed(read)
    compared = 0
    for seed in range(6):
        shuffled = list(read)
        random.Random(seed).shuffle(shuffled)
        for held, dossier in followed(shuffled).items():
            if held in told:
                compared += len(held) > 1
                assert known(list(dossier.entries)) == known(list(told[held].entries))
                assert dossier.articles == told[held].articles
    assert compared >= 12


def test_reports_of_one_dossier_shuffled_by_themselves_end_in_the_same_dossier(read: list[ArticleReports]) -> None:
    """Each dossier rebuilt from its entries in random order, through the table's bytes, is the same again."""
    chance = random.Random(1)
    for dossier in followed(read).values():
        entries = list(dossier.entries)
        for _ in range(5):
            chance.shuffle(entries)
            rebuilt = Dossier(dossier.id)
            for entry in entries:
                rebuilt = rebuilt.with_entry(entry)
            assert known(list(rebuilt.entries)) == known(list(dossier.entries))
