"""Showing why an article is, or is not, taken for news of an agreement."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from monitor.classify.output import as_table
from monitor.classify.result import Classification
from monitor.models.article import Article
from monitor.models.report import Evidence, Report

_COLOURS = {
    "status": "bold black on bright_green",
    "instrument": "bold black on bright_cyan",
    "parties": "bold black on bright_yellow",
    "subjects": "black on bright_magenta",
    "date": "black on bright_blue",
    "planned": "black on bright_blue",
    "place": "black on bright_blue",
    "years": "black on bright_blue",
    "signatories": "black on bright_white",
    "name": "underline bold",
    "acronym": "underline bold",
}
_BAR = 24
"""Width of the longest bar."""
_SHOWN = 6_000
"""Characters of a text that are drawn; evidence stands near the top."""


def draw(article: Article, classification: Classification) -> RenderableType:
    """Return the picture of an answer: the text with its evidence, the fields, the score's parts, what was missing."""
    reports = classification.reports or classification.hints
    evidence = [entry for report in reports for entry in report.evidence] or list(classification.trace.evidence)
    kind = classification.kind.value if classification.kind else "nothing"
    head = Text.assemble(
        (article.id, "bold"),
        "  ",
        (kind, "bold green" if classification.kind else "bold red"),
        f"  score {classification.score:.3f}",
        f"  language {classification.trace.language or classification.trace.unread}",
    )
    parts: list[RenderableType] = [head, _marked(article.title, evidence, "title", bold=True)]
    parts.append(_marked(article.text[:_SHOWN], evidence, "text"))
    if classification.hints:
        parts.append(Text("a hint, for who follows the agreement: too little is named for a report", style="yellow"))
    parts.extend(_fields(report) for report in reports)
    parts.append(_parts(classification.trace.parts))
    if classification.trace.missing:
        parts.append(Text("missing: ", style="bold red").append("; ".join(classification.trace.missing), style="red"))
    return Group(*parts)


def as_explanation(article: Article, classification: Classification) -> str:
    """Return the same as a JSON line."""
    trace = classification.trace
    return json.dumps(
        {
            "id": article.id,
            "kind": classification.kind,
            "score": round(classification.score, 4),
            "language": trace.language,
            "unread": trace.unread,
            "parts": {name: round(value, 4) for name, value in trace.parts.items()},
            "missing": list(trace.missing),
            "found": [entry.model_dump() for entry in trace.evidence],
            "reports": [as_table(report) for report in classification.reports],
            "hints": [as_table(report) for report in classification.hints],
        },
        ensure_ascii=False,
    )


def _marked(raw: str, evidence: Iterable[Evidence], part: str, *, bold: bool = False) -> Text:
    text = Text(raw, style="bold" if bold else "")
    for entry in evidence:
        if entry.part == part:
            text.stylize(_COLOURS.get(entry.field, "reverse"), entry.start, entry.end)
    return text


def _fields(report: Report) -> Table:
    table = Table(
        title=f"{report.kind.value}: {report.party_key or 'parties unknown'}", title_justify="left", expand=False
    )
    for column in ("field", "value", "words", "rule"):
        table.add_column(column, overflow="fold")
    values = {
        name: value
        for name, value in as_table(report).items()
        if name not in ("evidence", "kind") and value not in (None, [], "")
    }
    for name, value in values.items():
        found = [entry for entry in report.evidence if entry.field == name]
        table.add_row(
            Text(name, style=_COLOURS.get(name, "")),
            _short(value),
            "\n".join(_clip(entry.quote) for entry in found),
            "\n".join(entry.rule for entry in found),
        )
    return table


def _short(value: object) -> str:
    if isinstance(value, list):
        return "\n".join(_short(entry) for entry in value)
    if isinstance(value, dict):
        return ", ".join(str(entry) for entry in value.values() if entry not in (None, []))
    return str(value)


def _clip(quote: str) -> str:
    line = " ".join(quote.split())
    return line if len(line) <= 60 else line[:57] + "..."


def _parts(parts: dict[str, float] | object) -> RenderableType:
    if not isinstance(parts, dict) or not parts:
        return Text("no phrase of the article names an agreement", style="dim")
    table = Table(title="parts of the score (log-odds)", title_justify="left", box=None)
    table.add_column("feature")
    table.add_column("share", justify="right")
    table.add_column("")
    longest = max(abs(value) for value in parts.values()) or 1.0
    for name, value in sorted(parts.items(), key=lambda item: -abs(item[1])):
        if abs(value) >= 0.005:
            bar = "█" * max(1, round(_BAR * abs(value) / longest))
            table.add_row(name, f"{value:+.2f}", Text(bar, style="green" if value > 0 else "red"))
    return table
