"""The stages of a life that goes well have an order; the others stand outside it."""

from __future__ import annotations

from monitor.models.vocabulary import Status


def test_the_life_cycle_has_an_order() -> None:
    """Proposed < negotiating < ... < in_force, and a suspension has no rank."""
    ranked = [status for status in Status if status.rank is not None]
    assert ranked == sorted(ranked, key=lambda status: status.rank or 0)
    assert [str(status) for status in ranked] == [
        "proposed",
        "negotiating",
        "agreed",
        "initialled",
        "signed",
        "ratified",
        "in_force",
    ]
    assert Status.SUSPENDED.rank is None
