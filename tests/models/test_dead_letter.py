"""Dead letters keep the original bytes; the rest travels as headers."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from monitor.models.dead_letter import DeadLetter


@given(key=st.none() | st.binary(), value=st.none() | st.binary(), message=st.text(st.characters(codec="utf-8")))
def test_headers_and_bytes_give_the_letter_back(key: bytes | None, value: bytes | None, message: str) -> None:
    """read(headers()) is the inverse for any bytes and any message, so that a retry sends what was received."""
    letter = DeadLetter(
        key=key,
        value=value,
        stage="classify",
        error="not_json",
        message=message,
        topic="pactwatch.articles",
        partition=3,
        offset=17,
        at=datetime(2025, 11, 1, tzinfo=UTC),
        truncated=value is None,
    )
    assert DeadLetter.read(key, value, letter.headers()) == letter
