"""Everything that answers readers on Slack: the desk that writes what they press, and the command."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from monitor.errors import BrokerError
from monitor.kafka.producer import Writer
from monitor.settings import Secrets, Settings
from monitor.slack.command import Shown, answerer
from monitor.slack.interact import Workspace, bolt, client
from monitor.slack.press import Desk

_PATIENCE = 10.0
"""Seconds until Kafka has taken what somebody pressed; the reader is told when it has not."""


@asynccontextmanager
async def answering(
    settings: Settings, secrets: Secrets, dossiers: Callable[[], Iterable[Shown]], ready: Callable[[], bool]
) -> AsyncIterator[tuple[AsyncApp, AsyncWebClient]]:
    """Give the app that answers, and its client, while the context is open."""
    pen = _Pen(settings)
    web = client(settings.slack, secrets.slack_bot_token)
    answer = answerer(dossiers, ready, public_url=settings.web.public_url or None)
    desk = Desk(pen.write, Workspace(web).team)
    try:
        yield bolt(web, desk, answer, signing_secret=secrets.slack_signing_secret), web
    finally:
        await pen.stop()


def listens(secrets: Secrets) -> bool:
    """Tell whether presses get to us at all: by Socket Mode, or as signed requests."""
    return secrets.slack_app_token is not None or secrets.slack_signing_secret is not None


class _Pen:
    """Writes records; connects when there is one to write."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._writer: Writer | None = None
        self._turn = asyncio.Lock()

    async def write(self, topic: str, key: str, value: bytes | None) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                async with self._turn:
                    if self._writer is None:
                        writer = Writer(self._settings, linger=0)
                        await writer.__aenter__()
                        self._writer = writer
                name = self._settings.kafka.topic(topic)
                await self._writer.place(name, key=key.encode("utf-8", "surrogatepass"), value=value)
        except TimeoutError:
            raise BrokerError("Kafka did not take it in time", hint="press again") from None

    async def stop(self) -> None:
        if self._writer is not None:
            await self._writer.__aexit__(None, None, None)
