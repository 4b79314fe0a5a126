"""Why an alert went where it went: what each route of the tree said to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.models.alert import Alert
from monitor.routes.decide import refusal
from monitor.routes.tree import Node


@dataclass(frozen=True, slots=True)
class Step:
    """A route and its answer: ``took`` it, did not for the reason in ``why``, or was not asked."""

    node: Node
    took: bool
    why: str


def steps(root: Node, alert: Alert) -> Iterator[Step]:
    """Yield every route below the root, in the order of the settings, with its answer."""
    yield from _below(root, alert, None)


def _below(node: Node, alert: Alert, unasked: str | None) -> Iterator[Step]:
    for child in node.children:
        if unasked is not None:
            yield Step(child, False, unasked)
            yield from _below(child, alert, unasked)
            continue
        why = refusal(child, alert)
        if why is not None:
            yield Step(child, False, why)
            yield from _below(child, alert, f"not asked: {child.path} did not match")
            continue
        yield Step(child, True, "matches, and goes on" if child.go_on else "matches")
        yield from _below(child, alert, None)
        if not child.go_on:
            unasked = f"not asked: {child.path} took it, without continue"
