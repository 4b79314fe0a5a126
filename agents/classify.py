"""articles -> reports and sightings.

The table `reported` holds the ids of articles that ever gave a report, so that a revision which gives none any more is
sent too, as an empty record.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from agents.batches import Batch, arrived, origin
from agents.dead_letters import ATTEMPTS, DeadLetters, letter
from agents.lease import Claim
from agents.metrics import Metrics
from agents.outbox import Outbox, Outgoing, TooLargeError
from agents.parts import Classifier, Parts
from agents.rules import Rules
from agents.tables import Table
from agents.ticks import KEY, minute_of
from monitor.errors import RecordError
from monitor.models.article import CLOCK_SKEW, Article
from monitor.models.dead_letter import DeadLetter
from monitor.models.report import ArticleReports, Tick

SLICE_RECORDS = 256
SLICE_BYTES = 1024 * 1024
"""A slice is classified in one go; between two, a batch notices that its partition was taken away."""

INLINE_BYTES = 16 * 1024
"""Smaller slices are classified on the event loop: handing them to a thread would cost more than they do."""

_MOST_LANGUAGES = 60
"""Told apart in the metric."""

DELIVER_AFTER = 0.1
"""Seconds of classifying after which what was found is sent, even if the batch goes on."""


@dataclass(slots=True)
class _Outcome:
    """What some records of a batch gave, not yet delivered."""

    outgoing: list[Outgoing] = field(default_factory=list)
    reported: dict[str, bytes | None] = field(default_factory=dict)
    letters: list[DeadLetter] = field(default_factory=list)
    newest: datetime | None = None
    articles: int = 0
    relevant: int = 0
    reports: int = 0
    sightings: int = 0
    unread: Counter[str] = field(default_factory=Counter)
    """Articles by language, where it has no rules."""
    replayed: Counter[str] = field(default_factory=Counter)
    """Articles that a replay brought, by its mode."""
    day: date | None = None
    """Of the last tick among the outgoing."""

    def note(self, event_time: datetime) -> None:
        if self.newest is None or event_time > self.newest:
            self.newest = event_time


class Classify:
    """The stage; ``reports`` and ``sightings`` are full names of topics.

    With ``ticks``, time is that of the articles, which come in its order: before the first record of each new day goes
    a tick, to ``reports`` and to this many partitions of ``sightings``; see ``worker.ticks``.
    """

    name = "classify"

    def __init__(
        self,
        parts: Parts,
        rules: Rules,
        *,
        reported: Table,
        outbox: Outbox,
        dead_letters: DeadLetters,
        metrics: Metrics,
        reports: str,
        sightings: str,
        ticks: int = 0,
    ) -> None:
        self._parts = parts
        self._rules = rules
        self._reported = reported
        self._outbox = outbox
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._reports = reports
        self._sightings = sightings
        self._ticks = ticks
        self._day: date | None = None
        self._languages: set[str] = set()

    async def handle(self, batch: Batch, claim: Claim) -> None:
        """Classify every article, send what they say, and remember which said something.

        In this order: reports and sightings sent and acknowledged; dead letters; the table.  After a crash in between
        the same articles are classified again: `track` and `count` know articles by their ids and ignore repeats.
        """
        classifier = self._rules.classifier  # newer rules wait for the next batch
        outcome = _Outcome()
        since = time.monotonic()
        for start, end, size in _slices(batch.records):
            if size <= INLINE_BYTES:
                self._classify(classifier, batch, start, end, outcome)
                await asyncio.sleep(0)
            else:
                await asyncio.to_thread(self._classify, classifier, batch, start, end, outcome)
            claim.check()
            if end == len(batch.records) or (outcome.outgoing and time.monotonic() - since > DELIVER_AFTER):
                await self._deliver(outcome, batch, claim)
                self._count(outcome)
                outcome = _Outcome()
                since = time.monotonic()

    async def _deliver(self, outcome: _Outcome, batch: Batch, claim: Claim) -> None:
        outgoing = outcome.outgoing
        while outgoing:
            try:
                await self._outbox.send(outgoing, claim)
                break
            except TooLargeError as error:
                # What this article says fits nowhere; the article itself is the dead letter, all of it.
                place = error.record.source
                outcome.letters.append(letter(batch.records[place], self.name, error))
                outgoing = [record for record in outgoing[outgoing.index(error.record) :] if record.source != place]
        await self._dead_letters.send(outcome.letters, claim)
        await self._reported.write(batch.partition, outcome.reported, claim)

    def _classify(self, classifier: Classifier, batch: Batch, start: int, end: int, outcome: _Outcome) -> None:
        """Decode and classify; runs in a thread when long, and touches nothing shared but the table's keys."""
        for place in range(start, end):
            record = batch.records[place]
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    self._one(classifier, record, place, batch.partition, outcome)
                except RecordError as error:
                    outcome.letters.append(letter(record, self.name, error))
                except Exception as error:  # noqa: BLE001 - one bad article never stops the stream
                    if attempt < ATTEMPTS:
                        continue
                    outcome.letters.append(letter(record, self.name, error, attempts=attempt))
                else:
                    outcome.articles += 1
                break

    def _one(self, classifier: Classifier, record: Any, place: int, partition: int, outcome: _Outcome) -> None:
        article = Article.decode(record.value)
        came = arrived(record)
        if article.published_at is not None:
            outcome.note(min(article.published_at, (article.ingested_at or came) + CLOCK_SKEW))
        if article.replay is not None:
            outcome.replayed[article.replay.mode.value] += 1
        known = article.id in outcome.reported or self._reported.contains(partition, article.id)
        unread = classifier.unread(article)
        if unread:
            outcome.unread[unread] += 1
        if not known and (unread or not classifier.gate(record.value)):
            return
        found = classifier.classify(article, arrived=came)
        said = bool(found.reports or found.hints)
        if not said and not known:
            return
        source = origin(record, article.id, classifier.version)
        report = self._parts.article_reports(found, article, arrived=came, origin=source)
        seen = self._parts.sightings(found, article, arrived=came, origin=source) if found.reports else []
        # Nothing above may have touched the outcome: an article that fails half-way must leave no half behind.
        if self._ticks:
            self._let_time_pass(report, place, outcome)
        outcome.outgoing.append(Outgoing(self._reports, _key(article.id), report.encode(), partition=0, source=place))
        outcome.outgoing += [
            Outgoing(self._sightings, _key(sighting.actor_key), sighting.encode(), source=place) for sighting in seen
        ]
        outcome.relevant += bool(found.reports)
        if said and not known:
            outcome.reported[article.id] = b"1"
        outcome.reports += len(found.reports)
        outcome.sightings += len(seen)

    def _let_time_pass(self, report: ArticleReports, place: int, outcome: _Outcome) -> None:
        moment = report.article.sort_time
        day, before = moment.astimezone(UTC).date(), outcome.day or self._day
        if before is not None and day <= before:
            return
        value = Tick(minute=minute_of(moment), replay=report.replay).encode()
        outcome.outgoing.append(Outgoing(self._reports, KEY, value, partition=0, source=place))
        outcome.outgoing += [
            Outgoing(self._sightings, KEY, value, partition=number, source=place) for number in range(self._ticks)
        ]
        outcome.day = day

    def _count(self, outcome: _Outcome) -> None:
        self._day = outcome.day or self._day
        self._metrics.articles.inc(outcome.articles)
        self._metrics.relevant.inc(outcome.relevant)
        self._metrics.reports.inc(outcome.reports)
        self._metrics.sightings.inc(outcome.sightings)
        for language, count in outcome.unread.items():
            known = language in self._languages or len(self._languages) < _MOST_LANGUAGES
            label = language if known else "other"  # an article may claim any
            self._languages.add(label)
            self._metrics.unread.labels(language=label).inc(count)
        for mode, count in outcome.replayed.items():
            self._metrics.replayed.labels(mode=mode).inc(count)
            self._metrics.replayed_last.labels(mode=mode).set(time.time())
        if outcome.newest is not None:
            # An article may claim to be from up to five minutes ahead: that is no lag.
            self._metrics.lag.set(max(0.0, (datetime.now(UTC) - outcome.newest).total_seconds()))


def _key(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _slices(records: list[Any]) -> list[tuple[int, int, int]]:
    """Cut a batch: start, end and bytes of each slice."""
    slices: list[tuple[int, int, int]] = []
    start = size = 0
    for place, record in enumerate(records, 1):
        size += len(record.value or b"")
        if size >= SLICE_BYTES or place - start >= SLICE_RECORDS or place == len(records):
            slices.append((start, place, size))
            start, size = place, 0
    return slices
