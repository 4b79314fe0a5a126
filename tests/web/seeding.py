"""Puts the small archive through the real classifier, tracker and counter, and everything it gives into the topics.

Two articles are hostile: their titles and sources are what would become script if any text became HTML.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from confluent_kafka import Consumer, Producer, TopicPartition

from monitor.actors import Counts
from monitor.classify import Classifier, article_reports, sightings
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.models.dead_letter import DeadLetter
from monitor.models.delivery import Delivery
from monitor.models.mute import Mute
from monitor.models.record import Origin
from monitor.models.verdict import Verdict
from monitor.models.vocabulary import DeliveryState
from monitor.settings import Settings
from monitor.track import Dossiers

SEEDS = Path(__file__).parents[2] / "seeds" / "articles.jsonl"
HOSTILE_TITLE = (
    '<img src=x onerror="window.pwned=1"> ${alert(1)} {{ 7*7 }} `x` </script><script>window.pwned=2</script>'
)
HOSTILE_SOURCE = "=HYPERLINK(\"javascript:alert(1)\") <svg onload='window.pwned=3'>"
HOSTILE_ID = "evil/../<b onmouseover=window.pwned=4>&?#%"
SILENT_ID = "nothing-in-it"
RAW_LETTER = b'{"id": "<script>window.pwned=5</script>"'


@dataclass
class Made:
    """Records by topic, as (key, value); and what tests look for in them."""

    records: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    alerts: list[Alert] = field(default_factory=list)
    agreements: set[str] = field(default_factory=set)

    def add(self, topic: str, key: str, value: bytes) -> None:
        self.records.setdefault(topic, []).append((key, value))


@cache
def made() -> Made:
    """Return what the archive gives; computed once."""
    out = Made()
    classifier = Classifier.load()
    dossiers, counts = Dossiers.load(()), Counts.load(())
    draft, counting = dossiers.draft(), counts.draft()
    now = datetime.now(UTC)
    for number, article in enumerate(_articles(now)):
        arrived = article.ingested_at or now
        out.add("articles", article.id, article.encode())
        found = classifier.classify(article, arrived=arrived)
        if not found.reports:
            continue
        origin = Origin(topic="", partition=0, offset=number, article_id=article.id, rules_version=classifier.version)
        record = article_reports(found, article, arrived=arrived, origin=origin)
        out.add("reports", article.id, record.encode())
        for sighting in sightings(found, article, arrived=arrived, origin=origin):
            counting.apply(sighting, origin)
        decision = draft.apply(record, origin)
        for alert in decision.alerts:
            out.alerts.append(alert)
            out.add("alerts", alert.agreement_id or "", alert.encode())
        for agreement in decision.agreements:
            out.agreements.add(agreement.id)
            out.add("agreements", agreement.id, agreement.encode())
    for actor in counting.actors:
        out.add("actors", actor.key, actor.encode())
    _people(out, now)
    return out


def _articles(now: datetime) -> list[Article]:
    """Return the archive, moved so that its end is an hour ago, and the articles of our own."""
    rows = [json.loads(line) for line in SEEDS.read_text(encoding="utf-8").splitlines() if line.strip()]
    articles = [Article.decode(json.dumps(row).encode()) for row in rows]
    dated = [article.published_at for article in articles if article.published_at]
    shift = now - timedelta(hours=1) - max(dated)
    moved = [
        article.model_copy(
            update={
                "published_at": article.published_at + shift if article.published_at else None,
                "ingested_at": now - timedelta(minutes=30),
            }
        )
        for article in articles
    ]
    own = [
        Article(
            id=HOSTILE_ID,
            title=f"India and France sign defence agreement {HOSTILE_TITLE}",
            text="India and France signed a defence cooperation agreement in Paris on Monday. "
            f"The ministers praised it. {HOSTILE_TITLE}",
            source=HOSTILE_SOURCE,
            url="javascript:window.pwned=6",
            published_at=now - timedelta(hours=2),
            ingested_at=now - timedelta(minutes=29),
        ),
        Article(id=SILENT_ID, title="A cat", text="A cat sat.", ingested_at=now),
    ]
    return [*moved, *own]


def _people(out: Made, now: datetime) -> None:
    """Add deliveries in every sort of state, verdicts and a mute."""
    for number, alert in enumerate(out.alerts[:-1]):  # the last is on no channel
        state = DeliveryState.FAILED if number == 0 else DeliveryState.QUEUED if number == 1 else DeliveryState.SENT
        delivery = Delivery(
            alert_id=alert.id,
            channel="#pacts",
            agreement_id=alert.agreement_id,
            state=state,
            sequence=number,
            attempts=1,
            error="channel_not_found <b>" if number == 0 else None,
            alert=alert if state is DeliveryState.QUEUED else None,
            updated_at=now,
        )
        out.add("deliveries", delivery.key, delivery.encode())
    for verdict in (
        Verdict(alert_id=out.alerts[0].id, user="U1", verdict="acknowledged", at=now),
        Verdict(alert_id=out.alerts[1].id, user="U1", verdict="false_alarm", at=now),
    ):
        out.add("verdicts", verdict.key, verdict.encode())
    mute = Mute(
        id="m1", scope="agreement", target="a<i>1", until=now + timedelta(days=7), by="U1", at=now, why="<b>known</b>"
    )
    out.add("mutes", mute.id, mute.encode())


def seed(settings: Settings) -> Made:
    """Write everything, with the articles' true places as origins, and a worker's offsets that leave some unread."""
    found = made()
    kafka = settings.kafka
    producer = Producer({"bootstrap.servers": kafka.bootstrap_servers, "linger.ms": 5})
    places: dict[str, tuple[int, int]] = {}

    def placed(error: object, message: object) -> None:
        assert error is None, error
        key = message.key().decode("utf-8", "surrogatepass")  # type: ignore[attr-defined] # confluent's message
        places[key] = (message.partition(), message.offset())  # type: ignore[attr-defined] # as above

    for key, value in found.records["articles"]:
        producer.produce(kafka.topic("articles"), value, key.encode(), on_delivery=placed)
    assert producer.flush(20) == 0
    for topic, records in found.records.items():
        for key, value in records:
            if topic == "articles":
                continue
            partition = 0 if topic in ("reports", "agreements", "alerts") else -1
            producer.produce(kafka.topic(topic), _placed(topic, value, places, settings), key.encode(), partition)
    for number, (error, value) in enumerate((("not_json", RAW_LETTER), ("not_json", b"{"), ("crash", b"{}"))):
        letter = DeadLetter(
            key=f"k{number}".encode(),
            value=value,
            stage="classify",
            error=error,
            message=f"broken <b>{number}</b>",
            topic=kafka.topic("articles"),
            partition=0,
            offset=number,
            at=datetime.now(UTC),
        )
        producer.produce(kafka.topic("dead-letters"), letter.value, letter.key, headers=dict(letter.headers()))
    assert producer.flush(20) == 0
    commit(settings, settings.worker.app_id, "articles", {0: 3})
    return found


def _placed(topic: str, value: bytes, places: dict[str, tuple[int, int]], settings: Settings) -> bytes:
    if topic != "reports":
        return value
    record = json.loads(value)
    partition, offset = places[record["article"]["id"]]
    record["origin"] |= {"topic": settings.kafka.topic("articles"), "partition": partition, "offset": offset}
    return json.dumps(record).encode()


def commit(settings: Settings, group: str, topic: str, offsets: dict[int, int]) -> None:
    """Commit offsets for a group that has no member."""
    consumer = Consumer({"bootstrap.servers": settings.kafka.bootstrap_servers, "group.id": group})
    name = settings.kafka.topic(topic)
    consumer.commit(offsets=[TopicPartition(name, number, at) for number, at in offsets.items()], asynchronous=False)
    consumer.close()
