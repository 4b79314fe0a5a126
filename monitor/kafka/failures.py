"""Turns what a broker last said into an error that says what to do."""

from __future__ import annotations

import re
from pathlib import Path

from monitor.errors import BrokerError

_LINES = 8

_PORT = re.compile(r"Address already in use|BindException|Socket server failed to bind to \S+", re.IGNORECASE)
_DISK = re.compile(r"No space left on device|Disk quota exceeded", re.IGNORECASE)
_DATA = re.compile(
    r"InconsistentClusterIdException|InconsistentBrokerMetadata|doesn't match stored|Stored node id|"
    r"Invalid cluster\.id|Unexpected cluster id|Unexpected node id|Found multiple cluster|"
    r"No readable meta\.properties|meta\.properties (?:file|version)|MetaPropertiesEnsemble|"
    r"CorruptRecordException|is corrupt|Unrecognized metadata",
    re.IGNORECASE,
)
_MEMORY = re.compile(r"OutOfMemoryError|Cannot allocate memory|insufficient memory", re.IGNORECASE)


def explain(said: str, *, home: Path, log: Path) -> BrokerError:
    """Say why a broker ended.

    Args:
        said: the end of its log, or the output of the formatter.
        home: the folder of its data.
        log: where all of it can be read.

    """
    seen = _last_lines(said)
    see = f"its log is {log}"
    if _DISK.search(said):
        return BrokerError(
            f"the embedded broker ended: no room left for {home}",
            hint=f"free some room and start again: nothing that was acknowledged is lost ({see})",
        )
    if _PORT.search(said):
        return BrokerError(
            f"the embedded broker ended: a port it was given is taken by another program\n{seen}",
            hint=f"start again, with another --port if you gave one: a free one is found ({see})",
        )
    if _DATA.search(said):
        return BrokerError(
            f"the embedded broker cannot use {home / 'data'}: it is data of another cluster, or damaged\n{seen}",
            hint=f"put a copy back, or move {home / 'data'} away to begin anew ({see})",
        )
    if _MEMORY.search(said):
        return BrokerError(
            f"the embedded broker ended: too little memory\n{seen}",
            hint=f"it needs about 400 MB: close other programs and start again ({see})",
        )
    return BrokerError(f"the embedded broker ended\n{seen}" if seen else "the embedded broker ended", hint=see)


def _last_lines(said: str) -> str:
    """Return the last lines that say something: no stack frames."""
    lines = [line for line in said.splitlines() if line.strip() and not re.match(r"\s+at |\s*\.\.\. \d+ more", line)]
    return "\n".join(f"  {line[:300]}" for line in lines[-_LINES:])
