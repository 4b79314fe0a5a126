"""Topics: rate, size, partitions and lag of each; consumer groups and their members."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import Request
from nicegui import ui

from monitor.watch.words import UNKNOWN, number, rate, seconds, size
from monitor.web.data.listed import listed
from monitor.web.data.page import Page, Row, Slice
from monitor.web.data.topics import groups, topic_page, topics
from monitor.web.pages.records import Browser
from monitor.web.parts import bits
from monitor.web.parts.frame import frame, refreshing
from monitor.web.parts.table import NUMBER, Column, DataTable, spark
from monitor.web.site import Site

_NAME = (
    '<q-td :props="props"><a :href="\'/topics/\' + encodeURIComponent(props.row.name)">{{ props.value }}</a> '
    '<span v-if="props.row.missing" class="pw-chip bad">missing</span></q-td>'
)
_HOLDS = '<q-td :props="props">{{ props.value }}<div class="dim small">{{ props.row.kept }}</div></q-td>'


def _text(name: str) -> str:
    return f'<q-td :props="props">{{{{ props.row.{name}_text }}}}</q-td>'


COLUMNS = (
    Column("place", "#", number=True),
    Column("full_name", "topic", slot=_NAME),
    Column("holds", "holds", slot=_HOLDS, wide=True),
    Column("records", "records", number=True, slot=NUMBER),
    Column("bytes", "size", number=True, slot=_text("bytes")),
    Column("rate", "rate", number=True, slot=_text("rate")),
    Column("spark", "last 30 min", sortable=False, slot=spark("records a second, by minute")),
    Column("stage", "read by", slot='<q-td :props="props">{{ props.value || "" }}</q-td>'),
    Column("lag", "lag", number=True, slot=_text("lag")),
    Column("lag_seconds", "oldest waits", number=True, slot=_text("lag_seconds")),
)


def register(site: Site) -> None:
    """Add the pages."""

    @ui.page("/topics")
    def page(request: Request) -> None:
        with frame(site, request, "/topics", "Topics"):
            _table(site, request)
            refreshing(partial(_groups, site), lambda: repr((groups(site.live), site.live.cluster.trouble)))

    @ui.page("/topics/{name}")
    def topic(request: Request, name: str) -> None:
        with frame(site, request, "/topics", name):
            if topic_page(site.live, name) is None:
                bits.empty(
                    f"There is no topic {name}, or Kafka has not told of it yet.", "`pactwatch topics` lists them."
                )
                return
            refreshing(partial(_one, site, name), lambda: repr(topic_page(site.live, name)))
            Browser(site, name, request).draw()


def _table(site: Site, request: Request) -> None:
    def fetch(query: Mapping[str, str], part: Slice) -> Page:
        return listed([_shown(row) for row in topics(site.live) or ()], query["text"], part, "place")

    table = DataTable(
        request,
        columns=COLUMNS,
        fetch=fetch,
        api="topics",
        sort="place",
        names=("text",),
        empty="No topic passes, or Kafka has told nothing yet.",
        row_key="name",
        version=lambda: site.live.cluster.state and site.live.cluster.state.at,
    )
    with bits.element("div", "pw-filters"):
        table.text("text", "Topic, or what it holds")
        table.exports()
    table.draw()


def _shown(row: Row) -> Row:
    """Return a row with what is to be read; what is sorted by stays a number."""
    kept = "latest of each key" if row["compacted"] else f"{row['days']} days" if row["days"] else "for ever"
    return {
        **row,
        "kept": f"{row['partitions']} partitions, {kept}",
        "bytes_text": size(row["bytes"]),
        "rate_text": rate(row["rate"]),
        "lag_text": number(row["lag"]) if row["stage"] else "",
        "lag_seconds_text": seconds(row["lag_seconds"]) if row["stage"] else "",
    }


def _groups(site: Site) -> None:
    if groups(site.live) is None:
        bits.empty("Kafka has told nothing yet.", site.live.cluster.trouble or "")
        return
    with bits.panel("Consumer groups"):
        for group in groups(site.live) or ():
            _group(group)


def _group(group: dict[str, Any]) -> None:
    tones = {"Stable": "good", "Empty": "bad", "Dead": "bad", None: ""}
    with bits.element("div", "pw-row"):
        ui.label(group["group"]).classes("strong")
        bits.chip(group["state"] or "state unknown", tones.get(group["state"], "warn"))
    bits.small_table(
        ("member", "host", "partitions"),
        [
            (
                member["name"],
                member["host"],
                "; ".join(
                    f"{topic}: {', '.join(map(str, numbers))}"
                    for topic, numbers in sorted(member["partitions"].items())
                    if not topic.endswith("-changelog")
                ),
            )
            for member in group["members"]
        ],
        empty="No member: nothing reads for this group.",
    )


def _one(site: Site, name: str) -> None:
    row = topic_page(site.live, name)
    if row is None:
        return
    with bits.element("div", "pw-stats"):
        bits.stat("records", number(row["records"]))
        bits.stat("on disk", size(row["bytes"]))
        with bits.element("div", "pw-stat"):
            ui.label(rate(row["rate"])).classes("n")
            ui.label("last minute").classes("l")
            bits.spark(row["spark"], name="records a second")
        if row["stage"]:
            with bits.element("div", "pw-stat"):
                ui.label(number(row["lag"])).classes("n")
                ui.label(f"records wait for {row['stage']}").classes("l")
                bits.spark(row["trend"], name="lag in records")
            bits.stat("the oldest waits", seconds(row["lag_seconds"]))
    with bits.panel("Partitions"):
        bits.small_table(
            ("#partition", "#from", "#to", "#size", "leader", "#committed", "#lag", "#oldest waits", "member"),
            [
                (
                    part["partition"],
                    number(part["begin"]),
                    number(part["end"]),
                    size(part["bytes"]),
                    "none" if part["leader"] is None else f"broker {part['leader']}",
                    number(part["committed"]) if row["stage"] else "",
                    number(part["lag"]) if row["stage"] else "",
                    seconds(part["lag_seconds"]) if row["stage"] else "",
                    part["member"] or (UNKNOWN if row["stage"] else ""),
                )
                for part in row["each"]
            ],
            empty="The topic is missing: `pactwatch topics --create`.",
        )
        bits.outside("JSON", f"/api/v1/topics/{row['name']}")
