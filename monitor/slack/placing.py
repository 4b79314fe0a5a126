"""The way of an alert into the log: a delivery for each channel that its routes lead to, queued or held.

Order is kept per agreement and channel.  What is told at once first brings along what is held there of the same
agreement, told one by one; what is held again takes along what waited for more sources.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.errors import RecordError
from monitor.models.alert import Alert
from monitor.models.article import MAX_BYTES
from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState, Hold
from monitor.routes.decide import Action, Decision, Router
from monitor.routes.storm import summary_due
from monitor.slack.log import DeliveryLog
from monitor.slack.observe import Observations
from monitor.slack.routes import TERMINAL

BIGGEST = MAX_BYTES - 64 * 1024
"""Bytes of an alert that the log takes, which adds its own few."""

_LONGEST_STORM = timedelta(minutes=1440)
"""The widest window that the settings take: older alerts count in no storm."""

Place = dict[str, Any]
"""What a decision sets in a delivery."""


class Placing:
    """Turns alerts into deliveries."""

    def __init__(
        self,
        log: DeliveryLog,
        route: Router,
        seen: Observations,
        silenced: Callable[[Alert], str | None],
        clock: Callable[[], datetime],
    ) -> None:
        self._log = log
        self._route = route
        self._seen = seen
        self._silenced = silenced
        self._clock = clock
        self._came: defaultdict[str, deque[datetime]] = defaultdict(deque)
        since = clock() - _LONGEST_STORM
        recent = (entry for entry in log.all() if entry.accepted_at is not None and entry.accepted_at > since)
        for entry in sorted(recent, key=lambda entry: entry.sequence):
            counts = entry.hold in (None, Hold.STORM) and entry.state is not DeliveryState.MUTED and not entry.members
            if counts and entry.accepted_at is not None:
                self._came[entry.channel].append(entry.accepted_at)

    def accept(self, value: bytes | None, offset: int) -> list[Awaitable[Delivery]]:
        """Note one record of `alerts` in the log; return what to await before its offset may be committed.

        Raises:
            RecordError: the record is no alert.

        """
        alert = Alert.decode(value)
        if len(value or b"") > BIGGEST:
            raise RecordError(f"an alert of {len(value or b'')} bytes does not fit into the log", reason="too_large")
        now = self._clock()
        written: list[Awaitable[Delivery]] = []
        for decision in self._route(alert, now):
            if decision.reaches:
                written += [self._log.begin(entry) for entry in self._entries(alert, decision, offset, now)]
            else:
                self._seen.skipped.labels(decision.why.partition(":")[0]).inc()
                self._seen.count("skipped")
        return written

    def _entries(self, alert: Alert, decision: Decision, offset: int, now: datetime) -> Iterator[Delivery]:
        """Yield what is to be written for one channel, in the order in which it is told."""
        known = self._log.get(f"{alert.id}/{decision.channel}")
        if known is not None and known.moved_to is not None:
            known = self._log.get(f"{alert.id}/{known.moved_to}") or known
        if known is None:
            place = self._place(alert, decision, now)
            yield from self._brought_along(alert, decision.channel, place)
            yield _fresh(alert, decision, place, offset, now)
            return
        given_up = known.state is DeliveryState.FAILED and known.moved_to is None
        if alert.revision <= known.revision and not given_up:
            # what was given up is tried again when it is written again
            self._seen.repeats.inc()
            self._seen.count("repeats")
            return
        root = self._log.root(alert.agreement_id, known.channel)
        revised = _revised(known, alert, offset, stands=root is not None)
        if known.hold is Hold.SOURCES and known.state is DeliveryState.HELD and decision.hold is not Hold.SOURCES:
            place = self._place(alert, decision, now)
            yield from self._brought_along(alert, decision.channel, place, but=known.key)
            revised = revised.model_copy(update=place)
        yield revised

    def _place(self, alert: Alert, decision: Decision, now: datetime) -> Place:
        """Return state, hold and due time; several alerts at once on a channel are a storm."""
        if decision.action is Action.HOLD:
            return {"state": DeliveryState.HELD, "hold": decision.hold, "due": decision.due}
        due = None
        came = self._came[decision.channel]
        if self._silenced(alert) is not None:
            return {"state": DeliveryState.QUEUED, "hold": None, "due": None}
        while came and came[0] <= now - _LONGEST_STORM:
            came.popleft()
        if decision.storm is not None:
            waiting = [entry.due for entry in self._log.held(decision.channel) if entry.hold is Hold.STORM]
            pending = min((at for at in waiting if at is not None), default=None)
            due = summary_due(decision.storm, came, pending, now)
        came.append(now)
        if due is not None:
            return {"state": DeliveryState.HELD, "hold": Hold.STORM, "due": due}
        return {"state": DeliveryState.QUEUED, "hold": None, "due": None}

    def _brought_along(self, alert: Alert, channel: str, place: Place, *, but: str = "") -> Iterator[Delivery]:
        """Yield what is held of the same agreement and must not be overtaken, as it stands from now on."""
        for entry in self._log.held(channel):
            if alert.agreement_id and entry.agreement_id == alert.agreement_id and entry.key != but:
                changed = _not_later(entry, place["state"], place["hold"], place["due"])
                if changed is not None:
                    yield changed

    def fallback(self, delivery: Delivery) -> str | None:
        """Return the channel that takes over from a delivery's own; None where there is none."""
        alert = delivery.alert
        if alert is None:
            told = (self._log.get(key) for key in delivery.members)
            alert = next((entry.alert for entry in told if entry is not None and entry.alert is not None), None)
        if alert is None:
            return None
        decisions = [one for one in self._route(alert, delivery.accepted_at or self._clock()) if one.reaches]
        same = (one.fallback for one in decisions if one.channel == delivery.channel)
        return next(same, None)

    async def reroute(self, delivery: Delivery) -> list[Delivery]:
        """Let what never got out go by today's routes; return what stands in its place.

        What is held stays so as long as its route would hold it, however late it is: what was due while no deliverer
        was there is told in its digest.
        """
        alert = delivery.alert
        assert alert is not None  # it is open
        at = delivery.accepted_at or self._clock()
        decisions = [one for one in self._route(alert, at) if one.reaches]
        same = next((one for one in decisions if one.channel == delivery.channel), None)
        if same is not None:
            changed = _held_anew(delivery, same)
            return [delivery if changed is None else await self._log.put(changed)]
        if not decisions:
            return [delivery]
        moved = [_moved(delivery, one) for one in decisions]
        kept = [await self._log.put(entry) for entry in moved if self._log.get(entry.key) is None]
        await self._log.forget(delivery)
        return kept


