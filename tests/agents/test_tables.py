"""The local copy of a table, by partition."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from faust.types import TP

from agents.tables import PartitionStore, Table


def store() -> Any:
    """Return an empty store."""
    nothing: Any = SimpleNamespace(name="t")
    return PartitionStore("memory://", nothing, nothing, table_name="t", key_type=bytes, value_type=bytes)


def event(partition: int, offset: int, key: bytes, value: bytes | None) -> Any:
    """Return what recovery reads."""
    return SimpleNamespace(message=SimpleNamespace(partition=partition, offset=offset, key=key, value=value))


def test_a_store_knows_how_far_each_of_its_partitions_was_read() -> None:
    """A forgotten partition was not read at all, whatever Faust remembers of it: recovery must begin at its start."""
    made = store()
    made.apply_changelog_batch([event(0, 7, b"a", b"1"), event(1, 3, b"b", b"2"), event(0, 8, b"a", None)], None, None)
    assert [made.persisted_offset(TP("c", partition)) for partition in (0, 1, 2)] == [8, 3, -1]
    made.apply(1, 2, "b", b"3")
    assert made.persisted_offset(TP("c", 1)) == 3
    made.keep({0})
    assert made.persisted_offset(TP("c", 1)) == -1
    assert made.partitions == {0: {}}


def test_what_can_be_written_at_once_is_bounded() -> None:
    """The bound is on keys and values together, with room for what Kafka adds."""
    assert Table.fits({})
    assert Table.fits({"a": b"x" * 8_000_000, "b": None})
    assert not Table.fits({"a": b"x" * 8_000_000, "b": b"x" * 500_000})
    assert not Table.fits({f"{n}": b"" for n in range(140_000)})
