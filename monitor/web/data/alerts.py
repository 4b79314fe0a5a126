"""Alerts with their deliveries and verdicts; how often each rule was right; mutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from monitor.alerts.judged import by_rule, judge
from monitor.models.vocabulary import DeliveryState, Reason
from monitor.slack.log import OPEN
from monitor.web.data.live import Live
from monitor.web.data.page import Page, Row, Slice, cut
from monitor.web.data.rows import AlertRow, DeliveryRow

NOT_ROUTED = "not routed"
"""Shown for an alert that stands on no channel: under the minimum score, from a warm-up, or not taken up yet."""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """What the table is narrowed to."""

    text: str = ""
    reason: Reason | None = None
    party: str = ""
    delivery: str = ""
    """A state of delivery, or ``not routed``."""
    rule: str = ""
    verdict: str = ""
    since: date | None = None
    """Written on or after (processing time)."""
    until: date | None = None


_KEYS = {
    "written_at": lambda item: item[0].place.offset,
    "at": lambda item: item[0].at,
    "reason": lambda item: item[0].reason.value,
    "headline": lambda item: item[0].headline.lower(),
    "score": lambda item: item[0].score,
    "delivery": lambda item: item[1],
    "verdict": lambda item: item[2] or None,
    "source": lambda item: item[0].source.lower() or None,
}


def newest(live: Live) -> dict[str, AlertRow]:
    """Return the newest revision of every alert that is known, by id."""
    found: dict[str, AlertRow] = {}
    for row in live.alerts.rows:
        known = found.get(row.id)
        if known is None or row.revision >= known.revision:
            found[row.id] = row
    return found


def table(live: Live, wanted: AlertFilter, part: Slice) -> Page:
    """Return a page of the table, by default the newest first."""
    deliveries = _by_alert(live.deliveries.items().values())
    verdicts = _verdicts(live)
    words = wanted.text.lower().split()
    found = []
    for row in newest(live).values():
        if wanted.reason not in (None, row.reason) or (wanted.party and wanted.party not in row.parties):
            continue
        if wanted.rule and wanted.rule not in row.rules:
            continue
        if (wanted.since and row.written_at.date() < wanted.since) or (
            wanted.until and row.written_at.date() > wanted.until
        ):
            continue
        haystack = f"{row.headline} {row.source} {row.id} {row.agreement_id}".lower()
        if words and not all(word in haystack for word in words):
            continue
        state, verdict = _state(deliveries.get(row.id, ())), verdicts.get(row.id, "")
        if (wanted.delivery and wanted.delivery != state) or (wanted.verdict and wanted.verdict != verdict):
            continue
        found.append((row, state, verdict))
    rows = cut(found, part, _KEYS, "written_at", descending=True)
    return Page(
        [as_row(row, deliveries.get(row.id, ()), verdict) for row, _, verdict in rows],
        len(found),
    )


def as_row(row: AlertRow, deliveries: Iterable[DeliveryRow] = (), verdict: str = "") -> Row:
    """Return a row as JSON."""
    deliveries = tuple(deliveries)
    return {
        "id": row.id,
        "reason": row.reason.value,
        "headline": row.headline,
        "explanation": row.explanation,
        "agreement_id": row.agreement_id,
        "actor_id": row.actor_id,
        "status": row.status.value if row.status else None,
        "parties": list(row.parties),
        "article_id": row.article_id,
        "source": row.source,
        "score": round(row.score, 3),
        "rules": list(row.rules),
        "at": row.at.isoformat(),
        "written_at": row.written_at.isoformat(),
        "delivery": _state(deliveries),
        "channels": [one.channel for one in deliveries],
        "attempts": sum(one.attempts for one in deliveries),
        "error": next((one.error for one in deliveries if one.error), None),
        "verdict": verdict or None,
        "replay": row.replay.value if row.replay else None,
    }


def _by_alert(deliveries: Iterable[DeliveryRow]) -> dict[str, list[DeliveryRow]]:
    found: dict[str, list[DeliveryRow]] = {}
    for delivery in deliveries:
        found.setdefault(delivery.alert_id, []).append(delivery)
    return found


_WORST = (DeliveryState.FAILED, *OPEN)


def _state(deliveries: Iterable[DeliveryRow]) -> str:
    """Return one word for all channels: the one that needs a person most."""
    states = [one.state for one in deliveries]
    if not states:
        return NOT_ROUTED
    return next((state.value for state in _WORST if state in states), states[0].value)


def _verdicts(live: Live) -> dict[str, str]:
    found: dict[str, tuple[datetime, str]] = {}
    for verdict in live.verdicts.items().values():
        if verdict.alert_id not in found or found[verdict.alert_id][0] < verdict.at:
            found[verdict.alert_id] = (verdict.at, verdict.verdict)
    return {alert_id: word for alert_id, (_, word) in found.items()}


def deliveries(live: Live, alert_id: str) -> list[DeliveryRow]:
    """Return where an alert stands, by channel."""
    return sorted(
        (one for one in live.deliveries.items().values() if one.alert_id == alert_id), key=lambda one: one.channel
    )


def rules(live: Live) -> list[Row]:
    """Return how each rule fared: alerts that rest on it, and what readers said of them.

    ``precision`` is right among right and false; None while nobody said anything, as are its 95% bounds.
    """
    judged = judge(live.verdicts.items().values())
    made: list[Row] = []
    for one in by_rule(((row.id, row.rules) for row in newest(live).values()), judged):
        figure = one.precision
        low, high = figure.interval() if figure.total else (None, None)
        made.append(
            {
                "rule": one.rule,
                "alerts": one.alerts,
                "acknowledged": figure.right,
                "false_alarm": figure.total - figure.right,
                "precision": figure.share if figure.total else None,
                "low": low,
                "high": high,
            }
        )
    return made


def mutes(live: Live, now: datetime) -> list[Row]:
    """Return the mutes, those that end last first."""
    return [
        {
            "id": mute.id,
            "scope": mute.scope,
            "target": mute.target,
            "until": mute.until.isoformat(),
            "by": mute.by,
            "at": mute.at.isoformat(),
            "why": mute.why,
            "active": mute.until > now,
        }
        for mute in sorted(live.mutes.items().values(), key=lambda mute: mute.until, reverse=True)
    ]
