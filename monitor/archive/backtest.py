"""The whole job over an archive: classify, track and decide in order of event time, without Kafka or Slack.

1. All sources are read once, in blocks that any number of processes sift.  What is kept of the articles that say
   something are their records, in order of event time, on the disk once there are many; of the others their ids.
2. An article that says nothing takes back what another of its id had said.  Few do: they are read again.
3. The records are tracked in order, with the first minute of each new day between them, as a rehearsal has it.
"""

from __future__ import annotations

import tempfile
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from monitor.archive.crew import Crew
from monitor.archive.events import Arrivals, Event, Sorted, unstated
from monitor.archive.sift import TOPIC, Block, Hit, Sifted, place, source_of
from monitor.feeds.files import Head
from monitor.feeds.found import Fault, Found, microseconds
from monitor.feeds.sources import Piece, Source
from monitor.models.article import article_hash
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, Tick
from monitor.settings import Feeds, Fields
from monitor.track import Decision, Dossiers

if TYPE_CHECKING:
    from monitor.archive.order import Bar

BATCH = 500
"""Records decided on one draft."""

_BLOCK_BYTES, _BLOCK_PIECES = 512 * 1024, 500

_PIECE_BYTES = 8 * 1024 * 1024
"""Of records that are put in order in memory."""

_PAIRS = 100_000
"""Places and ids that are looked at at once."""

_SURE, _IF_KNOWN = b"!", b"?"
"""Before a record: it counts; or only if its id said something before."""


@dataclass(slots=True)
class Counts:
    """What a backtest did."""

    articles: int = 0
    broken: int = 0
    replayed: int = 0
    """Left out: an earlier replay had brought them."""
    relevant: int = 0
    """Articles that gave a report."""
    repeats: int = 0
    agreements: int = 0
    alerts: Counter[str] = field(default_factory=Counter)
    """By reason."""
    kinds: Counter[str] = field(default_factory=Counter)
    """Reports by kind."""
    silences: Counter[str] = field(default_factory=Counter)
    """Why nothing was told: of reports, and of articles that might have held one."""


@dataclass
class Archive:
    """Where the articles are."""

    files: list[str]
    """No folders any more; ``-`` has become a file."""
    limits: Feeds
    fields: Fields | None = None
    shown: dict[str, str] = field(default_factory=dict)
    """What people call a file, where it is not its name."""

    def open(self, number: int) -> Source:
        """Open a file; raises InputError."""
        name = self.files[number]
        return Source(name, self.limits, self.fields, unstated, Head(), self.shown.get(name, ""))

    def blocks(self, bar: Bar) -> Iterator[Block]:
        """Yield all pieces of all files."""
        for number in range(len(self.files)):
            source = self.open(number)
            try:
                reading = source.reading
                for pieces in _blocks(source.pieces()):
                    yield Block(number, reading, pieces)
                    bar.at(source.position)
                bar.done(source.position)
            finally:
                source.close()


def _blocks(pieces: Iterable[tuple[int, Piece]]) -> Iterator[list[tuple[int, Piece]]]:
    block: list[tuple[int, Piece]] = []
    size = 0
    for numbered in pieces:
        block.append(numbered)
        piece = numbered[1]
        size += len(piece) if isinstance(piece, bytes) else len(piece.value) if isinstance(piece, Found) else 0
        if size >= _BLOCK_BYTES or len(block) >= _BLOCK_PIECES:
            yield block
            block, size = [], 0
    if block:
        yield block


class _Finds:
    """What one set of rules found."""

    def __init__(self, stack: ExitStack) -> None:
        self.events = stack.enter_context(Sorted(piece_bytes=_PIECE_BYTES))
        self.watched: set[int] = set()
        """Ids of articles that count only if known."""
        self.reasons: Counter[str] = Counter()
        self._ids: array[int] = array("Q")
        self._silent: IO[bytes] = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it

    def add(self, at: int, record: ArticleReports, mark: bytes) -> None:
        key = record.article.id.encode("utf-8", "surrogatepass")
        self.events.add(Event(microseconds(record.article.sort_time), at, key, mark + record.encode()))

    def take(self, hits: list[Hit], silent: array[int], reasons: Counter[str], latest: datetime) -> None:
        for hit in hits:
            record = ArticleReports.decode(hit.record)
            if not hit.dated:
                arrived = max(latest, hit.arrived or latest)
                article = record.article.model_copy(update={"ingested_at": arrived})
                record = record.model_copy(update={"article": article})
            self._ids.append(hit.id)
            self.add(hit.at, record, _SURE)
        silent.tofile(self._silent)
        self.reasons.update(reasons)

    def doubtful(self) -> Iterator[int]:
        """Yield the places of silent articles whose ids said something elsewhere."""
        known = set(self._ids)
        self._silent.seek(0)
        while part := self._silent.read(_PAIRS * 16):
            pairs = array("Q", part)
            yield from (at for at, identifier in zip(pairs[::2], pairs[1::2], strict=True) if identifier in known)


