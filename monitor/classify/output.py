"""How an answer is written as a JSON line."""

from __future__ import annotations

import json
from typing import Any

from monitor.classify.result import Classification
from monitor.models.article import Article
from monitor.models.report import Report


def as_line(article: Article, classification: Classification) -> str:
    """Return ``{"id", "kind", "score", "reports": [...]}``; a whole number of years is written without decimals."""
    return json.dumps(
        {
            "id": article.id,
            "kind": classification.kind,
            "score": round(classification.score, 4),
            "reports": [as_table(report) for report in classification.reports],
        },
        ensure_ascii=False,
    )


def as_table(report: Report) -> dict[str, Any]:
    """Return a report as a table of JSON."""
    table: dict[str, Any] = report.model_dump(mode="json")
    years = table["years"]
    if years is not None and float(years).is_integer():
        table["years"] = int(years)
    return table
