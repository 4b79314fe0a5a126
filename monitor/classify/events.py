"""What is said to happen to an agreement: a stage's words, how they are meant, and the noun phrase they belong to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from monitor.classify.nouns import Noun
from monitor.classify.reading import Reading
from monitor.classify.rules import Hit, Modality, Role
from monitor.classify.text import Sentence, TextPart
from monitor.models.vocabulary import Status

_FARTHEST = 26.0
_TOO_FAR = 99.0
_FIRM = 0.6
"""Score from which a stage's words may stand with a phrase that names an agreement only loosely."""
_MODAL_REACH = 9


@dataclass(slots=True)
class Event:
    """A stage that an agreement is said to have reached, or, when ``status`` is None, not to have reached."""

    noun: Noun
    hit: Hit
    part: TextPart
    sentence: Sentence
    stated: Status
    """The stage its words name."""
    status: Status | None
    """The stage reached once modality is heard."""
    modalities: tuple[Modality, ...] = ()
    modal_hits: tuple[Hit, ...] = ()
    distance: float = 0.0
    passive: bool = False
    chained: bool = False
    """Its stage is what another did to it."""
    background: float = 0.0
    """0..1: how surely it is told as background."""
    coreferent: bool = False
    """The noun is a pronoun or "the deal"; ``noun`` is what it stands for."""
    countries: tuple[str, ...] = field(default=())

    @property
    def strength(self) -> float:
        """How strongly its words speak of a stage, 0..1; a "planned pact" says little of one."""
        attribute = self.noun.first <= self.hit.first < self.noun.head
        return self.hit.rule.score * (0.3 if attribute else 1.0)


def find_events(reading: Reading, nouns: list[Noun]) -> list[Event]:
    """Return the events of an article, in reading order."""
    events: list[Event] = []
    by_sentence: dict[int, list[Noun]] = {}
    for noun in nouns:
        by_sentence.setdefault(noun.sentence.index, []).append(noun)
    for number in reading.sentences_with(Role.STAGE):
        sentence = reading.document.sentences[number]
        part = reading.part_of(sentence)
        here = by_sentence.get(number, [])
        heads = [hit for hit in _heads(reading.hits(Role.STAGE, number)) if not reading.is_boilerplate(part, hit.first)]
        linked = [(hit, found) for hit in heads if (found := _link(reading, part, hit, here)) is not None]
        known = dict(linked)
        loose = [(hit, known.get(hit, linked[0][1])) for hit in heads] if linked else []
        outers = _chains(reading, part, loose)
        for hit, (noun, distance, passive) in loose:
            outer = outers.get(hit)
            if hit in outers.values() or not (hit in known or outer in known):
                continue
            if hit not in known and outer is not None:
                noun, distance, passive = known[outer]  # noqa: PLW2901 - "wrap up talks on": the outer words have the phrase
            event = _event(reading, part, sentence, hit, noun, distance, passive=passive)
            events.append(_chained(reading, event, outer))
        if not linked:
            events.extend(_taken_up(reading, part, sentence, heads, nouns))
            if part.name == "title":
                events.extend(_ahead(reading, part, sentence, heads, nouns))
    return events


def _ahead(reading: Reading, part: TextPart, sentence: Sentence, heads: list[Hit], nouns: list[Noun]) -> list[Event]:
    """Return the event of a headline that names no agreement: the text's first is meant."""
    meant = next(
        (
            noun
            for noun in nouns
            if 0 <= reading.body_number(noun.sentence.index) < _LEAD
            and noun.defence > noun.other
            and not (noun.weak or noun.anaphor or noun.hypothetical)
        ),
        None,
    )
    firm = [hit for hit in heads if hit.rule.score >= _FIRM]
    if meant is None or not firm:
        return []
    event = _event(reading, part, sentence, firm[0], meant, 10.0, passive=False)
    event.coreferent = True
    return [event]


_LEAD = 2
"""Sentences of the text in which a headline's agreement is named."""
_LATER = 4
"""Sentences over which "signed it" still means the agreement named last."""


