"""Reads every topic at the end and compares it with what had to come of the articles."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

from monitor.models.alert import Alert
from monitor.models.dead_letter import DeadLetter
from monitor.models.delivery import Delivery
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, decode_reports
from monitor.models.vocabulary import DeliveryState, Status
from monitor.settings import Settings
from tests.agents.fakes import Dossiers
from tests.soak.faults import Fault
from tests.soak.news import Newsroom, Sort, World
from tests.soak.slack import CHANNEL, Slack
from tests.soak.waits import Waits
from tests.waiting import until


@dataclass(frozen=True)
class Stand:
    """What there is to look at."""

    settings: Settings
    world: World
    newsroom: Newsroom
    trace: Path
    slack: Slack
    faults: list[Fault]
    rules: list[tuple[str, float]]


@dataclass
class Findings:
    """What was found wrong, by name, with a few examples; and how long things took."""

    wrong: dict[str, list[str]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    """How many of everything were looked at."""
    waits: Waits = field(default_factory=Waits)
    rules_late: float = 0.0
    """The longest time from a publication of rules to the last report by older ones, in seconds."""

    def note(self, name: str, found: Any) -> None:
        """Note what is wrong under a name: nothing, where all is well."""
        self.wrong[name] = sorted(map(str, found))


def records(settings: Settings, name: str) -> Iterator[Any]:
    """Yield every record that stands in a topic now, by partition and offset; changelogs by their full name."""
    full = name if name.endswith("-changelog") else settings.kafka.topic(name)
    options = {"group.id": "soak-verify", "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    consumer = Consumer({"bootstrap.servers": settings.kafka.bootstrap_servers, "check.crcs": True, **options})
    try:
        for partition in range(settings.kafka.partitions):
            low, end = until(partial(_ends, consumer, TopicPartition(full, partition)), what=f"a leader of {full}")
            if low == end:
                continue
            consumer.assign([TopicPartition(full, partition, low)])
            position = low
            while position < end:
                for message in consumer.consume(1000, timeout=0.1):
                    if message.error():
                        raise AssertionError(f"{full}: {message.error()}")
                    offset = message.offset() or 0
                    position = offset + 1
                    if offset < end:
                        yield message
                [where] = consumer.position([TopicPartition(full, partition)])
                position = max(position, where.offset)  # the last offsets may have been compacted away
    finally:
        consumer.close()


def _ends(consumer: Consumer, partition: TopicPartition) -> tuple[int, int] | None:
    """Return first and next offset; None while the client has yet to learn who leads the partition now."""
    try:
        consumer.list_topics(partition.topic, timeout=10)
        return consumer.get_watermark_offsets(partition, timeout=10)
    except KafkaException:
        return None


def latest(settings: Settings, name: str) -> dict[str, bytes]:
    """Return the last value of every key of a topic that is not deleted; names as for `records`."""
    last = {record.key().decode(): record.value() for record in records(settings, name)}
    return {key: value for key, value in last.items() if value is not None}


def _unlike(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[str]:
    """Return, in words, where two tables differ."""
    keys = [key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)]
    return [f"{key}: {found.get(key)!s} instead of {wanted.get(key)!s}" for key in keys]


def verify(stand: Stand) -> Findings:
    """Look at everything."""
    findings = Findings()
    articles = _articles(stand, findings)
    told = _reports(stand, findings, articles)
    _actors(stand, findings)
    _dossiers(stand, findings)
    alerts = _alerts(stand, findings, told)
    _slack(stand, findings, alerts)
    findings.waits.blame(stand.faults)
    return findings


def _articles(stand: Stand, findings: Findings) -> dict[str, float]:
    """Check that every article stands, and was classified or is a dead letter; return when each pact was written."""
    standing: set[str] = set()
    written: dict[str, float] = {}
    for record in records(stand.settings, "articles"):
        key = record.key().decode()
        standing.add(key)
        if b"PACT" in record.value():
            written[key] = min(written.get(key, float("inf")), record.timestamp()[1] / 1000)
    classified = set(stand.trace.read_text(encoding="ascii").split())
    letters = {
        (letter.stage, _article_of(letter)): letter
        for letter in (
            DeadLetter.read(record.key(), record.value(), record.headers())
            for record in records(stand.settings, "dead-letters")
        )
    }
    wanted: set[tuple[str, str]] = set()
    lost, unaccounted, changed = [], [], []
    for one in stand.world.all(stand.newsroom.written):
        if one.id not in standing:
            lost.append(one.id)
        if one.sort in (Sort.CRASH, Sort.BROKEN):
            wanted.add(("classify", one.id))
            letter = letters.get(("classify", one.id))
            if letter is not None and letter.value != one.value:
                changed.append(one.id)
        elif one.id not in classified:
            unaccounted.append(one.id)
        if one.sort is Sort.POISON:
            wanted |= {("track", one.id), ("count", one.id)}
    unaccounted += [f"{stage} {key}" for stage, key in wanted - letters.keys()]
    findings.note("articles that Kafka took and lost", [*lost, *stand.newsroom.refused])
    findings.note("articles unaccounted for", unaccounted)
    findings.note(
        "dead letters of nothing wrong", [f"{s} {k}: {letters[s, k].message}" for s, k in letters.keys() - wanted]
    )
    findings.note("dead letters without their bytes", changed)
    findings.seen.update({"articles": len(standing), "dead letters": len(letters)})
    return written


def _article_of(letter: DeadLetter) -> str:
    if letter.stage == "count":
        return str(json.loads(letter.value or b"{}").get("article_id"))
    return (letter.key or b"").decode()


def _reports(stand: Stand, findings: Findings, written: dict[str, float]) -> list[tuple[Alert, float]]:
    """Check the reports; return the alerts that they must lead to in their order, and when each was written."""
    wanted: list[tuple[Alert, float]] = []
    dossiers = Dossiers()
    seen: set[str] = set()
    by_rules: dict[str, float] = {}
    for record in records(stand.settings, "reports"):
        report = decode_reports(record.value())
        if not isinstance(report, ArticleReports):
            continue
        at = record.timestamp()[1] / 1000
        name = report.article.id
        if name not in seen:
            seen.add(name)
            findings.waits.note("article to report", written.get(name, at), at)
        by_rules[report.origin.rules_version] = at
        if any("XXX" in one.parties for one in report.reports):
            continue
        draft = dossiers.draft()
        place = Origin(topic="", partition=0, offset=record.offset(), article_id=name)
        wanted += [(alert, written.get(name, at)) for alert in draft.apply(report, place).alerts]
        draft.commit()
    pacts = {one.id for one in stand.world.all(stand.newsroom.written) if one.sort in (Sort.PACT, Sort.POISON)}
    findings.note("relevant articles without a report", pacts - seen)
    findings.note("reports of nothing", seen - pacts)
    findings.seen.update({"reports": len(seen), "sets of rules": len(by_rules)})
    for (version, _), (_, since) in zip([("unruled", 0.0), *stand.rules], stand.rules, strict=False):
        findings.rules_late = max(findings.rules_late, by_rules.get(version, since) - since)
    known = {"unruled", *(version for version, _ in stand.rules)}
    findings.note("reports by rules that nobody published", by_rules.keys() - known)
    table = latest(stand.settings, f"{stand.settings.worker.app_id}-dossiers-changelog")
    findings.note("entries of the table unlike a faultless run", _unlike(table, dossiers.state))
    return wanted


def _actors(stand: Stand, findings: Findings) -> None:
    """Compare each actor's count with the number of articles that name it."""
    wanted: Counter[str] = Counter()
    for one in stand.world.all(stand.newsroom.written):
        if one.sort is Sort.PACT or one.sort is Sort.POISON:
            wanted.update(f"country:{party}" for party in one.parties if party != "XXX")
    counts = {key: json.loads(value)["articles"] for key, value in latest(stand.settings, "actors").items()}
    findings.note("actor counts that are wrong", _unlike(counts, wanted))
    findings.seen["actors"] = len(counts)


