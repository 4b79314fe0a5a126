"""What is usual for an actor: articles to be expected in a window, and how far chance alone goes beyond them.

The past are the eight weeks that end two days ago (the last day is what is judged).  From them come the rate, its
rhythm over the day and the week, and how much the counts scatter.  Counts are taken as negative binomial: news comes in
heaps, and a Poisson model would cry out at every heap.  A quiet actor has too little past for any of these, so each
estimate leans on a prior that a busy actor's past outweighs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

DAYS = 56
"""Length of the past that is looked at."""

LEAST_DAYS = 14
"""Of past that there must be: before, nothing is known to be unusual."""

_WEEK = 7
_HOURS = 24
_RATE_PRIOR = 0.5
"""Articles added to the past, with a day added to its length: an actor never seen has a rate, if a small one."""

_DAY_PRIOR = 5.0
_HOUR_PRIOR = 3.0
"""Articles added to each day of the week and hour of the day, so that a rhythm needs evidence."""

_SCATTER = 0.5
_SCATTER_WEIGHT = 10.0
"""Prior of the scatter (variance = mean + scatter * mean**2); data weigh as much where squared means add up to this."""

_LEAST_SCATTER, _MOST_SCATTER = 0.03, 4.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """An actor's usual; `expected` and `chance` are for windows that end today."""

    rate: float
    """Articles an hour, the rhythm apart."""
    days: tuple[float, ...]
    """Factor of each day of the week."""
    hours: tuple[float, ...]
    """Factor of each hour of the day (UTC)."""
    hour_scatter: float
    day_scatter: float

    @classmethod
    def of(cls, past: Mapping[int, tuple[int, ...]], today: int, since: int) -> Baseline | None:
        """Learn from the past.

        Args:
            past: articles by hour of day, for each day (since 1970) that has any; other days are not looked at.
            today: the day that is judged, which is not looked at either, nor is the day before it.
            since: the first day of which anything is known.

        Returns:
            None while there are less than two weeks of past.

        """
        first, after = max(since, today - 1 - DAYS), today - 1
        length = after - first
        if length < LEAST_DAYS:
            return None
        seen = {day: hours for day, hours in past.items() if first <= day < after}
        by_day = {day: sum(hours) for day, hours in seen.items()}
        total = sum(by_day.values())
        last_week = sum(count for day, count in by_day.items() if day >= after - _WEEK)
        rate = max(_rate(total, length), _rate(last_week, _WEEK))
        days = _rhythm([_per_day(by_day, weekday, first, after) for weekday in range(_WEEK)], _DAY_PRIOR)
        hours = _rhythm([sum(each[hour] for each in seen.values()) for hour in range(_HOURS)], _HOUR_PRIOR)
        mean = total / length / _HOURS
        day_means = [mean * _HOURS * days[day % _WEEK] for day in range(first, after)]
        squares = sum(each * each for each in day_means)
        spread = sum((by_day.get(day, 0) - each) ** 2 for day, each in enumerate(day_means, first))
        hour_squares = squares / _HOURS**2 * sum(factor * factor for factor in hours)
        hour_spread = hour_squares + sum(
            count * (count - 2 * mean * days[day % _WEEK] * hours[hour])
            for day, each in seen.items()
            for hour, count in enumerate(each)
            if count
        )
        doubt = 1 / (total + _RATE_PRIOR)  # the rate itself is known no better than so many articles tell it
        hour_scatter = _scatter(hour_spread, total, hour_squares) + doubt
        return cls(rate, days, hours, hour_scatter, _scatter(spread, total, squares) + doubt)

    def expected(self, start: int, end: int) -> float:
        """Return how many articles are usual between two minutes (since 1970)."""
        hour, sum_ = start // 60, 0.0
        while hour * 60 < end:
            share = (min(end, hour * 60 + 60) - max(start, hour * 60)) / 60
            sum_ += share * self.days[hour // _HOURS % _WEEK] * self.hours[hour % _HOURS]
            hour += 1
        return self.rate * sum_

    def chance(self, count: int, start: int, end: int) -> float:
        """Return the probability of at least ``count`` articles between two minutes, if all is as usual."""
        scatter = self.day_scatter if end - start > _HOURS * 30 else self.hour_scatter
        return tail(count, self.expected(start, end), scatter)


def tail(count: int, mean: float, scatter: float) -> float:
    """Return P(X >= count) of a negative binomial with variance mean + scatter * mean**2."""
    size = 1 / scatter
    share = mean / (size + mean)
    term = math.exp(
        math.lgamma(count + size)
        - math.lgamma(size)
        - math.lgamma(count + 1)
        + count * math.log(share)
        + size * math.log1p(-share)
    )
    sum_, at = 0.0, count
    while term > sum_ * 1e-9 and at < count + 10_000:
        sum_ += term
        term *= share * (at + size) / (at + 1)
        at += 1
    return min(sum_, 1.0)


def _rate(articles: int, days: int) -> float:
    return (articles + _RATE_PRIOR) / ((days + 1) * _HOURS)


def _per_day(by_day: Mapping[int, int], weekday: int, first: int, after: int) -> float:
    """Return the articles of a day of the week, as if every day of the week had been there equally often."""
    number = sum(day % _WEEK == weekday for day in range(first, after))
    articles = sum(count for day, count in by_day.items() if day % _WEEK == weekday)
    return articles / number * (after - first) / _WEEK


def _rhythm(counts: list[float] | list[int], prior: float) -> tuple[float, ...]:
    mean = sum(counts) / len(counts)
    return tuple((count + prior) / (mean + prior) for count in counts)


def _scatter(spread: float, total: int, squares: float) -> float:
    found = (spread - total + _SCATTER * _SCATTER_WEIGHT) / (squares + _SCATTER_WEIGHT)
    return min(max(found, _LEAST_SCATTER), _MOST_SCATTER)
