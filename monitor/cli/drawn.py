"""Draws in the terminal what a deliverer posts, while progress is shown there too."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console


@contextmanager
def drawn(out: Console) -> Iterator[IO[bytes]]:
    """Give the writing end of a pipe for `pactwatch deliver --terminal --json`; each message of it is drawn."""
    reading, writing = os.pipe()
    source = os.fdopen(reading, "rb")
    drawer = threading.Thread(target=lambda: asyncio.run(_draw(source, out)), daemon=True)
    drawer.start()
    try:
        with os.fdopen(writing, "wb") as output:
            yield output
    finally:
        drawer.join(5)


async def _draw(lines: IO[bytes], out: Console) -> None:
    """Draw the deliverer's JSON lines, replies under their messages; blocks, so it has a thread of its own."""
    from monitor.slack import Message  # noqa: PLC0415 - `--help` is quick without them
    from monitor.slack.terminal import TerminalPoster  # noqa: PLC0415

    poster = TerminalPoster(console=out)
    posted_as: dict[str, str] = {}
    with lines:
        for line in lines:
            shown = json.loads(line)
            message = Message(shown["text"], shown["blocks"], shown["metadata"])
            thread = posted_as.get(shown["thread_ts"] or "")
            posted = await poster.post(shown["channel"], message, thread_ts=thread, broadcast=shown["broadcast"])
            posted_as[shown["ts"]] = posted.ts
