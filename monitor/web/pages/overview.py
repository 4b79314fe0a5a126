"""The first page: one sentence that says what is wrong and what to do, and the figures behind it."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import Request
from nicegui import ui

from monitor.watch.words import number, rate, seconds
from monitor.web.data import alerts
from monitor.web.data.alerts import AlertFilter
from monitor.web.data.overview import overview
from monitor.web.data.page import Slice
from monitor.web.parts import bits
from monitor.web.parts.frame import frame, refreshing
from monitor.web.site import Site


def register(site: Site) -> None:
    """Add the page."""

    @ui.page("/", title="Pactwatch")
    def page(request: Request) -> None:
        with frame(site, request, "/"):
            _Overview(site).draw()


_SHARED = 1.5
"""Seconds for which all browsers are shown the same."""

_MOVING = ("as_of", "sources", "stages", "articles_spark", "articles_per_second", "relevant_per_second", "last_article")


class _Overview:
    """The page of one browser."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._seen: dict[str, Any] = {}

    def draw(self) -> None:
        refreshing(self._body, self._fingerprint)

    def _fingerprint(self) -> object:
        live, dead = self._site.live, self._site.dead
        seen = self._seen = live.memo.get("overview", _SHARED, lambda: overview(live, dead))
        # What moves with every look and would be shown the same is no reason to draw all again.
        same = {name: value for name, value in seen.items() if name not in _MOVING}
        stages = [{**stage, "lag_seconds": seconds(stage["lag_seconds"])} for stage in seen["stages"]]
        spark = [value and round(value, 1) for value in seen["articles_spark"][:-1]]
        return repr((same, stages, spark, rate(seen["articles_per_second"])))

    def _body(self) -> None:
        seen = self._seen
        _findings(seen["findings"])
        _replays(seen["replays"])
        _figures(seen)
        with bits.element("div", "pw-wide"):
            with bits.panel("Stages"):
                _stages(seen["stages"], seen["end_to_end"])
            with bits.panel("Slack channels"):
                _channels(seen)
        with bits.element("div", "pw-wide"):
            with bits.panel("Newest alerts"):
                _newest(self._site)
                bits.link("All alerts", "/alerts")
            with bits.element("div", "pw-stack"):
                with bits.panel("Sources, by their last relevant article"):
                    _sources(seen["sources"])
                    bits.link("All sources", "/sources")
                with bits.panel("Articles nobody read, by language, since the workers started"):
                    _unread(seen["unread_languages"])


def _findings(findings: list[dict[str, str]]) -> None:
    for place, finding in enumerate(findings):
        minor = " minor" if place else ""
        with bits.element("div", f"pw-finding {finding['severity']}{minor}") as box:
            box.props(f"role={'status' if finding['severity'] == 'ok' else 'alert'}")
            bits.element("div" if place else "h1", "what", finding["what"])
            if finding["do"] or finding["link"]:
                with bits.element("div", "pw-row"):
                    ui.label(finding["do"])
                    if finding["link"]:
                        ui.link("Look closer", finding["link"])


_REPLAYS = {
    "live": ("A live replay is in progress: old articles count as news, and people are told.", "warn"),
    "warm_up": ("A warm-up is in progress: old articles teach the state, nobody is told of them.", "ok"),
    "rehearse": ("A rehearsal is in progress, apart from what is in use here.", "ok"),
}


def _replays(replays: list[dict[str, Any]]) -> None:
    for replay in replays:
        what, tone = _REPLAYS[replay["mode"]]
        with bits.element("div", f"pw-finding minor {tone}").props("role=status"):
            bits.element("div", "what", what)
            if replay["articles"] is not None:
                ui.label(f"{number(replay['articles'])} articles so far.")
            if replay["name"]:
                bits.label(replay["name"], "mono dim")


def _unread(languages: dict[str, int] | None) -> None:
    if languages is None:
        ui.label("Not asked yet.").classes("dim")
        return
    with bits.element("div", "pw-row"):
        for language, count in languages.items():
            bits.chip(f"{language} {count:,}")
        if not languages:
            ui.label("None: every article was in a language with rules.").classes("dim")


