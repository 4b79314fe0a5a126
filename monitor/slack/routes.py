"""Which channels an alert goes to: the routes of the settings, or a terminal's."""

from __future__ import annotations

from datetime import datetime

from monitor.models.alert import Alert
from monitor.models.vocabulary import ReplayMode
from monitor.routes.decide import SANDBOX, Action, Decision, Router, route, tell
from monitor.routes.tree import ROOT, tree
from monitor.settings import Settings

NOWHERE = ""
"""Stands for the channel while none is set: what is queued for it moves on when one is."""

TERMINAL = "terminal"
"""The channel of every terminal: what was drawn there is not logged as told on a channel of Slack."""


def router(settings: Settings) -> Router:
    """Return the tree of the settings.  Mutes are looked up when an alert's turn comes, not here."""
    root, sandbox = tree(settings), settings.slack.sandbox_channel
    return lambda alert, now: route(root, alert, now, sandbox=sandbox)


def terminal_router(settings: Settings) -> Router:
    """Return routes for a terminal, where nobody is disturbed: everything is shown, a rehearsal's alerts too."""

    def decide(alert: Alert, now: datetime) -> tuple[Decision, ...]:
        del now
        if alert.replay is not None and alert.replay.mode is ReplayMode.WARM_UP:
            return (Decision(SANDBOX, Action.DROP, "warm_up: a warm-up tells nobody"),)
        if alert.score < settings.slack.minimum_score:
            return (Decision(ROOT, Action.DROP, "score: below the minimum"),)
        return (tell(TERMINAL, route=ROOT),)

    return decide


__all__ = ["NOWHERE", "TERMINAL", "Router", "router", "terminal_router"]
