"""The daily line: proof that somebody was listening, in a sentence a channel.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState
from monitor.slack.message import EVENT_TYPE, Message, mark
from monitor.slack.sections import moment
from monitor.slack.text import safe
from monitor.watch.sources import Silent
from monitor.watch.words import ago, plural

PREFIX = "daily-"

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """What a line tells; None: not known, which is said rather than taken for 0."""

    sources: int | None
    articles: int | None
    silent: Sequence[Silent] | None
    wrong: Sequence[str] = ()
    """What stands as wrong with the stream, in sentences."""


def last_due(now: datetime, at: time, zone: ZoneInfo) -> datetime:
    """Return the last moment, in UTC, at which the clocks of a zone showed a time of day."""
    today = now.astimezone(zone).date()
    for back in range(3):
        due = datetime.combine(today - timedelta(days=back), at, zone).astimezone(UTC)
        if due <= now:
            return due
    raise AssertionError(now)


def name(due: datetime, zone: ZoneInfo) -> str:
    """Return the name of a day's line."""
    return f"{PREFIX}{due.astimezone(zone):%Y-%m-%d}"


def sent(entries: Iterable[Delivery], channel: str, since: datetime, until: datetime) -> int:
    """Count the alerts that were told on a channel in a stretch of time; by Slack's clock, as a reader would."""
    count = 0
    for entry in entries:
        if entry.channel != channel or not (entry.agreement_id or entry.actor_id):
            continue
        if entry.state is DeliveryState.DIGESTED:
            count += since <= entry.updated_at < until
        elif entry.ts is not None:
            count += since.timestamp() <= float(entry.ts) < until.timestamp()
    return count


def line(day: str, facts: Facts, alerts: int, since: datetime) -> Message:
    """Return a day's line; ``day`` is its name."""
    known = [
        f"{plural(facts.sources, 'source')} watched" if facts.sources is not None else "sources: not known now",
        f"{plural(facts.articles, 'article')} read" if facts.articles is not None else "articles: not known now",
        f"{plural(alerts, 'alert')} told here",
    ]
    text = f"☀️ Since {moment(since)}: {', '.join(known)}."
    lines = [text]
    if facts.silent:
        names = ", ".join(f"{safe(one.name, 60)} ({ago(since_last(one))})" for one in facts.silent[:_SHOWN])
        more = f" and {len(facts.silent) - _SHOWN} more" if len(facts.silent) > _SHOWN else ""
        lines.append(f"🔇 Silent: {names}{more}.")
    elif facts.silent is not None:
        lines.append("No source is silent.")
    lines += [f"⚠️ {safe(sentence, 300)}" for sentence in facts.wrong[:_SHOWN]]
    plain = f"Daily line: {', '.join(known)}"
    return bulletin(day, plain, lines, "daily")


def since_last(one: Silent) -> timedelta:
    """Return for how long a source has been silent."""
    return datetime.now(UTC) - one.last


def bulletin(identity: str, text: str, lines: Sequence[str], reason: str) -> Message:
    """Return a message of lines of mrkdwn that is found again by its name."""
    payload = {"alert_id": mark(identity), "agreement_id": "", "reason": reason, "revision": 0}
    element = {"type": "mrkdwn", "text": "\n".join(lines), "verbatim": True}
    blocks = [{"type": "section", "text": element}]
    return Message(text, blocks, {"event_type": EVENT_TYPE, "event_payload": payload})
