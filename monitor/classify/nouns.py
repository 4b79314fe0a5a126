"""Noun phrases that name an agreement: their words, form, field and parties."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from monitor.classify.countries import CountryMention
from monitor.classify.reading import MOST, Reading
from monitor.classify.rules import Hit, Role
from monitor.classify.text import Sentence, TextPart
from monitor.models.vocabulary import Instrument, Subject

_MOST_NOUNS = 90
"""Phrases of one article that are followed up; news has ten, a list of treaties has thousands."""
_REACH_LEFT = 14
_REACH_RIGHT = 18
_INSIDE = 2.5
"""A word of any field that stands before the head weighs no less: "wine pact", "radar arrangement"."""
_AMBIENT = 2.4
"""What a phrase without a field of its own gains in an article that is wholly about the military."""
_SHARES = {"defence": 1.0, "security": 0.8, "strategic": 0.4, "ambient": 1.0}
"""How far each domain speaks of a defence agreement."""
_NEUTRAL = frozenset({*_SHARES, "none"})
"""Domains that do not speak against a defence agreement."""


@dataclass(slots=True)
class Noun:
    """A noun phrase ``words[first:last]`` whose head is ``words[head:head_last]``; ``reach`` ends its complement."""

    number: int
    part: TextPart
    sentence: Sentence
    first: int
    head: int
    head_last: int
    reach: int
    instrument: Instrument
    rules: tuple[str, ...]
    subjects: tuple[Subject, ...] = ()
    domains: Mapping[str, float] = field(default_factory=dict)
    defence: float = 0.0
    """How strongly its words speak of defence, security and strategy."""
    other: float = 0.0
    """How strongly its words speak of the strongest other field."""
    typed: bool = False
    """Its own words make it a defence agreement."""
    generic: bool = True
    weak: bool = False
    anaphor: bool = False
    definite: bool = False
    plural: bool = False
    named: bool = False
    """Stands in capitals: a proper name."""
    hypothetical: bool = False
    """"no deal", "any agreement"."""
    umbrella: bool = False
    """Names several agreements at once: "memoranda with A and B"."""
    own: frozenset[str] = frozenset()
    """Those it and its events name as parties."""
    partners: frozenset[str] = frozenset()
    """Those of them that are named as the other side: "a pact with Japan"."""
    agents: frozenset[str] = frozenset()
    """Those of them that are said to act: "Japan signs"."""
    countries: tuple[CountryMention, ...] = ()
    name: str | None = None
    parties: tuple[str, ...] = ()
    """Set by a rule that knows the agreement by name."""

    @property
    def start(self) -> int:
        """Offset of the phrase in its part."""
        return self.part.starts[self.first]

    @property
    def end(self) -> int:
        """Offset of the end of its head."""
        return self.part.ends[self.head_last - 1]


def find_nouns(reading: Reading) -> list[Noun]:
    """Return the noun phrases that name, or stand for, an agreement, in reading order."""
    nouns: list[Noun] = []
    for number in reading.sentences_with(Role.AGREEMENT)[:MOST]:
        sentence = reading.document.sentences[number]
        part = reading.part_of(sentence)
        for group in _groups(reading.hits(Role.AGREEMENT, number), reading.levels[part.name]):
            if any(hit.rule.set.void for hit in group) or reading.is_boilerplate(part, group[0].first):
                continue
            nouns.append(_noun(reading, part, sentence, group, len(nouns)))
            if len(nouns) == _MOST_NOUNS:
                return nouns
    return nouns


def _groups(hits: list[Hit], levels: bytearray) -> list[list[Hit]]:
    """Join the hits that share words, or follow one another: "the VFA agreement", "MDCA protocol"."""
    groups: list[list[Hit]] = []
    end = -1
    for hit in hits:
        if hit.first < end or (hit.first == end and not levels[hit.first]):
            groups[-1].append(hit)
        else:
            groups.append([hit])
        end = max(end, hit.last)
    return groups


def _noun(reading: Reading, part: TextPart, sentence: Sentence, group: list[Hit], number: int) -> Noun:
    head = min(hit.first for hit in group)
    head_last = max(hit.last for hit in group)
    plain = [hit for hit in group if not hit.rule.set.subjects and hit.rule.set.domain is None]
    typed = [hit for hit in group if hit.rule.set.domain is not None]
    strong = [hit for hit in plain if not hit.rule.set.weak]
    # The last word is the head: an "MDCA protocol" is a protocol, a "framework agreement" a framework.
    # Where the head comes first, as in French, it is the first.
    ahead = -1 if reading.book.head_first else 1
    form = max(
        strong or typed or plain,
        key=lambda hit: (ahead * (hit.last if ahead > 0 else hit.first), hit.last - hit.first),
    )
    instrument = form.rule.set.instrument or Instrument.UNKNOWN
    particular = [hit for hit in typed if not hit.rule.set.generic]
    subjects = tuple(dict.fromkeys(subject for hit in (particular or typed) for subject in hit.rule.set.subjects))
    first = _left(reading, part, sentence, head)
    reach = _right(reading, part, sentence, head_last)
    domains: dict[str, float] = defaultdict(float)
    for hit in typed:
        domains[hit.rule.set.domain or "none"] = max(domains[hit.rule.set.domain or "none"], 4.0)
    for hit in reading.hits(Role.TOPIC, sentence.index):
        if hit.last <= first or hit.first >= reach:
            continue
        if hit.rule.set.domain not in _NEUTRAL and any(
            own.first <= hit.first and hit.last <= own.last for own in typed if own.rule.set.domain == "defence"
        ):
            continue  # "missile warning accord", "naval nuclear propulsion agreement": what the whole says counts
        inside = hit.first < head_last
        weight = max(hit.rule.score, _INSIDE) if inside and hit.rule.score else hit.rule.score * 0.6
        domains[hit.rule.set.domain or "none"] += weight
    if not any(weight for name, weight in domains.items() if name != "none"):
        # A phrase that says nothing of its field is of the field of the article: "the Coral Accord".
        domains["ambient" if reading.military > reading.rival else "rival"] = _AMBIENT * max(
            reading.military, reading.rival
        )
    before = part.gloss[first - 1] if first > sentence.first else ""
    own = part.words[head:head_last]
    if reading.book.head_first:
        main, told = own[0], part.lower[min((hit.first for hit in plain), default=head)]
    else:
        main, told = own[-1], part.lower[max((hit.last for hit in plain), default=head_last) - 1]
    set_by_rule = [hit.rule.set for hit in group]
    start, end = part.starts[first], part.ends[reach - 1]
    return Noun(
        number=number,
        part=part,
        sentence=sentence,
        first=first,
        head=head,
        head_last=head_last,
        reach=reach,
        instrument=instrument,
        rules=tuple(dict.fromkeys(hit.rule.id for hit in group)),
        subjects=subjects,
        domains=domains,
        defence=sum(share * domains.get(name, 0.0) for name, share in _SHARES.items()),
        other=max((weight for name, weight in domains.items() if name not in _NEUTRAL), default=0.0),
        typed=any(hit.rule.set.domain == "defence" and not hit.rule.set.weak for hit in typed),
        generic=not particular,
        weak=not strong and all(hit.rule.set.weak for hit in typed),
        anaphor=all(hit.rule.set.anaphor for hit in group) and not domains.get("defence"),
        definite=_is_definite(reading, part, sentence, first),
        plural=told.endswith("s") or told == "memoranda",
        named=main[:1].isupper() and not part.all_caps and part.name == "text",
        hypothetical=before in _NONE or (first > sentence.first and part.gloss[first] in _NONE),
        countries=tuple(
            mention for mention in reading.countries_by_sentence.get(sentence.index, ()) if start <= mention.start < end
        ),
        name=next((setting.name for setting in set_by_rule if setting.name), None),
        parties=next((setting.parties for setting in set_by_rule if setting.parties), ()),
    )


def _is_definite(reading: Reading, part: TextPart, sentence: Sentence, first: int) -> bool:
    """Whether "the", "this", "its" or a possessive stands before a phrase."""
    before = part.lower[first - 1] if first > sentence.first else ""
    return before in reading.book.grammar["definite"] or before in ("'s", "’s")


def _left(reading: Reading, part: TextPart, sentence: Sentence, head: int) -> int:
    """Return the first word of the phrase whose head begins at ``head``."""
    grammar = reading.book.grammar
    topics = {word for hit in reading.hits(Role.TOPIC, sentence.index) for word in range(hit.first, hit.last)}
    verbs = {hit.first for hit in reading.hits(Role.STAGE, sentence.index) if hit.first < head}
    first = head
    while first > sentence.first and head - first < _REACH_LEFT:
        before = first - 1
        word = part.lower[before]
        if _cut_off(reading, part, first):
            break
        if word in grammar["conjunction"]:
            ends = before == sentence.first or not _joins(part, topics, first, head)
        elif word in ("'s", "’s"):
            ends = False
        else:
            determined = before > sentence.first and part.lower[before - 1] in grammar["determiner"]
            ends = any(word in grammar[name] for name in _STOPS) or (before in verbs and not determined)
        if ends:
            break
        first = before
    while first < head and (part.lower[first] in ("'s", "’s") or part.lower[first] in grammar["conjunction"]):
        first += 1
    return first


_NONE = ("no", "any")
_STOPS = ("determiner", "preposition", "pronoun", "auxiliary", "verb", "relative")
"""Closed classes of words that end a noun phrase to the left."""


def _cut_off(reading: Reading, part: TextPart, first: int) -> bool:
    """Whether a mark before a word ends the phrase; the comma of a headline ("India, US pact") does not."""
    level = reading.levels[part.name][first]
    comma = part.name == "title" and part.gaps[first].strip(" '\"“”‘’") == ","
    return level == 2 or (level == 1 and not comma)


def _joins(part: TextPart, topics: set[int], first: int, head: int) -> bool:
    """Whether an "and" before a word joins two parts of a phrase: "security and defence", "Security and Prosperity"."""
    before = first - 1
    capitals = part.name == "text" and all(part.words[word][:1].isupper() for word in (first, before - 1, head))
    return capitals or (first in topics and (before - 1) in topics)


def _right(reading: Reading, part: TextPart, sentence: Sentence, after: int) -> int:
    """Return the word after the complement ("on defence cooperation with Japan") of a phrase that ends at ``after``."""
    grammar = reading.book.grammar
    opened = not grammar["clause"].isdisjoint(part.lower[sentence.first : after])
    levels = reading.levels[part.name]
    limit = min(sentence.last, after + _REACH_RIGHT)
    if after >= limit or levels[after] == 2:
        return after
    bracket = "(" in part.gaps[after]
    if not bracket and (levels[after] or part.lower[after] not in grammar["link"]):
        return after
    last = after + 1
    comma = 0
    while last < limit:
        word = part.lower[last]
        if levels[last] == 2 or word in grammar["break"]:
            break
        if word in grammar["auxiliary"]:
            # "After talks on a pact with A, the B are ...": what follows the comma is the subject of the rest.
            return comma if comma and opened else last
        if levels[last] == 1 and part.gaps[last].strip() == ",":
            comma = last
        if levels[last] == 1 and not (bracket or part.gaps[last].strip() in (",", ")", ") ")):
            break
        last += 1
    return last
