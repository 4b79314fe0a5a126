"""Keeps the program's own commands running as children: started, watched, started again, ended in order."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from monitor.errors import PactwatchError
from monitor.kafka.child import Child

BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before a child that ended is started again; the last repeats."""

_STEADY = 60.0
"""Seconds a child must run for its earlier ends to be forgotten."""

_HOPELESS = (2, 4, 5)
"""Exit codes of a child that will end the same way again: settings, topics, rules."""

_LOG_BYTES = 10 * 1024 * 1024

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Our own children are never behind a proxy."""


class ChildError(PactwatchError):
    """A child cannot run; the message is its own."""


@dataclass(frozen=True)
class Part:
    """A command to keep running."""

    name: str
    """For people: ``worker 1``."""
    arguments: Sequence[str]
    """After ``pactwatch``."""
    page: str
    """Base address of its pages."""
    is_ready: Callable[[Mapping[str, Any]], bool]
    """Tells it from what ``/health`` gives."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside ours."""
    grace: float = 11.0
    """Seconds from SIGTERM to SIGKILL: worker and deliverer take up to 10."""
    stdout: IO[bytes] | int | None = None
    """Where results go; to the log when not given."""


class Running:
    """A part with its present child."""

    def __init__(self, part: Part, log: Path) -> None:
        self.part = part
        self.log = log
        self.ready = False
        self.restarts = 0
        self._ends = 0
        self._was_ready = False
        self._child: Child | None = None
        self._since = 0.0
        self._again = 0.0

    @property
    def pid(self) -> int | None:
        """Of the child's guard, which passes SIGTERM on."""
        return self._child.pid if self._child else None

    def start(self) -> None:
        """Start the child."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.ready, self._since = False, time.monotonic()
        with self.log.open("ab") as log:
            self._child = Child(
                [sys.executable, "-m", "monitor.cli", *self.part.arguments],
                grace=self.part.grace,
                environment={**os.environ, **self.part.environment},
                stdout=log if self.part.stdout is None else self.part.stdout,
                stderr=log,
            )

    def look(self) -> str | None:
        """See how the child is, and start it again when it is time to; return what a person should be told.

        Raises:
            ChildError: it ended before it ever was ready, for a reason that will not go away.

        """
        if self._child is None:
            if time.monotonic() >= self._again:
                self.start()
            return None
        code = self._child.exit_code
        if code is None:
            state = self.state()
            self.ready = state is not None and self.part.is_ready(state)
            self._was_ready |= self.ready
            return None
        self._child.wait()
        self._child, self.ready = None, False
        if not self._was_ready and code in _HOPELESS:
            raise ChildError(f"{self.part.name} cannot start: {self.last_words()}", hint=f"its log is {self.log}")
        self._ends = 0 if time.monotonic() - self._since > _STEADY else self._ends
        pause = BACK_OFF[min(self._ends, len(BACK_OFF) - 1)]
        self._ends += 1
        self.restarts += 1
        self._again = time.monotonic() + pause
        return f"{self.part.name} ended with code {code}; it starts again in {pause:g} s (log: {self.log})"

    def state(self) -> dict[str, Any] | None:
        """Return what its health page gives; None when it does not answer."""
        try:
            with _DIRECT.open(f"{self.part.page}/health", timeout=1) as response:
                state: dict[str, Any] = json.load(response)
        except (OSError, ValueError):
            return None
        return state

    def last_words(self) -> str:
        """Return the error the child ended with, or the last lines of its log."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - 4096))
            lines = [line for line in file.read().decode("utf-8", "replace").splitlines() if line.strip()]
        starts = [number for number, line in enumerate(lines) if line.startswith("error:")]
        return "\n".join(lines[starts[-1] :] if starts else lines[-5:]).removeprefix("error:").strip()

    def terminate(self) -> None:
        """Ask the child to end; return at once."""
        if self._child is not None:
            self._child.terminate()

    def wait(self) -> None:
        """Wait for its end, which `terminate` or its own guard's limit brings."""
        if self._child is not None:
            self._child.wait(self.part.grace + 2)
            self._child, self.ready = None, False


class Supervisor:
    """Several parts, kept running until `stop`."""

    def __init__(self, logs: Path, *, tell: Callable[[str], None]) -> None:
        """Prepare.

        Args:
            logs: folder of the children's logs.
            tell: told when a child ended and is started again.

        """
        self.parts: list[Running] = []
        self._logs = logs
        self._tell = tell

    def start(self, part: Part) -> Running:
        """Start a part and keep it running."""
        running = Running(part, self._logs / f"{part.name.replace(' ', '-')}.log")
        self.parts.append(running)
        running.start()
        return running

    def look(self) -> bool:
        """See how all are; return whether all are ready.  Call it a few times a second."""
        for running in self.parts:
            told = running.look()
            if told:
                self._tell(told)
        return all(running.ready for running in self.parts)

    def stop(self) -> None:
        """End all at the same time, each within its grace."""
        for running in self.parts:
            running.terminate()
        for running in self.parts:
            running.wait()
