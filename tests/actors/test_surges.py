"""Surges: found when there is one, silent in noise, told once."""

from __future__ import annotations

import math
import random
from datetime import timedelta

import pytest

from monitor.actors import Counts
from monitor.actors.baseline import Baseline, tail
from monitor.models.alert import Alert
from monitor.models.report import Tick
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import Reason
from tests.actors.histories import DAY, SINCE, History, Noise, noise, play, poisson
from tests.actors.sightings import NOON, ORIGIN, sighting

NOISES = {
    "silent": Noise(0.02),
    "quiet": Noise(0.2),
    "weekly": Noise(6.0, weekly=True),
    "steady": Noise(2.0, scatter=1.0),
    "busy": Noise(12.0, scatter=0.3, weekly=True),
    "flooded": Noise(1.0, flood=0.05),
}


@pytest.mark.parametrize("kind", NOISES)
def test_a_year_of_noise_raises_next_to_nothing(kind: str) -> None:
    """At most one false surge in 1,000 days of an actor: here two years of each kind, and all but surely none."""
    raised = 0
    for seed in range(2):
        history = History()
        play(history, noise(random.Random(seed), 365, NOISES[kind]), days=365)
        raised += len(history.begun)
    assert raised == 0


def watch(history: History, articles: list[tuple[int, int, int]], until: int, *, silent: bool = False) -> None:
    """Let articles come, and look every minute from the first of them until the end."""
    waiting = iter([*sorted(articles), (1 << 40, 0, 0)])
    coming = next(waiting)
    for now in range(coming[0], until + 1):
        while coming[0] < now:
            history.add(*coming)
            coming = next(waiting)
        history.look(now, silent=silent)


BEGIN = (SINCE + 65) * DAY + 600


def past(chance: random.Random, a_day: float, *, scatter: float = 0.0) -> History:
    """Return a history of 65 days, and the hours up to the beginning."""
    history = History()
    for article in noise(chance, 66, Noise(a_day, scatter=scatter)):
        if article[0] < BEGIN:
            history.add(*article)
    return history


def several(chance: random.Random, number: int, minutes: int, *, voices: int = 100) -> list[tuple[int, int, int]]:
    """Return articles within some minutes of the beginning, each a text of its own."""
    return [(BEGIN + chance.randrange(minutes), 5000 + place % voices, 0) for place in range(number)]


@pytest.mark.parametrize("seed", range(5))
def test_a_fivefold_rise_of_a_busy_actor_is_found_within_two_hours(seed: int) -> None:
    """Ten articles an hour become fifty: told once, before two hours have passed."""
    chance = random.Random(seed)
    history = past(chance, 240.0, scatter=0.05)
    watch(history, several(chance, poisson(chance, 100), 120), BEGIN + 120)
    assert len(history.begun) == 1


def test_a_first_flurry_on_a_quiet_actor_is_found_within_the_hour() -> None:
    """Four independent sources on an actor seen every other week."""
    history = past(random.Random(1), 0.07)
    watch(history, [(BEGIN + at, 5000 + at, 0) for at in (0, 12, 25, 40)], BEGIN + 45)
    (alert,) = history.begun
    assert alert.reason is Reason.SURGE
    assert (alert.actor_id, alert.parties) == ("country:IND", ("IND",))


def test_one_wire_that_everybody_prints_is_no_surge() -> None:
    """Thirty houses, one text: one source.  Forty articles of three houses: three."""
    for articles in (
        [(BEGIN + place, 5000 + place, 77) for place in range(30)],
        several(random.Random(1), 40, 60, voices=3),
    ):
        history = past(random.Random(1), 0.2)
        watch(history, articles, BEGIN + 90)
        assert history.alerts == []


