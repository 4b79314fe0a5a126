"""How far a run has come, so that the next one goes on from there."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Place:
    """How far one file was taken."""

    done: int = 0
    """Items that stand in Kafka, with all before them."""
    finished: bool = False
    size: int = 0
    modified: int = 0
    """Nanoseconds; with the size it tells whether the file is still the same."""

    def is_of(self, name: str) -> bool:
        """Tell whether the file is still the one that was read."""
        return (self.size, self.modified) == _stamp(name)


@dataclass
class Checkpoint:
    """The places of all sources of a run, kept in a file that is replaced as a whole."""

    path: Path
    places: dict[str, Place] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, what: Iterable[str]) -> Checkpoint:
        """Return the checkpoint of a run; ``what`` is all that makes it the same run as one before.

        One that cannot be read counts as none: the run begins anew, and what stands already is known as a repeat.
        """
        digest = hashlib.blake2b("\0".join(what).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
        path = folder / f"{digest}.json"
        try:
            stored: dict[str, Any] = json.loads(path.read_bytes())
            return cls(path, {name: Place(**place) for name, place in stored.items()})
        except (OSError, ValueError, TypeError, AttributeError):
            return cls(path)

    def start(self, name: str) -> Place:
        """Return where to go on in a source; at its beginning when it is new or has changed."""
        place = self.places.get(name)
        if place is None or not place.is_of(name):
            size, modified = _stamp(name)
            place = self.places[name] = Place(size=size, modified=modified)
        return place

    def save(self) -> None:
        """Write it, so that a crash leaves the old one or the new one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump({name: asdict(place) for name, place in self.places.items()}, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)

    def remove(self) -> None:
        """Forget it: the run is complete."""
        self.path.unlink(missing_ok=True)


def _stamp(name: str) -> tuple[int, int]:
    try:
        about = Path(name).stat()
    except OSError:
        return (0, 0)
    return about.st_size, about.st_mtime_ns
