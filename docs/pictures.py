"""Draw the README's pictures from the real program: ``python docs/pictures.py``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.classify import Classifier, article_reports
from monitor.feeds.found import Fault
from monitor.feeds.sources import read_all
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.models.delivery import Delivery
from monitor.models.record import Origin
from monitor.models.vocabulary import DeliveryState, FalseAlarm, Hold
from monitor.settings import Settings
from monitor.slack import Message, render, svg
from monitor.slack.digest import lines_of, render_digest
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


def night() -> Message:
    """Return the digest that the small archive's alerts make."""
    draft = Dossiers.load([]).draft()
    classifier = Classifier.load()
    alerts: list[Alert] = []
    for number, item in enumerate(read_all([str(ROOT / "seeds" / "articles.jsonl")], Settings().feeds)):
        assert not isinstance(item, Fault)
        article = item.article
        arrived = article.published_at or datetime(2025, 10, 31, tzinfo=UTC)
        origin = Origin(topic="articles", partition=0, offset=number, article_id=article.id)
        found = classifier.classify(article, arrived=arrived)
        alerts += draft.apply(article_reports(found, article, arrived=arrived, origin=origin), origin).alerts
    newest = max(alert.at for alert in alerts)
    lines = lines_of([alert for alert in alerts if newest - alert.at < timedelta(days=300)])[:5]
    for line in lines[:2]:
        line.address = "https://workspace.slack.com/archives/C012AB3CD/p1761903600000100"
    digest = Delivery(
        alert_id="digest-0.001",
        channel="#pacts",
        state=DeliveryState.QUEUED,
        hold=Hold.DIGEST,
        mention=("here",),
        updated_at=datetime(2025, 10, 31, 6, tzinfo=UTC),
    )
    return render_digest(digest, lines, public_url="https://pactwatch.example")


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
    (folder / "digest.svg").write_text(svg(night(), zone=UTC), encoding="utf-8")
