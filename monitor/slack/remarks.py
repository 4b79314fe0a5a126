"""`Notes` drawn: who acknowledged, who called it a false alarm, until when it is silent, where it went."""

from __future__ import annotations

import re
from typing import Any

from monitor.models.vocabulary import FalseAlarm
from monitor.slack import limits, names
from monitor.slack.notes import Elsewhere, Notes, Voice
from monitor.slack.sections import moment
from monitor.slack.text import clean, length, link, safe

Block = dict[str, Any]

_NAME = 80
_WHY = 200
_TITLE = 300
_SHOWN = 3


def remarks(notes: Notes) -> Block | None:
    """Return the lines about a dossier that people wrote with their buttons; None where nobody did."""
    lines = []
    if notes.merged_into is not None:
        lines.append(f"🔀 *Merged* into {_elsewhere(notes.merged_into, notes)}: news of it stands there")
    if notes.false_alarm is not None:
        lines.append(f"🚫 *False alarm*, says {_who(notes.false_alarm)}{_why(notes.false_alarm)}")
        lines.append("Nothing more is told of this dossier until somebody presses “Not false”")
    if notes.silence is not None:
        by = safe(notes.silence.by, _NAME) or "somebody"
        lines.append(f"🔕 *Muted* until {moment(notes.silence.until)} by {by}")
    lines += [f"✅ *Acknowledged* by {_who(voice)}" for voice in notes.acknowledged[:_SHOWN]]
    if len(notes.acknowledged) > _SHOWN:
        lines.append(f"and by {len(notes.acknowledged) - _SHOWN} more")
    lines += [f"✂️ *Split*: not the same as {_elsewhere(other, notes)}" for other in notes.apart[:_SHOWN]]
    if not lines:
        return None
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": "\n".join(lines), "verbatim": True}]}


def struck(block: Block) -> Block:
    """Return a block with its text struck through, as far as Slack can: what is no mrkdwn stays as it is."""
    if block["type"] == "header":
        text = f"~*{safe(block['text']['text'], 2 * limits.HEADER)}*~"
        return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}
    if block["type"] != "section":
        return block
    found = dict(block)
    if "text" in block and block["text"]["type"] == "mrkdwn":
        found["text"] = _struck(block["text"], limits.TEXT)
    if "fields" in block:
        found["fields"] = [_struck(item, limits.FIELD) for item in block["fields"]]
    return found


_START = re.compile(r"^(>|• )?(.*)$")


def _struck(item: Block, limit: int) -> Block:
    lines = []
    for line in str(item["text"]).split("\n"):
        lead, rest = _START.fullmatch(line).groups(default="")  # type: ignore[union-attr]  # the pattern takes any line
        bare = rest.replace("~", "").strip()  # what is struck already is struck once
        lines.append(f"{lead}~{bare}~" if bare else line)
    text = "\n".join(lines)
    return {**item, "text": text} if length(text) <= limit else item


def _who(voice: Voice) -> str:
    return f"{safe(voice.name, _NAME) or 'somebody'}, {moment(voice.at)}"


def _why(voice: Voice) -> str:
    if not clean(voice.why):
        return ""
    labels: dict[str, str] = names.words()["false_alarms"]
    said = labels[voice.why] if voice.why in list(FalseAlarm) else voice.why
    return f": {safe(said, _WHY)}"


def _elsewhere(other: Elsewhere, notes: Notes) -> str:
    return link(notes.links.get(other.agreement_id), clean(other.title) or other.agreement_id, _TITLE + 220)
