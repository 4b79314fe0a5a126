"""`pactwatch replay` on the real broker: rehearsals that leave nothing, warm-ups that tell nobody, runs that go on."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from monitor.archive import rehearsal
from monitor.cli import replay
from monitor.errors import ConfigurationError
from monitor.models.agreement import Agreement
from monitor.models.article import Article
from monitor.models.report import Tick
from monitor.models.vocabulary import ReplayMode
from monitor.settings import Settings
from tests.cli.conftest import Run, Start, follow
from tests.conftest import MakeSettings, ReadAll
from tests.track.oracle import CORPUS
from tests.waiting import until

COUNT = 170
"""Articles of the stories below."""

TERM = (
    Article(
        id="term",
        published_at=datetime(2015, 3, 3, 8, tzinfo=UTC),
        source="Suva Daily",
        language="en",
        title="Fiji and Japan sign five-year defence pact",
        text="Fiji and Japan signed a defence cooperation agreement in Suva on Tuesday, the two defence ministries "
        "said. The agreement is valid for five years and covers joint exercises and training.",
    ),
)
"""An agreement whose term ran out, which no article says: only time does."""


@pytest.fixture
def stories(tmp_path: Path) -> list[Path]:
    """Give the stories as two archives that overlap in time, each in no order, as articles without anything more."""
    articles = [Article.decode(line) for line in (CORPUS / "stories.jsonl").read_bytes().splitlines()]
    articles += TERM
    paths = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    for number, path in enumerate(paths):
        part = articles[number::2]
        path.write_bytes(b"".join(article.encode() + b"\n" for article in [*part[30:], *part[:30]]))
    return paths


def topics(settings: Settings) -> set[str]:
    """Return the names of all topics there are, Kafka's own aside."""
    client = AdminClient({"bootstrap.servers": settings.kafka.bootstrap_servers})
    return {name for name in client.list_topics(timeout=10).topics if not name.startswith("__")}


def rows(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_rehearsal_tells_what_a_backtest_tells_and_leaves_nothing(
    run: Run, kafka_settings: Settings, read_all: ReadAll, stories: list[Path], tmp_path: Path
) -> None:
    """Alert for alert the same, through real topics and workers; production's topics and the machine as before."""
    before = topics(kafka_settings)
    told, expected = tmp_path / "told.jsonl", tmp_path / "expected.jsonl"
    said = run("replay", *stories, "--alerts", told, "--json", settings=kafka_settings, timeout=120)
    assert said.code == 0, said.err
    assert run("backtest", *stories, "--alerts", expected, settings=kafka_settings).code == 0
    assert rows(told) == rows(expected)
    assert {row["status"] for row in rows(told) if row["article_id"] is None} == {"expired"}
    figures = json.loads(said.out)
    assert (figures["articles"], figures["sent"], figures["dead_letters"]) == (COUNT, COUNT, 0)
    assert figures["alerts"] == len(rows(told)) > 40
    assert topics(kafka_settings) == before
    assert all(read_all(kafka_settings, name) == [] for name in ("articles", "reports", "alerts", "deliveries"))
    assert list((kafka_settings.data_dir / "rehearsals").iterdir()) == []


def test_a_rehearsal_that_is_killed_leaves_nothing(
    start: Start, kafka_settings: Settings, read_all: ReadAll, stories: list[Path]
) -> None:
    """Kill -9 in the middle: its processes end, its topics and its folder go; production never saw an article."""
    before = topics(kafka_settings)
    command = start("replay", *map(str, stories), "--rate", "20", settings=kafka_settings)
    folder = kafka_settings.data_dir / "rehearsals"
    name = until(lambda: folder.is_dir() and next(folder.iterdir(), None), what="the namespace")
    assert isinstance(name, Path)
    scratch = rehearsal.apart(kafka_settings, name.name)

    def has_articles() -> bool:
        return scratch.kafka.topic("articles") in topics(kafka_settings) and bool(read_all(scratch, "articles"))

    until(has_articles, what="the first article", seconds=60)
    command.send_signal(signal.SIGKILL)
    until(lambda: not list(folder.iterdir()), what="the end of the folder", seconds=60)
    assert topics(kafka_settings) == before
    assert read_all(kafka_settings, "articles") == []


def test_the_next_rehearsal_clears_what_a_dead_machine_left(kafka_settings: Settings) -> None:
    """A namespace whose owner and janitor are both gone is removed, one that is at work is not."""
    root = rehearsal.folder_of(kafka_settings)
    with rehearsal.namespace(kafka_settings, None) as at_work:
        left = root / "left"
        left.mkdir()
        (left / "rehearsal.lock").touch()
        rehearsal.sweep(kafka_settings)
        assert not left.exists()
        assert at_work.data_dir.is_dir()
    assert not at_work.data_dir.exists()


def test_a_rehearsal_shares_nothing_with_production() -> None:
    """No topic, group, folder or channel is the same, and one partition keeps the order."""
    settings = Settings(slack=Settings().slack.model_copy(update={"channel": "#pacts", "fallback_channel": "#more"}))
    made = rehearsal.apart(settings, "x")
    assert made.kafka.topic("articles") != settings.kafka.topic("articles")
    assert made.worker.app_id != settings.worker.app_id
    assert made.data_dir != settings.data_dir
    assert (made.slack.channel, made.slack.fallback_channel, made.kafka.partitions) == ("", "", 1)
    values = rehearsal.environment(made)
    assert values["PACTWATCH_SLACK__CHANNEL"] == values["PACTWATCH_SLACK__FALLBACK_CHANNEL"] == ""


def test_a_warm_up_teaches_production_and_tells_nobody(
    run: Run, start: Start, kafka_settings: Settings, read_all: ReadAll, stories: list[Path]
) -> None:
    """The dossiers are there and no alert; nor comes one when time passes, or when an old story is told again."""
    worker = start("worker", settings=kafka_settings, env={"PACTWATCH_WORKER__PORT": "0"})
    follow(worker.stderr)
    said = run("replay", *stories, "--warm-up", "--json", settings=kafka_settings, timeout=50)
    assert said.code == 0, said.err
    marks = {Article.decode(message.value()).replay for message in read_all(kafka_settings, "articles")}
    [mark] = marks
    assert mark is not None
    assert (mark.mode, mark.id) == (ReplayMode.WARM_UP, json.loads(said.out)["replay"])
    live = [m for m in read_all(kafka_settings, "agreements") if Agreement.decode(m.value()).snapshot is not None]
    assert len({message.key() for message in live}) > 15
    _tick(kafka_settings, datetime.now(UTC) + timedelta(minutes=10))
    again = next(a for a in map(Article.decode, stories[0].read_bytes().splitlines()) if a.id == "d-D04-01")
    path = stories[0].with_name("again.jsonl")
    path.write_bytes(again.model_copy(update={"id": "again", "source": "Other", "url": None}).encode())
    assert run("ingest", path, settings=kafka_settings).code == 0
    until(partial(_has_report, read_all, kafka_settings, b"again"), what="the report")
    # It returns when everything has been tracked, also what came before it.
    assert run("replay", path, "--warm-up", settings=kafka_settings, timeout=60).code == 0
    assert read_all(kafka_settings, "alerts") == []


def _has_report(read_all: ReadAll, settings: Settings, key: bytes) -> bool:
    return any(message.key() == key for message in read_all(settings, "reports"))


def _tick(settings: Settings, minute: datetime) -> None:
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap_servers})
    value = Tick(minute=minute.replace(second=0, microsecond=0)).encode()
    producer.produce(settings.kafka.topic("reports"), value, b"tick", partition=0)
    assert producer.flush(10) == 0


