"""What a backtest found, in figures, and how two of them differ."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.archive.backtest import Counts
from monitor.archive.sift import general
from monitor.errors import InputError
from monitor.models.agreement import Agreement
from monitor.models.alert import Alert
from monitor.routes.decide import Action, route
from monitor.routes.tree import Node
from monitor.track import Assignment, Decision

Row = Mapping[str, Any]
"""An alert as a line of ``--alerts``."""

NO_CHANNEL, NOBODY = "(no channel)", "(nobody)"
"""Where alerts wait that have no channel, and where those are that a route drops."""

_CONTENT = ("reason", "status", "parties", "at", "explanation", "facts", "article_id")
"""What makes an alert another one to its reader."""


def alert_line(alert: Alert) -> dict[str, Any]:
    """Return an alert as a line of the file."""
    article = alert.article
    return {
        "alert_id": alert.id,
        "agreement_id": alert.agreement_id,
        "article_id": article.id if article else None,
        "reason": alert.reason.value,
        "status": alert.status.value if alert.status else None,
        "parties": list(alert.parties),
        "at": _iso(alert.at),
        "explanation": alert.explanation,
        "facts": list(alert.facts),
        "title": article.title if article else "",
        "url": article.url if article else None,
        "rules": list(dict.fromkeys(item.rule for item in alert.evidence)),
    }


def assignment_line(item: Assignment) -> dict[str, Any]:
    """Return an assignment as a line of the file."""
    return {"article_id": item.article_id, "kind": item.kind.value, "agreement_id": item.agreement_id}


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def week_of(moment: datetime) -> str:
    """Return the day on which a moment's week begins, a Monday."""
    day = moment.astimezone(UTC).date()
    return (day - timedelta(days=day.weekday())).isoformat()


@dataclass
class Outcome:
    """Takes decisions as they come."""

    root: Node
    """Of the routes."""
    counts: Counts
    alerts: list[Row] = field(default_factory=list)
    weeks: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Alerts by week and reason."""
    channels: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Alerts by channel, and what becomes of them: ``tell``, ``hold``, ``drop``."""
    silences: Counter[str] = field(default_factory=Counter)
    """Why reports were not told."""
    agreements: dict[str, dict[str, Any]] = field(default_factory=dict)
    _hours: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _digests: set[tuple[str, datetime]] = field(default_factory=set)

    def take(self, decision: Decision) -> None:
        """Note what follows from one record."""
        self.silences.update(map(general, decision.silences))
        for agreement in decision.agreements:
            self._note(agreement)
        for alert in decision.alerts:
            self.alerts.append(alert_line(alert))
            self.weeks[week_of(alert.at)][alert.reason.value] += 1
            self._route(alert)

    def _note(self, agreement: Agreement) -> None:
        now = agreement.snapshot
        if now is None:
            self.agreements.pop(agreement.id, None)
            return
        self.agreements[agreement.id] = {
            "agreement_id": agreement.id,
            "parties": list(now.parties),
            "name": now.name,
            "instrument": now.instrument.value,
            "status": now.status.value if now.status else None,
            "articles": now.articles,
            "sources": now.independent_sources,
            "founded": _iso(now.founded_at),
            "updated": _iso(now.updated_at),
        }

    def _route(self, alert: Alert) -> None:
        """Ask the routes, at the moment of the news; storms and limits of Slack aside."""
        for told in route(self.root, alert, alert.at):
            channel = told.channel or (NOBODY if told.action is Action.DROP else NO_CHANNEL)
            self.channels[channel][told.action.value] += 1
            when = alert.at if told.action is Action.TELL else told.due if told.action is Action.HOLD else None
            if when is None or (told.action is Action.HOLD and (channel, when) in self._digests):
                continue
            if told.action is Action.HOLD:
                self._digests.add((channel, when))  # one message tells all that wait for it
            self._hours[channel][_iso(when)[:13] + ":00Z"] += 1

    def peaks(self) -> dict[str, tuple[str, int]]:
        """Return, for each channel, the hour with the most messages, and how many they are."""
        return {
            channel: max(hours.items(), key=lambda hour: (hour[1], hour[0]))
            for channel, hours in sorted(self._hours.items())
        }

    def every_week(self) -> list[tuple[str, Counter[str]]]:
        """Return all weeks from the first to the last alert, those without one too."""
        if not self.weeks:
            return []
        day, last = (datetime.fromisoformat(f(self.weeks)).date() for f in (min, max))
        found = []
        while day <= last:
            found.append((day.isoformat(), self.weeks.get(day.isoformat(), Counter())))
            day += timedelta(days=7)
        return found

    def as_table(self) -> dict[str, Any]:
        """Return the figures as values of JSON."""
        counts = self.counts
        return {
            "articles": counts.articles,
            "broken_lines": counts.broken,
            "replayed_before": counts.replayed,
            "relevant": counts.relevant,
            "repeats": counts.repeats,
            "agreements": counts.agreements,
            "alerts": sum(counts.alerts.values()),
            "alerts_by_reason": dict(sorted(counts.alerts.items())),
            "reports_by_kind": dict(sorted(counts.kinds.items())),
            "alerts_by_week": {week: dict(sorted(reasons.items())) for week, reasons in sorted(self.weeks.items())},
            "alerts_by_channel": {name: dict(sorted(what.items())) for name, what in sorted(self.channels.items())},
            "busiest_hour_by_channel": {
                channel: {"hour": hour, "messages": count} for channel, (hour, count) in self.peaks().items()
            },
            "silences": dict(self.silences.most_common()),
            "read_but_nothing_found": dict(counts.silences.most_common()),
        }


