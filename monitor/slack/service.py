"""The deliverer as a service, and the sample message: what the command line runs."""

from __future__ import annotations

import asyncio
import signal

from monitor.errors import DeliveryError
from monitor.settings import Secrets, Settings
from monitor.slack.deliverer import Deliverer
from monitor.slack.message import render
from monitor.slack.pages import pages
from monitor.slack.poster import Poster
from monitor.slack.routes import terminal_router
from monitor.slack.sample import sample
from monitor.slack.terminal import TerminalPoster
from monitor.slack.web import SlackPoster


async def serve(settings: Settings, *, terminal: bool, as_json: bool = False) -> None:
    """Run a deliverer with its pages until SIGTERM or SIGINT."""
    route = terminal_router(settings.slack) if terminal else None
    deliverer = Deliverer(settings, poster(settings, terminal=terminal, as_json=as_json), route=route)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, deliverer.stop)
    async with pages(deliverer, settings.slack):
        await deliverer.run()


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
