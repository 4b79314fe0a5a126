"""`pactwatch classify`, `explain` and `rules check`, as people and programs use them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from monitor.cli import classify
from monitor.cli.main import options
from monitor.errors import InputError

LINE = {
    "id": "a1",
    "title": "Norway and Kenya sign defence pact",
    "text": "OSLO - Norway and Kenya signed a ten-year defence pact on Tuesday.",
    "published_at": "2025-03-05T09:00:00Z",
}


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.callback()(options)
    classify.register(made)
    return made


def write(path: Path, *rows: object) -> str:
    path.write_text(
        "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
    )
    return str(path)


def test_a_json_line_an_article(app: typer.Typer, tmp_path: Path) -> None:
    """The answer has exactly id, kind, score and reports; years are a whole number; dates are ISO."""
    result = CliRunner().invoke(app, ["classify", write(tmp_path / "a.jsonl", LINE, {"id": "a2", "text": "Rain."})])
    assert result.exit_code == 0
    first, second = map(json.loads, result.stdout.splitlines())
    assert list(first) == ["id", "kind", "score", "reports"]
    assert (first["id"], first["kind"]) == ("a1", "agreement")
    report = first["reports"][0]
    assert (report["parties"], report["status"], report["date"]) == (["KEN", "NOR"], "signed", "2025-03-04")
    assert repr(report["years"]) == "10"
    assert second == {"id": "a2", "kind": None, "score": 0.0, "reports": []}


def test_standard_input_and_plain_text(app: typer.Typer, tmp_path: Path) -> None:
    """`-` reads lines from standard input; a .txt file is one article, dated and named by options."""
    command = [sys.executable, "-m", "monitor.cli", "classify", "-"]
    lines = subprocess.run(command, input=json.dumps(LINE) + "\n", capture_output=True, text=True, check=True)
    text = tmp_path / "wire.txt"
    text.write_text(LINE["text"], encoding="utf-8")
    plain = CliRunner().invoke(app, ["classify", str(text), "--title", LINE["title"], "--published-at", "2025-03-05"])
    assert json.loads(lines.stdout)["kind"] == "agreement"
    answer = json.loads(plain.stdout)
    assert (answer["id"], answer["reports"][0]["date"]) == ("wire", "2025-03-04")


def test_bad_lines_are_named_and_counted(app: typer.Typer, tmp_path: Path) -> None:
    """A broken line costs that line alone: it is named with file and number, and the exit code says so."""
    path = write(tmp_path / "a.jsonl", LINE, "{broken", {"id": 5})
    result = CliRunner().invoke(app, ["classify", path])
    assert result.exit_code == 3
    assert len(result.stdout.splitlines()) == 1
    assert f"{path}:2: not JSON" in result.stderr
    assert f"{path}:3: Article: id: Input should be a valid string" in result.stderr
    assert "2 of 3 lines" in result.stderr


def test_a_file_that_is_not_there(app: typer.Typer) -> None:
    """The message names the file and says what may be given."""
    result = CliRunner().invoke(app, ["classify", "nowhere.jsonl"])
    assert isinstance(result.exception, InputError)
    assert "nowhere.jsonl" in result.exception.message


def test_explain_shows_words_rules_and_parts(app: typer.Typer, tmp_path: Path) -> None:
    """For a person: the fields with their words and rules, and what each feature adds to the score."""
    result = CliRunner().invoke(app, ["explain", write(tmp_path / "a.jsonl", LINE)])
    assert result.exit_code == 0
    for shown in ("agreement", "stage.signed", "ten-year", "title_event", "parties"):
        assert shown in result.stdout


def test_explain_says_what_was_missing(app: typer.Typer, tmp_path: Path) -> None:
    """For an article that gives nothing, the answer names what was not there."""
    row = {"id": "m", "title": "Norway praises defence pact with Kenya", "text": "It is a good pact, Oslo said."}
    result = CliRunner().invoke(app, ["explain", "--json", write(tmp_path / "a.jsonl", row)])
    answer = json.loads(result.stdout)
    assert answer["kind"] != "agreement"
    assert any("stage" in missing for missing in answer["missing"])


def test_explain_shows_a_hint(app: typer.Typer, tmp_path: Path) -> None:
    """An article that is no report of its own, and may yet tell of an agreement that is followed, shows why."""
    file = tmp_path / "one.jsonl"
    row = {
        "id": "h",
        "title": "MPs ratify troops agreement with Italy",
        "text": "The National Assembly ratified the status of forces agreement with Italy on Monday.",
        "published_at": "2024-05-06T08:00:00Z",
    }
    file.write_text(json.dumps(row), encoding="utf-8")
    shown = CliRunner().invoke(app, ["explain", str(file)])
    assert "a hint" in shown.output
    (line,) = CliRunner().invoke(app, ["explain", str(file), "--json"]).output.splitlines()
    answer = json.loads(line)
    assert (answer["kind"], answer["reports"], answer["hints"][0]["parties"]) == (None, [], ["ITA"])


def test_a_text_that_is_not_utf8_is_refused_as_ingest_refuses_it(app: typer.Typer, tmp_path: Path) -> None:
    """The byte is named: what is explained is what would be ingested."""
    (text := tmp_path / "wire.txt").write_bytes(b"Norway and K\xe9nya signed")
    told = CliRunner().invoke(app, ["explain", str(text)])
    assert isinstance(told.exception, InputError)
    assert "wire.txt: not UTF-8: byte 12 is 0xe9" in told.exception.message
    assert CliRunner().invoke(app, ["classify", str(text)]).exit_code == 3
