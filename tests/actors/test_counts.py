"""Rolling counts: exact whatever the order, the repeats and the batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.actors import Counts
from monitor.models.actor import Actor, Window
from monitor.models.report import Tick
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorKind, ActorRole
from tests.actors.sightings import NOON, ORIGIN, articles_by_window, sighting, sightings


def count(counts: Counts, records: list[Sighting | Tick]) -> dict[str, Actor]:
    """Count a batch and return the actors it published."""
    draft = counts.draft()
    for record in records:
        draft.apply(record, ORIGIN)
    published = {actor.key: actor for actor in draft.actors}
    draft.commit()
    return published


def state(counts: Counts) -> dict[str, bytes]:
    """Return what the table would hold."""
    return {f"{actor}|{day}": raw for actor, days in counts._days.items() for day, raw in days.items()}


@given(seen=st.lists(sightings, max_size=60), data=st.data())
@settings(max_examples=150, deadline=None)
def test_order_repeats_and_batches_do_not_matter(seen: list[Sighting], data: st.DataObject) -> None:
    """Any permutation with repeats, cut into any batches, gives the table and the windows of a batch computation."""
    once = Counts()
    count(once, list(seen))
    again = Counts()
    rest: list[Sighting | Tick] = data.draw(st.permutations(seen + seen[: len(seen) // 2]))
    published: dict[str, Actor] = {}
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        published |= count(again, rest[:size])
        rest = rest[size:]
    assert {key: raw[-21:] for key, raw in state(again).items()} == {key: raw[-21:] for key, raw in state(once).items()}
    as_of = NOON + timedelta(days=2)
    for actor in published.values():
        assert {window: actor.articles(window, as_of) for window in Window} == articles_by_window(
            seen, actor.key, as_of
        )


@given(st.lists(sightings, max_size=40))
@settings(deadline=None)
def test_the_table_alone_gives_the_state_back(seen: list[Sighting]) -> None:
    """After a restart the counts are those that were written: nothing lives only in memory."""
    counts = Counts()
    written: dict[str, bytes] = {}
    for start in range(0, len(seen), 7):
        draft = counts.draft()
        for record in seen[start : start + 7]:
            draft.apply(record, ORIGIN)
        written |= {key: raw for key, raw in draft.writes.items() if raw is not None}
        draft.commit()
    reloaded = Counts.load(written.items())
    assert state(reloaded) == state(counts)
    assert count(reloaded, list(seen)) == {}, "the same sightings again change nothing"


def test_a_draft_that_is_dropped_changes_nothing() -> None:
    """A batch that was taken away leaves no trace."""
    counts = Counts()
    count(counts, [sighting("a-1")])
    before = state(counts)
    draft = counts.draft()
    draft.apply(sighting("a-2"), ORIGIN)
    assert draft.writes
    assert state(counts) == before
    assert count(counts, [sighting("a-2")])["country:IND"].days[0].articles == 2


def test_an_idle_actor_decays_without_a_new_record() -> None:
    """Readers compute windows from buckets and the moment they ask, so silence counts down by itself."""
    actor = count(Counts(), [sighting("a-1")])["country:IND"]
    expected = {
        timedelta(minutes=30): [1, 1, 1, 1, 1],
        timedelta(hours=2): [0, 1, 1, 1, 1],
        timedelta(days=2): [0, 0, 1, 1, 1],
        timedelta(days=8): [0, 0, 0, 1, 1],
        timedelta(days=40): [0, 0, 0, 0, 1],
        timedelta(days=366): [0, 0, 0, 0, 0],
    }
    for later, counts in expected.items():
        assert [actor.articles(window, NOON + later) for window in Window] == counts, later


def test_a_source_counts_once_in_a_window() -> None:
    """Two articles of one outlet on different days are one source in a month."""
    seen: list[Sighting | Tick] = [
        sighting("a-1", NOON),
        sighting("a-2", NOON - timedelta(days=3)),
        sighting("a-3", NOON - timedelta(days=3), source="Gulf Weekly"),
    ]
    actor = count(Counts(), seen)["country:IND"]
    assert actor.articles(Window.MONTH, NOON) == 3
    assert actor.sources(Window.MONTH, NOON) == 2


def test_articles_from_before_the_longest_window_are_counted_apart() -> None:
    """Once time is known from ticks, an ancient article changes no rolling count, and counts once all the same."""
    counts = Counts()
    old = sighting("a-old", NOON - timedelta(days=500))
    published = count(counts, [Tick(minute=NOON), sighting("a-1"), old, old])["country:IND"]
    assert (published.articles(Window.YEAR, NOON), published.older) == (1, 1)
    assert count(counts, [old]) == {}


def test_days_that_run_out_are_deleted_and_an_empty_actor_ends() -> None:
    """A day of ticks 400 days later deletes the actor's records and names it for a tombstone."""
    counts = Counts()
    count(counts, [sighting("a-1"), sighting("a-2", NOON - timedelta(days=300), actor_key="country:USA")])
    later = NOON + timedelta(days=400)
    draft = counts.draft()
    for minute in range(24 * 60):
        draft.apply(Tick(minute=later + timedelta(minutes=minute)), ORIGIN)
    assert set(draft.gone) == {"country:IND", "country:USA"}
    assert set(draft.writes.values()) == {None}
    draft.commit()
    assert state(counts) == {}


