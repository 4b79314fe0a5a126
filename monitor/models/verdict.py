"""A verdict: what a reader thinks of an alert."""

from __future__ import annotations

from typing import Literal

from monitor.models.record import Instant, Record


class Verdict(Record):
    """A pressed button; key in `verdicts` is ``<alert id>/<user>``, with ``/judgement`` for all but "acknowledged".

    So who acknowledges an alert takes back nothing that he said of it.
    """

    alert_id: str
    agreement_id: str | None = None
    user: str
    """Slack's id of the reader, or the login of who used the command line."""
    name: str = ""
    """What people call the reader; empty: ``user``."""
    verdict: Literal["acknowledged", "false_alarm", "lifted"]
    why: str = ""
    """For a false alarm: one of `FalseAlarm`, or words of the reader's own."""
    at: Instant

    @property
    def key(self) -> str:
        """The record's key."""
        said = "" if self.verdict == "acknowledged" else "/judgement"
        return f"{self.alert_id}/{self.user}{said}"
