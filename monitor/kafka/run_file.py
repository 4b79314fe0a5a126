"""The run file `broker.json`: how a second terminal finds the embedded broker."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

_LOCK, _FILE = "broker.lock", "broker.json"
_ATTEMPTS = 5


class RunFile(BaseModel):
    """What is known of the broker that runs on a data folder."""

    model_config = ConfigDict(frozen=True)

    address: str
    """``127.0.0.1:port``."""
    pid: int
    """The broker's own process; SIGTERM ends it in good order."""
    owner: int
    """The process that started it and ends with it."""
    command: str
    """What that process is, for people: ``pactwatch up``."""
    port: int
    controller_port: int

    def write(self, data_dir: Path) -> None:
        """Write it as a whole or not at all."""
        new = data_dir / f"{_FILE}.{os.getpid()}.new"
        new.write_text(self.model_dump_json(indent=2) + "\n", encoding="utf-8")
        new.replace(data_dir / _FILE)


def remove(data_dir: Path) -> None:
    """Remove the run file, if there is one."""
    (data_dir / _FILE).unlink(missing_ok=True)


def running(data_dir: Path) -> RunFile | None:
    """Return the run file of a broker that runs; None when none does, or it is not ready yet.

    A file that a killed machine left is stale, and told by the lock that no process holds any more: no process id is
    trusted, for they are given anew.
    """
    lock = Lock(data_dir)
    try:
        if not lock.is_held_elsewhere():
            return None
        return RunFile.model_validate_json((data_dir / _FILE).read_bytes())
    except (OSError, ValidationError):
        return None


class Lock:
    """The one broker of a data folder.

    An flock belongs to the open file, which the broker's process inherits: it is free again exactly when the broker
    and whoever started it are gone.
    """

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / _LOCK
        self.descriptor = -1

    def take(self) -> bool:
        """Take it; False when another process has it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        for attempt in range(_ATTEMPTS):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if attempt + 1 < _ATTEMPTS:  # it may be a look of `is_held_elsewhere`, gone in microseconds
                    time.sleep(0.02)
            else:
                self.descriptor = descriptor
                return True
        os.close(descriptor)
        return False

    def release(self) -> None:
        """Give our hold up; the broker's process keeps its own."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def is_held_elsewhere(self) -> bool:
        """Tell whether a process has it, this one included."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False
