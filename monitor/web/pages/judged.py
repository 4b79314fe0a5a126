"""Rules and mutes: how often each rule was right by readers' verdicts, and what is silent until when."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request
from nicegui import events, ui

from monitor.errors import PactwatchError
from monitor.web.access import Role, User
from monitor.web.data import alerts
from monitor.web.data.listed import listed
from monitor.web.data.live import now
from monitor.web.data.page import Page, Slice
from monitor.web.pages.alerts import TABS
from monitor.web.parts import bits, muting
from monitor.web.parts.frame import frame
from monitor.web.parts.table import FULL_TIME, NUMBER, Column, DataTable
from monitor.web.site import Site

_RULE = (
    '<q-td :props="props"><a class="mono" :href="\'/alerts?rule=\' + encodeURIComponent(props.value)">'
    "{{ props.value }}</a></q-td>"
)
_PRECISION = (
    '<q-td :props="props"><span v-if="props.value === null">–</span><span v-else>{{ (100 * props.value).toFixed(0) }}% '
    '<span class="dim">({{ (100 * props.row.low).toFixed(0) }} to {{ (100 * props.row.high).toFixed(0) }}%)</span>'
    "</span></q-td>"
)
_ACTIVE = (
    '<q-td :props="props"><span class="pw-chip" :class="{warn: props.value}">'
    '{{ props.value ? "active" : "over" }}</span></q-td>'
)

RULES = (
    Column("rule", "rule", slot=_RULE, wide=True),
    Column("alerts", "alerts", number=True, slot=NUMBER),
    Column("acknowledged", "acknowledged", number=True, slot=NUMBER),
    Column("false_alarm", "false alarms", number=True, slot=NUMBER),
    Column("precision", "precision", number=True, slot=_PRECISION),
)
MUTES = (
    Column("scope", "what"),
    Column("target", "which", wide=True),
    Column("until", "until", slot=FULL_TIME),
    Column("by", "by"),
    Column("why", "why", wide=True),
    Column("active", "", slot=_ACTIVE),
)


def button(text: str, event: str, value: str, when: str = "true") -> str:
    """Return a slot with a button that sends ``event`` with a value of the row; ``when`` is a condition in Vue."""
    return (
        f'<q-td :props="props"><button v-if="{when}" type="button" class="pw-icon"'
        f" @click=\"$parent.$emit('{event}', {value})\">{text}</button></q-td>"
    )


def register(site: Site) -> None:
    """Add the pages."""
    _rules(site)
    _mutes(site)


def _rules(site: Site) -> None:
    def fetch(query: Mapping[str, str], part: Slice) -> Page:
        return listed(alerts.rules(site.live), query["text"], part, "-alerts")

    @ui.page("/rules")
    def page(request: Request) -> None:
        with frame(site, request, "/alerts", "Rules") as user:
            bits.tabs(TABS, "/rules")
            bits.element(
                "p",
                "pw-lead",
                "Precision is right among all that readers judged, with its 95% interval; unknown while nobody did.",
            )
            acting = Column("mute", "", sortable=False, slot=button("Mute …", "mute", "props.row.rule"))
            table = DataTable(
                request,
                columns=(*RULES, *([acting] if user.role is Role.OPERATOR else [])),
                fetch=fetch,
                api="rules",
                sort="-alerts",
                names=("text",),
                empty="No rule passes: there is no alert yet, or none of that name.",
                row_key="rule",
                version=lambda: (site.live.alerts.version, len(site.live.verdicts)),
            )
            with bits.element("div", "pw-filters"):
                table.text("text", "Rule")
                table.exports()
            table.draw()

            def mute(event: events.GenericEventArguments) -> None:
                muting.ask(site, user, "rule", str(event.args))

            table.table.on("mute", mute)


def _mutes(site: Site) -> None:
    def fetch(query: Mapping[str, str], part: Slice) -> Page:
        return listed(alerts.mutes(site.live, now()), query["text"], part, "-until")

    @ui.page("/mutes")
    def page(request: Request) -> None:
        with frame(site, request, "/alerts", "Mutes") as user:
            bits.tabs(TABS, "/mutes")
            bits.element("p", "pw-lead", "What would have been told during a silence is not told later.")
            acting = Column("end", "", sortable=False, slot=button("End it", "end", "props.row.id", "props.row.active"))
            table = DataTable(
                request,
                columns=(*MUTES, *([acting] if user.role is Role.OPERATOR else [])),
                fetch=fetch,
                api="mutes",
                sort="-until",
                names=("text",),
                empty="Nothing is muted.",
                version=lambda: repr(alerts.mutes(site.live, now())),
            )
            with bits.element("div", "pw-filters"):
                table.text("text", "What, by whom, why")
                table.exports()
            table.draw()
            _ending(site, user, table)


def _ending(site: Site, user: User, table: DataTable) -> None:
    async def end(event: events.GenericEventArguments) -> None:
        try:
            await site.end_mute(user, str(event.args))
        except PactwatchError as error:
            ui.notify(str(error), type="negative", multi_line=True)

    table.table.on("end", end)