def _dossiers(stand: Stand, findings: Findings) -> None:
    """Compare each dossier's stage with the highest that any article told."""
    wanted: dict[str, Status] = {}
    for one in stand.world.all(stand.newsroom.written):
        if one.sort is Sort.PACT:
            name = "+".join(sorted(one.parties))
            known = wanted.get(name)
            if known is None or (known.rank or 0) < (one.stage.rank or 0):
                wanted[name] = one.stage
    last = {key: json.loads(value)["status"] for key, value in latest(stand.settings, "agreements").items()}
    findings.note("dossiers that are wrong", _unlike(last, wanted))
    findings.seen["dossiers"] = len(last)


def _alerts(stand: Stand, findings: Findings, wanted: list[tuple[Alert, float]]) -> dict[str, tuple[str, float]]:
    """Check the alerts; return agreement and moment of each by its id, in the order of first appearance."""
    first: dict[str, tuple[str, float]] = {}
    values: defaultdict[str, set[str]] = defaultdict(set)
    count = 0
    for record in records(stand.settings, "alerts"):
        alert = Alert.decode(record.value())
        values[alert.id].add("/".join((alert.reason, alert.value, alert.previous, str(alert.agreement_id))))
        first.setdefault(alert.id, (str(alert.agreement_id), record.timestamp()[1] / 1000))
        count += 1
    order = [alert.id for alert, _ in wanted]
    for alert, since in wanted:
        if alert.id in first:
            findings.waits.note("article to alert", since, first[alert.id][1])
    findings.note("alerts lost before Slack", set(order) - first.keys())
    findings.note("alerts made up", first.keys() - set(order))
    findings.note("alerts out of order", [] if list(first) == order else _misplaced(list(first), order))
    findings.note("alerts that say two things", [key for key, said in values.items() if len(said) > 1])
    findings.seen.update({"alerts": len(first), "alerts written twice": count - len(first)})
    return first


