"""What a state or organisation does in a phrase or sentence: who signs with whom, who only looks on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from monitor.classify.countries import CountryMention
from monitor.classify.countries import is_state as _is_state
from monitor.classify.events import Event
from monitor.classify.nouns import Noun
from monitor.classify.reading import Reading
from monitor.classify.rules import Role
from monitor.classify.text import Sentence, TextPart

is_state = cache(_is_state)

WeightedRole = tuple[float, str]
"""The weight of a name, and the rule that gives it, as `party.with`."""


def role_in_phrase(reading: Reading, noun: Noun, mention: CountryMention, *, several: bool) -> WeightedRole | None:
    """Return what a name is in a phrase, with its weight; ``several``: the phrase is "of" more than one."""
    part = noun.part
    word = part.word_at(mention.start)
    if word < noun.head:
        return None if mention.locative or _is_half(reading, part, mention) else (3.0, "party.compound")
    if word > noun.head and beside_the_point(reading, part, mention):
        return None
    if not is_state(mention.code) and _is_joined(reading, part, noun.head, word, word):
        return 3.0, "party.with"  # "the protocol on Finland's accession to NATO"
    governor = governor_of(reading, part, word, noun.head_last)
    if governor == "of" and several:
        governor = "between"  # "the treaty of Bolivia, Colombia and Peru"
    if governor in _TOGETHER and _is_content(reading, part, noun.sentence, noun.head_last, word):
        governor = "content"  # "a treaty that lets Britain run the base together with the US"
    return None if governor in _PLACED and mention.locative else _IN_PHRASE.get(governor)


_TOGETHER = ("with", "alongside")
_PLACED = ("for", "of", "to", "on")
"""Prepositions by which a phrase names a place as well."""
_IN_PHRASE: Mapping[str, WeightedRole] = {
    "with": (3.0, "party.with"),
    "between": (3.0, "party.between"),
    "and": (3.0, "party.between"),
    "among": (3.0, "party.between"),
    "by": (2.0, "party.by"),
    "content": (0.8, "party.beside"),
    **dict.fromkeys(_PLACED, (1.2, "party.complement")),
}
"""Weight and role of a name in a phrase, by the preposition before it."""


def _is_of_another_clause(reading: Reading, event: Event, word: int, mentions: Sequence[CountryMention]) -> bool:
    """Whether a name before an event belongs to a clause before its own: "A silent as B and C forge a pact"."""
    part = event.part
    ends = [at for at in range(word, event.hit.first) if part.lower[at] in reading.book.grammar["clause"]]
    if not ends:
        return False
    named = [mention.start for mention in mentions]
    for person in reading.persons_by_sentence.get(event.sentence.index, ()):
        named += [mention.start for mention in person.mentions if mention.sentence == event.sentence.index]
    return any(ends[-1] < part.word_at(start) < event.hit.first for start in named)


def role_in_event(
    reading: Reading, event: Event, mention: CountryMention, mentions: Sequence[CountryMention]
) -> WeightedRole | None:
    """Return what a name does in the sentence of an event, with its weight; None for who has no part in it.

    ``mentions`` are all of the sentence that may be parties.
    """
    word = event.part.word_at(mention.start)
    if not is_state(mention.code) and _is_left(reading, event, word):
        return 2.4, "party.with"  # "to leave the CSTO", "froze its participation in the CSTO"
    if mention.locative or beside_the_point(reading, event.part, mention):
        return None
    role = _role(reading, event, word)
    if role is not None and role[1] == "party.subject" and _is_of_another_clause(reading, event, word, mentions):
        return _ASIDE
    return role


def _role(reading: Reading, event: Event, word: int) -> WeightedRole | None:
    part, sentence, grammar = event.part, event.sentence, reading.book.grammar
    previous = part.lower[word - 1] if word > sentence.first else ""
    governor = governor_of(reading, part, word, sentence.first)
    if previous in grammar["against"] or (governor in grammar["against"] and word > event.hit.first):
        return None
    before = part.lower[_place_of(part, word, governor) - 1] if governor else ""
    contrasted = word > event.hit.last and not grammar["contrast"].isdisjoint(part.lower[event.hit.last : word])
    if contrasted or (governor == "of" and before not in grammar["actor"]):
        return _ASIDE  # "while Tunisia stayed away"
    told = max(event.hit.last, event.noun.head_last)
    if governor in _TOGETHER and _is_content(reading, part, sentence, told, word):
        return _BESIDE
    if governor in _GOVERNED:
        return _ASIDE if before in grammar["quarrel"] else _GOVERNED[governor]  # "amid tensions with Ethiopia"
    if word >= event.hit.first:
        return (2.0, "party.by") if governor == "by" else _BESIDE
    # "Moscow condemns the pact that Kyiv and London signed"
    acts = 2.0 if word - sentence.first < _FOREMOST else 1.4
    return _ONLOOKER if _only_reacts(reading, event, word) else (acts, "party.subject")


_FOREMOST = 12
"""Words of a sentence among which its subject stands."""
_BESIDE: WeightedRole = (0.8, "party.beside")
_ASIDE: WeightedRole = (0.4, "party.beside")
_ONLOOKER: WeightedRole = (0.2, "party.beside")
_GOVERNED: Mapping[str, WeightedRole] = {
    "with": (2.4, "party.with"),
    "alongside": (2.4, "party.with"),
    "between": (2.4, "party.between"),
}
"""Weight and role of a name in the sentence of an event, by the preposition before it."""


def stands_by(reading: Reading, mention: CountryMention) -> bool:
    """Whether a headline names somebody as a rival, a menace or an onlooker: "amid Russian threats", "China wary"."""
    part, grammar = reading.document.part(mention.part), reading.book.grammar
    word, after = part.word_at(mention.start), part.word_at(mention.end)
    floor = reading.document.sentences[mention.sentence].first
    if word > floor + 1 and part.lower[word - 1] in grammar["against"]:
        return True
    return not grammar["reaction"].isdisjoint(part.lower[after : after + _REACTS])


_REACTS = 2
"""Words of a headline behind a name within which it is said what they make of it."""


def _is_content(reading: Reading, part: TextPart, sentence: Sentence, first: int, word: int) -> bool:
    """Whether a clause that says what an agreement is about begins between two words, and no stage stands in it."""
    aside = reading.book.grammar["aside"]
    begins = next((at for at in range(first, word) if part.lower[at] in aside), None)
    if begins is None:
        return False
    return not any(begins <= hit.first < word for hit in reading.hits(Role.STAGE, sentence.index))


def _only_reacts(reading: Reading, event: Event, word: int) -> bool:
    """Whether who is named at ``word`` is said to welcome or to fear what others do."""
    part, ends = event.part, min(event.hit.first, max(word, event.noun.first))
    return not reading.book.grammar["reaction"].isdisjoint(part.lower[word + 1 : ends])


def beside_the_point(reading: Reading, part: TextPart, mention: CountryMention) -> bool:
    """Whether a name only qualifies a menace, a venue or a membership: "North Korean missiles", "the Malta forum".

    Nor is a party in "US-led", "Inter-American" or the Security Council.
    """
    if _is_half(reading, part, mention) or _is_organ(reading, mention):
        return True
    after = part.word_at(mention.end)
    if after >= len(part.words) or reading.levels[part.name][after]:
        return False
    word = part.lower[after]
    if word in ("'s", "’s") and after + 1 < len(part.words):
        return part.lower[after + 1] in reading.book.grammar["menace"]
    return word in reading.book.grammar["menace"] or word in reading.book.grammar["venue"]


def _is_left(reading: Reading, event: Event, word: int) -> bool:
    """Whether the organisation at ``word`` is what an event's words say that somebody joins or leaves."""
    return event.distance <= _CLOSE and _is_joined(reading, event.part, event.hit.first, word, event.hit.last + _ITS)


