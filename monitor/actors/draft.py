"""Counting on a copy: a draft that is dropped changes nothing, one that is committed becomes the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from monitor.actors.counts import CLOCK_KEY, HEAD, RECENT, SWEEPS, Clock, Counts, table_key
from monitor.actors.day import Day
from monitor.actors.head import Head
from monitor.actors.publish import publish
from monitor.actors.recent import Recent, cited, encode, joined
from monitor.actors.seen import Marks, Seen, read
from monitor.actors.surges import look
from monitor.models.actor import Actor
from monitor.models.alert import Alert
from monitor.models.record import Origin
from monitor.models.report import Tick
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ReplayMode

KEPT_DAYS = 365
"""The longest window reaches back into the day so many days ago."""

_RECENT_DAYS = 2
"""For so many days a text may be named as what drives a surge."""

_PAUSE = 1.0
"""Seconds between two records of an actor in `actors`, when the draft is given a clock."""


class _Touched:
    """An actor of the draft: the days and the head it has read, and which of them it changed."""

    __slots__ = ("changed", "days", "fresh", "gone", "head", "head_changed", "packed", "raw", "recent", "recent_before")

    def __init__(self, raw: Mapping[int, bytes], head: Head, recent: tuple[Recent, ...]) -> None:
        self.raw = raw
        self.recent = self.recent_before = recent
        self.days: dict[int, Day] = {}
        self.changed: set[int] = set()
        self.packed: dict[int, bytes] = {}
        """Changed days, encoded, until they change again."""
        self.gone: set[int] = set()
        self.fresh: set[int] = set()
        """Articles that no day had before."""
        self.head = head
        self.head_changed = False

    def day(self, number: int) -> Day:
        """Return a day to be read or changed."""
        if number not in self.days:
            raw = None if number in self.gone else self.raw.get(number)
            self.days[number] = Day.decode(number, raw) if raw else Day(number)
        return self.days[number]

    def numbers(self) -> set[int]:
        """Return the days that hold anything."""
        empty = {number for number, day in self.days.items() if not day.rows}
        return (self.raw.keys() - self.gone | self.days.keys()) - empty

    def change(self, number: int) -> Day:
        """Return a day to be changed."""
        self.changed.add(number)
        self.packed.pop(number, None)
        return self.day(number)

    def pack(self, number: int) -> bytes:
        """Return a day, encoded; it holds something."""
        if number not in self.changed:
            return self.raw[number]
        if number not in self.packed:
            self.packed[number] = self.days[number].encode()
        return self.packed[number]

    def read(self, number: int) -> bytes | None:
        """Return a day, encoded, None when it holds nothing."""
        if number in self.changed:
            return self.pack(number) if self.days[number].rows else None
        return None if number in self.gone else self.raw.get(number)

    def drop(self, number: int) -> None:
        """Take a day away."""
        self.days.pop(number, None)
        self.changed.discard(number)
        self.gone.add(number)

    def encoded(self) -> dict[int, bytes]:
        """Return all days as they now are, oldest first."""
        return {number: self.pack(number) for number in sorted(self.numbers())}


class CountsDraft:
    """Counts on a copy of `Counts`; see `Counts.draft`."""

    def __init__(self, counts: Counts, at: float | None = None) -> None:
        self._counts = counts
        self._at = at
        self._minute = counts.clock.minute
        self._since = counts.since
        self._touched: dict[str, _Touched] = {}
        self._stirred = set(counts.stirred)
        self._surging = set(counts.surging)
        self._alerts: list[Alert] = []
        self._written: dict[str, bytes | None] | None = None
        self._shown: tuple[list[str], list[str]] | None = None

    def apply(self, record: Sighting | Tick, origin: Origin) -> None:
        """Count a sighting, or let time pass; ``origin`` is where the record stands.

        Raises:
            RecordError: a sighting whose key does not fit its kind; nothing has changed.

        """
        del origin
        self._written = self._shown = None
        if isinstance(record, Tick):
            self._tick(record)
        else:
            self._see(record.actor_key, read(record))

    @property
    def writes(self) -> dict[str, bytes | None]:
        """Table writes of all that was applied, one a key; None deletes."""
        if self._written is None:
            writes: dict[str, bytes | None] = {}
            self._written = writes
            for key, actor in sorted(self._touched.items()):
                self._write(key, actor, writes)
            clock = Clock(self._minute, tuple(sorted(self._plan()[1])))
            if clock != self._counts.clock:
                writes[CLOCK_KEY] = clock.encode()
        return self._written

    @property
    def actors(self) -> tuple[Actor, ...]:
        """The actors that changed, as they are to be published."""
        shown = ((key, self._state(key)) for key in self._plan()[0])
        return tuple(publish(key, days, head) for key, (days, head) in shown if days)

    @property
    def gone(self) -> tuple[str, ...]:
        """Actors with no day left: to be published as tombstones."""
        return tuple(sorted(key for key, actor in self._touched.items() if _is_over(actor)))

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """Surges that began, grew or ended; a surge keeps its id, and ``revision`` counts what changed."""
        return tuple(self._alerts)

    def commit(self) -> None:
        """Make the counts so far the state."""
        for key, raw in self.writes.items():
            self._counts.put(key, raw)
        for key, actor in self._touched.items():
            self._counts.learn(key, actor.fresh)
        if self._at is not None:
            published = self._counts.published
            published.update(dict.fromkeys(self._plan()[0], self._at))
            for key in [key for key, at in published.items() if at <= self._at - _PAUSE]:
                del published[key]
        self._counts.stirred = self._stirred
        self._touched = {}
        self._alerts = []
        self._written = self._shown = None

    def _touch(self, key: str) -> _Touched:
        touched = self._touched.get(key)
        if touched is None:
            touched = self._touched[key] = _Touched(
                self._counts.days(key), self._counts.head(key), self._counts.recent(key)
            )
        return touched

    def _see(self, key: str, seen: Seen) -> None:
        actor = self._touch(key)
        day, article = seen.stamp.day, seen.article
        if self._minute is not None and day < self._minute // SWEEPS - KEPT_DAYS:
            self._set_head(actor, actor.head.with_older(frozenset((article,))))
            return
        if article in actor.fresh or self._counts.knows(key, article):
            if not self._join(actor, seen):
                return
        else:
            actor.change(day).add(article, seen.form_id, seen.form, seen.stamp, seen.marks)
            actor.fresh.add(article)
            self._since = day if self._since is None else min(day, self._since)
        if self._minute is None or day >= self._minute // SWEEPS - _RECENT_DAYS:
            actor.recent = joined(actor.recent, seen.recent)
        self._stirred.add(key)

    def _join(self, actor: _Touched, seen: Seen) -> bool:
        """Join a sighting of an article that is counted already; return whether anything changed."""
        day = actor.day(seen.stamp.day)
        found = day.find(seen.article)
        if found is None:  # a revision with another date; the nearest day is the likeliest
            for number in sorted(actor.numbers(), key=lambda number: abs(number - seen.stamp.day)):
                day = actor.day(number)
                found = day.find(seen.article)
                if found:
                    break
        if found is None:  # its day ran out in this very draft
            actor.change(seen.stamp.day).add(seen.article, seen.form_id, seen.form, seen.stamp, seen.marks)
            return True
        stamp = min(found.stamp, seen.stamp)
        marks = dict(found.marks)
        marks[seen.form_id] = marks.get(seen.form_id, Marks(0, 0, 0, 0)).united(seen.marks)
        if stamp == found.stamp and marks == found.marks:
            return False
        forms = {**day.forms, seen.form_id: seen.form}
        actor.change(day.day).remove(seen.article)
        target = actor.change(stamp.day)
        for form_id, united in marks.items():
            target.add(seen.article, form_id, forms[form_id], stamp, united)
        return True

    def _tick(self, tick: Tick) -> None:
        minute = int(tick.minute.timestamp()) // 60
        before = self._minute
        if before is not None and minute <= before:
            return  # a tick is its minute: a repeated or older one does nothing
        self._minute = minute
        first = minute - 1 if before is None else max(before, minute - SWEEPS)
        for each in range(first + 1, minute + 1):
            for key in self._counts.sweep(each):
                self._expire(key, minute // SWEEPS - KEPT_DAYS)
        silent = tick.replay is not None and tick.replay.mode is ReplayMode.WARM_UP
        for key in sorted(self._stirred | self._surging):
            self._look(key, minute, silent=silent)
        self._stirred = set()

    def _expire(self, key: str, first: int) -> None:
        raw = self._counts.days(key)
        stale = (first + KEPT_DAYS - _RECENT_DAYS) * SWEEPS
        old = any(one.minute < stale for one in self._recent(key))
        if key not in self._touched and raw and min(raw) >= first and not old:
            return
        actor = self._touch(key)
        actor.recent = tuple(one for one in actor.recent if one.minute >= stale)
        for number in sorted(actor.numbers()):
            if number < first:
                self._set_head(actor, actor.head.after(actor.day(number)))
                actor.drop(number)
        if not actor.numbers():  # nothing rolling is left, so the rest goes with it
            self._set_head(actor, Head())
            actor.recent = ()

    def _look(self, key: str, minute: int, *, silent: bool) -> None:
        actor = self._touched.get(key)
        head = actor.head if actor else self._counts.head(key)
        days = actor.read if actor else self._counts.days(key).get
        finding = look(key, days, head.surge, minute, since=self._since, silent=silent)
        self._surging.discard(key)
        if finding.surge and finding.surge.end is None:
            self._surging.add(key)
        if finding.surge != head.surge:
            actor = self._touch(key)
            self._set_head(actor, replace(actor.head, surge=finding.surge))
        if finding.alert and finding.surge:
            driving = cited(self._recent(key), since=finding.surge.start)
            self._alerts.append(finding.alert.model_copy(update={"articles": driving}))

    def _recent(self, key: str) -> tuple[Recent, ...]:
        actor = self._touched.get(key)
        return actor.recent if actor else self._counts.recent(key)

    def _set_head(self, actor: _Touched, head: Head) -> None:
        if head != actor.head:
            actor.head = head
            actor.head_changed = True

    def _state(self, key: str) -> tuple[Mapping[int, bytes], Head]:
        actor = self._touched.get(key)
        if actor is not None:
            return actor.encoded(), actor.head
        return dict(sorted(self._counts.days(key).items())), self._counts.head(key)

    def _write(self, key: str, actor: _Touched, writes: dict[str, bytes | None]) -> None:
        kept = actor.numbers()
        for number in sorted(actor.changed | actor.gone):
            if number in kept and number in actor.changed:
                writes[table_key(key, number)] = actor.pack(number)
            elif number not in kept and number in actor.raw:
                writes[table_key(key, number)] = None
        if actor.head_changed and actor.head != self._counts.head(key):
            writes[f"{key}|{HEAD}"] = actor.head.encode() if actor.head != Head() else None
        if actor.recent != actor.recent_before:
            writes[f"{key}|{RECENT}"] = encode(actor.recent) if actor.recent else None

    def _plan(self) -> tuple[list[str], list[str]]:
        """Return whom to publish and whom to hold back."""
        if self._shown is None:
            changed = {key for key, actor in self._touched.items() if actor.changed or actor.gone or actor.head_changed}
            asked = sorted(changed | set(self._counts.clock.due))
            now: list[str] = []
            then: list[str] = []
            for key in asked:
                (now if self._may_publish(key) else then).append(key)
            self._shown = now, then
        return self._shown

    def _may_publish(self, key: str) -> bool:
        last = self._counts.published.get(key)
        return self._at is None or last is None or last <= self._at - _PAUSE


def _is_over(actor: _Touched) -> bool:
    return bool(actor.raw) and not actor.numbers()
