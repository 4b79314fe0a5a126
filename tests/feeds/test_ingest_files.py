"""`pactwatch ingest` of archives and exports: foreign fields, folders, and runs that broke off."""

from __future__ import annotations

import gzip
import json
import os
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from monitor.models.article import Article
from monitor.settings import Settings
from tests.cli.conftest import Run, Start
from tests.conftest import ReadAll
from tests.feeds.test_sources import PAGE
from tests.feeds.warcs import response
from tests.waiting import until

COUNT = 40_000


def test_a_folder_of_all_kinds_arrives(run: Run, kafka_settings: Settings, read_all: ReadAll, tmp_path: Path) -> None:
    """Zstandard, Parquet and a web archive in one folder; the broken tail of one is told and costs nothing else."""
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "1.jsonl.zst").write_bytes(zstandard.compress(b'{"id": "a"}\n{"id": "b", "te'))
    pq.write_table(pa.Table.from_pylist([{"id": "c", "title": "C"}]), folder / "2.parquet")
    (folder / "3.warc.gz").write_bytes(gzip.compress(response("https://e.example/d", PAGE)))
    said = run("ingest", folder, "--json", settings=kafka_settings)
    assert said.code == 3
    assert f"{folder}/1.jsonl.zst:2: not JSON" in said.err
    counts = json.loads(said.out)
    assert (counts["ingested"], counts["bad"]) == (3, 1)
    arrived = [Article.decode(message.value()) for message in read_all(kafka_settings, "articles")]
    assert sorted(article.title for article in arrived) == ["", "C", "Pact"]


def test_foreign_fields_come_from_the_settings(
    run: Run, kafka_settings: Settings, read_all: ReadAll, tmp_path: Path
) -> None:
    """`--fields wire` reads by the table; a name that is not there ends with exit code 2 and the names that are."""
    config = tmp_path / "pactwatch.toml"
    config.write_text('[feeds.fields.wire]\nid = "doc.no"\ntitle = "headline"\nsource = "=The Wire"\n')
    path = tmp_path / "x.jsonl"
    path.write_text('{"doc": {"no": 5}, "headline": "H"}\n')
    said = run("--config", config, "ingest", "--fields", "wire", path, settings=kafka_settings)
    assert said.code == 0, said.err
    [message] = read_all(kafka_settings, "articles")
    article = Article.decode(message.value())
    assert (article.id, article.title, article.source) == ("5", "H", "The Wire")
    said = run("--config", config, "ingest", "--fields", "wires", path, settings=kafka_settings)
    assert said.code == 2
    assert "no table of fields 'wires'; there are: wire" in said.err


def test_a_run_that_was_stopped_goes_on_without_duplicates(
    run: Run, start: Start, kafka_settings: Settings, read_all: ReadAll, tmp_path: Path
) -> None:
    """Stopped in the middle of two files and run again: every article stands in Kafka once, the bad line told once."""
    paths = [tmp_path / "a.jsonl.zst", tmp_path / "b.jsonl"]
    for path in paths:
        lines = [json.dumps({"id": f"{path.name}{line}", "text": "x" * 50}) for line in range(COUNT // 2)]
        lines[5] = "{broken"
        data = "\n".join(lines).encode()
        path.write_bytes(zstandard.compress(data) if path.suffix == ".zst" else data)
    first = start("ingest", *map(str, paths), "--json", settings=kafka_settings)
    until(lambda: read_all(kafka_settings, "articles"), what="the first articles")
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=30)
    assert first.returncode == 130
    before = json.loads(out)["ingested"]
    assert before < COUNT - 2, "the run was stopped too late to prove anything"
    assert "run it again" in err
    said = run("ingest", *paths, "--json", settings=kafka_settings)
    counts = json.loads(said.out)
    assert counts["ingested"] == COUNT - 2 - before
    assert counts["before"] > 0
    keys = [message.key() for message in read_all(kafka_settings, "articles")]
    assert len(keys) == len(set(keys)) == COUNT - 2
    assert not list((kafka_settings.data_dir / "ingest").iterdir())


def test_a_silent_pipe_does_not_hold_up_the_end(
    start: Start, kafka_settings: Settings, read_all: ReadAll, tmp_path: Path
) -> None:
    """SIGTERM while a pipe says nothing: what was read stands in Kafka, and the command ends."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    ingest = start("ingest", str(pipe), settings=kafka_settings)
    with pipe.open("w") as lines:
        lines.write('{"id": "a"}\n')
        lines.flush()
        until(lambda: read_all(kafka_settings, "articles"), what="the article")
        ingest.send_signal(signal.SIGTERM)
        assert ingest.wait(10) == 143
