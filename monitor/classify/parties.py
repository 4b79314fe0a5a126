"""Who the parties of an agreement are: evidence for each state or organisation, weighed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.classify.countries import CountryMention, MentionKind, organisation_kind
from monitor.classify.events import Event
from monitor.classify.nouns import Noun
from monitor.classify.reading import Reading
from monitor.classify.roles import beside_the_point, governor_of, is_state, role_in_event, role_in_phrase, stands_by
from monitor.classify.rows import rows_of

_ORGANISATIONS = frozenset({"NATO", "EU", "UN", "AU", "ECOWAS", "OSCE", "GCC", "CSTO"})
"""Organisations that conclude defence agreements of their own; others are named as forums."""

_FORUMS_TOO = frozenset({"NATO", "UN", "OSCE"})
"""Organisations that are oftener the frame of an agreement than its party."""

_ENOUGH = 1.5
_ENOUGH_TO_COMPLETE = 0.1
_IN_ROW = 1.0
"""Weight from which who stands in a row with a party is one."""
MOST_PARTIES = 8


@dataclass(slots=True)
class PartyEvidence:
    """Why a state or organisation is taken for a party."""

    weight: float = 0.0
    mentions: list[tuple[float, str, CountryMention]] = field(default_factory=list)
    partners: set[str] = field(default_factory=set)
    """Those that stand in one row with it: "A, B and C"."""

    def add(self, weight: float, rule: str, mention: CountryMention) -> None:
        """Add a mention and what it weighs."""
        self.weight += weight
        self.mentions.append((weight, rule, mention))

    @property
    def best(self) -> tuple[float, str, CountryMention]:
        """The mention that speaks loudest."""
        return max(self.mentions, key=lambda entry: entry[0])


BySentence = Mapping[int, Sequence[Noun]]
"""All phrases of an article, by sentence."""


def by_sentence(nouns: Sequence[Noun]) -> BySentence:
    """Return phrases by sentence."""
    found: dict[int, list[Noun]] = defaultdict(list)
    for noun in nouns:
        found[noun.sentence.index].append(noun)
    return found


def weigh_parties(
    reading: Reading, nouns: Sequence[Noun], events: Sequence[Event], every: BySentence, *, alone: bool
) -> dict[str, PartyEvidence]:
    """Return the evidence for each candidate.

    ``nouns`` and ``events`` are those of one agreement, ``every`` holds the phrases of all; ``alone`` says that the
    article speaks of no other, so that its title and the article as a whole may be heard too.
    """
    evidence: dict[str, PartyEvidence] = defaultdict(PartyEvidence)
    seen: set[tuple[str, int]] = set()
    for noun in nouns:
        if not noun.umbrella:
            _from_noun(reading, noun, evidence, seen)
    for event in events:
        if event.noun.umbrella:
            continue
        _from_event(reading, event, every, evidence, seen)
    if alone:
        _from_article(reading, evidence, seen)
    return {code: found for code, found in evidence.items() if _may_be_party(code, found)}


def strong_parties(
    reading: Reading, noun: Noun, events: Sequence[Event], every: BySentence
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return whom a phrase and its events name as parties, which of them as the other side ("with"), which act."""
    if not noun.countries and not events:
        return frozenset(), frozenset(), frozenset()
    found = weigh_parties(reading, [noun], events, every, alone=False)
    strong = {code: evidence for code, evidence in found.items() if evidence.weight >= _ENOUGH and is_state(code)}
    partners = (code for code, evidence in strong.items() if evidence.best[1] == "party.with")
    agents = (code for code, evidence in strong.items() if evidence.best[1] in ("party.subject", "party.by"))
    return frozenset(strong), frozenset(partners), frozenset(agents)


def choose_parties(evidence: dict[str, PartyEvidence]) -> tuple[str, ...]:
    """Return the parties, sorted; fewer than two when the text does not tell."""
    ranked = sorted(evidence.items(), key=lambda item: (-item[1].weight, item[0]))
    strong = [(code, found) for code, found in ranked if found.weight >= _ENOUGH]
    if len(strong) <= 2:
        # The rest of the article may complete a pair; who is foremost in it is told by name, title and place.
        return tuple(sorted(code for code, found in ranked[:2] if found.weight >= _ENOUGH_TO_COMPLETE))
    second = strong[1][1].weight
    chosen = [code for code, _ in strong[:2]]
    rows = evidence[chosen[0]].partners | evidence[chosen[1]].partners
    for code, found in ranked[2:]:
        third = found.weight >= max(_ENOUGH, 0.6 * second) and any(rule in _GROUP for _, rule, _ in found.mentions)
        if (third or (code in rows and found.weight >= _IN_ROW)) and len(chosen) < MOST_PARTIES:
            chosen.append(code)
    return tuple(sorted(chosen))


_GROUP = frozenset({"party.between", "party.compound", "party.with", "party.subject", "party.by"})
"""Kinds of evidence strong enough for a third party."""


def _may_be_party(code: str, found: PartyEvidence) -> bool:
    if is_state(code):
        return any(mention.kind is not MentionKind.SUBSTATE for _, _, mention in found.mentions)
    if organisation_kind(code) == "forum":
        return False
    if any(rule in _ACTS for _, rule, _ in found.mentions) and any(is_state(partner) for partner in found.partners):
        return True  # "Mozambique and SADC have renewed"
    if code not in _ORGANISATIONS:
        return False
    if code in _FORUMS_TOO:
        named = [weight for weight, rule, _ in found.mentions if rule in _FORUM_ACTS]
        sure = any(rule in ("party.between", "party.with") for _, rule, _ in found.mentions)
        return sure or (len(named) > 1 and sum(named) >= _FORUM_SURE)
    return any(rule in _GROUP for _, rule, _ in found.mentions)


