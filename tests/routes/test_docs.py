"""docs/routes.md: its examples are settings that are read, and its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from monitor.routes.config import Match, Policy, Route
from monitor.routes.tree import tree
from monitor.settings import load

TEXT = (Path(__file__).parents[2] / "docs" / "routes.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_is_a_settings_file(tmp_path: Path, example: str) -> None:
    """Each can be copied as it stands, and makes a tree with the routes it names."""
    file = tmp_path / "pactwatch.toml"
    file.write_text(example, encoding="utf-8")
    named = re.findall(r'^name = "(.+)"', example, re.MULTILINE)
    assert [node.name for node in tree(load(file)).walk()] == ["root", *named]


def test_every_key_is_explained() -> None:
    """A key that is added to a route or a match has a row, and no row is about a key that is gone."""
    assert len(EXAMPLES) >= 5
    rows = {key for row in re.findall(r"^\| (`[^|]+) \|", TEXT, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert rows == {*Match.model_fields, *Policy.model_fields}
    flags = {field.alias or name for name, field in Route.model_fields.items()} - {
        *Policy.model_fields,
        "match",
        "routes",
    }
    assert {flag for flag in flags if f"`{flag}" in TEXT or f"{flag} = " in TEXT} == flags
