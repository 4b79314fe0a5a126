"""The JSON Schema of every topic, generated from the records.

python -m monitor.models.schemas docs/schemas
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from monitor.models.actor import Actor
from monitor.models.agreement import Agreement
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.models.delivery import Delivery
from monitor.models.mute import Mute
from monitor.models.report import ReportsRecord
from monitor.models.ruleset import Ruleset
from monitor.models.sighting import SightingsRecord
from monitor.models.verdict import Verdict

RECORDS: dict[str, Any] = {
    "articles": Article,
    "reports": ReportsRecord,
    "agreements": Agreement,
    "sightings": SightingsRecord,
    "actors": Actor,
    "alerts": Alert,
    "deliveries": Delivery,
    "verdicts": Verdict,
    "mutes": Mute,
    "rules": Ruleset,
}
"""What stands in each topic; `dead-letters` holds original bytes and has no schema."""


def schemas() -> dict[str, str]:
    """Return a JSON text for every topic, by the name of its file."""
    return {
        f"{topic}.json": json.dumps(TypeAdapter(model).json_schema(), indent=2, sort_keys=True) + "\n"
        for topic, model in RECORDS.items()
    }


def main(folder: Path) -> None:
    """Write the schemas into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schemas().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
