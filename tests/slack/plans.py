"""Plans of faults, alerts to tell, and a look at the dead letters: what several test modules use."""

from __future__ import annotations

import asyncio
from typing import Any

from monitor.models.alert import Alert
from monitor.models.dead_letter import DeadLetter
from tests.conftest import ReadAll
from tests.slack import samples
from tests.slack.conftest import Desk
from tests.slack.fault_server import Fault, Plan

POST = "chat.postMessage"


def first(count: int, fault: Fault, *methods: str) -> Plan:
    """Fail the first calls of the methods."""
    left = [count]

    def plan(method: str, body: dict[str, Any]) -> Fault | None:
        del body
        if method not in methods or left[0] == 0:
            return None
        left[0] -= 1
        return fault

    return plan


def another(number: int) -> Alert:
    """Return an alert about an agreement of its own."""
    return samples.alert(agreement_id=f"agreement-{number}")


async def dead_letters(desk: Desk, read_all: ReadAll) -> list[DeadLetter]:
    """Read `dead-letters`."""
    found = await asyncio.to_thread(read_all, desk.settings, "dead-letters")
    return [DeadLetter.read(record.key(), record.value(), record.headers()) for record in found]
