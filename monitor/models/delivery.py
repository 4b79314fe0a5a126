"""A delivery: an alert on one Slack channel, from queue to message."""

from __future__ import annotations

from pydantic import Field

from monitor.models.alert import Alert
from monitor.models.record import Instant, Record
from monitor.models.vocabulary import DeliveryState, Hold


class Delivery(Record):
    """Where an alert stands on one channel; key in `deliveries` is ``<alert id>/<channel>``.

    The topic is the deliverer's durable queue: what is not sent, muted, digested or failed is still to be done,
    and carries the alert it is about.  A digest is a delivery too: of no alert, but of `members`, which stay held
    until it stands on Slack.
    """

    alert_id: str
    channel: str
    """As configured: ``#pacts`` or an id."""
    agreement_id: str | None = None
    actor_id: str | None = None
    state: DeliveryState
    sequence: int = Field(default=0, ge=0)
    """Offset of the alert in `alerts`: the order in which an agreement's alerts are told."""
    offset: int | None = Field(default=None, ge=0)
    """Where the alert's newest revision stands in `alerts`; None: at ``sequence``."""
    channel_id: str | None = None
    """Slack's id of the channel, once known."""
    ts: str | None = None
    """Slack's id of the message, once sent."""
    thread_ts: str | None = None
    """For a reply: the ``ts`` of the message it stands under; None for a message in the channel itself."""
    intent_at: Instant | None = None
    """When the first attempt that may have reached Slack began: a look into the history starts there."""
    attempts: int = Field(default=0, ge=0)
    route: str = ""
    """The path of the route that brought it here."""
    mention: tuple[str, ...] = ()
    """Whom the message names, by Slack's ids."""
    accepted_at: Instant | None = None
    """When the deliverer decided on it."""
    hold: Hold | None = None
    """What it waits for, or waited for."""
    due: Instant | None = None
    """When its wait is over; None while it waits for something to happen."""
    members: tuple[str, ...] = ()
    """Of a digest: the keys of what it tells, in the order of the alerts."""
    digest: str | None = None
    """Key of the digest that told it."""
    error: str | None = None
    moved_to: str | None = None
    """For one that failed: the fallback channel that it went on to."""
    alert: Alert | None = None
    """What to send; dropped once it is sent."""
    revision: int = Field(default=0, ge=0)
    bulletin: bool = False
    """It is about no alert, but about the stream: a daily line, or what is wrong."""
    about: tuple[str, ...] = ()
    """Of a bulletin: what it says to be wrong, by key."""
    notes: str = ""
    """For a message in the channel: a digest of what readers said about it as far as it shows that."""
    updated_at: Instant

    @property
    def key(self) -> str:
        """The record's key."""
        return f"{self.alert_id}/{self.channel}"
