"""The dossier of one agreement: its life, facts, sources, and why each article did or did not alert."""

from __future__ import annotations

from functools import partial

from fastapi import Request
from nicegui import ui

from monitor.errors import PactwatchError
from monitor.models.agreement import Agreement, ArticleLog, Fact, Snapshot, Stage
from monitor.models.report import Correction
from monitor.slack.names import capital, day, instrument, money, party, years
from monitor.slack.text import clean, http_url
from monitor.watch.words import plural, words
from monitor.watch.words import subject as words_of_subject
from monitor.web import site as acts
from monitor.web.access import Role, User
from monitor.web.data.agreements import DossierView, dossier
from monitor.web.pages.overview import delivery_chip
from monitor.web.parts import bits, muting
from monitor.web.parts.frame import frame
from monitor.web.site import Site


def register(site: Site) -> None:
    """Add the page."""

    @ui.page("/agreements/{agreement_id}")
    def page(request: Request, agreement_id: str) -> None:
        found = dossier(site.live, agreement_id)
        heading = found.row.title if found else "Unknown agreement"
        with frame(site, request, "/agreements", heading) as user:
            if found is None:
                bits.empty(f"There is no agreement {agreement_id}.", "It may still be read: see System.")
                return
            _Dossier(site, found, user).draw()


class _Dossier:
    """The page of one browser."""

    def __init__(self, site: Site, found: DossierView, user: User) -> None:
        self._site = site
        self._found = found
        self._record: Agreement = found.record
        self._user = user

    def draw(self) -> None:
        record = self._record
        if record.merged_into:
            with bits.element("div", "pw-finding warn"):
                ui.label("This dossier was merged into another.").classes("what")
                ui.link("Open that one", f"/agreements/{record.merged_into}")
        shown = record.snapshot
        if shown is None:
            if not record.merged_into:
                bits.empty("Every article on it took its report back: nothing is left to show.")
            return
        _head(shown)
        with bits.panel("Life"):
            _life(shown)
        with bits.element("div", "pw-wide"):
            with bits.element("div", "pw-stack"):
                with bits.panel("Facts, who said so, in which words"):
                    _facts(record.facts, shown)
                with bits.panel("Articles, and why each was told or not"):
                    _articles(record.articles, shown)
            with bits.element("div", "pw-stack"):
                with bits.panel("As it looks in Slack"):
                    self._slack()
                with bits.panel("Identity"):
                    self._identity(shown)

    def _slack(self) -> None:
        told = self._found.told
        if not told:
            ui.label("No alert was made of it: known from a warm-up, or below what is told.").classes("dim")
            return
        bits.element("img", "pw-slack").props(f'src="/api/v1/alerts/{told[-1].alert.id}/message.svg"').props["alt"] = (
            told[-1].alert.headline
        )
        bits.small_table(
            ("when", "alert", "delivery"),
            [
                (
                    partial(bits.moment, one.alert.at),
                    partial(bits.link, words(one.alert.reason.value), f"/alerts/{one.alert.id}"),
                    partial(_deliveries, one.deliveries),
                )
                for one in reversed(told)
            ],
        )

    def _identity(self, shown: Snapshot) -> None:
        rows: list[tuple[bits.Cell, bits.Cell]] = [("id", lambda: bits.label(self._record.id, "mono"))]
        rows += [
            ("may be the same as", partial(bits.link, other, f"/agreements/{other}"))
            for other in shown.possibly_same_as
        ]
        rows += [("absorbed", partial(bits.link, other, f"/agreements/{other}")) for other in self._found.absorbed]
        rows += [
            ("founded", partial(bits.moment, shown.founded_at)),
            ("last news", partial(bits.moment, shown.updated_at)),
        ]
        bits.small_table(("", ""), rows)
        bits.outside("All of it as JSON", f"/api/v1/agreements/{self._record.id}")
        if self._user.role is Role.OPERATOR:
            with bits.element("div", "pw-row"):
                mute = partial(muting.ask, self._site, self._user, "agreement", self._record.id)
                ui.button("Mute …", on_click=mute).props("outline dense no-caps size=sm")
                ui.button("Merge …", on_click=self._ask_merge).props("outline dense no-caps size=sm")
                ui.button("Split …", on_click=self._ask_split).props("outline dense no-caps size=sm")

    def _ask_merge(self) -> None:
        with ui.dialog() as dialog, ui.card():
            ui.label("Let this dossier absorb another").classes("strong")
            ui.label(
                "The other one's articles, facts and what was told of it move here. It cannot be undone by a click."
            )
            other = ui.input(
                "Id of the other dossier",
                value=next(iter(self._record.snapshot.possibly_same_as), "") if self._record.snapshot else "",
            )
            why = ui.input("Why")
            with bits.element("div", "pw-row"):
                ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
                ui.button(
                    "Merge",
                    on_click=lambda: self._send(
                        dialog, acts.merge(self._user, self._record.id, (other.value or "").strip(), why.value or "")
                    ),
                ).props("no-caps")
        dialog.open()

    def _ask_split(self) -> None:
        chosen: dict[str, ui.checkbox] = {}
        with ui.dialog() as dialog, ui.card():
            ui.label("Take articles out of this dossier").classes("strong")
            for entry in self._record.articles:
                chosen[entry.article_id] = ui.checkbox(f"{clean(entry.source)}: {clean(entry.title)}"[:120])
            why = ui.input("Why")
            with bits.element("div", "pw-row"):
                ui.button("Cancel", on_click=dialog.close).props("flat no-caps")
                ui.button(
                    "Split",
                    on_click=lambda: self._send(
                        dialog,
                        acts.split(
                            self._user,
                            self._record.id,
                            [key for key, box in chosen.items() if box.value],
                            why.value or "",
                        ),
                    ),
                ).props("no-caps")
        dialog.open()

    async def _send(self, dialog: ui.dialog, correction: Correction) -> None:
        if correction.action == "split" and not correction.article_ids:
            ui.notify("Tick the articles that leave.", type="warning")
            return
        try:
            await self._site.correct(self._user, correction)
        except PactwatchError as error:
            ui.notify(str(error), type="negative", multi_line=True)
            return
        dialog.close()
        ui.notify("Sent to the tracker; the dossier changes in a moment.", type="positive")


