"""`POST /api/v1/articles`: programs put articles in, in batches, no faster than Kafka takes them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from monitor.errors import BrokerError, InputError
from monitor.feeds.found import Fault, Found, read_article
from monitor.kafka.producer import Writer
from monitor.settings import Settings
from monitor.web import answers
from monitor.web.access import Access
from monitor.web.data.live import now

BATCH = 1000
"""Articles of a request, at most."""

BODY = 16 * 1024 * 1024
"""Bytes of a request, at most."""

AT_ONCE = 4
"""Requests that are worked off at the same time; the next is told to come again."""

PATIENCE = 30.0
"""Seconds until Kafka has taken a batch."""


class Ingest:
    """One producer for all requests, connected at the first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._writer: Writer | None = None
        self._turn = asyncio.Lock()
        self.busy = 0

    async def write(self, items: list[Found]) -> None:
        """Put articles into the topic and wait until all stand there; raises BrokerError."""
        writer = await self._connected()
        topic = self._settings.kafka.topic("articles")
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(*(writer.place(topic, key=item.key, value=item.value) for item in items))
        except TimeoutError:
            raise BrokerError("Kafka did not take the batch in time", hint="send it again later") from None

    async def stop(self) -> None:
        """Disconnect."""
        if self._writer is not None:
            await self._writer.__aexit__(None, None, None)

    async def _connected(self) -> Writer:
        async with self._turn:
            if self._writer is None:
                writer = Writer(self._settings)
                await writer.__aenter__()
                self._writer = writer
            return self._writer


class Refused(BaseModel):
    """An article that was not taken."""

    index: int
    """In the batch, from 0."""
    why: str


class Taken(BaseModel):
    """What became of a batch."""

    accepted: int
    refused: int
    faults: list[Refused]


_ARTICLE = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "maxLength": 512, "description": "Empty: made of address or text."},
        "title": {"type": "string"},
        "text": {"type": "string"},
        "url": {"type": ["string", "null"]},
        "source": {"type": "string"},
        "language": {"type": "string"},
        "published_at": {"type": ["string", "null"], "format": "date-time"},
    },
}
_BODY = {
    "application/json": {"schema": {"anyOf": [_ARTICLE, {"type": "array", "items": _ARTICLE, "minItems": 1}]}},
    "application/x-ndjson": {"schema": {"type": "string", "description": "An article a line."}},
}


def router(ingest: Ingest, access: Access) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/api/v1")

    @routes.post(
        "/articles",
        tags=["ingest"],
        status_code=202,
        responses={
            202: {"model": Taken, "description": "All stand in Kafka."},
            207: {"model": Taken, "description": "Some were refused."},
            422: {"model": Taken | answers.Fault, "description": "No article is in it."},
            **{code: said for code, said in answers.faults(403, 413, 429, 503).items() if code != 422},
        },
        openapi_extra={"requestBody": {"required": True, "content": _BODY}},
    )
    async def post_articles(request: Request) -> Response:
        """Take articles: a JSON array, one object, or JSON lines; fields as `articles` has them.

        Answers 202 when all stand in Kafka, 207 when some were refused (`faults` says which and why), 429 when too much
        is on its way, 503 when Kafka is away.  The same article again is known as a repeat: send a batch again when in
        doubt.
        """
        if not access.takes_articles:
            raise HTTPException(403, "no articles are taken over HTTP: PACTWATCH_API_TOKEN is not set here")
        if not access.may_ingest(request.headers):
            raise HTTPException(401, "send Authorization: Bearer with PACTWATCH_API_TOKEN")
        if ingest.busy >= AT_ONCE:
            return JSONResponse({"error": "too much at once, come again"}, 429, {"Retry-After": "1"})
        ingest.busy += 1
        try:
            good, faults = read(await _body(request))
            if good:
                await ingest.write(good)
        finally:
            ingest.busy -= 1
        status = 202 if not faults else 207 if good else 422
        shown = [{"index": int(fault.where), "why": fault.why} for fault in faults]
        return JSONResponse({"accepted": len(good), "refused": len(faults), "faults": shown}, status)

    return routes


async def _body(request: Request) -> bytes:
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY:
            raise HTTPException(413, f"more than {BODY // 2**20} MiB: send smaller batches")
        parts.append(chunk)
    return b"".join(parts)


def read(body: bytes) -> tuple[list[Found], list[Fault]]:
    """Read a batch; what is no article is a fault, with its index from 0.

    Raises:
        HTTPException: it is no batch at all, or too large a one.

    """
    good: list[Found] = []
    faults: list[Fault] = []
    arrived = now()
    for number, line in enumerate(_lines(body)):
        if number >= BATCH:
            raise HTTPException(413, f"more than {BATCH} articles: send smaller batches")
        try:
            good.append(read_article(line, arrived=arrived))
        except InputError as error:
            faults.append(Fault(str(number), error.message))
    if not good and not faults:
        raise HTTPException(422, "the batch is empty")
    return good, faults


def _lines(body: bytes) -> Iterator[bytes]:
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body.startswith(b"["):
        yield from (line for line in body.splitlines() if line.strip())
        return
    try:
        items = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, f"not JSON: {error}") from None
    yield from (json.dumps(item).encode() for item in items)
