"""The published schemas are those of the records."""

from __future__ import annotations

from pathlib import Path

from monitor.models.schemas import schemas

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"


def test_the_schemas_in_the_docs_are_current() -> None:
    """A changed record without `make schemas` is noticed; so is a schema of a topic that is gone."""
    written = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert written == schemas(), "run `make schemas`"
