"""What every page and every route is given."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import quote

from monitor.errors import InputError
from monitor.kafka import letters
from monitor.kafka.producer import Writer
from monitor.models.mute import Mute
from monitor.models.report import Correction
from monitor.settings import Settings
from monitor.watch.letters import Letters
from monitor.web.access import Access, Role, User
from monitor.web.audit import Audit
from monitor.web.data.live import Live
from monitor.web.data.page import Row
from monitor.web.metrics import Metrics

_ACTIONS = 10_000
"""That are shown, at most; the file has all."""

Scope = Literal["agreement", "actor", "rule"]
"""What can be silenced."""


class NotAllowedError(Exception):
    """A reader wanted to act."""


@dataclass(frozen=True)
class Site:
    """The parts of the dashboard; every action goes through here and is audited before it is done."""

    settings: Settings
    live: Live
    dead: Letters
    access: Access
    audit: Audit
    metrics: Metrics

    async def retry(self, user: User, ids: Iterable[str]) -> tuple[list[str], list[str]]:
        """Put dead letters back where they came from; return ids done, and why others were not.

        Raises:
            NotAllowedError: the user is no operator.
            InputError: none of the ids waits.
            BrokerError: Kafka is not there.

        """
        chosen = self._chosen(user, ids)
        self.audit.note(user, "retry", ids=[entry.id for entry in chosen])
        done = await letters.retry(self.settings, chosen)
        await self.dead.refresh()
        return done

    async def drop(self, user: User, ids: Iterable[str]) -> list[str]:
        """Mark dead letters as done with; raises as `retry` does."""
        chosen = self._chosen(user, ids)
        self.audit.note(user, "drop", ids=[entry.id for entry in chosen])
        done = await letters.drop(self.settings, chosen)
        await self.dead.refresh()
        return done

    async def correct(self, user: User, correction: Correction) -> None:
        """Send a merge or split to the tracker; raises NotAllowedError, InputError, BrokerError."""
        _operator(user)
        for wanted in (correction.agreement_id, correction.other_id):
            if wanted is not None and wanted not in self.live.agreements:
                raise InputError(f"there is no dossier {wanted}", hint="copy its id from its page")
        if correction.action == "merge" and correction.agreement_id == correction.other_id:
            raise InputError("a dossier cannot be merged into itself")
        details = correction.model_dump(mode="json", exclude={"schema_version", "type", "action", "by", "at"})
        self.audit.note(user, correction.action, **details)
        async with Writer(self.settings, linger=0) as writer:
            topic = self.settings.kafka.topic("reports")
            await writer.place(topic, key=correction.agreement_id.encode(), value=correction.encode(), partition=0)

    async def mute(self, user: User, mute: Mute) -> None:
        """Begin a silence; raises NotAllowedError and BrokerError."""
        _operator(user)
        self.audit.note(user, "mute", **mute.model_dump(mode="json", include={"id", "scope", "target", "until", "why"}))
        await self._write_mute(mute.id, mute.encode())

    async def end_mute(self, user: User, number: str) -> None:
        """End a silence before its time; raises NotAllowedError, InputError and BrokerError."""
        _operator(user)
        if number not in self.live.mutes:
            raise InputError(f"there is no mute {number}", hint="it may have been ended already")
        self.audit.note(user, "end mute", id=number)
        await self._write_mute(number, None)

    async def _write_mute(self, key: str, value: bytes | None) -> None:
        topic = self.settings.kafka.topic("mutes")
        async with Writer(self.settings, linger=0) as writer:
            await writer.place(topic, key=key.encode("utf-8", "surrogateescape"), value=value)

    def actions(self, user: User) -> list[Row]:
        """Return who did what, the newest first; raises NotAllowedError."""
        _operator(user)
        return [
            {
                **{name: entry[name] for name in ("at", "user", "role", "action")},
                "what": ", ".join(
                    f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}"
                    for name, value in entry.items()
                    if name not in ("at", "user", "role", "action") and value
                ),
            }
            for entry in self.audit.newest(_ACTIONS)
        ]

    def _chosen(self, user: User, ids: Iterable[str]) -> list[letters.Entry]:
        _operator(user)
        waiting = {entry.id: entry for entry in self.dead.waiting}
        chosen = [waiting[one] for one in ids if one in waiting]
        if not chosen:
            raise InputError("none of these dead letters waits any more", hint="reload the page")
        return chosen


def merge(user: User, agreement_id: str, other_id: str, why: str) -> Correction:
    """Return the record that merges ``other_id`` into ``agreement_id``."""
    return Correction(
        action="merge", agreement_id=agreement_id, other_id=other_id, by=user.name, at=datetime.now(UTC), why=why
    )


def split(user: User, agreement_id: str, article_ids: Iterable[str], why: str) -> Correction:
    """Return the record that takes articles out of a dossier."""
    return Correction(
        action="split",
        agreement_id=agreement_id,
        article_ids=tuple(article_ids),
        by=user.name,
        at=datetime.now(UTC),
        why=why,
    )


def mute(user: User, scope: Scope, target: str, days: float, why: str) -> Mute:
    """Return the record that silences an agreement, an actor or a rule from now on."""
    now = datetime.now(UTC)
    until = now + timedelta(days=days)
    return Mute(id=uuid.uuid4().hex[:8], scope=scope, target=target, until=until, by=user.name, at=now, why=why)


def _operator(user: User) -> None:
    if user.role is not Role.OPERATOR:
        raise NotAllowedError


def quoted(text: str) -> str:
    """Return a text as a part of an address."""
    return quote(text, safe="", errors="backslashreplace")
