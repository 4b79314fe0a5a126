"""Who is seen in an article, and in what role."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.classify.countries import MentionKind, display_name, is_state, organisation_kind
from monitor.classify.persons import person_key
from monitor.classify.reading import Reading
from monitor.classify.result import ActorMention
from monitor.models.report import Report
from monitor.models.vocabulary import ActorKind, ActorRole, Kind

_MOST = 40
"""Actors of one article; a list of members names no more actors than this."""


def find_actors(reading: Reading, reports: Sequence[Report], kind: Kind) -> tuple[ActorMention, ...]:
    """Return the actors, parties and signatories first, each once."""
    found: dict[str, ActorMention] = {}
    for report in reports:
        for code in report.parties:
            found.setdefault(country_key(code), _state(code, _party_role(reading, code, kind)))
        if len(report.parties) >= 2:
            for at, one in enumerate(report.parties):
                for other in report.parties[at + 1 :]:
                    pair = f"pair:{one}+{other}"
                    name = f"{display_name(one)} and {display_name(other)}"
                    found.setdefault(pair, ActorMention(ActorKind.PAIR, pair, name, ActorRole.PARTY))
    signers = {signatory.name: signatory for report in reports for signatory in report.signatories}
    for person in reading.persons:
        signer = signers.get(person.name)
        country = signer.country if signer else person.country
        key = f"person:{country or 'unknown'}/{person_key(person.surname)}"
        role = ActorRole.SIGNATORY if signer else ActorRole.NAMED
        found.setdefault(key, ActorMention(ActorKind.PERSON, key, person.name, role, person.role, country))
    for mention in reading.first_mentions.values():
        if mention.kind.value == "substate":
            continue
        role = ActorRole.HOST if mention.locative and is_state(mention.code) else ActorRole.NAMED
        found.setdefault(country_key(mention.code), _state(mention.code, role))
    return tuple(found.values())[:_MOST]


def country_key(code: str) -> str:
    """Return the key of a state, an organisation or a forum."""
    if is_state(code):
        return f"country:{code}"
    return f"forum:{code}" if organisation_kind(code) == "forum" else f"organisation:{code}"


def _state(code: str, role: ActorRole) -> ActorMention:
    key = country_key(code)
    kind = ActorKind(key.partition(":")[0])
    return ActorMention(kind, key, display_name(code), role, None, code if kind is ActorKind.COUNTRY else None)


_SELLS = frozenset({"sells", "sell", "selling", "sold", "offers", "offered", "supplies", "delivers", "exports"})
"""Words after which a state is the one that gives."""


def _party_role(reading: Reading, code: str, kind: Kind) -> ActorRole:
    """Return the part a party plays: of a sale, supplier when its adjective stands before arms or it sells."""
    if kind is not Kind.SALE:
        return ActorRole.PARTY
    for mention in reading.countries:
        if mention.code != code:
            continue
        part = reading.document.part(mention.part)
        after = part.lower[part.word_at(mention.end) : part.word_at(mention.end) + 3]
        if mention.kind is MentionKind.DEMONYM or _SELLS & set(after):
            return ActorRole.SUPPLIER
    return ActorRole.BUYER
