"""What is known of an agreement: every value with its sources, and the one that stands.

The rule by which one of several values stands: an official source first, then the greater number of independent
sources, then the newer.  All of it is a function of the set of entries.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from operator import attrgetter

from monitor.track.entry import EPOCH, PAUSES, RANK, Entry, Person, PlannedStage
from monitor.track.names import ALIKE, SAME, compare, core, is_acronym, is_distinctive, plain, surname, town
from monitor.track.sources import independent
from monitor.track.stages import Episode, walk

TITLE = 4
"""Words from which a name is a title, though each of them only says what the agreement is about."""

SITES = 24
"""Sites a dossier names at most."""


@dataclass(slots=True)
class Value:
    """A value of a field with the entries that give it, oldest first."""

    value: object
    entries: list[Entry]
    independent: int = 0

    @property
    def weight(self) -> tuple[bool, int, tuple[int, str, int]]:
        """By what it stands against its rivals."""
        return (any(entry.official for entry in self.entries), self.independent, self.entries[-1].key)


@dataclass(slots=True)
class View:
    """A dossier as read: what stands, what rivals it, and the life so far."""

    entries: list[Entry]
    own: dict[tuple[int, str, int], bool]
    """Whether an entry, by its key, is a source of its own."""
    episodes: list[Episode]
    parties: tuple[str, ...] = ()
    instrument: str = "unknown"
    subjects: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """Every name and acronym it goes by."""
    name: str | None = None
    acronym: str | None = None
    day: int | None = None
    place: str | None = None
    years: float | None = None
    signatories: tuple[Person, ...] = ()
    sites: tuple[str, ...] = ()
    cost: tuple[float, str] | None = None
    planned: PlannedStage | None = None
    until: int | None = None
    values: dict[str, list[Value]] = field(default_factory=dict)
    """By field; the value that stands comes first."""
    conflicts: tuple[str, ...] = ()
    independent_sources: int = 0
    confirmed: bool = False
    date_unknown: bool = False
    score: float = 0.0

    @property
    def current(self) -> Episode | None:
        """The stage it is at."""
        return self.episodes[-1] if self.episodes and not self.episodes[-1].background else None

    @property
    def status(self) -> str | None:
        """The stage it is at, as a word."""
        return self.current.status if self.current else None

    @property
    def has_telling_name(self) -> bool:
        """Tell whether its name says more than what sort of agreement it is, or is a title of its own."""
        return any(is_distinctive(name) or len(core(name)) >= TITLE for name in self.names)

    def knows_site(self, site: str) -> bool:
        """Tell whether a site is named already, perhaps in a longer form."""
        key = _site(site)
        return any(key in known or known in key for known in map(_site, self.sites))

    def episodes_of(self, status: str | None) -> list[Episode]:
        """Return the stays in a stage."""
        return [episode for episode in self.episodes if episode.status == status]


def read(entries: Sequence[Entry], expired: int | None = None) -> View:
    """Read a dossier.

    Args:
        entries: in any order.
        expired: the day on which a tick found the stated term to have run out; it counts as long as the entries give
            that day, so a late word of a renewal takes it back.

    """
    ordered = sorted(entries, key=attrgetter("key"))
    own = dict(zip((entry.key for entry in ordered), independent(ordered), strict=True))
    telling = [entry for entry in ordered if entry.is_agreement] or ordered
    view = View(ordered, own, walk(ordered))
    view.independent_sources = sum(own[entry.key] for entry in telling)
    view.confirmed = view.independent_sources > 1 or any(entry.official for entry in telling)
    view.score = max((entry.score for entry in telling), default=0.0)
    view.date_unknown = all(entry.undated for entry in telling)
    _read_identity(view, telling)
    _read_stage_facts(view)
    _read_standing_facts(view, telling)
    if expired is not None and expiry(view) == expired:
        view.episodes.append(Episode("expired", expired, True, expired, "", "", (expired - EPOCH) * 86_400))
        view.planned = None
    view.conflicts = tuple(
        name for name in ("years", "cost", "date", "place", "until") if len(view.values.get(name, ())) > 1
    )
    return view


TERM_FROM = ("renewed", "in_force", "ratified", "signed")
"""Stages a term is counted from, the best first."""


def expiry(view: View) -> int | None:
    """Return the day a stated term has run out on, for an agreement that is alive; None when that cannot be told."""
    if view.years is None or not 0 < view.years < 100 or view.status not in {*TERM_FROM, "amended"}:
        return None
    for status in TERM_FROM:
        stays = [stay for stay in view.episodes if stay.status == status and stay.stated and not stay.background]
        if stays:
            return stays[-1].start + round(view.years * 365.25)
    return None


def _group(
    view: View, entries: Sequence[Entry], name: str, key: Callable[[str], Hashable] | None = None
) -> list[Value]:
    """Return the values of a field, the one that stands first; ``key`` says which of them are one."""
    get = attrgetter(name)
    groups: dict[Hashable, Value] = {}
    for entry in entries:
        value = get(entry)
        if value is None:
            continue
        same = key(value) if key else value
        group = groups.get(same)
        if group is None:
            groups[same] = Value(value, [entry])
        else:
            group.entries.append(entry)
    for group in groups.values():
        group.independent = sum([view.own[entry.key] for entry in group.entries])
    return sorted(groups.values(), key=attrgetter("weight"), reverse=True) if len(groups) > 1 else list(groups.values())


def _read_identity(view: View, telling: Sequence[Entry]) -> None:
    view.parties = _parties(telling)
    forms = _group(view, [entry for entry in telling if entry.instrument != "unknown"], "instrument")
    view.values["instrument"] = list(forms)
    # The form is a matter of wording: the most frequent word, not the newest.
    forms.sort(key=lambda form: (-len(form.entries), form.entries[0].key))
    view.instrument = str(forms[0].value) if forms else "unknown"
    counts = Counter(subject for entry in telling for subject in entry.subjects)
    first = {subject: index for index, subject in enumerate(dict.fromkeys(s for e in telling for s in e.subjects))}
    view.subjects = tuple(sorted(counts, key=lambda subject: (-counts[subject], first[subject]))[:4])
    named = Counter(name for entry in telling for name in entry.names)
    view.names = _names(named, telling)
    full = [name for name in view.names if not is_acronym(name)]
    # The most used wording; a name that says more than its form stands before one that does not.
    view.name = max(full, key=lambda name: (is_distinctive(name), named[name], len(name), name), default=None)
    short = [name for name in view.names if is_acronym(name)]
    view.acronym = short[0] if short else None
    if view.name is None:
        view.name = view.acronym
    view.values["name"] = _group(view, telling, "name")


def _names(named: Counter[str], telling: Sequence[Entry]) -> tuple[str, ...]:
    """Return the names it goes by, the most used first (of equals, the one given first).

    A name that a single article gives, and that is no form of the others, is rather that of another agreement;
    unless the article gives it as a new one beside the old.
    """
    ordered = sorted(named, key=lambda name: -named[name])
    renamed = {name for entry in telling if entry.aliases for name in entry.names}
    names: list[str] = []
    for name in ordered:
        if (
            not names
            or named[name] > 1
            or name in renamed
            or any(compare(name, known) in (SAME, ALIKE) for known in names)
        ):
            names.append(name)
    return tuple(names[:8])


def _parties(telling: Sequence[Entry]) -> tuple[str, ...]:
    """Return the parties: those most articles name, and those that joined.

    A party that one article adds stands until three later ones that name the others leave it out.
    """
    sets = [frozenset(entry.parties) for entry in telling if entry.parties]
    if not sets:
        return ()
    if sets.count(sets[0]) == len(sets):
        return tuple(sorted(sets[0]))
    counted = Counter(sets)
    base = max(counted, key=lambda parties: (len(parties) > 1, counted[parties], -len(parties), sorted(parties)))
    parties = set(base)
    for joined in set().union(*(found for found in counted if found > base)) - base:
        naming = [index for index, found in enumerate(sets) if joined in found]
        left_out = len(sets) - naming[-1] - 1
        if len(naming) > 1 or left_out < 3:
            parties.add(joined)
    return tuple(sorted(parties))


def _read_stage_facts(view: View) -> None:
    """Read what belongs to the current stage: its day, place, people and end."""
    current = view.current
    if current is None:
        return
    here = [entry for entry in current.entries if entry.status == current.status]
    days = _group(view, [entry for entry in here if entry.day in current.days], "day")
    first = [value for value in days if isinstance(value.value, int) and value.value < current.start + 30]
    view.values["date"] = first
    if first:
        assert isinstance(first[0].value, int)
        view.day = first[0].value
    view.values["place"] = _group(view, here, "place", town)
    if view.values["place"]:
        view.place = str(view.values["place"][0].value)
    people: dict[str, Person] = {}
    for entry in here:
        for person in entry.signatories:
            known = people.get(surname(person[0]))
            if known is None or len(person[1] or "") > len(known[1] or ""):
                people[surname(person[0])] = person
    view.signatories = tuple(people.values())[:8]
    ends = _group(view, current.entries, "until")
    view.values["until"] = ends
    view.until = max((value.value for value in ends if isinstance(value.value, int)), default=None)


def _read_standing_facts(view: View, telling: Sequence[Entry]) -> None:
    """Read what holds through all stages."""
    paused = any(entry.status in PAUSES for entry in telling)
    # Months, where a pause is spoken of, are those of the pause.
    terms = [entry for entry in telling if entry.years is None or entry.years >= 1 or not paused]
    view.values["years"] = _group(view, terms, "years")
    if view.values["years"]:
        years = view.values["years"][0].value
        view.years = years if isinstance(years, float | int) else None
    view.values["cost"] = _group(view, telling, "cost")
    if view.values["cost"]:
        view.cost = view.values["cost"][0].entries[0].cost
    sites: dict[str, str] = {}
    for entry in telling:
        for site in entry.sites:
            sites.setdefault(_site(site), site)
    view.sites = tuple(sites.values())[:SITES]
    view.planned = _planned(view, telling)


def _planned(view: View, telling: Sequence[Entry]) -> PlannedStage | None:
    """Return the announced next stage: the newest word of it, as long as it has not come."""
    rank = RANK.get(view.status or "", -1)
    for entry in reversed(telling):
        planned = entry.planned
        if planned is None:
            continue
        ahead = RANK.get(planned.status)
        if ahead is not None and ahead > rank and (planned.day or planned.place or planned.people):
            return planned
    return None


@lru_cache(maxsize=5_000)
def _site(site: str) -> str:
    generic = {
        "air",
        "base",
        "naval",
        "station",
        "airbase",
        "airport",
        "camp",
        "port",
        "island",
        "airfield",
        "the",
        "of",
    }
    key = [word for word in plain(site).replace("-", " ").split() if word not in generic]
    return " ".join(key) or plain(site)
