"""Decide whether an article has something to tell.

Pure: what was known, what the article says, what is known now, and what readers were told already give an alert's
reason, or the reason for silence.  Who hears of it, and when, is the deliverer's affair.

In this order:

1.  The first report of an agreement is told.
2.  A stage that moved is told: forward, or to one outside the path (stalled, suspended, amended, ...).  The same
    news under a neighbouring word is not: a proposal that the next paper calls an agreement to negotiate.
3.  A material fact that nobody gave before is told; when several come together, as one alert.
4.  A fact that was told and does not stand any more is corrected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.alerts import words
from monitor.alerts.correct import SHORTEST_SLIP, corrected
from monitor.alerts.news import News
from monitor.models.vocabulary import Reason

if TYPE_CHECKING:
    from monitor.track.entry import Entry
    from monitor.track.facts import View
    from monitor.track.stages import Episode
    from monitor.track.told import Told

BEFORE_SIGNING = frozenset({"proposed", "negotiating", "agreed"})
AFTER_SIGNING = frozenset({"ratified", "in_force"})
ENDED = frozenset({"withdrawn", "terminated"})
PAUSED = frozenset({"stalled", "suspended"})
NEIGHBOURS = (BEFORE_SIGNING, AFTER_SIGNING, ENDED, PAUSED)
"""Stages that one event is given by different writers."""

FAILED = frozenset({"stalled", "rejected", "withdrawn", "terminated"})
"""The same for an agreement that nobody has signed: "shelved" in one paper, "dropped" in the next."""

SIGNED = frozenset({"signed", "ratified", "in_force", "amended", "renewed"})
"""Stages of an agreement that was signed."""

ONE_EVENT = 2
"""Days within which two neighbouring stages are two words for one event."""

ANOTHER_DAY = 4
"""Days by which a planned date must move to be another plan."""

LONGEST_TERM = 50
"""Years; a longer span in a text is how long two states have been friends."""

LATER_END = 20
"""Days by which an end must be later to be a prolongation."""

ONCE_MORE = frozenset({"amended", "renewed"})
"""Stages that may be entered again from themselves."""

ANOTHER_TIME = 90
"""Days after which such a stage, dated anew, is entered once more."""

ABOUT_SITES = frozenset(
    {"basing_access", "status_of_forces", "missile_defence", "nuclear_naval", "logistics", "maritime"}
)
"""Subjects of agreements that sites belong to."""

ABOUT_MONEY = frozenset(
    {"aid", "procurement_transfer", "basing_access", "rd_industrial", "missile_defence", "peacekeeping", "maritime"}
)
"""Subjects of agreements that a sum belongs to."""

SAME_CEREMONY = 10
"""Days within which a stage that is told again is told of the same ceremony."""

SMALL_WORD = 3
"""Letters up to which a word of a name may stand without a capital."""

LEFT_OUT_BY = 2
"""Independent sources that must have told of a ceremony without its place for that to be news: what one source leaves
out, it left out for brevity."""

CEREMONIES = frozenset({"signed", "amended", "renewed", "initialled"})
"""Stages that happen at a place, by someone's hand."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `decide` answers; ``reason`` None is silence, and ``why`` says why either way."""

    reason: Reason | None
    why: str
    field: str = ""
    value: str = ""
    previous: str = ""
    episode: int = 0
    facts: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    """Every field that has news, for the evidence to show."""
    news: tuple[tuple[str, str], ...] = ()
    """Each new fact: its field and its value in words."""
    same_news: bool = False
    """The current stage is one that was told, in other words."""


def decide(before: View | None, entry: Entry, after: View, told: Told) -> Verdict:
    """Decide on one article.

    Args:
        before: the dossier without the article; None when the article founds it.
        entry: what the article says of the agreement.
        after: the dossier with the article.
        told: what readers know.

    """
    if not entry.is_agreement:
        return Verdict(None, "a mention: the agreement is background here")
    if before is None:
        return _found(entry, after)
    if after.current is None:
        return Verdict(None, "says nothing of a stage")
    news = [item for item in facts_of(before, entry, after) if not told.was_news(item.field, item.value)]
    if after.status == entry.status and not told.has_stage(after.current):
        return _tell_stage(before, entry, after, told, news)
    return _tell_facts(news, after, told) or Verdict(None, _silence(before, entry, after))


def _tell_stage(before: View, entry: Entry, after: View, told: Told, news: list[News]) -> Verdict:
    """Tell of a stage readers were not told of, together with the facts that came with it."""
    previous, current = before.current, after.current
    assert current is not None
    ahead = entry.planned.status if entry.planned else None
    if previous and previous.status == ahead and not after.episodes_of(ahead):
        # A stage that was told and has not come: the text has it still ahead.
        why = f"it is {words.stage(current.status)}; it was told as {words.stage(previous.status)}"
        return _of_stage(Reason.CORRECTED, why, previous, current, news, told.entries_of(current.status))
    if previous and _same_event(previous, current, after) and told.stages:
        same = f"{words.stage(current.status)}: the same news as {words.stage(previous.status)}"
        return _tell_facts(news, after, told) or Verdict(None, same, same_news=True)
    episode = told.entries_of(current.status)
    again = " once more" if len(after.episodes_of(current.status)) > 1 else ""
    why = f"now {words.stage(current.status)}{again}" + (f", was {words.stage(previous.status)}" if previous else "")
    return _of_stage(Reason.STAGE_MOVED, why, previous, current, news, episode)