def test_a_repeated_or_older_tick_does_nothing() -> None:
    """A tick is its minute; the clock never goes back."""
    counts = Counts()
    count(counts, [Tick(minute=NOON)])
    count(counts, [Tick(minute=NOON - timedelta(days=9)), Tick(minute=NOON)])
    assert counts.now == NOON


def test_an_undated_article_counts_at_its_arrival_and_says_so() -> None:
    """No date is invented; the bucket of arrival takes it, and the record tells how many such there are."""
    actor = count(Counts(), [sighting("a-1", None, ingested_at=NOON)])["country:IND"]
    assert actor.days[0].day == NOON.date()
    assert actor.undated == 1


def test_a_date_in_the_future_is_capped() -> None:
    """An article cannot be from later than five minutes after it arrived."""
    actor = count(Counts(), [sighting("a-1", NOON + timedelta(days=30), ingested_at=NOON)])["country:IND"]
    assert actor.last_seen == NOON + timedelta(minutes=5)


def test_the_strongest_role_of_an_article_stands() -> None:
    """Seen as named, then as party: it is a party, in whichever order."""
    for roles in ((ActorRole.NAMED, ActorRole.PARTY), (ActorRole.PARTY, ActorRole.NAMED)):
        actor = count(Counts(), [sighting("a-1", role=role) for role in roles])["country:IND"]
        assert actor.days[0].roles == {ActorRole.PARTY: 1}


def test_a_person_keeps_a_history_of_offices() -> None:
    """Who changes office keeps both, with the days they were seen in; the commonest form of the name wins."""
    person = {"actor_key": "person:IND/singh", "actor_kind": ActorKind.PERSON}
    seen: list[Sighting | Tick] = [
        sighting("a-1", datetime(2025, 3, 1, tzinfo=UTC), name="Mr Singh", office="Home Minister", **person),
        sighting("a-2", datetime(2025, 6, 1, tzinfo=UTC), name="Rajnath Singh", office="Defence Minister", **person),
        sighting("a-3", datetime(2025, 7, 1, tzinfo=UTC), name="Rajnath Singh", office="Defence Minister", **person),
    ]
    actor = count(Counts(), seen)["person:IND/singh"]
    assert actor.name == "Rajnath Singh"
    assert [(office.title, office.first.month, office.last.month) for office in actor.offices] == [
        ("Home Minister", 3, 3),
        ("Defence Minister", 6, 7),
    ]
