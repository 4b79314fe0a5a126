"""Articles from web archives (WARC), such as Common Crawl's news: every page that a crawler was given."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from monitor.errors import InputError
from monitor.feeds.found import Fault, Found, arrive, found
from monitor.feeds.unpack import DAMAGED, GZIP, words
from monitor.feeds.web import HTML, Page, extract

MAGIC = b"WARC/"

_OK = 200

_HEADERS = 64 * 1024
"""Room for the headers of an answer, in bytes."""


class _Stream(io.RawIOBase):
    """What fastwarc wants: reading, and the position it is asked for."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._at = 0

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        if (offset, whence) not in ((0, io.SEEK_CUR), (self._at, io.SEEK_SET)):
            raise io.UnsupportedOperation("seek")
        return self._at

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override] # any writable buffer, said plainly
        part = self._stream.read1(len(buffer))
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)


def read_pages(
    name: str, stream: io.BufferedReader, *, clock: Callable[[], datetime], max_bytes: int, start: int = 0
) -> Iterator[tuple[int, Found | Fault]]:
    """Yield the number of each response, from 1, and the article of each that is a web page.

    What is no page (pictures, errors, redirects) is passed over without a word.  A page arrived when the crawler had
    it: it cannot have been published later.

    Args:
        name: what the faults call it.
        stream: the archive, unpacked.
        clock: gives the present moment.
        max_bytes: of a page, unpacked.
        start: responses to pass over.

    """
    number = start
    try:
        records = ArchiveIterator(
            _Stream(stream), record_types=WarcRecordType.response, parse_http=False, stream_detect=False
        )
        for number, record in enumerate(records, 1):
            if number > start and (item := _item(name, number, record, clock(), max_bytes)) is not None:
                yield number, item
    except DAMAGED as error:
        why = f"cannot be read further: {words(error)}; what stood before is taken"
        yield number + 1, Fault(f"{name}:{number + 1}", why)


def _item(name: str, number: int, record: WarcRecord, now: datetime, max_bytes: int) -> Found | Fault | None:
    url = record.headers.get("WARC-Target-URI") or ""
    where = f"{name}:{number} ({url})"
    try:
        page = _page(record, url.strip("<>"), max_bytes)
        if page is None:
            return None
        seen = record.record_date
        return found(arrive(extract(page), min(seen, now) if seen else now))
    except InputError as error:
        return Fault(where, error.message)
    except zlib.error as error:
        return Fault(where, f"cannot be unpacked: {error}")
    except DAMAGED:
        raise
    except Exception as error:  # noqa: BLE001 - anybody's HTML: whatever a parser makes of it costs one page alone
        return Fault(where, f"cannot be read: {type(error).__name__}: {words(error)}")


def _page(record: WarcRecord, url: str, max_bytes: int) -> Page | None:
    """Return the page of a response; None when it is none; raises InputError when it is too large."""
    if not url.startswith(("http://", "https://")):
        return None
    record.parse_http(auto_decode="transfer")
    if record.http_headers is None or record.http_headers.status_code != _OK:
        return None
    if (record.http_content_type or "").lower() not in HTML:
        return None
    if record.content_length > max_bytes + _HEADERS:
        raise InputError(f"more than {max_bytes / 2**20:.0f} MiB")
    # Read to its end as it is stored: a reader that unpacks loses its place in the archive when it is left early.
    content = record.reader.read()
    encoding = (record.http_headers.get("Content-Encoding") or "identity").strip().lower()
    return Page(url, _unpacked(content, encoding, max_bytes), "text/html", record.http_charset)


def _unpacked(content: bytes, encoding: str, limit: int) -> bytes:
    """Unpack a page; raises InputError when it is too large or packed in a way that is not known."""
    if encoding in ("identity", "", "utf-8"):
        return content
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise InputError(f"packed with {encoding}, which is not read")
    if encoding == "deflate":
        bits = 15 if content[:1] == b"\x78" else -15
    elif content.startswith(GZIP):
        bits = 31
    else:
        return content  # many crawlers store the page unpacked and keep the header
    unpacked = zlib.decompressobj(bits).decompress(content, limit + 1)
    if len(unpacked) > limit:
        raise InputError(f"more than {limit / 2**20:.0f} MiB")
    return unpacked
