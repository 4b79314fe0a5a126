"""The parts: workers, deliverers, what this dashboard has read, and who did what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import Request
from nicegui import ui

from monitor.watch.words import number
from monitor.web.access import Role, User
from monitor.web.data.listed import listed
from monitor.web.data.page import Page, Slice
from monitor.web.data.tail import Tail
from monitor.web.parts import bits
from monitor.web.parts.frame import frame, refreshing
from monitor.web.parts.table import FULL_TIME, WORDS, Column, DataTable
from monitor.web.site import Site

ACTIONS = (
    Column("at", "when", slot=FULL_TIME),
    Column("user", "who"),
    Column("role", "as"),
    Column("action", "did", slot=WORDS),
    Column("what", "what", sortable=False, wide=True),
)


def register(site: Site) -> None:
    """Add the page."""

    @ui.page("/system")
    def page(request: Request) -> None:
        with frame(site, request, "/system", "System") as user:
            refreshing(partial(_draw, site), lambda: repr((_steady(site), [r[1:] for r in _readers(site)])), every=3.0)
            if user.role is Role.OPERATOR:
                _audit(site, request, user)
            with bits.panel("For programs"):
                bits.small_table(
                    ("", ""),
                    [
                        ("JSON API", partial(bits.link, "/api/v1/overview", "/api/v1/overview")),
                        ("its description (OpenAPI)", partial(bits.link, "/api/openapi.json", "/api/openapi.json")),
                        ("Prometheus", partial(bits.link, "/metrics", "/metrics")),
                        (
                            "articles in",
                            "POST /api/v1/articles with PACTWATCH_API_TOKEN"
                            if site.access.takes_articles
                            else "closed: PACTWATCH_API_TOKEN is not set where the dashboard runs",
                        ),
                    ],
                )


def _steady(site: Site) -> list[Any]:
    """Return what the page shows of the processes; counters that move all the time are no reason to draw it again."""
    state = site.live.processes.state
    if state is None:
        return []
    return [
        *(
            (one.name, one.status, one.partitions, one.rules_version, one.counts.get("pactwatch_articles"))
            for one in state.workers
        ),
        *((one.url, one.role, one.trouble, one.circuit, repr(one.figures)) for one in state.deliverers),
    ]


def _draw(site: Site) -> None:
    state = site.live.processes.state
    with bits.panel("Workers"):
        versions = {one.rules_version for one in state.workers} if state else set()
        bits.small_table(
            ("worker", "state", "partitions", "rules", "#articles", "#relevant", "#alerts", "#repeats", "address"),
            [
                (
                    one.name,
                    partial(bits.chip, one.status, "good" if one.ready else "warn"),
                    ", ".join(map(str, one.partitions)) or "none, standby",
                    partial(bits.chip, one.rules_version or "unknown", "warn" if len(versions) > 1 else ""),
                    *(
                        number(one.counts.get(f"pactwatch_{name}"))
                        for name in ("articles", "relevant", "alerts", "repeats")
                    ),
                    one.url,
                )
                for one in (state.workers if state else ())
            ],
            empty="No worker answers here. Start one: `pactwatch worker`; or name their addresses in web.workers.",
        )
        ui.label("Counts are since each worker started.").classes("dim small")
    with bits.panel("Deliverers"):
        bits.small_table(
            ("role", "trouble", "#sent", "#failed", "#repeats", "#skipped", "address"),
            [
                (
                    partial(bits.chip, one.role, "good" if one.role == "active" else ""),
                    one.trouble or one.circuit or "none",
                    *(number(one.figures.get(name)) for name in ("sent", "failed", "repeats", "skipped")),
                    one.url,
                )
                for one in (state.deliverers if state else ())
            ],
            empty="No deliverer answers here. Start one: `pactwatch deliver`; or name them in web.deliverers.",
        )
    with bits.panel("What this dashboard has read"):
        bits.small_table(
            ("topic", "#kept", "#unreadable", "state"),
            [
                (topic, count, broken, partial(bits.chip, told, "good" if told == "read, followed" else "warn"))
                for topic, count, broken, told in _readers(site)
            ],
        )


def _readers(site: Site) -> list[tuple[str, str, str, str]]:
    live = site.live
    rows = []
    for name, reader in live.readers.items():
        count = len(reader.rows) if isinstance(reader, Tail) else len(reader)
        told = "read, followed" if name in live.loaded else live.trouble.get(name) or "being read"
        rows.append((reader.topic, number(count), number(reader.broken), told))
    return rows


def _audit(site: Site, request: Request, user: User) -> None:
    def fetch(query: Mapping[str, str], part: Slice) -> Page:
        return listed(site.actions(user), query["text"], part, "-at")

    table = DataTable(
        request,
        columns=ACTIONS,
        fetch=fetch,
        api="audit",
        sort="-at",
        names=("text",),
        empty="Nobody has retried, dropped, muted, merged or split anything yet.",
        row_key="at",
    )
    with bits.element("div", "pw-filters"):
        bits.element("h2", text="Who did what")
        table.text("text", "Who, what")
        table.exports()
    table.draw()
