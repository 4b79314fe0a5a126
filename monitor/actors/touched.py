"""Agreements that actors are in: joined by the reader, since only dossiers know which reports belong together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import combinations

from monitor.classify.persons.model import person_key
from monitor.models.actor import Window
from monitor.models.agreement import Agreement, Snapshot


def touched(agreements: Iterable[Agreement], window: Window, as_of: datetime) -> Counter[str]:
    """Return how many agreements with an article in the window each actor is in, by its key without the kind.

    A state or organisation is in an agreement as a party, a pair when both are parties, a person as a signatory.
    """
    start = as_of - window.length
    found: Counter[str] = Counter()
    for agreement in agreements:
        shown = agreement.snapshot
        if shown is not None and any(start < article.at <= as_of for article in agreement.articles):
            found.update(set(_actors(shown)))
    return found


def _actors(shown: Snapshot) -> Iterator[str]:
    parties = sorted(shown.parties)
    yield from parties
    yield from ("+".join(pair) for pair in combinations(parties, 2))
    for person in shown.signatories:
        if person.name.split():
            yield f"{person.country or 'unknown'}/{person_key(person.name.split()[-1])}"
