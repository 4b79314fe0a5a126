"""A Slack of the tests' own that fails on purpose, and takes nothing that Slack's documented limits forbid.

It knows what the stand-in lacks: rate limits, limits of blocks, lost answers, time-outs, revoked tokens, ``oldest``.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from aiohttp import web

from tests.slack.slack_limits import problems

TOKEN = "xoxb-fault-0000"
APP_TOKEN = "xapp-fault-0000"
TEAM = "T000000001"


class Kind(StrEnum):
    """What may go wrong with a call."""

    RATE_LIMIT = "rate_limit"
    """429 with Retry-After; nothing is done."""
    ERROR = "error"
    """``ok: false`` with ``code``; nothing is done."""
    ERROR_AFTER = "error_after"
    """``ok: false`` with ``code``, although it is done."""
    STATUS = "status"
    """HTTP status ``code``; nothing is done."""
    STATUS_AFTER = "status_after"
    """HTTP status ``code``, although it is done."""
    RESET_BEFORE = "reset_before"
    """The connection breaks; nothing is done."""
    RESET_AFTER = "reset_after"
    """It is done, then the connection breaks."""
    HANG_BEFORE = "hang_before"
    """No answer for ``seconds``; nothing is done."""
    HANG_AFTER = "hang_after"
    """It is done; no answer for ``seconds``."""
    SLOW = "slow"
    """It is done and answered after ``seconds``."""
    LATE = "late"
    """No answer, and it is done after ``seconds``, when the client has given up."""
    GARBAGE = "garbage"
    """It is done; the answer is no JSON."""


DONE_FIRST = (Kind.ERROR_AFTER, Kind.STATUS_AFTER, Kind.RESET_AFTER, Kind.HANG_AFTER, Kind.SLOW, Kind.GARBAGE)
"""Faults of which Slack has carried the call out when they come."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    kind: Kind
    code: str = ""
    seconds: float = 0.0


Plan = Callable[[str, dict[str, Any]], Fault | None]
"""Decides by method and body whether a call fails."""


def no_faults(method: str, body: dict[str, Any]) -> Fault | None:
    """Let every call through."""
    del method, body
    return None


CHANNELS = ("pacts", "sandbox", "ops", "asia", "europe")