def _taken_up(reading: Reading, part: TextPart, sentence: Sentence, heads: list[Hit], nouns: list[Noun]) -> list[Event]:
    """Return the events of a sentence that names no agreement but goes on about one: "They signed it in London"."""
    before = [
        noun
        for noun in nouns
        if sentence.index - _LATER <= noun.sentence.index < sentence.index
        and noun.defence >= noun.other
        and not noun.weak
    ]
    if not before:
        return []
    close = sentence.index - before[-1].sentence.index <= _CLOSE
    sure = [hit for hit in heads if hit.rule.score >= (_FIRM if close else _SURE)]
    if not sure:
        return []
    # The last that was named is the nearest.
    noun = before[-1]
    linked: list[tuple[Hit, tuple[Noun, float, bool]]] = [(hit, (noun, 8.0, False)) for hit in heads]
    outers = _chains(reading, part, linked)
    chosen = next((hit for hit in heads if hit in outers), sure[0])
    event = _chained(reading, _event(reading, part, sentence, chosen, noun, 8.0, passive=False), outers.get(chosen))
    event.coreferent = True
    return [event]


_CLOSE = 2
"""Sentences over which less sure words still go on about the agreement."""
_SURE = 1.0
"""Score of stage words that need no agreement beside them: signed, initialled, ratified."""


def _chains(reading: Reading, part: TextPart, linked: list[tuple[Hit, tuple[Noun, float, bool]]]) -> dict[Hit, Hit]:
    """Return, for stages that are the object of another, that other: "suspended the termination", "talks completed"."""
    levels, grammar = reading.levels[part.name], reading.book.grammar
    outers: dict[Hit, Hit] = {}
    for inner, (noun, _, _) in linked:
        nominal = part.lower[inner.first].endswith(reading.book.nominal) or part.gloss[inner.last - 1] == "of"
        infinitive = inner.first > 0 and part.lower[inner.first - 1] in grammar["infinitive"]
        if not (nominal or infinitive):
            continue
        for outer, (other, _, _) in linked:
            if outer is inner or outer in outers or inner.rule.set.status is None or outer.rule.set.status is None:
                continue
            if inner.rule.set.status.value not in reading.book.chain.get(outer.rule.set.status.value, {}):
                continue
            if outer.last <= inner.first:
                low, high = outer.last, inner.first
                near = high - low <= (4 if nominal else 5)
            elif nominal and other is noun:
                low, high = max(inner.last, min(noun.head_last, outer.first)), outer.first
                near = outer.first >= inner.last and high - low <= 10
            else:
                continue
            clean = not any(level for level in levels[low : high + 1]) or (high - low) == 0
            if near and clean and not any(part.lower[word] in grammar["break"] for word in range(low, high)):
                outers[inner] = outer
                break
    return outers


def _chained(reading: Reading, event: Event, outer: Hit | None) -> Event:
    """Let an outer stage change what an event comes to."""
    if outer is None or event.status is None or outer.rule.set.status is None:
        return event
    outcome = reading.book.chain[outer.rule.set.status.value].get(event.stated.value)
    if outcome is None:
        return event
    # Only what stands before the outer words still bears on it: "will sign an agreement to amend".
    inner = event.hit
    modal = [
        hit
        for hit in _modal_hits(reading, event.part, event.sentence, outer)
        if hit.last <= inner.first or hit.first >= inner.last
    ]
    status = Status(outcome) if outcome else None
    if modal and event.stated is Status.NEGOTIATING and status is Status.AGREED:
        status = Status.NEGOTIATING  # "hopes to conclude talks": they are held, whatever becomes of the hope
        modal = []
    for hit in modal:
        if status is not None and hit.rule.set.modality is not None:
            changed = reading.book.compose.get(hit.rule.set.modality.value, {}).get(status.value, status.value)
            status = Status(changed) if changed else None
    return replace(event, status=status, modal_hits=(outer, *modal), chained=True)


def _heads(hits: list[Hit]) -> list[Hit]:
    """Of stage hits that share words keep the longest, and of equals the strongest."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (-(h.last - h.first), -h.rule.score, h.first)):
        if all(hit.last <= other.first or hit.first >= other.last for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.first)


def _link(reading: Reading, part: TextPart, hit: Hit, nouns: list[Noun]) -> tuple[Noun, float, bool] | None:
    """Return the noun phrase that a stage's words belong to, its distance in words, and whether it is their subject."""
    best: tuple[float, Noun, bool] | None = None
    levels = reading.levels[part.name]
    for noun in nouns:
        if hit.first >= noun.head and hit.last <= noun.head_last and not hit.rule.id.startswith("stage.rat"):
            continue
        if noun.first <= hit.first < noun.head_last:
            cost, passive = 1.0, False  # "a proposed defence pact"
        elif noun.head_last <= hit.first:
            cost, passive = _left_cost(reading, part, levels, noun, hit), True
        else:
            cost, passive = _right_cost(reading, part, levels, noun, hit), False
        if noun.weak or noun.anaphor:
            if hit.rule.score < _FIRM:
                continue
            cost += 3
        if cost <= _FARTHEST and (best is None or cost < best[0]):
            best = (cost, noun, passive)
    return (best[1], best[0], best[2]) if best else None


