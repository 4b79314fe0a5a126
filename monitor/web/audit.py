"""Who did what: a line of JSON an action, in `audit.jsonl` in the data folder, and in the log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from monitor.web.access import User

log = structlog.get_logger(__name__)

FILE = "audit.jsonl"


class Audit:
    """Appends; nothing is ever removed."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE

    def note(self, user: User, action: str, **details: Any) -> None:
        """Write an action down; raises OSError when that cannot be done, so that no action goes unrecorded."""
        entry = {"at": datetime.now(UTC).isoformat(), "user": user.name, "role": user.role.value, "action": action}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**entry, **details}) + "\n")
        log.info("action", user=user.name, action=action, details=details)

    def newest(self, count: int = 50) -> list[dict[str, Any]]:
        """Return the last actions, newest first."""
        try:
            lines = self.path.read_text(encoding="utf-8").rstrip("\n").split("\n")[-count:]
        except FileNotFoundError:
            return []
        # At "\n" alone: what somebody typed may hold characters that `splitlines` takes for ends of lines.
        return [json.loads(line) for line in reversed(lines) if line]
