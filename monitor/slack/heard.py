"""What readers said, as the deliverer hears it: mutes and verdicts, and the dossiers they are about."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from monitor.kafka.view import View
from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.mute import Mute
from monitor.models.verdict import Verdict
from monitor.settings import Settings
from monitor.slack.dossiers import Card, Dossiers
from monitor.slack.notes import NOTHING, Elsewhere, Notes, silence, voices
from monitor.slack.silence import silenced

Root = Callable[[str], Delivery | None]
"""Finds the message of a dossier on the channel at hand."""


class Said:
    """What had been said at one moment, ordered by what it is about."""

    def __init__(self, verdicts: Iterable[Verdict], mutes: Iterable[Mute], card: Callable[[str], Card | None]) -> None:
        self._verdicts: defaultdict[str, list[Verdict]] = defaultdict(list)
        for verdict in verdicts:
            self._verdicts[_subject(verdict.agreement_id, verdict.alert_id)].append(verdict)
        self._mutes = [mute for mute in mutes if mute.scope != "rule"]
        self._card = card

    def notes(self, delivery: Delivery, root: Root, now: datetime) -> Notes:
        """Return what the message of a delivery has to show; ``root`` finds messages beside it."""
        said = self._verdicts.get(_subject(delivery.agreement_id, delivery.alert_id), ())
        acknowledged, false_alarm = voices(said) if said else ((), None)
        scope, target = ("agreement", delivery.agreement_id) if delivery.agreement_id else ("actor", delivery.actor_id)
        silent = silence(self._mutes, scope=scope, target=target, now=now) if self._mutes and target else None
        card = self._card(delivery.agreement_id or "")
        merged = self._end_of(card) if card and card.merged_into else None
        apart = tuple(self._elsewhere(other, root) for other in card.apart) if card else ()
        if not (acknowledged or false_alarm or silent or merged or apart):
            return NOTHING
        return Notes(acknowledged, false_alarm, silent, self._elsewhere(merged, root) if merged else None, apart)

    def _end_of(self, card: Card) -> str | None:
        """Follow merges to the dossier that stands; None where they lead in a circle."""
        seen = {card.id}
        while card.merged_into:
            if card.merged_into in seen:
                return None
            seen.add(card.merged_into)
            following = self._card(card.merged_into)
            if following is None:
                return card.merged_into
            card = following
        return card.id

    def _elsewhere(self, agreement_id: str, root: Root) -> Elsewhere:
        card, there = self._card(agreement_id), root(agreement_id)
        return Elsewhere(agreement_id, card.title if card else agreement_id, there.ts if there else None)


class Heard:
    """The views, and what follows from them; ``changed`` is called whenever anything may look another way."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        topic = settings.kafka.topic

        def told(key: str, value: Any) -> None:
            del key, value
            self._tell()

        self.mutes: View[Mute] = View(settings, topic("mutes"), Mute.decode, changed=told)
        self.verdicts: View[Verdict] = View(settings, topic("verdicts"), Verdict.decode, changed=told)
        self.dossiers = Dossiers(settings, moved=self._tell)
        self.changed: Callable[[], None] = lambda: None
        self._said: Said | None = None

    async def start(self) -> None:
        """Read mutes and verdicts to their end; raises as `View.start` does, when all have come to an end."""
        outcomes = await asyncio.gather(self.mutes.start(), self.verdicts.start(), return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        self._said = None

    def silenced(self, alert: Alert) -> str | None:
        """Return why an alert is not told now; None when it is."""
        return silenced(alert, self.mutes.items().values(), self.verdicts.items().values(), self._clock())

    def said(self) -> Said:
        """Return what has been said until now."""
        if self._said is None:
            self._said = Said(self.verdicts.items().values(), self.mutes.items().values(), self.dossiers.get)
        return self._said

    def _tell(self) -> None:
        self._said = None
        self.changed()


def _subject(agreement_id: str | None, alert_id: str) -> str:
    return f"agreement {agreement_id}" if agreement_id else f"alert {alert_id}"
