"""A deliverer in a process of its own that is killed (-9) or stopped at a given step.

``victim.py ORDERS``: a file with the JSON of `Orders`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer
from pydantic import BaseModel, SecretStr

from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.models.vocabulary import DeliveryState, Hold
from monitor.routes.decide import Action, Decision, Router, tell
from monitor.settings import Settings
from monitor.slack import deliverer, log, web
from monitor.slack.pages import pages
from tests.slack.fault_server import CHANNELS, TOKEN

STEPS = (
    "queued.before",
    "queued.after",
    "commit.before",
    "commit.after",
    "sending.before",
    "sending.after",
    "update.before",
    "update.after",
    "post.before",
    "post.after",
    "sent.before",
    "sent.after",
)
"""In the order of an alert's way; ``before`` and ``after`` what the word says has happened."""

DIGEST_STEPS = (
    "queued.before",
    "queued.after",
    "sending.before",
    "sending.after",
    "post.before",
    "post.after",
    "update.before",
    "update.after",
    "digested.before",
    "digested.after",
    "sent.before",
    "sent.after",
)
"""The same of a digest: queued is the digest itself, what it tells is held until then."""


def route(alert: Alert, now: datetime) -> tuple[Decision, ...]:
    """Spread the agreements over the channels."""
    del now
    return (tell(f"#{CHANNELS[int(str(alert.agreement_id).rpartition('-')[2]) % len(CHANNELS)]}"),)


def holding(seconds: float) -> Router:
    """Return routes that hold every alert for a while."""

    def hold(alert: Alert, now: datetime) -> tuple[Decision, ...]:
        del alert
        due = now + timedelta(seconds=seconds)
        return (Decision("", Action.HOLD, "quiet hours", "#pacts", None, Hold.QUIET, due),)

    return hold


class Orders(BaseModel):
    """What the victim is to do."""

    settings: Settings
    step: str = "none"
    """One of `STEPS`."""
    time: int = 1
    """At which time the step comes."""
    signal: str = "SIGKILL"
    sweep_interval: float = 1.0
    instance: str | None = "victim"
    hold: float = 0.0
    """Seconds for which every alert is held, on one channel; 0: alerts are told at once, on all."""


class Trap:
    """Counts the times a step comes and signals the process at the chosen one."""

    def __init__(self, orders: Orders) -> None:
        self._step = orders.step
        self._left = orders.time
        self._signal = signal.Signals[orders.signal]

    def pass_by(self, step: str) -> None:
        """Come to a step."""
        if step == self._step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), self._signal)

    def around(self, word: str, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        """Return the call with its two steps."""

        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            self.pass_by(f"{word}.before")
            result = await call(*args, **kwargs)
            self.pass_by(f"{word}.after")
            return result

        return wrapped


def set_traps(trap: Trap) -> None:
    """Put a trap at every step."""
    poster: Any = web.SlackPoster
    poster.post = trap.around("post", web.SlackPoster.post)
    poster.update = trap.around("update", web.SlackPoster.update)
    consumer: Any = AIOKafkaConsumer
    consumer.commit = trap.around("commit", AIOKafkaConsumer.commit)
    write = log.DeliveryLog._write
    told = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.DIGESTED)
    words = {state: state.value for state in told}

    async def trapped(self: log.DeliveryLog, entry: Delivery) -> Delivery:
        word = words.get(entry.state, "other")
        done: Delivery = await trap.around(word, write)(self, entry)
        return done

    delivery_log: Any = log.DeliveryLog
    delivery_log._write = trapped


async def main(orders: Orders) -> None:
    """Deliver until SIGTERM, or the trap."""
    set_traps(Trap(orders))
    settings = orders.settings
    poster = web.SlackPoster(settings.slack, SecretStr(TOKEN))
    victim = deliverer.Deliverer(
        settings,
        poster,
        route=holding(orders.hold) if orders.hold else route,
        sweep_interval=orders.sweep_interval,
        instance=orders.instance,
    )
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, victim.stop)
    async with pages(victim, settings.slack) as port:
        print(f"port {port}", flush=True)
        await victim.run()


if __name__ == "__main__":
    asyncio.run(main(Orders.model_validate_json(Path(sys.argv[1]).read_text(encoding="utf-8"))))
