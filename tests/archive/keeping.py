"""Runs a keeper in a process of its own and kills it at a step: ``python keeping.py PREFIX BROKER FOLDER FORMAT N``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import cast

from monitor.archive.keeper import Keeper
from monitor.archive.manifest import Format
from monitor.settings import Kafka, Settings


def main(prefix: str, broker: str, folder: str, form: str, kill_at: int) -> None:
    """Keep `articles` to its present end; end by SIGKILL at step ``kill_at``, counted from 1 over all files."""
    steps = 0

    def step(_name: str) -> None:
        nonlocal steps
        steps += 1
        if steps == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = Settings(kafka=Kafka(bootstrap_servers=broker, prefix=prefix))
    keeper = Keeper(settings, "articles", Path(folder), form=cast("Format", form), step=step)
    asyncio.run(keeper.run(asyncio.Event(), follow=False))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5]))
