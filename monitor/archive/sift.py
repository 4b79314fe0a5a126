"""What a process does with a block of an archive: find the few articles that say something, for each set of rules.

A block's result does not depend on what other blocks hold, so any number of processes gives the same.  Where an article
needs to know of others, for its arrival or because its id gave a report elsewhere, the result says enough to settle it.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from monitor.archive.events import UNSTATED
from monitor.classify import Classifier, article_reports
from monitor.classify.files import RuleFiles
from monitor.feeds.found import Fault, Found
from monitor.feeds.sources import Piece, Reading
from monitor.models.article import Article, article_hash
from monitor.models.record import Origin
from monitor.models.report import ArticleReports

TOPIC = "archive"
"""What stands as topic in the origins of what a backtest makes."""

_SOURCE_BITS = 40

_END = re.compile(r"[:;,(]")
"""Where a reason ends and what is special about an article begins."""

_SCORE = re.compile(r"(?<=score) [0-9.]+")


def place(source: int, number: int) -> int:
    """Return where an article stands among all: by its source, then by its number there."""
    return source << _SOURCE_BITS | number


def source_of(at: int) -> tuple[int, int]:
    """Return source and number of a place."""
    return at >> _SOURCE_BITS, at & ((1 << _SOURCE_BITS) - 1)


def general(why: str) -> str:
    """Return the part of a reason that many articles share."""
    return _SCORE.sub("", _END.split(why)[0]).strip()


class Block(NamedTuple):
    """Some pieces of a source that follow each other."""

    source: int
    reading: Reading
    pieces: list[tuple[int, Piece]]


class Hit(NamedTuple):
    """An article that says something."""

    at: int
    id: int
    """8 bytes of hash."""
    arrived: datetime | None
    """Of all before it in the block, the latest arrival, where it states none of its own and no publication."""
    dated: bool
    """Whether the record has its arrival."""
    record: bytes


class Sifted(NamedTuple):
    """What a block held."""

    source: int
    articles: int
    replayed: int
    """Articles that an earlier replay had brought: they are left out."""
    faults: list[Fault]
    latest: datetime | None
    """Arrival."""
    hits: list[list[Hit]]
    """For each set of rules."""
    silent: list[array[int]]
    """For each set of rules: place and id of each article that says nothing, in turn."""
    reasons: list[Counter[str]]
    """For each set of rules: why articles that passed the gate say nothing."""


class Sifter:
    """Several sets of rules over the same articles."""

    def __init__(self, classifiers: Sequence[Classifier]) -> None:
        self.classifiers = tuple(classifiers)

    @classmethod
    def load(cls, rules: Sequence[RuleFiles | None]) -> Sifter:
        """Build the classifiers; raises RulesError."""
        return cls([Classifier.of(own) for own in rules])

    def sift(self, block: Block) -> Sifted:
        """Look at every article of a block."""
        several = range(len(self.classifiers))
        hits: list[list[Hit]] = [[] for _ in several]
        silent = [array("Q") for _ in several]
        reasons: list[Counter[str]] = [Counter() for _ in several]
        faults: list[Fault] = []
        latest: datetime | None = None
        articles = replayed = 0
        gates = [classifier.gate for classifier in self.classifiers]
        article_of = block.reading.article
        for number, piece in block.pieces:
            item = article_of(number, piece)
            if isinstance(item, Fault):
                faults.append(item)
                continue
            articles += 1
            before = latest
            arrived = item.published_at if item.ingested_at == UNSTATED else item.ingested_at
            if arrived is not None and (latest is None or arrived > latest):
                latest = arrived
            if item.replayed:
                replayed += 1
                continue
            at, identifier = place(block.source, number), article_hash(item.id)
            for which, gate in enumerate(gates):
                if gate(item.value):
                    try:
                        record = self.read(which, item, at, arrived or before or UNSTATED, reasons[which])
                    except Exception as error:  # noqa: BLE001 - one bad article never stops the rest
                        where = f"{block.reading.shown}:{number}"
                        faults.append(Fault(where, f"cannot be classified: {type(error).__name__}: {error}"))
                        continue
                    if record.reports:
                        dated = arrived is not None
                        hits[which].append(Hit(at, identifier, None if dated else before, dated, record.encode()))
                        continue
                silent[which].extend((at, identifier))
        return Sifted(block.source, articles, replayed, faults, latest, hits, silent, reasons)

    def read(
        self, which: int, item: Found, at: int, arrived: datetime, reasons: Counter[str] | None = None
    ) -> ArticleReports:
        """Return what an article says, the gate aside."""
        article = Article.decode(item.value).model_copy(update={"ingested_at": arrived})
        classifier = self.classifiers[which]
        found = classifier.classify(article, arrived=arrived)
        if found.kind is None and reasons is not None:
            reasons.update(general(why) for why in found.trace.missing[:1])
        origin = Origin(topic=TOPIC, partition=0, offset=at, article_id=article.id, rules_version=classifier.version)
        return article_reports(found, article, arrived=arrived, origin=origin)
