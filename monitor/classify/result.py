"""What the classifier returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.models.article import Article, ArticleRef
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, Evidence, Report
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorKind, ActorRole, Kind


@dataclass(frozen=True, slots=True)
class ActorMention:
    """An actor seen in an article.

    Keys: ``country:IND``, ``organisation:NATO``, ``forum:ADMM-Plus``, ``person:IND/singh``, ``pair:IND+USA``.
    """

    kind: ActorKind
    key: str
    name: str
    role: ActorRole
    office: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """How an answer came about: what `pactwatch explain` shows."""

    language: str = ""
    """The language whose rules were used; empty when there are none for the article's."""
    unread: str = ""
    """The article's language, when there are no rules for it: such articles are to be counted, not taken for a "no"."""
    parts: Mapping[str, float] = field(default_factory=dict)
    """The share of each feature in the log-odds of the best candidate."""
    evidence: tuple[Evidence, ...] = ()
    """What was found even where it led to no report."""
    missing: tuple[str, ...] = ()
    """For an article that gives no agreement: what was not there."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What an article says of agreements. ``reports``: the main one first."""

    kind: Kind | None
    score: float
    reports: tuple[Report, ...] = ()
    hints: tuple[Report, ...] = ()
    """What is said, where ``kind`` is None, of an agreement that only those know who follow it."""
    fingerprint: tuple[int, ...] = ()
    credits: tuple[str, ...] = ()
    actors: tuple[ActorMention, ...] = ()
    trace: Trace = Trace()


def article_reports(
    classification: Classification, article: Article, *, arrived: datetime, origin: Origin
) -> ArticleReports:
    """Return the record of `reports` for an article; empty ``reports`` take back what it had said before."""
    return ArticleReports(
        article=ArticleRef.of(article, arrived=arrived),
        kind=classification.kind,
        score=classification.score,
        reports=(*classification.reports, *classification.hints),
        text_hash=article.text_hash,
        fingerprint=classification.fingerprint,
        credits=classification.credits,
        origin=origin,
        replay=article.replay,
    )


def sightings(classification: Classification, article: Article, *, arrived: datetime, origin: Origin) -> list[Sighting]:
    """Return a record of `sightings` for every actor of an article that gave a report."""
    if classification.kind is None:
        return []
    ref = ArticleRef.of(article, arrived=arrived)
    main = classification.reports[0] if classification.reports else None
    return [
        Sighting(
            actor_key=actor.key,
            actor_kind=actor.kind,
            name=actor.name,
            role=actor.role,
            office=actor.office,
            country=actor.country,
            article_id=article.id,
            title=ref.title,
            url=article.url,
            source=article.source,
            credits=classification.credits,
            story=next(iter(classification.fingerprint), 0),
            event_time=ref.event_time,
            ingested_at=ref.ingested_at,
            article_kind=classification.kind,
            status=main.status if main else None,
            subjects=main.subjects if main else (),
            origin=origin,
            replay=article.replay,
        )
        for actor in classification.actors
    ]