class Gathered:
    """What an archive says by each set of rules, ready to be tracked.  Use as a context manager."""

    def __init__(self, archive: Archive, crew: Crew, broken: Callable[[Fault], None]) -> None:
        self.counts = Counts()
        self._archive = archive
        self._crew = crew
        self._broken = broken
        self._stack = ExitStack()
        self._finds = [_Finds(self._stack) for _ in crew.sifter.classifiers]
        self._latest: dict[int, datetime] = {}
        """Of all before a source, the latest arrival."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def read(self, bar: Bar) -> None:
        """Read all; raises InputError when a file cannot be opened."""
        arrivals = Arrivals()
        for sifted in self._crew.sift(self._archive.blocks(bar)):
            self._take(sifted, arrivals)
        for which, finds in enumerate(self._finds):
            self._read_again(which, finds)
            finds.events.finish()

    def _take(self, sifted: Sifted, arrivals: Arrivals) -> None:
        self.counts.articles += sifted.articles
        self.counts.replayed += sifted.replayed
        self.counts.broken += len(sifted.faults)
        for fault in sifted.faults:
            self._broken(fault)
        latest = self._latest.setdefault(sifted.source, arrivals.latest)
        for which, finds in enumerate(self._finds):
            finds.take(sifted.hits[which], sifted.silent[which], sifted.reasons[which], arrivals.latest)
        arrivals.latest = max(arrivals.latest, sifted.latest or latest)

    def _read_again(self, which: int, finds: _Finds) -> None:
        wanted: defaultdict[int, set[int]] = defaultdict(set)
        for at in finds.doubtful():
            number, nth = source_of(at)
            wanted[number].add(nth)
        for number, places in sorted(wanted.items()):
            source = self._archive.open(number)
            arrivals = Arrivals(self._latest[number])
            try:
                for nth, item in source.items():
                    if isinstance(item, Fault):
                        continue
                    arrived = arrivals.of(item.published_at, item.ingested_at)
                    if nth in places:
                        at = place(number, nth)
                        finds.watched.add(article_hash(item.id))
                        finds.add(at, self._crew.sifter.read(which, item, at, arrived), _IF_KNOWN)
            finally:
                source.close()

    def size(self, which: int) -> int:
        """Return how many records a set of rules gave."""
        return self._finds[which].events.count

    def records(self, which: int) -> Iterator[ArticleReports]:
        """Yield the records that a set of rules gave, as the stream would have them: in order, numbered."""
        finds = self._finds[which]
        known: set[int] = set()
        number = 0
        for event in finds.events:
            record = ArticleReports.decode(event.value[1:])
            if finds.watched:
                identifier = article_hash(record.article.id)
                if event.value.startswith(_IF_KNOWN) and identifier not in known:
                    continue
                if identifier in finds.watched:
                    known.add(identifier)
            origin = record.origin.model_copy(update={"offset": number})
            yield record.model_copy(update={"origin": origin})
            number += 1

    def reasons(self, which: int) -> Counter[str]:
        """Return why articles that might have said something did not."""
        return self._finds[which].reasons


def track(
    records: Iterable[ArticleReports],
    dossiers: Dossiers,
    counts: Counts,
    *,
    told: Callable[[Decision], None],
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
        told(decision)
        if number % BATCH == BATCH - 1:
            draft.commit()
    draft.commit()
    counts.agreements = len(dossiers)


def _with_ticks(records: Iterable[ArticleReports]) -> Iterator[ArticleReports | Tick]:
    """Let the first minute of each new day come before the articles of that day: nothing hangs on less."""
    day = None
    for record in records:
        time = record.article.sort_time.astimezone(UTC)
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