def _figures(seen: dict[str, Any]) -> None:
    end_to_end = seen["end_to_end"]
    dead = seen["dead_letters"]
    waiting = sum(seen["deliveries"].get(state, 0) for state in ("queued", "held", "sending"))
    with bits.element("div", "pw-stats"):
        with bits.element("div", "pw-stat"):
            ui.label(rate(seen["articles_per_second"])).classes("n")
            ui.label("articles, last minute").classes("l")
            bits.spark(seen["articles_spark"], name="articles a second, last 30 minutes")
        with bits.element("div", "pw-stat"):
            ui.label("none" if seen["last_article"] is None else "").classes("n").set_visibility(
                seen["last_article"] is None
            )
            if seen["last_article"]:
                with bits.element("div", "n"):
                    bits.moment(seen["last_article"])
            ui.label("last article came").classes("l")
        bits.stat("alerts today", number(seen["alerts_today"]), note=f"{number(seen['alerts'])} in all")
        bits.stat("agreements followed", number(seen["agreements"]))
        bits.stat("dead letters wait", number(dead), "warn" if dead else "")
        bits.stat("alerts not sent yet", number(waiting), "warn" if waiting else "")
        bits.stat("article in to alert out, p50", seconds(end_to_end["p50"]), note=f"p99 {seconds(end_to_end['p99'])}")


def _stages(stages: list[dict[str, Any]], end_to_end: dict[str, float | None]) -> None:
    def lag(stage: dict[str, Any]) -> str:
        return f"{number(stage['lag'])} ({seconds(stage['lag_seconds'])})" if stage["lag"] else number(stage["lag"])

    def took(found: dict[str, Any]) -> list[str]:
        return [seconds(found[name]) for name in ("p50", "p95", "p99")]

    rows: list[tuple[bits.Cell, ...]] = [
        (
            stage["name"],
            partial(bits.link, stage["topic"], f"/topics/{stage['topic']}"),
            lag(stage),
            partial(bits.spark, stage["trend"], name=f"lag of {stage['name']} in records"),
            *took(stage),
        )
        for stage in stages
    ]
    if rows:
        rows.append(("article in to alert out", "", "", "", *took(end_to_end)))
    columns = ("stage", "reads", "#lag", "last 30 min", "#p50", "#p95", "#p99")
    bits.small_table(columns, rows, empty="Kafka has told nothing yet.")


def _channels(seen: dict[str, Any]) -> None:
    if seen["channels"] is None:
        ui.label("Not asked yet.").classes("dim")
        return
    if seen["circuit"]:
        bits.chip(f"nothing is sent: {seen['circuit']}", "bad")
    bits.small_table(
        ("channel", "#waits", "state"),
        [
            (
                name,
                number(channel["queued"]),
                partial(bits.chip, channel["trouble"] or "sends", "bad" if channel["trouble"] else "good"),
            )
            for name, channel in seen["channels"].items()
        ],
        empty="No deliverer answers, or it has no channel yet.",
    )
    counts = ", ".join(f"{count:,} {state}" for state, count in sorted(seen["deliveries"].items()))
    ui.label(f"Deliveries: {counts or 'none yet'}").classes("dim small")


def _newest(site: Site) -> None:
    live = site.live
    rows = live.memo.get("newest alerts", _SHARED, lambda: alerts.table(live, AlertFilter(), Slice(limit=8)).rows)
    bits.small_table(
        ("", "alert", "why", "delivery"),
        [
            (
                partial(bits.moment, row["written_at"]),
                partial(bits.link, row["headline"], f"/alerts/{row['id']}"),
                row["reason"].replace("_", " "),
                partial(delivery_chip, row["delivery"]),
            )
            for row in rows
        ],
        empty="No alert yet. The first agreement in the news makes one.",
    )


def _sources(sources: list[dict[str, Any]]) -> None:
    bits.small_table(
        ("source", "last", "#articles"),
        [(row["source"], partial(bits.moment, row["last_seen"]), number(row["articles"])) for row in sources],
        empty="No relevant article yet.",
    )


def delivery_chip(state: str) -> None:
    """Add a state of delivery."""
    tone = {"sent": "good", "digested": "good", "failed": "bad", "queued": "warn", "held": "warn", "sending": "warn"}
    bits.chip(state, tone.get(state, ""))
