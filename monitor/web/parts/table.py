"""A table that the server sorts, filters and pages: the browser only ever has the rows it shows.

Filters, order and page stand in the address, so that a view can be shared; the same address under `/api/v1` gives the
rows as JSON and CSV.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from nicegui import events, ui

from monitor.web.data.memo import Memo
from monitor.web.data.page import Page, Slice
from monitor.web.parts.bits import element

Fetch = Callable[[Mapping[str, str], Slice], Page]
"""Gives the rows for the filters of the address."""

REFRESH = 3.0
"""Seconds from one look at what has changed to the next."""

_SHARED = Memo()

SIZES = (25, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``slot`` is a Vue template for its cell, which must hold no text from an article."""

    name: str
    label: str
    sortable: bool = True
    number: bool = False
    slot: str = ""
    wide: bool = False

    def as_quasar(self) -> dict[str, Any]:
        """Return it as Quasar wants it."""
        return {
            "name": self.name,
            "label": self.label,
            "field": self.name,
            "sortable": self.sortable,
            "align": "right" if self.number else "left",
            "classes": "" if self.wide else "nowrap",
        }


TIME = '<q-td :props="props"><pw-time :at="props.value" as="ago"></pw-time></q-td>'
FULL_TIME = '<q-td :props="props"><pw-time :at="props.value" as="full"></pw-time></q-td>'
WORDS = '<q-td :props="props">{{ props.value ? props.value.replaceAll("_", " ") : "–" }}</q-td>'
NUMBER = '<q-td :props="props">{{ props.value === null ? "–" : props.value.toLocaleString() }}</q-td>'


SCORE = '<q-td :props="props">{{ props.value.toFixed(2) }}</q-td>'
_NO_DATA = '<div class="full-width pw-empty" role="status">{{ props.message }}</div>'
"""In the place of Quasar's, whose triangle warns of what is often good news."""


def spark(name: str) -> str:
    """Return a slot of 30 bars; a value that is not known is a grey stub.  ``name`` says what they count."""
    tall = "(v === null ? 2 : v ? Math.max(2, 17 * v / Math.max(...props.value)) : 0)"
    return (
        '<q-td :props="props"><svg class="spark" viewBox="0 0 120 18" width="120" height="18" role="img"'
        f" :aria-label=\"'{name}: ' + props.value.map(v => v === null ? 'unknown' : v).join(', ')\">"
        '<rect v-for="(v, i) in props.value" :x="i * 4" width="3" :class="{gap: v === null}"'
        f' :height="{tall}" :y="18 - {tall}"></rect></svg></q-td>'
    )


CHIPS = (
    '<q-td :props="props"><span v-for="one in props.value" class="pw-chip">{{ one.replaceAll("_", " ") }}</span></q-td>'
)


