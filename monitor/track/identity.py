"""Is this report about that agreement?  A sum of reasons, each with its weight.

Pure: a report and a card give a `Match` or None when nothing could make them one.  The weights were set on stories
told over months (tests/corpus) and tried on the same stories with names, dates and words knocked out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from monitor.track.card import Card
from monitor.track.entry import RANK, Entry, Person
from monitor.track.names import ALIKE, OTHER, SAME, best, is_distinctive, plain, surname, town
from monitor.track.stages import SETBACKS, SIGNING, effective_day

SAME_AGREEMENT = 2.4
"""From here on a report is taken for the agreement."""

POSSIBLY = 1.0
"""From here on a new dossier says that it may be the same as this one."""

MENTION = 2.3
"""What a mention needs: it says little, and harms little."""

UNDATED = 1.0
"""What an undated article needs: it is attached in silence rather than told as new."""

TELLING = 4.0
"""Weight of the same name, when it tells more than what sort of agreement it is: beside it, other words for form and
subject weigh little."""

AGREES = 0.5
"""Weight from which subjects agree."""

ANOTHER_SIGNING = "signed on another day"

Reason = tuple[str, float]

Stay = tuple[str, int, int]
"""A stage with its first and its last day."""

SAME_PARTIES: Reason = ("the same parties", 2.0)
"""Most pairs of states have few agreements that move in any year."""

SAME_NAME, LIKE_NAME = "the same name", "a like name"
COMMON_SUBJECT = "a common subject"
SAME_PEOPLE, ONE_PERSON = "the same people", "one person in common"
COMMON_SITES = "sites in common"
PARTICULAR = frozenset({SAME_NAME, LIKE_NAME, COMMON_SUBJECT, SAME_PEOPLE, ONE_PERSON, COMMON_SITES})
"""What tells one agreement of two states from their others."""

RELATED = (
    frozenset({"status_of_forces", "reciprocal_access", "basing_access", "exercise_training"}),
    frozenset({"info_security", "cyber_space"}),
    frozenset({"procurement_transfer", "rd_industrial", "aid"}),
    frozenset({"mutual_defence", "policy_consultation", "nonaggression"}),
    frozenset({"logistics", "reciprocal_access", "exercise_training"}),
    frozenset({"mutual_defence", "missile_defence", "nuclear_naval"}),
)
"""Subjects that writers take for each other."""

FORMS = {"mou": 1, "joint_statement": 2, "framework": 3, "exchange_of_notes": 4}
"""Forms that are seldom taken for each other; all others are called an agreement somewhere."""


@dataclass(frozen=True, slots=True)
class Match:
    """How well a report fits a dossier, and why."""

    id: str
    score: float
    reasons: tuple[Reason, ...]

    @property
    def is_particular(self) -> bool:
        """Whether something speaks for this agreement that does not hold for any other of its parties."""
        return any(text in PARTICULAR and weight > 0 for text, weight in self.reasons)

    def explain(self) -> str:
        """Return the reasons as text, the heaviest first: ``same name +4; signed the same day +2.5``."""
        ordered = sorted(self.reasons, key=lambda reason: -abs(reason[1]))
        return "; ".join(f"{text} {weight:+.2g}" for text, weight in ordered[:5])


def match(entry: Entry, card: Card) -> Match | None:
    """Score a report against a dossier; None when the parties rule it out."""
    parties = _parties(entry.parties, card.parties)
    if parties is None:
        return None
    subjects, form = _subjects(entry.subjects, card.subjects), _instrument(entry.instrument, card.instruments)
    names = _names(entry.names, card.names)
    if form and subjects and form[0][1] < 0 and subjects[0][1] < AGREES:
        form = (*form, ("and on other things", -1.0))
    telling = bool(names) and names[0][1] >= TELLING
    about: tuple[Reason, ...] = (*subjects, *form)
    if telling:
        about = tuple((text, weight / 3 if weight < 0 else weight) for text, weight in about)
    if telling and parties[1] < 0:
        parties = (parties[0], parties[1] / 3)  # who is named beside it may be anyone
    reasons = [parties, *names, *about]
    reasons += [*_stage(entry, card), *_references(entry, card), *_details(entry, card)]
    if telling or (parties is not SAME_PARTIES and set(entry.parties) > set(card.parties)):
        # One name, signed again: a party that joins, or a text that is put anew.
        reasons = [(text, weight / 3 if text == ANOTHER_SIGNING else weight) for text, weight in reasons]
    return Match(card.id, round(sum(weight for _, weight in reasons), 3), tuple(reasons))


# What follows looks at words alone, and the same words come again and again: it is remembered.


@lru_cache(maxsize=10_000)
def _parties(ours: tuple[str, ...], theirs: tuple[str, ...]) -> Reason | None:
    mine, its = set(ours), set(theirs)
    common = mine & its
    if mine == its:
        return SAME_PARTIES
    if not mine or not its:
        return ("parties not given", 0.0)
    if not common:
        return None
    if mine < its:
        return ("some of the parties", 1.2 if len(common) > 1 else 0.3)
    if its < mine:
        return ("the parties and more", 0.8 if len(common) > 1 else 0.3)
    return ("parties overlap", 0.0 if len(common) > 1 else -4.0)


@lru_cache(maxsize=10_000)
def _names(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[Reason, ...]:
    if not ours or not theirs:
        return ()
    answer = best(ours, theirs)
    telling = any(map(is_distinctive, ours)), any(map(is_distinctive, theirs))
    if answer == SAME:
        return ((SAME_NAME, TELLING if all(telling) else 2.5),)
    if answer == ALIKE:
        return ((LIKE_NAME, 2.5 if all(telling) else 2.0),)
    return (("another name", -4.0 if any(telling) else -3.0),) if answer == OTHER else ()


@lru_cache(maxsize=10_000)
def _subjects(ours: tuple[str, ...], theirs: tuple[str, ...]) -> tuple[Reason, ...]:
    mine, its = set(ours), set(theirs)
    common = mine & its
    if not mine or not its:
        return ()
    if common - {"general_dca"}:
        return ((COMMON_SUBJECT, 1.5),)
    if common:
        return (("defence cooperation in general", 0.7),)
    if any(mine & group and its & group for group in RELATED):
        return (("related subjects", 0.2),)
    return (("one speaks in general", -0.3),) if "general_dca" in mine | its else (("other subjects", -1.5),)


@lru_cache(maxsize=10_000)
def _instrument(mine: str, theirs: tuple[str, ...]) -> tuple[Reason, ...]:
    if mine == "unknown" or not theirs:
        return ()
    if mine in theirs:
        return (("the same form", 0.7),)
    alike = FORMS.get(mine, 0) in {FORMS.get(form, 0) for form in theirs}
    return () if alike else (("another form", -1.0),)


@lru_cache(maxsize=4_000)
def _surnames(*people: Person) -> frozenset[str]:
    return frozenset(surname(person[0]) for person in people)


# --- stage and time ---------------------------------------------------------------------------------------------------


def _stage(entry: Entry, card: Card) -> Iterator[Reason]:
    stages = card.stages
    if entry.status is None or not stages:
        if entry.event_day - card.last > 730:
            yield ("long after", -0.5)
        return
    day, stated = effective_day(entry)
    status = entry.status
    signing = status in SIGNING
    known = [stage for stage in stages if stage[0] == status or (signing and stage[0] in SIGNING)]
    same = min(known, key=lambda stage: _distance(day, stage), default=None)
    if same is not None and (status == same[0] or _distance(day, same) <= 10):
        yield _same_stage(status, day, stated, same)
        return
    yield _next_stage(status, day, stated, entry, card, stages)


def _distance(day: int, stage: Stay) -> int:
    return 0 if stage[1] <= day <= stage[2] else min(abs(day - stage[1]), abs(day - stage[2]))


def _same_stage(status: str, day: int, stated: bool, known: Stay) -> Reason:
    """Weigh a report of a stage the dossier has been in."""
    word = status.replace("_", " ")
    once = status == "signed"
    if stated:
        apart = min(abs(day - known[1]), abs(day - known[2]))
        steps = ((1, "on the same day", 2.5), (7, "in the same week", 1.2), (31, "at another time", 0.3))
        last = (ANOTHER_SIGNING.removeprefix("signed "), -3.0) if once and apart > 45 else ("at another time", 0.0)
    else:
        apart = day - known[2]
        steps = ((4, "just now", 1.8), (14, "lately", 1.2), (90, "some time ago", 0.4))
        last = ("long ago", (-1.5 if apart > 365 else -0.7) if once else 0.0)
        if day < known[1] - 3:
            return (f"{word} before it was", -1.5 if once else -0.5)
    text, weight = next(((text, weight) for limit, text, weight in steps if apart <= limit), last)
    return (f"{word} {text}", weight)


def _next_stage(status: str, day: int, stated: bool, entry: Entry, card: Card, stages: list[Stay]) -> Reason:
    """Weigh a report of a stage the dossier has not been in: it may follow, or come before."""
    current, start, last = stages[-1]
    new, old = RANK.get(status), RANK.get(current)
    word = status.replace("_", " ")
    gap = day - last
    if day < start - 3 and stated:
        first = stages[0][1]
        before = new is None or old is None or new < old
        if before and first - day <= 1100:
            return (f"{word} earlier in its life", 0.5)
        return (f"{word} before its time", -2.5)
    if new is None or current in SETBACKS:
        return (f"{word} after {current}", 0.3)
    if old is None:  # amended, renewed
        return (f"{word} after {current}", 0.2 if new > RANK["agreed"] else -1.5)
    if new > old:
        weights = ((60, 1.2), (200, 1.0), (500, 0.8), (1500, 0.0))
        return (f"{word} after {current}", next((weight for limit, weight in weights if gap <= limit), -1.5))
    late = entry.event_day - last
    weight = -0.3 if late <= 10 or card.doubtful else -1.5 if late <= 45 else -3.0
    return (f"{word}, but it is {current.replace('_', ' ')}", weight)


# --- what the text refers to, and details -----------------------------------------------------------------------------


def _references(entry: Entry, card: Card) -> Iterator[Reason]:
    day, stated = effective_day(entry)
    if card.planned and card.planned[0] == entry.status:
        due = card.planned[1]
        if due is not None and abs(due - day) <= 3:
            yield ("as it was planned", 2.0)
        elif due is None and day - card.last <= 60:
            yield ("as it was planned", 0.4)
    if entry.planned and entry.planned.day is not None:
        if card.planned == (entry.planned.status, entry.planned.day):
            yield ("the same plan", 1.5)
        elif any(status == entry.planned.status and start == entry.planned.day for status, start, _ in card.stages):
            yield ("planned what came", 1.0)
    weights = [_reference(status, then, card) for status, then in entry.earlier if then is not None]
    if weights:
        top = max(weights, key=abs)
        if top:
            yield ("what it says of earlier stages" if top > 0 else "its earlier stages are others", top)
    if stated and entry.status and not entry.earlier and card.first - entry.event_day > 1500:
        yield ("long before", -0.5)


def _reference(status: str, then: int, card: Card) -> float:
    """Weigh "signed in July": a day, or the first of a month or a year where the text gives less."""
    known = [stage for stage in card.stages if stage[0] == status]
    if not known:
        return 0.0
    near = min(min(abs(then - start), abs(then - last)) for _, start, last in known)
    if near <= 3:
        return 2.0
    if any(0 <= start - then <= 31 for _, start, _ in known):
        return 1.5
    if any(0 <= start - then <= 366 for _, start, _ in known):
        return 0.6
    return -2.0 if near > 400 else 0.0


def _details(entry: Entry, card: Card) -> Iterator[Reason]:
    people = _surnames(*entry.signatories, *(entry.planned.people if entry.planned else ()))
    shared = people.intersection(card.people)
    if shared:
        yield (SAME_PEOPLE, 1.2) if len(shared) > 1 else (ONE_PERSON, 0.6)
    elif len(people) > 1 and len(card.people) > 1 and entry.event_day - card.last <= 30:
        yield ("other people", -0.7)
    if entry.sites and card.sites and {plain(site) for site in entry.sites} & {plain(site) for site in card.sites}:
        yield (COMMON_SITES, 1.0)
    if entry.place and card.place and entry.status == card.status:
        same = town(entry.place) == town(card.place)
        yield ("the same place", 0.4) if same else ("another place", -0.3)
    if entry.years is not None and card.years is not None:
        yield ("the same term", 0.8) if entry.years == card.years else ("another term", -1.0)
