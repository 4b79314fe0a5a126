"""What readers' verdicts say of alerts, of the rules these rest on, and of the articles that told them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.figure import Figure
from monitor.models.alert import Alert
from monitor.models.verdict import Verdict
from monitor.models.vocabulary import FalseAlarm


@dataclass(frozen=True, slots=True)
class Judged:
    """The last word on an alert."""

    right: bool
    verdict: Verdict


@dataclass
class RuleFigures:
    """How a rule fared: alerts that rest on it, and of those that readers judged how many were right."""

    rule: str
    alerts: int = 0
    precision: Figure = field(default_factory=Figure)


def judge(verdicts: Iterable[Verdict]) -> dict[str, Judged]:
    """Return the last word on each alert that readers judged, by alert id.

    A false alarm that stands makes an alert wrong; one that was lifted makes it right, and so does an acknowledgement
    that nobody contradicts.
    """
    last: dict[str, Verdict] = {}
    for verdict in sorted(verdicts, key=lambda one: one.at):
        known = last.get(verdict.alert_id)
        if known is None or known.verdict == "acknowledged" or verdict.verdict != "acknowledged":
            last[verdict.alert_id] = verdict
    return {alert_id: Judged(said.verdict != "false_alarm", said) for alert_id, said in last.items()}


def by_rule(alerts: Iterable[tuple[str, Iterable[str]]], judged: Mapping[str, Judged]) -> list[RuleFigures]:
    """Return each rule's figures, the rule with most alerts first; ``alerts`` gives id and rules of each."""
    found: dict[str, RuleFigures] = {}
    for alert_id, rules in alerts:
        for rule in set(rules):
            figures = found.setdefault(rule, RuleFigures(rule))
            figures.alerts += 1
            if alert_id in judged:
                figures.precision.add(right=judged[alert_id].right)
    return sorted(found.values(), key=lambda one: (-one.alerts, one.rule))


_CLASSES = {
    FalseAlarm.NO_AGREEMENT: "none",
    FalseAlarm.NOT_DEFENCE: "near",
    FalseAlarm.ONLY_MENTIONED: "mention",
    FalseAlarm.WRONG_FACTS: "agreement",
    FalseAlarm.OLD_NEWS: "mention",
}
"""What a reason says of the article; `FalseAlarm.OTHER`, and a reader's own words, say nothing that can be scored."""


def label(alert: Alert, judged: Judged) -> dict[str, Any] | None:
    """Return the label that a verdict gives the article of an alert; None where it gives none.

    Of the facts a label holds only parties and stage, which the headline showed to whoever said that it is right.
    """
    if judged.right:
        parties = alert.snapshot.parties if alert.snapshot else alert.parties
        status = alert.status or (alert.snapshot.status if alert.snapshot else None)
        events = [{"parties": sorted(parties), "status": status.value if status else None}]
        return {"class": "agreement", "confidence": "high", "events": events}
    reasons = {reason.value: reason for reason in FalseAlarm}
    reason = reasons.get(judged.verdict.why)
    if reason is None or reason not in _CLASSES:
        return None
    # "Old news" may be an agreement told too late as well as one that is background: no figure should rest on it
    confidence = "low" if reason is FalseAlarm.OLD_NEWS else "high"
    return {"class": _CLASSES[reason], "confidence": confidence, "events": []}
