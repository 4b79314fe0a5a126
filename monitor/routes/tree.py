"""The tree of routes as it is used: every node with all it has, its own or its parent's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from monitor.routes.config import OFF, Digest, Match, Policy, QuietHours, Route, Storm
from monitor.settings import Settings

ROOT = "root"
"""The name of the route that takes what no other takes."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How a route tells, nothing left open."""

    channel: str = ""
    """Empty: none is set, alerts wait."""
    fallback_channel: str | None = None
    mention: tuple[str, ...] = ()
    minimum_score: float = 0.0
    minimum_sources: int = 0
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    quiet_hours: tuple[QuietHours, ...] = ()
    digest: Digest | None = None
    storm: Storm | None = None

    def with_(self, policy: Policy) -> Telling:
        """Return what a child has that says ``policy``."""
        given = {name: getattr(policy, name) for name in _KEPT if getattr(policy, name) is not None}
        for name in ("digest", "storm"):
            if given.get(name) == OFF:
                given[name] = None
        if policy.time_zone is not None:
            given["zone"] = ZoneInfo(policy.time_zone)
        if policy.channel is not None and policy.fallback_channel is None:
            given["fallback_channel"] = None if self.fallback_channel == policy.channel else self.fallback_channel
        return replace(self, **given)


_KEPT = (
    "channel",
    "fallback_channel",
    "mention",
    "minimum_score",
    "minimum_sources",
    "quiet_hours",
    "digest",
    "storm",
)
"""Names that `Policy` and `Telling` share, and mean the same by."""


@dataclass(frozen=True, slots=True)
class Node:
    """A route of the tree.  ``path`` names it and those above it, from below the root: ``asia/india``."""

    path: str
    telling: Telling
    match: Match = field(default_factory=Match)
    unless: Match | None = None
    go_on: bool = False
    drop: bool = False
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """Yield the node and all below it, in the order in which they are asked."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]


def tree(settings: Settings) -> Node:
    """Return the tree of the settings: ``[slack]`` is its root."""
    slack = settings.slack
    root = Telling(
        slack.channel,
        slack.fallback_channel or None,
        slack.mention,
        slack.minimum_score,
        slack.minimum_sources,
        ZoneInfo(slack.time_zone),
        slack.quiet_hours,
        None if slack.digest == OFF else slack.digest,
        None if slack.storm == OFF else slack.storm,
    )
    return Node(ROOT, root, children=_children("", root, settings.routes))


def _children(above: str, telling: Telling, routes: tuple[Route, ...]) -> tuple[Node, ...]:
    made = []
    for number, route in enumerate(routes, 1):
        path = f"{above}{route.name or number}"
        own = telling.with_(route)
        made.append(
            Node(
                path,
                own,
                route.match,
                route.unless,
                route.go_on,
                route.drop,
                _children(f"{path}/", own, route.routes),
            )
        )
    return tuple(made)
