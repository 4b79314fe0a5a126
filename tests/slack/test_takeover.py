"""Several deliverers, a process that sleeps through its lease, and a Kafka that goes away."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor.errors import TopicsError
from monitor.kafka import topics
from monitor.kafka.broker import EmbeddedBroker
from monitor.models.vocabulary import DeliveryState
from monitor.settings import Kafka, Settings, Slack
from monitor.slack.deliverer import Deliverer
from monitor.slack.lease import SESSION_TIMEOUT, Lease, LeaseLostError
from monitor.slack.terminal import TerminalPoster
from tests.conftest import MakeSettings
from tests.slack import samples
from tests.slack.conftest import Desk, MakeDesk, until
from tests.slack.fault_server import FaultServer, alert_ids
from tests.slack.plans import another
from tests.slack.victim import Orders

pytestmark = pytest.mark.kafka


@asynccontextmanager
async def process(folder: Path, name: str, orders: Orders) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a deliverer in a process of its own; kill it at the end if it still runs."""
    file, log = folder / f"{name}.json", folder / f"{name}.log"
    file.write_text(orders.model_dump_json(), encoding="utf-8")
    with log.open("wb") as out:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.slack.victim", str(file), stdout=out, stderr=out
        )
        try:
            await until(lambda: log.read_text().startswith("port "))
            yield child
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()


async def state(folder: Path, name: str) -> dict[str, Any]:
    """Ask a process how it is."""
    port = (folder / f"{name}.log").read_text().split()[1]
    async with httpx.AsyncClient() as client:
        answer: dict[str, Any] = (await client.get(f"http://127.0.0.1:{port}/health")).json()
        return answer


def on_pacts(number: int) -> Any:
    """Return an alert that the victims' routes send to #pacts."""
    return another(number * 5)


async def test_a_standby_takes_over_within_ten_seconds(
    make_desk: MakeDesk, faults: FaultServer, tmp_path: Path
) -> None:
    """Two run, one works; kill -9 of it lets the other go on, with nothing told twice."""
    desk = await make_desk(faults)
    orders = Orders(settings=desk.settings, instance=None)
    async with process(tmp_path, "a", orders) as a, process(tmp_path, "b", orders) as b:

        async def at_work() -> list[asyncio.subprocess.Process]:
            found = {name: (await state(tmp_path, name))["role"] for name in "ab"}
            return [{"a": a, "b": b}[name] for name, role in found.items() if role == "active"] * (
                "standby" in found.values()
            )

        async def one_works() -> bool:
            return len(await at_work()) == 1

        await until(one_works)
        await desk.write(on_pacts(1))
        await until(lambda: faults.messages("pacts"))
        (active,) = await at_work()
        active.kill()
        killed_at = time.monotonic()
        await desk.write(on_pacts(2))
        await until(lambda: len(faults.messages("pacts")) == 2, within=15)
        assert time.monotonic() - killed_at < 10
    assert alert_ids(faults.messages("pacts")) == [on_pacts(1).id, on_pacts(2).id]


async def test_a_process_that_slept_while_it_posted_takes_its_message_back(
    make_desk: MakeDesk, faults: FaultServer, tmp_path: Path
) -> None:
    """Stopped between lease check and post, overtaken, woken: its second message is gone within a minute."""
    desk = await make_desk(faults)
    sleeper = Orders(settings=desk.settings, step="post.before", signal="SIGSTOP", sweep_interval=1e6, instance=None)
    follower = sleeper.model_copy(update={"step": "none"})
    async with process(tmp_path, "sleeper", sleeper) as asleep:
        await desk.write(on_pacts(1))
        await until(lambda: Path(f"/proc/{asleep.pid}/stat").read_text().split()[2] == "T")
        async with process(tmp_path, "follower", follower):
            await until(lambda: faults.messages("pacts"), within=20)
            os.kill(asleep.pid, signal.SIGCONT)
            await until(lambda: faults.calls["chat.delete"] == 1, within=60)
            await desk.write(on_pacts(2))
            await until(lambda: len(faults.messages("pacts")) == 2)
    assert alert_ids(faults.messages("pacts")) == [on_pacts(1).id, on_pacts(2).id]
    assert faults.calls["chat.postMessage"] == 3


