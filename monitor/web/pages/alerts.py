"""Alerts and rules: every alert with its reason, delivery and verdict; how often each rule was right; mutes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from fastapi import Request
from nicegui import ui

from monitor.models.vocabulary import DeliveryState, Reason
from monitor.slack.text import clean, http_url
from monitor.watch.words import words
from monitor.web import site as acts
from monitor.web.data import agreements, alerts
from monitor.web.data.alerts import NOT_ROUTED, AlertFilter
from monitor.web.data.messages import WholeAlert, whole
from monitor.web.data.page import Page, Slice
from monitor.web.pages.agreements import day
from monitor.web.pages.overview import delivery_chip
from monitor.web.parts import bits, options
from monitor.web.parts.frame import frame
from monitor.web.parts.table import FULL_TIME, SCORE, TIME, WORDS, Column, DataTable
from monitor.web.site import Site

_HEADLINE = (
    '<q-td :props="props"><a :href="\'/alerts/\' + encodeURIComponent(props.row.id)">{{ props.value }}</a>'
    '<span v-if="props.row.replay" class="pw-chip">{{ props.row.replay.replaceAll("_", " ") }}</span></q-td>'
)
_DELIVERY = (
    '<q-td :props="props"><span class="pw-chip"'
    " :class=\"{good: props.value === 'sent', bad: props.value === 'failed',"
    " warn: ['queued', 'held', 'sending'].includes(props.value)}\" :title=\"props.row.error || ''\">"
    '{{ props.value }}</span> <span class="dim small">{{ props.row.channels.join(", ") }}</span></q-td>'
)

COLUMNS = (
    Column("written_at", "written", slot=TIME),
    Column("headline", "alert", slot=_HEADLINE, wide=True),
    Column("reason", "reason", slot=WORDS),
    Column("at", "event time", slot=FULL_TIME),
    Column("source", "source", wide=True),
    Column("score", "score", number=True, slot=SCORE),
    Column("delivery", "delivery", slot=_DELIVERY, wide=True),
    Column("verdict", "verdict", slot=WORDS),
)

TABS = (("Alerts", "/alerts"), ("Rules", "/rules"), ("Mutes", "/mutes"))
"""Pages that belong together."""


def wanted(query: Mapping[str, str]) -> AlertFilter:
    """Read the filters of an address; what does not fit is left out."""
    return AlertFilter(
        text=query.get("text", ""),
        reason=Reason(query["reason"]) if query.get("reason") in set(Reason) else None,
        party=query.get("party", ""),
        delivery=query.get("delivery", ""),
        rule=query.get("rule", ""),
        verdict=query.get("verdict", ""),
        since=day(query.get("since", "")),
        until=day(query.get("until", "")),
    )


def register(site: Site) -> None:
    """Add the pages."""
    _table(site)
    _one(site)


def _table(site: Site) -> None:
    def fetch(query: Mapping[str, str], part: Slice) -> Page:
        return alerts.table(site.live, wanted(query), part)

    @ui.page("/alerts")
    def page(request: Request) -> None:
        with frame(site, request, "/alerts", "Alerts"):
            bits.tabs(TABS, "/alerts")
            table = DataTable(
                request,
                columns=COLUMNS,
                fetch=fetch,
                api="alerts",
                sort="-written_at",
                names=("text", "reason", "party", "delivery", "rule", "verdict", "since", "until"),
                empty="No alert passes these filters.",
                version=lambda: (site.live.alerts.version, len(site.live.deliveries)),
            )
            with bits.element("div", "pw-filters"):
                table.text("text", "Headline, source, id")
                table.choice("reason", "Reason", options.members(Reason))
                table.choice("party", "Party", options.parties(agreements.parties(site.live)), searchable=True)
                table.choice("delivery", "Delivery", {**options.members(DeliveryState), NOT_ROUTED: NOT_ROUTED})
                table.choice("verdict", "Verdict", options.plain(("acknowledged", "false_alarm", "lifted")))
                table.choice(
                    "rule", "Rule", {row["rule"]: row["rule"] for row in alerts.rules(site.live)}, searchable=True
                )
                table.day("since", "Written since")
                table.day("until", "until")
                table.exports()
            table.draw()


def _one(site: Site) -> None:
    @ui.page("/alerts/{alert_id}", response_timeout=20)
    async def page(request: Request, alert_id: str) -> None:
        found = await whole(site.live, alert_id)
        heading = found.row.headline if found else "Unknown alert"
        with frame(site, request, "/alerts", heading):
            if found is None:
                bits.empty(f"There is no alert {alert_id}.", "It may be older than the topic keeps, or still be read.")
                return
            _draw(found)


def _draw(found: WholeAlert) -> None:
    row, alert = found.row, found.alert
    with bits.element("div", "pw-row"):
        bits.chip(words(row.reason.value))
        if row.agreement_id:
            bits.link("Open the dossier", f"/agreements/{row.agreement_id}")
        if row.actor_id:
            bits.link("Open the actor", f"/actors/{acts.quoted(row.actor_id)}")
        if row.article_id:
            bits.link("Trace the article", f"/trace?article={acts.quoted(row.article_id)}")
    with bits.element("div", "pw-wide"):
        with bits.panel("As it looks in Slack"):
            picture = bits.element("img", "pw-slack").props(f'src="/api/v1/alerts/{row.id}/message.svg"')
            picture.props["alt"] = row.headline
        with bits.element("div", "pw-stack"):
            with bits.panel("Delivery"):
                bits.small_table(
                    ("channel", "state", "#attempts", "changed", "error"),
                    [
                        (
                            one.channel or "(none)",
                            partial(delivery_chip, one.state.value),
                            one.attempts,
                            partial(bits.moment, one.updated_at),
                            one.error or "",
                        )
                        for one in found.deliveries
                    ],
                    empty="On no channel: under the minimum score, from a warm-up, or not taken up yet.",
                )
            with bits.panel("What readers said"):
                bits.small_table(
                    ("who", "verdict", "when", "why"),
                    [
                        (
                            clean(one.name or one.user),
                            words(one.verdict),
                            partial(bits.moment, one.at),
                            words(clean(one.why)),
                        )
                        for one in found.verdicts
                    ],
                    empty="Nobody has judged it yet: the buttons on Slack do.",
                )
            with bits.panel("Why"):
                _reasons(found)
    with bits.panel("Evidence"):
        bits.small_table(
            ("field", "words", "rule"),
            [
                (
                    words(evidence.field),
                    partial(bits.marked, clean(evidence.sentence or evidence.quote), (clean(evidence.quote),)),
                    partial(bits.link, evidence.rule, f"/alerts?rule={acts.quoted(evidence.rule)}", "mono"),
                )
                for evidence in alert.evidence
            ],
            empty="No words are kept with this alert.",
        )


def _reasons(found: WholeAlert) -> None:
    row, alert = found.row, found.alert
    rows: list[tuple[bits.Cell, bits.Cell]] = [
        ("why", row.explanation or None),
        *((("told with it", clean(fact))) for fact in alert.facts),
        ("was", clean(alert.previous) or None),
        ("score", f"{row.score:.2f}"),
        ("event time", partial(bits.moment, row.at, relative=False)),
        ("written", partial(bits.moment, row.written_at, relative=False)),
    ]
    if alert.article:
        url = http_url(alert.article.url)
        title = clean(alert.article.title) or alert.article.id
        cell = partial(bits.outside, title, url.replace("&amp;", "&")) if url else partial(bits.label, title)
        rows.append(("article", cell))
    if alert.origin:
        origin = alert.origin
        rows.append(
            ("origin", f"{origin.topic} {origin.partition}/{origin.offset}, rules {origin.rules_version or '–'}")
        )
    bits.small_table(("", ""), [row for row in rows if row[1] is not None])