def _deliveries(deliveries: tuple[object, ...]) -> None:
    if not deliveries:
        bits.chip("not routed")
    for one in deliveries:
        delivery_chip(str(getattr(one, "state", "")))


def _head(shown: Snapshot) -> None:
    with bits.element("div", "pw-row"):
        ui.label(" ".join(party(code).flag for code in shown.parties[:6])).style("font-size: 22px").props(
            "aria-hidden=true"
        )
        bits.status_chip(shown.status.value if shown.status else None)
        for subject in shown.subjects:
            bits.chip(words_of_subject(subject.value))
        if shown.confirmed:
            bits.chip("confirmed", "good")
        if shown.date_unknown:
            bits.chip("date unknown", "warn")
        for field in shown.conflicts:
            bits.chip(f"sources disagree on {words(field)}", "warn")
        bits.label(
            f"{shown.articles:,} articles, {shown.independent_sources:,} independent sources, score {shown.score:.2f}",
            "dim",
        )
    if shown.name:
        ui.label(clean(shown.name)).classes("pw-lead")


def _life(shown: Snapshot) -> None:
    with bits.element("ol", "pw-life"):
        for stage in shown.stages:
            with bits.element("li"):
                ui.label(words(stage.status.value)).classes("s")
                _stage_date(stage)
                if stage.source:
                    ui.label(clean(stage.source)[:40]).classes("d")
        if shown.planned:
            planned = shown.planned
            with bits.element("li", "planned"):
                ui.label(words(planned.status.value)).classes("s")
                when = day(planned.date) if planned.date else "no date yet"
                ui.label(f"planned, {when}{f', {clean(planned.place)}' if planned.place else ''}").classes("d")
    if not shown.stages and not shown.planned:
        ui.label("No stage is known yet.").classes("dim")
    if shown.until:
        ui.label(f"The present stage lasts until {day(shown.until)}.").classes("dim")


def _stage_date(stage: Stage) -> None:
    if stage.date:
        ui.label(day(stage.date)).classes("d")
    else:
        with bits.element("span", "d"):
            bits.label("reported ", "inline")
            bits.moment(stage.reported_at, relative=False)


def _facts(facts: tuple[Fact, ...], shown: Snapshot) -> None:
    if not facts:
        rows: list[tuple[bits.Cell, bits.Cell]] = [
            ("instrument", instrument(shown)),
            ("place", shown.place),
            ("term", years(shown.years) if shown.years else None),
            ("cost", money(shown.cost) if shown.cost else None),
        ]
        bits.small_table(("", ""), rows)
        return
    with bits.element("table", "pw"), bits.element("tbody"):
        for fact in facts:
            rivals = sum(1 for value in fact.values if not value.current)
            for number, value in enumerate(fact.values):
                with bits.element("tr"):
                    with bits.element("th").props("scope=row"):
                        ui.label(capital(words(fact.field)) if number == 0 else "")
                        if number == 0 and rivals and fact.field in shown.conflicts:
                            bits.chip("conflict", "warn")
                    with bits.element("td", "" if value.current else "dim"):
                        ui.label(clean(value.value)).classes("strong" if value.current else "")
                        if not value.current:
                            ui.label("outvoted").classes("small dim")
                        for source in value.sources[:2]:
                            if source.sentence:
                                with bits.element("div", "pw-quote"):
                                    bits.marked(clean(source.sentence), (clean(value.value),))
                    with bits.element("td", "dim small"):
                        names = ", ".join(dict.fromkeys(clean(source.source) or "unnamed" for source in value.sources))
                        ui.label(names)
                        ui.label(f"{plural(value.articles, 'article')}, {value.independent_sources} independent")


def _articles(articles: tuple[ArticleLog, ...], shown: Snapshot) -> None:
    bits.small_table(
        ("event time", "article", "stage", "told?"),
        [
            (
                partial(bits.moment, entry.at, relative=False),
                partial(_article, entry),
                words(entry.status.value) if entry.status else "",
                partial(_why, entry),
            )
            for entry in reversed(articles)
        ],
    )
    if shown.articles > len(articles):
        ui.label(f"{shown.articles - len(articles):,} older articles are counted but no longer listed.").classes(
            "dim small"
        )


def _article(entry: ArticleLog) -> None:
    title = clean(entry.title) or entry.article_id
    url = http_url(entry.url) if entry.url else None
    if url:
        bits.outside(title, url.replace("&amp;", "&"))
    else:
        ui.label(title)
    with bits.element("div", "dim small"):
        ui.label(
            f"{clean(entry.source) or 'unnamed source'}{', official' if entry.official else ''}"
            f"{'' if entry.independent else ', republished'}"
        )
        bits.link("trace", f"/trace?article={acts.quoted(entry.article_id)}")


def _why(entry: ArticleLog) -> None:
    if entry.reason and entry.alert_id:
        bits.link(words(entry.reason.value), f"/alerts/{entry.alert_id}", "strong")
    else:
        bits.chip("silent")
    ui.label(clean(entry.why)).classes("small dim")
    if entry.changed:
        ui.label(f"changed: {clean(', '.join(entry.changed))}").classes("small dim")
    if entry.identity:
        ui.label(clean(entry.identity)).classes("small dim")
