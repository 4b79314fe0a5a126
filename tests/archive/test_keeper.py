"""The archive of a topic: every record once, byte for byte, whatever ends the process and when."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from confluent_kafka import Producer
from hypothesis import given
from hypothesis import strategies as st

from monitor.archive import keeper as keepers
from monitor.archive import manifest
from monitor.archive.keeper import Keeper
from monitor.archive.record import Stored, from_line, to_line
from monitor.errors import BrokerError, InputError
from monitor.feeds.unpack import open_file
from monitor.kafka.topics import admin
from monitor.settings import Settings
from tests.archive import keeping
from tests.cli.conftest import Run, Start
from tests.conftest import MakeSettings, ReadAll
from tests.waiting import until, until_async

DAY = 24 * 3600 * 1000
TODAY = int(datetime.now(UTC).replace(hour=0, minute=0, second=1).timestamp() * 1000)

HARD_VALUES: tuple[bytes | None, ...] = (
    b'{"id":"a","text":"\xc3\xa9"}',
    None,
    b"",
    b"{}",
    b'{"a":1}\n',
    b"\xff\x00",
    b'{"x}',
)


def put(settings: Settings, records: list[dict[str, Any]], *, topic: str = "articles") -> None:
    """Write records with another client than ours."""
    producer = Producer({"bootstrap.servers": settings.kafka.bootstrap_servers, "linger.ms": 5})
    for record in records:
        producer.produce(settings.kafka.topic(topic), **record)
    assert producer.flush(20) == 0


def days(count: int = 4, each: int = 40) -> list[dict[str, Any]]:
    """Return records of the last days, out of order here and there, on all partitions."""
    made = []
    for number in range(count * each):
        timestamp = TODAY - (count - 1 - number // each) * DAY + number
        if number % 17 == 0:
            timestamp -= 2 * DAY
        value = HARD_VALUES[number] if number < len(HARD_VALUES) else json.dumps({"id": f"a{number}"}).encode()
        made.append({"key": f"a{number}".encode(), "value": value, "partition": number % 4, "timestamp": timestamp})
    return made


def rows(folder: Path) -> Iterator[Stored]:
    """Read an archive, files in order of the manifest, with nothing of the keeper's own."""
    there = manifest.load(folder)
    assert there is not None
    for file in there.files:
        path = folder / file.name
        if path.suffix == ".parquet":
            for row in pq.read_table(path).to_pylist():
                stamp = round(row["timestamp"].timestamp() * 1000)
                headers = tuple((header["name"], header["value"]) for header in row["headers"])
                yield Stored(row["partition"], row["offset"], stamp, row["key"], row["value"], headers)
        else:
            yield from map(from_line, open_file(str(path)).stream)


def names(folder: Path) -> set[str]:
    """Return the names of the files in a folder."""
    return {path.name for path in folder.iterdir()}


def in_kafka(read_all: ReadAll, settings: Settings, topic: str = "articles") -> list[Stored]:
    """Return what a topic holds."""
    return [
        Stored(m.partition(), m.offset(), m.timestamp()[1], m.key(), m.value(), tuple(m.headers() or ()))
        for m in read_all(settings, topic)
    ]


def by_place(records: Iterator[Stored] | list[Stored]) -> list[Stored]:
    """Order by partition, keeping each partition's own order."""
    return sorted(records, key=lambda record: record.partition)


async def keep(settings: Settings, folder: Path, **more: Any) -> Keeper:
    """Keep `articles` to its present end."""
    keeper = Keeper(settings, "articles", folder, **more)
    await keeper.run(asyncio.Event(), follow=False)
    return keeper


BYTES = st.none() | st.binary(max_size=40) | st.builds(lambda text: json.dumps({"a": text}).encode(), st.text())


@given(
    key=BYTES,
    value=BYTES,
    headers=st.lists(st.tuples(st.text(), st.none() | st.binary()), max_size=3),
    offset=st.integers(0, 2**62),
)
def test_a_line_gives_back_every_byte(
    key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]], offset: int
) -> None:
    """Whatever key, value and headers are, the line is one line, and reading it gives the very same record."""
    record = Stored(3, offset, 1, key, value, tuple(headers))
    line = to_line(record)
    assert line.count(b"\n") == 1
    assert from_line(line) == record


def test_an_archived_article_is_a_line_that_every_reader_takes() -> None:
    """The record's fields stand at the top of the object, beside one that readers pass over."""
    line = json.loads(to_line(Stored(0, 1, 2, b"a", b'{"id":"a","title":"T"}')))
    assert line["id"] == "a"
    assert line["_record"]["offset"] == 1
    for broken in (b'{"id": "a"}', b'{"_record":{"partition":0}}', b'{"_record":'):
        with pytest.raises(InputError, match="no line of an archive"):
            from_line(broken)


