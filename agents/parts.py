"""What the agents need of the domain, as protocols: the worker gives the real ones, a test may give its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from monitor.classify.files import RuleFiles
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, Correction, Report, Tick
from monitor.models.sighting import Sighting


class Found(Protocol):
    """What classification gives, as far as the agent looks at it."""

    @property
    def reports(self) -> tuple[Report, ...]:
        """The main report first."""

    @property
    def hints(self) -> tuple[Report, ...]:
        """Mentions that only those understand who follow the agreement."""


class Classifier(Protocol):
    """Finds reports in articles."""

    @property
    def version(self) -> str:
        """Of all rules and gazetteers."""

    def gate(self, raw: bytes) -> bool:
        """Return False when a record surely holds nothing."""

    def classify(self, article: Article, *, arrived: datetime) -> Any:
        """Return what the article says (`Found`)."""

    def unread(self, article: Article) -> str:
        """Return the language of an article for which there are no rules; empty when there are."""


class Decision(Protocol):
    """What track decided on one record."""

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """New facts to tell."""

    @property
    def agreements(self) -> tuple[Any, ...]:
        """Changed dossiers to publish; a redirect after its survivor."""

    @property
    def repeat(self) -> bool:
        """The same article and text again."""


class Draft(Protocol):
    """Decisions on a copy."""

    @property
    def writes(self) -> Mapping[str, bytes | None]:
        """Table writes of all that was applied, one a key."""

    def apply(self, record: ArticleReports | Correction | Tick, origin: Origin) -> Any:
        """Decide (`Decision`)."""

    def commit(self) -> None:
        """Make the decisions so far the state."""


class Dossiers(Protocol):
    """The state of track."""

    def draft(self) -> Any:
        """Return a `Draft`."""


class CountsDraft(Protocol):
    """Counts on a copy."""

    @property
    def writes(self) -> Mapping[str, bytes | None]:
        """Table writes of all that was applied, one a key."""

    @property
    def actors(self) -> Sequence[Any]:
        """Changed actors to publish, each once."""

    @property
    def gone(self) -> Sequence[str]:
        """Keys of actors that have ended: tombstones."""

    @property
    def alerts(self) -> Sequence[Alert]:
        """Surges that began, grew or ended."""

    def apply(self, record: Sighting | Tick, origin: Origin) -> None:
        """Count."""

    def commit(self) -> None:
        """Make the counts so far the state."""


class Counts(Protocol):
    """The state of count, of one partition."""

    def draft(self, at: float | None = None) -> Any:
        """Return a `CountsDraft`; ``at``, in seconds of a steady clock, bounds how often an actor is published."""


class Loader(Protocol):
    """Builds the state of a stage from what its table holds."""

    def __call__(self, items: Iterable[tuple[str, bytes]]) -> Any:
        """Return `Counts`."""


class Over(Protocol):
    """Builds the state of a stage over its table, which stays where it is."""

    def __call__(self, table: Mapping[str, bytes]) -> Any:
        """Return `Dossiers`."""


class ArticleReportsOf(Protocol):
    """`monitor.classify.article_reports`."""

    def __call__(self, found: Any, article: Article, /, *, arrived: datetime, origin: Origin) -> ArticleReports:
        """Return the record for `reports`."""


class SightingsOf(Protocol):
    """`monitor.classify.sightings`."""

    def __call__(self, found: Any, article: Article, /, *, arrived: datetime, origin: Origin) -> Sequence[Sighting]:
        """Return the records for `sightings`."""


@dataclass(frozen=True)
class Parts:
    """The domain's functions that the agents call."""

    classifier: Classifier
    article_reports: ArticleReportsOf
    sightings: SightingsOf
    dossiers: Over
    counts: Loader

    @classmethod
    def load(cls, rules: RuleFiles | None = None) -> Parts:
        """Return the real ones, warm; takes up to two seconds.

        Raises:
            RulesError: a file of rules is wrong.

        """
        from monitor.actors import Counts as RealCounts  # noqa: PLC0415 - heavy, and only the worker needs it
        from monitor.classify import article_reports, sightings  # noqa: PLC0415 - as above
        from monitor.track import Dossiers as RealDossiers  # noqa: PLC0415 - as above

        return cls(
            classifier=build(rules),
            article_reports=article_reports,
            sightings=sightings,
            dossiers=RealDossiers.over,
            counts=RealCounts.load,
        )


def build(rules: RuleFiles | None) -> Classifier:
    """Compile the real classifier with one's own rules; raises RulesError."""
    from monitor.classify import Classifier as RealClassifier  # noqa: PLC0415 - heavy, and only the worker needs it

    return RealClassifier.of(rules)
