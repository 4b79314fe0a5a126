"""What an archive of a topic holds: the one thing that says how far it goes."""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from monitor.errors import InputError
from monitor.models.record import Instant

NAME = "manifest.json"

Format = Literal["jsonl.zst", "parquet"]

_OURS = re.compile(r"\d{4}-\d\d-\d\d(\.\d+)?\.(jsonl\.zst|parquet)(\.part)?|manifest\.json\.part")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Range(_Model):
    """Offsets of a partition, from the first to before ``end``."""

    start: int
    end: int
    records: int
    """Fewer than there are offsets where the topic is compacted."""


class File(_Model):
    """A finished file; within it, each partition's records stand in order."""

    name: str
    day: str
    """Of the records' Kafka timestamps; what came late stands in the next day's file."""
    records: int
    bytes: int
    sha256: str
    first: Instant
    """Earliest timestamp."""
    last: Instant
    partitions: dict[int, Range]


class Gap(_Model):
    """Offsets that Kafka had deleted before they were archived."""

    partition: int
    start: int
    end: int


class Manifest(_Model):
    """All finished files, oldest first."""

    version: Literal[1] = 1
    topic: str
    format: Format
    files: tuple[File, ...] = ()
    gaps: tuple[Gap, ...] = ()

    def next_offsets(self) -> dict[int, int]:
        """Return the offset at which each partition goes on."""
        return {number: part.end for file in self.files for number, part in file.partitions.items()}

    def next_name(self, day: str) -> str:
        """Return the name of the next file of a day."""
        parts = sum(file.day == day for file in self.files)
        return f"{day}.{parts}.{self.format}" if parts else f"{day}.{self.format}"

    @property
    def records(self) -> int:
        """Of all files."""
        return sum(file.records for file in self.files)


def load(folder: Path) -> Manifest | None:
    """Read the manifest of a folder; None when there is none yet.

    Raises:
        InputError: it cannot be read.

    """
    path = folder / NAME
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        why = str(error).splitlines()[0]
        raise InputError(f"{path} cannot be read: {why}", hint="restore it, or archive into another folder") from None


def save(folder: Path, manifest: Manifest) -> None:
    """Write the manifest beside its name and have it on the disk; `publish` makes it count."""
    part = folder / f"{NAME}.part"
    with part.open("w", encoding="utf-8") as file:
        json.dump(manifest.model_dump(mode="json"), file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def publish(folder: Path) -> None:
    """Let the manifest that was saved take the place of the one before."""
    (folder / f"{NAME}.part").replace(folder / NAME)
    sync(folder)


def sync(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep(folder: Path, manifest: Manifest | None) -> None:
    """Remove what a crash left: files of ours that no manifest names."""
    named = {file.name for file in manifest.files} if manifest else set()
    for path in folder.iterdir():
        if _OURS.fullmatch(path.name) and path.name not in named:
            path.unlink()


def verify(folder: Path, manifest: Manifest) -> list[str]:
    """Return what is wrong with the files of an archive, in words: missing, changed, or out of turn."""
    wrong: list[str] = []
    reached: dict[int, int] = {}
    for file in manifest.files:
        path = folder / file.name
        try:
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            wrong.append(f"{path} cannot be read: {error.strerror}")
            continue
        if digest != file.sha256:
            wrong.append(f"{path} is not as it was written: its SHA-256 is another")
        for number, part in file.partitions.items():
            if part.start != reached.get(number, part.start):
                gap = Gap(partition=number, start=reached[number], end=part.start)
                if gap not in manifest.gaps:
                    wrong.append(f"{path}: partition {number} begins at {part.start}, not at {reached[number]}")
            reached[number] = part.end
    return wrong
