"""Slack's Web API, by slack-sdk, without its retries: it would repeat a post whose answer was lost."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

import aiohttp
from pydantic import SecretStr
from slack_sdk.web.async_client import AsyncWebClient

from monitor.settings import Slack
from monitor.slack.message import EVENT_TYPE, Message
from monitor.slack.poster import Posted
from monitor.slack.trouble import SlackTroubleError, trouble

_ID = re.compile(r"^[CGD][A-Z0-9]{8,}$")
_PAGE = 200


class SlackPoster:
    """Posts to Slack, or to whatever answers at ``slack.base_url``."""

    paced = True

    def __init__(self, settings: Slack, token: SecretStr | None) -> None:
        self._settings = settings
        self._token = token
        self._client: AsyncWebClient | None = None
        self._session: aiohttp.ClientSession | None = None
        self._ids: dict[str, str] = {}

    async def check(self) -> None:
        """Ask Slack whose token this is."""
        await self._call("auth.test")

    async def resolve(self, channel: str) -> str:
        """Return the id of a channel; a name is looked up in the list of channels once."""
        name = channel.removeprefix("#")
        if _ID.match(channel):
            return channel
        if name not in self._ids:
            await self._list()
        if name not in self._ids:
            raise SlackTroubleError("channel_not_found", f"there is no channel #{name} that the app can see")
        return self._ids[name]

    async def post(
        self, channel_id: str, message: Message, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> Posted:
        """Call ``chat.postMessage``."""
        body = {"channel": channel_id, **_content(message)}
        if thread_ts is not None:
            body |= {"thread_ts": thread_ts, "reply_broadcast": broadcast}
        answer = await self._call("chat.postMessage", json=body)
        posted = answer.get("message") or {}
        return Posted(str(answer["channel"]), str(answer["ts"]), message.alert_id, posted.get("thread_ts"))

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """Call ``chat.update``."""
        await self._call("chat.update", json={"channel": channel_id, "ts": ts, **_content(message)})

    async def delete(self, channel_id: str, ts: str) -> None:
        """Call ``chat.delete``."""
        await self._call("chat.delete", json={"channel": channel_id, "ts": ts})

    async def permalink(self, channel_id: str, ts: str) -> str | None:
        """Call ``chat.getPermalink``."""
        answer = await self._call("chat.getPermalink", data={"channel": channel_id, "message_ts": ts})
        return str(answer["permalink"]) if answer.get("permalink") else None

    async def history(
        self, channel_id: str, *, since: datetime, thread_ts: str | None = None
    ) -> AsyncGenerator[Posted, None]:
        """Page through ``conversations.history``, or ``conversations.replies`` for a thread."""
        query = {
            "channel": channel_id,
            "oldest": f"{max(since.timestamp(), 0.0):.6f}",
            "include_all_metadata": "true",
            "limit": str(_PAGE),
        }
        method = "conversations.history"
        if thread_ts is not None:
            method, query["ts"] = "conversations.replies", thread_ts
        while True:
            answer = await self._call(method, data=query)
            for item in answer.get("messages") or []:
                metadata = item.get("metadata") or {}
                if metadata.get("event_type") == EVENT_TYPE:
                    alert_id = str((metadata.get("event_payload") or {}).get("alert_id", ""))
                    parent = item.get("thread_ts")
                    yield Posted(channel_id, str(item["ts"]), alert_id, parent if parent != item["ts"] else None)
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            query["cursor"] = cursor

    async def close(self) -> None:
        """Close the HTTP session."""
        if self._session is not None:
            await self._session.close()

    async def _list(self) -> None:
        for types in ("public_channel,private_channel", "public_channel"):
            try:
                await self._list_of(types)
            except SlackTroubleError as error:
                # private channels need a scope of their own, which those who use none may leave out
                if error.word == "missing_scope" and "private" in types:
                    continue
                raise
            return

    async def _list_of(self, types: str) -> None:
        query = {"types": types, "exclude_archived": "false", "limit": "1000"}
        while True:
            answer = await self._call("conversations.list", data=query)
            self._ids |= {str(item["name"]): str(item["id"]) for item in answer.get("channels") or []}
            cursor = (answer.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
            query["cursor"] = cursor

    async def _call(self, method: str, **arguments: Any) -> dict[str, Any]:
        if self._token is None or not self._token.get_secret_value().strip():
            raise SlackTroubleError("no_token", "SLACK_BOT_TOKEN is not set")
        if self._client is None:
            timeout = self._settings.timeout
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=timeout))
            self._client = AsyncWebClient(
                token=self._token.get_secret_value().strip(),
                base_url=self._settings.base_url.rstrip("/") + "/",
                session=self._session,
                retry_handlers=[],
            )
        try:
            response = await self._client.api_call(method, **arguments)
            data = response.data
        except Exception as error:  # noqa: BLE001 - trouble() names every one; none may end the stream
            read = trouble(error)
            if read.word == "channel_not_found":
                self._ids.clear()  # a channel may have been made anew under its name
            raise read from None
        if not isinstance(data, dict):
            raise SlackTroubleError("bad_answer", "Slack's answer is no JSON object")
        return data


def _content(message: Message) -> dict[str, Any]:
    return {
        "text": message.text,
        "blocks": message.blocks,
        "metadata": message.metadata,
        # An article's words must become neither links, nor names, nor previews of pages.
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
    }
