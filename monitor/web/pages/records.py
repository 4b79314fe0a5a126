"""Browses the records of a topic: by offset, time, key or text."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from nicegui import ui

from monitor.errors import PactwatchError
from monitor.feeds.files import moment
from monitor.watch.words import size
from monitor.web import site as acts
from monitor.web.data.browse import PATIENCE, Browsed, Wanted, browse
from monitor.web.parts import bits
from monitor.web.site import Site

_FIELDS = ("partition", "offset", "at", "key", "text")


class Browser:
    """The part of the topic's page that shows records; what is asked for stands in the address."""

    def __init__(self, site: Site, topic: str, request: Request) -> None:
        self._site = site
        self._topic = topic
        self._asked = {name: request.query_params.get(name, "")[:1000] for name in _FIELDS}
        self._area: ui.element

    def draw(self) -> None:
        """Add the form and the newest records."""
        with bits.panel("Records"):
            with bits.element("div", "pw-filters"):
                self._field("key", "Key", "grow pw-search")
                self._field("text", "Text in the value", "grow")
                self._field("partition", "Partition")
                self._field("offset", "From offset (-5: five from the end)")
                self._field("at", "From time (UTC), 2025-10-31T09:00")
                ui.button("Look", on_click=self._look).props("unelevated dense no-caps")
            self._area = bits.element("div")
        ui.timer(0.05, self._look, once=True)

    def _field(self, name: str, label: str, classes: str = "") -> None:
        def changed(value: str | None) -> None:
            self._asked[name] = value or ""

        field = ui.input(label, value=self._asked[name], on_change=lambda event: changed(event.value))
        field.props("dense outlined clearable maxlength=1000").classes(classes)
        field.on("keydown.enter", self._look)

    async def _look(self) -> None:
        asked = {name: value.strip() for name, value in self._asked.items() if value.strip()}
        ui.navigate.history.replace(f"/topics/{self._topic}" + (f"?{urlencode(asked)}" if asked else ""))
        self._area.clear()
        with self._area:
            ui.spinner()
        try:
            found = await browse(self._site.settings, self._wanted(asked))
        except (PactwatchError, TimeoutError) as error:
            self._area.clear()
            with self._area:
                bits.element("div", "pw-finding warn", str(error) or "Kafka did not answer in time.")
            return
        self._area.clear()
        with self._area:
            self._show(found)

    def _wanted(self, asked: dict[str, str]) -> Wanted:
        return Wanted(
            self._topic,
            partition=_integer(asked.get("partition")),
            offset=_integer(asked.get("offset")),
            at=moment(asked.get("at")),
            key=asked.get("key", ""),
            text=asked.get("text", ""),
        )

    def _show(self, found: Browsed) -> None:
        if not found.records:
            bits.empty(f"No such record among the {found.scanned:,} that were read.")
        if not found.complete:
            limit = f"{found.scanned:,} records or {PATIENCE:.0f} s"
            ui.label(f"The search ended after {limit}; name a partition, offset or time.").classes("dim small")
        for record in found.records:
            _record(record)


def _record(record: dict[str, Any]) -> None:
    head = f"{record['partition']}/{record['offset']}"
    name = f"{head}   {record['key'] if record['key'] is not None else '(no key)'}"
    with ui.expansion(name[:200]).classes("w-full").props("dense header-class=mono"):
        with bits.element("div", "pw-row"):
            bits.moment(record["time"], relative=False)
            bits.label(size(record["bytes"]) if record["bytes"] is not None else "a deletion", "dim")
            if record["key"] and record["topic"].endswith(("articles", "reports")):
                bits.link("Trace this article", f"/trace?article={acts.quoted(record['key'])}")
        if record["headers"]:
            bits.small_table(("header", "value"), list(record["headers"].items()))
        text = (
            json.dumps(record["value"], indent=2, ensure_ascii=False)
            if record["kind"] == "json"
            else record["value"] or ""
        )
        bits.element("pre", "pw", text)


def _integer(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        return None
