"""Does an alert match a route?  The answer is the first reason why not, in words, or None."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import combinations

from monitor.models.alert import Alert
from monitor.routes.config import Match, Range
from monitor.routes.vocabulary import kind_of, regions


def mismatch(match: Match, alert: Alert) -> str | None:
    """Return why an alert is not what a matcher wants: ``subjects: aid, not maritime``; None when it is."""
    return next(_mismatches(match, alert), None)


def _mismatches(match: Match, alert: Alert) -> Iterator[str]:
    yield from _who(match, alert)
    yield from _what(match, alert)
    yield from _how_sure(match, alert)


def _who(match: Match, alert: Alert) -> Iterator[str]:
    parties = parties_of(alert)
    if match.parties and not set(match.parties) & set(parties):
        yield _not("parties", parties, match.parties)
    if missing := set(match.all_parties) - set(parties):
        yield f"parties: {_words(parties)}, without {_words(sorted(missing))}"
    if match.regions and not any(set(parties) & regions()[region] for region in match.regions):
        yield f"regions: {_words(parties) or 'no party'} not in {_or(match.regions)}"
    if match.actors and not set(match.actors) & actors_of(alert):
        yield f"actors: no {_or(match.actors)}"


def _what(match: Match, alert: Alert) -> Iterator[str]:
    shown = alert.snapshot
    stage = alert.status or (shown.status if shown else None)
    sets: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
        ("subjects", match.subjects, shown.subjects if shown else ()),
        ("instrument", match.instruments, (shown.instrument,) if shown else ()),
        ("stage", match.stages, (stage,) if stage else ()),
        ("reason", match.reasons, (alert.reason,)),
    )
    for what, wanted, has in sets:
        if wanted and not set(wanted) & set(has):
            yield _not(what, has, wanted)


def _how_sure(match: Match, alert: Alert) -> Iterator[str]:
    source = alert.article.source if alert.article else ""
    if match.sources and not any(fnmatchcase(source.casefold(), wanted.casefold()) for wanted in match.sources):
        yield _not("source", (source,) if source else (), match.sources)
    if match.score is not None and not match.score.at_least <= alert.score < match.score.below:
        yield f"score: {alert.score:.2f}, not {bounds(match.score)}"
    if match.confirmed is not None and (alert.snapshot is not None and alert.snapshot.confirmed) is not match.confirmed:
        yield "confirmed: not yet" if match.confirmed else "confirmed: it is"


def bounds(score: Range) -> str:
    """Return a range in words: ``from 0.5``, ``below 0.9``, ``from 0.5 and below 0.9``."""
    ends = [f"from {score.at_least:g}"] if score.at_least or score.below > 1 else []
    return " and ".join([*ends, *([f"below {score.below:g}"] if score.below <= 1 else [])])


def parties_of(alert: Alert) -> tuple[str, ...]:
    """Return the parties: those of the agreement, or of the actor that a surge is about."""
    if alert.snapshot is not None or alert.parties or not alert.actor_id:
        return alert.parties or (alert.snapshot.parties if alert.snapshot else ())
    kind, _, name = alert.actor_id.partition(":")
    match kind:
        case "country" | "organisation" | "forum":
            return (name,)
        case "pair":
            return tuple(name.split("+"))
        case "person":
            return tuple(code for code in (name.partition("/")[0],) if code != "unknown")
    return ()


def actors_of(alert: Alert) -> frozenset[str]:
    """Return the keys of the actors an alert is about: its own, its parties, their pairs, its signatories."""
    parties = parties_of(alert)
    found = {f"{kind_of(code)}:{code}" for code in parties}
    found |= {f"pair:{'+'.join(sorted(pair))}" for pair in combinations(parties, 2)}
    if alert.actor_id:
        found.add(alert.actor_id)
    people = alert.snapshot.signatories if alert.snapshot else ()
    if people:
        from monitor.classify.persons.model import person_key  # noqa: PLC0415 - brings all of the classifier with it

        found |= {
            f"person:{person.country or 'unknown'}/{person_key(person.name.split()[-1])}"
            for person in people
            if person.name.split()
        }
    return frozenset(found)


def _not(what: str, has: tuple[str, ...], wanted: tuple[str, ...]) -> str:
    return f"{what}: {_words(has) or 'unknown'}, not {_or(wanted)}"


def _words(items: tuple[str, ...] | list[str]) -> str:
    return ", ".join(str(item) for item in items)


def _or(items: tuple[str, ...]) -> str:
    *most, last = (str(item) for item in items)
    return f"{', '.join(most)} or {last}" if most else last
