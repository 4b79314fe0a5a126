"""The buttons of a message: which there are, and what each carries to whoever handles it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal
from urllib.parse import quote, unquote

from monitor.models.alert import Alert
from monitor.models.vocabulary import FalseAlarm, ReplayMode
from monitor.slack import limits, names
from monitor.slack.notes import Notes
from monitor.slack.text import http_url, length

Block = dict[str, Any]

_LEAD = "pactwatch"


class Action(StrEnum):
    """What a reader can press: the ``action_id`` of a button or menu."""

    ACKNOWLEDGE = "acknowledge"
    """Seen: no one else need look."""
    MUTE = "mute_week"
    """Silence for seven days."""
    UNMUTE = "unmute"
    """End that silence."""
    FALSE_ALARM = "false_alarm"
    """A menu: what is wrong with it."""
    LIFT = "lift_false_alarm"
    """Not false after all."""
    OPEN = "open_dossier"
    """A link to the dashboard; Slack tells of the press all the same."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a block of buttons is about; travels in its ``block_id``."""

    alert_id: str
    agreement_id: str | None = None
    actor_id: str | None = None

    @property
    def target(self) -> tuple[Literal["agreement", "actor"], str] | None:
        """Scope and target of a mute; None where there is nothing to mute."""
        if self.agreement_id:
            return "agreement", self.agreement_id
        return ("actor", self.actor_id) if self.actor_id else None

    def encode(self, stamp: str) -> str | None:
        """Return the ``block_id``; ``stamp`` makes it another one for another state, else a menu keeps its choice.

        None where the ids are too long to travel.
        """
        ids = (self.alert_id, self.agreement_id or "", self.actor_id or "")
        encoded = "|".join((_LEAD, *(quote(one, safe="", errors="surrogatepass") for one in ids), stamp))
        return encoded if len(encoded) <= limits.BLOCK_ID else None

    @classmethod
    def decode(cls, block_id: str) -> Reference | None:
        """Read a ``block_id``; None when it is none of ours."""
        parts = block_id.split("|")
        if len(parts) != 5 or parts[0] != _LEAD or not parts[1]:
            return None
        alert_id, agreement_id, actor_id = (unquote(part, errors="surrogatepass") for part in parts[1:4])
        return cls(alert_id, agreement_id or None, actor_id or None)


def buttons(alert: Alert, notes: Notes, *, public_url: str | None, answered: bool) -> Block | None:
    """Return the row of buttons; None where there is none.

    ``answered``: somebody listens to what is pressed.  The link to the dossier needs nobody.
    """
    elements: list[Block] = []
    reference = Reference(alert.id, alert.agreement_id, alert.actor_id)
    block_id = reference.encode(notes.digest())
    rehearsed = alert.replay is not None and alert.replay.mode is not ReplayMode.LIVE
    if answered and not rehearsed and block_id and notes.merged_into is None:
        elements = _pressed(reference, notes)
    opened = _open(alert, public_url)
    if opened is not None:
        elements.append(opened)
    if not elements:
        return None
    block: Block = {"type": "actions", "elements": elements}
    return {**block, "block_id": block_id} if block_id else block


def _pressed(reference: Reference, notes: Notes) -> list[Block]:
    if notes.false_alarm is not None:
        return [_button(Action.LIFT, "Not false")]
    found = [_button(Action.ACKNOWLEDGE, "Acknowledge", style="primary")]
    if notes.silence is not None:
        ended = ",".join(notes.silence.ids)
        if len(ended) <= limits.BUTTON_VALUE:
            found.append(_button(Action.UNMUTE, "End mute", value=ended))
    elif reference.target is not None:
        found.append(_button(Action.MUTE, "Mute 7 days"))
    labels = names.words()["false_alarms"]
    options = [{"text": _plain(str(labels[reason.value])), "value": reason.value} for reason in FalseAlarm]
    menu = {
        "type": "static_select",
        "action_id": Action.FALSE_ALARM.value,
        "placeholder": _plain("False alarm"),
        "options": options,
    }
    return [*found, menu]


def _open(alert: Alert, public_url: str | None) -> Block | None:
    """Return the button that opens the dossier in the dashboard; None where there is no dashboard."""
    if not public_url or not alert.agreement_id:
        return None
    url = http_url(f"{public_url.rstrip('/')}/agreements/{alert.agreement_id}")
    if url is None or length(url) > limits.BUTTON_URL:
        return None
    return {**_button(Action.OPEN, "Open dossier"), "url": url.replace("&amp;", "&")}


def _button(action: Action, label: str, **more: str) -> Block:
    return {"type": "button", "action_id": action.value, "text": _plain(label), **more}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": False}
