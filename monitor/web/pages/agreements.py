"""Agreements: the filtered table."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date

from fastapi import Request
from nicegui import ui

from monitor.models.agreement import AgreementState
from monitor.models.vocabulary import Status, Subject
from monitor.web.data import agreements
from monitor.web.data.agreements import AgreementFilter
from monitor.web.data.page import Page, Slice
from monitor.web.parts import options
from monitor.web.parts.bits import element
from monitor.web.parts.frame import frame
from monitor.web.parts.table import CHIPS, SCORE, TIME, Column, DataTable
from monitor.web.site import Site

_TITLE = (
    '<q-td :props="props"><span aria-hidden="true">{{ props.row.flags }}</span> '
    "<a :href=\"'/agreements/' + encodeURIComponent(props.row.id)\">{{ props.value }}</a>"
    '<span v-if="props.row.conflicts" class="pw-chip warn" title="sources disagree">conflict</span></q-td>'
)
_STATUS = (
    '<q-td :props="props"><span class="pw-chip">{{ (props.value || "unknown").replaceAll("_", " ") }}</span></q-td>'
)
_SOURCES = (
    '<q-td :props="props">{{ props.value }} '
    '<span v-if="props.row.confirmed" class="good" title="confirmed by a second or an official source">✓</span></q-td>'
)

COLUMNS = (
    Column("title", "agreement", slot=_TITLE, wide=True),
    Column("status", "stage", slot=_STATUS),
    Column("date", "of", slot='<q-td :props="props">{{ props.value || "–" }}</q-td>'),
    Column("subject_names", "subjects", sortable=False, slot=CHIPS, wide=True),
    Column("articles", "articles", number=True),
    Column("sources", "sources", number=True, slot=_SOURCES),
    Column("score", "score", number=True, slot=SCORE),
    Column("updated_at", "last news", slot=TIME),
)


def wanted(query: Mapping[str, str]) -> AgreementFilter:
    """Read the filters of an address; what does not fit is left out."""
    return AgreementFilter(
        text=query.get("text", ""),
        party=query.get("party", ""),
        subject=Subject(query["subject"]) if query.get("subject") in set(Subject) else None,
        status=Status(query["status"]) if query.get("status") in set(Status) else None,
        since=day(query.get("since", "")),
        until=day(query.get("until", "")),
        confirmed=True if query.get("confirmed") == "true" else None,
        conflicts=query.get("conflicts") == "true",
        state=AgreementState(query["state"]) if query.get("state") in set(AgreementState) else AgreementState.LIVE,
    )


def day(text: str) -> date | None:
    """Read a day; None when it is none."""
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def register(site: Site) -> None:
    """Add the page."""

    def fetch(query: Mapping[str, str], part: Slice) -> Page:
        return agreements.table(site.live, wanted(query), part)

    @ui.page("/agreements")
    def page(request: Request) -> None:
        with frame(site, request, "/agreements", "Agreements"):
            table = DataTable(
                request,
                columns=COLUMNS,
                fetch=fetch,
                api="agreements",
                sort="-updated_at",
                names=("text", "party", "subject", "status", "since", "until", "confirmed", "conflicts", "state"),
                empty="No agreement passes these filters.",
                version=lambda: site.live.version,
            )
            with element("div", "pw-filters"):
                table.text("text", "Names, places, people")
                table.choice("party", "Party", options.parties(agreements.parties(site.live)), searchable=True)
                table.choice("subject", "Subject", options.subjects())
                table.choice("status", "Stage", options.members(Status))
                table.day("since", "News since")
                table.day("until", "until")
                table.toggle("confirmed", "Confirmed")
                table.toggle("conflicts", "Conflicts")
                table.choice("state", "State", options.members(AgreementState))
                table.exports()
            table.draw()
