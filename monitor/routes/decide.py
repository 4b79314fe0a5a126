"""`route`: the decision.  Pure: alert, moment, mutes and verdicts in; where it goes, when, and why, out.

As in Alertmanager, the tree is walked from its root: the first child that matches takes the alert, and its own children
are asked in turn, so that the deepest match decides; ``continue`` asks the siblings after it too.  What no child takes,
the parent takes; the root takes what is left.  So every alert has a decision, and every decision says why.

    1. a warm-up's alert is dropped, a rehearsal's goes to the sandbox channel: no route is asked
    2. the tree gives one route, or several
    3. each drops it (``drop``, minimum score), holds it (minimum sources, digest, quiet hours) or tells it
    4. a mute or a false alarm silences what would have been told now
    5. of two routes to one channel, the first tells
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from monitor.models.alert import Alert
from monitor.models.mute import Mute
from monitor.models.verdict import Verdict
from monitor.models.vocabulary import Hold, ReplayMode
from monitor.routes.config import Storm
from monitor.routes.hours import next_digest, quiet_until
from monitor.routes.matching import mismatch
from monitor.routes.tree import Node, Telling
from monitor.slack.silence import silenced


class Action(StrEnum):
    """What becomes of an alert."""

    TELL = "tell"
    """Told at once; or, when too many come at once, in a summary."""
    HOLD = "hold"
    """Told later, in a digest."""
    MUTE = "mute"
    """Somebody asked for silence."""
    DROP = "drop"
    """Told to nobody, or on this channel by another route."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What one route does with an alert, and ``why``, in words."""

    route: str
    action: Action
    why: str
    channel: str = ""
    """Empty: none is set, the alert waits for one."""
    fallback: str | None = None
    hold: Hold | None = None
    due: datetime | None = None
    """When what is held is told; None: when something happens."""
    mention: tuple[str, ...] = ()
    storm: Storm | None = None

    @property
    def reaches(self) -> bool:
        """Whether it leads to the channel, now or later."""
        return self.action in (Action.TELL, Action.HOLD)


Router = Callable[[Alert, datetime], tuple[Decision, ...]]
"""What the deliverer asks; mutes it looks up itself, when an alert's turn comes."""

SANDBOX = "sandbox"
"""Stands for the route of a rehearsal's alerts."""


def tell(channel: str, *, route: str = "", fallback: str | None = None) -> Decision:
    """Return the decision to tell an alert on a channel at once."""
    return Decision(route, Action.TELL, "told at once", channel, fallback)


def route(
    root: Node,
    alert: Alert,
    now: datetime,
    mutes: Iterable[Mute] = (),
    verdicts: Iterable[Verdict] = (),
    *,
    sandbox: str = "",
) -> tuple[Decision, ...]:
    """Decide who hears of an alert.

    Args:
        root: the tree.
        alert: what happened.
        now: the moment it is asked at; quiet hours and due times follow from it.
        mutes: all there are, ended ones too.
        verdicts: what readers pressed.
        sandbox: the channel of rehearsals; empty for none.

    """
    if (apart := replayed(alert, sandbox)) is not None:
        return (apart,)
    found: list[Decision] = []
    why = silenced(alert, mutes, verdicts, now)
    for node in chosen(root, alert):
        decision = _decide(node, alert, now)
        if why is not None and decision.action is Action.TELL:
            decision = replace(decision, action=Action.MUTE, why=why)
        told_by = next((one.route for one in found if one.reaches and one.channel == decision.channel), None)
        if told_by is not None and decision.reaches:
            decision = Decision(node.path, Action.DROP, f"second: {told_by} tells it on {decision.channel}")
        found.append(decision)
    return tuple(found)


def replayed(alert: Alert, sandbox: str) -> Decision | None:
    """Decide on an alert that a replay made; None for live ones: a rehearsal reaches no channel people watch."""
    if alert.replay is None or alert.replay.mode is ReplayMode.LIVE:
        return None
    if alert.replay.mode is ReplayMode.WARM_UP:
        return Decision(SANDBOX, Action.DROP, "warm_up: a warm-up tells nobody")
    if sandbox:
        return Decision(SANDBOX, Action.TELL, "a rehearsal's alert", sandbox)
    return Decision(
        SANDBOX, Action.HOLD, "a rehearsal's alert, and slack.sandbox_channel is not set", "", None, Hold.NO_CHANNEL
    )


def chosen(root: Node, alert: Alert) -> Iterator[Node]:
    """Yield the routes that take an alert, in order; at least one, the root if none else."""
    taken = False
    for child in root.children:
        if refusal(child, alert) is None:
            taken = True
            yield from chosen(child, alert)
            if not child.go_on:
                return
    if not taken:
        yield root


def refusal(node: Node, alert: Alert) -> str | None:
    """Return why a route does not take an alert, its parent and siblings aside; None when it does."""
    why = mismatch(node.match, alert)
    if why is None and node.unless is not None and mismatch(node.unless, alert) is None:
        why = "unless: all of it holds"
    return why


def _decide(node: Node, alert: Alert, now: datetime) -> Decision:
    has = node.telling
    if node.drop:
        return Decision(node.path, Action.DROP, "drop: this route tells nobody")
    if alert.score < has.minimum_score:
        why = f"score: {alert.score:.2f} is below the minimum of {has.minimum_score:g}"
        return Decision(node.path, Action.DROP, why)
    told = Decision(
        node.path, Action.TELL, "told at once", has.channel, has.fallback_channel, None, None, has.mention, has.storm
    )
    sources = alert.snapshot.independent_sources if alert.snapshot else None
    if sources is not None and sources < has.minimum_sources:
        why = f"sources: has {sources} of {has.minimum_sources}"
        return replace(told, action=Action.HOLD, why=why, hold=Hold.SOURCES)
    if has.channel and (held := _later(has, now)) is not None:
        hold, due, why = held
        return replace(told, action=Action.HOLD, why=why, hold=hold, due=due)
    return told


def _later(has: Telling, now: datetime) -> tuple[Hold, datetime, str] | None:
    """Return for what an alert waits, until when, and why; None when it is told now."""
    if has.digest is not None:
        due = next_digest(has.digest, has.zone, now)
        end = quiet_until(has.quiet_hours, has.zone, due)
        return Hold.DIGEST, end or due, "told in the next digest" + (", after quiet hours" if end else "")
    end = quiet_until(has.quiet_hours, has.zone, now)
    return (Hold.QUIET, end, "quiet hours") if end is not None else None
