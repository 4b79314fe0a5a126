"""Slack's side of buttons and commands: a websocket as Socket Mode has it, signed requests, and response URLs.

The stand-in has none of these.  Payloads have the shape of Slack's own, cut to what an app may rely on.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

from aiohttp import WSMsgType, web

from tests.slack.fault_server import TEAM

SIGNING_SECRET = "signs-nothing-real"

ANN = {"id": "U0ANN", "username": "ann", "name": "Ann Lee", "team_id": TEAM}


class SlackSide:
    """Sends what Slack would send, and keeps what it is answered."""

    def __init__(self) -> None:
        self.url = ""
        self.told: list[dict[str, Any]] = []
        """What was posted to response URLs: what one reader alone sees."""
        self.acknowledged: list[str] = []
        """Envelopes that were acknowledged."""
        self._sockets: list[web.WebSocketResponse] = []
        self._numbers = itertools.count(1)
        self.connections = 0

    @property
    def socket_url(self) -> str:
        """Where Socket Mode connects to."""
        return f"{self.url.replace('http', 'ws', 1)}/socket"

    @property
    def is_connected(self) -> bool:
        """Whether somebody listens."""
        return any(not socket.closed for socket in self._sockets)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[SlackSide]:
        """Answer on a loopback port while the context is open."""
        app = web.Application()
        app.add_routes([web.get("/socket", self._socket), web.post("/respond", self._respond)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield self
        finally:
            await self.hang_up()
            await runner.cleanup()

    async def hang_up(self) -> None:
        """Break all connections, as Slack does every few hours."""
        for socket in self._sockets:
            await socket.close()
        self._sockets.clear()

    async def send(self, payload: dict[str, Any], *, kind: str = "interactive") -> str:
        """Send an envelope to whoever listens; return its id."""
        envelope = f"e-{next(self._numbers)}"
        socket = next(one for one in self._sockets if not one.closed)
        await socket.send_json(
            {"envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": False}
        )
        return envelope

    def press(
        self, message: dict[str, Any], action_id: str, *, reason: str | None = None, user: Any = ANN, team: str = TEAM
    ) -> dict[str, Any]:
        """Return the payload of a press on a message that stands."""
        block, element = next(
            (block, element)
            for block in message["blocks"]
            if block["type"] == "actions"
            for element in block["elements"]
            if element["action_id"] == action_id
        )
        action = {"action_id": action_id, "block_id": block["block_id"], "type": element["type"], "action_ts": "1.0"}
        if reason is not None:
            action["selected_option"] = {"value": reason}
        elif "value" in element:
            action["value"] = element["value"]
        return {
            "type": "block_actions",
            "team": {"id": team, "domain": "tests"},
            "user": user,
            "api_app_id": "A1",
            "container": {"type": "message", "message_ts": message["ts"]},
            "channel": {"id": "C000000001", "name": "pacts"},
            "message": message,
            "response_url": f"{self.url}/respond",
            "actions": [action],
        }

    def command(self, text: str, *, team: str = TEAM) -> dict[str, str]:
        """Return the payload of the command."""
        return {
            "command": "/pactwatch",
            "text": text,
            "team_id": team,
            "user_id": "U0ANN",
            "channel_id": "C000000001",
            "response_url": f"{self.url}/respond",
        }

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self._sockets.append(socket)
        self.connections += 1
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
        return socket

    async def _respond(self, request: web.Request) -> web.Response:
        self.told.append(await request.json())
        return web.json_response({"ok": True})


def signed(fields: dict[str, str], *, secret: str = SIGNING_SECRET, at: float | None = None) -> dict[str, Any]:
    """Return body and headers of a request as Slack signs it, for httpx; a press goes in ``payload``."""
    body = urlencode(fields)
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
    }
    return {"content": body, "headers": headers}


async def soon(condition: Any, *, within: float = 5.0) -> float:
    """Wait for a condition; return how many seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < within, "waited in vain"
        await asyncio.sleep(0.005)
    return time.monotonic() - began
