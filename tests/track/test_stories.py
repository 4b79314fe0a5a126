"""Stories told over months: what tracking makes of them when the classifier is perfect, and when it errs.

The figures are floors: they fail when tracking gets worse.  They were set a little below what was measured.
"""

from __future__ import annotations

from statistics import mean

import pytest

from monitor.classify import Classifier, article_reports
from monitor.models.record import Origin
from tests.track.oracle import CORPUS, records, stories
from tests.track.scoring import Figures, figures, run
from tests.track.spoil import (
    USUAL,
    Spoiler,
    drop,
    only_mention,
    wrong_date,
    wrong_instrument,
    wrong_parties,
    wrong_status,
    wrong_subjects,
)

SETS = {
    name: stories(CORPUS / name)
    for name in (
        "stories.jsonl",
        "stories-own.jsonl",
        "stories-3.jsonl",
        "stories-shapes.jsonl",
    )
}


def measured(name: str, spoil: Spoiler | None, seeds: int) -> Figures:
    """Return the mean figures over several seeds."""
    found = SETS[name]
    rows = [figures(found, *run(list(records(found, spoil, seed)))) for seed in range(seeds)]
    columns = (mean(getattr(row, field) for row in rows) for field in ("precision", "stages", "facts", "together"))
    return Figures(*columns)


def holds(found: Figures, floor: tuple[float, float, float, float]) -> None:
    """Check figures against their floors."""
    assert found.precision >= floor[0], found
    assert found.stages >= floor[1], found
    assert found.facts >= floor[2], found
    assert found.together >= floor[3], found


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("stories.jsonl", (0.98, 0.99, 0.98, 0.98)),
        ("stories-own.jsonl", (0.98, 0.99, 0.85, 0.98)),
        ("stories-3.jsonl", (0.98, 0.99, 0.75, 0.98)),
    ],
)
def test_with_perfect_reports_people_get_one_alert_per_new_fact(
    name: str, floor: tuple[float, float, float, float]
) -> None:
    """What is missed or told twice with perfect reports is a fault of tracking alone."""
    holds(measured(name, None, 1), floor)


ERRORS: dict[str, tuple[Spoiler, tuple[float, float, float, float]]] = {
    "names are missing": (drop("name", share=0.4), (0.95, 0.98, 0.75, 0.96)),
    "no name at all": (drop("name", share=1), (0.98, 0.98, 0.75, 0.94)),
    "dates and places are missing": (drop("date", "place", share=0.4), (0.94, 0.98, 0.75, 0.97)),
    "no date, no place, nobody": (drop("date", "place", "signatories", share=1), (0.98, 0.98, 0.75, 0.96)),
    "the form is wrong": (wrong_instrument(0.3), (0.96, 0.98, 0.75, 0.96)),
    "the subject is wrong": (wrong_subjects(0.3), (0.94, 0.98, 0.75, 0.93)),
    "the stage is off by one": (wrong_status(0.1), (0.93, 0.95, 0.70, 0.95)),
    "the date is off": (wrong_date(0.2), (0.96, 0.98, 0.75, 0.96)),
    "a party is missing or wrong": (wrong_parties(0.1), (0.95, 0.97, 0.75, 0.94)),
    "news is taken for a mention": (only_mention(0.1), (0.96, 0.93, 0.55, 0.95)),
    "all of it": (USUAL, (0.86, 0.93, 0.68, 0.87)),
}


@pytest.mark.parametrize("name", ["stories.jsonl", "stories-own.jsonl"])
@pytest.mark.parametrize("error", ERRORS)
def test_errors_of_the_classifier_are_borne(name: str, error: str) -> None:
    """Identity and decisions rest on several legs: with one knocked out they still stand."""
    spoil, floor = ERRORS[error]
    holds(measured(name, spoil, 3), floor)


def test_an_alert_for_every_article_is_far_worse() -> None:
    """The measure itself tells good from bad: the baseline that alerts on every article stays far below."""
    found = SETS["stories.jsonl"]
    everything = [story.article.id for story in found if story.gold["class"] == "agreement"]
    baseline = figures(found, everything, {})
    assert baseline.precision < 0.6
    assert baseline.together < 0.35


READ = {
    "stories.jsonl": (0.94, 0.93, 0.81, 0.97),
    "stories-own.jsonl": (0.93, 0.97, 0.66, 0.96),
    "stories-3.jsonl": (0.95, 0.85, 0.75, 0.92),
    "stories-shapes.jsonl": (0.95, 0.95, 0.0, 0.9),
}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """Return the classifier that comes with it."""
    return Classifier.load()


@pytest.mark.parametrize("name", READ)
def test_with_the_reports_of_the_classifier_stories_are_told_as_well_as_before(
    name: str, classifier: Classifier
) -> None:
    """Recognition and tracking together; what either loses is lost to people."""
    read = []
    for story in SETS[name]:
        assert story.article.published_at is not None
        found = classifier.classify(story.article, arrived=story.article.published_at)
        origin = Origin(topic="articles", partition=0, offset=story.order, article_id=story.article.id)
        read.append(article_reports(found, story.article, arrived=story.article.published_at, origin=origin))
    in_order = sorted(read, key=lambda record: (record.article.sort_time, record.origin.offset))
    holds(figures(SETS[name], *run(in_order)), READ[name])
