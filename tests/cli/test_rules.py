"""`pactwatch rules`: a running worker takes up what is published, and goes back when it is withdrawn."""

from __future__ import annotations

import json
from pathlib import Path

from monitor.models.article import Article
from monitor.settings import Settings
from tests.agents.harness import WorkerProcess, idle, produce
from tests.agents.test_rules import RULE
from tests.cli.conftest import Run
from tests.conftest import ReadAll
from tests.waiting import until


def northern(number: int) -> Article:
    """Return an article that only the rule of one's own understands."""
    return Article(
        id=f"n{number}",
        title="Norway and Sweden sign Northern Shield",
        text="OSLO - Norway and Sweden signed Northern Shield in Oslo on Friday, their defence ministers said.",
    )


def test_rules_are_published_and_withdrawn(
    kafka_settings: Settings, run: Run, tmp_path: Path, read_all: ReadAll
) -> None:
    """What is published reaches a worker without restart, reports carry its version, and a broken set is no set."""
    folder = tmp_path / "my-rules"
    folder.mkdir()
    mine = folder / "mine.toml"
    mine.write_text(RULE, encoding="utf-8")
    with WorkerProcess(kafka_settings, real=True) as worker:
        worker.ready()
        plain = worker.state()["rules_version"]
        produce(kafka_settings, [northern(1)])
        until(lambda: idle(kafka_settings), what="the first article")

        said = run("rules", "publish", folder, "--why", "the Nordic accord", settings=kafka_settings)
        assert said.code == 0, said.err
        until(lambda: worker.state()["rules_version"] != plain, what="the published rules")
        version = worker.state()["rules_version"]
        assert str(version) in said.out
        produce(kafka_settings, [northern(2)])
        until(lambda: idle(kafka_settings), what="the second article")
        [report] = [
            json.loads(record.value()) for record in read_all(kafka_settings, "reports") if record.key() == b"n2"
        ]
        assert report["origin"]["rules_version"] == version
        assert report["reports"][0]["name"] == "Northern Shield"
        shown = json.loads(run("rules", "status", "--json", settings=kafka_settings).out)["published"]
        assert (shown["files"], shown["why"]) == (["mine.toml"], "the Nordic accord")

        mine.write_text(RULE.replace("northern", "@nothing"), encoding="utf-8")
        refused = run("rules", "publish", folder, settings=kafka_settings)
        assert refused.code == 5
        assert "mine.toml:1: rule my.pact" in refused.err
        assert run("rules", "withdraw", settings=kafka_settings).code == 0
        until(lambda: worker.state()["rules_version"] == plain, what="the built-in rules")


def test_rules_are_checked(run: Run, tmp_path: Path) -> None:
    """Good rules are counted; a broken file is named with line and mistake, and a name that nothing reads likewise."""
    good = run("rules", "check")
    assert good.code == 0
    assert "rules are in order" in good.out
    (tmp_path / "mine.toml").write_text('[[rule]]\nid = "x"\n', encoding="utf-8")
    bad = run("rules", "check", tmp_path)
    assert bad.code == 5
    assert "mine.toml:1: rule x" in bad.err
    (tmp_path / "mine.toml").unlink()
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "state.tsv").write_text("NOR\tNorge\n", encoding="utf-8")
    assert "state.tsv: no gazetteer is called so" in run("rules", "check", tmp_path).err
