"""How surely an article reports a development: features of the evidence, weighed by a logistic regression."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from monitor.classify.assemble import Thread, weight_of
from monitor.classify.events import Event
from monitor.classify.reading import Reading
from monitor.classify.rules import Role
from monitor.models.vocabulary import Instrument, Status

_OWN = ("defence", "security", "strategic", "none")
_CUE_MOST = 2
_SURE_PARTY = 1.2
"""Weight of evidence from which a state is taken for a party without reserve."""
_DENSE = 2.0
"""Weight of words of defence in each sentence of an article that is about nothing else."""


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
        values: dict[str, float] = {"bias": 1.0}
        live = [event for event in thread.events if event.status is not None]
        for event in live:
            body = reading.body_number(event.sentence.index)
            name = (
                "title_event"
                if body < 0
                else "first_event"
                if body == 0
                else "lead_event"
                if body < 3
                else "body_event"
            )
            values[name] = max(values.get(name, 0.0), weight_of(reading, event))
        nouns = [noun for noun in thread.nouns if not noun.anaphor]
        own = [noun for noun in nouns if noun.defence > noun.other]
        values["title_noun"] = float(any(reading.body_number(noun.sentence.index) < 0 for noun in own))
        values["lead_noun"] = float(any(0 <= reading.body_number(noun.sentence.index) < 2 for noun in own))
        values["noun_defence"] = min(1.0, max((noun.defence for noun in nouns), default=0.0) / 4)
        values["typed"] = float(any(noun.typed and not noun.other > 3 for noun in nouns))
        heads = {event.noun.number for event in live}
        told = [noun for noun in nouns if noun.number in heads] or nouns
        values["noun_other"] = min(1.5, max((noun.other for noun in told), default=0.0) / 3.5)
        values["foreign"] = float(not own and any(noun.other > noun.defence for noun in nouns))
        values["weak_noun"] = float(bool(nouns) and all(noun.weak for noun in nouns))
        sentences = {main.sentence.index, main.noun.sentence.index} if main is not None else set()
        values["sentence_defence"] = min(
            1.0,
            sum(
                hit.rule.score
                for number in sentences
                for hit in reading.hits(Role.TOPIC, number)
                if hit.rule.set.domain in ("defence", "security")
            )
            / 6,
        )
        domains = self.domains
        defence = domains["defence"] + 0.5 * domains["security"]
        other = max((weight for name, weight in domains.items() if name not in (*_OWN, "arms")), default=0.0)
        total = defence + other + domains["arms"] + 1.0
        dense = defence / (_DENSE * max(1, min(16, len(reading.document.sentences))))
        values["article_defence"] = defence / total * min(1.0, 2.0 * dense)
        values["article_other"] = other / total
        values["arms"] = min(1.5, self.cues["sale"] / 6) if self.cues else 0.0
        weights = sorted(
            (thread.evidence[code].weight for code in thread.parties if code in thread.evidence), reverse=True
        )
        values["two_parties"] = min(1.0, weights[1] / _SURE_PARTY) if len(weights) > 1 else 0.0
        values["party_weight"] = min(1.0, weights[1] / 5) if len(weights) > 1 else 0.0
        told_by = max(
            values.get("title_event", 0.0), values.get("first_event", 0.0), 0.7 * values.get("lead_event", 0.0)
        )
        spoken = {noun.sentence.index for noun in thread.nouns} | {event.sentence.index for event in thread.events}
        values["coverage"] = min(1.0, 1.5 * len(spoken) / max(1, len(reading.document.sentences)))
        values["first_noun"] = float(any(reading.body_number(noun.sentence.index) == 0 for noun in own))
        lead = [
            hit.rule.score
            for number in range(len(reading.document.title.sentences) + 2)
            for hit in reading.hits(Role.TOPIC, number)
            if hit.rule.set.domain == "defence"
        ]
        values["lead_defence"] = min(1.0, sum(lead) / 9)
        doubt = (1 - 0.85 * values["noun_defence"]) * (1 - 0.6 * values["sentence_defence"])
        values["defence_event"] = min(1.0, told_by) * (1 - doubt)
        values["no_defence"] = doubt**2
        if main is not None:
            values["background"] = main.background
            values["tentative"] = float(main.status in (Status.PROPOSED, Status.NEGOTIATING))
        values["unreal"] = (len(thread.events) - len(live)) / len(thread.events) if thread.events else 0.0
        if any(noun.hypothetical and reading.body_number(noun.sentence.index) < 1 for noun in nouns):
            values["unreal"] = 1.0
        values["late"] = float(not any(reading.body_number(number) < 1 for number in spoken))
        values["contract"] = float(bool(told) and all(noun.instrument is Instrument.CONTRACT for noun in told))
        values["mentions"] = min(1.0, math.log1p(len(nouns)) / 2.5)
        values["question"] = float(reading.document.title.raw.rstrip().endswith("?"))
        return values
