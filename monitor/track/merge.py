"""Make one dossier of two: on evidence, or because a person says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from monitor.track.dossier import Dossier, compact
from monitor.track.entry import Entry
from monitor.track.identity import SAME_AGREEMENT, match

if TYPE_CHECKING:
    from monitor.track.state import Draft

SURE = SAME_AGREEMENT + 2.5
"""What a report must score against both dossiers to make them one: more than attaching needs, as it is not undone."""


def merge_if_one(draft: Draft, dossier: Dossier, entry: Entry) -> tuple[str, str] | None:
    """Merge a dossier with one it may be the same as, if a report that came to it fits both.

    Returns the ids of the dossier that stays (the older) and of the one that goes, or None.
    """
    for other_id in dossier.possibly:
        other = draft.get(other_id)
        if other is None or not other.entries or other.id == dossier.id or other.id in dossier.apart:
            continue
        mine, its = match(entry, dossier.card), match(entry, other.card)
        if mine is None or its is None or its.score < SURE or mine.score < SURE:
            continue
        stays, goes = sorted((dossier, other), key=lambda one: (one.founded, one.id))
        merge(draft, stays, goes)
        return stays.id, goes.id
    return None


def merge(draft: Draft, stays: Dossier, goes: Dossier) -> Dossier:
    """Put one dossier into another; what readers of either were told counts as told."""
    gone = {stays.id, goes.id}
    merged = replace(
        stays,
        entries=compact((*stays.entries, *goes.entries)),
        told=stays.told.joined(goes.told),
        articles=stays.articles + goes.articles,
        possibly=tuple(dict.fromkeys(one for one in (*stays.possibly, *goes.possibly) if one not in gone))[:4],
        apart=tuple(dict.fromkeys(one for one in (*stays.apart, *goes.apart) if one not in gone)),
        founded=min(stays.founded, goes.founded),
    )
    draft.put(merged)
    draft.put_redirect(goes.id, stays.id)
    return merged
