"""The place where Slack is called: a small protocol, so that a terminal can stand where Slack does."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.slack.message import Message


@dataclass(frozen=True, slots=True)
class Posted:
    """A message as Slack has it.  ``thread_ts`` is None for one that stands in the channel itself."""

    channel_id: str
    ts: str
    alert_id: str = ""
    thread_ts: str | None = None


class Poster(Protocol):
    """Puts messages in front of people.

    Every method raises `SlackTroubleError`, whose ``meaning`` says whether something may have been posted.
    """

    paced: bool
    """Whether the rate limits apply."""

    async def check(self) -> None:
        """Find out whether the token works."""

    async def resolve(self, channel: str) -> str:
        """Return the id of a channel given as ``#name`` or id."""

    async def post(
        self, channel_id: str, message: Message, *, thread_ts: str | None = None, broadcast: bool = False
    ) -> Posted:
        """Post a message, as a reply where ``thread_ts`` is given; ``broadcast`` shows a reply in the channel too."""

    async def update(self, channel_id: str, ts: str, message: Message) -> None:
        """Replace the content of a message."""

    async def delete(self, channel_id: str, ts: str) -> None:
        """Delete a message of ours."""

    async def permalink(self, channel_id: str, ts: str) -> str | None:
        """Return the address of a message; None where messages have none."""

    def history(
        self, channel_id: str, *, since: datetime, thread_ts: str | None = None
    ) -> AsyncGenerator[Posted, None]:
        """Yield our own messages in a channel, or in a thread of it, newer than ``since``, in any order."""

    async def close(self) -> None:
        """Let go of connections."""
