"""The deliverer as a service, and the sample message: what the command line runs."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import Any

from monitor.errors import DeliveryError
from monitor.settings import Secrets, Settings
from monitor.slack.answering import answering, listens
from monitor.slack.deliverer import Deliverer
from monitor.slack.message import render
from monitor.slack.pages import pages
from monitor.slack.poster import Poster
from monitor.slack.routes import terminal_router
from monitor.slack.sample import sample
from monitor.slack.socket import Socket
from monitor.slack.terminal import TerminalPoster
from monitor.slack.web import SlackPoster


async def serve(settings: Settings, *, terminal: bool, as_json: bool = False) -> None:
    """Run a deliverer with its pages until SIGTERM or SIGINT."""
    route = terminal_router(settings) if terminal else None
    secrets = Secrets()
    answered = settings.slack.buttons and not terminal and listens(secrets)
    target = poster(settings, terminal=terminal, as_json=as_json)
    deliverer = Deliverer(settings, target, route=route, answered=answered)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, deliverer.stop)
    async with AsyncExitStack() as stack:
        socket: Socket | None = None
        if answered and secrets.slack_app_token is not None:
            dossiers = deliverer.heard.dossiers
            app, web = await stack.enter_async_context(
                answering(settings, secrets, dossiers.all, lambda: dossiers.ready)
            )
            socket = await stack.enter_async_context(Socket(app, web, secrets.slack_app_token).listening())
        await stack.enter_async_context(pages(deliverer, settings.slack, lambda: _buttons(answered, socket)))
        await deliverer.run()


def _buttons(answered: bool, socket: Socket | None) -> dict[str, Any]:
    """Return how it is with the buttons, for the health page."""
    if not answered:
        return {"buttons": {"by": None, "trouble": None}}
    if socket is None:
        return {"buttons": {"by": "signed requests to the dashboard", "trouble": None}}
    return {"buttons": {"by": "socket mode", "trouble": socket.trouble}}


def poster(settings: Settings, *, terminal: bool, as_json: bool = False) -> Poster:
    """Return the place where messages go."""
    return TerminalPoster(as_json=as_json) if terminal else SlackPoster(settings.slack, Secrets().slack_bot_token)


async def post_sample(settings: Settings) -> str:
    """Post a sample alert; return where it stands, in a sentence.

    Raises:
        DeliveryError: says what Slack refused, and what to do.

    """
    target = poster(settings, terminal=False)
    try:
        await target.check()
        channel_id = await target.resolve(settings.slack.channel)
        posted = await target.post(channel_id, render(sample()))
    except DeliveryError as error:
        where = f"{settings.slack.channel}: {error.message}"
        raise DeliveryError(where, code=error.code, hint=error.hint) from None
    finally:
        await target.close()
    return f"A sample stands in {settings.slack.channel} ({posted.channel_id}), ts {posted.ts}."
