"""What readers were told of an agreement; the one part of a dossier that knows in which order things came."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from monitor.track.facts import View
    from monitor.track.stages import Episode

NEAR = 10
"""Days by which two accounts of one stage may differ."""


@dataclass(frozen=True, slots=True)
class Told:
    """Stages with their day (an ordinal), and facts; oldest first.

    A fact is ``field=value`` for what was shown as standing, ``+field=words`` for what was told as news.
    """

    stages: tuple[tuple[str, int], ...] = ()
    facts: tuple[str, ...] = ()
    prolonged: int | None = None
    """The last day to which a stage was told to be prolonged, or on which."""

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

    def with_view(self, view: View, news: Iterable[tuple[str, str]] = ()) -> Told:
        """Return what is told once an alert shows the dossier as it stands; ``news``: fields and their words."""
        stages, facts = list(self.stages), list(self.facts)
        facts += [line for name, words in news if (line := f"+{name}={words}") not in facts]
        current = view.current
        if current and not self.has_stage(current):
            stages.append((current.status, current.start))
        shown = {
            "years": view.years,
            "cost": f"{view.cost[0]:g} {view.cost[1]}" if view.cost else None,
            "place": view.place,
            "date": view.day,
        }
        for name, value in shown.items():
            if value is not None and self.fact(name) != str(value):
                facts.append(f"{name}={value}")
        prolonged = current.prolonged if current else None
        return Told(tuple(stages[-40:]), tuple(facts[-40:]), prolonged or self.prolonged)

    def with_stage(self, episode: Episode) -> Told:
        """Return what is told once a stage is taken for one that was told in other words."""
        return Told((*self.stages[-39:], (episode.status, episode.start)), self.facts, self.prolonged)

    def joined(self, other: Told) -> Told:
        """Return what readers of either of two dossiers were told."""
        stages = tuple(sorted({*self.stages, *other.stages}, key=lambda stage: (stage[1], stage[0])))
        facts = (*other.facts, *(fact for fact in self.facts if fact not in other.facts))
        ends = [end for end in (self.prolonged, other.prolonged) if end is not None]
        return Told(stages, facts, max(ends, default=None))


NOTHING = Told()
"""What readers know of an agreement nobody has told of."""


def pack(told: Told) -> list[Any]:
    """Return what was told as JSON values."""
    return [told.stages, told.facts, told.prolonged]


def unpack(packed: list[Any]) -> Told:
    """Rebuild what was told; the inverse of `pack`."""
    stages, facts, prolonged = packed
    return Told(tuple((status, day) for status, day in stages), tuple(facts), prolonged)
