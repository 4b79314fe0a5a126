"""The life of an agreement, read from everything that was said of its stages.

The history is a function of the set of entries: it is walked anew, in order of effective day, so the order in
which reports arrived cannot matter.  A stage that is behind the current one is support for history, not a move.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from monitor.track.entry import RANK, Entry

SIGNING = frozenset({"signed", "amended", "renewed"})
"""Words for one ceremony: an amendment is signed, a renewal is an agreement signed."""

SETBACKS = frozenset({"stalled", "rejected", "suspended", "withdrawn", "terminated", "expired"})
"""Stages that a life can come back from."""

ONCE = frozenset({"initialled", "signed", "ratified", "in_force"})
"""Stages that come at one moment, and cannot be ahead when they have come."""

SAME_NEWS = 10
"""Days around an event in which other words for it are the same news."""

REVIVED_AFTER = 14
"""Days after a setback from which an undated report of another stage counts as a return, not as background."""

PROLONGED_AFTER = 30
"""Days by which a stage must be dated later to have been prolonged, rather than reported with another day."""


@dataclass(slots=True)
class Episode:
    """One stay in a stage; days are ordinals."""

    status: str
    start: int
    """The first day that was given for it; the day of the first report when none was."""
    stated: bool
    """Whether a source gives a day."""
    last: int
    """The last day that was given for it, or on which it was reported."""
    article_id: str
    source: str
    at: int
    """Event time of the first report, in seconds."""
    background: bool = False
    """Known only from what later articles say of the past."""
    days: dict[int, int] = field(default_factory=dict)
    """Days that sources state for it, with how many do."""
    entries: list[Entry] = field(default_factory=list)

    @property
    def prolonged(self) -> int | None:
        """The latest stated day that is far enough from the first to be a prolongation."""
        late = [day for day in self.days if day >= self.start + PROLONGED_AFTER]
        return max(late, default=None)


def effective_day(entry: Entry) -> tuple[int, bool]:
    """Return the day a stage is told of, and whether the text states it; a day still to come is not yet one."""
    if entry.day is not None and entry.day <= entry.event_day + 1:
        return entry.day, True
    return entry.event_day, False


def walk(entries: Sequence[Entry]) -> list[Episode]:
    """Return the episodes of a life, oldest first; the last one that is no background is the current stage.

    An undated article moves no stage: while there is no dated one, the stage is that of the first.
    """
    telling = [entry for entry in entries if entry.is_agreement and entry.status]
    counting = [entry for entry in telling if not entry.undated]
    if not counting and telling:
        founder = min(telling, key=attrgetter("key"))
        counting = [entry for entry in telling if entry.status == founder.status]
    counting = [entry for entry in counting if not _belied(entry, telling)]
    claims = sorted((*effective_day(entry), entry.key, entry) for entry in counting)
    episodes: list[Episode] = []
    for day, stated, _, entry in claims:
        assert entry.status
        same = _support(episodes, entry.status, day, stated)
        if same is None:
            episodes.append(_open(entry, entry.status, day, stated))
        else:
            _join(same, entry, day, stated)
    return _with_background(episodes, telling)


def _belied(entry: Entry, telling: Sequence[Entry]) -> bool:
    """Tell whether later articles show that a stage had not come: they plan it still, and say a day or an older stage.

    Only a stage that no article dates and one article alone reports until then can be taken back like that.
    """
    status = entry.status
    if status not in ONCE or effective_day(entry)[1]:
        return False
    denials = [
        later.key
        for later in telling
        if later.key > entry.key and later.planned and later.planned.status == status and later.status != status
    ]
    if not denials:
        return False
    first = min(denials)
    return not any(
        other.status == status
        and other.article_id != entry.article_id
        and other.key < first
        and effective_day(other)[1]
        for other in telling
    )


def _open(entry: Entry, status: str, day: int, stated: bool) -> Episode:
    episode = Episode(status, day, stated, day, entry.article_id, entry.source, entry.at)
    _join(episode, entry, day, stated)
    return episode


def _join(episode: Episode, entry: Entry, day: int, stated: bool) -> None:
    episode.entries.append(entry)
    if stated and entry.status == episode.status:
        episode.days[day] = episode.days.get(day, 0) + 1
    episode.stated |= stated
    episode.last = max(episode.last, day)
    if (entry.at, entry.article_id) < (episode.at, episode.article_id):
        episode.at, episode.article_id, episode.source = entry.at, entry.article_id, entry.source


def _support(episodes: list[Episode], status: str, day: int, stated: bool) -> Episode | None:
    """Return the known episode that a claim is about; None when it opens a new one."""
    if not episodes:
        return None
    current = episodes[-1]
    if status == current.status:
        return current
    earlier = next((episode for episode in reversed(episodes) if episode.status == status), None)
    if is_move(current, earlier, status, day, stated):
        return None
    return earlier or current


def is_move(current: Episode, earlier: Episode | None, status: str, day: int, stated: bool) -> bool:
    """Tell whether a claim moves the stage: it is news after the current one, not another word for it or the past."""
    if {status, current.status} <= SIGNING and day - current.last <= SAME_NEWS:
        return False
    if status == "stalled" and current.status == "suspended":
        return False  # a suspension that goes on, in a weaker word
    if earlier and stated and abs(day - earlier.start) <= 2 and day < current.last:
        return False  # the past, with its date
    gap = day - current.start
    new, old = RANK.get(status), RANK.get(current.status)
    if new is not None and old is not None:
        return new > old
    if new is None:
        # Off the path of rank.  Entered again only on a day that is stated: else it is the past that is spoken of.
        return earlier is None or (stated and gap > SAME_NEWS)
    return _returns(current, earlier, new, gap, stated)


def _returns(current: Episode, earlier: Episode | None, rank: int, gap: int, stated: bool) -> bool:
    """Tell whether a claim brings a life back to the path, from a setback or from a change."""
    if current.status not in SETBACKS:
        # From amended or renewed: the change itself goes its way (ratified, in force), with a day to it.
        return stated and gap > SAME_NEWS and rank > RANK["signed"]
    if earlier is None:
        return gap >= (0 if stated else 3)
    return gap >= (1 if stated else REVIVED_AFTER)


def _with_background(episodes: list[Episode], entries: Sequence[Entry]) -> list[Episode]:
    """Fill in what articles say of the past ("signed in July"), where no article told of it at the time."""
    if not episodes:
        return episodes
    filled = list(episodes)
    for entry in sorted(entries, key=lambda entry: entry.key):
        for status, day in entry.earlier:
            known = any(episode.status == status for episode in filled)
            if day is None or known or day >= episodes[0].start or len(filled) - len(episodes) >= 4:
                continue
            past = Episode(status, day, True, day, entry.article_id, entry.source, entry.at, background=True)
            past.days[day] = 1
            filled.insert(0, past)
    background = sorted((item for item in filled if item.background), key=lambda item: (item.start, item.status))
    return [*background, *episodes]
