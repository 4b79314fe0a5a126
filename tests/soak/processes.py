"""Workers and deliverers as processes, and who looks after them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.settings import Settings
from tests.soak.leash import Size, is_stopped, send, size_of

ROOT = Path(__file__).parents[2]

ASLEEP = 8.5
"""Seconds a frozen process sleeps: longer than the session of 6 s, so that others have its work when it wakes."""

DRAIN = 15.0
"""Seconds in which a process that is asked to end has to; the worker promises 10."""

_SAMPLE = 2.0


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that give a process these settings."""
    variables: dict[str, str] = {}
    for key, value in settings.model_dump(mode="json", exclude_defaults=True).items():
        if isinstance(value, dict):
            variables |= {f"PACTWATCH_{key}__{name}".upper(): _text(one) for name, one in value.items()}
        else:
            variables[f"PACTWATCH_{key}".upper()] = _text(value)
    return variables


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Place:
    """A process that is to run, whatever life it is in."""

    def __init__(self, name: str, module: list[str], variables: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self.armed = False
        """It was started to die or freeze by itself at some step."""
        self.asleep_since: float | None = None
        """When it was seen frozen at a step."""
        self._module = module
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of its present life; 0 when it has none."""
        return self._process.pid if self._process is not None else 0

    @property
    def exit_code(self) -> int | None:
        """Of its last life; None while it runs, and before the first."""
        return self._process.poll() if self._process is not None else None

    def start(self, crash_point: str = "") -> None:
        """Begin a life; with a crash point, one that is short."""
        self.armed = bool(crash_point)
        self.asleep_since = None
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._module],
                cwd=ROOT,
                env={**os.environ, **self._variables, "CRASH_POINT": crash_point},
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal."""
        if self.exit_code is None:
            send(self.pid, number)

    def kill(self) -> None:
        """End it as kill -9 does."""
        self.signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(10)

    def end(self) -> int:
        """Ask it to end and wait; return its exit code, that of a kill when it did not."""
        assert self._process is not None
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self._process.wait(DRAIN)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL


@dataclass
class Keeper:
    """Starts again what died at an armed step, wakes what froze there, and counts what ended for no such reason."""

    places: list[Place] = field(default_factory=list)
    helpless: list[str] = field(default_factory=list)
    """Processes that ended by themselves: without this keeper, a person would have had to come."""
    unclean: list[str] = field(default_factory=list)
    """Ends that were asked for and not in good order."""
    sizes: defaultdict[str, list[Size]] = field(default_factory=lambda: defaultdict(list))
    """By process, over time."""
    sprung: int = 0
    """Steps of track at which a worker died or froze."""
    _sampled: float = 0.0

    def tend(self) -> None:
        """Look once at every process."""
        for place in self.places:
            code = place.exit_code
            if place.armed and code == -signal.SIGKILL:
                self.sprung += 1
                place.start()
            elif code is not None:
                self.helpless.append(f"{place.name} ended with {code}, see {place.log}")
                place.start()
            elif place.armed and is_stopped(place.pid):
                self._let_sleep(place)
        if time.monotonic() - self._sampled > _SAMPLE:
            self._sampled = time.monotonic()
            for place in self.places:
                size = size_of(place.pid)
                if size is not None:
                    self.sizes[place.name].append(size)

    def _let_sleep(self, place: Place) -> None:
        if place.asleep_since is None:
            place.asleep_since = time.monotonic()
        elif time.monotonic() - place.asleep_since > ASLEEP:
            self.sprung += 1
            place.armed = False
            place.signal(signal.SIGCONT)

    def wait(self, seconds: float) -> None:
        """Look after all of them for some time."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            self.tend()
            time.sleep(min(0.1, left))

    def end(self, place: Place) -> None:
        """End a process in good order, and note when it does not."""
        code = place.end()
        if code not in (0, -signal.SIGTERM):  # the signal ends a process that has not yet begun
            self.unclean.append(f"{place.name} ended with {code} when asked to, see {place.log}")

    def close(self) -> None:
        """Kill what runs."""
        for place in self.places:
            place.kill()
