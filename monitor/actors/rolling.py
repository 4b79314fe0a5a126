"""What people ask of the actors: who was busy in a window, and how does that compare."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from monitor.models.actor import Actor, Window
from monitor.models.vocabulary import ActorKind, ActorRole, Subject

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
    trend: float | None
    """Articles a day in the last 7 days, as a multiple of those in the 28 days before; None when those had none."""

    both: dict[str, dict[str, int]]
    """Articles on a subject in a role."""

    def rank(self, window: Window, role: ActorRole | None, subject: Subject | None) -> int:
        """Return what it is ranked by: articles, those in a role or on a subject, or those that are both."""
        if role is not None and subject is not None:
            return self.both.get(subject, {}).get(role, 0)
        if role is not None:
            return self.roles.get(role, 0)
        return self.articles[window] if subject is None else self.subjects.get(subject, 0)


@dataclass(frozen=True, slots=True)
class Partner:
    """Another party, and how often both are seen as a pair."""

    code: str
    articles: int


def rolling(actor: Actor, as_of: datetime, window: Window = Window.MONTH) -> Rolling:
    """Return the counts of an actor; roles, subjects and stages are those of ``window``, most frequent first."""
    roles: Counter[str] = Counter()
    subjects: Counter[str] = Counter()
    stages: Counter[str] = Counter()
    both: dict[str, Counter[str]] = defaultdict(Counter)
    for day in actor.within(window, as_of):
        roles.update(day.roles)
        subjects.update(day.subjects)
        stages.update(day.stages)
        for subject, in_roles in day.both.items():
            both[subject].update(in_roles)
    return Rolling(
        actor=actor,
        articles={each: actor.articles(each, as_of) for each in Window},
        sources=actor.sources(window, as_of),
        roles=dict(roles.most_common()),
        subjects=dict(subjects.most_common()),
        stages=dict(stages.most_common()),
        spark=_spark(actor, as_of.astimezone(UTC).date()),
        trend=_trend(actor, as_of.astimezone(UTC).date()),
        both={subject: dict(counted) for subject, counted in both.items()},
    )


def busiest(
    actors: Iterable[Actor],
    as_of: datetime,
    *,
    window: Window = Window.MONTH,
    kind: ActorKind | None = None,
    country: str | None = None,
    role: ActorRole | None = None,
    subject: Subject | None = None,
    top: int | None = None,
) -> list[Rolling]:
    """Return those seen in the window (in a role, on a subject), busiest first; equals by sources, then by key.

    ``country`` is an alpha-3 code.
    """
    found = [
        rolling(actor, as_of, window)
        for actor in actors
        if (kind is None or actor.kind is kind) and (country is None or _belongs(actor, country))
    ]
    seen = [(one.rank(window, role, subject), one) for one in found]
    ranked = sorted(
        (pair for pair in seen if pair[0]), key=lambda pair: (-pair[0], -pair[1].sources, pair[1].actor.key)
    )
    return [one for _, one in ranked[:top]]


def partners(
    actors: Iterable[Actor], code: str, as_of: datetime, *, window: Window = Window.YEAR, top: int = 5
) -> list[Partner]:
    """Return whom a country or organisation is seen with as a party in the window, most often first."""
    met = [
        Partner(next(other for other in pair if other != code), count)
        for actor in actors
        if actor.kind is ActorKind.PAIR
        and len(pair := actor.key.partition(":")[2].split("+")) == 2
        and code in pair
        and (count := actor.articles(window, as_of))
    ]
    return sorted(met, key=lambda one: (-one.articles, one.code))[:top]


def matrix(
    actors: Iterable[Actor], codes: Sequence[str], as_of: datetime, *, window: Window = Window.YEAR
) -> list[list[int]]:
    """Return a row and a column a code: articles in the window in which both are parties; 0 on the diagonal."""
    counted = {actor.key: actor.articles(window, as_of) for actor in actors if actor.kind is ActorKind.PAIR}
    return [
        [0 if one == other else counted.get(f"pair:{'+'.join(sorted((one, other)))}", 0) for other in codes]
        for one in codes
    ]


def find(actors: Iterable[Actor], asked: str) -> list[Actor]:
    """Return the actors a person may mean: by key, by code, or by a slug of any form of the name."""
    actors = list(actors)
    wanted = slug(asked)
    exact = [actor for actor in actors if asked in (actor.key, actor.key.partition(":")[2])]
    if exact:
        return exact
    return [actor for actor in actors if wanted in {slug(form) for form in _names(actor)}]


def slug(name: str) -> str:
    """Return a name as one types it: ``Rajnath Singh`` -> ``rajnath-singh``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")


def _names(actor: Actor) -> Iterator[str]:
    yield from (actor.name, *actor.aliases)
    for person in actor.identities:
        yield from (person.name, *person.aliases)


def _trend(actor: Actor, last: date) -> float | None:
    recent = sum(day.articles for day in actor.days if last - timedelta(days=7) < day.day <= last)
    before = sum(day.articles for day in actor.days if last - timedelta(days=35) < day.day <= last - timedelta(days=7))
    return recent * 4 / before if before else None


def _belongs(actor: Actor, country: str) -> bool:
    return actor.country == country or country in actor.key.partition(":")[2].split("+")


def _spark(actor: Actor, last: date) -> tuple[int, ...]:
    counted = {day.day: day.articles for day in actor.days}
    return tuple(counted.get(last - timedelta(days=back), 0) for back in range(SPARK_DAYS - 1, -1, -1))
