"""Rows of parties: those that stand in a row with the parties found, and as many as a text says there are."""

from __future__ import annotations

from collections.abc import Sequence, Set

from monitor.classify.countries import CountryMention, MentionKind
from monitor.classify.events import Event
from monitor.classify.nouns import Noun
from monitor.classify.parties import MOST_PARTIES, PartyEvidence
from monitor.classify.reading import Reading
from monitor.classify.roles import beside_the_point, is_state
from monitor.classify.rows import counted_row, party_count, rows_of


def complete_row(
    reading: Reading,
    nouns: Sequence[Noun],
    events: Sequence[Event],
    evidence: dict[str, PartyEvidence],
    parties: tuple[str, ...],
) -> tuple[str, ...]:
    """Return the parties with all that stand in a row with them.

    "A four-way pact" and the row of the four; a row of three or more that holds both, or one beside the agreement's own
    words. An agreement "between A and B" has no others.
    """
    first = len(reading.document.title.sentences)
    told = [reading.document.sentences[noun.sentence.index] for noun in nouns if noun.sentence.index < first + 3]
    count = party_count(reading, [*reading.document.sentences[: first + 1], *told])
    if count is not None and count > len(parties):
        ranked = sorted((code for code in evidence if is_state(code)), key=lambda c: (-evidence[c].weight, c))
        counted = counted_row(reading, count, ranked)
        if counted is not None and all(code in evidence for code in counted):
            return tuple(sorted(counted))
    if not parties or len(parties) > 2 or _is_pair(evidence, parties):
        return parties
    own = {noun.sentence.index for noun in nouns if not noun.plural} | {event.sentence.index for event in events}
    for number, named in reading.countries_by_sentence.items():
        begins = reading.document.sentences[number].dateline_end or 0  # the town of a dateline stands in no row
        mentions = [mention for mention in named if mention.start >= begins]
        if len(mentions) < _ROW:
            continue
        for row in rows_of(reading, mentions):
            codes = {m.code for m in row if not m.locative and m.kind is not MentionKind.GROUP}
            shared = codes & set(parties)
            if _is_clear(evidence, parties, codes):
                continue
            if len(codes) < _ROW or any(beside_the_point(reading, reading.document.part(m.part), m) for m in row):
                continue
            if len(shared) == len(parties) or (shared and number in own) or _is_membership(reading, row[0]):
                return tuple(sorted(code for code in codes | set(parties) if code in evidence))[:MOST_PARTIES]
    return parties


_ROW = 3


def _is_membership(reading: Reading, first: CountryMention) -> bool:
    """Whether a row says who belongs to the agreement: "the other members, Turkey, Iran and Pakistan"."""
    part = reading.document.part(first.part)
    word = part.word_at(first.start)
    return word > 0 and part.lower[word - 1] in reading.book.grammar["membership"]


def _is_clear(evidence: dict[str, PartyEvidence], parties: tuple[str, ...], codes: Set[str]) -> bool:
    """Whether two parties are named as such so often that a row with others in it is one of another matter."""
    least = min(evidence[code].weight for code in parties if code in evidence)
    most = max((evidence[code].weight for code in codes - set(parties) if code in evidence), default=0.0)
    return len(parties) == 2 and least >= _OFTEN and most < _SELDOM * least


_OFTEN = 5.0
_SELDOM = 0.2


def _is_pair(evidence: dict[str, PartyEvidence], parties: tuple[str, ...]) -> bool:
    """Whether a phrase names just these two: "between Greece and France", "the US-India pact"."""
    if len(parties) != 2:
        return False
    one, other = (evidence.get(code) for code in parties)
    if one is None or other is None:
        return False
    named = all(any(rule in _PAIRED for _, rule, _ in found.mentions) for found in (one, other))
    return named and one.partners == {parties[1]} and other.partners == {parties[0]}


_PAIRED = frozenset({"party.between", "party.compound"})
