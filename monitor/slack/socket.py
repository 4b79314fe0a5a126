"""Socket Mode: Slack's requests come over a connection that we open, so that nothing of ours need be reachable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import structlog
from pydantic import SecretStr
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from monitor.slack.backoff import Backoff
from monitor.slack.trouble import trouble

log = structlog.get_logger(__name__)

PING_INTERVAL = 5.0
"""Seconds between two pings; four without an answer, and the connection is made anew."""


_PATIENCE = 20.0
"""Seconds until a connection stands; after them a new address is asked for, as each is good for a short while."""


class Socket:
    """One connection, kept up.  Slack lets an app have ten: every deliverer has its own, and any of them is asked."""

    def __init__(self, app: AsyncApp, web: AsyncWebClient, token: SecretStr, *, ping: float = PING_INTERVAL) -> None:
        self.trouble: str | None = "connecting"
        """Why buttons do nothing at the moment; None while all is well."""
        self._app = app
        self._web = web
        self._token = token.get_secret_value().strip()
        self._ping = ping

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Socket]:
        """Listen while the context is open; what goes wrong is in ``trouble`` and is tried again."""
        handler = AsyncSocketModeHandler(
            self._app,
            self._token,
            web_client=self._web,
            logger=_silent("slack_sdk.socket_mode"),
            ping_interval=self._ping,
        )
        client: Any = handler.client  # slack-sdk leaves its methods without types
        task = asyncio.create_task(self._keep(client), name="socket mode")
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            with suppress(aiohttp.ClientError, OSError):
                await client.close()

    async def _keep(self, client: Any) -> None:
        """Connect, and look whether the connection lives; the client itself makes it anew when it breaks."""
        backoff = Backoff(first=0.5, most=60.0)
        begun = False
        while True:
            try:
                if not begun:
                    # Asked here, not by the client: that would ask again every few seconds for ever, and say nothing
                    opened = await self._web.apps_connections_open(app_token=self._token)
                    client.wss_uri = opened["url"]
                    await asyncio.wait_for(client.connect(), _PATIENCE)
                    begun = True
                up = await client.is_connected()
            except Exception as error:  # noqa: BLE001 - trouble() names every one, without the token
                read = trouble(error)
                self._say(f"{read.message}{_hint(read.word)}")
                await asyncio.sleep(backoff.next())
                continue
            self._say(None if up else "the connection to Slack broke and is made anew")
            backoff.reset()
            await asyncio.sleep(min(self._ping, 1.0))

    def _say(self, why: str | None) -> None:
        if why != self.trouble:
            if why is None:
                log.info("buttons are listened to", by="socket mode")
            else:
                log.warning("buttons are not listened to", why=why)
        self.trouble = why


def _hint(code: str) -> str:
    if code in ("invalid_auth", "not_authed", "not_allowed_token_type", "token_revoked", "missing_scope"):
        return ": SLACK_APP_TOKEN has to be an app-level token (xapp-...) with the scope connections:write"
    return ""


def _silent(name: str) -> logging.Logger:
    """Return the client's logger without its tracebacks: what is wrong is said here, once."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.CRITICAL)
    return logger
