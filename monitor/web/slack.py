"""`POST /slack/events`: buttons and commands that Slack sends as signed HTTP requests."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from slack_bolt.adapter.fastapi.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp

PATH = "/slack/events"

BODY = 1024 * 1024
"""Bytes of a request, at most: a message of ours with its buttons has a hundredth of that."""


def router(app: Callable[[], AsyncApp | None]) -> APIRouter:
    """Return the route; ``app`` is None where there is no signing secret to check requests with."""
    routes = APIRouter()

    @routes.post(PATH, include_in_schema=False)
    async def post_events(request: Request) -> Response:
        found = app()
        if found is None:
            return PlainTextResponse("SLACK_SIGNING_SECRET is not set here: nothing is taken\n", status_code=404)
        size = request.headers.get("content-length", "")
        if not size.isdecimal() or int(size) > BODY:
            return PlainTextResponse("too large, or of unknown size\n", status_code=413)
        try:
            return await AsyncSlackRequestHandler(found).handle(request)
        except UnicodeDecodeError:
            return PlainTextResponse("not UTF-8\n", status_code=400)

    return routes
