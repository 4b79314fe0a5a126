"""Laws of holding, in memory: whatever comes, when, and however often a deliverer begins anew, all is told in order."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState, Hold, Reason, Status
from monitor.routes.config import Route
from monitor.routes.tree import tree
from monitor.settings import Settings, Slack
from monitor.slack.digest import lines_of, parted, render_digest
from monitor.slack.holding import Holding, left_over
from monitor.slack.lease import Lease
from monitor.slack.log import OPEN, DeliveryLog
from monitor.slack.observe import Observations
from monitor.slack.placing import Placing
from monitor.slack.routes import router
from tests.slack import samples
from tests.slack.slack_limits import problems
from tests.slack.test_message import ALERT, URL

START = datetime(2025, 10, 25, 12, tzinfo=UTC)

ROUTES: tuple[dict[str, Any], ...] = (
    {"match": {"stages": "in_force"}, "quiet_hours": [], "storm": "off"},
    {
        "match": {"stages": "signed"},
        "digest": {"at": "02:30", "days": ["mon", "sun"]},
        "channel": "#weekly",
        "continue": True,
    },
    {"match": {"stages": "proposed"}, "minimum_sources": 2},
    {"match": {"stages": "agreed"}, "digest": {"at": "09:00"}},
)
SLACK = Slack(
    channel="#pacts",
    time_zone="Europe/Berlin",
    quiet_hours=({"from": "22:00", "to": "07:00"},),
    storm={"more_than": 2, "within_minutes": 30},
)
NEWSROOM = Settings(slack=SLACK, routes=tuple(Route.model_validate(one) for one in ROUTES))
OTHER_ROUTES: tuple[dict[str, Any], ...] = (
    {"match": {"stages": "in_force"}, "digest": {"at": "12:00"}},
    {"match": {"stages": "signed"}, "channel": "#weekly", "continue": True},
    {"match": {"stages": "proposed"}, "quiet_hours": []},
    {"match": {"stages": "agreed"}, "digest": {"at": "08:00", "days": "fri"}},
)
CHANGED = Settings(slack=SLACK, routes=tuple(Route.model_validate(one) for one in OTHER_ROUTES))
"""The same channels at other times."""


class Kafka:
    """A producer that takes everything."""

    async def send(self, topic: str, *, key: bytes, value: bytes | None) -> asyncio.Future[None]:
        """Take a record."""
        del topic, key, value
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done


class Office:
    """A deliverer without Slack: what would be told is noted, and its log outlives it."""

    def __init__(self) -> None:
        self.now = START
        self.told: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        """By channel: agreement and offset of each alert, in the order in which it was told."""
        self.wanted: defaultdict[str, set[tuple[str, int]]] = defaultdict(set)
        """The same, of all that came."""
        self.offset = 0
        self.settings = NEWSROOM
        self._entries: list[Delivery] = []
        self._begin()

    def _begin(self) -> None:
        self.log = DeliveryLog("deliveries", cast("Any", Kafka()), Lease(clock=lambda: 0.0))
        self.log.fill(self._entries)
        self._lanes: defaultdict[str, deque[str]] = defaultdict(deque)
        self._placing = Placing(self.log, router(self.settings), Observations(), lambda _: None, lambda: self.now)
        self.holding = Holding(self.log, Observations(), lambda: self.now, self._enqueue)

    async def restart(self, settings: Settings) -> None:
        """End without a word, and let another begin from the log, by settings that may be others."""
        self.settings = settings
        self._entries = list(self.log.all())
        self._begin()
        for entry in await left_over(self.log, self._placing, self.holding):
            self._enqueue(entry)

    def _enqueue(self, entry: Delivery) -> None:
        if entry.state is not DeliveryState.HELD and entry.key not in self._lanes[entry.channel]:
            self._lanes[entry.channel].append(entry.key)

    async def take(self, step: tuple[Any, ...]) -> None:
        """Take one of the `STEPS`."""
        match step:
            case ("alert", agreement, stage, sources):
                await self.accept(news(agreement, stage, sources, self.offset))
            case ("wait", minutes):
                self.now += timedelta(minutes=minutes)
                await self.holding.release()
            case ("tell", most):
                await self.tell(most)
            case ("restart", settings):
                await self.restart(settings)

    async def accept(self, alert: Alert) -> None:
        """Take an alert."""
        for one in router(self.settings)(alert, self.now):
            if one.reaches:
                self.wanted[one.channel].add((str(alert.agreement_id), self.offset))
        for entry in await asyncio.gather(*self._placing.accept(alert.encode(), self.offset)):
            self._enqueue(entry)
        self.offset += 1

    async def tell(self, most: int) -> None:
        """Tell the first of what waits in each lane."""
        for lane in self._lanes.values():
            for _ in range(min(most, len(lane))):
                entry = self.log.get(lane.popleft())
                assert entry is not None
                for key in entry.members or (entry.key,):
                    member = self.log.get(key)
                    assert member is not None
                    assert member.state in OPEN, "told twice"
                    self.told[entry.channel].append((str(member.agreement_id), member.sequence))
                    state = DeliveryState.DIGESTED if entry.members else DeliveryState.SENT
                    await self.log.advance(key, state=state, alert=None)
                if entry.members:
                    await self.log.advance(entry.key, state=DeliveryState.SENT)


def news(agreement: int, stage: Status, sources: int, offset: int) -> Alert:
    """Return an alert of its own."""
    shown = samples.snapshot(agreement_id=f"g-{agreement}", status=stage, independent_sources=sources)
    return samples.alert(Reason.NEW_FACT, snapshot=shown, value=str(offset), evidence=())


STAGES = st.sampled_from([Status.IN_FORCE, Status.SIGNED, Status.PROPOSED, Status.AGREED, Status.RENEWED])
NIGHT_NEWS = ("alert", 0, Status.RENEWED, 2)
STEPS = st.one_of(
    st.tuples(st.just("alert"), st.integers(0, 2), STAGES, st.integers(1, 2)),
    st.tuples(st.just("alert"), st.integers(0, 2), STAGES, st.integers(1, 2)),
    st.tuples(st.just("wait"), st.sampled_from([1, 10, 31, 120, 600, 1500])),
    st.tuples(st.just("tell"), st.integers(1, 3)),
    st.tuples(st.just("restart"), st.sampled_from([NEWSROOM, NEWSROOM, CHANGED])),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, max_size=40))
@example([("wait", 600), NIGHT_NEWS, ("wait", 600), NIGHT_NEWS, ("restart", NEWSROOM)])
def test_holding_and_letting_go_loses_nothing_and_keeps_the_order(steps: list[tuple[Any, ...]]) -> None:
    """Through quiet hours, digests, storms, missing sources, changed clocks, slow lanes, restarts and new settings.

    Each alert is told once on each of its channels, but those that still lack sources; an agreement's in their order.
    """

    async def play() -> None:
        office = Office()
        for step in steps:
            await office.take(step)
        office.now += timedelta(days=9)
        await office.holding.release()
        await office.tell(1000)
        waiting = {(entry.channel, str(entry.agreement_id), entry.sequence) for entry in office.log.held()}
        assert {entry.hold for entry in office.log.held()} <= {Hold.SOURCES}
        for channel in {*office.wanted, *office.told}:
            told = office.told[channel]
            assert len(told) == len(set(told))
            left = {(agreement, offset) for where, agreement, offset in waiting if where == channel}
            assert set(told) | left == office.wanted[channel]
            assert not set(told) & left
            for agreement in {one for one, _ in told}:
                offsets = [offset for one, offset in told if one == agreement]
                assert offsets == sorted(offsets)

    asyncio.run(play())


@settings(max_examples=40, deadline=None)
@given(st.lists(ALERT, min_size=1, max_size=60), st.none() | URL, st.sampled_from(list(Hold)))
def test_any_digest_is_one_that_slack_takes(alerts: list[Alert], public_url: str | None, hold: Hold) -> None:
    """However strange the texts and however many: each part is within Slack's limits, and none is left out."""
    entries = [
        Delivery(
            alert_id=f"a{number}",
            channel="#pacts",
            agreement_id=alert.agreement_id,
            state=DeliveryState.HELD,
            sequence=number,
            alert=alert,
            updated_at=START,
        )
        for number, alert in enumerate(alerts)
    ]
    parts = parted(entries, public_url=public_url)
    assert sorted(entry.alert_id for part in parts for entry in part) == sorted(entry.alert_id for entry in entries)
    for number, part in enumerate(parts, 1):
        digest = Delivery(
            alert_id=f"digest-x.{number:03d}",
            channel="#pacts",
            state=DeliveryState.QUEUED,
            hold=hold,
            mention=("here", "U012AB3CD", "S0614TZR7"),
            members=tuple(entry.key for entry in part),
            updated_at=START,
        )
        lines = lines_of([entry.alert for entry in part if entry.alert is not None])
        for line in lines:
            line.address = "https://a-long-workspace-name.slack.com/archives/C0123456789/p1234567890123456"
        message = render_digest(digest, lines, public_url=public_url)
        body = {"text": message.text, "blocks": message.blocks, "metadata": message.metadata}
        assert problems(body, {"!here", "@U012AB3CD", "!subteam^S0614TZR7"}) == []


def test_the_newsroom_of_the_laws_has_all_that_holds() -> None:
    """The law above is one about every kind of holding: its tree has them all."""
    tellings = [node.telling for node in tree(NEWSROOM).walk()]
    assert all(
        any(getattr(one, name) for one in tellings) for name in ("quiet_hours", "digest", "storm", "minimum_sources")
    )
