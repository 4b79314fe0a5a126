"""Simulated histories of an actor: noise of the kinds news has, with or without a surge in it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

from monitor.actors.day import Day
from monitor.actors.head import Surge
from monitor.actors.seen import Form, Marks, Stamp
from monitor.actors.surges import look
from monitor.models.alert import Alert

DAY = 1440
SINCE = 20_000
"""The first day of every history: days since 1970."""

_FORM = Form("India", "", "IND")


@dataclass
class History:
    """An actor's articles as they come, looked at every ``pace`` minutes and whenever one has come."""

    key: str = "country:IND"
    days: dict[int, Day] = field(default_factory=dict)
    surge: Surge | None = None
    alerts: list[Alert] = field(default_factory=list)
    _number: int = 0
    _packed: dict[int, bytes] = field(default_factory=dict)

    def add(self, minute: int, voice: int, story: int = 0) -> None:
        """Let an article come; story 0: a text of its own."""
        self._number += 1
        number = minute // DAY
        day = self.days.setdefault(number, Day(number))
        stamp = Stamp(self._number, 0, number, minute % DAY // 5, voice, story or 1_000_000 + self._number)
        self._packed.pop(number, None)
        day.add(self._number, 1, _FORM, stamp, Marks(1, 0, 0, 1))

    def look(self, minute: int, *, silent: bool = False) -> None:
        """Let the minute come."""

        def read(number: int) -> bytes | None:
            if number in self.days and number not in self._packed:
                self._packed[number] = self.days[number].encode()
            return self._packed.get(number)

        found = look(self.key, read, self.surge, minute, since=SINCE, silent=silent)
        self.surge = found.surge
        if found.alert:
            self.alerts.append(found.alert)

    @property
    def begun(self) -> list[Alert]:
        """The first alert of each surge."""
        return [alert for alert in self.alerts if alert.revision == 0]


@dataclass(frozen=True)
class Noise:
    """What a history is like when nothing happens."""

    a_day: float
    """Articles a day on average."""
    scatter: float = 0.0
    """Of the hours: variance = mean + scatter * mean**2."""
    weekly: bool = False
    """Office hours and working days have most of it."""
    flood: float = 0.0
    """Chance a day that one agency's text is published by 30 houses within two hours."""


def noise(chance: random.Random, days: int, kind: Noise) -> list[tuple[int, int, int]]:
    """Return (minute, voice, story) of every article of so many days, in order of time."""
    articles: list[tuple[int, int, int]] = []
    for day in range(SINCE, SINCE + days):
        for hour in range(24):
            mean = kind.a_day / 24 * (_rhythm(day, hour) if kind.weekly else 1.0)
            if kind.scatter:
                mean *= chance.gammavariate(1 / kind.scatter, kind.scatter)
            articles += [
                (day * DAY + hour * 60 + chance.randrange(60), chance.randrange(200), 0)
                for _ in range(poisson(chance, mean))
            ]
        if chance.random() < kind.flood:
            start, story = day * DAY + chance.randrange(DAY - 120), chance.randrange(1, 1_000_000)
            articles += [(start + chance.randrange(120), 1000 + house, story) for house in range(30)]
    return sorted(articles)


def play(history: History, articles: list[tuple[int, int, int]], *, days: int, pace: int = 60) -> None:
    """Let a history happen: look after every article, to the minute, and every ``pace`` minutes."""
    looks = {minute + 1 for minute, _, _ in articles} | set(range(SINCE * DAY, (SINCE + days) * DAY, pace))
    waiting = iter([*articles, (1 << 40, 0, 0)])
    minute, voice, story = next(waiting)
    for now in sorted(looks):
        while minute < now:
            history.add(minute, voice, story)
            minute, voice, story = next(waiting)
        history.look(now)


def poisson(chance: random.Random, mean: float) -> int:
    """Draw a Poisson number (Knuth's product of uniforms)."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count


def _rhythm(day: int, hour: int) -> float:
    weekday = 1.3 if day % 7 < 5 else 0.25
    return weekday * (2.0 if 8 <= hour < 18 else 0.29)
