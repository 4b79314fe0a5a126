"""The watchman: says every day that all is well or what is silent, and tells the ops channel what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import structlog
from aiokafka.errors import KafkaError

from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState
from monitor.settings import Slack
from monitor.slack import daily
from monitor.slack.alarms import Alarms
from monitor.slack.bulletins import Bulletins
from monitor.slack.daily import Facts, bulletin
from monitor.slack.lease import LeaseLostError
from monitor.slack.log import DeliveryLog
from monitor.slack.message import Message
from monitor.slack.routes import NOWHERE, TERMINAL
from monitor.slack.sections import moment
from monitor.slack.text import safe
from monitor.watch.findings import Finding, Severity

log = structlog.get_logger(__name__)

INTERVAL = 10.0
"""Seconds between two looks."""

_REFRESH = timedelta(minutes=10)
"""After which figures in a message that stands are renewed, though nothing came up or went."""

_OPS = "ops-"
_OVER = "-over"
_USED = timedelta(days=30)
"""A channel that got no alert for longer gets no daily line."""

_SHOWN = 8
_MARKS = {Severity.BAD: "🔴", Severity.WARN: "🟠"}


class Watch(Protocol):
    """What the watchman is told."""

    def findings(self) -> Sequence[Finding] | None:
        """Return what is wrong now; None while that is not known."""

    async def facts(self, since: datetime) -> Facts:
        """Return what a daily line tells."""


class Watchman:
    """Looks again and again, as long as its deliverer is the active one."""

    def __init__(
        self,
        settings: Slack,
        bulletins: Bulletins,
        entries: DeliveryLog,
        watch: Watch,
        *,
        channels: Collection[str] = (),
        interval: float = INTERVAL,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare.

        Args:
            settings: of Slack.
            bulletins: posts.
            entries: of the deliverer, to count what was told.
            watch: what is known of the stream.
            channels: where alerts may go by the routes, beside those where some went.
            interval: see `INTERVAL`.
            clock: the present moment.

        """
        self._settings = settings
        self._routed = {*channels, settings.channel}
        self._bulletins = bulletins
        self._log = entries
        self._watch = watch
        self._interval = interval
        self._clock = clock
        self._alarms = Alarms(
            lasts=timedelta(seconds=settings.ops_after), away=timedelta(seconds=settings.ops_over_after)
        )
        self._standing: Delivery | None = None
        self._renewed = clock()

    async def run(self) -> None:
        """Look until cancelled; raises as `Bulletins.post` does."""
        now = self._clock()
        self._standing = self._open_episode()
        if self._standing is not None:
            self._alarms.restore(self._standing.about, now)
        while True:
            try:
                await self.look(self._clock())
            except (LeaseLostError, KafkaError):
                raise
            except Exception:  # a mistake of ours in a bulletin must not stop the alerts
                log.exception("the watchman stumbled")
            await asyncio.sleep(self._interval)

    async def look(self, now: datetime) -> None:
        """Take one look: the ops channel first, then what is due."""
        if self._settings.ops_channel:
            findings = self._watch.findings()
            if findings is not None:
                await self._tell_ops([one for one in findings if self._concerns_ops(one)], now)
        if self._settings.daily_at:
            for channel in sorted(self._channels(now)):
                await self._tell_day(channel, now)

    def _concerns_ops(self, finding: Finding) -> bool:
        # What keeps the ops channel itself from being told cannot be told there
        return bool(finding.key) and finding.key not in ("kafka", "circuit", f"channel {self._settings.ops_channel}")

    async def _tell_ops(self, findings: Iterable[Finding], now: datetime) -> None:
        channel, standing = self._settings.ops_channel, self._standing
        wrong, about = self._alarms.look(findings, now), self._alarms.keys
        if wrong and standing is None:
            name = f"{_OPS}{int(now.timestamp())}"
            self._standing = await self._bulletins.post(name, channel, _wrong(name, wrong), about=about)
            self._renewed = now
        elif wrong and standing is not None and (standing.about != about or now - self._renewed >= _REFRESH):
            self._standing = await self._bulletins.renew(standing, _wrong(standing.alert_id, wrong), about=about)
            self._renewed = now
        elif not wrong and standing is not None:
            await self._bulletins.renew(standing, _over(standing.alert_id, now, standing))
            name = f"{standing.alert_id}{_OVER}"
            reply = bulletin(name, "All is well again", ["✅ *All is well again*"], "ops")
            if await self._bulletins.post(name, channel, reply, under=standing) is not None:
                self._standing = None

    def _open_episode(self) -> Delivery | None:
        """Return what was told to be wrong and not told to be over, by this deliverer or the one before."""
        found = self._bulletins.all(_OPS, self._settings.ops_channel)
        over = {entry.alert_id.removesuffix(_OVER) for entry in found if entry.alert_id.endswith(_OVER) and entry.ts}
        left = [entry for entry in found if not entry.alert_id.endswith(_OVER) and entry.alert_id not in over]
        return left[-1] if left and left[-1].ts else None

    def _channels(self, now: datetime) -> set[str]:
        """Return where a daily line belongs: the channels of the routes, and those that got alerts lately."""
        recent = {
            entry.channel
            for entry in self._log.all()
            if not entry.bulletin and entry.ts and now.timestamp() - float(entry.ts) < _USED.total_seconds()
        }
        return (recent | self._routed) - {NOWHERE, TERMINAL, self._settings.sandbox_channel}

    async def _tell_day(self, channel: str, now: datetime) -> None:
        zone, hours, minutes = ZoneInfo(self._settings.time_zone), *map(int, self._settings.daily_at.split(":"))
        due = daily.last_due(now, time(hours, minutes), zone)
        name = daily.name(due, zone)
        told = self._bulletins.get(name, channel)
        if told is not None and told.state not in _UNDONE:
            return
        before = [entry for entry in self._bulletins.all(daily.PREFIX, channel) if entry.alert_id < name]
        if not before and told is None:
            await self._bulletins.skip(name, channel, "the first line comes when a day is over")
            return
        since = _due_of(before[-1], zone, time(hours, minutes)) if before else due - timedelta(days=1)
        facts = await self._watch.facts(since)
        message = daily.line(name, facts, daily.sent(self._log.all(), channel, since, due), since)
        if await self._bulletins.post(name, channel, message) is not None:
            for entry in before:
                await self._bulletins.forget(entry)


