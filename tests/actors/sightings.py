"""Sightings for tests, and the oracle: counts computed in one go from a list, the plain way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from monitor.models.actor import Window
from monitor.models.record import Origin
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorKind, ActorRole, Kind, Status, Subject

NOON = datetime(2025, 10, 31, 12, tzinfo=UTC)
ORIGIN = Origin(topic="pactwatch.articles", partition=0, offset=0, article_id="a")


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


sightings = st.builds(
    sighting,
    article_id=st.sampled_from([f"a-{number}" for number in range(12)]),
    at=st.datetimes(datetime(2025, 10, 25), datetime(2025, 11, 2), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants naive bounds
    actor_key=st.sampled_from(["country:IND", "country:USA", "person:IND/singh"]),
    role=st.sampled_from(ActorRole),
    status=st.none() | st.sampled_from(Status),
    source=st.sampled_from(["Asia Ledger", "Gulf Weekly", "Rhine Courier"]),
    subjects=st.lists(st.sampled_from(Subject), max_size=3, unique=True).map(tuple),
)


def articles_by_window(seen: Iterable[Sighting], actor: str, as_of: datetime) -> dict[Window, int]:
    """Count the articles of an actor in each window, from the whole list at once: once an article and day."""
    firsts: dict[tuple[str, object], tuple[object, ...]] = {}
    for one in seen:
        if one.actor_key != actor or one.event_time is None:
            continue
        at = one.event_time.astimezone(UTC)
        slot = at.replace(minute=at.minute // 5 * 5, second=0, microsecond=0)
        bits = sum(1 << list(Subject).index(subject) for subject in one.subjects)
        stage = [None, *Status].index(one.status)
        rank = (list(ActorRole).index(one.role), stage, bits, slot)
        key = (one.article_id, at.date())
        firsts[key] = min(firsts.get(key, rank), rank)
    slots = [rank[3] for rank in firsts.values()]
    counted: dict[Window, int] = {}
    for window in Window:
        start = as_of - window.length
        if window in (Window.MONTH, Window.YEAR):
            counted[window] = sum(
                start.date() < slot.date() <= as_of.date() for slot in slots if isinstance(slot, datetime)
            )
        else:
            counted[window] = sum(
                start - timedelta(minutes=5) < slot <= as_of for slot in slots if isinstance(slot, datetime)
            )
    return counted