def may_move(delivery: Delivery) -> bool:
    """Tell whether a delivery is surely on no channel yet; what a terminal was drawing when it ended is on none."""
    if delivery.channel == TERMINAL:
        return delivery.state is not DeliveryState.HELD
    return delivery.state in (DeliveryState.QUEUED, DeliveryState.HELD) and delivery.ts is None and not delivery.digest


def _held_anew(delivery: Delivery, decision: Decision) -> Delivery | None:
    """Return a held delivery as today's routes would hold it; None where nothing changes."""
    if delivery.state is not DeliveryState.HELD or delivery.hold is Hold.STORM:
        return None
    if decision.action is Action.TELL:
        return delivery.model_copy(update={"state": DeliveryState.QUEUED, "due": None})
    if decision.due is None or decision.due == delivery.due:
        return None  # what waited for sources and has a due time since was let go by a later alert
    return delivery.model_copy(update={"hold": decision.hold, "due": decision.due, "route": decision.route})


def _moved(delivery: Delivery, decision: Decision) -> Delivery:
    held = decision.action is Action.HOLD
    return delivery.model_copy(
        update={
            "channel": decision.channel,
            "channel_id": None,
            "state": DeliveryState.HELD if held else DeliveryState.QUEUED,
            "route": decision.route,
            "mention": decision.mention,
            "hold": decision.hold,
            "due": decision.due,
            "error": None,
        }
    )


def _fresh(alert: Alert, decision: Decision, place: Place, offset: int, now: datetime) -> Delivery:
    fresh = Delivery(
        alert_id=alert.id,
        channel=decision.channel,
        agreement_id=alert.agreement_id,
        actor_id=alert.actor_id,
        state=DeliveryState.QUEUED,
        sequence=offset,
        route=decision.route,
        mention=decision.mention,
        accepted_at=now,
        alert=alert,
        revision=alert.revision,
        updated_at=datetime.now(UTC),
    )
    return fresh.model_copy(update=place)


def _revised(known: Delivery, alert: Alert, offset: int, *, stands: bool) -> Delivery:
    """Return the delivery with newer content: what was sent is renewed in place, what waits is told in its new form.

    What a digest told renews the message of its agreement, where one ``stands`` by now, and nothing else.
    """
    again = {DeliveryState.SENT, DeliveryState.FAILED} | ({DeliveryState.DIGESTED} if stands else set())
    state = DeliveryState.QUEUED if known.state in again else known.state
    kept = None if state is DeliveryState.DIGESTED else alert
    return known.model_copy(update={"alert": kept, "revision": alert.revision, "state": state, "offset": offset})


def _not_later(entry: Delivery, state: DeliveryState, hold: Hold | None, due: datetime | None) -> Delivery | None:
    """Return what is held so that it is told no later than what stands as given; None where it is not anyway."""
    if state is not DeliveryState.HELD:
        return entry.model_copy(update={"state": DeliveryState.QUEUED, "due": None})
    if due is None or (entry.due is not None and entry.due <= due):
        return None
    return entry.model_copy(update={"hold": hold, "due": due})


def caught_up(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return what is open, in order, with nothing held longer than later news of the same agreement on its channel.

    It never is while the settings stay as they are; under new ones a route may tell now what another still holds.
    """
    following: dict[tuple[str, str], Delivery] = {}
    changed: list[Delivery] = []
    for entry in reversed(in_order(deliveries)):
        place = (entry.agreement_id or "", entry.channel)
        later = following.get(place)
        current = entry
        if later is not None and entry.state is DeliveryState.HELD:
            current = _not_later(entry, later.state, later.hold, later.due) or entry
        if entry.agreement_id and (current.state is not DeliveryState.HELD or current.due is not None):
            following[place] = current
        changed.append(current)
    return changed[::-1]


def in_order(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Return deliveries in the order in which they are told: that of the alerts, the parts of a digest in theirs."""
    return sorted(deliveries, key=lambda entry: (entry.sequence, entry.key if entry.members else ""))
