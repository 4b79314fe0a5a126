"""Tracked agreements: the filtered table, and the dossier of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor.models.agreement import Agreement, AgreementState
from monitor.models.vocabulary import Status, Subject
from monitor.slack.names import party
from monitor.watch.words import subject
from monitor.web.data.live import Live
from monitor.web.data.page import Page, Row, Slice, cut
from monitor.web.data.rows import AgreementRow, AlertRow, DeliveryRow

_ORDER = {status: number for number, status in enumerate(Status)}

_KEYS = {
    "title": lambda row: row.title.lower(),
    "status": lambda row: _ORDER.get(row.status) if row.status else None,
    "date": lambda row: row.date,
    "articles": lambda row: row.articles,
    "sources": lambda row: row.sources,
    "conflicts": lambda row: row.conflicts,
    "score": lambda row: row.score,
    "founded_at": lambda row: row.founded_at,
    "updated_at": lambda row: row.updated_at,
}


@dataclass(frozen=True, slots=True)
class AgreementFilter:
    """What the table is narrowed to; an empty field lets all pass."""

    text: str = ""
    """Words that all occur in the title, names, places, people or id."""
    party: str = ""
    """An alpha-3 code or an organisation's short name; several that all take part are joined by ``+``."""
    subject: Subject | None = None
    status: Status | None = None
    since: date | None = None
    """Updated on or after."""
    until: date | None = None
    """Updated on or before."""
    confirmed: bool | None = None
    conflicts: bool = False
    """Only those whose sources disagree."""
    state: AgreementState = AgreementState.LIVE

    def passes(self, row: AgreementRow, words: list[str]) -> bool:
        """Tell whether a row passes; ``words`` are those of ``text``, in lower case."""
        return (
            row.state is self.state
            and (not self.party or all(code in row.parties for code in self.party.split("+")))
            and (self.subject is None or self.subject in row.subjects)
            and (self.status is None or row.status is self.status)
            and (self.confirmed is None or row.confirmed is self.confirmed)
            and (not self.conflicts or row.conflicts > 0)
            and (self.since is None or row.updated_at.date() >= self.since)
            and (self.until is None or row.updated_at.date() <= self.until)
            and all(word in row.haystack for word in words)
        )


def table(live: Live, wanted: AgreementFilter, part: Slice) -> Page:
    """Return a page of the table, by default the last changed first."""
    words = wanted.text.lower().split()
    found = [row for row in live.agreements.items().values() if wanted.passes(row, words)]
    rows = cut(found, part, _KEYS, "updated_at", descending=True)
    return Page([as_row(row) for row in rows], len(found))


def as_row(row: AgreementRow) -> Row:
    """Return a row as JSON."""
    return {
        "id": row.id,
        "title": row.title,
        "parties": list(row.parties),
        "flags": "".join(party(code).flag for code in row.parties[:4]),
        "instrument": row.instrument.value,
        "subjects": [subject.value for subject in row.subjects],
        "subject_names": [subject(code.value) for code in row.subjects],
        "status": row.status.value if row.status else None,
        "date": row.date.isoformat() if row.date else None,
        "articles": row.articles,
        "sources": row.sources,
        "confirmed": row.confirmed,
        "conflicts": row.conflicts,
        "score": round(row.score, 3),
        "founded_at": row.founded_at.isoformat(),
        "updated_at": row.updated_at.isoformat(),
        "state": row.state.value,
        "merged_into": row.merged_into,
    }


def parties(live: Live) -> dict[str, int]:
    """Return every party with the number of its live dossiers, most first."""
    counts: dict[str, int] = {}
    for row in live.agreements.items().values():
        for code in row.parties:
            counts[code] = counts.get(code, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True, slots=True)
class Told:
    """An alert of a dossier, with where it was delivered."""

    alert: AlertRow
    deliveries: tuple[DeliveryRow, ...]


@dataclass(frozen=True, slots=True)
class DossierView:
    """Everything about one agreement."""

    row: AgreementRow
    record: Agreement
    told: tuple[Told, ...]
    """Oldest first; an alert's newest revision."""
    absorbed: tuple[str, ...]
    """Dossiers merged into this one."""

    def as_json(self) -> Row:
        """Return it as the API gives it."""
        record: dict[str, Any] = self.record.model_dump(mode="json", exclude={"schema_version"})
        return {
            **as_row(self.row),
            "record": record,
            "alerts": [
                {
                    "id": told.alert.id,
                    "reason": told.alert.reason.value,
                    "headline": told.alert.headline,
                    "at": told.alert.at.isoformat(),
                    "deliveries": {one.channel: one.state.value for one in told.deliveries},
                }
                for told in self.told
            ],
            "absorbed": list(self.absorbed),
        }


def dossier(live: Live, agreement_id: str) -> DossierView | None:
    """Return a dossier; None when there is none of that id."""
    row = live.agreements.get(agreement_id)
    if row is None:
        return None
    alerts: dict[str, AlertRow] = {}
    for alert in live.alerts.rows:
        if alert.agreement_id == agreement_id and (
            alert.id not in alerts or alert.revision >= alerts[alert.id].revision
        ):
            alerts[alert.id] = alert
    sent: dict[str, list[DeliveryRow]] = {}
    for delivery in live.deliveries.items().values():
        if delivery.alert_id in alerts:
            sent.setdefault(delivery.alert_id, []).append(delivery)
    told = sorted(alerts.values(), key=lambda alert: alert.place.offset)
    absorbed = [other.id for other in live.agreements.items().values() if other.merged_into == agreement_id]
    return DossierView(
        row, row.record(), tuple(Told(alert, tuple(sent.get(alert.id, ()))) for alert in told), tuple(sorted(absorbed))
    )
