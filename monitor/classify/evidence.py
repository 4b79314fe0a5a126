"""Evidence: the words a field rests on, cut out of the article exactly."""

from __future__ import annotations

from monitor.classify.rules import Hit
from monitor.classify.text import Document, PartName, Spanned, TextPart
from monitor.models.report import Evidence

_LONGEST = 600
"""Characters of a sentence that evidence carries; news sentences are shorter, tables and lists are not."""


def cite(document: Document, field: str, rule: str, part: PartName, start: int, end: int) -> Evidence:
    """Return the evidence of a field: ``raw[start:end]`` of a part, and the sentence around it."""
    text = document.part(part)
    sentence = text.sentence_at(start) if text.sentences else None
    return Evidence(
        field=field,
        rule=rule,
        part=part,
        start=start,
        end=end,
        quote=text.raw[start:end],
        sentence=text.raw[sentence.start : min(sentence.end, sentence.start + _LONGEST)] if sentence else "",
    )


def cite_span(document: Document, field: str, rule: str, span: Spanned) -> Evidence:
    """Return the evidence of a field for anything that has a part, a start and an end."""
    return cite(document, field, rule, span.part, span.start, span.end)


def cite_hit(document: Document, field: str, part: TextPart, hit: Hit) -> Evidence:
    """Return the evidence of a field for the words a rule found."""
    return cite(document, field, hit.rule.id, part.name, part.starts[hit.first], part.ends[hit.last - 1])
