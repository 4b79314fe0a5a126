"""The other records of `reports`: what a person corrects, and the minutes that come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING

from monitor.alerts import words
from monitor.models.alert import Alert, alert_id
from monitor.models.record import Origin
from monitor.models.report import Correction, Tick
from monitor.models.vocabulary import Reason, ReplayMode, Status
from monitor.track.decision import Decision, agreement_id
from monitor.track.dossier import Dossier
from monitor.track.entry import Entry
from monitor.track.merge import merge
from monitor.track.publish import agreement, redirect, snapshot

if TYPE_CHECKING:
    from monitor.track.state import Draft

SPLIT = 1_000_000
"""Ordinal of a dossier that a person split off: out of the way of those that articles found."""


def correct(draft: Draft, record: Correction, origin: Origin) -> Decision:
    """Do what a person says; nothing when it has been done, or when a dossier it names does not exist."""
    dossier = draft.get(record.agreement_id)
    if dossier is None or not dossier.entries:
        return Decision(silences=(f"there is no agreement {record.agreement_id}",), repeat=True)
    return (
        _merge(draft, record, dossier, origin) if record.action == "merge" else _split(draft, record, dossier, origin)
    )


def _merge(draft: Draft, record: Correction, dossier: Dossier, origin: Origin) -> Decision:
    other = draft.get(record.other_id) if record.other_id else None
    if other is None or not other.entries:
        return Decision(silences=(f"there is no agreement {record.other_id}",), repeat=True)
    if other.id == dossier.id:
        return Decision(silences=("merged already",), repeat=True)
    merged = merge(draft, dossier, other)
    return Decision(
        agreements=(
            agreement(merged, origin=origin, replay=None),
            redirect(other.id, merged.id, origin=origin, replay=None),
        ),
        silences=(f"merged by {record.by}" + (f": {record.why}" if record.why else ""),),
    )


def _split(draft: Draft, record: Correction, dossier: Dossier, origin: Origin) -> Decision:
    """Let articles leave for a dossier of their own, or for the one that ``other_id`` names."""
    asked = set(record.article_ids)
    leaving = tuple(entry for entry in dossier.entries if entry.article_id in asked)
    staying = tuple(entry for entry in dossier.entries if entry.article_id not in asked)
    if not leaving:
        return Decision(silences=("none of these articles is in the dossier",), repeat=True)
    if not staying:
        return Decision(silences=("all articles of the dossier would leave: nothing to split",), repeat=True)
    target = draft.get(record.other_id) if record.other_id else None
    if target is not None and target.id == dossier.id:
        return Decision(silences=("the articles would leave for the dossier they are in",), repeat=True)
    new_id = target.id if target else _new_id(draft, leaving[0])
    moved = len({entry.article_id for entry in leaving})
    known = target or draft.get(new_id) or Dossier(new_id, founded=leaving[0].at)
    left = replace(
        known,
        entries=tuple(sorted((*known.entries, *leaving), key=lambda entry: entry.key)),
        articles=known.articles + moved,
        apart=tuple(dict.fromkeys((*known.apart, dossier.id))),
        possibly=tuple(one for one in known.possibly if one != dossier.id),
    )
    left = replace(left, told=dossier.told.joined(known.told).with_view(left.view))
    rest = replace(
        dossier,
        entries=staying,
        articles=max(1, dossier.articles - moved),
        apart=tuple(dict.fromkeys((*dossier.apart, new_id))),
        possibly=tuple(one for one in dossier.possibly if one != new_id),
    )
    rest = replace(rest, told=rest.told.with_view(rest.view))
    draft.put(rest)
    draft.put(left)
    for article_id in record.article_ids:
        seen = draft.seen(article_id)
        if seen is not None:
            held = tuple(
                (kind, new_id if found and (at := draft.get(found)) and at.id == dossier.id else found)
                for kind, found in seen.held
            )
            draft.put_seen(article_id, replace(seen, held=held))
    return Decision(
        agreements=(agreement(rest, origin=origin, replay=None), agreement(left, origin=origin, replay=None)),
        silences=(f"split by {record.by}" + (f": {record.why}" if record.why else ""),),
    )


def _new_id(draft: Draft, first: Entry) -> str:
    """Return an id for the articles that leave: that of an earlier split, unless a merge has absorbed it since."""
    ordinal = SPLIT
    while True:
        found = agreement_id(first.article_id, first.parties, ordinal)
        known = draft.get(found)
        if known is None or known.id == found:
            return found
        ordinal += 1


def tick(draft: Draft, record: Tick, origin: Origin) -> Decision:
    """Let time pass: an agreement whose stated term has run out, with no word of a renewal, has expired."""
    minute = record.minute.astimezone(UTC).replace(second=0, microsecond=0)
    seconds = int(minute.timestamp())
    if seconds <= draft.minute:
        return Decision(repeat=True)
    draft.minute = seconds
    day = minute.date().toordinal()
    alerts, agreements = [], []
    for dossier_id in draft.due(day):
        dossier = draft.get(dossier_id)
        card = draft.card(dossier_id)
        if dossier is None or card is None or card.expires is None:
            continue
        years = dossier.view.years
        expired = replace(dossier, expired=card.expires)
        current = expired.view.current
        if current is None or current.status != Status.EXPIRED or years is None:
            continue
        episode = expired.told.entries_of(Status.EXPIRED)
        expired = replace(expired, told=expired.told.with_view(expired.view))
        draft.put(expired)
        agreements.append(agreement(expired, origin=origin, replay=record.replay))
        if record.replay is not None and record.replay.mode is ReplayMode.WARM_UP:
            continue
        alerts.append(
            Alert(
                id=alert_id(dossier_id, Reason.STAGE_MOVED, "status", Status.EXPIRED, episode),
                reason=Reason.STAGE_MOVED,
                agreement_id=dossier_id,
                field="status",
                value=Status.EXPIRED,
                previous=dossier.view.status or "",
                episode=episode,
                status=Status.EXPIRED,
                parties=expired.view.parties,
                at=minute,
                explanation=f"its term of {words.years(years)} ran out on {words.day(card.expires)}; "
                "no report of a renewal",
                score=expired.view.score,
                snapshot=snapshot(expired),
                origin=origin,
                replay=record.replay,
            )
        )
    return Decision(alerts=tuple(alerts), agreements=tuple(agreements))
