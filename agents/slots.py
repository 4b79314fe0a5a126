"""A worker's place on its machine: the first free lock `worker-N` in the data folder.

The slot fixes everything that must differ between workers of one machine and stay the same across restarts: the
instance id in the consumer group, the folder, the health port.
"""

from __future__ import annotations

import fcntl
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

from monitor.errors import ConfigurationError

MAX_SLOTS = 512
"""As many workers as a topic may have partitions."""


@dataclass(frozen=True)
class Slot:
    """A held slot; it is free again when the process ends, however it ends, or at `release`."""

    number: int
    folder: Path
    host_id: str
    _lock: int

    @property
    def instance_id(self) -> str:
        """The member's id in the consumer group: the same after a restart, so that its partitions wait for it."""
        return f"{self.host_id}-worker-{self.number}"

    def release(self) -> None:
        """Free the slot."""
        os.close(self._lock)


def acquire(data_dir: Path) -> Slot:
    """Take the first free slot of this machine.

    Raises:
        ConfigurationError: the data folder cannot be written, or every slot is taken.

    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        host_id = _host_id(data_dir / "host-id")
        for number in range(MAX_SLOTS):
            lock = os.open(data_dir / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                continue
            folder = data_dir / f"worker-{number}"
            folder.mkdir(exist_ok=True)
            return Slot(number, folder, host_id, lock)
    except OSError as error:
        raise ConfigurationError(
            f"{data_dir}: the worker cannot keep its files there: {error.strerror}",
            hint="set data_dir (PACTWATCH_DATA_DIR) to a folder it may write",
        ) from None
    raise ConfigurationError(f"{data_dir}: all {MAX_SLOTS} worker slots are taken")


def _host_id(file: Path) -> str:
    """Return the id of this data folder, drawn once; a host's name would not do, as containers share theirs."""
    try:
        with file.open("x", encoding="ascii") as new:
            new.write(uuid.uuid4().hex[:12])
            new.flush()
    except FileExistsError:
        pass
    host_id = file.read_text(encoding="ascii").strip()
    if not host_id:  # another worker has created it a moment ago and not written yet, or died there
        host_id = uuid.uuid4().hex[:12]
        file.write_text(host_id, encoding="ascii")
    return host_id