def test_a_replay_that_was_stopped_goes_on(
    run: Run, start: Start, make_kafka_settings: MakeSettings, read_all: ReadAll, stories: list[Path]
) -> None:
    """Ctrl-C, and run again: every article stands in the topic once, in order of event time, under one replay id."""
    settings = make_kafka_settings(partitions=1)
    target = settings.kafka.topic("sightings")
    command = ("replay", *map(str, stories), "--to-topic", target, "--json")
    first = start(*command, "--rate", "40", settings=settings)
    until(lambda: len(read_all(settings, "sightings")) > 10, what="the first articles")
    first.send_signal(signal.SIGINT)
    out, err = first.communicate(timeout=30)
    assert first.returncode == 130, err
    sent = json.loads(out)["sent"]
    assert 10 < sent < COUNT
    assert not list((settings.data_dir).glob("rehearsals/*"))
    said = run(*command, settings=settings)
    assert said.code == 0, said.err
    assert json.loads(said.out)["sent"] == COUNT - sent
    articles = [Article.decode(message.value()) for message in read_all(settings, "sightings")]
    assert len({article.id for article in articles}) == len(articles) == COUNT
    times = [article.published_at for article in articles if article.published_at]
    assert times == sorted(times)
    assert len({article.replay for article in articles}) == 1


def test_a_range_of_a_topic_is_replayed(
    run: Run, make_kafka_settings: MakeSettings, read_all: ReadAll, stories: list[Path]
) -> None:
    """Offsets of a partition, chosen further by a filter; `--dry-run` says what it would be and writes nothing."""
    settings = make_kafka_settings(partitions=1)
    assert run("ingest", stories[0], settings=settings).code == 0
    source = ("replay", "topic:articles@0:10-19", "--to-topic", settings.kafka.topic("sightings"), "--json")
    said = run(*source, "--dry-run", settings=settings)
    assert (json.loads(said.out)["articles"], json.loads(said.out)["sent"]) == (10, 0)
    assert read_all(settings, "sightings") == []
    assert json.loads(run(*source, settings=settings).out)["sent"] == 10
    ids = {message.key() for message in read_all(settings, "articles") if 10 <= (message.offset() or 0) < 20}
    assert {message.key() for message in read_all(settings, "sightings")} == ids


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--live",), "add --yes"),
        (("--to-topic", "{articles}"), "say how: --warm-up or --live"),
        (("topic:articles", "--warm-up"), "would feed on itself"),
    ],
)
def test_what_must_not_be_is_refused(
    run: Run, kafka_settings: Settings, read_all: ReadAll, stories: list[Path], arguments: tuple[str, ...], why: str
) -> None:
    """News by accident and a circle: exit code 2, what to do, and nothing written."""
    given = [part.format(articles=kafka_settings.kafka.topic("articles")) for part in arguments]
    said = run("replay", stories[0], *given, settings=kafka_settings)
    assert said.code == 2
    assert why in said.err
    assert read_all(kafka_settings, "articles") == []


def test_contradictions_are_told() -> None:
    """Two modes at once, a speed that is none."""
    with pytest.raises(ConfigurationError, match="exclude each other"):
        replay._mode(warm_up=True, live=True, to_topic=None)
    for speed in ("fast", "0", "-1", "inf", "nan"):
        with pytest.raises(ConfigurationError, match="no factor"):
            replay._pace(speed, None)
    assert replay._mode(warm_up=False, live=False, to_topic=None) is ReplayMode.REHEARSE
    assert replay._pace("max", None).is_free
