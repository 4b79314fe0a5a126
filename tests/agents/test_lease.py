"""The lease: who may write, and for how long."""

from __future__ import annotations

import asyncio
from typing import NoReturn

import pytest

from agents.lease import Lease, Revoked


class BrokenError(Exception):
    """Stands for the end of the process."""


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def end(reason: str) -> NoReturn:
    raise BrokenError(reason)


@pytest.fixture
def clock() -> Clock:
    """Give a clock."""
    return Clock()


@pytest.fixture
def lease(clock: Clock) -> Lease:
    """Give a lease of 5 seconds, assigned and just renewed."""
    made = Lease(5.0, on_break=end, clock=clock)
    made.renew(clock.now)
    made.assign()
    return made


def test_a_lease_counts_from_when_the_heartbeat_was_sent(lease: Lease, clock: Clock) -> None:
    """An answer that took 3 s is good for 2 s more, for the broker may have sent it 3 s ago."""
    clock.now = 103
    lease.renew(100.0)
    clock.now = 104.9
    lease.check()
    clock.now = 105.1
    with pytest.raises(BrokenError, match=r"no heartbeat was answered for 5\.1 s"):
        lease.check()


def test_a_later_answer_to_an_earlier_request_shortens_nothing(lease: Lease, clock: Clock) -> None:
    """Answers may come out of order; the latest request that was answered counts."""
    lease.renew(103.0)
    lease.renew(101.0)
    clock.now = 107.9
    lease.check()


def test_a_broken_lease_is_found_at_the_next_write(lease: Lease, clock: Clock) -> None:
    """A claim made while it held is worth nothing afterwards."""
    with lease.claim() as claim:
        claim.check()
        clock.now = 106
        with pytest.raises(BrokenError):
            claim.check()


def test_nothing_breaks_while_nothing_is_held(lease: Lease, clock: Clock) -> None:
    """Between a revocation and the next assignment no heartbeats are sent, and that is no reason to end."""
    lease.revoke()
    clock.now = 200
    lease.check()
    lease.refuse("unknown member")
    with pytest.raises(Revoked), lease.claim():
        pass


def test_a_refusal_while_partitions_are_held_ends_at_once(lease: Lease) -> None:
    """The broker says that it does not know this member: its partitions are another's."""
    with pytest.raises(BrokenError, match="unknown member"):
        lease.refuse("unknown member")


def test_a_claim_ends_with_a_revocation_even_if_the_partition_comes_back(lease: Lease) -> None:
    """The same partition again is another ownership: others may have written in between."""
    with lease.claim() as claim:
        lease.revoke()
        with pytest.raises(Revoked):
            claim.check()
        lease.assign()
        with pytest.raises(Revoked):
            claim.check()
    with lease.claim() as claim:
        claim.check()


async def test_settled_waits_for_every_batch_at_work(lease: Lease) -> None:
    """It returns when the last claim is given up, and says so when one is not."""
    assert await lease.settled(0.01)
    with lease.claim():
        with lease.claim():
            assert not await lease.settled(0.01)
        assert not await lease.settled(0.01)
        waiting = asyncio.create_task(lease.settled(5))
        await asyncio.sleep(0)
    assert await waiting


@pytest.fixture
def patient(clock: Clock) -> Lease:
    """Give a lease of 5 seconds with 20 of patience, assigned and just renewed."""
    made = Lease(5.0, on_break=end, patience=20.0, clock=clock)
    made.renew(clock.now)
    made.assign()
    return made


def test_while_the_coordinator_is_away_nothing_is_valid_and_nothing_ends(patient: Lease, clock: Clock) -> None:
    """A process that is awake waits for the next coordinator, and goes on when that answers; a claim stays good."""
    with patient.claim() as claim:
        for _ in range(40):
            clock.now += 0.25
            patient.awake()
            claim.check()
        assert not patient.valid
        patient.renew(clock.now)
        claim.check()
        assert patient.valid


def test_patience_has_an_end(patient: Lease, clock: Clock) -> None:
    """A coordinator that never answers again is no reason to wait for ever."""
    for _ in range(100):
        clock.now += 0.25
        patient.awake()
    clock.now += 0.25
    with pytest.raises(BrokenError, match=r"no heartbeat was answered for 25\.\d s"):
        patient.awake()


def test_who_slept_has_no_patience(patient: Lease, clock: Clock) -> None:
    """A process that was stopped finds its lease run out when it wakes, at whatever step, and ends before it writes."""
    patient.awake()
    clock.now += 8
    for look in (patient.check, patient.awake):
        with pytest.raises(BrokenError, match="no heartbeat"):
            look()


def test_a_lease_that_came_late_is_renewed(patient: Lease, clock: Clock) -> None:
    """Partitions may come by an answer to a request of long ago: the first heartbeat settles it."""
    patient.revoke()
    patient.renew(clock.now)
    for _ in range(36):
        clock.now += 0.25
        patient.awake()
    patient.assign()
    patient.awake()
    assert not patient.valid
    patient.renew(clock.now)
    assert patient.valid
