"""Sources of relevant articles: how much each brings, and for how long it has been silent."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from nicegui import ui

from monitor.web.data import subjects
from monitor.web.data.listed import listed
from monitor.web.data.live import now
from monitor.web.data.page import Page, Slice
from monitor.web.pages.subjects import TABS
from monitor.web.parts import bits
from monitor.web.parts.frame import frame
from monitor.web.parts.table import NUMBER, TIME, Column, DataTable
from monitor.web.site import Site

COLUMNS = (
    Column("source", "source", wide=True),
    Column("articles", "relevant articles", number=True, slot=NUMBER),
    Column("last_seen", "last came", slot=TIME),
    Column("last_title", "the last", wide=True),
)


def register(site: Site) -> None:
    """Add the page."""

    def fetch(query: Mapping[str, str], part: Slice) -> Page:
        return listed(subjects.sources(site.live, now()), query["text"], part, "-last_seen")

    @ui.page("/sources")
    def page(request: Request) -> None:
        with frame(site, request, "/subjects", "Sources"):
            bits.tabs(TABS, "/sources")
            table = DataTable(
                request,
                columns=COLUMNS,
                fetch=fetch,
                api="sources",
                sort="-last_seen",
                names=("text",),
                empty="No source passes: no relevant article yet, or none of that name.",
                row_key="source",
                version=lambda: site.live.reports.version,
            )
            with bits.element("div", "pw-filters"):
                table.text("text", "Source or title")
                table.exports()
            table.draw()
