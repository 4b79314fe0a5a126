"""`render`: an alert as a Slack message, in Block Kit.  Pure: no clock, no network.

Every text that an article, a feed or a rule brought goes through `monitor.slack.text`; what is written here
by hand is the only mark-up in a message.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from monitor.models.alert import Alert
from monitor.models.vocabulary import Reason
from monitor.slack import limits, sections
from monitor.slack.buttons import buttons
from monitor.slack.headline import headline, title
from monitor.slack.names import flags
from monitor.slack.notes import NOTHING, Notes
from monitor.slack.remarks import remarks, struck
from monitor.slack.text import cut, escape, length, plain, safe

Block = dict[str, Any]

EVENT_TYPE = "pactwatch_alert"
"""``event_type`` of the metadata by which a message is found again in a channel's history."""

_NOTIFICATION = 300


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: notification text, Block Kit blocks, and the metadata that tells which alert it is."""

    text: str
    blocks: list[Block] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def alert_id(self) -> str:
        """The mark of the alert in the metadata; see `mark`."""
        return str(self.metadata.get("event_payload", {}).get("alert_id", ""))

    def marked(self, alert_id: str) -> Message:
        """Return the message under another alert's mark: a root keeps its own when its content is renewed."""
        payload = {**self.metadata["event_payload"], "alert_id": mark(alert_id)}
        return replace(self, metadata={**self.metadata, "event_payload": payload})


def mark(alert_id: str) -> str:
    """Return what stands for an alert in a message's metadata: its id, or a hash of one that is too long for it."""
    if len(alert_id) <= 128 and alert_id.isascii():
        return alert_id
    return hashlib.blake2b(alert_id.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def render(
    alert: Alert,
    *,
    public_url: str | None = None,
    notes: Notes = NOTHING,
    answered: bool = False,
    mention: Sequence[str] = (),
) -> Message:
    """Return the message of an alert: the whole dossier as it stands, with what is new in it first.

    Args:
        alert: what to tell.
        public_url: address of the dashboard; without it there is no button to open the dossier.
        notes: what people said about the dossier; a false alarm strikes the message through.
        answered: somebody listens to buttons; without it there are none but the one that opens the dossier.
        mention: whom to call, see `sections.mention`.

    """
    parts: list[tuple[int, Block | None]] = [  # the number is the order in which parts give way when all is too long
        (9, header(alert)),
        (8, sections.badges(alert)),
        (7, sections.name(alert)),
        (6, sections.news(alert)),
        (5, sections.facts(alert)),
        (4, sections.quote(alert)),
        (3, sections.sources(alert)),
        (1, sections.life(alert)),
        (0, sections.caveats(alert)),
        (2, sections.why(alert)),
    ]
    if notes.false_alarm is not None:
        parts = [(rank, struck(block) if block else None) for rank, block in parts]
    parts[2:2] = [(8, sections.mention(mention))]
    parts += [(8, remarks(notes)), (8, buttons(alert, notes, public_url=public_url, answered=answered))]
    return Message(notification(alert, notes), _fit(parts), _metadata(alert))


def render_reply(alert: Alert, *, mention: Sequence[str] = ()) -> Message:
    """Return the short message that tells in the thread what changed; ``mention`` as in `render`."""
    lead = f"{sections.mark_of(alert)} "
    changed = sections.news(alert, lead=lead) if alert.reason in (Reason.NEW_FACT, Reason.CORRECTED) else None
    parts: list[tuple[int, Block | None]] = [
        (9, changed or sections.section(f"{lead}*{safe(headline(alert), 900)}*")),
        (6, sections.quote(alert)),
        (5, sections.told_by(alert)),
        (8, sections.mention(mention)),
    ]
    return Message(notification(alert), _fit(parts), _metadata(alert))


def simpler(message: Message) -> Message:
    """Return the message as one plain paragraph, for when Slack refuses its blocks."""
    text = cut_escaped(message.text, 2000)
    return replace(message, blocks=[{"type": "section", "text": {"type": "plain_text", "text": unescape(text)}}])


def notification(alert: Alert, notes: Notes = NOTHING) -> str:
    """Return the text that a notification shows: the news, marked where it is a replay's or a false alarm."""
    prefix = "[replay] " if alert.replay is not None else ""
    prefix += "[false alarm] " if notes.false_alarm is not None else ""
    unconfirmed = alert.snapshot is not None and not alert.snapshot.confirmed and alert.reason is Reason.NEW_AGREEMENT
    return prefix + safe(headline(alert), _NOTIFICATION) + (", unconfirmed" if unconfirmed else "")


def header(alert: Alert) -> Block:
    """Return the header: flags and title."""
    parties = alert.snapshot.parties if alert.snapshot else alert.parties
    lead = f"{flags(parties)} " if parties else ""
    text = lead + plain(title(alert), limits.HEADER - length(lead))
    return {"type": "header", "text": {"type": "plain_text", "text": text, "emoji": True}}


def cut_escaped(text: str, limit: int) -> str:
    """Cut text that is escaped already."""
    raw = unescape(text)
    shorter = cut(raw, limit)
    return text if shorter == raw else escape(shorter)


def unescape(text: str) -> str:
    """Undo the escaping of a text beside blocks."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _metadata(alert: Alert) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "alert_id": mark(alert.id),
        "agreement_id": mark(alert.agreement_id or ""),
        "reason": alert.reason.value,
        "revision": alert.revision,
    }
    return {"event_type": EVENT_TYPE, "event_payload": payload}


def _fit(parts: Sequence[tuple[int, Block | None]]) -> list[Block]:
    """Leave out parts, the least important first, until the whole is short enough."""
    kept = [(rank, block) for rank, block in parts if block is not None]
    while len(kept) > 1 and _size([block for _, block in kept]) > limits.ALL_BLOCKS:
        kept.remove(min(kept, key=lambda part: part[0]))
    return [block for _, block in kept]


def _size(blocks: list[Block]) -> int:
    return length(json.dumps(blocks, ensure_ascii=False))
