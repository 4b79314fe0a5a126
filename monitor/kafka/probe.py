"""Asks an address whether a Kafka broker serves there, in one round trip and without a client library."""

from __future__ import annotations

import socket
import struct

_METADATA, _VERSION = 3, 1
_CORRELATION = 20


def answers(port: int, *, host: str = "127.0.0.1", timeout: float = 2.0) -> bool:
    """Tell whether a broker at the address serves: it answers a Metadata request, and names at least one live broker.

    A port that accepts connections is not enough: Kafka opens it before it takes part in the cluster.
    """
    client = b"pactwatch"
    request = struct.pack(">hhih", _METADATA, _VERSION, _CORRELATION, len(client)) + client + struct.pack(">i", 0)
    try:
        with socket.create_connection((host, port), timeout) as connection:
            connection.settimeout(timeout)
            connection.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", _read(connection, 4))
            if not 8 <= size <= 1 << 20:
                return False
            correlation, brokers = struct.unpack(">ii", _read(connection, size)[:8])
    except (OSError, EOFError):
        return False
    return bool(correlation == _CORRELATION and brokers >= 1)


def _read(connection: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = connection.recv(size - len(parts))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)
