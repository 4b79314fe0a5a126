"""Small things: text, chips, times, sparklines, small tables.  Text goes through Vue as text, never as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from html import escape

from nicegui import ui
from nicegui.element import Element

from monitor.watch.words import UNKNOWN, words

Cell = str | int | None | Callable[[], object]
"""A cell of a small table: text, or what draws itself."""


def element(tag: str, classes: str = "", text: str | None = None) -> Element:
    """Add an element with text."""
    made = ui.element(tag)
    if classes:
        made.classes(classes)
    if text is not None:
        with made:
            _text(text)
    return made


def _text(text: str) -> None:
    """Add plain text: a label without markup of its own."""
    ui.label(text).classes("contents")


def label(text: str, classes: str = "") -> Element:
    """Add text in a span."""
    return ui.label(text).classes(classes)


def link(text: str, to: str, classes: str = "") -> Element:
    """Add a link inside the dashboard."""
    return ui.link(text, to).classes(classes)


def outside(text: str, url: str) -> Element:
    """Add a link that leads away; ``url`` has to be http or https, checked by the caller."""
    return ui.link(text, url, new_tab=True).props("rel=noopener\\ noreferrer")


def chip(text: str, tone: str = "") -> Element:
    """Add a small label on a coloured ground: ``good``, ``warn``, ``bad`` or none."""
    return ui.label(text).classes(f"pw-chip {tone}".strip())


def moment(at: datetime | str | None, *, relative: bool = True) -> Element:
    """Add a time in the reader's zone, with UTC in its tooltip."""
    if at is None:
        return ui.label(UNKNOWN)
    text = at if isinstance(at, str) else at.isoformat()
    made = ui.element("pw-time")
    made.props["at"] = text
    made.props["as"] = "ago" if relative else "full"
    return made


def panel(title: str = "") -> AbstractContextManager[Element]:
    """Add a panel with a heading; use as a context."""
    made = element("section", "pw-panel")
    if title:
        made.props["aria-label"] = title
        with made:
            element("h2", text=title)
    return made


def tabs(pages: Iterable[tuple[str, str]], here: str) -> None:
    """Add links to pages that belong together, as (name, address); the one at ``here`` is marked."""
    with element("nav", "pw-tabs") as made:
        made.props["aria-label"] = "Part of the page"
        for name, address in pages:
            entry = ui.link(name, address).classes("on" if address == here else "")
            if address == here:
                entry.props("aria-current=page")


def stat(name: str, value: str, tone: str = "", note: str = "") -> None:
    """Add a figure with its name."""
    with element("div", f"pw-stat {tone}".strip()):
        ui.label(value).classes("n")
        ui.label(name).classes("l")
        if note:
            ui.label(note).classes("l")


def small_table(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, empty: str = "Nothing here.") -> None:
    """Add a table; a column whose name begins with ``#`` holds numbers and stands to the right."""
    rows = list(rows)
    if not rows:
        element("div", "pw-empty", empty)
        return
    with element("table", "pw"):
        if any(columns):
            with element("thead"), element("tr"):
                for name in columns:
                    element("th", "num" if name.startswith("#") else "", name.removeprefix("#")).props("scope=col")
        with element("tbody"):
            for row in rows:
                with element("tr"):
                    for name, cell in zip(columns, row, strict=True):
                        with element("td", "num" if name.startswith("#") else ""):
                            if callable(cell):
                                cell()
                            else:
                                ui.label(UNKNOWN if cell is None else str(cell))


def spark(values: Sequence[float | None], *, name: str, width: int = 120, height: int = 22) -> None:
    """Add bars; a value that is not known is a grey stub, so that it is told from 0."""
    most = max((value for value in values if value is not None), default=0.0) or 1.0
    step = width / max(len(values), 1)
    bars = []
    for number, value in enumerate(values):
        tall = 2.0 if value is None else max(value / most * (height - 1), 1.0 if value else 0.0)
        kind = ' class="gap"' if value is None else ""
        place = f'x="{number * step:.1f}" y="{height - tall:.1f}" width="{max(step - 1, 1):.1f}" height="{tall:.1f}"'
        bars.append(f"<rect{kind} {place}/>")
    # One element of markup made of numbers alone: an element a bar would be most of what the page sends.
    ui.html(
        f'<svg class="spark" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{escape(name, quote=True)}">{"".join(bars)}</svg>',
        sanitize=False,
    )


def status_chip(status: str | None) -> None:
    """Add a stage of an agreement's life."""
    tone = {
        "signed": "good",
        "ratified": "good",
        "in_force": "good",
        "amended": "good",
        "renewed": "good",
        "stalled": "warn",
        "suspended": "warn",
        "rejected": "bad",
        "withdrawn": "bad",
        "terminated": "bad",
        "expired": "bad",
    }.get(status or "", "")
    chip(words(status) if status else "stage unknown", tone)


def empty(text: str, do: str = "") -> None:
    """Say that there is nothing, and what to do."""
    with element("div", "pw-panel pw-empty"):
        ui.label(text)
        if do:
            ui.label(do).classes("small")


def marked(sentence: str, quotes: Iterable[str]) -> None:
    """Add a sentence with the words a field rests on marked in it."""
    spans: list[tuple[int, int]] = []
    for quote in quotes:
        start = sentence.find(quote) if quote else -1
        if start >= 0:
            spans.append((start, start + len(quote)))
    with element("span"):
        position = 0
        for start, end in sorted(spans):
            if start < position:
                continue
            if start > position:
                ui.label(sentence[position:start]).style("display: inline; white-space: pre-wrap")
            element("mark", text=sentence[start:end])
            position = end
        if position < len(sentence):
            ui.label(sentence[position:]).style("display: inline; white-space: pre-wrap")
