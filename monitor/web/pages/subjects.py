"""The news side of the stream: counts by subject, region and stage over time."""

from __future__ import annotations

from typing import Any, cast, get_args
from urllib.parse import urlencode

from fastapi import Request
from nicegui import ui

from monitor.models.vocabulary import Kind
from monitor.watch.words import number
from monitor.web.data import agreements, subjects
from monitor.web.data.subjects import By, Grain, SubjectFilter
from monitor.web.pages.agreements import day
from monitor.web.parts import bits, charts, options
from monitor.web.parts.frame import frame
from monitor.web.site import Site

TABS = (("Over time", "/subjects"), ("Sources", "/sources"))
"""Pages that belong together."""

_SHOWN = 10
"""Series with a colour of their own; the rest is one."""


def register(site: Site) -> None:
    """Add the page."""

    @ui.page("/subjects")
    def page(request: Request) -> None:
        with frame(site, request, "/subjects", "Subjects over time"):
            bits.tabs(TABS, "/subjects")
            _Subjects(site, request).draw()


class _Subjects:
    """The page of one browser."""

    def __init__(self, site: Site, request: Request) -> None:
        self._site = site
        names = ("by", "grain", "kind", "party", "since", "until")
        self._query = {name: request.query_params.get(name, "") for name in names}
        self._area: ui.element

    def draw(self) -> None:
        """Add filters, chart and table."""
        with bits.element("div", "pw-filters"):
            self._choice("by", "By", {name: name for name in get_args(By)}, "subject")
            self._choice("grain", "Every", {name: name for name in get_args(Grain)}, "month")
            self._choice("kind", "Kind", options.members(Kind) | {"all": "all"}, "agreement")
            self._choice("party", "Party", options.parties(agreements.parties(self._site.live)), "")
            for name, label in (("since", "Since"), ("until", "until")):
                field = ui.input(
                    label, value=self._query[name], on_change=lambda e, name=name: self._set(name, e.value)
                )
                field.props("dense outlined type=date stack-label debounce=250")
            with bits.element("div", "pw-export"):
                self._exports = [(ui.link(name, ""), form) for name, form in (("CSV", "csv"), ("JSON", "rows"))]
        self._area = bits.element("div").style("display: grid; gap: 14px")
        self._show()

    def _choice(self, name: str, label: str, known: dict[str, str], default: str) -> None:
        value = self._query[name] or default or None
        field = ui.select(
            known,
            label=label,
            value=value if value in known else None,
            on_change=lambda event: self._set(name, event.value),
            clearable=not default,
            with_input=name == "party",
        )
        field.props("dense outlined options-dense")

    def _set(self, name: str, value: str | None) -> None:
        self._query[name] = value or ""
        kept = {key: text for key, text in self._query.items() if text}
        ui.navigate.history.replace(f"/subjects?{urlencode(kept)}" if kept else "/subjects")
        self._show()

    def _wanted(self) -> SubjectFilter:
        query = self._query
        kind = query["kind"] or Kind.AGREEMENT.value
        return SubjectFilter(
            by=cast("By", query["by"] if query["by"] in get_args(By) else "subject"),
            grain=cast("Grain", query["grain"] if query["grain"] in get_args(Grain) else "month"),
            since=day(query["since"]),
            until=day(query["until"]),
            kind=Kind(kind) if kind in set(Kind) else None,
            party=query["party"],
        )

    def _show(self) -> None:
        wanted = self._wanted()
        found = subjects.over_time(self._site.live, wanted)
        kept = {key: text for key, text in self._query.items() if text}
        for link, form in self._exports:
            link.props["href"] = f"/api/v1/subjects?{urlencode({**kept, 'format': form})}"
        self._area.clear()
        with self._area:
            if not found["series"]:
                bits.empty("No report passes these filters.", "Reports appear here as articles are classified.")
                return
            with bits.panel(f"Reports by {wanted.by}, every {wanted.grain} (event time)"):
                charts.over_time(found["periods"], _few(found), name=f"reports by {wanted.by} over time")
                if found["cut"]:
                    ui.label("Only the newest reports are counted: web.history sets how many.").classes("dim small")
            with bits.panel("Totals"):
                bits.small_table(
                    (wanted.by, "#reports", "over time"),
                    [(one["label"], number(one["total"]), _spark(one, wanted.by)) for one in found["series"]],
                )


def _spark(one: dict[str, Any], by: str) -> bits.Cell:
    counts = one["counts"][-60:]
    return lambda: bits.spark(counts, name=f"{by} {one['name']} over time", width=240)


def _few(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the largest series, the others added up."""
    series = found["series"]
    if len(series) <= _SHOWN:
        return list(series)
    rest = [sum(counts) for counts in zip(*(one["counts"] for one in series[_SHOWN - 1 :]), strict=True)]
    return [*series[: _SHOWN - 1], {"name": "others", "label": "others", "total": sum(rest), "counts": rest}]
