"""The tables of the JSON API: paged, sorted, filtered, as JSON or CSV."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from monitor.models.actor import Window
from monitor.models.agreement import AgreementState
from monitor.models.vocabulary import ActorKind, Reason, Status, Subject
from monitor.web.actions import Somebody
from monitor.web.answers import TABLE, AnyDate, As, Form, Moment, Part, Text, faults, given, zoned
from monitor.web.data import actors, agreements, alerts, subjects
from monitor.web.data.alerts import AlertFilter
from monitor.web.data.dead import DeadFilter, dead_table
from monitor.web.data.listed import listed
from monitor.web.data.live import now
from monitor.web.site import Site


def add(routes: APIRouter, site: Site) -> None:
    """Add the routes."""
    _large(routes, site)
    _short(routes, site)


def _large(routes: APIRouter, site: Site) -> None:
    live = site.live

    @routes.get("/agreements", tags=["news"], responses=TABLE)
    async def get_agreements(
        request: Request,
        wanted: Part,
        *,
        text: Text = "",
        party: Annotated[str, Query(max_length=60)] = "",
        subject: Subject | None = None,
        status: Status | None = None,
        since: AnyDate = None,
        until: AnyDate = None,
        confirmed: bool | None = None,
        conflicts: bool = False,
        state: AgreementState = AgreementState.LIVE,
        form: As = Form.JSON,
    ) -> Response:
        """List tracked agreements, the last changed first."""
        chosen = agreements.AgreementFilter(
            text, party, subject, status, since, until, confirmed, conflicts=conflicts, state=state
        )
        return given(request, "agreements", form, wanted, lambda cut: agreements.table(live, chosen, cut))

    @routes.get("/actors", tags=["news"], responses=TABLE)
    async def get_actors(
        request: Request,
        wanted: Part,
        *,
        text: Text = "",
        window: Window = Window.MONTH,
        kind: ActorKind | None = None,
        country: Annotated[str, Query(max_length=3)] = "",
        idle: bool = False,
        as_of: Moment = None,
        form: As = Form.JSON,
    ) -> Response:
        """List actors with their rolling counts, the busiest of the window first."""
        chosen = actors.ActorFilter(zoned(as_of) or now(), window, kind, country.upper(), text, idle)
        return given(request, "actors", form, wanted, lambda cut: actors.table(live, chosen, cut))

    @routes.get("/alerts", tags=["news"], responses=TABLE)
    async def get_alerts(
        request: Request,
        wanted: Part,
        *,
        text: Text = "",
        reason: Reason | None = None,
        party: Annotated[str, Query(max_length=60)] = "",
        delivery: Annotated[str, Query(max_length=20)] = "",
        rule: Annotated[str, Query(max_length=100)] = "",
        verdict: Annotated[str, Query(max_length=20)] = "",
        since: AnyDate = None,
        until: AnyDate = None,
        form: As = Form.JSON,
    ) -> Response:
        """List alerts with reason, delivery and verdict, the newest first."""
        chosen = AlertFilter(text, reason, party, delivery, rule, verdict, since, until)
        return given(request, "alerts", form, wanted, lambda cut: alerts.table(live, chosen, cut))

    @routes.get("/dead-letters", tags=["state"], responses=TABLE)
    async def get_dead_letters(
        request: Request,
        wanted: Part,
        *,
        stage: Annotated[str, Query(max_length=20)] = "",
        error: Annotated[str, Query(max_length=60)] = "",
        handled: bool = False,
        form: As = Form.JSON,
    ) -> Response:
        """List records that could not be handled, those that wait, the newest first."""
        chosen = DeadFilter(stage, error, handled)
        return given(request, "dead-letters", form, wanted, lambda cut: dead_table(site.dead, chosen, cut))


def _short(routes: APIRouter, site: Site) -> None:
    live = site.live

    @routes.get("/rules", tags=["news"], responses=TABLE)
    async def get_rules(request: Request, wanted: Part, *, text: Text = "", form: As = Form.JSON) -> Response:
        """Tell how often each rule was right, by readers' verdicts; null while nobody judged."""
        return given(request, "rules", form, wanted, lambda cut: listed(alerts.rules(live), text, cut, "-alerts"))

    @routes.get("/mutes", tags=["news"], responses=TABLE)
    async def get_mutes(request: Request, wanted: Part, *, text: Text = "", form: As = Form.JSON) -> Response:
        """List silences, with their ends."""
        return given(request, "mutes", form, wanted, lambda cut: listed(alerts.mutes(live, now()), text, cut, "-until"))

    @routes.get("/sources", tags=["news"], responses=TABLE)
    async def get_sources(request: Request, wanted: Part, *, text: Text = "", form: As = Form.JSON) -> Response:
        """List the sources of relevant articles, and for how long each has been silent."""
        return given(
            request, "sources", form, wanted, lambda cut: listed(subjects.sources(live, now()), text, cut, "-last_seen")
        )

    @routes.get("/audit", tags=["actions"], responses={**TABLE, **faults(403)})
    async def get_audit(
        request: Request, wanted: Part, user: Somebody, *, text: Text = "", form: As = Form.JSON
    ) -> Response:
        """List who retried, dropped, muted, merged or split what, the newest first."""
        found = site.actions(user)
        return given(request, "audit", form, wanted, lambda cut: listed(found, text, cut, "-at"))
