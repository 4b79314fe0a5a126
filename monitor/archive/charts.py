"""Charts as SVG, drawn here: a page with them needs nothing from anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

COLOURS = ("#2a6f97", "#e07a5f", "#81b29a", "#f2cc8f", "#6d597a", "#9a8c98")
"""Of series, in turn; told apart in grey, and by those who see no red."""

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 920, 260, 44, 34, 10
_ROW = 24
_LABELS, _LABEL = 12, 75


def columns(points: Sequence[tuple[str, Mapping[str, int]]], series: Sequence[str]) -> str:
    """Draw stacked columns: a label and its parts for each; an axis with round numbers."""
    highest = max((sum(parts.values()) for _, parts in points), default=0) or 1
    step = _step(highest)
    top = -(-highest // step) * step
    room, width = _HEIGHT - _TOP - _BOTTOM, (_WIDTH - _LEFT) / max(1, len(points))
    drawn = []
    for mark in range(0, top + 1, step):
        y = _TOP + room * (1 - mark / top)
        drawn.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        drawn.append(f'<text class="end" x="{_LEFT - 6}" y="{y + 4:.1f}">{mark:,}</text>')
    every = -(-len(points) // _LABELS) or 1
    for place, (label, parts) in enumerate(points):
        x, y = _LEFT + place * width, float(_TOP + room)
        told = ", ".join(f"{parts[name]:,} {name}" for name in series if parts.get(name))
        bars = []
        for colour, name in zip(_cycle(len(series)), series, strict=True):
            height = room * parts.get(name, 0) / top
            y -= height
            if height:
                size = f'width="{max(1.0, width * 0.8):.1f}" height="{height:.1f}"'
                bars.append(f'<rect x="{x + width * 0.1:.1f}" y="{y:.1f}" {size} fill="{colour}"/>')
        drawn.append(f"<g><title>{escape(label)}: {escape(told) or 'none'}</title>{''.join(bars)}</g>")
        if place % every == 0 and x < _WIDTH - _LABEL:
            drawn.append(f'<text x="{x + width * 0.1:.1f}" y="{_HEIGHT - 14}">{escape(label)}</text>')
    return _svg(_HEIGHT, drawn) + legend(series)


def legend(series: Sequence[str]) -> str:
    """Name the colours of the series."""
    keys = (
        f'<span><i style="background:{colour}"></i>{escape(name)}</span>'
        for colour, name in zip(_cycle(len(series)), series, strict=True)
    )
    return f'<p class="legend">{"".join(keys)}</p>'


def rows(values: Sequence[tuple[str, int]], *, most: int = 15) -> str:
    """Draw a bar a row, each with its name and number; what is beyond ``most`` rows is added up in the last."""
    shown = list(values[:most])
    if len(values) > most:
        shown.append((f"{len(values) - most:,} others", sum(number for _, number in values[most:])))
    highest = max((number for _, number in shown), default=0) or 1
    drawn = []
    for place, (name, number) in enumerate(shown):
        y = place * _ROW
        width = (_WIDTH - 520) * number / highest
        drawn.append(f'<text class="end" x="412" y="{y + 16}">{escape(_short(name))}</text>')
        drawn.append(f'<rect x="420" y="{y + 4}" width="{max(1.0, width):.1f}" height="16" fill="{COLOURS[0]}"/>')
        drawn.append(f'<text x="{426 + width:.1f}" y="{y + 16}">{number:,}</text>')
    return _svg(len(shown) * _ROW + 4, drawn)


def _svg(height: int, drawn: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img">{"".join(drawn)}</svg>'


def _cycle(count: int) -> list[str]:
    return [COLOURS[number % len(COLOURS)] for number in range(count)]


def _step(highest: int) -> int:
    """Return the distance of some five round marks."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if highest <= step * factor * 5:
                return step * factor
        step *= 10


def _short(name: str) -> str:
    return name if len(name) <= 60 else name[:59] + "…"
