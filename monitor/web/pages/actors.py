"""Actors: the rolling table, the page of one, who is named with whom, and the network of agreements."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from fastapi import Request
from nicegui import ui

from monitor.models.actor import Window
from monitor.models.vocabulary import ActorKind
from monitor.slack.text import clean
from monitor.watch.words import number, subject, words
from monitor.web.access import Role
from monitor.web.data import actors
from monitor.web.data.actors import ActorFilter
from monitor.web.data.listed import listed
from monitor.web.data.live import now
from monitor.web.data.page import Page, Slice
from monitor.web.parts import bits, charts, muting, options
from monitor.web.parts.frame import frame
from monitor.web.parts.table import TIME, WORDS, Column, DataTable, spark
from monitor.web.site import Site

_NAME = (
    '<q-td :props="props"><span aria-hidden="true">{{ props.row.flag }}</span> '
    "<a :href=\"'/actors/' + encodeURIComponent(props.row.key)\">{{ props.value }}</a> "
    '<span v-if="props.row.surge" class="pw-chip bad" title="far more than usual">surge</span></q-td>'
)

COLUMNS = (
    Column("name", "actor", slot=_NAME, wide=True),
    Column("kind", "kind"),
    *(Column(window.value, window.value, number=True) for window in Window),
    Column("sources", "sources", sortable=False, number=True),
    Column("role", "mostly", sortable=False, slot=WORDS),
    Column("spark", "last 30 days", sortable=False, slot=spark("articles of the last 30 days")),
    Column("last_seen", "last seen", slot=TIME),
)

_PARTIES = (
    '<q-td :props="props">'
    "<a :href=\"'/agreements?party=' + encodeURIComponent(props.row.a + '+' + props.row.b)\">"
    "{{ props.value }}</a></q-td>"
)

EDGES = (
    Column("parties", "parties", slot=_PARTIES, wide=True),
    Column("agreements", "agreements", number=True),
)

_TABS = (("Table", "/actors"), ("Pairs", "/pairs"), ("Network", "/network"))

_FILTERS = ("text", "window", "kind", "country", "as_of", "idle")


def wanted(query: Mapping[str, str], *, window: Window = Window.MONTH) -> ActorFilter:
    """Read the filters of an address; what does not fit is left out."""
    return ActorFilter(
        as_of=_moment(query.get("as_of", "")),
        window=Window(query["window"]) if query.get("window") in set(Window) else window,
        kind=ActorKind(query["kind"]) if query.get("kind") in set(ActorKind) else None,
        country=query.get("country", "").upper(),
        text=query.get("text", ""),
        idle=query.get("idle") == "true",
    )


def _moment(text: str) -> datetime:
    """Read a day as its end, now where there is none."""
    with suppress(ValueError):
        day = datetime.fromisoformat(text)
        day = day if day.tzinfo else day.replace(tzinfo=UTC)
        return day + timedelta(days=1) if len(text) == 10 else day
    return now()


def register(site: Site) -> None:
    """Add the pages."""
    _table(site)
    _pairs(site)
    _network(site)
    _one(site)


def _table(site: Site) -> None:
    def fetch(query: Mapping[str, str], part: Slice) -> Page:
        return actors.table(site.live, wanted(query), part)

    @ui.page("/actors")
    def page(request: Request) -> None:
        with frame(site, request, "/actors", "Actors"):
            bits.tabs(_TABS, "/actors")
            table = DataTable(
                request,
                columns=COLUMNS,
                fetch=fetch,
                api="actors",
                sort="-articles",
                names=_FILTERS,
                empty=_nobody(site),
                row_key="key",
                version=lambda: site.live.version,
            )
            with bits.element("div", "pw-filters"):
                table.text("text", "Name or key")
                table.choice("window", "Window", {window.value: window.value for window in Window})
                table.choice("kind", "Kind", options.members(ActorKind))
                table.text("country", "Country (IND)")
                table.day("as_of", "As of")
                table.toggle("idle", "Idle ones too")
                table.exports()
            table.draw()


def _nobody(site: Site) -> str:
    newest = site.live.newest
    if not len(site.live.actors):
        return "No actor is known: none was seen in the last 400 days."
    return f"Nobody was seen in this window; the newest report is of {newest:%Y-%m-%d}." if newest else "Nobody."


def _pairs(site: Site) -> None:
    @ui.page("/pairs")
    def page(request: Request) -> None:
        with frame(site, request, "/actors", "Pairs"):
            bits.tabs(_TABS, "/pairs")
            chosen = wanted(request.query_params, window=Window.YEAR)
            _windows("/pairs", chosen.window)
            found = actors.pairs(site.live, chosen)
            if not found["counts"]:
                bits.empty("No two actors were named together in this window.", _nobody(site))
                return
            with bits.panel(f"Articles that name both, {chosen.window.value}"):
                charts.matrix(found)
                if found["left_out"]:
                    ui.label(f"The {len(found['parties'])} busiest; {found['left_out']} more have pairs.").classes(
                        "dim"
                    )
            address = f"/actors?kind=pair&window={chosen.window.value}"
            bits.link("The same as a table: every pair, to sort and export", address)


def _network(site: Site) -> None:
    @ui.page("/network")
    def page(request: Request) -> None:
        with frame(site, request, "/actors", "Network"):
            bits.tabs(_TABS, "/network")
            years = request.query_params.get("years", "")
            with bits.element("div", "pw-row"):
                ui.label("Dossiers with news in").classes("dim")
                for name, value in (("the last year", "1"), ("3 years", "3"), ("10 years", "10"), ("all years", "")):
                    to = f"/network?years={value}" if value else "/network"
                    ui.link(name, to).classes("strong" if years == value else "")
            start = now() - timedelta(days=int(years) * 365) if years.isdecimal() and len(years) < 4 else None
            found = actors.network(site.live, start, now())
            if not found["edges"]:
                bits.empty("No agreement between two parties in this window.", "Choose a longer one above.")
                return
            with bits.panel("Who agreed with whom"):
                charts.network(found)
                if found["left_out"]:
                    ui.label(f"{found['left_out']} parties with the fewest agreements are left out.").classes("dim")
            _edges(site, request, start)


def _edges(site: Site, request: Request, start: datetime | None) -> None:
    def fetch(query: Mapping[str, str], part: Slice) -> Page:
        return listed(actors.edges(site.live, start, now()), query.get("text", ""), part, "-agreements")

    since = f"&since={start:%Y-%m-%d}" if start else ""
    table = DataTable(
        request,
        columns=EDGES,
        fetch=fetch,
        api="network/edges",
        more=since.removeprefix("&"),
        sort="-agreements",
        names=("text", "years"),
        empty="No two parties pass this filter.",
        row_key="parties",
        version=lambda: site.live.version,
    )
    with bits.element("div", "pw-filters"):
        table.text("text", "Party")
        table.exports()
    table.draw()


def _windows(path: str, here: Window) -> None:
    with bits.element("div", "pw-row"):
        for window in Window:
            ui.link(window.value, f"{path}?window={window.value}").classes("strong" if window is here else "")


def _one(site: Site) -> None:
    @ui.page("/actors/{key:path}")
    def page(request: Request, key: str) -> None:
        chosen = wanted(request.query_params, window=Window.YEAR)
        found = actors.one(site.live, key, chosen)
        heading = f"{found['flag']} {found['name']}".strip() if found else "Unknown actor"
        with frame(site, request, "/actors", heading) as user:
            if found is None:
                bits.empty(f"There is no actor {key}.", "Actors that nobody names for 400 days are forgotten.")
                return
            with bits.element("div", "pw-row"):
                bits.chip(found["kind"])
                bits.label(found["key"], "mono dim")
                if found["surge"]:
                    bits.chip("surge", "bad")
                if user.role is Role.OPERATOR:
                    ui.button("Mute …", on_click=partial(muting.ask, site, user, "actor", key)).props(
                        "outline dense no-caps size=sm"
                    )
            with bits.element("div", "pw-stats"):
                for window in Window:
                    bits.stat(f"articles, {window.value}", number(found[window.value]))
                bits.stat(f"sources, {chosen.window.value}", number(found["sources"]))
            with bits.panel("Articles a day"):
                charts.days(found["days"])
            _details(site, found, chosen)


def _details(site: Site, found: dict[str, Any], chosen: ActorFilter) -> None:
    with bits.element("div", "pw-grid"):
        for name in ("roles", "subjects", "stages"):
            with bits.panel(f"{name}, {chosen.window.value}"):
                bits.small_table(
                    ("", "#articles"),
                    [
                        (subject(value) if name == "subjects" else words(value), number(count))
                        for value, count in found[name].items()
                    ],
                    empty="None in this window.",
                )
        with bits.panel("Who it is"):
            rows: list[tuple[bits.Cell, bits.Cell]] = [
                *(
                    (("office", f"{clean(office['title'])}, {office['first']} to {office['last']}"))
                    for office in found["offices"]
                ),
                *((("also named", clean(alias))) for alias in found["aliases"]),
                ("first seen", partial(bits.moment, found["first_seen"], relative=False)),
                ("last seen", partial(bits.moment, found["last_seen"], relative=False)),
                ("undated articles", number(found["undated"])),
                ("older than a year", number(found["older"])),
            ]
            bits.small_table(("", ""), rows)
    if len(found["identities"]) > 1:
        with bits.panel("Namesakes under this key"):
            bits.small_table(
                ("person", "#articles", "seen", "why taken for one"),
                [
                    (
                        clean(one["name"]),
                        number(one["articles"]),
                        f"{one['first']} to {one['last']}",
                        one["explanation"],
                    )
                    for one in found["identities"]
                ],
            )
    with bits.panel("Agreements"):
        rows_of = [site.live.agreements.get(one) for one in found["agreements"]]
        bits.small_table(
            ("agreement", "stage", "last news"),
            [
                (
                    partial(bits.link, row.title, f"/agreements/{row.id}"),
                    partial(bits.status_chip, row.status.value if row.status else None),
                    partial(bits.moment, row.updated_at),
                )
                for row in sorted((row for row in rows_of if row), key=lambda row: row.updated_at, reverse=True)[:50]
            ],
            empty="None is followed.",
        )
