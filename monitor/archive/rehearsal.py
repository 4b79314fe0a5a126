"""A rehearsal's own namespace: topics, group, workers' folder; nothing of it is left when it ends, however it ends.

A janitor, a process of its own, waits for the end of the rehearsal and then clears up, also when the rehearsal was
killed.  What a machine left that went down with the janitor is cleared when the next rehearsal begins.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from monitor.errors import BrokerError, PactwatchError
from monitor.kafka import ruleset, topics
from monitor.kafka.run_file import running
from monitor.settings import Settings, load

PREFIX = "rehearsal-"
"""Of a rehearsal's topics, behind that of all topics and before its name."""

_ABOUT = "rehearsal.json"
_LOCK = "rehearsal.lock"

_PATIENCE = 30.0
"""Seconds for the workers and the broker of a rehearsal to end before its things are removed under them."""


def folder_of(settings: Settings) -> Path:
    """Return where rehearsals have their folders."""
    return settings.data_dir / "rehearsals"


def apart(settings: Settings, name: str) -> Settings:
    """Return settings that share no topic, group, folder or channel with production; one partition, in one order.

    A configured Kafka is used, under a prefix of its own; without one the rehearsal gets a broker of its own.
    """
    kafka, worker = settings.kafka, settings.worker
    return settings.model_copy(
        update={
            "data_dir": folder_of(settings) / name,
            "kafka": kafka.model_copy(update={"prefix": f"{kafka.prefix}{PREFIX}{name}.", "partitions": 1}),
            "worker": worker.model_copy(
                update={
                    "app_id": f"{worker.app_id}-rehearsal-{name}",
                    "port": 0,
                    "host": "127.0.0.1",
                    "ticks": "articles",
                }
            ),
            "slack": settings.slack.model_copy(
                update={
                    "channel": "",
                    "fallback_channel": "",
                    "port": 0,
                    "host": "127.0.0.1",
                    "daily_at": "",
                    "ops_channel": "",
                }
            ),
        }
    )


def with_rules(made: Settings, production: Settings) -> Settings:
    """Return the settings with the rules that production has in force: published ones become a folder."""
    if production.rules is not None:
        return made
    try:
        record = asyncio.run(ruleset.current(production))
    except BrokerError:  # production does not run here: nothing is published
        return made
    if record is None:
        return made
    folder = made.data_dir / "rules"
    ruleset.files_of(record).write(folder)
    return made.model_copy(update={"rules": folder})


def environment(made: Settings) -> dict[str, str]:
    """Return what makes the children's settings those of `apart`, whatever the settings file says."""
    rules = {"PACTWATCH_RULES": str(made.rules)} if made.rules is not None else {}
    return rules | {
        "PACTWATCH_DATA_DIR": str(made.data_dir),
        "PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": made.kafka.bootstrap_servers,
        "PACTWATCH_KAFKA__PREFIX": made.kafka.prefix,
        "PACTWATCH_KAFKA__PARTITIONS": str(made.kafka.partitions),
        "PACTWATCH_WORKER__APP_ID": made.worker.app_id,
        "PACTWATCH_WORKER__HOST": made.worker.host,
        "PACTWATCH_WORKER__TICKS": made.worker.ticks,
        "PACTWATCH_SLACK__CHANNEL": made.slack.channel,
        "PACTWATCH_SLACK__FALLBACK_CHANNEL": made.slack.fallback_channel,
        "PACTWATCH_SLACK__HOST": made.slack.host,
        "PACTWATCH_SLACK__DAILY_AT": made.slack.daily_at,
        "PACTWATCH_SLACK__OPS_CHANNEL": made.slack.ops_channel,
    }


@contextmanager
def namespace(settings: Settings, config: Path | None) -> Iterator[Settings]:
    """Give the settings of a new rehearsal; on leaving, or when this process is killed, all of it is removed.

    Args:
        settings: of production.
        config: the settings file, which the janitor reads again: what is secret is in no file of ours.

    """
    sweep(settings)
    made = apart(settings, uuid.uuid4().hex[:8])
    made.data_dir.mkdir(parents=True)
    about = {
        "prefix": made.kafka.prefix,
        "app_id": made.worker.app_id,
        "config": str(config.absolute()) if config else None,
        "bootstrap_servers": made.kafka.bootstrap_servers,
    }
    (made.data_dir / _ABOUT).write_text(json.dumps(about), encoding="utf-8")
    with (made.data_dir / _LOCK).open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        janitor = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "monitor.archive.rehearsal", str(made.data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(lock.fileno(),),  # the lock is free when both are gone
            start_new_session=True,
        )
        try:
            yield made
        finally:
            with suppress(subprocess.TimeoutExpired):  # it goes on by itself
                janitor.communicate(timeout=3 * _PATIENCE)


def going(settings: Settings) -> list[str]:
    """Return the names of the rehearsals that run on this machine."""
    root = folder_of(settings)
    found = []
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            with (folder / _LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            found.append(folder.name)
        except OSError:  # it has just gone
            continue
    return found


def sweep(settings: Settings) -> None:
    """Clear what earlier rehearsals left behind whose janitor is gone too."""
    root = folder_of(settings)
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        try:
            with (folder / _LOCK).open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                clear(folder)
        except (OSError, PactwatchError):  # in use, or its Kafka is away: the next one tries again
            continue


def clear(folder: Path) -> None:
    """Remove the topics of a rehearsal and its folder, once its workers and its broker have ended."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and (_is_at_work(folder) or running(folder) is not None):
        time.sleep(0.05)
    try:
        about = json.loads((folder / _ABOUT).read_bytes())
    except (OSError, ValueError):
        about = {}
    if about.get("bootstrap_servers"):
        loaded = load(Path(about["config"]) if about.get("config") else None)
        made = apart(loaded, folder.name).model_copy(update={"data_dir": folder})
        kafka = made.kafka.model_copy(
            update={"prefix": about["prefix"], "bootstrap_servers": about["bootstrap_servers"]}
        )
        worker = made.worker.model_copy(update={"app_id": about["app_id"]})
        asyncio.run(_delete_topics(made.model_copy(update={"kafka": kafka, "worker": worker})))
    shutil.rmtree(folder, ignore_errors=True)


def _is_at_work(folder: Path) -> bool:
    for path in folder.glob("worker-*.lock"):
        with path.open("rb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
    return False


async def _delete_topics(made: Settings) -> None:
    """Delete the topics, again when a client that was ending has had them made anew."""
    names = [spec.full_name(made) for spec in topics.TOPICS]
    async with topics.admin(made) as client:
        for _ in range(20):
            there = sorted(set(names) & set(await client.list_topics()))
            if not there:
                return
            await client.delete_topics(there)
            await asyncio.sleep(0.2)


def main(folder: Path) -> None:
    """Wait for the end of the process that holds our standard input, then clear up."""
    os.read(0, 1)
    clear(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
