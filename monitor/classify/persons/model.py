"""What is known of a person in an article."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from monitor.classify.gazetteer import fold
from monitor.classify.text import PartName, Span


class Office(StrEnum):
    """What sort of office a title names."""

    HEAD_OF_STATE = "head_of_state"
    MONARCH = "monarch"
    HEAD_OF_GOVERNMENT = "head_of_government"
    DEFENCE_MINISTER = "defence_minister"
    FOREIGN_MINISTER = "foreign_minister"
    MINISTER = "minister"
    DEPUTY_MINISTER = "deputy_minister"
    MILITARY_CHIEF = "military_chief"
    OFFICER = "officer"
    AMBASSADOR = "ambassador"
    LEGISLATOR = "legislator"
    SPOKESPERSON = "spokesperson"
    OFFICIAL = "official"
    ORGANISATION_HEAD = "organisation_head"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PersonMention:
    """A person, named: in full, or by surname alone."""

    part: PartName
    start: int
    end: int
    text: str
    sentence: int
    full: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person with all that stands beside the name; None for what the text does not give."""

    name: str
    """The fullest form, as written; in a text all in capitals, with small letters."""
    surname: str
    role: str | None
    """The title as written, each word with a capital: "Secretary of War"."""
    office: Office | None
    country: str | None
    """ISO 3166 alpha-3, where demonym, possessive, "of COUNTRY" or the title itself gives it."""
    mentions: tuple[PersonMention, ...]
    role_span: Span | None = None
    country_span: Span | None = None

    def in_sentence(self, index: int) -> bool:
        """Tell whether a sentence names the person."""
        return any(mention.sentence == index for mention in self.mentions)


def person_key(surname: str) -> str:
    """Return a surname as it stands in keys: ``"Häkkänen"`` -> ``"hakkanen"``, ``"Al Khalifa"`` -> ``"al-khalifa"``."""
    return re.sub(r"[^\w]+", "-", fold(surname).lower()).strip("-_") or "unknown"
