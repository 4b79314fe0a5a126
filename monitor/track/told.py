"""What readers were told of an agreement; the one part of a dossier that knows in which order things came."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.track.facts import View
    from monitor.track.stages import Episode

NEAR = 10
"""Days by which two accounts of one stage may differ."""


@dataclass(frozen=True, slots=True)
class Last:
    """The last alert of a dossier: what is needed to send it again."""

    id: str
    reason: str
    field: str
    value: str
    previous: str
    episode: int
    article_id: str
    ingested: int
    """Seconds; the arrival of its article."""
    explanation: str
    facts: tuple[str, ...] = ()
    evidence: tuple[tuple[Any, ...], ...] = ()
    """Field, rule, part, start, end, quote, sentence."""
    score: float = 0.0
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """Stages with their day (an ordinal), and facts; oldest first.

    A fact is ``field=value`` for what was shown as standing, ``+field=words`` for what was told as news.
    """

    stages: tuple[tuple[str, int], ...] = ()
    facts: tuple[str, ...] = ()
    prolonged: int | None = None
    """The last day to which a stage was told to be prolonged, or on which."""
    last: Last | None = None
    """The last alert."""

    def has_stage(self, episode: Episode) -> bool:
        """Tell whether a stay in a stage was told."""
        return any(
            status == episode.status and episode.start - NEAR <= day <= max(episode.last, episode.start) + NEAR
            for status, day in self.stages
        )

    def entries_of(self, status: str) -> int:
        """Return how often a stage was told to be entered."""
        return sum(told == status for told, _ in self.stages)

    def fact(self, name: str) -> str | None:
        """Return the value last told of a field."""
        return next((fact.partition("=")[2] for fact in reversed(self.facts) if fact.partition("=")[0] == name), None)

    def was_news(self, name: str, words: str) -> bool:
        """Tell whether a value of a field was told as news, in these words; what is outvoted and back is no news."""
        return f"+{name}={words}" in self.facts

    def ever(self, name: str, value: object) -> bool:
        """Tell whether a value was ever shown as the one that stands."""
        return f"{name}={value}" in self.facts

    @staticmethod
    def shown(name: str, view: View) -> str | None:
        """Return the value of a field as an alert shows it, which is how it is kept here."""
        value = _SHOWN[name](view)
        return None if value is None else str(value)

    def with_view(self, view: View, news: Iterable[tuple[str, str]] = ()) -> Told:
        """Return what is told once an alert shows the dossier as it stands; ``news``: fields and their words."""
        stages, facts = list(self.stages), list(self.facts)
        facts += [line for name, words in news if (line := f"+{name}={words}") not in facts]
        current = view.current
        if current and not self.has_stage(current):
            stages.append((current.status, current.start))
        for name in _SHOWN:
            value = self.shown(name, view)
            if value is not None and self.fact(name) != value:
                facts.append(f"{name}={value}")
        prolonged = current.prolonged if current else None
        return Told(tuple(stages[-40:]), tuple(facts[-40:]), prolonged or self.prolonged, self.last)

    def with_stage(self, episode: Episode) -> Told:
        """Return what is told once a stage is taken for one that was told in other words."""
        return replace(self, stages=(*self.stages[-39:], (episode.status, episode.start)))

    def joined(self, other: Told) -> Told:
        """Return what readers of either of two dossiers were told."""
        stages = tuple(sorted({*self.stages, *other.stages}, key=lambda stage: (stage[1], stage[0])))
        facts = (*other.facts, *(fact for fact in self.facts if fact not in other.facts))
        ends = [end for end in (self.prolonged, other.prolonged) if end is not None]
        return Told(stages, facts, max(ends, default=None), self.last)


_SHOWN: dict[str, Callable[[View], object]] = {
    "years": lambda view: view.years,
    "cost": lambda view: f"{view.cost[0]:g} {view.cost[1]}" if view.cost else None,
    # These are of a stage: those of the next are no correction.
    "place": lambda view: f"{view.status}, {view.place}" if view.place else None,
    "date": lambda view: f"{view.status}, {view.day}" if view.day else None,
}
"""Facts that are kept as they were shown, to tell when they turn out otherwise."""

NOTHING = Told()
"""What readers know of an agreement nobody has told of."""


def pack(told: Told) -> list[Any]:
    """Return what was told as JSON values."""
    return [told.stages, told.facts, told.prolonged, told.last and [getattr(told.last, name) for name in _LAST]]


def unpack(packed: list[Any]) -> Told:
    """Rebuild what was told; the inverse of `pack`."""
    stages, facts, prolonged, last = packed
    return Told(tuple((status, day) for status, day in stages), tuple(facts), prolonged, last and _last(last))


_LAST = [one.name for one in fields(Last)]


def _last(packed: list[Any]) -> Last:
    values = dict(zip(_LAST, packed, strict=True))
    values["facts"] = tuple(values["facts"])
    values["evidence"] = tuple(map(tuple, values["evidence"]))
    return Last(**values)