_UNDONE = (DeliveryState.QUEUED, DeliveryState.SENDING)


def _due_of(entry: Delivery, zone: ZoneInfo, at: time) -> datetime:
    day = datetime.strptime(entry.alert_id.removeprefix(daily.PREFIX), "%Y-%m-%d").date()  # noqa: DTZ007 - a day
    return datetime.combine(day, at, zone).astimezone(UTC)


def _wrong(name: str, findings: Sequence[Finding]) -> Message:
    lines = [f"*{len(findings)} thing{'' if len(findings) == 1 else 's'} wrong with Pactwatch*"]
    for finding in findings[:_SHOWN]:
        do = f" {safe(finding.do, 300)}" if finding.do else ""
        lines.append(f"{_MARKS.get(finding.severity, '🟠')} *{safe(finding.what, 400)}*{do}")
    if len(findings) > _SHOWN:
        lines.append(f"and {len(findings) - _SHOWN} more")
    return bulletin(name, f"Pactwatch: {safe(findings[0].what, 250)}", lines, "ops")


def _over(name: str, now: datetime, standing: Delivery) -> Message:
    began = datetime.fromtimestamp(int(standing.alert_id.removeprefix(_OPS)), UTC)
    text = f"✅ *Over*: what was wrong with Pactwatch from {moment(began)} until {moment(now)} is right again."
    return bulletin(name, "Pactwatch: all is well again", [text], "ops")
