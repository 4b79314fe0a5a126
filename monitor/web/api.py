"""The JSON API under `/api/v1`: the same data as the pages."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse

from monitor.models.actor import Window
from monitor.models.agreement import AgreementState
from monitor.models.vocabulary import ActorKind, Kind, Reason, Status, Subject
from monitor.slack.draw import svg
from monitor.slack.message import render
from monitor.web import actions
from monitor.web.data import actors, agreements, alerts, browse, subjects
from monitor.web.data.alerts import AlertFilter
from monitor.web.data.dead import DeadFilter, dead_table, preview
from monitor.web.data.live import now
from monitor.web.data.messages import whole
from monitor.web.data.overview import overview
from monitor.web.data.page import LARGEST, Page, Slice, as_csv
from monitor.web.data.rows import AlertRow
from monitor.web.data.topics import groups, topic_page, topics
from monitor.web.data.trace import trace
from monitor.web.site import Site

_EXPORTED = 100_000
"""Rows of an export, at most."""


class Form(StrEnum):
    """How a table is given."""

    JSON = "json"
    """A page of rows with the total."""
    CSV = "csv"
    """All rows, as a file for a spreadsheet."""


def router(site: Site) -> APIRouter:
    """Return every route but that of ingest."""
    routes = APIRouter(prefix="/api/v1")
    _look(routes, site)
    _tables(routes, site)
    _statistics(routes, site)
    _single(routes, site)
    actions.add(routes, site)
    return routes


def part(
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=LARGEST)] = 50,
    sort: Annotated[str, Query(max_length=40, description="A column; `-` before it: the largest first.")] = "",
) -> Slice:
    """Read the paging of a request."""
    return Slice(offset, limit, sort.removeprefix("-"), sort.startswith("-"))


Part = Annotated[Slice, Depends(part)]
As = Annotated[Form, Query(alias="format")]
Text = Annotated[str, Query(max_length=200, description="Words that all occur.")]
AnyDate = Annotated[date | None, Query()]


def _answer(request: Request, content: Any) -> Response:
    """Give JSON with an ETag, or 304 when the asker has it already."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _given(request: Request, name: str, form: Form, wanted: Slice, make: Callable[[Slice], Page]) -> Response:
    if form is Form.JSON:
        return _answer(request, make(wanted).as_json(wanted))
    all_rows = Slice(0, _EXPORTED, wanted.sort, wanted.descending)
    text = as_csv(make(all_rows).rows)
    disposition = f'attachment; filename="pactwatch-{name}.csv"'
    return Response(
        text.encode("utf-8", "backslashreplace"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition},
    )


def _look(routes: APIRouter, site: Site) -> None:
    live = site.live

    @routes.get("/overview", tags=["state"])
    async def get_overview(request: Request) -> Response:
        """Tell what is wrong and what to do; rates, lag, latencies, queues.  null: not known."""
        return _answer(request, overview(live, site.dead))

    @routes.get("/topics", tags=["state"])
    async def get_topics(request: Request) -> Response:
        """List every topic with rate, size, partitions and the lag of its reader; every group with its members."""
        return _answer(request, {"topics": topics(live), "groups": groups(live)})

    @routes.get("/topics/{topic}", tags=["state"])
    async def get_topic(request: Request, topic: str) -> Response:
        """Give one topic, partition by partition."""
        return _answer(request, _there(topic_page(live, topic), f"there is no topic {topic!r}"))

    @routes.get("/topics/{topic}/records", tags=["state"])
    async def get_records(
        request: Request,
        topic: str,
        *,
        partition: Annotated[int | None, Query(ge=0, le=100_000)] = None,
        offset: Annotated[int | None, Query(ge=-(2**62), le=2**62, description="Negative: from the end.")] = None,
        at: datetime | None = None,
        key: Annotated[str, Query(max_length=1000)] = "",
        text: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=browse.SHOWN)] = 20,
    ) -> Response:
        """Give records of a topic from an offset or a time, or the newest; by key or text if wanted."""
        wanted = browse.Wanted(topic, partition, offset, _zoned(at), key, text, limit)
        found = await browse.browse(site.settings, wanted)
        return _answer(request, {"records": found.records, "scanned": found.scanned, "complete": found.complete})

    @routes.get("/articles/{article_id:path}/trace", tags=["state"])
    async def get_trace(request: Request, article_id: str) -> Response:
        """Follow one article through every stage."""
        found = await trace(live, site.dead, article_id)
        return _answer(
            request, found if found["known"] else _there(None, f"nothing is known of article {article_id!r}")
        )


def _tables(routes: APIRouter, site: Site) -> None:
    live = site.live

    @routes.get("/agreements", tags=["news"])
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
        return _given(request, "agreements", form, wanted, lambda cut: agreements.table(live, chosen, cut))

    @routes.get("/actors", tags=["news"])
    async def get_actors(
        request: Request,
        wanted: Part,
        *,
        text: Text = "",
        window: Window = Window.MONTH,
        kind: ActorKind | None = None,
        country: Annotated[str, Query(max_length=3)] = "",
        idle: bool = False,
        as_of: datetime | None = None,
        form: As = Form.JSON,
    ) -> Response:
        """List actors with their rolling counts, the busiest of the window first."""
        chosen = actors.ActorFilter(_zoned(as_of) or now(), window, kind, country.upper(), text, idle)
        return _given(request, "actors", form, wanted, lambda cut: actors.table(live, chosen, cut))

    @routes.get("/alerts", tags=["news"])
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
        return _given(request, "alerts", form, wanted, lambda cut: alerts.table(live, chosen, cut))

    @routes.get("/dead-letters", tags=["state"])
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
        return _given(request, "dead-letters", form, wanted, lambda cut: dead_table(site.dead, chosen, cut))


