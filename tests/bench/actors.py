"""How fast actors are counted on one core, and how large their records are.

python -m tests.bench.actors [--actors 20000] [--sightings 150000]

A year of news in order of time: actors are seen as often as the Zipf law says (a few all the time, most seldom), by 400
publishers, in batches of 2,000, one tick a batch.  Times are
those of the processor; the making of sightings is not counted.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from monitor.actors import Counts
from monitor.models.record import Origin
from monitor.models.report import Tick
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorKind, ActorRole, Kind, Status, Subject

BATCH = 2000
START = datetime(2025, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
ORIGIN = Origin(topic="pactwatch.articles", partition=0, offset=0, article_id="a")


def news(actors: int, number: int, chance: random.Random) -> Iterator[Sighting]:
    """Yield sightings in order of time; every twentieth is one seen before."""
    weights = list(accumulate(1 / rank for rank in range(1, actors + 1)))
    earlier: list[Sighting] = []
    for place in range(number):
        if earlier and place % 20 == 0:
            yield chance.choice(earlier)
            continue
        who = bisect(weights, chance.random() * weights[-1])
        at = START + YEAR * (place / number)
        person = who % 2 == 1
        seen = Sighting(
            actor_key=f"person:IND/name{who}" if person else f"organisation:O{who}",
            actor_kind=ActorKind.PERSON if person else ActorKind.ORGANISATION,
            name=chance.choice(["Asha Name", "Mr Name", "A. Name"]) + str(who) if person else f"O{who}",
            office="Defence Minister" if person else None,
            country="IND" if person else None,
            role=chance.choice(list(ActorRole)),
            article_id=f"article-{place}",
            source=f"publisher-{chance.randrange(400)}",
            event_time=at,
            ingested_at=at + timedelta(minutes=3),
            article_kind=Kind.AGREEMENT,
            status=chance.choice(list(Status)),
            subjects=tuple(chance.sample(list(Subject), 2)),
            origin=ORIGIN,
        )
        earlier.append(seen)
        if len(earlier) > 20 * BATCH:
            del earlier[:BATCH]
        yield seen


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actors", type=int, default=20_000)
    parser.add_argument("--sightings", type=int, default=150_000)
    asked = parser.parse_args()
    counts = Counts()
    table: dict[str, bytes] = {}
    spent = {"count": 0.0, "tick": 0.0, "publish": 0.0}
    records, written, published, sent = 0, 0, 0, 0
    made = news(asked.actors, asked.sightings, random.Random(7))
    clock = 0.0
    for first in range(0, asked.sightings, BATCH):
        batch = [seen for _, seen in zip(range(min(BATCH, asked.sightings - first)), made, strict=False)]
        begun = time.process_time()
        draft = counts.draft(clock)
        for seen in batch:
            draft.apply(seen, ORIGIN)
        counted = time.process_time()
        draft.apply(Tick(minute=batch[-1].ingested_at.replace(second=0, microsecond=0)), ORIGIN)
        ticked = time.process_time()
        writes = draft.writes
        encoded = time.process_time()
        values = [actor.encode() for actor in draft.actors]
        shown = time.process_time()
        draft.commit()
        ended = time.process_time()
        clock += ended - begun
        spent["count"] += (counted - begun) + (encoded - ticked) + (ended - shown)
        spent["tick"] += ticked - counted
        spent["publish"] += shown - encoded
        records += len(writes)
        written += sum(len(key) + len(raw or b"") for key, raw in writes.items())
        published += len(values)
        sent += sum(map(len, values))
        for key, raw in writes.items():
            if raw is None:
                table.pop(key, None)
            else:
                table[key] = raw
    begun = time.process_time()
    Counts.load(table.items())
    loaded = time.process_time() - begun
    known = {key.rpartition("|")[0] for key in table} - {""}
    sizes: dict[str, int] = {}
    for key, raw in table.items():
        actor = key.rpartition("|")[0]
        sizes[actor] = sizes.get(actor, 0) + len(key) + len(raw)
    number = asked.sightings
    print(f"{number:,} sightings, {len(known):,} actors, {len(table):,} records")
    print(f"counting:   {number / spent['count']:>10,.0f} sightings/s (apply, encode, commit)")
    print(f"with ticks: {number / (spent['count'] + spent['tick']):>10,.0f} sightings/s (surges looked for)")
    print(f"with all:   {number / sum(spent.values()):>10,.0f} sightings/s (actors published, 1 s apart at most)")
    print(f"published:  {published:>10,} records of {sent / max(published, 1):,.0f} bytes on average")
    print(f"changelog:  {records:>10,} records, {written / number:,.0f} bytes a sighting")
    print(
        f"an actor:   {sum(sizes.values()) / len(known):>10,.0f} bytes on average, {max(sizes.values()):,} the largest"
    )
    print(f"recovery:   {len(table) / loaded:>10,.0f} records/s, {len(known) / loaded:,.0f} actors/s")
    print(f"memory:     {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:>10,.0f} MB at most")


if __name__ == "__main__":
    main()
