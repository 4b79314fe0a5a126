"""`pactwatch ingest`, into the real broker."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.kafka.broker import EmbeddedBroker
from monitor.models.article import MAX_BYTES, Article
from monitor.settings import Settings
from tests.cli.conftest import Run, Start, follow
from tests.conftest import MakeSettings, ReadAll
from tests.waiting import until

Write = Callable[..., Path]


def test_files_of_all_sorts_arrive(
    run: Run, kafka_settings: Settings, write_articles: Write, read_all: ReadAll, tmp_path: Path
) -> None:
    """Lines, packed lines, a text and standard input stand in `articles` under their ids when the command ends."""
    lines = write_articles({"id": "a", "text": "one"}, {"url": "https://e.example/2", "text": "two"})
    packed = tmp_path / "packed.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"id": "c", "text": "three"}\n'))
    text = tmp_path / "four.txt"
    text.write_text("four")
    said = run(
        "ingest", lines, packed, text, "-", "--title", "T", "--published-at", "2025-10-31", "--json",
        settings=kafka_settings, stdin=b'{"id": "e"}\n',
    )  # fmt: skip
    assert said.code == 0
    assert json.loads(said.out)["ingested"] == 5
    articles = [
        (message.key().decode(), Article.decode(message.value())) for message in read_all(kafka_settings, "articles")
    ]
    assert all(key == article.id and article.ingested_at is not None for key, article in articles)
    assert sorted(article.text for _key, article in articles) == ["", "four", "one", "three", "two"]
    [plain] = [article for _key, article in articles if article.text == "four"]
    assert (plain.title, str(plain.published_at)) == ("T", "2025-10-31 00:00:00+00:00")


def test_bad_lines_are_told_and_skipped(
    run: Run, kafka_settings: Settings, write_articles: Write, read_all: ReadAll
) -> None:
    """Each bad line with its place, the good ones taken, exit code 3; only the summary on standard output."""
    path = write_articles({"id": "a"}, "{broken", {"id": 7}, {"id": "b"}, {"id": "c", "text": "x" * MAX_BYTES})
    said = run("ingest", path, "gone.jsonl", settings=kafka_settings)
    assert said.code == 3
    assert f"{path}:2: not JSON" in said.err
    assert f"{path}:3: Article: id" in said.err
    assert f"{path}:5: 8.0 MiB, larger than the 8 MiB" in said.err
    assert "gone.jsonl: cannot be read: No such file" in said.err
    assert said.out.strip() == "2 articles in Kafka (0.0 MB), 4 skipped"
    assert sorted(message.key() for message in read_all(kafka_settings, "articles")) == [b"a", b"b"]


def test_a_large_article_passes(run: Run, kafka_settings: Settings, write_articles: Write, read_all: ReadAll) -> None:
    """A 5 MB text, and one just under the limit, go through producer and broker."""
    path = write_articles({"id": "a", "text": "x" * 5_000_000}, {"id": "b", "text": "y" * (MAX_BYTES - 400)})
    assert run("ingest", path, settings=kafka_settings).code == 0
    assert min(len(message.value()) for message in read_all(kafka_settings, "articles")) > 5_000_000


@pytest.mark.parametrize("create", [False, True])
def test_no_topics_or_no_broker(
    run: Run, make_kafka_settings: MakeSettings, write_articles: Write, create: bool
) -> None:
    """Missing topics, and a broker that is not there: exit code 4 and what to do, before anything is read."""
    settings = make_kafka_settings(create=create)
    away = {"PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1"} if create else {}
    said = run("ingest", write_articles({"id": "a"}), settings=settings, env=away)
    assert said.code == 4
    assert ("127.0.0.1:1 does not answer" if create else "pactwatch topics --create") in said.err


def test_a_page_of_this_machine_needs_leave(run: Run, kafka_settings: Settings) -> None:
    """A loopback address is refused, with the option that allows it; with the option it is tried."""
    said = run("ingest", "http://127.0.0.1:1/x", settings=kafka_settings)
    assert said.code == 3
    assert "not public" in said.err
    assert "allow_private" in said.err
    said = run("ingest", "--allow-private", "http://127.0.0.1:1/x", settings=kafka_settings)
    assert said.code == 3
    assert "cannot be fetched" in said.err


def test_a_wrong_date_is_told_before_anything_is_done(run: Run) -> None:
    """`--published-at soon`: exit code 2 and how to write it."""
    said = run("ingest", "x.txt", "--published-at", "soon")
    assert said.code == 2
    assert "'soon' is no date" in said.err


def test_a_broker_that_goes_and_comes_back(run: Run, start: Start, tmp_path: Path, read_all: ReadAll) -> None:
    """Kafka killed in the middle: the command says so, goes on when Kafka is back, and every article is there."""
    data = tmp_path / "data"
    env = {"PACTWATCH_DATA_DIR": str(data), "PACTWATCH_KAFKA__PARTITIONS": "2"}
    broker = EmbeddedBroker(data)
    address = broker.start()
    assert run("topics", "--create", env=env).code == 0
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    ingest = start("ingest", str(pipe), env={**env, "PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": address})
    with pipe.open("w") as lines:
        for number in range(2000):
            lines.write(json.dumps({"id": f"a{number}", "text": "x" * 500}) + "\n")
        lines.flush()
        settings = Settings(data_dir=data)
        settings = settings.model_copy(
            update={"kafka": settings.kafka.model_copy(update={"bootstrap_servers": address, "partitions": 2})}
        )
        until(lambda: read_all(settings, "articles"), what="the first articles")
        assert broker.exit_code is None
        guard = json.loads((data / "broker.json").read_text())["pid"]
        os.kill(int(Path(f"/proc/{guard}/task/{guard}/children").read_text()), signal.SIGKILL)
        until(lambda: broker.exit_code is not None, what="the end of Kafka")
        broker.stop()
        for number in range(2000, 4000):
            lines.write(json.dumps({"id": f"a{number}", "text": "x" * 500}) + "\n")
    told = follow(ingest.stderr)
    until(lambda: told, what="a word to the person who waits")
    assert told == ["Kafka does not answer; still trying ...\n"]
    assert broker.start() == address
    assert ingest.wait(60) == 0
    assert ingest.stdout is not None
    assert ingest.stdout.read().startswith("4,000 articles in Kafka")
    keys = [message.key() for message in read_all(settings, "articles")]
    broker.stop()
    assert len(keys) == len(set(keys)) == 4000
