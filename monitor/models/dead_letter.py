"""A dead letter: a record that could not be handled, with its bytes untouched."""

from __future__ import annotations

from datetime import datetime

from monitor.models.record import Part


class DeadLetter(Part):
    """Key and value are the original bytes; everything else travels as Kafka headers."""

    key: bytes | None
    value: bytes | None
    stage: str
    """``classify``, ``track``, ``count`` or ``deliver``."""
    error: str
    """A word for counting: ``not_json``, ``missing_field``, ``crash``, ..."""
    message: str
    attempts: int = 1
    topic: str
    partition: int
    offset: int
    at: datetime
    truncated: bool = False
    """The value did not fit and is left out."""

    def headers(self) -> list[tuple[str, bytes]]:
        """Return all but key and value as Kafka headers."""
        fields = self.model_dump(mode="json", exclude={"key", "value"})
        return [(name, str(value).encode("utf-8", "backslashreplace")) for name, value in fields.items()]

    @classmethod
    def read(cls, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]) -> DeadLetter:
        """Rebuild a dead letter from what stands in the topic; the inverse of `headers`."""
        text = {name: raw.decode("utf-8", "replace") for name, raw in headers}
        return cls(
            key=key,
            value=value,
            stage=text["stage"],
            error=text["error"],
            message=text["message"],
            attempts=int(text["attempts"]),
            topic=text["topic"],
            partition=int(text["partition"]),
            offset=int(text["offset"]),
            at=datetime.fromisoformat(text["at"]),
            truncated=text["truncated"] == "True",
        )
