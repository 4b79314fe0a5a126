"""By numbers: 200,000 sightings, shuffled, repeated, cut and killed, against a batch computation."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

from monitor.actors import Counts
from monitor.models.actor import Window
from monitor.models.report import Tick
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorKind, ActorRole
from tests.actors.sightings import NOON, ORIGIN, sighting

ARTICLES = 40_000
ACTORS = 300
DAYS = 380


def archive(chance: random.Random) -> list[Sighting]:
    """Return 200,000 sightings: a fifth of them seen before, some articles from before the longest window."""
    days = [*chance.sample(range(DAYS), 60), 0, 1, 6, 7, 29, 30, 364, 365, 366]
    template = sighting()
    seen = [
        template.model_copy(
            update={
                "actor_key": f"organisation:O{actor}",
                "actor_kind": ActorKind.ORGANISATION,
                "name": f"O{actor}",
                "article_id": f"article-{number}",
                "event_time": at,
                "ingested_at": at + timedelta(minutes=2),
                "source": f"house-{number % 50}",
                "role": chance.choice((ActorRole.PARTY, ActorRole.HOST)),
            }
        )
        for number in range(ARTICLES)
        for at in (NOON - timedelta(days=chance.choice(days), minutes=chance.randrange(1440)),)
        for actor in chance.sample(range(ACTORS), 4)
    ]
    return seen + chance.choices(seen, k=ARTICLES)


def windows(at: datetime) -> set[Window]:
    """Return the windows before noon that hold an article."""
    slot = at.replace(minute=at.minute // 5 * 5)
    by_day = {window for window in (Window.MONTH, Window.YEAR) if (NOON - window.length).date() < at.date()}
    by_slot = set(Window) - {Window.MONTH, Window.YEAR}
    return by_day | {window for window in by_slot if NOON - window.length - timedelta(minutes=5) < slot}


def take(chance: random.Random, records: list[Sighting | Tick]) -> dict[str, bytes]:
    """Count records as a worker does that is killed over and over; return what its table holds at the end."""
    counts = Counts()
    table: dict[str, bytes] = {}
    done = 0
    while done < len(records):
        draft = counts.draft(at=done / 1e5)
        batch = records[done : done + chance.randrange(1, 6000)]
        for record in batch:
            draft.apply(record, ORIGIN)
        if chance.random() < 0.25:
            continue  # killed before anything was written: the same records come again
        for key, raw in draft.writes.items():
            table.pop(key, None)
            if raw is not None:
                table[key] = raw
        if chance.random() < 0.1:
            counts = Counts.load(table.items())  # killed after the writes, before the offset: they come once more
            continue
        draft.commit()
        done += len(batch)
    return table


def test_two_hundred_thousand_sightings_give_the_counts_of_a_batch() -> None:
    """Shuffled, repeated, in batches of any size that are dropped and taken again: no difference in any window."""
    chance = random.Random(5)
    seen = archive(chance)
    assert len(seen) == 200_000
    chance.shuffle(seen)
    counts = Counts.load(take(chance, [Tick(minute=NOON), *seen]).items())
    draft = counts.draft()
    for key in counts.actors():  # one more article each, so that every actor is published
        draft.apply(sighting("last", actor_key=key, actor_kind=ActorKind.ORGANISATION, name=key), ORIGIN)
    expected = Counter({(key, window): 1 for key in counts.actors() for window in Window})
    older: Counter[str] = Counter()
    for key, _, at in {(one.actor_key, one.article_id, one.event_time) for one in seen}:
        assert at is not None
        expected.update((key, window) for window in windows(at))
        older[key] += at.date() < (NOON - timedelta(days=365)).date()
    read = {(actor.key, window): actor.articles(window, NOON) for actor in draft.actors for window in Window}
    assert read == expected
    assert {actor.key: actor.older for actor in draft.actors if actor.older} == +older
