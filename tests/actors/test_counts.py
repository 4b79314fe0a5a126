"""Rolling counts: exact whatever the order, the repeats and the batches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.actors import Counts
from monitor.actors.counts import CLOCK_KEY, table_key
from monitor.actors.head import Head
from monitor.errors import RecordError
from monitor.models.actor import Actor, Window
from monitor.models.report import Tick
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorKind, ActorRole, Status, Subject
from tests.actors.sightings import NOON, ORIGIN, batch, sighting, sightings, window_of, window_read


def count(counts: Counts, records: list[Sighting | Tick]) -> dict[str, Actor]:
    """Count a batch and return the actors it published."""
    draft = counts.draft()
    for record in records:
        draft.apply(record, ORIGIN)
    published = {actor.key: actor for actor in draft.actors}
    draft.commit()
    return published


def state(counts: Counts) -> dict[str, bytes]:
    """Return what the table would hold of the actors."""
    days = {table_key(actor, day): raw for actor in counts.actors() for day, raw in counts.days(actor).items()}
    heads = {f"{actor}|head": counts.head(actor).encode() for actor in counts.actors()}
    return days | {key: raw for key, raw in heads.items() if raw != Head().encode()}


@given(seen=st.lists(sightings(), max_size=40), data=st.data())
@settings(max_examples=150, deadline=None)
def test_order_repeats_and_batches_do_not_matter(seen: list[Sighting], data: st.DataObject) -> None:
    """Any permutation with repeats, cut into any batches, gives the same bytes, and the windows of the oracle."""
    once = Counts()
    count(once, list(seen))
    again = Counts()
    rest: list[Sighting | Tick] = data.draw(st.permutations(seen + seen[: len(seen) // 2]))
    published: dict[str, Actor] = {}
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        published |= count(again, rest[:size])
        rest = rest[size:]
    assert state(again) == state(once)
    oracle = batch(seen)
    assert published.keys() == oracle.keys()
    for key, articles in oracle.items():
        latest = max(one.at for one in articles.values())
        for later in (timedelta(minutes=4), timedelta(hours=3), timedelta(days=2), timedelta(days=7, hours=5)):
            for window in Window:
                as_of = latest + later
                expected = window_of(articles.values(), window, as_of)
                assert window_read(published[key], window, as_of) == expected, (key, window, later)


@given(st.lists(sightings(), max_size=40))
@settings(deadline=None)
def test_the_table_alone_gives_the_state_back(seen: list[Sighting]) -> None:
    """After a restart the counts are those that were written: nothing lives only in memory."""
    counts = Counts()
    written: dict[str, bytes | None] = {}
    for start in range(0, len(seen), 7):
        draft = counts.draft()
        for record in seen[start : start + 7]:
            draft.apply(record, ORIGIN)
        written |= draft.writes
        draft.commit()
    reloaded = Counts.load((key, raw) for key, raw in written.items() if raw is not None)
    assert state(reloaded) == state(counts)
    assert count(reloaded, list(seen)) == {}, "the same sightings again change nothing"


def test_a_revision_takes_nothing_away() -> None:
    """A revision that drops a subject, moves the date and names another role adds what is new and moves nothing."""
    first = sighting("a-1", ingested_at=NOON, subjects=(Subject.LOGISTICS,), status=Status.AGREED)
    revised = sighting(
        "a-1",
        NOON - timedelta(days=2),
        ingested_at=NOON + timedelta(hours=3),
        subjects=(Subject.MARITIME,),
        status=Status.SIGNED,
        role=ActorRole.HOST,
        source="Gulf Weekly",
    )
    for order in ([first, revised], [revised, first]):
        actor = count(Counts(), list(order))["country:IND"]
        assert [(day.day, day.articles) for day in actor.days] == [(NOON.date(), 1)]
        assert set(actor.days[0].subjects) == {Subject.LOGISTICS, Subject.MARITIME}
        assert set(actor.days[0].roles) == {ActorRole.PARTY, ActorRole.HOST}
        assert actor.sources(Window.YEAR, NOON) == 1


def test_an_article_that_moves_leaves_no_trace_where_it_was() -> None:
    """Shuffled, the later revision comes first: its day ends with a tombstone when the earlier one arrives."""
    counts = Counts()
    count(counts, [sighting("a-1", NOON - timedelta(days=2), ingested_at=NOON + timedelta(hours=3))])
    draft = counts.draft()
    draft.apply(sighting("a-1", ingested_at=NOON), ORIGIN)
    assert {key: raw is None for key, raw in draft.writes.items()} == {
        "country:IND|2025-10-29": True,
        "country:IND|2025-10-31": False,
    }


def test_a_key_that_does_not_fit_its_kind_is_refused() -> None:
    """A foreign record cannot put a person into a country's counts."""
    with pytest.raises(RecordError, match="country:IND"):
        Counts().draft().apply(sighting(actor_kind=ActorKind.PERSON), ORIGIN)


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
    assert [len(day.sources) for day in actor.days] == [1, 1], "a source stands on its latest day alone"


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
    assert {key for key, raw in draft.writes.items() if raw is not None} == {CLOCK_KEY}
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


def test_a_day_that_runs_out_is_counted_apart_with_its_names() -> None:
    """It leaves the rolling counts with the ticks, its articles count as older, each once, and the office is kept."""
    counts = Counts()
    person = {"actor_key": "person:IND/singh", "actor_kind": ActorKind.PERSON, "office": "Home Minister"}
    old, other = (sighting(each, at=NOON - timedelta(days=300)).model_copy(update=person) for each in ("o-1", "o-2"))
    new = sighting("a-new").model_copy(update={**person, "office": None})
    count(counts, [old, other, new])
    draft = counts.draft()
    for minute in range(24 * 60):
        draft.apply(Tick(minute=NOON + timedelta(days=100, minutes=minute)), ORIGIN)
    draft.apply(old, ORIGIN)
    (actor,) = draft.actors
    assert (actor.older, actor.articles(Window.YEAR, NOON)) == (2, 1)
    assert [office.title for office in actor.offices] == ["Home Minister"]
    assert actor.first_seen.date() == (NOON - timedelta(days=300)).date()


def test_under_load_an_actor_is_published_once_a_second() -> None:
    """What is held back stands in the table, comes with the next draft a second later, and survives a restart."""
    counts = Counts()

    def step(at: float, *records: Sighting | Tick) -> list[int]:
        draft = counts.draft(at=at)
        for record in records:
            draft.apply(record, ORIGIN)
        published = [actor.days[-1].articles for actor in draft.actors]
        table.update({key: raw for key, raw in draft.writes.items() if raw is not None})
        draft.commit()
        return published

    table: dict[str, bytes] = {}
    assert step(10.0, sighting("a-1")) == [1]
    assert step(10.4, sighting("a-2")) == []
    assert step(10.8, sighting("a-3")) == []
    assert step(11.1, Tick(minute=NOON)) == [3]
    assert step(11.2, sighting("a-4")) == []
    counts = Counts.load(table.items())
    assert step(0.1) == [4]
    assert step(0.2) == []
