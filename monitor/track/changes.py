"""What an article changed in a dossier, whether it was told or not."""

from __future__ import annotations

from monitor.track.facts import View

_FIELDS = {
    "status": "stage",
    "parties": "parties",
    "name": "name",
    "instrument": "form",
    "subjects": "subjects",
    "day": "date",
    "place": "place",
    "years": "duration",
    "signatories": "signatories",
    "sites": "sites",
    "cost": "cost",
    "planned": "what is planned",
    "until": "end of the stage",
}
"""What stands in a dossier, and what a person calls it."""


def changes(before: View, after: View) -> tuple[str, ...]:
    """Return, in words, what stands otherwise with the article than without it."""
    found = [words for name, words in _FIELDS.items() if getattr(before, name) != getattr(after, name)]
    if "stage" not in found and [stay.status for stay in before.episodes] != [stay.status for stay in after.episodes]:
        found.append("history")
    if set(after.conflicts) - set(before.conflicts):
        found.append("a conflict")
    if after.independent_sources > before.independent_sources:
        found.append("confirmed" if after.confirmed > before.confirmed else "one more source")
    return tuple(found)