def _of_stage(
    reason: Reason, why: str, previous: Episode | None, current: Episode, news: list[News], episode: int = 0
) -> Verdict:
    fields = ("status", *(item.field for item in news))
    was = previous.status if previous else ""
    return Verdict(reason, why, "status", current.status, was, episode, _lines(news), fields, _pairs(news))


def _lines(news: list[News]) -> tuple[str, ...]:
    return tuple(words.fact(item.field, item.value) for item in news)


def _pairs(news: list[News]) -> tuple[tuple[str, str], ...]:
    return tuple((item.field, item.value) for item in news)


def _found(entry: Entry, after: View) -> Verdict:
    """Tell of an agreement nobody had reported."""
    stage = words.stage(entry.status) if entry.status else "no stage given"
    unknown = ", date unknown" if entry.undated else ""
    facts = [News("name", after.name)] if after.name else []
    facts += [
        item for item in (_years(None, entry, after), _sites(None, entry, after), _planned(None, entry, after)) if item
    ]
    return Verdict(
        Reason.NEW_AGREEMENT,
        f"the first report of this agreement: {stage}{unknown}",
        facts=_lines(facts),
        fields=("parties", "instrument", "status", *(item.field for item in facts)),
        news=_pairs(facts),
    )


def _same_event(previous: Episode, current: Episode, after: View) -> bool:
    """Tell whether two stages are two words for one event."""
    if abs(current.start - previous.start) > ONE_EVENT:
        return False
    signed = any(stay.status in SIGNED for stay in after.episodes)
    words_for_one = NEIGHBOURS if signed else (*NEIGHBOURS, FAILED)
    return any({previous.status, current.status} <= stages for stages in words_for_one)


def _tell_facts(news: list[News], after: View, told: Told) -> Verdict | None:
    """Tell new facts as one alert, the weightiest first; or that one that was told does not stand."""
    if news:
        first, lines = news[0], _lines(news)
        fields = tuple(item.field for item in news)
        why = f"new: {'; '.join(lines)}"
        return Verdict(Reason.NEW_FACT, why, first.field, first.value, first.previous, 0, lines, fields, _pairs(news))
    fixed = corrected(after, told)
    if fixed is None:
        return None
    line = words.fact(fixed.field, fixed.value)
    why = f"{line}; was told as {fixed.previous}"
    return Verdict(Reason.CORRECTED, why, fixed.field, fixed.value, fixed.previous, 0, (line,), (fixed.field,))


def _silence(before: View, entry: Entry, after: View) -> str:
    """Say why an article that brings nothing new is not told."""
    current = after.current
    assert current is not None
    if entry.undated:
        return "undated: supports what is known, moves nothing"
    if entry.status is None:
        return "says nothing of a stage"
    if not after.own.get(entry.key, True):
        return f"no new source (its text, its agency or its publisher is known); it is {words.stage(current.status)}"
    if entry in current.entries:
        return f"confirms that it is {words.stage(current.status)}"
    if before.episodes_of(entry.status):
        return f"speaks of an older stage: {words.stage(entry.status)}; it is {words.stage(current.status)}"
    return f"a late report of an old stage, {words.stage(entry.status)}: the history is filled in"


# --- facts ------------------------------------------------------------------------------------------------------------


def facts_of(before: View, entry: Entry, after: View) -> list[News]:
    """Return the material facts that an article is the first to give, the weightiest first."""
    found = (tell(before, entry, after) for tell in MATERIAL)
    return [news for news in found if news is not None]


def _parties(before: View | None, entry: Entry, after: View) -> News | None:
    if before is None or len(before.parties) < 2:
        return None
    new = sorted(set(entry.parties) - set(before.parties))
    if not new or not set(entry.parties) > set(before.parties):
        return None
    if any(other.is_agreement and not set(new).isdisjoint(other.parties) for other in before.entries):
        return None
    stays = before.episodes_of(entry.status)
    if set(new) - set(after.parties) or any(abs(entry.news_day - stay.last) <= SAME_CEREMONY for stay in stays):
        return None  # the ceremony that is known, told with one party more, is a slip
    return News("parties", f"{words.several(new)} with {words.several(list(before.parties))}")


