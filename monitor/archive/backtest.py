"""The whole job over an archive: classify, track and decide in order of event time, without Kafka or Slack.

Articles are read and classified one by one; what is kept of them are their reports (well under 1% of news gives
any), which are then put in order of event time and tracked, with the minutes that come between them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from monitor.archive.read import Broken, Line
from monitor.errors import RecordError
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, Tick
from monitor.track import Assignment, Decision, Dossiers

BATCH = 500
"""Records decided on one draft."""

TOPIC = "archive"
"""What stands as topic in the origins of what a backtest makes."""


class Recognise(Protocol):
    """Turns an article into its reports; ``offset`` is its place in the archive."""

    def __call__(self, raw: bytes, article: Article, *, arrived: datetime, offset: int) -> ArticleReports | None:
        """Return the record of `reports`, None when there is nothing in the article."""


@dataclass(slots=True)
class Counts:
    """What a backtest did."""

    articles: int = 0
    broken: int = 0
    relevant: int = 0
    """Articles that gave a report."""
    repeats: int = 0
    agreements: int = 0
    alerts: Counter[str] = field(default_factory=Counter)
    """By reason."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Reports by kind."""

    def as_table(self) -> dict[str, int | dict[str, int]]:
        """Return the counts as values of JSON."""
        return {
            "articles": self.articles,
            "broken_lines": self.broken,
            "relevant": self.relevant,
            "repeats": self.repeats,
            "agreements": self.agreements,
            "alerts": sum(self.alerts.values()),
            "alerts_by_reason": dict(sorted(self.alerts.items())),
            "reports_by_kind": dict(sorted(self.kinds.items())),
        }


def gather(
    found: Iterable[Line | Broken], recognise: Recognise, counts: Counts, broken: Callable[[Broken], None]
) -> list[ArticleReports]:
    """Classify articles and return their records in order of event time.

    An article without a date is taken to have arrived after the ones before it in the archive.  One that gives
    nothing is kept only if its id gave something before: it takes that back.
    """
    records: list[ArticleReports] = []
    reported: set[str] = set()
    latest = datetime(1970, 1, 1, tzinfo=UTC)
    for offset, line in enumerate(found):
        article = _article(line) if isinstance(line, Line) else line
        if isinstance(article, Broken):
            counts.broken += 1
            broken(article)
            continue
        counts.articles += 1
        arrived = article.ingested_at or article.published_at or latest
        latest = max(latest, arrived)
        assert isinstance(line, Line)
        record = recognise(line.raw, article, arrived=arrived, offset=offset)
        if record is None or not (record.reports or article.id in reported):
            continue
        reported.add(article.id)
        records.append(record)
    # A revision is no earlier than what it revises: the arrival breaks ties, then the place in the archive.
    return sorted(records, key=lambda record: (_time(record), record.origin.offset))


def _article(line: Line) -> Article | Broken:
    try:
        return Article.decode(line.raw)
    except RecordError as error:
        return Broken(line.where, error.message)


def _time(record: ArticleReports) -> datetime:
    return record.article.sort_time


def track(
    records: list[ArticleReports],
    dossiers: Dossiers,
    counts: Counts,
    *,
    alert: Callable[[Alert], None],
    assignment: Callable[[Assignment], None],
    advance: Callable[[], None] = lambda: None,
) -> None:
    """Track records in the order given; what follows from each is handed on as it comes."""
    draft = dossiers.draft()
    for number, record in enumerate(_with_ticks(records)):
        origin = Origin(topic=TOPIC, partition=0, offset=number, article_id="")
        if isinstance(record, ArticleReports):
            origin = record.origin
            advance()
        decision = draft.apply(record, origin)
        _count(record, decision, counts)
        for made in decision.alerts:
            alert(made)
        for made_for in decision.assignments:
            assignment(made_for)
        if number % BATCH == BATCH - 1:
            draft.commit()
    draft.commit()
    counts.agreements = len(dossiers)


def _with_ticks(records: list[ArticleReports]) -> Iterator[ArticleReports | Tick]:
    """Let the first minute of each new day come before the articles of that day: nothing hangs on less."""
    day = None
    for record in records:
        time = _time(record).astimezone(UTC)
        if day is None or time.date() > day:
            day = time.date()
            yield Tick(minute=time.replace(second=0, microsecond=0))
        yield record


def _count(record: ArticleReports | Tick, decision: Decision, counts: Counts) -> None:
    for made in decision.alerts:
        counts.alerts[made.reason.value] += 1
    if not isinstance(record, ArticleReports):
        return
    counts.repeats += decision.repeat
    counts.relevant += record.kind is not None and not decision.repeat
    for item in decision.assignments if not decision.repeat else ():
        counts.kinds[item.kind.value] += 1
