"""Open pages of the dashboard without a browser each: what the server does for them is the same."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlencode

import httpx
import socketio

PAGES = ("/", "/agreements", "/alerts", "/actors", "/topics")
"""What people leave open, in turn."""

_CLIENT = re.compile(r"[\"']client_id[\"']: ?[\"']([0-9a-f-]{36})[\"']")


@asynccontextmanager
async def open_pages(address: str, count: int) -> AsyncIterator[list[int]]:
    """Open so many pages and keep them open; yield, for each, how many updates it has got (a list that grows)."""
    updates = [0] * count
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(httpx.AsyncClient(base_url=address, trust_env=False, timeout=60))
        for number in range(count):
            page = (await web.get(PAGES[number % len(PAGES)])).text
            found = _CLIENT.search(page)
            assert found is not None, page[:500]
            client = socketio.AsyncClient(reconnection=False)

            def got(_: object, number: int = number) -> None:
                updates[number] += 1

            client.on("update", got)
            asked = {"client_id": found[1], "tab_id": str(uuid.uuid4()), "document_id": str(uuid.uuid4())}
            await client.connect(
                f"{address}?{urlencode({**asked, 'next_message_id': 0})}",
                socketio_path="/_nicegui_ws/socket.io",
                transports=["websocket"],
                headers={"Origin": address},
            )
            stack.push_async_callback(client.disconnect)
            assert await client.call("handshake", {**asked, "next_message_id": 0}) is not False
            await asyncio.sleep(0)
        yield updates
