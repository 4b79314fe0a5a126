"""Charts.  Names come from articles: they stand in values alone, and tooltips are drawn, not written as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nicegui import ui

_TEXT = "#8a94a0"
"""Readable on both grounds."""

_LINE = "rgba(138, 148, 160, .25)"

_STRIPES = {"show": True, "areaStyle": {"color": ["rgba(138, 148, 160, .05)", "rgba(138, 148, 160, .13)"]}}

PALETTE = (
    "#4c8dff",
    "#2bb58a",
    "#f0a93b",
    "#e5687a",
    "#9b7bea",
    "#3fb6d3",
    "#c2b04a",
    "#d977c4",
    "#7d93ab",
    "#6fae4f",
)

_TOOLTIP = {"renderMode": "richText", "confine": True}


def _axis(**more: Any) -> dict[str, Any]:
    return {
        "axisLabel": {"color": _TEXT, "fontSize": 11},
        "axisLine": {"lineStyle": {"color": _LINE}},
        "axisTick": {"show": False},
        "splitLine": {"lineStyle": {"color": _LINE}},
        **more,
    }


def _chart(options: dict[str, Any], *, height: int, name: str) -> ui.echart:
    chart = ui.echart(
        {"animation": False, "color": list(PALETTE), "aria": {"enabled": True}, **options}, renderer="svg"
    )
    chart.style(f"height: {height}px; width: 100%").props("role=img")
    chart.props["aria-label"] = name
    return chart


def over_time(periods: Sequence[str], series: Sequence[dict[str, Any]], *, name: str) -> None:
    """Add stacked bars: a period each, a colour for each series."""
    _chart(
        {
            "tooltip": {**_TOOLTIP, "trigger": "axis", "axisPointer": {"type": "shadow"}},
            "legend": {"type": "scroll", "bottom": 0, "textStyle": {"color": _TEXT}},
            "grid": {"left": 40, "right": 12, "top": 12, "bottom": 56},
            "xAxis": _axis(type="category", data=list(periods)),
            "yAxis": _axis(type="value", minInterval=1),
            "series": [
                {
                    "name": one["label"],
                    "type": "bar",
                    "stack": "all",
                    "barMaxWidth": 36,
                    "data": one["counts"],
                }
                for one in series
            ],
        },
        height=380,
        name=name,
    )


def days(counts: Sequence[Sequence[Any]]) -> None:
    """Add the articles of each day, as (day, number)."""
    _chart(
        {
            "tooltip": {**_TOOLTIP, "trigger": "axis"},
            "grid": {"left": 36, "right": 12, "top": 12, "bottom": 28},
            "xAxis": _axis(type="time"),
            "yAxis": _axis(type="value", minInterval=1),
            "series": [{"type": "bar", "barMaxWidth": 14, "data": [list(pair) for pair in counts]}],
        },
        height=200,
        name="articles a day",
    )


def matrix(found: dict[str, Any]) -> None:
    """Add the heat map of `actors.pairs`, symmetric."""
    names = [one["name"] for one in found["parties"]]
    place = {one["code"]: number for number, one in enumerate(found["parties"])}
    cells = []
    for a, b, count in found["counts"]:
        cells += [[place[a], place[b], count], [place[b], place[a], count]]
    _chart(
        {
            "tooltip": _TOOLTIP,
            "grid": {"left": 130, "right": 20, "top": 10, "bottom": 110},
            "xAxis": _axis(type="category", data=names, axisLabel={"color": _TEXT, "rotate": 50}, splitArea=_STRIPES),
            "yAxis": _axis(type="category", data=names, inverse=True, splitArea=_STRIPES),
            "visualMap": {
                "min": 0,
                "max": max(count for _, _, count in found["counts"]),
                "show": False,
                "inRange": {"color": ["#5b93e6", "#1f5fbf", "#123a86"]},
            },
            "series": [{"type": "heatmap", "data": cells, "label": {"show": True, "color": "#ffffff"}}],
        },
        height=max(360, 26 * len(names) + 130),
        name="articles that name both, by pair",
    )


def network(found: dict[str, Any]) -> None:
    """Add the graph of `actors.network`."""
    most = max(node["agreements"] for node in found["nodes"])
    _chart(
        {
            "tooltip": _TOOLTIP,
            "series": [
                {
                    "type": "graph",
                    "layout": "force",
                    "roam": True,
                    "draggable": True,
                    "force": {"repulsion": 260, "edgeLength": [60, 150], "layoutAnimation": False},
                    "label": {"show": True, "color": _TEXT, "position": "right"},
                    "lineStyle": {"color": _TEXT, "opacity": 0.55},
                    "data": [
                        {
                            "name": node["name"],
                            "value": node["agreements"],
                            "symbolSize": 12 + 26 * node["agreements"] / most,
                        }
                        for node in _named_once(found["nodes"])
                    ],
                    "links": [
                        {
                            "source": _name(found, edge["parties"][0]),
                            "target": _name(found, edge["parties"][1]),
                            "value": edge["count"],
                            "lineStyle": {"width": min(1 + edge["count"], 8)},
                        }
                        for edge in found["edges"]
                    ],
                }
            ],
        },
        height=560,
        name="who agreed with whom",
    )


def _named_once(nodes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return nodes with different names: the chart takes two of one name for an error."""
    return list({node["name"]: node for node in nodes}.values())


def _name(found: dict[str, Any], code: str) -> str:
    return next(str(node["name"]) for node in found["nodes"] if node["code"] == code)
