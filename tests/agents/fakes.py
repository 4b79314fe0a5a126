"""A domain small enough to know by heart, for tests of the machinery around it.

An article whose text has `PACT IND+USA signed` reports an agreement of these parties at that stage; `CRASH` makes the
classifier raise.  A dossier is a party key with its stage; only a later stage is news.  What is said depends on the
order of the reports, so that a test sees when order is lost.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from agents.parts import Parts
from monitor.models.alert import Alert, alert_id
from monitor.models.article import Article, ArticleRef, article_hash
from monitor.models.record import Origin, Record
from monitor.models.report import ArticleReports, Correction, Report, Tick
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorKind, ActorRole, Kind, Reason, Status

_PACT = re.compile(r"PACT ([A-Z]{3}(?:\+[A-Z]{3})+) (\w+)")


class Agreement(Record):
    """What stands in `agreements`."""

    id: str
    status: Status


class Actor(Record):
    """What stands in `actors`."""

    key: str
    articles: int


@dataclass(frozen=True)
class Found:
    """What an article says."""

    reports: tuple[Report, ...]
    hints: tuple[Report, ...] = ()


class FakeClassifier:
    """Finds `PACT` lines."""

    version = "fake-1"

    def __init__(self, trace: str | None = None) -> None:
        self._trace = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if trace else -1

    def gate(self, raw: bytes) -> bool:
        """Let through what may hold something; leave a trace of everything."""
        if self._trace >= 0:
            os.write(self._trace, json.loads(raw)["id"].encode() + b"\n")
        return b"PACT" in raw or b"CRASH" in raw

    def unread(self, article: Article) -> str:
        """Have no rules for Klingon."""
        return article.language if article.language == "tlh" else ""

    def classify(self, article: Article, *, arrived: datetime) -> Found:
        """Return a report per line."""
        del arrived
        if "CRASH" in article.text:
            raise ZeroDivisionError("this article breaks the classifier")
        return Found(
            tuple(
                Report(kind=Kind.AGREEMENT, parties=tuple(parties.split("+")), status=Status(status), score=0.9)
                for parties, status in _PACT.findall(article.text)
            )
        )


def article_reports(found: Found, article: Article, *, arrived: datetime, origin: Origin) -> ArticleReports:
    """Return the record for `reports`."""
    return ArticleReports(
        article=ArticleRef.of(article, arrived=arrived),
        kind=Kind.AGREEMENT if found.reports else None,
        reports=found.reports,
        text_hash=article.text_hash,
        origin=origin,
    )


def sightings(found: Found, article: Article, *, arrived: datetime, origin: Origin) -> list[Sighting]:
    """Return a sighting per party."""
    return [
        Sighting(
            actor_key=f"country:{party}",
            actor_kind=ActorKind.COUNTRY,
            name=party,
            role=ActorRole.PARTY,
            article_id=article.id,
            ingested_at=article.ingested_at or arrived,
            article_kind=Kind.AGREEMENT,
            origin=origin,
        )
        for party in sorted({party for report in found.reports for party in report.parties})
    ]


@dataclass
class Decision:
    """What was decided on one record."""

    alerts: tuple[Alert, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    renewed: tuple[Alert, ...] = ()
    repeat: bool = False


class Overlay:
    """Table values on top of others: what a draft is."""

    def __init__(self, state: dict[str, bytes]) -> None:
        self._state = state
        self.writes: dict[str, bytes | None] = {}

    def _get(self, key: str) -> bytes | None:
        return self.writes[key] if key in self.writes else self._state.get(key)

    def commit(self) -> None:
        """Fold it in."""
        for key, value in self.writes.items():
            if value is None:
                self._state.pop(key, None)
            else:
                self._state[key] = value
        self.writes = {}


class DossiersDraft(Overlay):
    """Decides on a copy."""

    def apply(self, record: ArticleReports | Correction | Tick, origin: Origin) -> Decision:
        """Alert on a new party key and on a later stage."""
        del origin
        if not isinstance(record, ArticleReports):
            return Decision()
        if any("XXX" in report.parties for report in record.reports):
            self.writes["broken"] = b"half"
            raise ZeroDivisionError("this report breaks track")
        seen = f"article/{record.article.id}"
        known = self._get(seen)
        if known is not None and known.decode() == record.text_hash:
            return Decision(repeat=True)
        self.writes[seen] = record.text_hash.encode()
        alerts, agreements = [], {}
        for report in record.reports:
            status = report.status or Status.PROPOSED
            key = f"dossier/{report.party_key}"
            old = self._get(key)
            if old is not None and (Status(old.decode()).rank or 0) >= (status.rank or 0):
                continue
            reason = Reason.NEW_AGREEMENT if old is None else Reason.STAGE_MOVED
            self.writes[key] = status.value.encode()
            agreements[report.party_key] = Agreement(id=report.party_key, status=status)
            alerts.append(
                Alert(
                    id=alert_id(report.party_key, reason, "status", status.value, 0),
                    reason=reason,
                    agreement_id=report.party_key,
                    value=status.value,
                    previous=old.decode() if old else "",
                    at=record.article.sort_time,
                )
            )
        return Decision(tuple(alerts), tuple(agreements.values()))


@dataclass
class Dossiers:
    """The state of track."""

    state: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def over(cls, table: Mapping[str, bytes]) -> Dossiers:
        """Take it from the table."""
        return cls(dict(table))

    def draft(self) -> DossiersDraft:
        """Return a copy to decide on."""
        return DossiersDraft(self.state)


_BUCKETS = 32


class CountsDraft(Overlay):
    """Counts on a copy."""

    def __init__(self, state: dict[str, bytes]) -> None:
        super().__init__(state)
        self._sets: dict[str, set[int]] = {}
        self._changed: dict[str, None] = {}

    def apply(self, record: Sighting | Tick, origin: Origin) -> None:
        """Count an article once per actor."""
        del origin
        if not isinstance(record, Sighting):
            return
        if record.name == "XXX":
            raise ZeroDivisionError("this sighting breaks count")
        number = article_hash(record.article_id)
        key = f"{record.actor_key}/{number % _BUCKETS}"
        if key not in self._sets:
            self._sets[key] = set(json.loads(self._get(key) or b"[]"))
        if number not in self._sets[key]:
            self._sets[key].add(number)
            self.writes[key] = b""
            self._changed[record.actor_key] = None

    def finish(self) -> None:
        """Encode what changed."""
        for key in self.writes:
            self.writes[key] = json.dumps(sorted(self._sets[key])).encode()

    @property
    def actors(self) -> list[Actor]:
        """Changed actors with their counts."""
        self.finish()
        return [
            Actor(key=key, articles=sum(len(json.loads(self._get(f"{key}/{b}") or b"[]")) for b in range(_BUCKETS)))
            for key in self._changed
        ]

    @property
    def gone(self) -> list[str]:
        """Nobody ever ends."""
        return []

    @property
    def alerts(self) -> list[Alert]:
        """Nothing is ever unusual."""
        return []


@dataclass
class Counts:
    """The state of count, of one partition."""

    state: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def load(cls, items: Iterable[tuple[str, bytes]]) -> Counts:
        """Take it from the table."""
        return cls(dict(items))

    def draft(self, at: float | None = None) -> CountsDraft:
        """Return a copy to count on."""
        del at
        return CountsDraft(self.state)


def fake_parts(trace: str | None = None) -> Parts:
    """Return this domain as the agents take it; ``trace`` is a file that gets the ids of all articles."""
    return Parts(
        classifier=FakeClassifier(trace),
        article_reports=article_reports,
        sightings=sightings,
        dossiers=Dossiers.over,
        counts=Counts.load,
    )


def article(number: int | str, text: str = "", *, day: int = 1) -> Article:
    """Return an article; the same number and text give the same article."""
    return Article(
        id=f"article-{number}",
        title=f"Article {number}",
        text=text,
        source="test",
        published_at=datetime(2025, 10, day, 12, tzinfo=UTC),
        ingested_at=datetime(2025, 10, day, 13, tzinfo=UTC),
    )


def expected(articles: Iterable[Article], dossiers: Dossiers | None = None) -> tuple[list[Alert], Mapping[str, int]]:
    """Return the alerts and actor counts of a run in which nothing goes wrong, in this order of articles.

    ``dossiers`` is left with the state at its end.
    """
    dossiers = dossiers or Dossiers()
    counted: dict[str, set[str]] = {}
    alerts: list[Alert] = []
    classifier = FakeClassifier()
    for number, one in enumerate(articles):
        found = classifier.classify(one, arrived=one.ingested_at or datetime.now(UTC))
        if not found.reports:
            continue
        origin = Origin(topic="", partition=0, offset=number, article_id=one.id)
        arrived = one.ingested_at or datetime.now(UTC)
        draft = dossiers.draft()
        decision = draft.apply(article_reports(found, one, arrived=arrived, origin=origin), origin)
        alerts += decision.alerts
        draft.commit()
        for seen in sightings(found, one, arrived=arrived, origin=origin):
            counted.setdefault(seen.actor_key, set()).add(one.id)
    return alerts, {key: len(ids) for key, ids in counted.items()}