@pytest.mark.parametrize("form", ["jsonl.zst", "parquet"])
async def test_the_archive_is_the_topic(kafka_settings: Settings, read_all: ReadAll, tmp_path: Path, form: str) -> None:
    """Keys, values, headers and times, tombstones and garbage too; a day a file; the manifest agrees with the files."""
    put(kafka_settings, days())
    put(kafka_settings, [{"key": None, "value": b"x", "headers": [("stage", b"classify"), ("none", None)]}])
    keeper = await keep(kafka_settings, tmp_path, form=form)
    assert by_place(rows(tmp_path)) == by_place(in_kafka(read_all, kafka_settings))
    there = keeper.manifest
    assert manifest.load(tmp_path) == there
    assert there.records == 161
    assert len(there.files) == len({file.day for file in there.files})
    assert names(tmp_path) == {".lock", "manifest.json", *(f.name for f in there.files)}
    assert manifest.verify(tmp_path, there) == []
    assert await keep(kafka_settings, tmp_path, form=form)
    assert manifest.load(tmp_path) == there, "a second run found something new in a topic that is as it was"


async def test_an_archive_goes_on_where_it_ended(kafka_settings: Settings, read_all: ReadAll, tmp_path: Path) -> None:
    """What came meanwhile stands in further files; a file of the same day gets a number."""
    put(kafka_settings, days())
    await keep(kafka_settings, tmp_path)
    put(kafka_settings, days())
    await keep(kafka_settings, tmp_path)
    assert by_place(rows(tmp_path)) == by_place(in_kafka(read_all, kafka_settings))
    assert [name for name in names(tmp_path) if name.endswith(".1.jsonl.zst")]


@pytest.mark.parametrize(("form", "steps"), [("jsonl.zst", (1, 2, 3, 4, 6)), ("parquet", (1, 2, 3))])
def test_killed_at_every_step_the_archive_is_the_topic(
    kafka_settings: Settings, read_all: ReadAll, tmp_path: Path, form: str, steps: tuple[int, ...]
) -> None:
    """Kill -9 after each step of a file, and again in the run that mends it: not one record more or less."""
    put(kafka_settings, days())
    kafka = kafka_settings.kafka
    command = [sys.executable, str(Path(keeping.__file__)), kafka.prefix, kafka.bootstrap_servers, str(tmp_path), form]
    for step in steps:
        ended = subprocess.run([*command, str(step)], capture_output=True, check=False, timeout=60)
        assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
        if (there := manifest.load(tmp_path)) is not None:
            assert manifest.verify(tmp_path, there) == []
    assert subprocess.run([*command, "0"], check=False, timeout=60).returncode == 0
    assert by_place(rows(tmp_path)) == by_place(in_kafka(read_all, kafka_settings))
    assert not list(tmp_path.glob("*.part"))


async def test_a_range_of_time_is_kept(kafka_settings: Settings, tmp_path: Path) -> None:
    """From the first record at or after a moment to before the first at or after another."""
    begin = datetime.fromtimestamp(TODAY / 1000, UTC)
    put(kafka_settings, [{"value": b"%d" % n, "partition": 0, "timestamp": TODAY + n * 1000} for n in range(-50, 50)])
    keeper = Keeper(kafka_settings, "articles", tmp_path)
    await keeper.run(asyncio.Event(), begin=begin - timedelta(seconds=10), end=begin + timedelta(seconds=20))
    assert [int(row.value or b"") for row in rows(tmp_path)] == list(range(-10, 20))
    with pytest.raises(InputError, match="cannot get an earlier beginning"):
        await Keeper(kafka_settings, "articles", tmp_path).run(
            asyncio.Event(), begin=begin - timedelta(seconds=20), follow=False
        )


async def test_what_kafka_deleted_is_a_gap(kafka_settings: Settings, read_all: ReadAll, tmp_path: Path) -> None:
    """Records deleted between two runs are noted with their offsets, and what is there is kept."""
    put(kafka_settings, [{"value": b"%d" % n, "partition": 1} for n in range(10)])
    await keep(kafka_settings, tmp_path)
    put(kafka_settings, [{"value": b"%d" % n, "partition": 1} for n in range(10, 30)])
    await _delete_before(kafka_settings, 1, 25)
    keeper = await keep(kafka_settings, tmp_path)
    assert [(gap.partition, gap.start, gap.end) for gap in keeper.gaps] == [(1, 10, 25)]
    assert [int(row.value or b"") for row in rows(tmp_path)] == [*range(10), *range(25, 30)]
    assert manifest.verify(tmp_path, keeper.manifest) == []


