"""Reports as a perfect classifier would give them, made from gold labels; and ways to spoil them.

So tracking is judged by itself.  The gold labels name the codebook's fields only; what they leave out of a text
(sites, what is planned, an end) stands in `EXTRAS`, read from the texts by hand.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from monitor.models.article import Article, ArticleRef
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, Cost, Planned, Report, Signatory
from monitor.models.vocabulary import Instrument, Kind, Status, Subject

CORPUS = Path(__file__).parents[1] / "corpus"


@dataclass(frozen=True)
class Story:
    """An article with its gold labels."""

    article: Article
    gold: dict[str, Any]
    order: int


def stories(path: Path) -> list[Story]:
    """Read a story set."""
    found = []
    for order, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        gold = row.pop("gold")
        found.append(Story(Article.model_validate_json(json.dumps(row)), gold, order))
    return found


EXTRAS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "extras.json").read_text(encoding="utf-8"))


def report_of(gold: dict[str, Any], extra: dict[str, Any]) -> Report:
    """Return the report a perfect classifier makes of an article on an agreement."""
    facts = gold["facts"]
    planned = extra.get("planned")
    return Report(
        kind=Kind.AGREEMENT,
        parties=tuple(sorted(facts["parties"])),
        instrument=Instrument(facts["instrument"]),
        subjects=tuple(Subject(subject) for subject in facts["subjects"][:3]),
        status=Status(gold["status"]),
        date=date.fromisoformat(facts["date"]) if facts["date"] else None,
        place=facts["place"],
        years=facts["years"],
        name=facts["name"],
        signatories=tuple(Signatory(**person) for person in facts["signatories"]),
        aliases=tuple(extra.get("aliases", ())),
        sites=tuple(extra.get("sites", ())),
        cost=Cost(amount=extra["cost"][0], currency=extra["cost"][1]) if "cost" in extra else None,
        planned=Planned(
            status=Status(planned["status"]),
            date=date.fromisoformat(planned["date"]) if planned.get("date") else None,
            place=planned.get("place"),
            people=tuple(Signatory(name=name) for name in planned.get("people", ())),
        )
        if planned
        else None,
        until=date.fromisoformat(extra["until"]) if "until" in extra else None,
        score=0.9,
    )


def record_of(story: Story, reports: tuple[Report, ...]) -> ArticleReports:
    """Return the record of `reports` for an article."""
    arrived = story.article.published_at or datetime(2026, 1, 1, tzinfo=UTC)
    return ArticleReports(
        article=ArticleRef.of(story.article, arrived=arrived),
        kind=reports[0].kind if reports else None,
        score=0.9 if reports else 0.0,
        reports=reports,
        text_hash=story.article.text_hash,
        origin=Origin(topic="articles", partition=0, offset=story.order, article_id=story.article.id),
    )


def records(
    found: list[Story], spoil: Callable[[Report, random.Random], Report | None] | None = None, seed: int = 0
) -> Iterator[ArticleReports]:
    """Yield the records of a story set, as a classifier that errs by ``spoil`` would give them."""
    chance = random.Random(seed)
    for story in found:
        if story.gold["class"] == "agreement":
            report = report_of(story.gold, EXTRAS.get(story.article.id, {}))
            spoilt = spoil(report, chance) if spoil else report
            yield record_of(story, (spoilt,) if spoilt else ())
