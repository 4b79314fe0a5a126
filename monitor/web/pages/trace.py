"""One article through every stage, in one view."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from fastapi import Request
from nicegui import ui

from monitor.errors import PactwatchError
from monitor.slack.text import clean, http_url
from monitor.watch.words import words
from monitor.web import site as acts
from monitor.web.data.trace import trace
from monitor.web.parts import bits
from monitor.web.parts.frame import frame
from monitor.web.site import Site

_TONES = {"done": "good", "failed": "bad", "waiting": "warn"}


def register(site: Site) -> None:
    """Add the page."""

    @ui.page("/trace")
    def page(request: Request) -> None:
        article_id = request.query_params.get("article", "")[:600].strip()
        with frame(site, request, "/trace", "Trace an article"):
            bits.element(
                "p", "pw-lead", "Article, reports, agreement, alert, delivery: where it is, and what became of it."
            )
            with ui.element("form").props("method=get action=/trace").classes("pw-filters"):
                field = ui.input("Article id", value=article_id).props("dense outlined name=article maxlength=512")
                field.classes("grow pw-search")
                ui.button("Follow").props("unelevated dense no-caps type=submit")
            area = bits.element("div").style("display: grid; gap: 14px")
            if not article_id:
                with area:
                    _recent(site)
                return
            with area:
                ui.spinner()

            async def load() -> None:
                try:
                    found = await trace(site.live, site.dead, article_id)
                except (PactwatchError, TimeoutError) as error:
                    area.clear()
                    with area:
                        bits.element("div", "pw-finding warn", str(error) or "Kafka did not answer in time.")
                    return
                area.clear()
                with area:
                    _draw(found)

            ui.timer(0.05, load, once=True)


def _recent(site: Site) -> None:
    rows = list(site.live.reports.rows)[-15:]
    with bits.panel("The last relevant articles"):
        bits.small_table(
            ("", "article", "source"),
            [
                (
                    partial(bits.moment, row.ingested_at),
                    partial(bits.link, row.title or row.article_id, f"/trace?article={acts.quoted(row.article_id)}"),
                    row.source,
                )
                for row in reversed(rows)
            ],
            empty="No relevant article yet.",
        )


def _draw(found: dict[str, Any]) -> None:
    if not found["known"]:
        bits.empty(
            f"Nothing is known of article {found['article_id']}.", "Is the id right? It is the key in `articles`."
        )
        return
    article = found["article"]
    if article:
        bits.element("p", "strong", clean(article["title"])[:300])
    with bits.panel("The way"), bits.element("div", "pw-steps"):
        for step in found["steps"]:
            with bits.element("div", "pw-step"):
                ui.label(step["stage"]).classes("strong")
                bits.chip(step["state"], _TONES.get(step["state"], ""))
                with bits.element("div"):
                    if step.get("link"):
                        bits.link(clean(step["what"]), step["link"])
                    else:
                        ui.label(clean(step["what"]))
                if step.get("at"):
                    bits.moment(step["at"], relative=False)
                else:
                    ui.label("")
    if article:
        with bits.panel("Article"):
            _article(article, found["reports"])
    if found["reports"]:
        with bits.panel("Reports"):
            for report in found["reports"]["reports"]:
                with ui.expansion(f"{report['kind']}, {'+'.join(report['parties'])}, score {report['score']:.2f}"):
                    bits.element("pre", "pw", json.dumps(report, indent=2, ensure_ascii=False))


def _article(article: dict[str, Any], reports: dict[str, Any] | None) -> None:
    url = http_url(article["url"])
    with bits.element("div", "pw-row"):
        ui.label(clean(article["source"]) or "unnamed source").classes("dim")
        if article["published_at"]:
            bits.label("published", "dim")
            bits.moment(article["published_at"], relative=False)
        if url:
            bits.outside("original", url.replace("&amp;", "&"))
    spans = [
        (evidence["start"], evidence["end"], evidence["field"])
        for report in (reports["reports"] if reports else ())
        for evidence in report["evidence"]
        if evidence["part"] == "text" and article["text"][evidence["start"] : evidence["end"]] == evidence["quote"]
    ]
    highlighted(article["text"][:20_000], spans)


def highlighted(text: str, spans: list[tuple[int, int, str]]) -> None:
    """Add a text with the words that fields rest on marked; the field is in the mark's tooltip."""
    with bits.element("div").style("white-space: pre-wrap; max-width: 85ch; margin-top: 10px"):
        position = 0
        for start, end, field in sorted(spans):
            if start < position or end > len(text):
                continue
            if start > position:
                ui.label(text[position:start]).classes("inline")
            bits.element("mark", text=text[start:end]).props["title"] = words(field)
            position = end
        ui.label(text[position:]).classes("inline")
