"""Dead letters: what they say of what went wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from agents.dead_letters import letter
from agents.outbox import Outgoing, TooLargeError
from monitor.errors import RecordError
from monitor.models.dead_letter import DeadLetter


class Record:
    """A Kafka record."""

    key, value, topic, partition, offset = b"k", b"v", "articles", 3, 7


def a_letter(value: bytes) -> DeadLetter:
    """Return a letter of a record."""
    return DeadLetter(
        key=b"k",
        value=value,
        stage="classify",
        error="not_json",
        message="not JSON",
        topic="articles",
        partition=0,
        offset=1,
        at=datetime(2025, 10, 31, tzinfo=UTC),
    )


def test_a_letter_survives_its_headers() -> None:
    """What is read back from Kafka is what was sent."""
    sent = letter(Record, "track", RecordError("not JSON: line 1", reason="not_json"))
    assert DeadLetter.read(sent.key, sent.value, sent.headers()) == sent
    assert (sent.error, sent.message, sent.attempts) == ("not_json", "not JSON: line 1", 1)
    assert (sent.topic, sent.partition, sent.offset) == ("articles", 3, 7)


def test_a_crash_says_what_failed_and_where() -> None:
    """The kind of the exception, its words, the function and the line; never more than a header can hold."""

    def fails() -> Any:
        raise ZeroDivisionError("x" * 5000)

    try:
        fails()
    except ZeroDivisionError as error:
        made = letter(Record, "classify", error, attempts=3)
    assert made.error == "crash"
    assert made.attempts == 3
    assert made.message.startswith("classify failed: ZeroDivisionError: xxx")
    assert len(made.message) == 1000


def test_a_record_that_fits_nowhere_says_how_large_it_is() -> None:
    """The reason is a word for counting, the message has bytes and topic."""
    made = letter(Record, "track", TooLargeError(Outgoing("t.alerts", b"k", b"x" * 9_000_000)))
    assert (made.error, made.message) == ("too_large", "9,000,000 bytes are more than t.alerts takes")
