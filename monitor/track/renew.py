"""What was told is brought up to date without a new message: a second source, a place, a day that others left out.

The last alert of a dossier is sent again under its own id with a higher revision; its message is renewed in place, and
what waits for more sources is let go when there are enough.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.models.alert import Alert
from monitor.models.article import ArticleRef
from monitor.models.record import Origin, Replay
from monitor.models.report import Evidence
from monitor.models.vocabulary import Reason, Status
from monitor.track.entry import SENTENCE, cut, moment
from monitor.track.publish import snapshot
from monitor.track.told import Last

if TYPE_CHECKING:
    from monitor.track.dossier import Dossier

PIECES = 3
"""Pieces of evidence that are kept of an alert: a message quotes one."""

SOURCES = 10
"""Independent sources up to which each more renews what was told."""

SHOWN = frozenset(
    {
        "name",
        "date",
        "place",
        "duration",
        "signatories",
        "sites",
        "cost",
        "what is planned",
        "end of the stage",
        "confirmed",
        "one more source",
    }
)
"""Changes that a message shows."""


def last_of(alert: Alert) -> Last:
    """Return what is kept of an alert."""
    assert alert.article is not None  # what ticks tell is never renewed
    ranked = sorted(
        alert.evidence, key=lambda one: (one.field != alert.field, one.field != "status", one.part == "title")
    )
    pieces = (
        (
            one.field,
            one.rule,
            one.part,
            one.start,
            one.end,
            one.quote[:SENTENCE],
            cut(one.sentence, SENTENCE, around=one.quote),
        )
        for one in ranked[:PIECES]
    )
    return Last(
        alert.id,
        alert.reason.value,
        alert.field,
        alert.value,
        alert.previous,
        alert.episode,
        alert.article.id,
        int(alert.article.ingested_at.timestamp()),
        alert.explanation,
        alert.facts,
        tuple(pieces),
        alert.score,
        alert.revision,
    )


def renewed(
    dossier: Dossier, changed: tuple[str, ...], *, origin: Origin, replay: Replay | None
) -> tuple[Dossier, Alert] | None:
    """Return the dossier with its last alert renewed, and that alert; None when nothing of it is shown otherwise."""
    last, view = dossier.told.last, dossier.view
    if last is None or SHOWN.isdisjoint(changed) or view.independent_sources > SOURCES:
        return None
    teller = next((entry for entry in dossier.entries if entry.alert_id == last.id), None)
    if teller is None:
        return None  # its article took it back
    now = replace(last, revision=last.revision + 1)
    kept = dossier.with_told(replace(dossier.told, last=now))
    alert = Alert(
        id=now.id,
        reason=Reason(now.reason),
        agreement_id=dossier.id,
        field=now.field,
        value=now.value,
        previous=now.previous,
        episode=now.episode,
        revision=now.revision,
        status=Status(view.status) if view.status else None,
        parties=view.parties,
        at=moment(teller.at),
        article=ArticleRef(
            id=teller.article_id,
            title=teller.title,
            source=teller.source,
            url=teller.url,
            published_at=None if teller.undated else moment(teller.at),
            ingested_at=moment(now.ingested),
        ),
        explanation=now.explanation,
        facts=now.facts,
        score=now.score,
        evidence=tuple(
            Evidence(field=name, rule=rule, part=part, start=start, end=end, quote=quote, sentence=sentence)
            for name, rule, part, start, end, quote, sentence in now.evidence
        ),
        snapshot=snapshot(kept),
        origin=origin,
        replay=replay,
    )
    return kept, alert
