"""Routes for people: the tree as a picture in the terminal, and the way an alert takes through it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from monitor.models.alert import Alert
from monitor.routes.config import DAYS, Day, Match, QuietHours
from monitor.routes.decide import Action, Decision, replayed
from monitor.routes.explain import Step, steps
from monitor.routes.matching import bounds
from monitor.routes.tree import Node, Telling

_MARKS = {
    Action.TELL: ("✓", "green"),
    Action.HOLD: ("⏳", "yellow"),
    Action.MUTE: ("🔇", "yellow"),
    Action.DROP: ("✗", "red"),
}
_WORKDAYS = DAYS[:5]


def picture(root: Node, *, sandbox: str = "") -> RenderableType:
    """Return the tree: of each route what it takes, and below it what is its own."""
    drawn = Tree(_label(root, None), guide_style="grey50")
    _grow(drawn, root)
    apart = Text.assemble(("replays", "bold"), "  rehearsals, whatever they match\n")
    apart.append(
        f"→ {sandbox}" if sandbox else "→ held: slack.sandbox_channel is not set", "cyan" if sandbox else "yellow"
    )
    return Group(drawn, apart)


def _grow(drawn: Tree, node: Node) -> None:
    for child in node.children:
        _grow(drawn.add(_label(child, node.telling)), child)


def _label(node: Node, above: Telling | None) -> Text:
    label = Text(node.name, "bold")
    label.append("  ")
    label.append(match_in_words(node.match) if above is not None else "what no other route takes", "default not bold")
    if node.unless is not None:
        label.append(f", unless {match_in_words(node.unless)}", "default not bold")
    own = list(_telling(node, above))
    if own:
        label.append("\n")
        label.append(" · ".join(own), "cyan not bold")
    return label


def match_in_words(match: Match) -> str:
    """Return what a route takes: ``regions: gulf or levant; score from 0.8``."""
    names = ("parties", "regions", "subjects", "instruments", "stages", "reasons", "actors", "sources")
    items = [f"{name}: {' or '.join(wanted)}" for name in names if (wanted := getattr(match, name))]
    if match.all_parties:
        items.append(f"parties: {' and '.join(match.all_parties)}")
    if match.score is not None:
        items.append(f"score {bounds(match.score)}")
    if match.confirmed is not None:
        items.append("confirmed" if match.confirmed else "not confirmed")
    return "; ".join(items) or "everything"


def _telling(node: Node, above: Telling | None) -> Iterator[str]:
    """Yield what a route has that the one above it has not."""
    has = node.telling
    if node.drop:
        yield "→ nobody"
        return
    if above is None or has.channel != above.channel:
        yield f"→ {has.channel or '(no channel is set)'}"
    if has.fallback_channel and (above is None or has.fallback_channel != above.fallback_channel):
        yield f"else {has.fallback_channel}"
    if has.mention != (above.mention if above else ()):
        yield f"mentions {', '.join(has.mention)}" if has.mention else "mentions nobody"
    if has.minimum_score != (above.minimum_score if above else 0.0):
        yield f"score from {has.minimum_score:g}"
    if has.minimum_sources != (above.minimum_sources if above else 0):
        yield f"{has.minimum_sources} sources or more"
    yield from _times(has, above)
    if has.storm != (above.storm if above else None):
        yield (
            f"storm: more than {has.storm.more_than} in {has.storm.within_minutes:g} min"
            if has.storm
            else "no storm protection"
        )
    if node.go_on:
        yield "continue"


def _times(has: Telling, above: Telling | None) -> Iterator[str]:
    zone = f" {has.zone.key}"
    moved = above is not None and has.zone.key != above.zone.key
    if has.digest != (above.digest if above else None) or (has.digest and moved):
        yield f"digest {_days(has.digest.days)}{_clock(has.digest.at)}{zone}" if has.digest else "no digest"
    if has.quiet_hours != (above.quiet_hours if above else ()) or (has.quiet_hours and moved):
        yield f"quiet {', '.join(map(_quiet, has.quiet_hours))}{zone}" if has.quiet_hours else "no quiet hours"


def _quiet(hours: QuietHours) -> str:
    return f"{_days(hours.days)}{_clock(hours.since)}–{_clock(hours.until)}"


def _days(days: Sequence[Day]) -> str:
    if set(days) == set(DAYS):
        return ""
    if set(days) == set(_WORKDAYS):
        return "mon–fri "
    return f"{', '.join(days)} "


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def as_table(root: Node) -> list[dict[str, Any]]:
    """Return every route with all it has, for programs."""
    return [
        {
            "route": node.path,
            "match": node.match.model_dump(mode="json", exclude_defaults=True),
            "unless": node.unless.model_dump(mode="json", exclude_defaults=True) if node.unless else None,
            "continue": node.go_on,
            "drop": node.drop,
            "channel": node.telling.channel,
            "fallback_channel": node.telling.fallback_channel,
            "mention": list(node.telling.mention),
            "minimum_score": node.telling.minimum_score,
            "minimum_sources": node.telling.minimum_sources,
            "time_zone": node.telling.zone.key,
            "quiet_hours": [_quiet(hours) for hours in node.telling.quiet_hours],
            "digest": f"{_days(node.telling.digest.days)}{_clock(node.telling.digest.at)}"
            if node.telling.digest
            else None,
            "storm": node.telling.storm.model_dump() if node.telling.storm else None,
        }
        for node in root.walk()
    ]


def decided(root: Node, alert: Alert, decisions: Sequence[Decision], now: datetime) -> RenderableType:
    """Return the answer of `pactwatch routes test`: where an alert goes, and what each route said to it."""
    from monitor.slack.headline import headline  # noqa: PLC0415 - the tree alone needs no words of Slack

    lines = [Text(headline(alert), "bold"), Text(_facts(alert), "grey58"), Text()]
    for decision in decisions:
        mark, style = _MARKS[decision.action]
        lines.append(Text.assemble((f"{mark} ", style), (decision.route, "bold"), f"  {_outcome(decision, root)}"))
    lines.append(Text(f"asked at {now:%Y-%m-%d %H:%M} {now.tzname() or ''}", "grey58"))
    if replayed(alert, "") is None and root.children:
        lines.append(Text("\nwhat each route said"))
        lines += [_answer(step) for step in steps(root, alert)]
    return Group(*lines)


def _answer(step: Step) -> Text:
    indent = "  " * (step.node.path.count("/") + 1)
    mark, style = ("✓", "green") if step.took else ("·", "grey58")
    return Text.assemble(indent, (mark, style), f" {step.node.name}  ", (step.why, "" if step.took else "grey58"))


def _outcome(decision: Decision, root: Node) -> str:
    channel = decision.channel or "a channel, when one is set"
    also = f", {', '.join(decision.mention)} mentioned" if decision.mention else ""
    match decision.action:
        case Action.TELL:
            return f"→ {channel}, at once{also}"
        case Action.HOLD if decision.due is not None:
            zone = next((node.telling.zone for node in root.walk() if node.path == decision.route), None)
            due = decision.due.astimezone(zone)
            return f"→ {channel}, held until {due:%a %Y-%m-%d %H:%M} {due.tzname()} ({decision.why}){also}"
        case Action.HOLD:
            return f"→ {channel}, held ({decision.why})"
        case Action.MUTE:
            return f"silent: {decision.why}"
    return f"told to nobody here: {decision.why}"


def _facts(alert: Alert) -> str:
    shown = alert.snapshot
    items = [
        alert.reason.value,
        "+".join(alert.parties),
        *([subject.value for subject in shown.subjects] if shown else []),
        shown.instrument.value if shown else "",
        alert.status.value if alert.status else "",
        f"score {alert.score:.2f}",
        _counted(shown.independent_sources) if shown else "",
        alert.article.source if alert.article else "",
    ]
    return " · ".join(item for item in items if item)


def _counted(sources: int) -> str:
    return f"{sources} source{'' if sources == 1 else 's'}"


def verdict_of(root: Node, alert: Alert, decisions: Sequence[Decision]) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "alert_id": alert.id,
        "agreement_id": alert.agreement_id,
        "decisions": [
            {
                "route": one.route,
                "action": one.action.value,
                "channel": one.channel,
                "fallback_channel": one.fallback,
                "mention": list(one.mention),
                "hold": one.hold.value if one.hold else None,
                "due": one.due.isoformat() if one.due else None,
                "why": one.why,
            }
            for one in decisions
        ],
        "routes": [{"route": step.node.path, "took": step.took, "why": step.why} for step in steps(root, alert)]
        if replayed(alert, "") is None
        else [],
    }