class DataTable:
    """The table with its filters."""

    def __init__(
        self,
        request: Request,
        *,
        columns: Iterable[Column],
        fetch: Fetch,
        api: str,
        more: str = "",
        sort: str,
        names: Iterable[str],
        empty: str,
        row_key: str = "id",
        version: Callable[[], object] | None = None,
        selectable: bool = False,
    ) -> None:
        """Prepare.

        Args:
            request: its query gives filters, order and page.
            columns: what is shown.
            fetch: gives rows.
            api: path under `/api/v1` with the same filters.
            more: of the query of that path, what no filter says.
            sort: the order where the query names none; ``-`` before it: the largest first.
            names: of the filters.
            empty: said when there are no rows.
            row_key: a column that tells rows apart.
            version: moves when the rows may have changed; the table then reads again by itself.
            selectable: rows can be ticked.

        """
        query = request.query_params
        self.filters = {name: query.get(name, "") for name in names}
        self._path = request.url.path
        self._api = api
        self._more = more
        self._fetch = fetch
        self._columns = tuple(columns)
        self._default_sort = sort
        self._empty = empty
        self._row_key = row_key
        self._version = version
        self._seen: object = None
        self._selectable = selectable
        self._sort = query.get("sort", sort)
        self._size = _number(query.get("size"), 25, SIZES[-1])
        self._page = max(_number(query.get("page"), 1, 10_000_000), 1)
        self._exports: list[tuple[ui.link, str]] = []
        self.table: ui.table
        self._count: ui.label

    def text(self, name: str, label: str) -> None:
        """Add a search field."""

        def changed(event: events.ValueChangeEventArguments[str | None]) -> None:
            self.set(name, event.value or "")

        field = ui.input(label, value=self.filters[name], on_change=changed)
        field.props("dense outlined clearable debounce=100 type=search maxlength=200").classes("grow pw-search")

    def choice(self, name: str, label: str, options: Mapping[str, str], *, searchable: bool = False) -> None:
        """Add a choice; ``options`` maps values to what is shown, and none is always one of them."""
        known = dict(options)
        if self.filters[name] and self.filters[name] not in known:
            known[self.filters[name]] = self.filters[name]

        def changed(event: events.ValueChangeEventArguments[str | None]) -> None:
            self.set(name, event.value or "")

        field = ui.select(
            known,
            label=label,
            value=self.filters[name] or None,
            clearable=True,
            on_change=changed,
            with_input=searchable,
        )
        field.props("dense outlined options-dense")

    def day(self, name: str, label: str) -> None:
        """Add a day."""

        def changed(event: events.ValueChangeEventArguments[str | None]) -> None:
            self.set(name, event.value or "")

        field = ui.input(label, value=self.filters[name], on_change=changed)
        field.props("dense outlined type=date stack-label debounce=250")

    def toggle(self, name: str, label: str) -> None:
        """Add a tick."""

        def changed(event: events.ValueChangeEventArguments[bool | None]) -> None:
            self.set(name, "true" if event.value else "")

        ui.checkbox(label, value=self.filters[name] == "true", on_change=changed).props("dense")

    def exports(self) -> None:
        """Add links to the rows as CSV and JSON, and the count."""
        with element("div", "pw-export"):
            self._count = ui.label("").classes("dim").props("role=status")
            for name, form in (("CSV", "csv"), ("JSON", "rows")):
                link = ui.link(name, "")
                self._exports.append((link, form))

    def draw(self) -> None:
        """Add the table itself."""
        pagination = {"page": self._page, "rowsPerPage": self._size, "rowsNumber": 0, **self._order()}
        self.table = ui.table(
            columns=[column.as_quasar() for column in self._columns],
            rows=[],
            row_key=self._row_key,
            pagination=pagination,
            selection="multiple" if self._selectable else None,
        )
        self.table.classes("pw-table").props("flat dense binary-state-sort")
        self.table.props["rows-per-page-options"] = list(SIZES)
        self.table.props["no-data-label"] = self._empty
        self.table.add_slot("no-data", _NO_DATA)
        for column in self._columns:
            if column.slot:
                self.table.add_slot(f"body-cell-{column.name}", column.slot)
        self.table.on("request", self._requested)
        self.reload(tell=False)
        if self._version is not None:
            ui.timer(REFRESH, self._look)

    def set(self, name: str, value: str) -> None:
        """Change a filter, and read again from the first page."""
        if self.filters[name] != value:
            self.filters[name] = value
            self._page = 1
            self.reload()

    def reload(self, *, tell: bool = True, fresh: bool = True) -> None:
        """Read again; ``tell`` writes the view into the address.

        Not ``fresh``: as somebody else's page may have been given it in the last seconds, and nothing is done when the
        rows are those that stand there.
        """
        self._seen, found = self._found(fresh=fresh)
        pages = max(-(-found.total // self._size), 1)
        if self._page > pages:
            self._page = pages
            self._seen, found = self._found(fresh=fresh)
        if not fresh and found.rows == self.table.rows and found.total == self.table.pagination["rowsNumber"]:
            return
        self.table.rows = found.rows
        self.table.pagination = {
            "page": self._page,
            "rowsPerPage": self._size,
            "rowsNumber": found.total,
            **self._order(),
        }
        self.table.update()
        self._show(found.total)
        if tell:
            ui.navigate.history.replace(self._address())

    def _look(self) -> None:
        assert self._version is not None
        if self._version() != self._seen and not self.table.selected:
            self.reload(tell=False, fresh=False)

    def _found(self, *, fresh: bool) -> tuple[object, Page]:
        """Return a page of rows with the version of the data that it was made of."""
        part = self._slice()
        key = (self._fetch, tuple(self.filters.items()), part)

        def make() -> tuple[object, Page]:
            version = self._version() if self._version else None
            return version, self._fetch(self.filters, part)

        return _SHARED.get(key, 0.0 if fresh else REFRESH, make)

    def _requested(self, event: events.GenericEventArguments) -> None:
        wanted = event.args["pagination"]
        name = str(wanted.get("sortBy") or "")
        self._sort = f"{'-' if wanted.get('descending') else ''}{name}" if name else self._default_sort
        self._size = _number(str(wanted.get("rowsPerPage")), 25, SIZES[-1]) or 25
        self._page = max(_number(str(wanted.get("page")), 1, 10_000_000), 1)
        self.reload()

    def _slice(self) -> Slice:
        return Slice(
            (self._page - 1) * self._size, self._size, self._sort.removeprefix("-"), self._sort.startswith("-")
        )

    def _order(self) -> dict[str, Any]:
        return {"sortBy": self._sort.removeprefix("-"), "descending": self._sort.startswith("-")}

    def _query(self) -> dict[str, str]:
        query = {name: value for name, value in self.filters.items() if value}
        if self._sort != self._default_sort:
            query["sort"] = self._sort
        return query

    def _address(self) -> str:
        query = self._query()
        if self._page > 1:
            query["page"] = str(self._page)
        if self._size != 25:
            query["size"] = str(self._size)
        return f"{self._path}?{urlencode(query)}" if query else self._path

    def _show(self, total: int) -> None:
        if not self._exports:
            return
        self._count.set_text(f"{total:,} in all")
        for link, form in self._exports:
            link.props["href"] = f"/api/v1/{self._api}?{urlencode({**self._query(), 'format': form})}"
            if self._more:
                link.props["href"] += f"&{self._more}"


def _number(text: str | None, default: int, most: int) -> int:
    return min(int(text), most) if text and text.isdecimal() and len(text) < 10 else default
