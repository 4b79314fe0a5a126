"""What all lanes of a deliverer share, and what is known of one telling while it lasts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

from monitor.models.alert import Alert
from monitor.models.delivery import Delivery
from monitor.settings import Slack
from monitor.slack.backoff import Backoff, Pace
from monitor.slack.board import Board
from monitor.slack.circuit import Circuit
from monitor.slack.lease import Lease
from monitor.slack.log import DeliveryLog
from monitor.slack.observe import Observations
from monitor.slack.poster import Poster
from monitor.slack.trouble import SlackTroubleError


@dataclass(slots=True)
class Parts:
    """What all lanes of a deliverer share."""

    poster: Poster
    log: DeliveryLog
    lease: Lease
    circuit: Circuit
    seen: Observations
    settings: Slack
    bury: Callable[[Delivery, SlackTroubleError], Awaitable[None]]
    """Writes a dead letter and waits for it."""
    move: Callable[[Delivery, SlackTroubleError], Awaitable[bool]]
    """Sends a delivery on to the fallback channel; False where there is none."""
    silenced: Callable[[Alert], str | None]
    """Says why nobody is to be told of an alert at this moment."""
    posts: Pace
    """Of all channels together, as `updates`: Slack counts both by workspace."""
    updates: Pace
    suspects: set[str] = field(default_factory=set)
    """Keys of deliveries that Slack may have twice: an answer was lost, or somebody else was at it."""
    public_url: str | None = None
    dissolve: Callable[[Delivery], Awaitable[None]] = field(init=False)
    """Lets the alerts of a digest that Slack does not take be told one by one."""
    board: Board = field(init=False)
    """Draws the messages that stand; made of the other parts."""


@dataclass(slots=True)
class Attempt:
    """What is known while one delivery is being told."""

    uncertain: bool
    """Slack may have it already."""
    accepted_at: datetime | None = None
    """When the lane got it."""
    plainly: bool = False
    """Slack refused the full form."""
    notes: str = ""
    """Digest of what readers said, as far as the message shows that."""
    backoff: Backoff = field(default_factory=lambda: Backoff(first=0.2, most=30.0))