def _statistics(routes: APIRouter, site: Site) -> None:
    live = site.live

    @routes.get("/subjects", tags=["news"])
    async def get_subjects(
        request: Request,
        *,
        by: subjects.By = "subject",
        grain: subjects.Grain = "month",
        since: AnyDate = None,
        until: AnyDate = None,
        kind: Kind | None = Kind.AGREEMENT,
        party: Annotated[str, Query(max_length=60)] = "",
    ) -> Response:
        """Count reports over time, by subject, region, stage or kind."""
        return _answer(request, subjects.over_time(live, subjects.SubjectFilter(by, grain, since, until, kind, party)))

    @routes.get("/pairs", tags=["news"])
    async def get_pairs(request: Request, window: Window = Window.YEAR, as_of: datetime | None = None) -> Response:
        """Tell who is named together with whom."""
        return _answer(request, actors.pairs(live, actors.ActorFilter(_zoned(as_of) or now(), window)))

    @routes.get("/network", tags=["news"])
    async def get_network(request: Request, since: AnyDate = None, until: AnyDate = None) -> Response:
        """Tell who agreed with whom: dossiers that changed between two days."""
        return _answer(request, actors.network(live, _midnight(since), _end_of(until) or now()))

    @routes.get("/rules", tags=["news"])
    async def get_rules(request: Request) -> Response:
        """Tell how often each rule was right, by readers' verdicts."""
        return _answer(request, {"rows": alerts.rules(live)})

    @routes.get("/mutes", tags=["news"])
    async def get_mutes(request: Request) -> Response:
        """List silences, with their ends."""
        return _answer(request, {"rows": alerts.mutes(live, now())})

    @routes.get("/sources", tags=["news"])
    async def get_sources(request: Request) -> Response:
        """List the sources of relevant articles, and for how long each has been silent."""
        return _answer(request, {"rows": subjects.sources(live, now())})


def _single(routes: APIRouter, site: Site) -> None:
    live = site.live

    @routes.get("/agreements/{agreement_id}", tags=["news"])
    async def get_agreement(request: Request, agreement_id: str) -> Response:
        """Give the dossier of an agreement."""
        found = agreements.dossier(live, agreement_id)
        return _answer(request, _there(found and found.as_json(), f"there is no agreement {agreement_id!r}"))

    @routes.get("/actors/{key:path}", tags=["news"])
    async def get_actor(
        request: Request, key: str, window: Window = Window.YEAR, as_of: datetime | None = None
    ) -> Response:
        """Give everything about an actor."""
        found = actors.one(live, key, actors.ActorFilter(_zoned(as_of) or now(), window))
        return _answer(request, _there(found, f"there is no actor {key!r}"))

    @routes.get("/alerts/stream", tags=["news"])
    async def get_stream() -> StreamingResponse:
        """Send every new alert as it comes, as server-sent events of the name `alert`."""
        return StreamingResponse(
            events(site),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @routes.get("/alerts/{alert_id}", tags=["news"])
    async def get_alert(request: Request, alert_id: str) -> Response:
        """Give an alert in full, with its deliveries."""
        found = await whole(live, alert_id)
        return _answer(request, _there(found and found.as_json(), f"there is no alert {alert_id!r}"))

    @routes.get("/alerts/{alert_id}/message.svg", tags=["news"])
    async def get_message(alert_id: str) -> Response:
        """Draw the message as it looks in Slack, as a picture."""
        found = _there(await whole(live, alert_id), f"there is no alert {alert_id!r}")
        picture = svg(render(found.alert, public_url=site.settings.web.public_url or None))
        policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        return Response(
            picture,
            media_type="image/svg+xml",
            headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"},
        )

    @routes.get("/dead-letters/{number}", tags=["state"])
    async def get_dead_letter(request: Request, number: str) -> Response:
        """Give a dead letter with its original bytes, as text."""
        return _answer(request, await preview(site.settings, number))


async def events(site: Site) -> AsyncGenerator[bytes, None]:
    """Give every new alert as a server-sent event, and a sign of life every 15 s."""
    queue: asyncio.Queue[AlertRow] = asyncio.Queue(maxsize=1000)

    def put(row: AlertRow) -> None:
        if queue.full():  # a reader that does not read loses the oldest, and nobody waits for it
            queue.get_nowait()
        queue.put_nowait(row)

    site.live.listeners.add(put)
    try:
        yield b": open\n\n"
        while True:
            try:
                row = await asyncio.wait_for(queue.get(), 15)
            except TimeoutError:
                yield b": still here\n\n"
            else:
                text = json.dumps(alerts.as_row(row), ensure_ascii=False)
                yield f"id: {row.id}\nevent: alert\ndata: {text}\n\n".encode("utf-8", "surrogatepass")
    finally:
        site.live.listeners.discard(put)


def _there(found: Any, message: str) -> Any:
    if found is None:
        raise HTTPException(404, message)
    return found


def _zoned(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=now().tzinfo) if moment is not None and moment.tzinfo is None else moment


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, tzinfo=now().tzinfo) if day else None


def _end_of(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=now().tzinfo) if day else None
