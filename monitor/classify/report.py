"""Building a report: every field, each with the words it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.classify.assemble import Thread
from monitor.classify.countries import is_state
from monitor.classify.events import Event
from monitor.classify.evidence import cite, cite_span
from monitor.classify.fields import (
    find_date,
    find_earlier,
    find_place,
    find_planned,
    find_subjects,
    find_years,
    place_name,
)
from monitor.classify.money import find_money
from monitor.classify.names import find_name
from monitor.classify.nouns import Noun
from monitor.classify.reading import Reading
from monitor.classify.scoring import Scorer
from monitor.classify.signatories import find_signatories
from monitor.models.report import Cost, Evidence, Report
from monitor.models.vocabulary import Instrument, Kind

_SALE = 3.0
"""Weight of sale cues from which an article is about a sale."""


def agreement_report(
    reading: Reading, thread: Thread, main: Event, score: float, *, kind: Kind = Kind.AGREEMENT
) -> Report:
    """Return the report of one agreement; ``main`` says where it stands now."""
    document = reading.document
    evidence: list[Evidence] = []
    stage = main.hit
    evidence.append(
        cite(
            document,
            "status",
            stage.rule.id,
            main.part.name,
            main.part.starts[stage.first],
            main.part.ends[stage.last - 1],
        )
    )
    for modal in main.modal_hits:
        evidence.append(
            cite(
                document,
                "status",
                modal.rule.id,
                main.part.name,
                main.part.starts[modal.first],
                main.part.ends[modal.last - 1],
            )
        )
    instrument, noun = pick_instrument(thread, main)
    if noun is not None:
        evidence.append(
            cite(document, "instrument", noun.rules[0], noun.part.name, noun.part.starts[noun.head], noun.end)
        )
    for code in thread.parties:
        if code in thread.evidence:
            _, rule, mention = thread.evidence[code].best
            evidence.append(cite_span(document, "parties", rule, mention))
    subjects = find_subjects(reading, thread, main)
    for subject, _, source in subjects:
        evidence.append(_subject_evidence(reading, source))
        del subject
    dated = find_date(reading, thread, main)
    if dated:
        evidence.append(cite_span(document, "date", "date." + dated[1].kind.value, dated[1]))
    place = find_place(reading, thread, main)
    if place:
        evidence.append(cite_span(document, "place", "place.dateline" if place.dateline else "place.locative", place))
    years = find_years(reading, thread, main)
    if years:
        evidence.append(cite_span(document, "years", "duration." + years.kind.value, years))
    name = find_name(reading, thread.nouns)
    if name:
        evidence.append(cite_span(document, "name", "name.quoted" if name.quoted else "name.capitals", name.span))
        if name.acronym:
            evidence.append(cite_span(document, "acronym", "name.acronym", name.acronym))
    signatories = find_signatories(reading, thread, main, thread.parties)
    for _, person in signatories:
        evidence.append(cite_span(document, "signatories", "person.title", person.mentions[0]))
    planned = find_planned(reading, thread, main)
    if planned:
        event = planned[1]
        evidence.append(
            cite(
                document,
                "planned",
                event.hit.rule.id,
                event.part.name,
                event.part.starts[event.hit.first],
                event.part.ends[event.hit.last - 1],
            )
        )
    earlier = find_earlier(reading, thread, main)
    known = next((n.name for n in thread.nouns if n.name), None)
    return Report(
        kind=kind,
        parties=thread.parties,
        instrument=instrument,
        subjects=tuple(subject for subject, _, _ in subjects),
        status=main.status,
        date=dated[0] if dated else None,
        place=place_name(place) if place else None,
        years=years.years if years else None,
        name=known or (name.span.text if name else None),
        acronym=name.acronym.text if name and name.acronym else None,
        signatories=tuple(signatory for signatory, _ in signatories),
        sites=_sites(reading, thread),
        cost=_cost(reading, thread),
        planned=planned[0] if planned else None,
        earlier=tuple(stage for stage, _ in earlier),
        score=round(score, 4),
        evidence=tuple(evidence),
    )


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
        return (main.noun.instrument, main.noun) if main is not None else (Instrument.UNKNOWN, None)
    best = max(counts.items(), key=lambda item: item[1][0])
    return best[0], best[1][1]


_LOOSE = frozenset({"deal", "deals", "pact", "pacts", "accord", "accords"})
"""Words of headlines for an agreement of any form."""


def _subject_evidence(reading: Reading, source: object) -> Evidence:
    if isinstance(source, Noun):
        return cite(
            reading.document,
            "subjects",
            source.rules[-1],
            source.part.name,
            source.part.starts[source.head],
            source.end,
        )
    assert isinstance(source, tuple)
    part, hit = source
    return cite(reading.document, "subjects", hit.rule.id, part.name, part.starts[hit.first], part.ends[hit.last - 1])


def _sites(reading: Reading, thread: Thread) -> tuple[str, ...]:
    del thread
    names = [place.name for place in reading.places if place.kind in ("base", "site")]
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
    codes: dict[str, float] = {}
    for mention in reading.countries:
        if mention.kind.value == "substate" or not is_state(mention.code):
            continue
        codes[mention.code] = codes.get(mention.code, 0.0) + (2.0 if mention.part == "title" else 1.0)
    ranked = sorted(codes.items(), key=lambda item: (-item[1], item[0]))[:2]
    if not ranked:
        return None
    return Report(
        kind=Kind.SALE,
        parties=tuple(sorted(code for code, _ in ranked)),
        instrument=Instrument.CONTRACT,
        score=round(min(0.99, weight / (weight + 3)), 4),
    )


def mention_report(reading: Reading, threads: Sequence[Thread]) -> Report | None:
    """Return the report of an agreement that is named, but in which nothing moves."""
    for thread in threads:
        own = [noun for noun in thread.nouns if noun.defence > noun.other and (noun.typed or noun.defence >= 3)]
        if not own or len(thread.parties) < 2:
            continue
        instrument, _ = pick_instrument(thread, None)
        name = find_name(reading, thread.nouns)
        subjects = find_subjects(reading, thread, None)
        evidence = [
            cite(
                reading.document,
                "instrument",
                own[0].rules[0],
                own[0].part.name,
                own[0].part.starts[own[0].head],
                own[0].end,
            )
        ]
        return Report(
            kind=Kind.MENTION,
            parties=thread.parties,
            instrument=instrument,
            subjects=tuple(subject for subject, _, _ in subjects),
            name=name.span.text if name else None,
            acronym=name.acronym.text if name and name.acronym else None,
            score=0.5,
            evidence=tuple(evidence),
        )
    return None
