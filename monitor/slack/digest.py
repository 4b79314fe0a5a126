"""`render_digest`: many alerts as one message, a line an agreement.  Pure, as `monitor.slack.message` is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.vocabulary import Hold, Reason
from monitor.slack import headline, limits, names, sections
from monitor.slack.message import EVENT_TYPE, Message, mark
from monitor.slack.text import clean, cut, http_url, length, link, safe

Block = dict[str, Any]

_MOST_LINES = 44
"""Of the 50 blocks a message may have."""
_ROOM = limits.ALL_BLOCKS - 1600
"""What is left for the lines when head and mentions are drawn."""
_ADDRESS = "https://a-workspace-with-a-long-name.slack.com/archives/C0123456789/p1234567890123456"
"""Stands for an address while lines are counted: they are asked for only when the digest is told."""
_NEWS = 160
_SHOWN_NEWS = 4
_TITLE = 200
_LINK = 400
_NOTIFICATION = 300
_DOT = " · "

_HEADS = {
    Hold.QUIET: ("🌙", "While it was quiet"),
    Hold.DIGEST: ("🗞️", "Digest"),
    Hold.STORM: ("🌊", "Many at once"),
}


@dataclass(slots=True)
class Line:
    """The alerts on one agreement, or one actor, in their order; ``address`` of its living message, if any."""

    agreement_id: str | None
    alerts: list[Alert] = field(default_factory=list)
    address: str | None = None


def lines_of(alerts: Sequence[Alert]) -> list[Line]:
    """Put together what belongs to one agreement, in the order in which each was first heard of."""
    lines: dict[str, Line] = {}
    for alert in alerts:
        lines.setdefault(_subject(alert), Line(alert.agreement_id)).alerts.append(alert)
    return list(lines.values())


def parted(entries: Sequence[Delivery], *, public_url: str | None = None) -> list[list[Delivery]]:
    """Part what is held into messages that Slack takes; an agreement stands in one of them, whole."""
    groups: dict[str, list[Delivery]] = {}
    for entry in entries:
        groups.setdefault(_subject(entry.alert) if entry.alert else entry.key, []).append(entry)
    parts: list[list[Delivery]] = []
    room = lines = 0
    for group in groups.values():
        line = Line(group[0].agreement_id, [entry.alert for entry in group if entry.alert is not None], _ADDRESS)
        size = _size(_drawn(line, public_url)) + 2
        if not parts or size > room or lines == _MOST_LINES:
            parts.append([])
            room, lines = _ROOM, 0
        parts[-1] += group
        room -= size
        lines += 1
    return parts


def render_digest(digest: Delivery, lines: Sequence[Line], *, public_url: str | None = None) -> Message:
    """Return the message of a digest.

    Args:
        digest: why it was held, whom to mention, and the mark it is found by.
        lines: what it tells, see `lines_of`; at least one.
        public_url: address of the dashboard; without it there are no links to dossiers.

    """
    icon, head = _HEADS.get(digest.hold or Hold.DIGEST, _HEADS[Hold.DIGEST])
    count = f"{len(lines)} {'agreements' if len(lines) > 1 else 'agreement'}"
    if any(line.agreement_id is None for line in lines):
        count = f"{len(lines)} subjects" if len(lines) > 1 else "one subject"
    number = int(digest.alert_id.rpartition(".")[2] or 1) if "." in digest.alert_id else 1
    title = f"{head}: {count}" + (f", continued ({number})" if number > 1 else "")
    blocks: list[Block] = [{"type": "header", "text": {"type": "plain_text", "text": f"{icon} {title}", "emoji": True}}]
    blocks.append(sections.context(_about(lines)))
    if (mentioned := sections.mention(digest.mention)) is not None:
        blocks.append(mentioned)
    blocks += [_drawn(line, public_url) for line in lines]
    payload = {"alert_id": mark(digest.alert_id), "agreement_id": "", "reason": "digest", "revision": 0}
    text = cut(f"{title}: {'; '.join(_plain_title(line) for line in lines)}", _NOTIFICATION)
    return Message(safe(text, _NOTIFICATION), blocks, {"event_type": EVENT_TYPE, "event_payload": payload})


def _about(lines: Sequence[Line]) -> str:
    alerts = [alert for line in lines for alert in line.alerts]
    first, last = min(alert.at for alert in alerts), max(alert.at for alert in alerts)
    items = [f"{len(alerts)} alert{'' if len(alerts) == 1 else 's'}"]
    if any(alert.replay is not None for alert in alerts):
        items.append("⏪ *Replay*")
    items.append(f"reported {sections.moment(first)}" + (f" to {sections.moment(last)}" if last > first else ""))
    return _DOT.join(items)


def _drawn(line: Line, public_url: str | None) -> Block:
    """Draw what is new of an agreement: who and at what stage, and below it each piece of news."""
    newest = line.alerts[-1]
    shown = newest.snapshot
    parties = shown.parties if shown else newest.parties
    flags = f"{names.flags(parties)} " if parties else ""
    title = f"*{link(line.address, _plain_title(line), _TITLE + _LINK)}*"
    unsure = "  ⚠️ unconfirmed" if shown is not None and not shown.confirmed else ""
    earlier = len(line.alerts) - _SHOWN_NEWS
    items = [f"{earlier} earlier"] if earlier > 0 else []
    items += [_news(alert) for alert in line.alerts[-_SHOWN_NEWS:]]
    items += _links(newest, public_url)
    return sections.section(f"{flags}{title}{unsure}\n{_DOT.join(items)}")


def _plain_title(line: Line) -> str:
    newest = line.alerts[-1]
    acronym = clean((newest.snapshot.acronym if newest.snapshot else None) or "")
    title = clean(headline.title(newest))
    return cut(f"{title} ({acronym})" if acronym else title, _TITLE)


def _news(alert: Alert) -> str:
    """Say what an alert told in a few words: ``🆕 New, signed 31 Oct 2025 in Kuala Lumpur``."""
    icon = sections.mark_of(alert)
    if alert.reason is Reason.NEW_AGREEMENT:
        shown = alert.snapshot
        when = f" {names.day(shown.date)}" if shown and shown.date else ""
        where = f" in {safe(shown.place, 80)}" if shown and shown.place and clean(shown.place) else ""
        what = names.stage(alert.status)["label"] if alert.status else "in the news"
        return f"{icon} New, {what}{when}{where}"
    told = "; ".join(headline.news(alert)) or headline.headline(alert)
    if alert.reason is Reason.CORRECTED and alert.value:
        told = f"correction, {headline.field(alert.field)}: {headline.value(alert.field, alert.value)}"
    return f"{icon} {safe(names.capital(told), _NEWS)}"


def _links(alert: Alert, public_url: str | None) -> list[str]:
    """Link the article that told it last, and the dossier."""
    found = []
    if alert.article is not None:
        label = clean(alert.article.source) or clean(alert.article.title)
        if label:
            found.append(link(alert.article.url, cut(label, 60), _LINK))
    if public_url and alert.agreement_id:
        url = http_url(f"{public_url.rstrip('/')}/agreements/{alert.agreement_id}")
        if url is not None and length(url) < _LINK:
            found.append(f"<{url}|dossier>")
    return found


def _subject(alert: Alert) -> str:
    return alert.agreement_id or alert.actor_id or alert.id


def _size(block: Block) -> int:
    return length(json.dumps(block, ensure_ascii=False))
