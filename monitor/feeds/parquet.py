"""Articles from Parquet files: foreign ones by their columns, our own archive's by the records they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from monitor.errors import InputError
from monitor.feeds.fields import columns, to_line
from monitor.feeds.found import Fault
from monitor.settings import Fields

RECORDS = b"pactwatch.topic"
"""Key in the file's metadata that says: each row is a record of this topic, its bytes in the column ``value``."""

_ROWS = 64
"""Rows held at a time: an article may have 8 MiB."""

_GROUP_BYTES = 4 * 1024**3
"""Unpacked bytes of a row group; one that claims more is no honest file of articles."""


def read_rows(
    path: Path,
    *,
    fields: Fields | None = None,
    start: int = 0,
    advance: Callable[[float], None] = lambda _: None,
) -> Iterator[tuple[int, bytes | Fault]]:
    """Yield the number of each row, from 1, and what it holds as a line of an article's JSON.

    Args:
        path: of the file.
        fields: which columns hold what; None: they are named as an article's fields.
        start: rows to pass over.
        advance: called with the part of the file that is read, 0 to 1.

    Raises:
        InputError: it is no Parquet file, or has no column an article could be made of.

    """
    for number, row, fault in _rows(path, columns(fields or Fields()), start, advance):
        if row is None:
            yield number, Fault(f"{path}:{number}", fault)
        elif fields is None and "value" in row:
            yield number, row["value"] or b""
        else:
            yield number, to_line(fields or Fields(), row)


def _rows(
    path: Path, wanted: set[str], start: int, advance: Callable[[float], None]
) -> Iterator[tuple[int, dict[str, Any] | None, str]]:
    number = 0
    try:
        with pq.ParquetFile(path, memory_map=False, pre_buffer=False) as file:
            names = set(file.schema_arrow.names)
            ours = RECORDS in (file.schema_arrow.metadata or {})
            chosen = ["value"] if ours else sorted(names & wanted)
            if not chosen:
                raise InputError(
                    f"{path} has no column of an article; it has: {', '.join(sorted(names)[:20])}",
                    hint="name its columns in a table [feeds.fields.NAME], and give --fields NAME",
                )
            total = max(1, file.metadata.num_rows)
            for group in range(file.num_row_groups):
                about = file.metadata.row_group(group)
                if number + about.num_rows <= start:
                    number += about.num_rows
                    continue
                if about.total_byte_size > _GROUP_BYTES:
                    yield number + 1, None, f"a row group of {about.total_byte_size / 2**30:.0f} GiB is passed over"
                    number += about.num_rows
                    continue
                for batch in file.iter_batches(_ROWS, row_groups=[group], columns=chosen):
                    for row in batch.to_pylist():
                        number += 1
                        if number > start:
                            yield number, row, ""
                    advance(number / total)
    except (pa.ArrowException, OSError) as error:
        why = str(error).splitlines()[0]
        yield number + 1, None, f"cannot be read further: {why}; what stood before is taken"