_FORUM_ACTS = frozenset({"party.subject", "party.by", "party.compound"})
_FORUM_SURE = 3.5
"""Weight from which an organisation that is oftener the frame is a party, though nobody is said to agree with it."""
_ACTS = frozenset({"party.between", "party.with", "party.subject", "party.by"})


def _share(reading: Reading, rows: Sequence[Sequence[CountryMention]], roles: dict[int, tuple[float, str]]) -> None:
    """Let the members of a row have the role of the one with the weightiest; ``roles``: by offset."""
    for row in rows:
        if len(row) > 1:
            told = [roles[mention.start] for mention in row if mention.start in roles]
            beside = any(beside_the_point(reading, reading.document.part(m.part), m) for m in row)
            if told and not beside:
                roles.update({mention.start: max(told) for mention in row})


def _from_noun(reading: Reading, noun: Noun, evidence: dict[str, PartyEvidence], seen: set[tuple[str, int]]) -> None:
    """Weigh whom a phrase itself names: "the US-India pact", "an agreement with Japan", "between Greece and France"."""
    part = noun.part
    after = [part.word_at(mention.start) for mention in noun.countries]
    several = sum(word >= noun.head_last and governor_of(reading, part, word, noun.head_last) == "of" for word in after)
    roles: dict[int, tuple[float, str]] = {}
    for mention in noun.countries:
        if (part.name, mention.start) not in seen and mention.kind is not MentionKind.SUBSTATE:
            role = role_in_phrase(reading, noun, mention, several=several > 1)
            if role is not None:
                roles[mention.start] = role
    here = reading.countries_by_sentence.get(noun.sentence.index, ())
    # A row ends with the phrase: "after a pact with A, B is to sign one with C".
    _add(reading, [m for m in here if part.word_at(m.start) < noun.reach], roles, evidence, seen)


def _add(
    reading: Reading,
    mentions: Sequence[CountryMention],
    roles: dict[int, tuple[float, str]],
    evidence: dict[str, PartyEvidence],
    seen: set[tuple[str, int]],
    factor: float = 1.0,
) -> None:
    """Add what the mentions of a sentence weigh, those that stand in one row alike."""
    if not roles:
        return
    rows = rows_of(reading, mentions) if len(mentions) > 1 else [list(mentions)]
    _share(reading, rows, roles)
    for row in rows:
        codes = {mention.code for mention in row if mention.start in roles}
        for mention in row:
            key = (f"{mention.part} {mention.code}", mention.start)  # a group is a mention a member
            if mention.kind is not MentionKind.GROUP:
                key = (mention.part, mention.start)
            if mention.start in roles and key not in seen:
                seen.add(key)
                weight, rule = roles[mention.start]
                evidence[mention.code].add(weight * factor, rule, mention)
                if rule != "party.beside":
                    evidence[mention.code].partners |= codes - {mention.code}


def _from_event(
    reading: Reading,
    event: Event,
    every: BySentence,
    evidence: dict[str, PartyEvidence],
    seen: set[tuple[str, int]],
) -> None:
    """Weigh whom the sentence of an event names: who signs with whom."""
    part, sentence = event.part, event.sentence
    factor = (1.0 - 0.6 * event.background) * (_TAKEN_UP if event.coreferent else 1.0)
    others = [noun for noun in every.get(sentence.index, ()) if noun is not event.noun]
    own = sentence.dateline_end or 0
    mentions = [m for m in reading.countries_by_sentence.get(sentence.index, ()) if m.start >= own]
    # "After talks on a pact with A, B is to sign a treaty with C": A is another's party.
    taken = [(noun.head_last, noun.reach) for noun in others if not noun.anaphor]
    mentions = [m for m in mentions if not any(low <= part.word_at(m.start) < high for low, high in taken)]
    roles: dict[int, tuple[float, str]] = {}
    for mention in mentions:
        if (part.name, mention.start) in seen or mention.kind is MentionKind.SUBSTATE:
            continue
        role = role_in_event(reading, event, mention, mentions)
        if role is not None:
            roles[mention.start] = role
    _add(reading, mentions, roles, evidence, seen, factor)
    for person in reading.persons_by_sentence.get(sentence.index, ()):
        found = reading.first_mentions.get(person.country) if person.country else None
        if found is not None and ("person", person.mentions[0].start) not in seen:
            seen.add(("person", person.mentions[0].start))
            evidence[found.code].add(1.0 * factor, "party.person", found)


_TAKEN_UP = 0.6
"""Weight of a sentence that names no agreement itself."""


def _from_article(reading: Reading, evidence: dict[str, PartyEvidence], seen: set[tuple[str, int]]) -> None:
    """Weigh whom the title and the article name, how often: enough to complete a pair, never to make one."""
    counts: dict[str, int] = defaultdict(int)
    for mention in reading.countries:
        if mention.kind is MentionKind.SUBSTATE or beside_the_point(
            reading, reading.document.part(mention.part), mention
        ):
            continue
        titled = mention.part == "title" and not mention.locative
        if titled and stands_by(reading, mention):
            continue
        counts[mention.code] += 1
        if titled and (mention.part, mention.start) not in seen:
            evidence[mention.code].add(1.2, "party.title", mention)
        elif counts[mention.code] <= 4:
            evidence[mention.code].add(0.05 if mention.locative else 0.25, "party.named", mention)
