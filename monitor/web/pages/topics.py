"""Topics: rate, size, partitions and lag of each; consumer groups and their members."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import Request
from nicegui import ui

from monitor.watch.words import UNKNOWN, number, rate, seconds, size
from monitor.web.data.topics import groups, topic_page, topics
from monitor.web.pages.records import Browser
from monitor.web.parts import bits
from monitor.web.parts.frame import frame, refreshing
from monitor.web.site import Site


def register(site: Site) -> None:
    """Add the pages."""

    @ui.page("/topics")
    def page(request: Request) -> None:
        with frame(site, request, "/topics", "Topics"):
            refreshing(
                partial(_all, site), lambda: repr((topics(site.live), groups(site.live), site.live.cluster.trouble))
            )

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


def _all(site: Site) -> None:
    rows = topics(site.live)
    if rows is None:
        bits.empty("Kafka has told nothing yet.", site.live.cluster.trouble or "")
        return
    with bits.panel("Topics"):
        bits.small_table(
            ("topic", "holds", "#records", "#size", "#rate", "last 30 min", "read by", "#lag", "#oldest waits"),
            [
                (
                    partial(bits.link, row["full_name"], f"/topics/{row['name']}"),
                    partial(_holds, row),
                    number(row["records"]),
                    size(row["bytes"]),
                    rate(row["rate"]),
                    partial(bits.spark, row["spark"], name="records a second"),
                    row["stage"] or "",
                    number(row["lag"]) if row["stage"] else "",
                    seconds(row["lag_seconds"]) if row["stage"] else "",
                )
                for row in rows
            ],
        )
    with bits.panel("Consumer groups"):
        for group in groups(site.live) or ():
            _group(group)


def _holds(row: dict[str, Any]) -> None:
    if row["missing"]:
        bits.chip("missing", "bad")
    ui.label(row["holds"])
    kept = "latest of each key" if row["compacted"] else f"{row['days']} days" if row["days"] else "for ever"
    ui.label(f"{row['partitions']} partitions, {kept}").classes("dim small")


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
