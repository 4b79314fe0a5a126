"""What a pressed button does: it writes one record, and nothing else.  The deliverer sees that and redraws."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog

from monitor.errors import PactwatchError
from monitor.models.mute import Mute
from monitor.models.verdict import Verdict
from monitor.models.vocabulary import FalseAlarm
from monitor.slack.buttons import Action, Reference

log = structlog.get_logger(__name__)

MUTED_FOR = timedelta(days=7)

Word = Literal["acknowledged", "false_alarm", "lifted"]

Write = Callable[[str, str, bytes | None], Awaitable[None]]
"""Writes a record of a topic (short name, key, value) and waits until it stands; raises PactwatchError."""


@dataclass(frozen=True, slots=True)
class Press:
    """What Slack tells of a press; a text is empty where Slack leaves it out."""

    action: str
    block_id: str
    value: str = ""
    """Of a button, or what was chosen from a menu."""
    user: str = ""
    """Slack's id."""
    name: str = ""
    team: str = ""
    """Of the user."""


class Desk:
    """Handles presses.

    Args:
        write: puts a record into a topic.
        team: gives the id of the workspace the app belongs to; raises PactwatchError when that cannot be told now.
        clock: the present moment.

    """

    def __init__(
        self,
        write: Write,
        team: Callable[[], Awaitable[str]],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._write = write
        self._team = team
        self._clock = clock

    async def press(self, press: Press) -> str | None:
        """Do what was asked; return what the reader has to be told alone, None where the message will show it."""
        if press.action == Action.OPEN:
            return None
        reference = Reference.decode(press.block_id)
        if press.action not in list(Action) or reference is None:
            log.warning("a button that is not known was pressed", action=press.action[:80])
            return (
                "This message is of another version of Pactwatch, so nothing was done. Newer messages have buttons "
                "that work; `pactwatch verdicts` and `pactwatch mutes` do the same from a terminal."
            )
        if not press.user:
            return "Slack did not say who you are, so nothing was done. Reload Slack and press again."
        try:
            answer = await self.refusal(press.team) or await self._do(Action(press.action), reference, press)
        except PactwatchError as error:
            log.warning("a press could not be carried out", action=press.action, why=str(error))
            return f"Nothing was done: {error.message}. Press again in a moment."
        if answer is None:
            log.info("button pressed", action=press.action, user=press.user, alert=reference.alert_id)
        return answer

    async def refusal(self, team: str) -> str | None:
        """Return why somebody of a workspace may do nothing here; None when he may.  Raises PactwatchError."""
        if not team or team != await self._team():
            return (
                "You are in another workspace than this app, so nothing was done. Ask somebody of the app's own "
                "workspace to press, or install Pactwatch in yours."
            )
        return None

    async def _do(self, action: Action, about: Reference, press: Press) -> str | None:
        match action:
            case Action.ACKNOWLEDGE:
                await self._say("acknowledged", about, press)
            case Action.FALSE_ALARM:
                if press.value not in list(FalseAlarm):
                    return "This reason is of another version of Pactwatch, so nothing was done. Use a newer message."
                await self._say("false_alarm", about, press, why=press.value)
            case Action.LIFT:
                await self._say("lifted", about, press)
            case Action.MUTE:
                return await self._mute(about, press)
            case Action.UNMUTE:
                for number in filter(None, press.value.split(",")):
                    await self._write("mutes", number, None)
        return None

    async def _say(self, word: Word, about: Reference, press: Press, *, why: str = "") -> None:
        verdict = Verdict(
            alert_id=about.alert_id,
            agreement_id=about.agreement_id,
            user=press.user,
            name=press.name,
            verdict=word,
            why=why,
            at=self._clock(),
        )
        await self._write("verdicts", verdict.key, verdict.encode())

    async def _mute(self, about: Reference, press: Press) -> str | None:
        if about.target is None:
            return "This alert is about nothing that could be muted, so nothing was done."
        scope, target = about.target
        now = self._clock()
        # One mute a target: pressed twice it begins anew, and `End mute` ends it whole
        number = hashlib.blake2b(f"{scope}:{target}".encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        mute = Mute(
            id=number,
            scope=scope,
            target=target,
            until=now + MUTED_FOR,
            by=press.name or press.user,
            at=now,
            why="by a button on Slack",
        )
        await self._write("mutes", mute.id, mute.encode())
        return None
