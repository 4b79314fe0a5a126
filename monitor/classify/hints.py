"""A hint: what an article says of an agreement that it does not name for everyone.

"MPs ratify troops agreement with Italy": whose parliament?  By itself that is no report, and the article's kind stays
empty; but who follows the agreement may know it by what is said.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.classify.assemble import Thread
from monitor.classify.events import Event
from monitor.classify.reading import Reading
from monitor.classify.report import OLD, agreement_report, bare_report, foremost
from monitor.models.report import Report
from monitor.models.vocabulary import Kind

_OTHER_FIELD = 2.0
"""Weight by which words of another field (trade, police, climate) must outweigh those of defence for a phrase to be of
that field, whoever follows what."""


def hint_report(reading: Reading, candidates: Sequence[tuple[Thread, Event | None, float]]) -> Report | None:
    """Return the likeliest agreement of an article that gave no report: a mention with the parties it names, if any.

    ``candidates`` as for `mention_report`; the score of a hint is the probability that it is the news.
    """
    for thread, main, probability in candidates:
        nouns = [noun for noun in thread.nouns if not noun.anaphor]
        if not nouns or thread.defence <= -_OTHER_FIELD:
            continue
        told = main is not None and main.background < OLD
        report = agreement_report(reading, thread, main, probability) if main is not None and told else None
        if report is None:
            report = bare_report(reading, thread, nouns[0], probability)
        named = report.name or report.acronym
        parties = thread.parties or (() if named else foremost(reading))
        if named or (parties and (told or any(noun.typed for noun in nouns))):
            return report.model_copy(update={"kind": Kind.MENTION, "parties": parties})
    return None
