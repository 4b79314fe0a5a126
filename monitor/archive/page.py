"""A backtest as one page of HTML: figures, charts, differences; no script, nothing from outside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from monitor.archive import charts
from monitor.archive.outcome import Difference, Outcome, Row

_MOST = 500
"""Rows of a table; `--alerts` and `--json` have all."""

_STYLE = """
:root{color-scheme:light dark;--ink:#1d2733;--soft:#5b6875;--line:#d9dfe5;--back:#fff}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa7b4;--line:#36414c;--back:#14191f}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--back);max-width:960px;margin:2em auto;
padding:0 1em}
h1{font-size:1.6em;margin-bottom:0}h2{font-size:1.15em;margin-top:2em}.soft{color:var(--soft)}
.figures{display:flex;flex-wrap:wrap;gap:1.5em;margin:1.5em 0}.figures b{display:block;font-size:1.7em;line-height:1.2}
svg{width:100%;height:auto;font:12px system-ui,sans-serif}svg text{fill:var(--soft)}svg .end{text-anchor:end}
svg .grid{stroke:var(--line)}.legend span{margin-right:1.2em}.legend i{display:inline-block;width:.8em;height:.8em;
margin-right:.4em}
table{border-collapse:collapse;width:100%;font-size:.92em}th,td{text-align:left;vertical-align:top;
padding:.3em .8em .3em 0;border-bottom:1px solid var(--line)}td.n,th.n{text-align:right}
time{white-space:nowrap}.wide{overflow-x:auto}a{color:inherit}code{font-size:.9em}
"""


def page(title: str, outcome: Outcome, difference: Difference | None, against: str, seconds: float) -> str:
    """Return the page."""
    counts = outcome.counts
    alerts = sum(counts.alerts.values())
    figures = [
        ("articles", counts.articles),
        ("relevant", counts.relevant),
        ("agreements", counts.agreements),
        ("alerts", alerts),
    ]
    if counts.broken:
        figures.append(("not readable", counts.broken))
    if difference is not None:
        figures += [
            ("added", len(difference.added)),
            ("removed", len(difference.removed)),
            ("changed", len(difference.changed)),
        ]
    boxes = "".join(f"<div><b>{number:,}</b>{escape(name)}</div>" for name, number in figures)
    parts = [
        f"<h1>What would have fired</h1><p class=soft>{escape(title)}, in {seconds:.1f} s</p>",
        f"<div class=figures>{boxes}</div>",
    ]
    if difference is not None:
        parts.append(_difference(difference, against))
    weeks = [(week, _words(reasons)) for week, reasons in outcome.every_week()]
    series = [_word(reason) for reason, _ in counts.alerts.most_common()]
    parts += [
        "<h2>Alerts a week</h2>",
        charts.columns(weeks, series) if weeks else "<p class=soft>None.</p>",
        "<h2>Alerts a channel</h2>",
        _channels(outcome),
        "<h2>Why reports were not told</h2>",
        charts.rows(outcome.silences.most_common()) if outcome.silences else "<p class=soft>All were.</p>",
        "<h2>Why articles that were read gave no report</h2>",
        charts.rows(counts.silences.most_common()) if counts.silences else "<p class=soft>All did.</p>",
        "<h2>Agreements</h2>",
        _agreements(outcome),
        "<h2>Alerts</h2>",
        _alerts(outcome.alerts),
    ]
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)}</title><style>{_STYLE}</style>"
    safe = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    return f"{head}{safe}<body>{''.join(parts)}</body></html>\n"


def _word(name: str) -> str:
    return name.replace("_", " ")


def _words(counts: dict[str, int]) -> dict[str, int]:
    return {_word(name): number for name, number in counts.items()}


def _day(moment: object) -> str:
    return f"<time>{escape(str(moment or '')[:10])}</time>"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], total: int) -> str:
    names = "".join(f"<th>{escape(name)}</th>" for name in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    more = f"<p class=soft>... and {total - _MOST:,} more</p>" if total > _MOST else ""
    return f"<div class=wide><table><tr>{names}</tr>{body}</table></div>{more}"


def _channels(outcome: Outcome) -> str:
    peaks = outcome.peaks()
    rows = []
    for channel, what in sorted(outcome.channels.items()):
        hour, count = peaks.get(channel, ("", 0))
        busiest = f"{count:,} at {escape(hour.replace('T', ' ').removesuffix('Z'))}" if count else "-"
        numbers = [f"{what.get(name, 0):,}" for name in ("tell", "hold", "drop")]
        rows.append((escape(channel), *numbers, busiest))
    head = ("channel", "told at once", "held for later", "dropped", "most messages an hour (UTC)")
    return _table(head, rows, len(rows)) if rows else "<p class=soft>None.</p>"


def _agreements(outcome: Outcome) -> str:
    found = sorted(outcome.agreements.values(), key=lambda one: (-one["articles"], one["founded"]))
    rows = (
        (
            escape(" ".join(one["parties"])),
            escape(one["name"] or one["instrument"]),
            escape(_word(one["status"] or "")),
            f"{one['articles']:,}",
            f"{one['sources']:,}",
            _day(one["founded"]),
            _day(one["updated"]),
        )
        for one in found[:_MOST]
    )
    head = ("parties", "agreement", "stage", "articles", "independent sources", "first", "last")
    return _table(head, rows, len(found)) if found else "<p class=soft>None.</p>"


def _alert(row: Row) -> tuple[str, ...]:
    return (
        _day(row.get("at")),
        escape(_word(str(row.get("reason") or ""))),
        escape(" ".join(row.get("parties") or ())),
        escape(str(row.get("explanation") or "")),
        _article(row),
        " ".join(f"<code>{escape(str(rule))}</code>" for rule in row.get("rules") or ()),
    )


_HEAD = ("when", "reason", "parties", "why", "article", "rules")


def _alerts(rows: Sequence[Row]) -> str:
    return _table(_HEAD, map(_alert, rows[:_MOST]), len(rows)) if rows else "<p class=soft>None.</p>"


def _article(row: Row) -> str:
    shown = escape(str(row.get("title") or row.get("article_id") or "time alone"))
    url = str(row.get("url") or "")
    return f'<a rel=noreferrer href="{escape(url)}">{shown}</a>' if url.startswith(("http://", "https://")) else shown


def _difference(difference: Difference, against: str) -> str:
    parts = [f"<h2>Against {escape(against)}</h2>"]
    for name, rows in (("Added", difference.added), ("Removed", difference.removed)):
        if rows:
            parts.append(f"<h3>{name}</h3>{_alerts(rows)}")
    if difference.changed:
        cells = (
            (*_alert(change.after)[:3], _changes(change.before, change.after, change.fields), *_alert(change.after)[4:])
            for change in difference.changed[:_MOST]
        )
        parts.append(f"<h3>Changed</h3>{_table(_HEAD, cells, len(difference.changed))}")
    if len(parts) == 1:
        parts.append("<p class=soft>The same alerts.</p>")
    return "".join(parts)


def _changes(before: Row, after: Row, fields: Iterable[str]) -> str:
    return "<br>".join(
        f"{escape(_word(name))}: <del>{escape(_text(before[name]))}</del> {escape(_text(after[name]))}"
        for name in fields
    )


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
