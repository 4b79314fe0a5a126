"""Dead letters: grouped by reason, one by one, with a preview; retry or drop."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import Request
from nicegui import events, ui

from monitor.errors import PactwatchError
from monitor.watch.words import number, size
from monitor.web.access import Role, User
from monitor.web.data.dead import DeadFilter, dead_table, preview, reasons
from monitor.web.data.page import Page, Slice
from monitor.web.parts import bits, options
from monitor.web.parts.frame import frame, refreshing
from monitor.web.parts.table import TIME, Column, DataTable
from monitor.web.site import Site

_ID = (
    '<q-td :props="props"><a href="#" role="button" @click.prevent="$parent.$emit(\'preview\', props.row.id)">'
    "{{ props.value }}</a></q-td>"
)

COLUMNS = (
    Column("id", "id", sortable=False, slot=_ID),
    Column("at", "when", slot=TIME),
    Column("stage", "stage"),
    Column("error", "reason"),
    Column("message", "why", sortable=False, wide=True),
    Column("key", "key", sortable=False, wide=True),
    Column("bytes", "bytes", number=True),
    Column("retries", "retries", number=True),
    Column("handled", "", sortable=False),
)


def register(site: Site) -> None:
    """Add the page."""

    @ui.page("/dead-letters")
    def page(request: Request) -> None:
        with frame(site, request, "/dead-letters", "Dead letters") as user:
            bits.element(
                "p",
                "pw-lead",
                "Records that could not be handled. Retry puts one back byte for byte where it came from.",
            )
            _Letters(site, user, request).draw()


class _Letters:
    """The page of one browser."""

    def __init__(self, site: Site, user: User, request: Request) -> None:
        self._site = site
        self._user = user
        self._request = request
        self._table: DataTable

    def draw(self) -> None:
        """Add the groups and the table."""
        site = self._site
        refreshing(self._groups, lambda: repr(reasons(site.dead)))
        table = self._table = DataTable(
            self._request,
            columns=COLUMNS,
            fetch=self._fetch,
            api="dead-letters",
            sort="-at",
            names=("stage", "error", "handled"),
            empty="No dead letter waits." if site.dead.entries is not None else "Not read yet.",
            version=lambda: (len(site.dead.entries or ()), len(site.dead.waiting)),
            selectable=self._user.role is Role.OPERATOR,
        )
        with bits.element("div", "pw-filters"):
            table.choice("stage", "Stage", options.plain(("classify", "track", "count", "deliver")))
            table.choice("error", "Reason", options.plain(sorted({row["error"] for row in reasons(site.dead)})))
            table.toggle("handled", "Those that were handled too")
            if self._user.role is Role.OPERATOR:
                ui.button("Retry the ticked", on_click=partial(self._act, "retry")).props("unelevated dense no-caps")
                ui.button("Drop the ticked", on_click=partial(self._act, "drop")).props("outline dense no-caps")
            table.exports()
        table.draw()
        table.table.on("preview", self._preview)

    def _groups(self) -> None:
        rows = reasons(self._site.dead)
        if self._site.dead.entries is None:
            bits.empty("The dead letters have not been read yet.", self._site.live.cluster.trouble or "")
            return
        if not rows:
            return
        with bits.panel("By reason"):
            bits.small_table(
                ("stage", "reason", "#wait", "newest", "for instance", ""),
                [
                    (
                        row["stage"],
                        partial(bits.link, row["error"], f"/dead-letters?stage={row['stage']}&error={row['error']}"),
                        number(row["count"]),
                        partial(bits.moment, row["newest"]),
                        row["message"],
                        partial(self._buttons, row["stage"], row["error"]),
                    )
                    for row in rows
                ],
            )

    def _buttons(self, stage: str, error: str) -> None:
        if self._user.role is not Role.OPERATOR:
            return
        with bits.element("div", "pw-row"):
            for action in ("retry", "drop"):
                ui.button(f"{action.capitalize()} all", on_click=partial(self._group, action, stage, error)).props(
                    "flat dense no-caps size=sm"
                )

    async def _group(self, action: str, stage: str, error: str) -> None:
        ids = [e.id for e in self._site.dead.waiting if (e.letter.stage, e.letter.error) == (stage, error)]
        await self._ask(action, ids)

    async def _act(self, action: str) -> None:
        await self._ask(action, [row["id"] for row in self._table.table.selected])

    async def _ask(self, action: str, ids: list[str]) -> None:
        if not ids:
            ui.notify("Tick some first.", type="warning")
            return
        with ui.dialog() as dialog, ui.card():
            ui.label(f"{action.capitalize()} {len(ids):,} dead letter{'' if len(ids) == 1 else 's'}?").classes("strong")
            with bits.element("div", "pw-row"):
                ui.button("Cancel", on_click=lambda: dialog.submit(False)).props("flat no-caps")
                ui.button(action.capitalize(), on_click=lambda: dialog.submit(True)).props("unelevated no-caps")
        if not await dialog:
            return
        try:
            if action == "retry":
                done, refused = await self._site.retry(self._user, ids)
                ui.notify(f"{len(done):,} put back.", type="positive")
                for why in refused[:5]:
                    ui.notify(why, type="warning", multi_line=True)
            else:
                dropped = await self._site.drop(self._user, ids)
                ui.notify(f"{len(dropped):,} dropped.", type="positive")
        except (PactwatchError, OSError) as error:
            ui.notify(str(error), type="negative", multi_line=True)
        self._table.table.selected = []
        self._table.reload()

    async def _preview(self, event: events.GenericEventArguments) -> None:
        try:
            found = await preview(self._site.settings, str(event.args))
        except (PactwatchError, TimeoutError) as error:
            ui.notify(str(error), type="negative")
            return
        with ui.dialog() as dialog, ui.card().style("max-width: 900px; width: 90vw"):
            ui.label(f"{found['stage']}: {found['error']}").classes("strong")
            ui.label(found["message"])
            place = f"{found['topic']} {found['partition']}/{found['offset']}"
            where = f"{place}, {size(found['bytes'])}, {found['attempts']} attempts"
            ui.label(where).classes("dim small")
            bits.element(
                "pre", "pw", found["value"] if found["value"] is not None else "(its value did not fit and is not kept)"
            )
            ui.button("Close", on_click=dialog.close).props("flat no-caps")
        dialog.open()

    def _fetch(self, query: Mapping[str, str], part: Slice) -> Page:
        return dead_table(
            self._site.dead, DeadFilter(query["stage"], query["error"], handled=query["handled"] == "true"), part
        )
