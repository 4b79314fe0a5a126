"""Alerts the tests send: the article that started the project, and later news of the same agreement."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from monitor.models.agreement import Snapshot, SourceRef, Stage
from monitor.models.alert import Alert, alert_id
from monitor.models.article import ArticleRef
from monitor.models.report import Evidence, Signatory
from monitor.models.vocabulary import Instrument, Reason, Status, Subject

AT = datetime(2025, 10, 31, 9, 40, tzinfo=UTC)
SENTENCE = "India and the United States have signed a ten-year framework for their major defence partnership."


def snapshot(**changes: Any) -> Snapshot:
    """Return the framework of 31 October 2025."""
    values: dict[str, Any] = {
        "agreement_id": "a1b2c3d4e5f60718",
        "parties": ("IND", "USA"),
        "instrument": Instrument.FRAMEWORK,
        "subjects": (Subject.GENERAL_DCA, Subject.INFO_SECURITY, Subject.RD_INDUSTRIAL),
        "status": Status.SIGNED,
        "date": date(2025, 10, 31),
        "place": "Kuala Lumpur",
        "years": 10.0,
        "name": "Framework for the US-India Major Defence Partnership",
        "signatories": (
            Signatory(name="Rajnath Singh", role="Defence Minister", country="IND"),
            Signatory(name="Pete Hegseth", role="Secretary of War", country="USA"),
        ),
        "stages": (
            Stage(status=Status.NEGOTIATING, date=date(2025, 7, 1), reported_at=AT),
            Stage(status=Status.SIGNED, date=date(2025, 10, 31), reported_at=AT, source="The Defense Post"),
        ),
        "sources": (
            SourceRef(
                article_id="a-1",
                source="Asia Ledger",
                title="India, US sign ten-year defence framework",
                url="https://ledger.example/india-us-framework?a=1&b=2",
                at=AT,
            ),
        ),
        "articles": 1,
        "independent_sources": 1,
        "score": 0.94,
        "founded_at": AT,
        "updated_at": AT,
    }
    return Snapshot(**{**values, **changes})


def alert(reason: Reason = Reason.NEW_AGREEMENT, **changes: Any) -> Alert:
    """Return an alert about the framework; its id follows from what it says, as in production."""
    shown = changes.pop("snapshot", snapshot())
    values: dict[str, Any] = {
        "reason": reason,
        "agreement_id": shown.agreement_id if shown else None,
        "status": shown.status if shown else None,
        "parties": shown.parties if shown else (),
        "at": AT,
        "article": ArticleRef(
            id="a-1",
            title="India, US sign ten-year defence framework",
            url="https://ledger.example/india-us-framework?a=1&b=2",
            source="Asia Ledger",
            published_at=AT,
            ingested_at=AT,
        ),
        "explanation": "First report of an agreement between these parties.",
        "score": 0.94,
        "evidence": (
            Evidence(
                field="status", rule="signed.by-both", part="text", start=0, end=6, quote="signed", sentence=SENTENCE
            ),
            Evidence(field="years", rule="term.year-adjective", part="text", start=0, end=8, quote="ten-year"),
        ),
        "snapshot": shown,
    }
    values.update(changes)
    values.setdefault(
        "id",
        alert_id(
            values["agreement_id"] or "",
            reason,
            values.get("field", ""),
            values.get("value", ""),
            values.get("episode", 0),
        ),
    )
    return Alert(**values)
