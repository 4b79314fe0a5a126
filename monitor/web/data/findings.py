"""What is wrong, and what to do about it: a decision over one look at everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.models.vocabulary import DeliveryState
from monitor.web.data.cluster_state import ClusterState, StageState
from monitor.web.data.processes import ProcessesState
from monitor.web.data.words import ago, number, plural

BEHIND = 60.0
"""Seconds of lag from which a stage is called late."""

STALE = timedelta(seconds=15)
"""Age of the last look from which the figures are called old."""

SILENT = timedelta(hours=1)
"""Without an article, from which a feed may be dead."""


class Severity(StrEnum):
    """How much it matters."""

    BAD = "bad"
    """News is not getting through."""
    WARN = "warn"
    """Something waits for a person."""
    OK = "ok"
    """Nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, in a sentence, and what to do, in another."""

    severity: Severity
    what: str
    do: str = ""
    link: str = ""
    """The page that shows more."""


@dataclass(frozen=True, slots=True)
class Look:
    """All that a decision needs."""

    now: datetime
    cluster: ClusterState | None
    cluster_trouble: str | None
    processes: ProcessesState | None
    loading: Mapping[str, str] = field(default_factory=dict)
    """Topics that are still being read, with why if something hinders."""
    dead_letters: int | None = None
    """That wait; None: not known."""
    deliveries: Mapping[DeliveryState, int] = field(default_factory=dict)
    last_article: datetime | None = None
    """When the last record came into `articles`."""


def judge(look: Look) -> list[Finding]:
    """Return what is wrong, the worst first; a single `OK` when nothing is."""
    cluster = look.cluster
    if cluster is None:
        return [_no_broker(look)]
    found: list[Finding] = []
    if look.now - cluster.at > STALE or cluster.trouble:
        found.append(
            Finding(
                Severity.BAD,
                f"Kafka has not answered for {ago(look.now - cluster.at)}; the figures are from before.",
                "Start it (`pactwatch up` or `pactwatch broker`), or see `pactwatch doctor`.",
                "/topics",
            )
        )
    missing = [topic.full_name for topic in cluster.topics if not topic.partitions]
    if missing:
        found.append(
            Finding(
                Severity.BAD,
                f"{plural(len(missing), 'topic')} missing: {', '.join(missing[:3])}{' …' if missing[3:] else ''}.",
                "Create them: `pactwatch topics --create`.",
                "/topics",
            )
        )
    found += _groups(cluster)
    found += [finding for stage in cluster.stages if (finding := _late(stage))]
    found += _processes(look)
    found += _waiting(look)
    if not found and look.loading:
        names = ", ".join(look.loading)
        return [Finding(Severity.WARN, f"Still reading {names}.", next(filter(None, look.loading.values()), ""))]
    if (
        look.last_article
        and look.now - look.last_article > SILENT
        and not any(f.severity is Severity.BAD for f in found)
    ):
        found.append(
            Finding(
                Severity.WARN,
                f"No article has come in for {ago(look.now - look.last_article)}.",
                "Is the feed running? `pactwatch ingest FILE|URL` puts articles in by hand.",
                "/topics/articles",
            )
        )
    found.sort(key=lambda finding: list(Severity).index(finding.severity))
    return found or [Finding(Severity.OK, "All is well: every stage is up to date.")]


def _no_broker(look: Look) -> Finding:
    if look.cluster_trouble is None:
        return Finding(Severity.WARN, "Asking Kafka how it is …")
    return Finding(
        Severity.BAD,
        f"Kafka does not answer: {look.cluster_trouble}.",
        "Start everything with `pactwatch up`, or set kafka.bootstrap_servers.",
    )


_WHO = {
    "classify": (
        "No worker runs: articles are not read.",
        "Start one: `pactwatch worker`, or all with `pactwatch up`.",
    ),
    "deliver": ("No deliverer runs: alerts wait in the queue.", "Start one: `pactwatch deliver`."),
}


def _groups(cluster: ClusterState) -> list[Finding]:
    found = []
    for stage in cluster.stages:
        group = cluster.groups.get(stage.group)
        if stage.name not in _WHO or group is None or group.state is None:
            continue
        what, do = _WHO[stage.name]
        if not group.members:
            found.append(Finding(Severity.BAD, what, do, "/topics"))
        elif group.state in ("PreparingRebalance", "CompletingRebalance"):
            name = "workers" if stage.name == "classify" else "deliverers"
            found.append(Finding(Severity.WARN, f"The {name} are sharing out their partitions; this takes seconds."))
    return found


def _late(stage: StageState) -> Finding | None:
    records, seconds = stage.records, stage.seconds
    if not records or seconds is None or seconds < BEHIND:
        return None
    known = [value for value in stage.trend if value is not None]
    growing = len(known) >= 3 and known[-1] > known[-3]
    trend = "and falls further behind" if growing else "and catches up"
    more = {
        "deliver": "Slack or the queue holds it up: look at the channels.",
        "classify": "Start another worker: `pactwatch worker`." if growing else "It needs nothing but time.",
    }.get(
        stage.name, "It runs on one partition: look at the worker's log." if growing else "It needs nothing but time."
    )
    return Finding(
        Severity.BAD if growing else Severity.WARN,
        f"{stage.name.capitalize()} is {ago(timedelta(seconds=seconds))} behind ({plural(records, 'record')}) {trend}.",
        more,
        f"/topics/{stage.topic}",
    )


def _processes(look: Look) -> list[Finding]:
    state = look.processes
    if state is None:
        return []
    found = [
        Finding(
            Severity.BAD,
            f"The newest rules are wrong, and the old ones in use: {fault}.",
            "Mend the file; `pactwatch rules check` looks again.",
            "/system",
        )
        for fault in sorted({worker.rules_fault for worker in state.workers if worker.rules_fault})
    ]
    versions = sorted({worker.rules_version for worker in state.workers if worker.rules_version})
    if len(versions) > 1:
        found.append(
            Finding(
                Severity.WARN,
                f"Workers run with different rules: {', '.join(versions)}.",
                "Changed rules are taken up within seconds: see whether all read the same folder or topic.",
                "/system",
            )
        )
    active = state.active
    if active is not None:
        if active.circuit:
            found.append(
                Finding(
                    Severity.BAD,
                    f"Nothing is sent to Slack: {active.circuit}.",
                    "Alerts wait and lose nothing.",
                    "/alerts",
                )
            )
        for name, channel in active.channels.items():
            if channel.get("trouble"):
                found.append(Finding(Severity.BAD, f"Channel {name}: {channel['trouble']}.", "", "/alerts"))
        nowhere = int(active.channels.get("(none)", {}).get("queued", 0))
        if nowhere:
            found.append(
                Finding(
                    Severity.WARN,
                    f"{plural(nowhere, 'alert')} {_verb(nowhere)} for a channel.",
                    "Set slack.channel and SLACK_BOT_TOKEN.",
                    "/alerts",
                )
            )
    elif state.deliverers and all(one.trouble for one in state.deliverers):
        found.append(
            Finding(Severity.BAD, f"The deliverer cannot start: {state.deliverers[0].trouble}.", "", "/system")
        )
    return found


def _waiting(look: Look) -> list[Finding]:
    found = []
    if look.dead_letters:
        found.append(
            Finding(
                Severity.WARN,
                f"{plural(look.dead_letters, 'dead letter')} {_verb(look.dead_letters)} for a decision.",
                "Retry or drop them.",
                "/dead-letters",
            )
        )
    failed = look.deliveries.get(DeliveryState.FAILED, 0)
    if failed:
        found.append(
            Finding(
                Severity.WARN,
                f"{number(failed)} {'delivery was' if failed == 1 else 'deliveries were'} given up.",
                "The dead letters say why; retry them there.",
                "/alerts?delivery=failed",
            )
        )
    return found


def _verb(count: int) -> str:
    return "waits" if count == 1 else "wait"