async def test_a_process_that_slept_before_a_write_does_not_write_it(
    make_desk: MakeDesk, faults: FaultServer, tmp_path: Path
) -> None:
    """Stopped between lease check and write to the log, overtaken, woken: the log says what the other one wrote.

    Otherwise an alert that stands on Slack is queued again, told again and, its first message being the stranger then,
    told out of order.
    """
    desk = await make_desk(faults)
    sleeper = Orders(settings=desk.settings, step="queued.before", signal="SIGSTOP", sweep_interval=1e6, instance=None)
    follower = sleeper.model_copy(update={"step": "none"})
    async with process(tmp_path, "sleeper", sleeper) as asleep:
        await desk.write(on_pacts(1))
        await until(lambda: Path(f"/proc/{asleep.pid}/stat").read_text().split()[2] == "T")
        async with process(tmp_path, "follower", follower):
            await until(lambda: faults.messages("pacts"), within=20)
            os.kill(asleep.pid, signal.SIGCONT)
            await until(lambda: "begins again" in (tmp_path / "sleeper.log").read_text())
            await until(lambda: (tmp_path / "sleeper.log").read_text().count("deliverer is") > 1)
            log = await desk.log()
    assert [entry.state for entry in log.values()] == [DeliveryState.SENT]
    assert faults.calls["chat.postMessage"] == 1


def test_a_lease_ends_before_the_session_does() -> None:
    """Counted from when the heartbeat was asked, not answered, and with a margin; a late answer renews nothing old."""
    now = [100.0]
    lease = Lease(clock=lambda: now[0])
    now[0] += SESSION_TIMEOUT - 1.01
    lease.check()
    now[0] += 0.02
    with pytest.raises(LeaseLostError):
        lease.check()
    lease.renew(now[0])
    lease.renew(now[0] - 50)
    assert lease.is_held


async def test_kafka_may_go_away_and_come_back(tmp_path: Path, faults: FaultServer) -> None:
    """The deliverer says what it misses, keeps trying, and goes on where it was."""
    with EmbeddedBroker(tmp_path / "kafka", command="pytest") as broker:
        slack = Slack(channel="#pacts", base_url=faults.base_url, posts_per_second=100, port=0)
        kafka = Kafka(bootstrap_servers=broker.address, partitions=2)
        settings = Settings(data_dir=tmp_path, kafka=kafka, slack=slack)
        await topics.create(settings)
        desk = await Desk.at(settings, faults.token)
        await desk.write(another(1))
        async with desk.delivering() as deliverer:
            await until(lambda: faults.messages("pacts"))
            await desk.close()
            await asyncio.to_thread(broker.stop)
            await until(lambda: deliverer.trouble, within=30)
            await asyncio.to_thread(broker.start)
            desk = await Desk.at(settings, faults.token)
            await desk.write(another(1), another(2))
            await until(lambda: len(faults.messages("pacts")) == 2, within=40)
            await desk.close()
    assert alert_ids(faults.messages("pacts")) == [another(1).id, another(2).id]


async def test_missing_topics_end_the_deliverer_with_a_sentence(make_kafka_settings: MakeSettings) -> None:
    """Topics that are not there are named, with the command that makes them."""
    settings = make_kafka_settings(create=False)
    with pytest.raises(TopicsError, match=r"alerts.*pactwatch topics --create"):
        await Deliverer(settings, TerminalPoster()).run()


async def test_an_alert_at_work_is_finished_before_the_end(make_desk: MakeDesk, faults: FaultServer) -> None:
    """Asked to stop, a deliverer finishes the post it is in, and begins no other."""
    desk = await make_desk(faults, posts_per_second=1)
    await desk.write(samples.alert(), another(2), another(3))
    async with desk.delivering():
        await until(lambda: faults.calls["chat.postMessage"] == 1)
    states = [entry.state for entry in (await desk.log()).values()]
    assert len(faults.messages("pacts")) == states.count(DeliveryState.SENT)
    assert DeliveryState.SENDING not in states
