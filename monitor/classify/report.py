"""Building a report: every field, each with the words it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.classify.assemble import Thread
from monitor.classify.countries import is_state
from monitor.classify.events import Event
from monitor.classify.evidence import cite, cite_hit, cite_span
from monitor.classify.fields import (
    find_earlier,
    find_planned,
    find_subjects,
)
from monitor.classify.money import find_money
from monitor.classify.names import Name, find_name
from monitor.classify.naming import aliases
from monitor.classify.nouns import Noun
from monitor.classify.places import PlaceKind
from monitor.classify.reading import Reading
from monitor.classify.rules import Role
from monitor.classify.scoring import Scorer
from monitor.classify.signatories import find_signatories
from monitor.classify.terms import find_until, find_years
from monitor.classify.when import find_date
from monitor.classify.where import find_place, place_name
from monitor.models.report import Cost, Evidence, Report
from monitor.models.vocabulary import Instrument, Kind, Subject

_SALE = 3.0
"""Weight of sale cues from which an article is about a sale."""


def agreement_report(reading: Reading, thread: Thread, main: Event, score: float) -> Report:
    """Return the report of one agreement; ``main`` says where it stands now."""
    instrument, noun = pick_instrument(thread, main)
    subjects = find_subjects(reading, thread, main)
    dated = find_date(reading, thread, main)
    place = find_place(reading, thread, main)
    years = find_years(reading, thread, main, dated[0] if dated else None)
    until = find_until(reading, thread, main)
    name = find_name(reading, thread.nouns, [e.noun.number for e in thread.events if e.background < OLD])
    signatories = find_signatories(reading, thread, main, thread.parties)
    others = aliases(reading, thread.nouns, name.text if name else None)
    planned = find_planned(reading, thread, main)
    document = reading.document
    evidence = [cite_hit(document, "status", main.part, hit) for hit in (main.hit, *main.modal_hits)]
    if noun is not None:
        evidence.append(_noun_evidence(reading, "instrument", noun, noun.rules[0]))
    evidence += [
        cite_span(document, "parties", thread.evidence[code].best[1], thread.evidence[code].best[2])
        for code in thread.parties
        if code in thread.evidence
    ]
    evidence += [_subject_evidence(reading, source) for _, _, source in subjects]
    if dated:
        evidence.append(cite_span(document, "date", "date." + dated[1].kind.value, dated[1]))
    if place:
        evidence.append(cite_span(document, "place", "place.dateline" if place.dateline else "place.locative", place))
    if years:
        evidence.append(cite_span(document, "years", "duration." + years[1].kind.value, years[1]))
    if until:
        evidence.append(cite_span(document, "until", "duration.until", until))
    evidence += _name_evidence(reading, name)
    evidence += [cite_span(document, "aliases", "name.alias", span) for span in others]
    evidence += [cite_span(document, "signatories", "person.title", person.mentions[0]) for _, person in signatories]
    if planned:
        evidence.append(cite_hit(document, "planned", planned[1].part, planned[1].hit))
    return Report(
        kind=Kind.AGREEMENT,
        parties=thread.parties,
        instrument=instrument,
        subjects=tuple(subject for subject, _, _ in subjects),
        status=main.status,
        date=dated[0] if dated else None,
        place=place_name(place) if place else None,
        years=years[0] if years else None,
        name=_known(thread) or (name.text if name else None),
        acronym=name.acronym.text if name and name.acronym else None,
        aliases=tuple(span.text for span in others),
        signatories=tuple(signatory for signatory, _ in signatories),
        sites=_sites(reading),
        cost=_cost(reading, thread),
        planned=planned[0] if planned else None,
        until=until.until if until else None,
        earlier=tuple(stage for stage, _ in find_earlier(reading, thread, main)),
        score=round(score, 4),
        evidence=tuple(evidence),
    )


def _known(thread: Thread) -> str | None:
    """Return the name that a rule of one's own gives the agreement."""
    return next((noun.name for noun in thread.nouns if noun.name), None)


def _noun_evidence(reading: Reading, field: str, noun: Noun, rule: str) -> Evidence:
    return cite(reading.document, field, rule, noun.part.name, noun.part.starts[noun.head], noun.end)


def _name_evidence(reading: Reading, name: Name | None) -> list[Evidence]:
    if name is None:
        return []
    rule = "name.quoted" if name.quoted else "name.capitals"
    found = [cite_span(reading.document, "name", rule, name.span)]
    if name.acronym:
        found.append(cite_span(reading.document, "acronym", "name.acronym", name.acronym))
    return found


def pick_instrument(thread: Thread, main: Event | None) -> tuple[Instrument, Noun | None]:
    """Return the form of the agreement: that of the event's phrase, unless another phrase is more particular."""
    counts: dict[Instrument, tuple[float, Noun]] = {}
    for noun in thread.nouns:
        if noun.anaphor or noun.other > noun.defence + 1:
            continue
        gain = 1.0 + (1.0 if main is not None and noun is main.noun else 0.0)
        if noun.instrument is Instrument.AGREEMENT:
            gain *= 0.3 if noun.part.lower[noun.head_last - 1] in _LOOSE else 0.9
        if noun.weak:
            gain *= 0.3
        have = counts.get(noun.instrument)
        counts[noun.instrument] = (gain + (have[0] if have else 0.0), have[1] if have else noun)
    if not counts:
        return (Instrument.AGREEMENT, main.noun) if main is not None else (Instrument.UNKNOWN, None)
    best = max(counts.items(), key=lambda item: item[1][0])
    # "The paper", "the text": an agreement, of whatever form.
    return (Instrument.AGREEMENT if best[0] is Instrument.UNKNOWN else best[0]), best[1][1]


