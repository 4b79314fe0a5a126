"""Actors: the rolling table, who met whom, and the network of agreements."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from monitor.actors.rolling import rolling
from monitor.models.actor import Window
from monitor.models.agreement import AgreementState
from monitor.models.vocabulary import ActorKind, Reason
from monitor.slack.names import party
from monitor.web.data.actor_rows import ActorRow, Span
from monitor.web.data.live import Live
from monitor.web.data.page import Page, Row, Slice, cut

MATRIX = 16
"""Countries in the pair matrix, at most: more cannot be read."""

NETWORK = 60
"""Nodes of the network, at most."""


@dataclass(frozen=True, slots=True)
class ActorFilter:
    """What the table is narrowed to."""

    as_of: datetime
    window: Window = Window.MONTH
    kind: ActorKind | None = None
    country: str = ""
    text: str = ""
    idle: bool = False
    """Those with nothing in the window too."""


def table(live: Live, wanted: ActorFilter, part: Slice) -> Page:
    """Return a page of the table, by default the busiest of the window first."""
    words = wanted.text.lower().split()
    span = Span.of(wanted.window, wanted.as_of)
    found: list[tuple[ActorRow, int]] = []
    for row in live.actors.items().values():
        if wanted.kind not in (None, row.kind) or (wanted.country and not _belongs(row, wanted.country)):
            continue
        if words and not all(word in row.haystack for word in words):
            continue
        count = row.articles(span)
        if count or wanted.idle:
            found.append((row, count))
    keys: dict[str, Any] = {
        "articles": lambda item: (item[1] << 40) + item[0].seen,  # the busiest first, of those the last seen
        "name": lambda item: item[0].name.lower(),
        "kind": lambda item: item[0].kind.value,
        "last_seen": lambda item: item[0].seen,
        **{one.value: partial(_count, Span.of(one, wanted.as_of)) for one in Window},
    }
    rows = cut(found, part, keys, "articles", descending=True)
    surging = surges(live, wanted)
    return Page([as_row(row, wanted, surging=row.key in surging) for row, _ in rows], len(found))


def _count(span: Span, item: tuple[ActorRow, int]) -> int:
    return item[0].articles(span)


def _belongs(row: ActorRow, country: str) -> bool:
    return row.country == country or country in row.key.partition(":")[2].split("+")


def surges(live: Live, wanted: ActorFilter) -> frozenset[str]:
    """Return the keys of actors a surge was told of within the window."""
    start = wanted.as_of - wanted.window.length
    return frozenset(
        alert.actor_id
        for alert in live.alerts.rows
        if alert.reason is Reason.SURGE and alert.actor_id and start < alert.at <= wanted.as_of
    )


def as_row(row: ActorRow, wanted: ActorFilter, *, surging: bool = False) -> Row:
    """Return a row as JSON; ``1h`` to ``365d`` are counts of articles."""
    shown = rolling(row.record(), wanted.as_of, wanted.window)
    return {
        "key": row.key,
        "kind": row.kind.value,
        "name": row.name,
        "flag": party(row.country).flag if row.country else "",
        "country": row.country,
        **{window.value: shown.articles[window] for window in Window},
        "sources": shown.sources,
        "role": next(iter(shown.roles), None),
        "spark": row.spark(wanted.as_of),
        "surge": surging,
        "first_seen": row.first_seen.isoformat(),
        "last_seen": row.last_seen.isoformat(),
    }


def one(live: Live, key: str, wanted: ActorFilter) -> Row | None:
    """Return everything about an actor; None when there is none of that key."""
    row = live.actors.get(key)
    if row is None:
        return None
    shown = rolling(row.record(), wanted.as_of, wanted.window)
    actor = shown.actor
    return {
        **as_row(row, wanted, surging=key in surges(live, wanted)),
        "aliases": list(actor.aliases),
        "offices": [office.model_dump(mode="json") for office in actor.offices],
        "identities": [identity.model_dump(mode="json") for identity in actor.identities],
        "roles": shown.roles,
        "subjects": shown.subjects,
        "stages": shown.stages,
        "days": [[day.day.isoformat(), day.articles] for day in actor.days],
        "older": actor.older,
        "undated": actor.undated,
        "agreements": [
            found.id
            for found in live.agreements.items().values()
            if found.state is AgreementState.LIVE and _takes_part(key, found.parties)
        ][:200],
    }


def _takes_part(key: str, parties: tuple[str, ...]) -> bool:
    kind, _, name = key.partition(":")
    wanted = name.split("+") if kind == "pair" else [name]
    return all(code in parties for code in wanted)


def pairs(live: Live, wanted: ActorFilter) -> Row:
    """Return the busiest parties and how many articles of the window named each two of them together."""
    counts: dict[tuple[str, str], int] = {}
    totals: dict[str, int] = {}
    span = Span.of(wanted.window, wanted.as_of)
    for row in live.actors.items().values():
        if row.kind is not ActorKind.PAIR:
            continue
        count = row.articles(span)
        codes = row.key.partition(":")[2].split("+")
        if count and len(codes) == 2:
            counts[codes[0], codes[1]] = count
            for code in codes:
                totals[code] = totals.get(code, 0) + count
    names = sorted(totals, key=lambda code: (-totals[code], code))[:MATRIX]
    known = set(names)
    return {
        "parties": [{"code": code, "name": party(code).name} for code in names],
        "counts": [[a, b, count] for (a, b), count in sorted(counts.items()) if a in known and b in known],
        "left_out": len(totals) - len(names),
    }


def network(live: Live, start: datetime | None, end: datetime) -> Row:
    """Return who agreed with whom: dossiers changed between two moments (event time), as nodes and edges."""
    found, weight = _together(live, start, end)
    names = sorted(weight, key=lambda code: (-weight[code], code))[:NETWORK]
    known = set(names)
    return {
        "nodes": [{"code": code, "name": party(code).name, "agreements": weight[code]} for code in names],
        "edges": [
            {"parties": [a, b], "agreements": ids[:50], "count": len(ids)}
            for (a, b), ids in sorted(found.items())
            if a in known and b in known
        ],
        "left_out": len(weight) - len(names),
    }


def edges(live: Live, start: datetime | None, end: datetime) -> list[Row]:
    """Return every two parties with agreements in common, of dossiers changed between two moments (event time)."""
    return [
        {"a": a, "b": b, "parties": f"{party(a).name} – {party(b).name}", "agreements": len(ids)}
        for (a, b), ids in _together(live, start, end)[0].items()
    ]


def _together(
    live: Live, start: datetime | None, end: datetime
) -> tuple[dict[tuple[str, str], list[str]], dict[str, int]]:
    """Return the dossiers of each two parties, and how many each party has."""
    found: dict[tuple[str, str], list[str]] = {}
    weight: dict[str, int] = {}
    for row in live.agreements.items().values():
        if row.state is not AgreementState.LIVE or row.updated_at > end or (start and row.updated_at < start):
            continue
        for code in row.parties:
            weight[code] = weight.get(code, 0) + 1
        for number, a in enumerate(row.parties):
            for b in row.parties[number + 1 :]:
                found.setdefault((a, b), []).append(row.id)
    return found, weight
