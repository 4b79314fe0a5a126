"""The fault trial: everything goes wrong on a seeded schedule, and nothing is lost, told twice or out of order."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from monitor.models.alert import Alert
from monitor.models.vocabulary import DeliveryState, Reason
from tests.slack import samples
from tests.slack.conftest import Desk, MakeDesk, until
from tests.slack.fault_server import CHANNELS, Fault, FaultServer, Kind, Plan, alert_ids
from tests.slack.victim import STEPS, Orders, route

pytestmark = pytest.mark.kafka

_TIMEOUT = 0.4
"""Seconds the deliverer waits for an answer in the quick trials; what hangs here hangs for longer."""

FAULTS = (
    (0.02, Fault(Kind.RATE_LIMIT, seconds=0.2)),
    (0.01, Fault(Kind.ERROR, "ratelimited")),
    (0.01, Fault(Kind.STATUS, "500")),
    (0.01, Fault(Kind.STATUS_AFTER, "500")),
    (0.01, Fault(Kind.ERROR_AFTER, "fatal_error")),
    (0.01, Fault(Kind.RESET_BEFORE)),
    (0.02, Fault(Kind.RESET_AFTER)),
    (0.005, Fault(Kind.HANG_BEFORE, seconds=4 * _TIMEOUT)),
    (0.005, Fault(Kind.HANG_AFTER, seconds=4 * _TIMEOUT)),
    (0.02, Fault(Kind.SLOW, seconds=_TIMEOUT / 4)),
    (0.005, Fault(Kind.GARBAGE)),
    (0.002, Fault(Kind.LATE, seconds=4 * _TIMEOUT)),
)
"""How often each comes, of all calls."""


def schedule(chance: random.Random, often: float) -> Plan:
    """Return a plan that fails calls by chance."""

    def plan(method: str, body: dict[str, Any]) -> Fault | None:
        del method, body
        draw = chance.random() / often if often else 1.0
        for share, fault in FAULTS:
            draw -= share
            if draw < 0:
                return fault
        return None

    return plan


class News:
    """Makes alerts in the order in which they are to be told, each agreement's first one its founding."""

    def __init__(self, agreements: int, chance: random.Random) -> None:
        self.made: list[Alert] = []
        self._agreements = agreements
        self._chance = chance
        self._told: defaultdict[int, int] = defaultdict(int)

    def next(self, count: int) -> list[Alert]:
        """Make some more."""
        fresh = []
        for _ in range(count):
            number = self._chance.randrange(self._agreements)
            reason = Reason.NEW_FACT if self._told[number] else Reason.NEW_AGREEMENT
            value = str(self._told[number])
            fresh.append(
                samples.alert(reason, agreement_id=f"agreement-{number}", field="years", value=value, evidence=())
            )
            self._told[number] += 1
        self.made += fresh
        return fresh


class Supervisor:
    """Runs the victim again whenever it dies, with the next trap, until there are no more."""

    def __init__(self, orders: Orders, traps: Iterator[tuple[str, int]], folder: Path) -> None:
        self._orders = orders
        self._traps = traps
        self._file = folder / "orders.json"
        self._log = folder / "victim.log"
        self._process: asyncio.subprocess.Process | None = None
        self.deaths = 0
        self.done = False
        """Every trap has snapped."""

    def log(self) -> str:
        """Return what the victims said."""
        return self._log.read_text(errors="replace")

    async def run(self) -> None:
        """Keep the victim running."""
        while True:
            step, count = next(self._traps, ("none", 0))
            self.done = step == "none"
            orders = self._orders.model_copy(update={"step": step, "time": count})
            self._file.write_text(orders.model_dump_json(), encoding="utf-8")
            with self._log.open("ab") as out:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "tests.slack.victim", str(self._file), stdout=out, stderr=out
                )
            try:
                code = await self._process.wait()
            except asyncio.CancelledError:
                self._process.terminate()
                assert await self._process.wait() == 0, "the deliverer did not drain"
                raise
            assert code == -9, f"the deliverer ended by itself: {self.log()[-3000:]}"
            self.deaths += 1


async def trouble(server: FaultServer, chance: random.Random) -> None:
    """Revoke the token and archive a channel for a while, once each."""
    await asyncio.sleep(chance.uniform(1, 4))
    server.revoked = True
    await asyncio.sleep(1)
    server.revoked = False
    channel = chance.choice(CHANNELS)
    server.archive(channel, archived=True)
    await asyncio.sleep(1)
    server.archive(channel, archived=False)


def traps(chance: random.Random, rounds: int, most: int) -> Iterator[tuple[str, int]]:
    """Yield every step, ``rounds`` times, each to be sprung at some time of its coming."""
    for _ in range(rounds):
        for step in chance.sample(STEPS, len(STEPS)):
            once = step.startswith(("queued", "commit"))
            yield step, 1 if once else chance.randint(1, most)