_LOOSE = frozenset(
    {"deal", "deals", "pact", "pacts", "accord", "accords", "arrangement", "arrangements", "understanding", "charter"}
)
"""Words for an agreement of any form."""


def _subject_evidence(reading: Reading, source: object) -> Evidence:
    if isinstance(source, Noun):
        return _noun_evidence(reading, "subjects", source, source.rules[-1])
    assert isinstance(source, tuple)
    part, hit = source
    return cite_hit(reading.document, "subjects", part, hit)


def _sites(reading: Reading) -> tuple[str, ...]:
    names = [place.name for place in reading.places if place.kind in (PlaceKind.BASE, PlaceKind.SITE)]
    return tuple(dict.fromkeys(names))[:12]


def _cost(reading: Reading, thread: Thread) -> Cost | None:
    near = {noun.sentence.index for noun in thread.nouns}
    for money in find_money(reading.document):
        if money.sentence in near:
            return Cost(amount=money.amount, currency=money.currency)
    return None


def sale_report(reading: Reading, scorer: Scorer) -> Report | None:
    """Return the report of an arms sale, when that is the news."""
    weight = scorer.cues.get("sale", 0.0)
    if weight < _SALE:
        return None
    parties = foremost(reading)
    if not parties:
        return None
    return Report(
        kind=Kind.SALE,
        parties=parties,
        instrument=Instrument.CONTRACT,
        subjects=(Subject.PROCUREMENT_TRANSFER,),
        evidence=_sale_evidence(reading, parties),
        score=round(min(0.99, weight / (weight + 3)), 4),
    )


def _sale_evidence(reading: Reading, parties: Sequence[str]) -> tuple[Evidence, ...]:
    """Return the words that speak of a sale, and where the parties are named."""
    found: list[Evidence] = []
    for number in reading.sentences_with(Role.CUE):
        part = reading.part_of(reading.document.sentences[number])
        hits = [hit for hit in reading.hits(Role.CUE, number) if hit.rule.set.cue == "sale"]
        found += [cite_hit(reading.document, "subjects", part, hit) for hit in hits]
    places = [reading.first_mentions[code] for code in parties]
    return (*found[:6], *(cite_span(reading.document, "parties", "party.named", mention) for mention in places))


def mention_report(reading: Reading, candidates: Sequence[tuple[Thread, Event | None, float]]) -> Report | None:
    """Return the report of an agreement that is named, but whose move is no news, or not surely.

    ``candidates`` are threads with the event that says where each stands and the probability that this is the news,
    the likeliest first. The stage is told, when it is not old: who follows the agreement knows whether it is new.
    """
    for thread, main, probability in candidates:
        nouns = [noun for noun in thread.nouns if noun.defence > noun.other]
        own = [noun for noun in nouns if noun.typed or noun.defence >= _SAID]
        if not own and main is not None and probability >= _MAYBE:
            own = [noun for noun in nouns if not noun.anaphor]
        parties = thread.parties if len(thread.parties) > 1 else foremost(reading)
        if not own or len(parties) < 2:
            continue
        if main is not None and main.background < OLD:
            told = agreement_report(reading, thread, main, probability)
            missing = [code for code in parties if code not in thread.parties]
            return told.model_copy(
                update={
                    "kind": Kind.MENTION,
                    "parties": parties,
                    "evidence": (*told.evidence, *_named(reading, missing)),
                }
            )
        told = bare_report(reading, thread, own[0], probability)
        return told.model_copy(update={"parties": parties, "evidence": (*told.evidence, *_named(reading, parties))})
    return None


def bare_report(reading: Reading, thread: Thread, noun: Noun, score: float) -> Report:
    """Return what an article says of an agreement of which it tells no stage, as a mention; ``noun`` names it."""
    instrument, _ = pick_instrument(thread, None)
    name = find_name(reading, thread.nouns)
    subjects = find_subjects(reading, thread, None)
    years = find_years(reading, thread, None)
    evidence = [
        _noun_evidence(reading, "instrument", noun, noun.rules[0]),
        *_name_evidence(reading, name),
        *(_subject_evidence(reading, source) for _, _, source in subjects),
    ]
    if years:
        evidence.append(cite_span(reading.document, "years", "duration." + years[1].kind.value, years[1]))
    return Report(
        kind=Kind.MENTION,
        parties=thread.parties,
        instrument=instrument,
        subjects=tuple(subject for subject, _, _ in subjects),
        years=years[0] if years else None,
        name=_known(thread) or (name.text if name else None),
        acronym=name.acronym.text if name and name.acronym else None,
        sites=_sites(reading),
        cost=_cost(reading, thread),
        score=round(score, 4),
        evidence=tuple(evidence),
    )


def _named(reading: Reading, parties: Sequence[str]) -> list[Evidence]:
    """Return where the parties are first named."""
    return [
        cite_span(reading.document, "parties", "party.named", reading.first_mentions[code])
        for code in parties
        if code in reading.first_mentions
    ]


_MAYBE = 0.2
"""Probability from which an agreement is named that nothing but its article says is of defence."""
OLD = 0.5
"""Background from which a stage is history."""
_SAID = 2.5
"""Weight of words of defence from which a phrase names a defence agreement."""


def foremost(reading: Reading) -> tuple[str, ...]:
    """Return the two states that an article names most, the title twice over."""
    weights: dict[str, float] = {}
    for mention in reading.countries:
        if mention.kind.value != "substate" and is_state(mention.code):
            weights[mention.code] = weights.get(mention.code, 0.0) + (2.0 if mention.part == "title" else 1.0)
    return tuple(sorted(sorted(weights, key=lambda code: (-weights[code], code))[:2]))
