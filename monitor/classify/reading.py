"""A reading of one article: its document, the hits of all rules, and what the primitives find, each looked for once."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property

from monitor.classify.boilerplate import BoilerplateMention, find_boilerplate, in_boilerplate
from monitor.classify.countries import CountryMention, find_countries
from monitor.classify.dates import DateMention, find_dates
from monitor.classify.durations import DurationMention, find_durations
from monitor.classify.persons import Person, find_persons
from monitor.classify.places import PlaceMention, find_places
from monitor.classify.rules import Hit, Role, Rule, RuleBook
from monitor.classify.rules.load import condition_id
from monitor.classify.rules.match import breaks
from monitor.classify.text import Document, Sentence, TextPart

_LEAD = 4
"""Sentences of the text that are read closely whatever stands in them."""
_AFTER = 4
"""Sentences after one with a word for an agreement that may go on about it, itself included."""
_TOPICS = 16
"""Sentences, title first, by which the field of an article is told."""
_CROWD = 40
"""Hits of a role in one sentence; what has more is a table or a list, and no sentence."""
MOST = 60
"""Sentences with a word for an agreement that are followed up; documents of thousands of pages have more."""


_TITLE_WEIGHT = 2.0
_MANY = 4
"""Different words of the military from which an article may be wholly about it."""
_SOME = 0.25
"""Share of the military in an article from which a word for an agreement is looked at wherever it stands."""
_OURS = frozenset({"defence", "security", "strategic"})


class Reading:
    """What stands in an article. Built anew for each article; nothing in it outlives the article."""

    def __init__(self, document: Document, book: RuleBook, published: datetime | None, outlet: str = "") -> None:
        self.document = document
        self.book = book
        self.published = published
        self.outlet = outlet
        """Who published it, as the article says."""
        self.levels = {part.name: breaks(part) for part in document.parts}
        self._hits: dict[Role, dict[int, list[Hit]]] = {role: defaultdict(list) for role in Role}
        self._conditions: dict[str, dict[str, list[int]]] | None = None
        for part in document.parts:
            self._sort(part, book.nouns.find(part, self.levels[part.name]))
        about = self._about()
        spots = about | set(range(min(_TOPICS, len(document.sentences))))
        for part in document.parts:
            self._sort(part, book.topics.find(part, self.levels[part.name], self._marks(part, spots)))
        self.empty = not (self._may_be_defence() or self._names_one())
        """No word for an agreement stands in the article, or none near a word of defence or in a name."""
        if not self.empty:
            for part in document.parts:
                self._sort(part, book.sentences.find(part, self.levels[part.name], self._marks(part, about)))

    @property
    def military(self) -> float:
        """0..1: how far the top of the article is about the military rather than any other field."""
        return self._shares[0]

    @property
    def rival(self) -> float:
        """0..1: how far it is about the strongest other field."""
        return self._shares[1]

    @cached_property
    def _shares(self) -> tuple[float, float]:
        own = 0.0
        other: dict[str, float] = defaultdict(float)
        kinds: set[str] = set()
        for number in range(min(_TOPICS, len(self.document.sentences))):
            place = _TITLE_WEIGHT if self.body_number(number) < 0 else 1.0
            part = self.part_of(self.document.sentences[number])
            for hit in self._hits[Role.TOPIC].get(number, ()):
                domain = hit.rule.set.domain
                if domain == "defence":
                    own += place * hit.rule.score
                    kinds.add(" ".join(part.lower[hit.first : hit.last]))
                elif domain is not None and domain not in (*_OURS, "none", "arms"):
                    other[domain] += place * hit.rule.score
        most = max(other.values(), default=0.0)
        wide = min(1.0, len(kinds) / _MANY)
        total = own + most + 1.0
        return wide * own / total, most / total

    def _may_be_defence(self) -> bool:
        """Whether any word for an agreement is one of defence, or stands in an article about it."""
        if self._hits[Role.AGREEMENT] and self.military >= _SOME:
            return True
        topics = self._hits[Role.TOPIC]
        for number, hits in self._hits[Role.AGREEMENT].items():
            if any(hit.rule.set.domain is not None for hit in hits):
                return True
            for near in (number - 1, number, number + 1, number + 2):
                if any(hit.rule.set.domain in _OURS for hit in topics.get(near, ())):
                    return True
        return False

    def _names_one(self) -> bool:
        """Whether an agreement is called by a proper name: "the Lighthouse Agreement" may be one that is followed."""
        for number, hits in self._hits[Role.AGREEMENT].items():
            part = self.part_of(self.document.sentences[number])
            if part.name != "text" or part.all_caps:
                continue
            for hit in hits:
                head, before = part.words[hit.last - 1], part.words[hit.first - 1] if hit.first else ""
                if head[:1].isupper() and before[:1].isupper() and not part.gaps[hit.first].strip():
                    return True
        return False

    def _about(self) -> set[int]:
        """Return the sentences that are read closely: title, lead, those with a word for an agreement, what follows."""
        count = len(self.document.sentences)
        close = set(range(min(_LEAD + len(self.document.title.sentences), count)))
        for number in self.sentences_with(Role.AGREEMENT)[:MOST]:
            close.update(range(number, min(number + _AFTER, count)))
        return close

    def _marks(self, part: TextPart, numbers: set[int]) -> bytearray:
        marks = bytearray(len(part.words))
        for sentence in part.sentences:
            if sentence.index in numbers:
                marks[sentence.first : sentence.last] = b"\x01" * (sentence.last - sentence.first)
        return marks

    def _sort(self, part: TextPart, hits: Sequence[Hit]) -> None:
        """File the hits by role and sentence; of topics that overlap, the longest stays."""
        sentences = part.sentences
        firsts = [sentence.first for sentence in sentences]
        topic_end = 0
        for hit in hits:
            rule = hit.rule
            # Hits come by place, longest first: a topic that begins inside another is part of it.
            if rule.role is Role.TOPIC and hit.first < topic_end:
                continue
            if (rule.required or rule.forbidden or rule.near or rule.apart) and not self._holds(rule, hit, part):
                continue
            number = bisect_left(firsts, hit.first + 1) - 1
            if number < 0:
                continue
            sentence = sentences[number]
            if rule.where == "title" and part.name != "title":
                continue
            if rule.where == "lead" and part.name != "title" and number > 1:
                continue
            if rule.role is Role.TOPIC:
                topic_end = hit.last
            filed = self._hits[rule.role][sentence.index]
            if len(filed) < _CROWD:
                filed.append(hit)

    def _holds(self, rule: Rule, hit: Hit, part: TextPart) -> bool:
        """Whether the conditions of a rule hold around a hit."""
        places = self._condition_places()
        sentence = part.sentence_at(part.starts[hit.first])

        def stands(pattern: str, *, within: int | None) -> bool:
            found = places.get(condition_id(pattern), {})
            if within is None:
                if rule.scope == "article":
                    return bool(found)
                return any(sentence.first <= place < sentence.last for place in found.get(part.name, ()))
            low, high = max(sentence.first, hit.first - within), min(sentence.last, hit.last + within)
            spots = found.get(part.name, [])
            at = bisect_left(spots, low)
            return at < len(spots) and spots[at] < high

        if rule.required and not any(stands(pattern, within=None) for pattern in rule.required):
            return False
        if any(stands(pattern, within=None) for pattern in rule.forbidden):
            return False
        if rule.near and not any(stands(pattern, within=rule.within) for pattern in rule.near):
            return False
        return not any(stands(pattern, within=rule.within) for pattern in rule.apart)

    def _condition_places(self) -> dict[str, dict[str, list[int]]]:
        if self._conditions is None:
            found: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
            for part in self.document.parts:
                for hit in self.book.conditions.find(part, self.levels[part.name]):
                    found[hit.rule.id][part.name].append(hit.first)
            self._conditions = found
        return self._conditions

    def hits(self, role: Role, sentence: int) -> list[Hit]:
        """Return the hits of a role in a sentence, in reading order."""
        return self._hits[role].get(sentence, [])

    def sentences_with(self, role: Role) -> list[int]:
        """Return the numbers of the sentences that have a hit of a role."""
        return sorted(number for number, hits in self._hits[role].items() if hits)

    def part_of(self, sentence: Sentence) -> TextPart:
        """Return the part a sentence stands in."""
        return self.document.part(sentence.part)

    def body_number(self, index: int) -> int:
        """Return how many sentences of the body stand before sentence ``index``; -1 in the title."""
        titles = len(self.document.title.sentences)
        return index - titles if index >= titles else -1

    @cached_property
    def boilerplate(self) -> tuple[BoilerplateMention, ...]:
        """Bylines, link lists and the like."""
        return find_boilerplate(self.document)

    def is_boilerplate(self, part: TextPart, word: int) -> bool:
        """Whether a word stands in boilerplate."""
        return in_boilerplate(self.boilerplate, part.name, part.starts[word])

    @cached_property
    def countries(self) -> tuple[CountryMention, ...]:
        """States and organisations."""
        return find_countries(self.document)

    @cached_property
    def countries_by_sentence(self) -> dict[int, list[CountryMention]]:
        """The same by sentence."""
        result: dict[int, list[CountryMention]] = defaultdict(list)
        for mention in self.countries:
            result[mention.sentence].append(mention)
        return result

    @cached_property
    def dates(self) -> tuple[DateMention, ...]:
        """Dates, against the publication date."""
        return find_dates(self.document, self.published)

    @cached_property
    def dates_by_sentence(self) -> dict[int, list[DateMention]]:
        """The same by sentence."""
        result: dict[int, list[DateMention]] = defaultdict(list)
        for mention in self.dates:
            result[mention.sentence].append(mention)
        return result

    @cached_property
    def durations(self) -> tuple[DurationMention, ...]:
        """Durations."""
        return find_durations(self.document, self.dates)

    @cached_property
    def places(self) -> tuple[PlaceMention, ...]:
        """Cities, bases and sites."""
        return find_places(self.document, self.countries)

    @cached_property
    def persons(self) -> tuple[Person, ...]:
        """Persons, each once."""
        return find_persons(self.document, self.countries)

    @cached_property
    def persons_by_sentence(self) -> dict[int, list[Person]]:
        """The same by sentence."""
        result: dict[int, list[Person]] = defaultdict(list)
        for person in self.persons:
            for number in {mention.sentence for mention in person.mentions}:
                result[number].append(person)
        return result

    @cached_property
    def first_mentions(self) -> dict[str, CountryMention]:
        """The first mention of each state and organisation."""
        result: dict[str, CountryMention] = {}
        for mention in self.countries:
            result.setdefault(mention.code, mention)
        return result
