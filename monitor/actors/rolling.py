"""What people ask of the actors: who was busy in a window, and how does that compare."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from monitor.models.actor import Actor, Window
from monitor.models.vocabulary import ActorKind

SPARK_DAYS = 30


@dataclass(frozen=True, slots=True)
class Rolling:
    """An actor as of a moment; every number is a count of articles but ``sources``."""

    actor: Actor
    articles: dict[Window, int]
    sources: int
    """Different sources in the window that was asked for."""
    roles: dict[str, int]
    subjects: dict[str, int]
    stages: dict[str, int]
    spark: tuple[int, ...]
    """Articles on each of the last 30 days, oldest first."""


def rolling(actor: Actor, as_of: datetime, window: Window = Window.MONTH) -> Rolling:
    """Return the counts of an actor; roles, subjects and stages are those of ``window``, most frequent first."""
    roles: Counter[str] = Counter()
    subjects: Counter[str] = Counter()
    stages: Counter[str] = Counter()
    for day in actor.within(window, as_of):
        roles.update(day.roles)
        subjects.update(day.subjects)
        stages.update(day.stages)
    return Rolling(
        actor=actor,
        articles={each: actor.articles(each, as_of) for each in Window},
        sources=actor.sources(window, as_of),
        roles=dict(roles.most_common()),
        subjects=dict(subjects.most_common()),
        stages=dict(stages.most_common()),
        spark=_spark(actor, as_of.astimezone(UTC).date()),
    )


def busiest(
    actors: Iterable[Actor],
    as_of: datetime,
    *,
    window: Window = Window.MONTH,
    kind: ActorKind | None = None,
    country: str | None = None,
    top: int | None = None,
) -> list[Rolling]:
    """Return those seen in the window, busiest first; equals by key.  ``country`` is an alpha-3 code."""
    found = [
        rolling(actor, as_of, window)
        for actor in actors
        if (kind is None or actor.kind is kind) and (country is None or _belongs(actor, country))
    ]
    seen = [one for one in found if one.articles[window]]
    return sorted(seen, key=lambda one: (-one.articles[window], -one.sources, one.actor.key))[:top]


def find(actors: Iterable[Actor], asked: str) -> list[Actor]:
    """Return the actors a person may mean: by key, by code, or by a slug of any form of the name."""
    wanted = slug(asked)
    exact = [actor for actor in actors if asked in (actor.key, actor.key.partition(":")[2])]
    if exact:
        return exact
    return [actor for actor in actors if wanted in {slug(form) for form in (actor.name, *actor.aliases)}]


def slug(name: str) -> str:
    """Return a name as one types it: ``Rajnath Singh`` -> ``rajnath-singh``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")


def _belongs(actor: Actor, country: str) -> bool:
    return actor.country == country or country in actor.key.partition(":")[2].split("+")


def _spark(actor: Actor, last: date) -> tuple[int, ...]:
    counted = {day.day: day.articles for day in actor.days}
    return tuple(counted.get(last - timedelta(days=back), 0) for back in range(SPARK_DAYS - 1, -1, -1))