def _is_joined(reading: Reading, part: TextPart, first: int, word: int, last: int) -> bool:
    """Whether the organisation at ``word`` is what somebody joins or leaves, by a word from ``first`` to ``last``."""
    return not reading.book.grammar["member"].isdisjoint(part.lower[max(first, word - _MEMBER) : min(word, last)])


_MEMBER = 6
"""Words between "join" or "membership" and the organisation."""
_ITS = 3
"""Words between what is done and the membership it is done to."""
_CLOSE = 10.0
"""Distance of an event up to which its words are about the membership itself."""


def _is_organ(reading: Reading, mention: CountryMention) -> bool:
    """Whether the United Nations are named by an organ that signs nothing, as the Security Council."""
    return mention.code == "UN" and not reading.book.grammar["organ"].isdisjoint(mention.text.lower().split())


def _is_half(reading: Reading, part: TextPart, mention: CountryMention) -> bool:
    """Whether a name is one half of a word that names no party: "US-led", "Inter-American"."""
    raw, first, grammar = part.raw, part.word_at(mention.start), reading.book.grammar
    if raw[mention.start - 1 : mention.start] in _HYPHENS and first and part.lower[first - 1] in grammar["prefix"]:
        return True
    after = part.word_at(mention.end)
    return raw[mention.end : mention.end + 1] in _HYPHENS and part.lower[after] in grammar["suffix"]


_HYPHENS = ("-", "‐", "‑", "–")


def governor_of(reading: Reading, part: TextPart, word: int, floor: int) -> str:
    """Return the preposition that governs the name at ``word``, looking back no farther than ``floor``."""
    prepositions = reading.book.grammar["preposition"]
    for before in range(word - 1, max(floor, word - 9) - 1, -1):
        if part.lower[before] in prepositions:
            return part.gloss[before]
    return ""


def _place_of(part: TextPart, word: int, wanted: str) -> int:
    """Return where a word stands last before ``word``."""
    while word > 1 and part.gloss[word] != wanted:
        word -= 1
    return word