def test_a_surge_has_one_alert_with_start_peak_and_end() -> None:
    """Its id stays, its revisions count up, growth and end are told, and a second surge has another id."""
    chance = random.Random(3)
    history = past(chance, 0.2)
    watch(history, [*several(chance, 6, 30), *((BEGIN + 60 + at, 6000 + at, 0) for at in range(20))], BEGIN + 2 * DAY)
    assert {alert.id for alert in history.alerts} == {history.alerts[0].id}
    assert [alert.revision for alert in history.alerts] == list(range(len(history.alerts)))
    assert len(history.alerts) >= 3
    assert "21 texts in the busiest hour" in history.alerts[-1].facts[1]
    assert history.alerts[-1].value.startswith("from ")
    assert history.surge is not None
    assert history.surge.end == (BEGIN + 79) // 5 * 5
    later = BEGIN + 3 * DAY
    watch(history, [(later + at, 7000 + at, 0) for at in range(12)], later + 30)
    assert len(history.begun) == 2
    assert history.begun[0].id != history.begun[1].id


def test_a_warm_up_raises_nothing_and_what_it_saw_is_not_told_later() -> None:
    """A surge that began in silence ends in silence."""
    chance = random.Random(4)
    history = past(chance, 0.2)
    watch(history, several(chance, 12, 30), BEGIN + 40, silent=True)
    assert history.surge is not None
    watch(history, [(BEGIN + 41, 9000, 0)], BEGIN + 2 * DAY)
    assert history.alerts == []
    assert history.surge.end is not None


def test_without_two_weeks_of_past_nothing_is_unusual() -> None:
    """The first days after a cold start raise nothing, whatever comes."""
    assert Baseline.of({}, SINCE + 14, SINCE) is None
    assert Baseline.of({}, SINCE + 15, SINCE) is not None


def test_the_rhythm_of_the_week_is_learned() -> None:
    """An actor of office hours is expected more at ten on a Tuesday than at three on a Sunday."""
    hours = tuple(3 if 8 <= hour < 18 else 0 for hour in range(24))
    usual = Baseline.of({day: hours for day in range(SINCE, SINCE + 60) if day % 7 < 5}, SINCE + 61, SINCE)
    assert usual is not None
    tuesday, sunday = (next(day for day in range(SINCE + 61, SINCE + 70) if day % 7 == which) for which in (1, 6))
    at_work = usual.expected(tuesday * DAY + 600, tuesday * DAY + 660)
    asleep = usual.expected(sunday * DAY + 180, sunday * DAY + 240)
    assert at_work == pytest.approx(3, rel=0.2)
    assert asleep < 0.1


def test_the_tail_is_that_of_a_negative_binomial() -> None:
    """Against sums of its probabilities, computed term by term from gamma functions."""
    for count, mean, scatter in ((4, 0.1, 0.5), (30, 20.0, 0.03), (3, 5.0, 2.0)):
        size = 1 / scatter
        below = sum(
            math.exp(math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1))
            * (size / (size + mean)) ** size
            * (mean / (size + mean)) ** k
            for k in range(count)
        )
        assert tail(count, mean, scatter) == pytest.approx(1 - below, rel=1e-6)


def test_ticks_drive_surges_through_the_counts() -> None:
    """Counted sightings, then ticks: one alert at the tick, none at a repeated one, and none twice after a restart."""
    counts = Counts()
    table: dict[str, bytes] = {}
    alerts: list[Alert] = []

    def step(records: list[Sighting | Tick]) -> None:
        draft = counts.draft()
        for record in records:
            draft.apply(record, ORIGIN)
        alerts.extend(draft.alerts)
        for key, raw in draft.writes.items():
            table.pop(key, None)
            if raw is not None:
                table[key] = raw
        draft.commit()

    step([sighting(f"old-{day}", NOON - timedelta(days=day), ingested_at=NOON) for day in range(10, 60, 13)])
    step([Tick(minute=NOON)])
    step([sighting(f"new-{place}", source=f"House {place}", ingested_at=NOON) for place in range(6)])
    counts = Counts.load(table.items())
    step([Tick(minute=NOON + timedelta(minutes=6))])
    assert [(alert.revision, alert.actor_id) for alert in alerts] == [(0, "country:IND")]
    counts = Counts.load(table.items())
    step([Tick(minute=NOON + timedelta(minutes=6)), Tick(minute=NOON + timedelta(minutes=7))])
    assert len(alerts) == 1
    step([Tick(minute=NOON + timedelta(days=2))])
    assert [alert.revision for alert in alerts] == [0, 1]
    assert alerts[0].id == alerts[1].id
