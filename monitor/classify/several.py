"""Several agreements in one article: which of them moved beside the main one, and one phrase that names many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from monitor.classify.assemble import Thread, is_fresh
from monitor.classify.countries import MentionKind, is_state
from monitor.classify.events import Event
from monitor.classify.nouns import Noun
from monitor.classify.parties import PartyEvidence
from monitor.classify.reading import Reading
from monitor.models.vocabulary import Status

_OURS = 1.5
"""Weight of words of defence from which a phrase beside a defence agreement names another."""
_FIRM = 0.5
"""Score of stage words that tell of a move even beside the main story."""
_SURE_PARTY = 1.5
_NAMED = 1.2
_NEW = 0.3
"""Background up to which a move is told as news."""
_BY_NAME = frozenset({MentionKind.NAME, MentionKind.DEMONYM, MentionKind.SEAT, MentionKind.CAPITAL})
_OPEN = frozenset({Status.PROPOSED, Status.NEGOTIATING, Status.AGREED})


def moved_too(reading: Reading, thread: Thread, main: Event) -> bool:
    """Whether an agreement that is told beside the one an article is about has moved as well, and did not long ago."""
    noun, part = main.noun, main.part
    if noun.defence <= noun.other or not (noun.typed or noun.defence >= _OURS):
        return False
    if noun.plural or noun.weak or noun.anaphor or main.coreferent:
        return False
    if main.background >= _NEW or main.strength < _FIRM:
        return False
    if is_fresh(reading, main):
        return True
    if main.modalities and main.status not in _OPEN:
        return False  # "once it is ratified" tells that it was signed, not when
    perfect = part.lower[main.hit.first - 1] in reading.book.grammar["perfect"]
    owned = part.lower[noun.first - 1] in reading.book.grammar["whose"]
    return not perfect and (owned or not noun.definite) and len(thread.own) > 1


def with_partner(reading: Reading, thread: Thread, main: Event, others: Sequence[str]) -> Thread:
    """Return a thread of which one party is named, with the other.

    That is whom the sentence of its event names beside it, or else the one of ``others`` that the article names most.
    """
    named = [code for code in thread.parties if _weight(thread, code) >= _SURE_PARTY]
    if len(named) != 1:
        return thread
    here = [m.code for m in reading.countries_by_sentence.get(main.sentence.index, ()) if m.kind in _BY_NAME]
    near = [code for code in dict.fromkeys(here) if code not in named and is_state(code)]
    counts = {code: 0 for code in near or others if code not in named and is_state(code)}
    for mention in reading.countries:
        if mention.code in counts:
            counts[mention.code] += 1
    if not counts:
        return thread
    code = max(sorted(counts), key=lambda code: counts[code])
    evidence = dict(thread.evidence)
    if code not in evidence and code in reading.first_mentions:
        evidence[code] = PartyEvidence()
        evidence[code].add(_NAMED, "party.named", reading.first_mentions[code])
    return replace(thread, evidence=evidence, parties=tuple(sorted((*named, code))))


def apart(reading: Reading, thread: Thread, main: Event) -> list[Thread]:
    """Return a thread for each agreement that a phrase names at once: "A, B and C signed bilateral pacts with D"."""
    if not any(noun.plural and _are_many(reading, noun) for noun in (main.noun, *thread.nouns)):
        return [thread]
    strong = [code for code in thread.evidence if is_state(code) and _weight(thread, code) >= _NAMED]
    partners = [code for code in strong if any(rule == "party.with" for _, rule, _ in thread.evidence[code].mentions)]
    rest = [code for code in strong if code not in partners]
    # "Nordic nations" in the headline, and those that are meant by name in the text.
    rest = [
        code for code in rest if any(m.kind is not MentionKind.GROUP for m in reading.countries if m.code == code)
    ] or rest
    if not ((len(partners) == 1 and len(rest) > 1) or (len(partners) > 1 and len(rest) == 1)):
        return [thread]
    pairs = [(one, other) for one in partners for other in rest]
    pairs.sort(key=lambda pair: min(reading.countries.index(reading.first_mentions[code]) for code in pair))
    return [replace(thread, parties=tuple(sorted(pair))) for pair in pairs]


def _are_many(reading: Reading, noun: Noun) -> bool:
    """Whether a plural phrase names agreements of two each: by a word ("bilateral"), or one side's many partners."""
    grammar = reading.book.grammar
    before = noun.part.lower[noun.sentence.first : noun.head_last]
    if not grammar["bilateral"].isdisjoint(before):
        return True
    if noun.anaphor or not grammar["count_alone"].isdisjoint(before):
        return False
    rest = noun.own - noun.partners
    return (len(noun.partners) > 1 and len(rest) <= 1) or (len(noun.partners) == 1 and len(rest) > 1)


def _weight(thread: Thread, code: str) -> float:
    found = thread.evidence.get(code)
    return found.weight if found is not None else 0.0
