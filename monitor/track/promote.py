"""When an article that only seems to mention an agreement brings news of it.

A classifier sees one article; a dossier knows what is known.  "The agreement took effect on Monday", deep in an
article on something else, is background to the one and a new stage to the other.  So a mention of an agreement that
is followed may be taken for news: never to found a dossier, and only on firm ground, for most mentions are of the past.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.decide import Verdict
from monitor.models.report import Report
from monitor.models.vocabulary import Reason
from monitor.track.entry import Entry
from monitor.track.identity import MENTION, SAME_AGREEMENT, Match

SURE = SAME_AGREEMENT + 1.6
"""What a mention must score against the dossier: parties and subject alone do not reach it."""

CLEAR = 0.8
"""By how much the dossier must fit better than the next, where not the agreement but the news is sure."""

NEWS = 0.55
"""What the classifier takes for news; it did not call it that only because too few parties are named."""

FRESH = 10
"""Days before the article within which the text must date a stage for it to be news."""

LEAST_SCORE = 0.1
"""Below this, what the classifier reads is not worth reading."""

FIRM = frozenset({"years", "until", "planned", "sites", "signatories"})
"""Fields whose news does not hang on the article's being about the agreement."""


def is_of(fits: Sequence[Match]) -> bool:
    """Tell whether a hint is of the agreement it fits best: by more than its parties, and clearly more than the next.

    ``fits``: how well it fits each dossier, the best first.
    """
    return bool(fits) and fits[0].score >= MENTION and fits[0].is_particular and _is_clear(fits)


def may_bring_news(report: Report, entry: Entry, fits: Sequence[Match]) -> bool:
    """Tell whether a mention is surely enough of one agreement to be asked for news of it.

    ``fits``: how well it fits each dossier, the best first.
    """
    if entry.undated or not fits or (entry.score < LEAST_SCORE and not _is_portrait(report)):
        return False
    sure = fits[0].score >= SAME_AGREEMENT and fits[0].is_particular and _is_clear(fits)
    return fits[0].score >= SURE or (_is_news(entry) and sure)


def brings_news(entry: Entry, verdict: Verdict) -> bool:
    """Tell whether what would be told of it stands on firm ground."""
    if verdict.reason is Reason.STAGE_MOVED:
        dated = entry.day is not None and 0 <= entry.event_day - entry.day <= FRESH
        return dated or (entry.day is None and _is_news(entry))
    return verdict.reason is Reason.NEW_FACT and (verdict.field in FIRM or _is_news(entry))


def _is_portrait(report: Report) -> bool:
    """Tell whether the article is on the agreement itself, though nothing happens to it: its title names it."""
    return report.status is None and any(one.field == "instrument" and one.part == "title" for one in report.evidence)


def _is_clear(fits: Sequence[Match]) -> bool:
    return len(fits) == 1 or fits[0].score - fits[1].score >= CLEAR


def _is_news(entry: Entry) -> bool:
    return entry.score >= NEWS
