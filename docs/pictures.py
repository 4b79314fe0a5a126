"""Draw the README's pictures from the real program: ``python docs/pictures.py``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from monitor.classify import Classifier, article_reports
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.models.record import Origin
from monitor.slack import render, svg
from monitor.track import Dossiers

ROOT = Path(__file__).parents[1]


def framework() -> Alert:
    """Return the alert that the project's first article gives."""
    article = Article(
        id="framework",
        title="India and the United States sign ten-year defence framework",
        text=(ROOT / "seeds" / "framework.txt").read_text(encoding="utf-8"),
        url="https://news.example/india-us-framework",
        source="Straits Courier",
        language="en",
        published_at=datetime(2025, 10, 31, 9, 40, tzinfo=UTC),
    )
    arrived = datetime(2025, 10, 31, 9, 41, tzinfo=UTC)
    origin = Origin(topic="articles", partition=0, offset=0, article_id=article.id)
    found = Classifier.load().classify(article, arrived=arrived)
    decision = Dossiers.load([]).draft().apply(article_reports(found, article, arrived=arrived, origin=origin), origin)
    return decision.alerts[0]


if __name__ == "__main__":
    folder = ROOT / "docs" / "pictures"
    folder.mkdir(exist_ok=True)
    message = render(framework(), public_url="https://pactwatch.example", answered=True)
    (folder / "alert.svg").write_text(svg(message, zone=UTC), encoding="utf-8")
