"""Which channel an alert goes to.  A pure function of the alert and the settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from monitor.models.alert import Alert
from monitor.models.vocabulary import ReplayMode
from monitor.settings import Slack

NOWHERE = ""
"""Stands for the channel while none is set: what is queued for it moves on when one is."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where an alert goes: ``channel``, or ``fallback`` when that takes no messages.

    ``held`` keeps it in the log without a due time; ``skip`` says why nobody is told at all.
    """

    channel: str = NOWHERE
    fallback: str | None = None
    held: bool = False
    skip: str | None = None


Router = Callable[[Alert], Route]


def router(settings: Slack) -> Router:
    """Return the routes of the settings: one channel for news, one for rehearsals."""

    def route(alert: Alert) -> Route:
        if alert.replay is not None and alert.replay.mode is not ReplayMode.LIVE:
            if alert.replay.mode is ReplayMode.WARM_UP:
                return Route(skip="warm_up")
            # A rehearsal must not reach the channel people watch, whatever is set
            return Route(settings.sandbox_channel, held=not settings.sandbox_channel)
        if alert.score < settings.minimum_score:
            return Route(skip="score")
        return Route(settings.channel, fallback=settings.fallback_channel or None)

    return route


TERMINAL = "terminal"
"""The channel of every terminal: what was drawn there is not logged as told on a channel of Slack."""


def terminal_router(settings: Slack) -> Router:
    """Return routes for a terminal, where nobody is disturbed: everything is shown, a rehearsal's alerts too."""

    def route(alert: Alert) -> Route:
        if alert.replay is not None and alert.replay.mode is ReplayMode.WARM_UP:
            return Route(skip="warm_up")
        if alert.score < settings.minimum_score:
            return Route(skip="score")
        return Route(TERMINAL)

    return route