def _right_cost(reading: Reading, part: TextPart, levels: bytearray, noun: Noun, hit: Hit) -> float:
    """Return the distance of a noun after the words: "signed a ... pact"."""
    cost = float(max(0, noun.first - hit.last))
    for word in range(hit.last, noun.first + 1):
        if word >= len(levels):
            break
        if levels[word] == 2:
            return _TOO_FAR
        if levels[word] == 1:
            cost += 1.0 if part.name == "text" else 2.0
        if word < noun.first and part.lower[word] in reading.book.grammar["break"]:
            cost += 8
    return cost


def _left_cost(reading: Reading, part: TextPart, levels: bytearray, noun: Noun, hit: Hit) -> float:
    """Return the distance of a noun before the words: "the pact was signed", "a pact signed in Paris"."""
    grammar = reading.book.grammar
    cost = float(max(0, hit.first - noun.head_last))
    passive = any(
        part.lower[word] in grammar["passive"] for word in range(max(noun.head_last, hit.first - 4), hit.first)
    )
    participle = hit.first == noun.head_last
    intransitive = hit.rule.set.status in (Status.IN_FORCE, Status.EXPIRED, Status.STALLED)
    if not (passive or participle or intransitive):
        cost += 8 if part.name == "text" else 2
    if hit.first > noun.reach:
        cost += 1
    for word in range(noun.head_last, hit.first + 1):
        if levels[word] == 2:
            return _TOO_FAR
        if levels[word] == 1:
            cost += 1.5
        if part.lower[word] in grammar["break"]:
            cost += 4
    return cost


def _event(
    reading: Reading, part: TextPart, sentence: Sentence, hit: Hit, noun: Noun, distance: float, *, passive: bool
) -> Event:
    modal_hits = [
        modal
        for modal in _modal_hits(reading, part, sentence, hit)
        if modal.last <= noun.head or modal.first >= noun.head_last  # "the agreement to take effect" decides nothing
    ]
    modalities = tuple(modal.rule.set.modality for modal in modal_hits if modal.rule.set.modality is not None)
    stated = hit.rule.set.status
    assert stated is not None
    status: Status | None = stated
    for modality in dict.fromkeys(modalities):
        if status is None:
            break
        outcome = reading.book.compose.get(modality.value, {}).get(status.value, status.value)
        status = Status(outcome) if outcome else None
    if status is Status.PROPOSED and not reading.book.grammar["talks"].isdisjoint(part.lower[hit.first : hit.last]):
        status = Status.NEGOTIATING  # "hopes to conclude talks": they are held, whatever becomes of the hope
    if noun.hypothetical:
        status = None
    return Event(
        noun=noun,
        hit=hit,
        part=part,
        sentence=sentence,
        stated=stated,
        status=status,
        modalities=modalities,
        modal_hits=tuple(modal_hits),
        distance=distance,
        passive=passive,
    )


def _modal_hits(reading: Reading, part: TextPart, sentence: Sentence, hit: Hit) -> list[Hit]:
    """Return the modal words that govern a stage's words, the nearest first."""
    levels = reading.levels[part.name]
    found: list[Hit] = []
    here = hit.first
    candidates = [
        modal
        for modal in reading.hits(Role.MODALITY, sentence.index)
        if modal.last <= hit.first and modal.last > modal.first
    ]
    candidates.sort(key=lambda modal: (-modal.last, modal.first))
    for modal in candidates:
        if modal.last > here:
            continue
        if here - modal.last > _MODAL_REACH or not _governs(reading, part, levels, modal.last, here):
            break
        if here - modal.last > 3 and modal.rule.set.modality is Modality.FUTURE:
            continue
        found.append(modal)
        here = modal.first
        if len(found) == 3:
            break
    return found


def _governs(reading: Reading, part: TextPart, levels: bytearray, first: int, last: int) -> bool:
    """Whether nothing but words of the same clause, or an aside in commas, stands between two places."""
    if any(part.lower[word] in reading.book.grammar["break"] for word in range(first, last)):
        return False
    marks = [level for level in levels[first : last + 1] if level]
    return not marks or marks == [1, 1]