@dataclass(frozen=True)
class Size:
    """How long and how hard a trial is."""

    seed: int
    count: int
    agreements: int
    rounds: int
    faults: float
    """How often calls fail: 1 as in `FAULTS`, 0 never."""
    within: float


async def trial(desk: Desk, server: FaultServer, folder: Path, size: Size) -> str:
    """Run one trial and check what stands on Slack at its end; return what happened in a line."""
    chance = random.Random(size.seed)
    began = time.monotonic()
    news = News(size.agreements, chance)
    server.plan = schedule(chance, size.faults)
    snaps = list(traps(chance, size.rounds, most=max(size.count // (12 * size.rounds * 4), 1)))
    # Without faults there is nothing to sweep away: the protocol alone must not let a second message come about
    orders = Orders(settings=desk.settings, sweep_interval=1.0 if size.faults else 1e6)
    supervisor = Supervisor(orders, iter(snaps), folder)
    victim = asyncio.create_task(supervisor.run())
    troubles = asyncio.create_task(trouble(server, chance) if size.faults else asyncio.sleep(0))
    writer = asyncio.create_task(write(desk, news, size.count, supervisor))

    async def all_told() -> bool:
        if victim.done():
            victim.result()
        if not (writer.done() and troubles.done() and supervisor.done):
            return False
        entries = (await desk.log()).values()
        return len(entries) == len(news.made) and all(entry.state is DeliveryState.SENT for entry in entries)

    try:
        await until(all_told, within=size.within, every=1.0)
    except AssertionError:
        states = Counter(entry.state.value for entry in (await desk.log()).values())
        told = f"{len(news.made)} alerts written, {dict(states)}, {supervisor.deaths} of {len(snaps)} deaths"
        raise AssertionError(f"{told}\n{supervisor.log()[-3000:]}") from None
    server.plan = lambda *_: None
    await until(lambda: not twice(server), within=60)
    victim.cancel()
    with suppress(asyncio.CancelledError):
        await victim
    await check(desk, server, news.made)
    calls = sum(server.calls.values())
    took = time.monotonic() - began
    return f"seed {size.seed}: {len(news.made)} alerts, {supervisor.deaths} deaths, {calls} calls, {took:.0f} s"


async def write(desk: Desk, news: News, count: int, supervisor: Supervisor) -> None:
    """Write the alerts bit by bit, each tenth of them again, and more until every trap has snapped."""
    step = max(count // 60, 1)
    while len(news.made) < count or not supervisor.done:
        written = len(news.made) >= count
        batch = news.next(len(CHANNELS) if written else step)  # once all are written, just enough to spring the traps
        await desk.write(*batch, *batch[::10])
        await asyncio.sleep(0.5 if written else 0.05)


def twice(server: FaultServer) -> list[str]:
    """Return the marks that stand more than once."""
    marks = [mark for channel in CHANNELS for mark in alert_ids(server.everything(channel))]
    return sorted({mark for mark in marks if marks.count(mark) > 1})


async def check(desk: Desk, server: FaultServer, told: list[Alert]) -> None:
    """Each alert stands once on its channel, an agreement's in order, and the root shows the last of them."""
    assert server.refused == []
    log = await desk.log()
    for channel in CHANNELS:
        wanted = [alert for alert in told if route(alert, alert.at)[0].channel == f"#{channel}"]
        standing = server.everything(channel)
        assert sorted(alert_ids(standing)) == sorted(alert.id for alert in wanted), f"lost or twice in #{channel}"
        position = {item["metadata"]["event_payload"]["alert_id"]: item["ts"] for item in standing}
        for agreement in {alert.agreement_id for alert in wanted}:
            ordered = [position[alert.id] for alert in wanted if alert.agreement_id == agreement]
            assert ordered == sorted(ordered, key=lambda ts: int(ts.partition(".")[2])), f"out of order: {agreement}"
        assert all(log[f"{alert.id}/#{channel}"].ts == position[alert.id] for alert in wanted)


@pytest.mark.parametrize("often", [0, 1], ids=["kills alone", "kills and faults"])
async def test_quick_trial(make_desk: MakeDesk, faults: FaultServer, tmp_path: Path, often: int) -> None:
    """Every step is killed once, without and with faults by chance: nothing lost, nothing twice, order kept."""
    desk = await make_desk(faults, posts_per_second=50, timeout=_TIMEOUT)
    size = Size(seed=1, count=200, agreements=20, rounds=1, faults=often, within=120)
    print(await trial(desk, faults, tmp_path, size))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
async def test_long_trial(make_desk: MakeDesk, faults: FaultServer, tmp_path: Path, seed: int) -> None:
    """2,000 alerts, 50 agreements, 5 channels, every step killed twice: nothing lost, nothing twice, order kept."""
    desk = await make_desk(faults, posts_per_second=50, timeout=1.0)
    size = Size(seed=seed, count=2000, agreements=50, rounds=2, faults=0.4, within=400)
    print(await trial(desk, faults, tmp_path, size))
