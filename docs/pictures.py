"""Draw the README's pictures from the real program: ``python docs/pictures.py``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.classify import Classifier, article_reports
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.models.record import Origin
from monitor.models.vocabulary import FalseAlarm
from monitor.slack import render, svg
from monitor.slack.notes import NOTHING, Notes, Silence, Voice
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
    at = datetime(2025, 10, 31, 9, 44, tzinfo=UTC)
    silence = Silence(("m",), at + timedelta(days=7), "Ann Lee")
    states = {
        "alert": NOTHING,
        "acknowledged": Notes(acknowledged=(Voice("Ann Lee", at),), silence=silence),
        "false-alarm": Notes(false_alarm=Voice("Ann Lee", at, FalseAlarm.OLD_NEWS)),
    }
    for name, notes in states.items():
        message = render(framework(), public_url="https://pactwatch.example", notes=notes, answered=True)
        (folder / f"{name}.svg").write_text(svg(message, zone=UTC), encoding="utf-8")
