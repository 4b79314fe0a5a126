"""The first page: is it healthy, and if not, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from monitor.models.vocabulary import DeliveryState
from monitor.watch.findings import Finding, Limits, Look, judge
from monitor.watch.letters import Letters
from monitor.watch.processes import Quantiles, WorkerState
from monitor.watch.replays import in_progress
from monitor.web.data.live import Live, now
from monitor.web.data.page import Row
from monitor.web.data.subjects import sources


def look(live: Live, dead: Letters) -> Look:
    """Gather what a judgement needs."""
    tally, slack = live.sources.tally, live.settings.slack
    loading = {name: live.trouble.get(name, "") for name in live.readers if name not in live.loaded}
    return Look(
        now=now(),
        cluster=live.cluster.state,
        cluster_trouble=live.cluster.trouble,
        processes=live.processes.state,
        loading=loading,
        dead_letters=len(dead.waiting) if dead.entries is not None else None,
        deliveries=delivery_counts(live),
        last_article=live.cluster.state.last_article if live.cluster.state else None,
        silent_sources=tally.silent(now(), timedelta(hours=slack.ops_silent_hours)) if tally is not None else (),
        limits=Limits.of(slack),
    )


def delivery_counts(live: Live) -> Counter[DeliveryState]:
    """Return how many deliveries are in each state."""
    return Counter(row.state for row in live.deliveries.items().values())


def overview(live: Live, dead: Letters) -> Row:
    """Return the first page as JSON; null stands for what is not known."""
    seen = look(live, dead)
    findings = judge(seen)
    cluster, processes = seen.cluster, seen.processes
    today = datetime.now(UTC).date()
    articles = cluster.topic("articles") if cluster else None
    reports = cluster.topic("reports") if cluster else None
    loaded = "alerts" in live.loaded
    fresh = [row for row in live.alerts.rows if row.written_at.date() == today and row.revision == 0]
    active = processes.active if processes else None
    return {
        "as_of": cluster.at.isoformat() if cluster else None,
        "stale": cluster is None or cluster.trouble is not None or (seen.now - cluster.at).total_seconds() > 10,
        "findings": [as_row(finding) for finding in findings],
        "articles_per_second": articles.rate if articles else None,
        "articles_spark": list(articles.spark) if articles else [],
        "last_article": cluster.last_article.isoformat() if cluster and cluster.last_article else None,
        "relevant_per_second": reports.rate if reports else None,
        "alerts_today": len({row.id for row in fresh}) if loaded else None,
        "alerts": len(live.alerts.rows) if loaded else None,
        "agreements": sum(1 for row in live.agreements.items().values() if row.state == "live")
        if "agreements" in live.loaded
        else None,
        "dead_letters": seen.dead_letters,
        "deliveries": {state.value: count for state, count in seen.deliveries.items()},
        "stages": [
            {
                "name": stage.name,
                "topic": stage.topic,
                "group": stage.group,
                "lag": stage.records,
                "lag_seconds": stage.seconds,
                "trend": list(stage.trend),
                **_quantiles(processes.latency.get(stage.name) if processes else None),
            }
            for stage in (cluster.stages if cluster else ())
        ],
        "end_to_end": _quantiles(processes.latency.get("end_to_end") if processes else None),
        "channels": {
            name: {"queued": channel.get("queued"), "trouble": channel.get("trouble")}
            for name, channel in (active.channels.items() if active else ())
        }
        if processes
        else None,
        "circuit": active.circuit if active else None,
        "replays": [
            {
                "mode": one.mode.value,
                "name": one.name or None,
                "articles": one.articles,
                "last": one.last.isoformat() if one.last else None,
            }
            for one in in_progress(
                processes.workers if processes else (), cluster.rehearsals if cluster else (), seen.now
            )
        ],
        "unread_languages": _unread(processes.workers) if processes else None,
        "sources": sources(live, seen.now)[:12],
    }


def _unread(workers: Iterable[WorkerState]) -> dict[str, int]:
    """Return articles in languages without rules, by language, the most first; since the workers started."""
    counts: Counter[str] = Counter()
    for worker in workers:
        counts.update({language: int(count) for language, count in worker.unread.items()})
    return dict(counts.most_common())


def as_row(finding: Finding) -> Row:
    """Return a finding as JSON."""
    return {"severity": finding.severity.value, "what": finding.what, "do": finding.do, "link": finding.link}


def _quantiles(found: Quantiles | None) -> Row:
    found = found or Quantiles()
    return {"p50": found.p50, "p95": found.p95, "p99": found.p99}