async def _delete_before(settings: Settings, partition: int, offset: int) -> None:
    from aiokafka import TopicPartition
    from aiokafka.admin import RecordsToDelete

    async with admin(settings) as client:
        await client.delete_records(
            {TopicPartition(settings.kafka.topic("articles"), partition): RecordsToDelete(before_offset=offset)}
        )


async def test_a_folder_of_another_archive_is_refused(
    make_kafka_settings: MakeSettings, kafka_settings: Settings, tmp_path: Path
) -> None:
    """Another topic, another format, a topic that was made anew, a folder in use: told before anything is touched."""
    put(kafka_settings, days())
    await keep(kafka_settings, tmp_path)
    other = make_kafka_settings()
    with pytest.raises(InputError, match="with the topic"):
        await keep(other, tmp_path)
    with pytest.raises(InputError, match=r"with the format jsonl\.zst, not parquet"):
        await keep(kafka_settings, tmp_path, form="parquet")
    there = manifest.load(tmp_path)
    assert there is not None
    manifest.save(tmp_path, there.model_copy(update={"topic": other.kafka.topic("articles")}))
    manifest.publish(tmp_path)
    with pytest.raises(InputError, match="another topic of that name"):
        await keep(other, tmp_path)
    with keepers._lock(tmp_path / "x"), pytest.raises(InputError, match="another `pactwatch archive`"):
        await keep(kafka_settings, tmp_path / "x")


async def test_a_changed_file_is_found(kafka_settings: Settings, tmp_path: Path) -> None:
    """One byte of one file: `verify` names it; a missing file too."""
    put(kafka_settings, days())
    keeper = await keep(kafka_settings, tmp_path)
    first, second = [tmp_path / file.name for file in keeper.manifest.files[:2]]
    first.write_bytes(first.read_bytes()[:-1] + b"\0")
    second.unlink()
    told = manifest.verify(tmp_path, keeper.manifest)
    assert [line for line in told if str(first) in line and "SHA-256" in line]
    assert [line for line in told if str(second) in line and "No such file" in line]


async def _value(value: object) -> object:
    return value


async def test_a_day_is_finished_when_it_is_over(kafka_settings: Settings, tmp_path: Path) -> None:
    """While the topic is followed, a day's file counts some minutes after midnight."""
    moment = datetime.fromtimestamp(TODAY / 1000, UTC) - timedelta(hours=1)
    put(kafka_settings, [{"value": b"0", "partition": 0, "timestamp": int(moment.timestamp() * 1000)}])
    stop = asyncio.Event()
    keeper = Keeper(kafka_settings, "articles", tmp_path, clock=lambda: moment)
    running = asyncio.create_task(keeper.run(stop))
    await until_async(lambda: _value(keeper.records), what="the record")
    assert manifest.load(tmp_path) is None
    moment += timedelta(hours=1, minutes=11)
    await until_async(lambda: _value(keeper.manifest.files), what="the file")
    assert not running.done()
    stop.set()
    await running
    [file] = keeper.manifest.files
    assert file.day == (moment - timedelta(days=1)).date().isoformat()


async def test_no_broker_is_told(tmp_path: Path) -> None:
    """As for every command."""
    settings = Settings(kafka=Settings().kafka.model_copy(update={"bootstrap_servers": "127.0.0.1:1"}))
    with pytest.raises(BrokerError, match="does not answer"):
        await keep(settings, tmp_path)


def test_the_command_keeps_until_it_is_stopped(
    run: Run, start: Start, kafka_settings: Settings, read_all: ReadAll, tmp_path: Path
) -> None:
    """It follows two topics, ends in good order on Ctrl-C, and what it kept can be checked and ingested again."""
    put(kafka_settings, [{"key": b"a", "value": b'{"id":"a","title":"T"}'}])
    archive = start("archive", "articles", "reports", "--folder", str(tmp_path), "--json", settings=kafka_settings)
    until(lambda: list(tmp_path.glob("articles/*.part")), what="the file at work")
    until(lambda: any(path.stat().st_size == 0 for path in tmp_path.glob("articles/*.part")), what="its record")
    archive.send_signal(signal.SIGINT)
    out, err = archive.communicate(timeout=20)
    assert archive.returncode == 0, err
    *files, counts = [json.loads(line) for line in out.splitlines()]
    assert [(file["topic"], file["records"]) for file in files] == [("articles", 1)]
    assert counts == {"records": {"articles": 1, "reports": 0}, "archive": {"articles": 1, "reports": 0}}
    assert run("archive", "--verify", "--folder", tmp_path, settings=kafka_settings).out == "1 files are as written\n"
    assert run("ingest", tmp_path / "articles", settings=kafka_settings).code == 0
    assert [message.key() for message in read_all(kafka_settings, "articles")] == [b"a", b"a"]
    said = run("archive", "article", settings=kafka_settings)
    assert said.code == 2
    assert "there is no topic article; there are: articles, reports" in said.err
