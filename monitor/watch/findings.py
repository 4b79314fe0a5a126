"""What is wrong, and what to do about it: a decision over one look at everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.models.vocabulary import DeliveryState
from monitor.settings import Slack
from monitor.watch.cluster_state import ClusterState, StageState
from monitor.watch.processes import ProcessesState
from monitor.watch.sources import Silent
from monitor.watch.words import ago, number, plural

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
class Limits:
    """From where on something is worth a word."""

    behind: float = BEHIND
    """Seconds of lag."""
    silent: timedelta = SILENT
    """Without any article."""
    dead_letters: int = 1
    """That wait."""

    @classmethod
    def of(cls, settings: Slack) -> Limits:
        """Return the limits of the settings."""
        silent = timedelta(hours=settings.ops_no_article_hours)
        return cls(settings.ops_behind, silent, settings.ops_dead_letters)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, in a sentence, and what to do, in another."""

    severity: Severity
    what: str
    do: str = ""
    link: str = ""
    """The page that shows more."""
    key: str = ""
    """What it is about, the same from one look to the next while the words change."""


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
    silent_sources: Sequence[Silent] = ()
    """Publishers that used to bring articles."""
    limits: Limits = Limits()


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
                "kafka",
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
                "topics",
            )
        )
    found += _groups(cluster)
    found += [finding for stage in cluster.stages if (finding := _late(stage, look.limits.behind))]
    found += _processes(look)
    found += _waiting(look)
    if not found and look.loading:
        names = ", ".join(look.loading)
        return [Finding(Severity.WARN, f"Still reading {names}.", next(filter(None, look.loading.values()), ""))]
    if (
        look.last_article
        and look.now - look.last_article > look.limits.silent
        and not any(f.severity is Severity.BAD for f in found)
    ):
        found.append(
            Finding(
                Severity.WARN,
                f"No article has come in for {ago(look.now - look.last_article)}.",
                "Is the feed running? `pactwatch ingest FILE|URL` puts articles in by hand.",
                "/topics/articles",
                "feed",
            )
        )
    found += [_silent(source, look.now) for source in look.silent_sources]
    found.sort(key=lambda finding: list(Severity).index(finding.severity))
    return found or [Finding(Severity.OK, "All is well: every stage is up to date.")]


def _no_broker(look: Look) -> Finding:
    if look.cluster_trouble is None:
        return Finding(Severity.WARN, "Asking Kafka how it is …")
    return Finding(
        Severity.BAD,
        f"Kafka does not answer: {look.cluster_trouble}.",
        "Start everything with `pactwatch up`, or set kafka.bootstrap_servers.",
        key="kafka",
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
            found.append(Finding(Severity.BAD, what, do, "/topics", f"group {stage.name}"))
        elif group.state in ("PreparingRebalance", "CompletingRebalance"):
            name = "workers" if stage.name == "classify" else "deliverers"
            found.append(Finding(Severity.WARN, f"The {name} are sharing out their partitions; this takes seconds."))
    return found


def _silent(source: Silent, now: datetime) -> Finding:
    usual = ago(source.usual)
    return Finding(
        Severity.WARN,
        f"{source.name} has been silent for {ago(now - source.last)}; it used to bring an article every {usual}.",
        "Has its feed moved, or is it blocked? `pactwatch feeds` shows what it answers.",
        "/topics/articles",
        f"source {source.name}",
    )


def _late(stage: StageState, behind: float) -> Finding | None:
    records, seconds = stage.records, stage.seconds
    if not records or seconds is None or seconds < behind:
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
        f"lag {stage.name}",
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
            "rules",
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
                "rules versions",
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
                    "circuit",
                )
            )
        if active.buttons:
            what = f"Buttons on Slack do nothing at the moment: {active.buttons}."
            found.append(Finding(Severity.WARN, what, "`pactwatch doctor` looks at the token.", "/system", "buttons"))
        for name, channel in active.channels.items():
            if channel.get("trouble"):
                found.append(
                    Finding(Severity.BAD, f"Channel {name}: {channel['trouble']}.", "", "/alerts", f"channel {name}")
                )
        nowhere = int(active.channels.get("(none)", {}).get("queued", 0))
        if nowhere:
            found.append(
                Finding(
                    Severity.WARN,
                    f"{plural(nowhere, 'alert')} {_verb(nowhere)} for a channel.",
                    "Set slack.channel and SLACK_BOT_TOKEN.",
                    "/alerts",
                    "nowhere",
                )
            )
    elif state.deliverers and all(one.trouble for one in state.deliverers):
        found.append(
            Finding(
                Severity.BAD, f"The deliverer cannot start: {state.deliverers[0].trouble}.", "", "/system", "deliverer"
            )
        )
    return found


def _waiting(look: Look) -> list[Finding]:
    found = []
    if look.dead_letters and look.dead_letters >= look.limits.dead_letters:
        found.append(
            Finding(
                Severity.WARN,
                f"{plural(look.dead_letters, 'dead letter')} {_verb(look.dead_letters)} for a decision.",
                "Retry or drop them.",
                "/dead-letters",
                "dead letters",
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
                "failed",
            )
        )
    return found


def _verb(count: int) -> str:
    return "waits" if count == 1 else "wait"