@dataclass
class FaultServer:
    """State and behaviour; `serving` runs it."""

    plan: Plan = no_faults
    base_url: str = ""
    socket_url: str = ""
    """Where Socket Mode connects to; see `slack_side`."""
    token: str = TOKEN
    app_token: str = APP_TOKEN
    revoked: bool = False
    archived: set[str] = field(default_factory=set)
    mentions: frozenset[str] = frozenset()
    """What messages may call: `!here`, `@U...`."""
    page: int = 100
    """Messages a page of a history: small pages make sure that paging is done."""
    calls: Counter[str] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)
    """What broke a limit, in words; empty in every test that does not ask for it."""
    posted_at: list[tuple[str, float]] = field(default_factory=list)
    """Channel and monotonic time of every ``chat.postMessage`` that came."""
    seen_tokens: set[str] = field(default_factory=set)
    channels: tuple[str, ...] = CHANNELS
    accepted_at: dict[str, float] = field(default_factory=dict)
    """Wall-clock time at which the first message with a mark was taken."""
    _messages: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self._messages = {name: [] for name in self.channels}
        self._ids = {f"C{number:09d}": name for number, name in enumerate(self.channels, 1)}

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """Return what stands in a channel, the oldest first; replies only where they were broadcast."""
        return [item for item in self._messages[channel] if not item.get("thread_ts") or item.get("reply_broadcast")]

    def thread(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """Return a message and the replies to it."""
        return [item for item in self._messages[channel] if ts in (item["ts"], item.get("thread_ts"))]

    def everything(self, channel: str) -> list[dict[str, Any]]:
        """Return messages and replies, the oldest first."""
        return list(self._messages[channel])

    def archive(self, channel: str, *, archived: bool) -> None:
        """Archive a channel, or take it back."""
        (self.archived.add if archived else self.archived.discard)(channel)

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message."""
        self._messages[channel] = [item for item in self._messages[channel] if item["ts"] != ts]

    @asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[FaultServer]:
        """Answer on a loopback port while the context is open."""
        app = web.Application(client_max_size=2**22)
        app.router.add_post("/api/{method}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        self.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        body = await _body(request)
        self.calls[method] += 1
        if method == "chat.postMessage":
            self.posted_at.append((self._ids.get(body.get("channel", ""), ""), time.monotonic()))
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.seen_tokens.add(token)
        if self.revoked:
            return _no("token_revoked")
        if token != (self.app_token if method == "apps.connections.open" else self.token):
            return _no("invalid_auth")
        fault = self.plan(method, body)
        return await (self._plain(method, body) if fault is None else self._fail(fault, method, body, request))

    async def _plain(self, method: str, body: dict[str, Any]) -> web.Response:
        return web.json_response(self._do(method, body))

    async def _fail(self, fault: Fault, method: str, body: dict[str, Any], request: web.Request) -> web.StreamResponse:
        outcome = self._do(method, body) if fault.kind in DONE_FIRST else {}
        if fault.kind is Kind.LATE:
            asyncio.get_running_loop().call_later(fault.seconds, self._do, method, body)
        if fault.kind in (Kind.HANG_BEFORE, Kind.HANG_AFTER, Kind.SLOW, Kind.LATE):
            await asyncio.sleep(fault.seconds * (2 if fault.kind is Kind.LATE else 1))
        if fault.kind in (Kind.RESET_BEFORE, Kind.RESET_AFTER) and request.transport is not None:
            request.transport.abort()
        match fault.kind:
            case Kind.RATE_LIMIT:
                headers = {"Retry-After": f"{fault.seconds:g}"}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case Kind.ERROR | Kind.ERROR_AFTER:
                return _no(fault.code)
            case Kind.STATUS | Kind.STATUS_AFTER:
                return web.Response(status=int(fault.code), text="<html>oops</html>", content_type="text/html")
            case Kind.GARBAGE:
                return web.Response(text="{not json", content_type="application/json")
        return web.json_response(outcome)

    def _do(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """Carry a call out and return its answer."""
        match method:
            case "auth.test":
                return {"ok": True, "user_id": "U000000001", "team": "tests", "team_id": TEAM}
            case "apps.connections.open":
                return {"ok": True, "url": self.socket_url}
            case "conversations.list":
                listed = [
                    {"id": key, "name": name, "is_archived": name in self.archived} for key, name in self._ids.items()
                ]
                return {"ok": True, "channels": listed, "response_metadata": {"next_cursor": ""}}
            case "conversations.history" | "conversations.replies":
                return self._history(method, body)
            case "chat.getPermalink" | "chat.postMessage" | "chat.update" | "chat.delete":
                return self._chat(method, body)
        return {"ok": False, "error": "unknown_method"}

    def _history(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        name = self._ids.get(body.get("channel", ""))
        if name is None:
            return {"ok": False, "error": "channel_not_found"}
        if method.endswith("replies"):
            found = self.thread(name, body["ts"])
            if not found:
                return {"ok": False, "error": "thread_not_found"}
        else:
            found = self.messages(name)[::-1]  # Slack gives the newest first
        found = [item for item in found if float(item["ts"]) > float(body.get("oldest", "0"))]
        start = int(body.get("cursor") or 0)
        end = start + min(int(body.get("limit", 100)), self.page)
        shown = [dict(item) for item in found[start:end]]
        if body.get("include_all_metadata") != "true":
            for item in shown:
                item.pop("metadata", None)
        more = str(end) if end < len(found) else ""
        return {"ok": True, "messages": shown, "has_more": bool(more), "response_metadata": {"next_cursor": more}}

    def _chat(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        name = self._ids.get(body.get("channel", ""))
        if name is None or name in self.archived:
            return {"ok": False, "error": "channel_not_found" if name is None else "is_archived"}
        if method == "chat.getPermalink":
            return self._permalink(name, body)
        if method == "chat.delete":
            self.delete(name, body["ts"])
            return {"ok": True}
        wrong = problems(body, self.mentions)
        if wrong:
            self.refused += wrong
            return {"ok": False, "error": "invalid_blocks"}
        return self._change(name, body) if method == "chat.update" else self._post(name, body)

    def _permalink(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        ts = str(body.get("message_ts"))
        if not any(item["ts"] == ts for item in self._messages[name]):
            return {"ok": False, "error": "message_not_found"}
        place = f"{body['channel']}/p{ts.replace('.', '')}"
        return {"ok": True, "channel": body["channel"], "permalink": f"https://tests.slack.example/archives/{place}"}

    def _change(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        known = next((item for item in self._messages[name] if item["ts"] == body["ts"]), None)
        if known is None:
            return {"ok": False, "error": "message_not_found"}
        known.update(_content(body))
        known["edited"] = {"ts": self._ts()}
        return {"ok": True, "channel": body["channel"], "ts": body["ts"]}

    def _post(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        message: dict[str, Any] = {"type": "message", "ts": self._ts(), **_content(body)}
        parent = body.get("thread_ts")
        # Slack puts a reply to a message that is gone into the channel
        if parent and any(item["ts"] == parent for item in self._messages[name]):
            message |= {"thread_ts": parent, "reply_broadcast": bool(body.get("reply_broadcast"))}
        self._messages[name].append(message)
        self.accepted_at.setdefault(alert_ids([message])[0], time.time())
        return {"ok": True, "channel": body["channel"], "ts": message["ts"], "message": message}

    def _ts(self) -> str:
        return f"{int(time.time())}.{next(self._counter):06d}"


def alert_ids(messages: list[dict[str, Any]]) -> list[str]:
    """Return the marks of messages, in order; what Slack itself says in a channel has none."""
    return [item["metadata"]["event_payload"]["alert_id"] for item in messages if "metadata" in item]


async def _body(request: web.Request) -> dict[str, Any]:
    if request.content_type == "application/json":
        loaded: dict[str, Any] = json.loads(await request.text())
        return loaded
    return dict(await request.post())


def _content(body: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key in ("text", "blocks", "metadata")}


def _no(code: str) -> web.Response:
    return web.json_response({"ok": False, "error": code})
