"""The JSON API under `/api/v1`: the same data as the pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from monitor.models.actor import Window
from monitor.models.vocabulary import Kind
from monitor.slack.draw import svg
from monitor.slack.message import render
from monitor.web import actions, tables
from monitor.web.answers import (
    FILE,
    ONE,
    SAME,
    TABLE,
    AnyDate,
    As,
    Form,
    Moment,
    Order,
    Part,
    Text,
    answer,
    as_file,
    end_of,
    faults,
    given,
    midnight,
    there,
    zoned,
)
from monitor.web.data import actors, agreements, alerts, browse, subjects
from monitor.web.data.dead import preview
from monitor.web.data.listed import listed
from monitor.web.data.live import now
from monitor.web.data.messages import whole
from monitor.web.data.overview import overview
from monitor.web.data.page import LARGEST, Slice
from monitor.web.data.rows import AlertRow
from monitor.web.data.topics import groups, topic_page, topics
from monitor.web.data.trace import trace
from monitor.web.site import Site


def router(site: Site) -> APIRouter:
    """Return every route but that of ingest."""
    routes = APIRouter(prefix="/api/v1", responses=faults(503))
    _look(routes, site)
    tables.add(routes, site)
    _statistics(routes, site)
    _single(routes, site)
    actions.add(routes, site)
    return routes


def _look(routes: APIRouter, site: Site) -> None:
    live = site.live

    @routes.get("/overview", tags=["state"], responses=SAME)
    async def get_overview(request: Request) -> Response:
        """Tell what is wrong and what to do; rates, lag, latencies, queues.  null: not known."""
        return answer(request, overview(live, site.dead))

    @routes.get("/topics", tags=["state"], responses=FILE)
    async def get_topics(request: Request, *, sort: Order = "", text: Text = "", form: As = Form.JSON) -> Response:
        """List every topic with rate, size, partitions and the lag of its reader; every group with its members."""
        known = topics(live)
        order = Slice(0, LARGEST, sort.removeprefix("-"), sort.startswith("-"))
        rows = None if known is None else listed(known, text, order, "place").rows
        if form is Form.JSON:
            return answer(request, {"topics": rows, "groups": groups(live)})
        return as_file(request, "topics", form, rows or [])

    @routes.get("/topics/{topic}", tags=["state"], responses=ONE)
    async def get_topic(request: Request, topic: str) -> Response:
        """Give one topic, partition by partition."""
        return answer(request, there(topic_page(live, topic), f"there is no topic {topic!r}"))

    @routes.get("/topics/{topic}/records", tags=["state"], responses=SAME)
    async def get_records(
        request: Request,
        topic: str,
        *,
        partition: Annotated[int | None, Query(ge=0, le=100_000)] = None,
        offset: Annotated[int | None, Query(ge=-(2**62), le=2**62, description="Negative: from the end.")] = None,
        at: Moment = None,
        key: Annotated[str, Query(max_length=1000)] = "",
        text: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=browse.SHOWN)] = 20,
    ) -> Response:
        """Give records of a topic from an offset or a time, or the newest; by key or text if wanted."""
        wanted = browse.Wanted(topic, partition, offset, zoned(at), key, text, limit)
        found = await browse.browse(site.settings, wanted)
        return answer(request, {"records": found.records, "scanned": found.scanned, "complete": found.complete})

    @routes.get("/articles/{article_id:path}/trace", tags=["state"], responses=ONE)
    async def get_trace(request: Request, article_id: str) -> Response:
        """Follow one article through every stage."""
        found = await trace(live, site.dead, article_id)
        return answer(request, found if found["known"] else there(None, f"nothing is known of article {article_id!r}"))


def _statistics(routes: APIRouter, site: Site) -> None:
    live = site.live

    @routes.get("/subjects", tags=["news"], responses=FILE)
    async def get_subjects(
        request: Request,
        *,
        by: subjects.By = "subject",
        grain: subjects.Grain = "month",
        since: AnyDate = None,
        until: AnyDate = None,
        kind: Kind | Literal["all"] = Kind.AGREEMENT,
        party: Annotated[str, Query(max_length=60)] = "",
        form: As = Form.JSON,
    ) -> Response:
        """Count reports over time, by subject, region, stage or kind; as a file a row for each, a column a period."""
        chosen = subjects.SubjectFilter(by, grain, since, until, kind if isinstance(kind, Kind) else None, party)
        found = subjects.over_time(live, chosen)
        return answer(request, found) if form is Form.JSON else as_file(request, "subjects", form, subjects.rows(found))

    @routes.get("/pairs", tags=["news"], responses=SAME)
    async def get_pairs(request: Request, window: Window = Window.YEAR, as_of: Moment = None) -> Response:
        """Tell who is named together with whom."""
        return answer(request, actors.pairs(live, actors.ActorFilter(zoned(as_of) or now(), window)))

    @routes.get("/network", tags=["news"], responses=SAME)
    async def get_network(request: Request, since: AnyDate = None, until: AnyDate = None) -> Response:
        """Tell who agreed with whom: dossiers that changed between two days."""
        return answer(request, actors.network(live, midnight(since), end_of(until) or now()))

    @routes.get("/network/edges", tags=["news"], responses=TABLE)
    async def get_edges(
        request: Request,
        wanted: Part,
        *,
        since: AnyDate = None,
        until: AnyDate = None,
        text: Text = "",
        form: As = Form.JSON,
    ) -> Response:
        """List who agreed with whom, those with the most agreements first."""
        found = actors.edges(live, midnight(since), end_of(until) or now())
        return given(request, "network", form, wanted, lambda cut: listed(found, text, cut, "-agreements"))


def _single(routes: APIRouter, site: Site) -> None:
    live = site.live

    @routes.get("/agreements/{agreement_id}", tags=["news"], responses=ONE)
    async def get_agreement(request: Request, agreement_id: str) -> Response:
        """Give the dossier of an agreement."""
        found = agreements.dossier(live, agreement_id)
        return answer(request, there(found and found.as_json(), f"there is no agreement {agreement_id!r}"))

    @routes.get("/actors/{key:path}", tags=["news"], responses=ONE)
    async def get_actor(request: Request, key: str, window: Window = Window.YEAR, as_of: Moment = None) -> Response:
        """Give everything about an actor."""
        found = actors.one(live, key, actors.ActorFilter(zoned(as_of) or now(), window))
        return answer(request, there(found, f"there is no actor {key!r}"))

    @routes.get(
        "/alerts/stream",
        tags=["news"],
        responses={200: {"content": {"text/event-stream": {}}}},
        response_class=Response,
    )
    async def get_stream() -> StreamingResponse:
        """Send every new alert as it comes, as server-sent events of the name `alert`."""
        return StreamingResponse(
            events(site),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    @routes.get("/alerts/{alert_id}", tags=["news"], responses=ONE)
    async def get_alert(request: Request, alert_id: str) -> Response:
        """Give an alert in full, with its deliveries."""
        found = await whole(live, alert_id)
        return answer(request, there(found and found.as_json(), f"there is no alert {alert_id!r}"))

    @routes.get(
        "/alerts/{alert_id}/message.svg",
        tags=["news"],
        responses={200: {"content": {"image/svg+xml": {}}}, **faults(404)},
        response_class=Response,
    )
    async def get_message(alert_id: str) -> Response:
        """Draw the message as it looks in Slack, as a picture."""
        found = there(await whole(live, alert_id), f"there is no alert {alert_id!r}")
        picture = svg(render(found.alert, public_url=site.settings.web.public_url or None))
        policy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
        return Response(
            picture,
            media_type="image/svg+xml",
            headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache"},
        )

    @routes.get("/dead-letters/{number}", tags=["state"], responses=ONE)
    async def get_dead_letter(request: Request, number: str) -> Response:
        """Give a dead letter with its original bytes, as text."""
        return answer(request, await preview(site.settings, number))


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
