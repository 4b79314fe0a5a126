"""The party that is not named: whom an article names most beside the other, or the state it is at home in.

News of a parliament at home says "MPs ratify troops agreement with Italy" and never whose MPs they are. A town in the
text tells, or the outlet's own name ("Nairobi Ledger").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from monitor.classify.countries import CountryMention, MentionKind, find_countries, is_state
from monitor.classify.events import Event
from monitor.classify.parties import PartyEvidence
from monitor.classify.places import PlaceKind, find_places
from monitor.classify.reading import Reading
from monitor.classify.roles import stands_by
from monitor.classify.text import Document

_NO_PARTY = frozenset({MentionKind.SUBSTATE, MentionKind.FORUM})
_NEAR_TOP = 2
"""Sentences of the text in which a mention counts that many times."""
_CLEARLY = 2.0
"""How much oftener than any other a state is named that is the other party."""
_NAMED = 0.5
"""Weight of being named, and no more."""


def with_other_party(
    reading: Reading, party: str, events: Sequence[Event], evidence: dict[str, PartyEvidence]
) -> tuple[str, ...]:
    """Return the one party found and the other, when the article tells; its evidence is added."""
    found = _foremost(reading, party) or _home(reading, party, events)
    if found is None:
        return (party,)
    code, rule, mention = found
    evidence.setdefault(code, PartyEvidence()).add(_NAMED, rule, mention)
    return tuple(sorted((party, code)))


def _foremost(reading: Reading, party: str) -> tuple[str, str, CountryMention] | None:
    """Return the state that the article names most beside a party."""
    counts: Counter[str] = Counter()
    first: dict[str, CountryMention] = {}
    for mention in reading.countries:
        if mention.kind not in _NO_PARTY and mention.code != party and _may_be_other(reading, mention):
            counts[mention.code] += _NEAR_TOP if reading.body_number(mention.sentence) < _NEAR_TOP else 1
            first.setdefault(mention.code, mention)
    ranked = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    if not ranked or (len(ranked) > 1 and ranked[0][1] < _CLEARLY * ranked[1][1]):
        return None
    return ranked[0][0], "party.named", first[ranked[0][0]]


def _may_be_other(reading: Reading, mention: CountryMention) -> bool:
    """Whether a mention is of a state that is neither a rival nor an onlooker."""
    return is_state(mention.code) and not stands_by(reading, mention)


def _home(reading: Reading, party: str, events: Sequence[Event]) -> tuple[str, str, CountryMention] | None:
    """Return the state whose parliament or minister acts in an article that names no state but the other party."""
    if any(is_state(mention.code) and mention.code != party for mention in reading.countries):
        return None
    acting = next((span for event in events if (span := _institution(reading, event)) is not None), None)
    if acting is None:
        return None
    places = {p.country for p in reading.places if p.kind is PlaceKind.CITY and p.country and p.country != party}
    if len(places) != 1:
        outlet = Document(reading.outlet, "", reading.document.lexicon)
        named = find_countries(outlet)
        places = {m.code for m in named if is_state(m.code)} or {
            p.country for p in find_places(outlet, named) if p.country
        }
    if len(places) != 1 or places == {party}:
        return None
    code = places.pop()
    assert code is not None
    event, first, last = acting
    start, end = event.part.starts[first], event.part.ends[last - 1]
    text = event.part.raw[start:end]
    kind = MentionKind.SEAT
    return (
        code,
        "party.home",
        CountryMention(code, kind, event.part.name, start, end, text, event.sentence.index, False, False),
    )


def _institution(reading: Reading, event: Event) -> tuple[Event, int, int] | None:
    """Return the word for a parliament, a minister or the like that an event's sentence has, with its event."""
    actors, part = reading.book.grammar["home"], event.part
    return next(
        (
            (event, word, word + 1)
            for word in range(event.sentence.first, event.sentence.last)
            if part.lower[word] in actors
        ),
        None,
    )
