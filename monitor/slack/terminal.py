"""A terminal in Slack's place: each message is drawn, or written as a line of JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from rich.console import Console

from monitor.slack.draw import draw
from monitor.slack.message import Message
from monitor.slack.poster import Posted


class TerminalPoster:
    """Prints what would be posted to standard output.

    A terminal keeps no history that can be asked, so that after a crash in the middle of a message it is shown again.
    """

    paced = False

    def __init__(self, *, as_json: bool = False, console: Console | None = None) -> None:
        self._json = as_json
        self._console = console or Console()
        self._count = 0
        self._headlines: dict[str, str] = {}

    async def check(self) -> None:
        """Do nothing: a terminal lets anyone in."""

    async def resolve(self, channel: str) -> str:
        """Return the name itself."""
        return channel

    async def post(
        self, channel_id: str, message: Message, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> Posted:
        """Print a message."""
        self._count += 1
        posted = Posted(
            channel_id, f"{datetime.now(UTC).timestamp():.0f}.{self._count:06d}", message.alert_id, thread_ts
        )
        if self._json:
            line = {
                "channel": channel_id,
                "ts": posted.ts,
                "thread_ts": thread_ts,
                "broadcast": broadcast,
                "text": message.text,
                "blocks": message.blocks,
                "metadata": message.metadata,
            }
            self._console.file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._console.file.flush()
        else:
            headline = next(
                (block["text"]["text"] for block in message.blocks if block["type"] == "header"), message.text
            )
            reply_to = self._headlines.get(thread_ts, message.text) if thread_ts else None
            self._headlines.setdefault(posted.ts, headline)
            self._console.print(draw(message, channel=channel_id, reply_to=reply_to))
        return posted

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """Do nothing: what is printed stays as it is, and the reply that follows says what changed."""

    async def delete(self, channel_id: str, ts: str) -> None:
        """Do nothing."""

    async def permalink(self, channel_id: str, ts: str) -> str | None:
        """Return nothing: what is printed has no address."""

    async def history(
        self, channel_id: str, *, since: datetime, thread_ts: str | None = None
    ) -> AsyncGenerator[Posted, None]:
        """Yield nothing."""
        del channel_id, since, thread_ts
        nothing: tuple[Posted, ...] = ()
        for posted in nothing:
            yield posted

    async def close(self) -> None:
        """Do nothing."""