def _misplaced(found: list[str], wanted: list[str]) -> list[str]:
    known = set(found) & set(wanted)
    pairs = zip((key for key in found if key in known), (key for key in wanted if key in known), strict=True)
    return [f"{a} where {b} belongs" for a, b in pairs if a != b]


def _slack(stand: Stand, findings: Findings, alerts: dict[str, tuple[str, float]]) -> None:
    """Check what stands on Slack, and the deliverer's log."""
    standing = stand.slack.standing()
    marks = Counter(mark for mark, _ in standing)
    findings.note("alerts lost on Slack", alerts.keys() - marks.keys())
    findings.note("messages of no alert", marks.keys() - alerts.keys())
    findings.note("messages that stand twice", [mark for mark, count in marks.items() if count > 1])
    findings.note("messages that Slack's limits forbid", stand.slack.server.refused)
    stamps = {mark: int(ts.partition(".")[2]) for mark, ts in standing}
    by_agreement: defaultdict[str, list[int]] = defaultdict(list)
    for key, (agreement, _) in alerts.items():
        if key in stamps:
            by_agreement[agreement].append(stamps[key])
    findings.note("agreements told out of order", [key for key, told in by_agreement.items() if told != sorted(told)])
    findings.note("deliveries that are not sent", deliveries_left(stand.settings))
    log = _deliveries(stand.settings)
    sent = {key: one for key, one in log.items() if one.state is DeliveryState.SENT}
    stray = [key for key, one in sent.items() if (one.alert_id, one.ts) not in standing]
    findings.note("deliveries that name no message", stray)
    findings.note("alerts that the deliverer does not know", {f"{key}/#{CHANNEL}" for key in alerts} - log.keys())
    for key, (_, since) in alerts.items():
        at = stand.slack.server.accepted_at.get(key)
        if at is not None:
            findings.waits.note("alert to Slack", since, at)
    findings.seen["messages"] = len(standing)


def _deliveries(settings: Settings) -> dict[str, Delivery]:
    return {key: Delivery.decode(value) for key, value in latest(settings, "deliveries").items()}


def deliveries_left(settings: Settings) -> list[str]:
    """Return what the deliverer's log says to be not sent, and what of the alerts it has not taken."""
    log = _deliveries(settings)
    left = [f"{key}: {one.state}" for key, one in log.items() if one.state is not DeliveryState.SENT]
    known = {one.alert_id for one in log.values()}
    alerts = (Alert.decode(record.value()).id for record in records(settings, "alerts"))
    return left + [f"{key}: not taken" for key in dict.fromkeys(alerts) if key not in known]


def doubles(slack: Slack) -> list[str]:
    """Return the marks that stand more than once."""
    return [mark for mark, count in Counter(mark for mark, _ in slack.standing()).items() if count > 1]
