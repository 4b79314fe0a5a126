"""Makes records of web archives."""

from __future__ import annotations


def response(
    url: str, body: bytes, *, status: int = 200, media_type: str = "text/html; charset=utf-8", encoding: str = ""
) -> bytes:
    """Return a response record, seen on 31 October 2025."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
    head += f"Content-Encoding: {encoding}\r\n" if encoding else ""
    http = head.encode() + b"\r\n" + body
    warc = (
        f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2025-10-31T03:04:05Z\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return warc.encode() + http + b"\r\n\r\n"
