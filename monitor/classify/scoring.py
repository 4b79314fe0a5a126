"""How surely an article reports a development: features of the evidence, weighed by a logistic regression."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from monitor.classify.assemble import Thread, is_fresh, weight_of
from monitor.classify.events import Event
from monitor.classify.nouns import Noun
from monitor.classify.reading import Reading
from monitor.classify.rules import Role
from monitor.models.vocabulary import Instrument, Status, Subject

_EARLY = (Status.PROPOSED, Status.NEGOTIATING)
_OWN = ("defence", "security", "strategic", "none")
_CUE_MOST = 2
_SURE_PARTY = 1.2
"""Weight of evidence from which a state is taken for a party without reserve."""
_TOP = 2
"""Sentences of the text at its top, in which news names who it is about."""
_DENSE = 2.0
"""Weight of words of defence in each sentence of an article that is about nothing else."""


def _is_purchase(noun: Noun) -> bool:
    """Whether a phrase names a contract, and not one by which two states make something together."""
    return noun.instrument is Instrument.CONTRACT and Subject.RD_INDUSTRIAL not in noun.subjects


@dataclass(frozen=True, slots=True)
class Score:
    """The probability, and the share of each feature in its log-odds."""

    probability: float
    parts: Mapping[str, float]


class Scorer:
    """Weighs the threads of one article."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._weights = reading.book.weights

    @cached_property
    def domains(self) -> dict[str, float]:
        """How much of the article's words belongs to each domain; title and lead count more."""
        totals: dict[str, float] = defaultdict(float)
        seen: Counter[str] = Counter()
        for number in self._reading.sentences_with(Role.TOPIC):
            body = self._reading.body_number(number)
            place = 3.0 if body < 0 else 1.5 if body < 3 else 1.0
            for hit in self._reading.hits(Role.TOPIC, number):
                domain = hit.rule.set.domain or "none"
                seen[domain] += 1
                totals[domain] += place * hit.rule.score
        return totals

    @cached_property
    def cues(self) -> dict[str, float]:
        """What the cues add to the log-odds, by cue."""
        totals: dict[str, float] = defaultdict(float)
        counts: Counter[str] = Counter()
        for number in self._reading.sentences_with(Role.CUE):
            body = self._reading.body_number(number)
            for hit in self._reading.hits(Role.CUE, number):
                name = hit.rule.set.cue or ""
                if name == "sale":
                    totals[name] += hit.rule.score * (2.0 if body < 0 else 1.0 if body < 4 else 0.4)
                elif counts[hit.rule.id] < _CUE_MOST:
                    counts[hit.rule.id] += 1
                    totals[name] += hit.rule.score
        return totals

    def score(self, thread: Thread, main: Event | None) -> Score:
        """Return the probability that a thread's agreement is the article's news."""
        features = self.features(thread, main)
        parts = {name: value * self._weights.get(name, 0.0) for name, value in features.items() if value}
        for name, value in self.cues.items():
            if name != "sale":
                parts[f"cue.{name}"] = value
        total = sum(parts.values())
        return Score(1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total)))), parts)

    def features(self, thread: Thread, main: Event | None) -> dict[str, float]:
        """Return the features of a thread: numbers of about 0..1."""
        reading = self._reading
        live = [event for event in thread.events if event.status is not None]
        nouns = [noun for noun in thread.nouns if not noun.anaphor]
        heads = {event.noun.number for event in live}
        told = [noun for noun in nouns if noun.number in heads] or nouns
        spoken = {noun.sentence.index for noun in thread.nouns} | {event.sentence.index for event in thread.events}
        events = self._events(live)
        firm = max(events["title"], events["first"], 0.7 * events["lead"], 0.7 * events["meant"])
        values = {
            "bias": 1.0,
            "title_event": events["title"],
            "lead_event": events["lead"],
            "no_event": (1 - min(1.0, firm / 0.7)) ** 2,
            "unreal": self._unreal(thread),
            "background": main.background if main is not None else 0.0,
            "tentative": float(main is not None and main.status in _EARLY),
            "coverage": min(1.0, 1.5 * len(spoken) / max(1, len(reading.document.sentences))),
            "late": float(not any(reading.body_number(number) < _TOP for number in spoken)),
            "contract": float(bool(told) and all(_is_purchase(noun) for noun in told)),
            "arms": min(1.5, self.cues["sale"] / 6) if self.cues else 0.0,
            "question": float(reading.document.title.raw.rstrip().endswith("?")),
            "noun_other": min(1.5, max((noun.other for noun in told), default=0.0) / 3.5),
        }
        if any(noun.hypothetical and reading.body_number(noun.sentence.index) < 1 for noun in nouns):
            values["unreal"] = 1.0
        values.update(self._phrases(nouns))
        values.update(self._main(main, live))
        values["sale_contract"] = values["contract"] * min(1.0, values["arms"])
        values.update(self._fields())
        near = self._beside(main)
        field = (1 - values["noun_defence"]) * (1 - values["article_defence"]) * (1 - reading.military)
        values["no_defence"] = (field * (1 - 0.7 * near)) ** 2
        values["defence_event"] = min(1.0, firm) * (1 - (1 - 0.85 * values["noun_defence"]) * (1 - 0.6 * near))
        values.update(self._states(thread, min(1.0, firm / 0.6)))
        return values

    def _unreal(self, thread: Thread) -> float:
        """Return the share, by weight, of what is told of an agreement that did not happen."""
        weights = [(self._place(event), event.status is None) for event in thread.events]
        total = sum(weight for weight, _ in weights)
        return sum(weight for weight, unreal in weights if unreal) / total if total else 0.0

    def _place(self, event: Event) -> float:
        body = self._reading.body_number(event.sentence.index)
        return 1.0 if body < 1 else 0.6 if body < 3 else 0.25

    def _main(self, main: Event | None, live: Sequence[Event]) -> dict[str, float]:
        """Return what the sentence of the foremost event says: of these days, of two sides, of which field."""
        if main is None:
            return {}
        hits = [hit.rule for hit in self._reading.hits(Role.TOPIC, main.sentence.index)]
        other: dict[str, float] = defaultdict(float)
        for rule in hits:
            if rule.set.domain is not None and rule.set.domain not in (*_OWN, "arms"):
                other[rule.set.domain] += rule.score
        most = max(other.values(), default=0.0)
        told = {event.sentence.index for event in live if event.background < 0.3 and event.strength >= 0.4}
        own = len(main.noun.own)
        return {
            "fresh": float(is_fresh(self._reading, main)),
            "pair": float(own >= 2),
            "main_other": min(1.0, most / 5),
            "repeat": min(1.0, (len(told) - 1) / 2) if told else 0.0,
        }

    def _events(self, live: Sequence[Event]) -> dict[str, float]:
        """Return the weight of the foremost event of each place: title, first sentence, lead, text, or only meant."""
        found = dict.fromkeys(("title", "first", "lead", "body", "meant"), 0.0)
        for event in live:
            body = self._reading.body_number(event.sentence.index)
            place = "title" if body < 0 else "first" if body == 0 else "lead" if body < 3 else "body"
            name = "meant" if event.coreferent else place
            found[name] = max(found[name], weight_of(self._reading, event))
        return found

    def _phrases(self, nouns: Sequence[Noun]) -> dict[str, float]:
        """Return what the phrases that name the agreement say of its field."""
        own = [noun for noun in nouns if noun.defence > noun.other]
        said = max((noun.defence for noun in nouns if "ambient" not in noun.domains), default=0.0)
        return {
            "title_noun": float(any(self._reading.body_number(noun.sentence.index) < 0 for noun in own)),
            "noun_defence": min(1.0, said / 4),
            "typed": float(any(noun.typed and not noun.other > 3 for noun in nouns)),
            "foreign": float(not own and any(noun.other > noun.defence for noun in nouns)),
            "named": float(any(noun.named and noun.first < noun.head for noun in own)),
        }

    def _fields(self) -> dict[str, float]:
        """Return how much of the article is about defence, another field, peace and disarmament, goods of war."""
        domains = self.domains
        defence = domains["defence"] + 0.5 * domains["security"]
        other = max((weight for name, weight in domains.items() if name not in (*_OWN, "arms")), default=0.0)
        total = defence + other + domains["arms"] + 1.0
        dense = defence / (_DENSE * max(1, min(16, len(self._reading.document.sentences))))
        return {
            "article_defence": defence / total * min(1.0, 2.0 * dense),
            "article_other": other / total,
            "strife": max(domains["peace"], domains["nuclear"]) / total,
            "goods": domains["arms"] / total,
        }

    def _beside(self, main: Event | None) -> float:
        """Return how much the sentences that tell the event speak of defence."""
        sentences = {main.sentence.index, main.noun.sentence.index} if main is not None else set()
        hits = [hit for number in sentences for hit in self._reading.hits(Role.TOPIC, number)]
        return min(1.0, sum(hit.rule.score for hit in hits if hit.rule.set.domain in ("defence", "security")) / 6)

    def _states(self, thread: Thread, told: float) -> dict[str, float]:
        """Return where the parties stand, title and top of the article; 0..1 ``told``: how firmly anything is told."""
        reading = self._reading
        top = len(reading.document.title.sentences) + _TOP
        titled = {mention.code for mention in reading.countries if mention.part == "title"}
        first = {mention.code for mention in reading.countries if mention.sentence < top}
        parties = set(thread.parties)
        weights = sorted(
            (thread.evidence[code].weight for code in thread.parties if code in thread.evidence), reverse=True
        )
        second = weights[1] if len(weights) > 1 else 0.0
        return {
            "two_parties": min(1.0, second / _SURE_PARTY),
            "party_weight": min(1.0, second / 5),
            "title_parties": told * min(1.0, len(titled & parties) / 2),
            "top_parties": told * len(first & parties) / len(parties) if parties else 0.0,
            "others": min(1.0, len(first - parties) / 3),
        }
