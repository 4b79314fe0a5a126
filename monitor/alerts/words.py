"""The words in which a decision says what is new; values as a person reads them."""

from __future__ import annotations

from datetime import date

STAGES = {
    "proposed": "proposed",
    "negotiating": "under negotiation",
    "agreed": "agreed, to be signed",
    "initialled": "initialled",
    "signed": "signed",
    "ratified": "ratified",
    "in_force": "in force",
    "amended": "amended",
    "renewed": "renewed",
    "stalled": "stalled",
    "rejected": "rejected",
    "suspended": "suspended",
    "withdrawn": "left by a party",
    "terminated": "terminated",
    "expired": "expired",
}
"""A stage, as it is said of an agreement."""

FIELDS = {
    "parties": "parties",
    "name": "name",
    "signatories": "signatories",
    "place": "place",
    "date": "date",
    "years": "duration",
    "sites": "sites",
    "cost": "cost",
    "planned": "planned",
    "until": "until",
}
"""A field of a dossier, as it is called before its value."""


def stage(status: str) -> str:
    """Return a stage in words."""
    return STAGES.get(status, status.replace("_", " "))


def day(ordinal: int) -> str:
    """Return a day as ``31 October 2025``."""
    found = date.fromordinal(ordinal)
    return f"{found.day} {found:%B %Y}"


def years(value: float) -> str:
    """Return a duration as ``10 years``."""
    return f"{value:g} year{'' if value == 1 else 's'}"


def money(amount: float, currency: str) -> str:
    """Return a sum as ``USD 100 million``."""
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if amount >= size:
            return f"{currency} {amount / size:g}{word}"
    return f"{currency} {amount:,.0f}"


def several(values: list[str]) -> str:
    """Return values as ``a, b and c``."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} and {values[-1]}"


def fact(field: str, value: str) -> str:
    """Return a fact as a line: ``duration: 10 years``."""
    return f"{FIELDS[field]}: {value}"