@dataclass(frozen=True)
class Change:
    """An alert that both have, and what is not the same."""

    before: Row
    after: Row
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What another set of rules, or an earlier run, would have told."""

    added: tuple[Row, ...] = ()
    removed: tuple[Row, ...] = ()
    changed: tuple[Change, ...] = ()

    def as_table(self) -> dict[str, Any]:
        """Return it as values of JSON."""
        return {
            "added": list(self.added),
            "removed": list(self.removed),
            "changed": [
                {"fields": list(change.fields), "before": change.before, "after": change.after}
                for change in self.changed
            ],
        }


def compare(before: Iterable[Row], after: Iterable[Row]) -> Difference:
    """Compare two runs over the same archive.

    Alerts are the same by their id; else those of one article with one reason are taken for each other, in turn:
    another reading of the parties, say, gives the agreement another id.
    """
    old = {str(row["alert_id"]): row for row in before}
    new = {str(row["alert_id"]): row for row in after}
    pairs: list[tuple[Row, Row]] = []
    left: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for name, row in old.items():
        if name not in new:
            left[row.get("article_id"), row.get("reason")].append(row)
    added: list[Row] = []
    for name, row in new.items():
        if name in old:
            pairs.append((old[name], row))
            continue
        alike = left.get((row["article_id"], row["reason"])) if row["article_id"] is not None else None
        if alike:
            pairs.append((alike.pop(0), row))
        else:
            added.append(row)
    changed = [
        Change(was, now, fields)
        for was, now in pairs
        if (fields := tuple(name for name in _CONTENT if name in was and was[name] != now[name]))
    ]
    gone = {id(row) for rows in left.values() for row in rows}
    return Difference(tuple(added), tuple(row for row in old.values() if id(row) in gone), tuple(changed))


def read_alerts(path: Path) -> list[Row]:
    """Read a file of ``--alerts``.

    Raises:
        InputError: it is none: names the line.

    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    return [_alert(f"{path}:{number}", line) for number, line in enumerate(lines, 1) if line.strip()]


def _alert(where: str, line: bytes) -> Row:
    hint = "--against takes a folder of rules, or a file that --alerts wrote"
    try:
        row = json.loads(line)
    except ValueError as error:
        raise InputError(f"{where}: not JSON: {error}", hint=hint) from None
    if not isinstance(row, dict) or not isinstance(row.get("alert_id"), str):
        raise InputError(f"{where}: no alert: it has no alert_id", hint=hint)
    return row
