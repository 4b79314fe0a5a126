"""One article through every stage: article -> reports -> agreement -> alert -> delivery."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import ConsumerRecord
from aiokafka.partitioner import DefaultPartitioner

from monitor.errors import RecordError
from monitor.models.agreement import ArticleLog
from monitor.models.article import Article
from monitor.models.report import ArticleReports, decode_reports
from monitor.settings import Settings
from monitor.watch.letters import Letters
from monitor.web.data import browse
from monitor.web.data.alerts import as_row as alert_as_row
from monitor.web.data.alerts import deliveries
from monitor.web.data.live import Live
from monitor.web.data.page import Row
from monitor.web.data.rows import ReportRow, dump


async def trace(live: Live, dead: Letters, article_id: str) -> Row:
    """Follow an article.

    Returns:
        ``steps`` in the order of the way, each with ``stage``, ``state`` (done, nothing, waiting, failed, unknown),
        ``what`` in a sentence and what stands there; ``article`` and ``reports`` in full where they are still kept.

    Raises:
        BrokerError: Kafka is not there.

    """
    report = next((row for row in reversed(live.reports.rows) if row.article_id == article_id), None)
    found, said = await asyncio.gather(
        _article(live.settings, article_id, report), _reports(live.settings, live, report)
    )
    article = _decoded(found)
    logs = _logs(live, article_id, said, report)
    alerts = [row for row in live.alerts.rows if row.article_id == article_id]
    letters = [
        entry for entry in dead.entries or () if (entry.letter.key or b"").decode("utf-8", "replace") == article_id
    ]
    steps: list[Row] = [_first_step(found, report)]
    steps += [
        {
            "stage": entry.letter.stage,
            "state": "failed" if entry.handled is None else "done",
            "what": f"dead letter {entry.id}: {entry.letter.error}, {entry.letter.message}"
            + (f" ({entry.handled})" if entry.handled else ""),
            "link": "/dead-letters",
        }
        for entry in letters
    ]
    steps.append(_classified(live, found, report))
    steps += [
        {
            "stage": "track",
            "state": "done",
            "what": f"{_told(entry)} {entry.identity}".strip(),
            "agreement_id": agreement_id,
            "link": f"/agreements/{agreement_id}",
        }
        for agreement_id, entry in logs
    ]
    if report is not None and report.said and not logs:
        steps.append(
            {
                "stage": "track",
                "state": "nothing",
                "what": "No dossier lists this article: sales and mentions found none.",
            }
        )
    for row in alerts:
        steps.append(
            {
                "stage": "alert",
                "state": "done",
                "what": row.headline,
                "link": f"/alerts/{row.id}",
                **alert_as_row(row),
                "at": row.written_at.isoformat(),
            }
        )
        steps += [
            {
                "stage": "deliver",
                "state": {"sent": "done", "failed": "failed"}.get(one.state.value, "waiting"),
                "what": f"{one.channel or '(none)'}: {one.state.value}" + (f", {one.error}" if one.error else ""),
                "at": one.updated_at.isoformat(),
                "link": f"/alerts/{row.id}",
            }
            for one in deliveries(live, row.id)
        ]
    return {
        "article_id": article_id,
        "known": found is not None or report is not None or bool(letters),
        "steps": steps,
        "article": dump(article) if article else None,
        "reports": dump(said) if said else None,
    }


def _told(entry: ArticleLog) -> str:
    said = f"Told: {entry.reason.value.replace('_', ' ')}." if entry.reason else "Silent."
    return f"{said} {entry.why}".strip()


def _first_step(found: ConsumerRecord[Any, Any] | None, report: ReportRow | None) -> Row:
    if found is not None:
        record = browse.as_row(found)
        where = f"{found.topic} partition {found.partition} offset {found.offset}"
        return {"stage": "article", "state": "done", "what": f"Stands in {where}.", "at": record["time"]}
    if report is not None:
        return {
            "stage": "article",
            "state": "unknown",
            "what": "No longer in the topic, which keeps a week; its reports are.",
            "at": report.ingested_at.isoformat(),
        }
    return {
        "stage": "article",
        "state": "unknown",
        "what": "Not found in the topic: never came, or longer ago than it keeps.",
    }


def _classified(live: Live, found: ConsumerRecord[Any, Any] | None, report: ReportRow | None) -> Row:
    if report is not None:
        count = len(report.said)
        what = f"{count} report{'' if count == 1 else 's'}, kind {report.kind.value if report.kind else 'none'}."
        return {
            "stage": "classify",
            "state": "done" if count else "nothing",
            "what": what,
            "at": report.written_at.isoformat(),
            "link": f"/topics/reports?partition={report.place.partition}&offset={report.place.offset}",
        }
    stage = live.cluster.state.stage("classify") if live.cluster.state else None
    lag = next((one for one in stage.lags if found and one.partition == found.partition), None) if stage else None
    if found is None or lag is None or lag.committed is None:
        return {"stage": "classify", "state": "unknown", "what": "Not known whether it was read."}
    if lag.committed <= found.offset:
        return {"stage": "classify", "state": "waiting", "what": f"Waits: the worker is at offset {lag.committed}."}
    return {"stage": "classify", "state": "nothing", "what": "Read, and nothing about a defence agreement found in it."}


async def _article(settings: Settings, article_id: str, report: ReportRow | None) -> ConsumerRecord[Any, Any] | None:
    topic = settings.kafka.topic("articles")
    if report is not None:
        return await browse.fetch(settings, *report.origin)
    key = article_id.encode("utf-8", "surrogatepass")
    numbers = list(range(settings.kafka.partitions))
    partition = DefaultPartitioner()(key, numbers, numbers)
    for wanted in (partition, None):  # a foreign producer may have put it elsewhere
        seen = await browse.browse(settings, browse.Wanted("articles", partition=wanted, key=article_id, limit=1))
        if seen.records:
            return await browse.fetch(settings, topic, seen.records[-1]["partition"], seen.records[-1]["offset"])
    return None


async def _reports(settings: Settings, live: Live, report: ReportRow | None) -> ArticleReports | None:
    if report is None:
        return None
    record = await browse.fetch(settings, live.reports.topic, report.place.partition, report.place.offset)
    found = decode_reports(record.value) if record else None
    return found if isinstance(found, ArticleReports) else None


def _decoded(found: ConsumerRecord[Any, Any] | None) -> Article | None:
    try:
        return Article.decode(found.value) if found else None
    except RecordError:
        return None


def _logs(
    live: Live, article_id: str, said: ArticleReports | None, report: ReportRow | None
) -> list[tuple[str, ArticleLog]]:
    """Return the dossiers that list the article, with what it did there."""
    parties = {code for one in said.reports for code in one.parties} if said else set()
    if report is not None:
        parties |= {code for one in report.said for code in one.parties}
    found = []
    for row in live.agreements.items().values():
        if parties and not parties.intersection(row.parties):
            continue  # reading the record takes 0.1 ms, and there are many
        if not parties:
            continue
        found += [(row.id, entry) for entry in row.record().articles if entry.article_id == article_id]
    return found
