"""When an article that only seems to mention an agreement brings news of it.

A classifier sees one article; a dossier knows what is known.  "The agreement took effect on Monday", deep in an
article on something else, is background to the one and a new stage to the other.  So a mention of an agreement that
is followed may be taken for news: never to found a dossier, and only on firm ground, for most mentions are of the past.
"""

from __future__ import annotations

from monitor.alerts.decide import Verdict
from monitor.models.vocabulary import Reason
from monitor.track.entry import Entry
from monitor.track.identity import SAME_AGREEMENT, Match

SURE = SAME_AGREEMENT + 1.6
"""What the mention must score against the dossier: parties and subject alone do not reach it."""

FRESH = 10
"""Days before the article within which the text must date a stage for it to be news."""

LEAST_SCORE = 0.1
"""Below this, what the classifier reads is not worth reading."""

FIRM = frozenset({"years", "until", "planned", "sites"})
"""Fields whose news does not hang on the article's being about the agreement."""


def may_bring_news(entry: Entry, fit: Match) -> bool:
    """Tell whether a mention says enough, and is surely enough of this agreement, to be asked for news."""
    return entry.status is not None and not entry.undated and entry.score >= LEAST_SCORE and fit.score >= SURE


def brings_news(entry: Entry, verdict: Verdict) -> bool:
    """Tell whether what would be told of it stands on firm ground."""
    if verdict.reason is Reason.STAGE_MOVED:
        return entry.day is not None and 0 <= entry.event_day - entry.day <= FRESH
    return verdict.reason is Reason.NEW_FACT and verdict.field in FIRM