def _until(before: View | None, entry: Entry, after: View) -> News | None:
    """Tell that a stage is prolonged: its end is later, or it is entered once more, on a later day."""
    current = after.current
    if before is None or current is None or entry not in current.entries or before.status != current.status:
        return None
    if entry.until is not None and (before.until is None or entry.until > before.until + LATER_END):
        return News("until", words.day(entry.until), words.day(before.until) if before.until else "")
    if current.status not in ONCE_MORE or entry.day is None or before.current is None:
        return None
    if entry.day in current.days and entry.day >= max([*before.current.days, before.current.start]) + ANOTHER_TIME:
        return News("until", f"{words.stage(current.status)} once more, {words.day(entry.day)}")
    return None


def _name(before: View | None, entry: Entry, after: View) -> News | None:
    name = entry.name or entry.acronym
    if before is None or name is None or before.names or after.name is None or not after.has_telling_name:
        return None  # "Defence Cooperation Agreement" says what was known already
    if not all(word[0].isupper() for word in name.split() if len(word) > SMALL_WORD):
        return None  # "the Nouadhibou accord" is what a paper calls it
    return News("name", name)


def _years(before: View | None, entry: Entry, after: View) -> News | None:
    if entry.years is None or not 0 < entry.years <= LONGEST_TERM or (before and before.values.get("years")):
        return None
    if not any(entry.years == value.value for value in after.values["years"]):
        return None  # the length of a pause, not of the agreement
    return News("years", words.years(entry.years))


def _sites(before: View | None, entry: Entry, after: View) -> News | None:
    if after.current is None or entry not in after.current.entries:
        return None  # what is said beside an older stage is background
    venue = (entry.place or "").casefold()
    new = [site for site in entry.sites if site.casefold() != venue and (before is None or not before.knows_site(site))]
    about = {*entry.subjects, *after.subjects}
    if len(new) < 2 or not about & ABOUT_SITES:
        return None  # a single name is elaboration, or where it was signed
    return News("sites", words.several(new))


def _cost(before: View | None, entry: Entry, after: View) -> News | None:
    if entry.cost is None or before is None or before.values.get("cost"):
        return None
    if not {*entry.subjects, *after.subjects} & ABOUT_MONEY:
        return None  # a sum beside an agreement on other things is that of another deal
    return News("cost", words.money(*entry.cost))


def _planned(before: View | None, entry: Entry, after: View) -> News | None:
    """Tell a day, a place or people for what comes next; a plan without them is no fact yet."""
    planned = entry.planned
    if planned is None or after.planned is None or planned != after.planned:
        return None
    known = before.planned if before else None
    parts = [words.stage(planned.status)]
    parts += [words.day(planned.day)] if planned.day else []
    parts += [planned.place] if planned.place else []
    value = ", ".join(parts)
    if known is None or known.status != planned.status:
        return News("planned", value) if planned.day or planned.people else None
    if planned.day and (known.day is None or abs(planned.day - known.day) >= ANOTHER_DAY):
        return News("planned", value, words.day(known.day) if known.day else "")
    return None


def _date(before: View | None, entry: Entry, after: View) -> News | None:
    """Tell the day of a stage that nobody had dated, when it was told well after that day."""
    current = after.current
    if before is None or before.current is None or current is None or before.status != current.status:
        return None
    if before.current.stated or entry.status != current.status or entry.day not in current.days:
        return None
    return News("date", words.day(entry.day)) if before.current.start - entry.day >= SHORTEST_SLIP else None


def _signatories(before: View | None, entry: Entry, after: View) -> News | None:
    current = after.current
    if before is None or current is None or not entry.signatories or entry.status != current.status:
        return None
    if before.status != current.status or before.signatories or current.status not in CEREMONIES:
        return None
    return News("signatories", words.several([person[0] for person in entry.signatories]))


def _left_out(before: View) -> bool:
    """Tell whether several sources told of the current ceremony, so that the place they left out can be news."""
    current = before.current
    if current is None or current.status not in CEREMONIES:
        return False
    return sum(before.own[entry.key] for entry in current.entries) >= LEFT_OUT_BY


def _place(before: View | None, entry: Entry, after: View) -> News | None:
    """Tell where it was signed, when nobody had said; or a second ceremony at another place on another day."""
    current = after.current
    if before is None or current is None or entry.place is None:
        return None
    stays = [stay for stay in before.episodes_of(entry.status) if not stay.background]
    if not stays or entry.status not in CEREMONIES:
        return None
    stay = stays[-1]
    places = {other.place.casefold() for other in stay.entries if other.place}
    if entry.place.casefold() in places:
        return None
    if not places:
        return News("place", entry.place) if entry.status == before.status and _left_out(before) else None
    days = set(stay.days)
    if entry.day is not None and days and all(abs(entry.day - day) > 1 for day in days):
        return News("place", f"{words.stage(entry.status)} in {entry.place} on {words.day(entry.day)}")
    return None


MATERIAL: tuple[Callable[[View | None, Entry, View], News | None], ...] = (
    _parties,
    _until,
    _planned,
    _years,
    _name,
    _sites,
    _cost,
    _date,
    _signatories,
    _place,
)
"""What is material, the weightiest first.  All else is elaboration: it is kept, and told with the next news."""
