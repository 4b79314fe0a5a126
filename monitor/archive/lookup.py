"""Single articles by where they stood in Kafka: from the topic while it has them, else from the archive."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow.parquet as pq

from monitor.archive import manifest
from monitor.archive.record import from_line
from monitor.errors import InputError, RecordError
from monitor.feeds.files import numbered
from monitor.feeds.found import Fault
from monitor.feeds.unpack import open_file
from monitor.kafka.recall import Recall
from monitor.models.article import Article
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, decode_reports
from monitor.settings import Settings

Where = tuple[int, int]
"""Partition and offset in `articles`."""


async def find_articles(
    settings: Settings, told_by: Mapping[str, Origin], *, folder: Path | None = None
) -> dict[str, Article]:
    """Return the articles that can be found, by id.

    Args:
        settings: where Kafka and the archive are.
        told_by: the origin of anything that was derived from each article: its place in `articles`, or that of its
            record in `reports`, which says where the article stood.
        folder: of the archive; by default that of the settings.

    Raises:
        KafkaError: Kafka is not there.
        InputError: the archive cannot be read.

    """
    topic = settings.kafka.topic("articles")
    places: dict[Where, str] = {}
    found: dict[str, Article] = {}
    async with Recall(settings) as recall:
        for article_id, derived in told_by.items():
            origin = derived if derived.topic == topic else await _origin(recall, derived)
            if origin is None:
                continue
            record = await recall.record(topic, origin.partition, origin.offset)
            article = _read(record.value if record is not None else None)
            if article is not None and article.id == article_id:
                found[article_id] = article
            else:
                places[origin.partition, origin.offset] = article_id
    root = folder or settings.archive.folder or settings.data_dir / "archive"
    for where, value in _archived(root / "articles", set(places)):
        article = _read(value)
        if article is not None and article.id == places[where]:
            found[article.id] = article
    return found


async def _origin(recall: Recall, derived: Origin) -> Origin | None:
    record = await recall.record(derived.topic, derived.partition, derived.offset)
    try:
        reports = decode_reports(record.value) if record is not None else None
    except RecordError:
        return None
    return reports.origin if isinstance(reports, ArticleReports) else None


def _archived(folder: Path, wanted: set[Where]) -> Iterator[tuple[Where, bytes | None]]:
    """Yield values from an archive; only files that hold something wanted are opened."""
    kept = manifest.load(folder) if wanted else None
    if kept is None:
        return
    files: defaultdict[str, set[Where]] = defaultdict(set)
    for partition, offset in wanted:
        for file in kept.files:
            part = file.partitions.get(partition)
            if part is not None and part.start <= offset < part.end:
                files[file.name].add((partition, offset))
    for name, places in files.items():
        for where, value in _records(folder / name):
            if where in places:
                yield where, value


def _records(path: Path) -> Iterator[tuple[Where, bytes | None]]:
    if path.suffix == ".parquet":
        for batch in pq.ParquetFile(path).iter_batches(columns=["partition", "offset", "value"]):
            for row in batch.to_pylist():
                yield (row["partition"], row["offset"]), row["value"]
        return
    opened = open_file(str(path))
    try:
        for _number, line in numbered(str(path), opened.stream):
            if isinstance(line, Fault):
                raise InputError(str(line), hint="`pactwatch archive --verify` looks closer")
            stored = from_line(line)
            yield (stored.partition, stored.offset), stored.value
    finally:
        opened.close()


def _read(value: bytes | None) -> Article | None:
    try:
        return Article.decode(value)
    except RecordError:
        return None
