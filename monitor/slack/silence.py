"""Who asked for silence: mutes, and verdicts that say false alarm.  Pure functions of what stands in their topics."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from monitor.models.alert import Alert
from monitor.models.mute import Mute
from monitor.models.verdict import Verdict


def silenced(alert: Alert, mutes: Iterable[Mute], verdicts: Iterable[Verdict], now: datetime) -> str | None:
    """Return why an alert is not told: ``mute <id>`` or ``false_alarm``; None when it is told."""
    for mute in mutes:
        if mute.until > now and covers(mute, alert):
            return f"mute {mute.id}"
    return "false_alarm" if is_false_alarm(alert.agreement_id, verdicts) else None


def covers(mute: Mute, alert: Alert) -> bool:
    """Tell whether a mute is about an alert; its time is not looked at.

    An actor covers alerts about itself and about agreements it is a party to: ``country:IND``, ``organisation:NATO``,
    ``pair:IND+USA`` for agreements of just these two.
    """
    match mute.scope:
        case "agreement":
            return mute.target == alert.agreement_id
        case "rule":
            return any(item.rule == mute.target for item in alert.evidence)
        case "actor":
            kind, _, key = mute.target.partition(":")
            as_party = kind in ("country", "organisation") and key in alert.parties
            as_pair = kind == "pair" and key == "+".join(alert.parties)
            return mute.target == alert.actor_id or as_party or as_pair
    raise AssertionError(mute.scope)


def is_false_alarm(agreement_id: str | None, verdicts: Iterable[Verdict]) -> bool:
    """Tell whether somebody called an agreement a false alarm and nobody lifted that since."""
    said = [item for item in verdicts if agreement_id and item.agreement_id == agreement_id]
    last = max((item for item in said if item.verdict != "acknowledged"), key=lambda item: item.at, default=None)
    return last is not None and last.verdict == "false_alarm"
