"""Sightings for tests, and the oracle: counts computed in one go from a list, the plain way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from monitor.models.actor import Actor, Window
from monitor.models.record import Origin
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorKind, ActorRole, Kind, Status, Subject

NOON = datetime(2025, 10, 31, 12, tzinfo=UTC)
ORIGIN = Origin(topic="pactwatch.articles", partition=0, offset=0, article_id="a")
SOURCES = ("Asia Ledger", "Gulf Weekly", "Rhine Courier", "Cape Herald", "Andes Post")


def sighting(article_id: str = "a-1", at: datetime | None = NOON, **changes: object) -> Sighting:
    """Return a sighting of India, with what a test cares about changed."""
    fields: dict[str, object] = {
        "actor_key": "country:IND",
        "actor_kind": ActorKind.COUNTRY,
        "name": "India",
        "role": ActorRole.PARTY,
        "country": "IND",
        "article_id": article_id,
        "source": "Asia Ledger",
        "event_time": at,
        "ingested_at": NOON + timedelta(days=400),
        "article_kind": Kind.AGREEMENT,
        "status": Status.SIGNED,
        "subjects": (Subject.LOGISTICS,),
        "origin": ORIGIN,
    }
    return Sighting.model_validate(fields | changes)


_moments = st.datetimes(datetime(2025, 10, 25), datetime(2025, 11, 2), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants naive bounds


@st.composite
def sightings(draw: st.DrawFn) -> Sighting:
    """Any sighting of a few articles and actors: revisions with other dates, without a date, with other words."""
    key = draw(st.sampled_from(["country:IND", "country:USA", "person:IND/singh"]))
    ingested = draw(_moments)
    return sighting(
        draw(st.sampled_from([f"a-{number}" for number in range(8)])),
        draw(st.none() | _moments),
        actor_key=key,
        actor_kind=ActorKind(key.partition(":")[0]),
        name=draw(st.sampled_from(["Rajnath Singh", "Mr Singh", "Hardeep Singh"])),
        office=draw(st.none() | st.sampled_from(["Defence Minister", "Home Minister"])),
        role=draw(st.sampled_from(ActorRole)),
        status=draw(st.none() | st.sampled_from(Status)),
        source=SOURCES[int(ingested.timestamp()) % len(SOURCES)],
        subjects=tuple(draw(st.lists(st.sampled_from(Subject), max_size=3, unique=True))),
        article_kind=draw(st.sampled_from(Kind)),
        ingested_at=ingested,
    )


@dataclass
class Counted:
    """An article of one actor, all its sightings together."""

    rank: tuple[int, bool, datetime] | None = None
    at: datetime = NOON
    source: str = ""
    roles: set[ActorRole] = field(default_factory=set)
    subjects: set[Subject] = field(default_factory=set)
    stages: set[Status] = field(default_factory=set)


def batch(seen: Iterable[Sighting]) -> dict[str, dict[str, Counted]]:
    """Join all sightings by actor and article: time and source of the first ingested, the rest united."""
    actors: dict[str, dict[str, Counted]] = {}
    for one in seen:
        counted = actors.setdefault(one.actor_key, {}).setdefault(one.article_id, Counted())
        at = one.ingested_at
        if one.event_time is not None:
            at = min(one.event_time, one.ingested_at + timedelta(minutes=5))
        at = at.astimezone(UTC)
        slot = at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)
        rank = (int(one.ingested_at.timestamp()), one.event_time is None, slot)
        if counted.rank is None or rank < counted.rank:
            counted.rank, counted.at, counted.source = rank, slot, one.source
        counted.roles.add(one.role)
        counted.subjects.update(one.subjects)
        counted.stages.update({one.status} if one.status else ())
    return actors


def window_of(articles: Iterable[Counted], window: Window, as_of: datetime) -> dict[str, object]:
    """Return the counts of a window, as `window_read` does."""
    start = as_of - window.length
    if window in (Window.MONTH, Window.YEAR):
        held = [one for one in articles if start.date() < one.at.date() <= as_of.date()]
    else:
        held = [one for one in articles if start - timedelta(minutes=5) < one.at <= as_of]
    return {
        "articles": len(held),
        "sources": len({one.source for one in held}),
        "roles": Counter(role for one in held for role in (one.roles - {ActorRole.NAMED} or one.roles)),
        "subjects": Counter(subject for one in held for subject in one.subjects),
        "stages": Counter(stage for one in held for stage in one.stages),
        "both": Counter(
            (subject, role)
            for one in held
            for subject in one.subjects
            for role in (one.roles - {ActorRole.NAMED} or one.roles)
        ),
    }


def window_read(actor: Actor | None, window: Window, as_of: datetime) -> dict[str, object]:
    """Return what a published record says of a window."""
    days = actor.within(window, as_of) if actor else ()
    roles: Counter[ActorRole] = Counter()
    subjects: Counter[Subject] = Counter()
    stages: Counter[Status] = Counter()
    both: Counter[tuple[Subject, ActorRole]] = Counter()
    for day in days:
        roles.update(day.roles)
        subjects.update(day.subjects)
        stages.update(day.stages)
        both.update({(subject, role): n for subject, roles_ in day.both.items() for role, n in roles_.items()})
    return {
        "articles": actor.articles(window, as_of) if actor else 0,
        "sources": actor.sources(window, as_of) if actor else 0,
        "roles": roles,
        "subjects": subjects,
        "stages": stages,
        "both": both,
    }
