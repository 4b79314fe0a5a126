"""What a rule is, as it stands in a data file."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from monitor.models.vocabulary import Instrument, Status, Subject


class Role(StrEnum):
    """What a rule's words do in a sentence."""

    AGREEMENT = "agreement"
    """They are the head of a noun phrase that names an agreement."""
    TOPIC = "topic"
    """They say what the words around them are about."""
    STAGE = "stage"
    """They say that an agreement reached a stage."""
    MODALITY = "modality"
    """They say how a stage is meant: planned, refused, denied, only supposed."""
    SUBJECT = "subject"
    """They say what an agreement covers."""
    CUE = "cue"
    """They speak for or against a development in an agreement, and set nothing."""
    TIME = "time"
    """They set a sentence in the past of the story, or in its background."""


class Modality(StrEnum):
    """How a stage is spoken of."""

    FUTURE = "future"
    """Announced, still to come."""
    DECIDED = "decided"
    """Agreed or decided upon."""
    WISH = "wish"
    """Wanted, possible, called for."""
    TALKS = "talks"
    """Being negotiated."""
    REFUSED = "refused"
    """Refused."""
    FAILED = "failed"
    """Failed, late or not yet done."""
    HALTED = "halted"
    """An act put on hold."""
    REVERSED = "reversed"
    """An act taken back."""
    DENIED = "denied"
    """Denied, or said not to be so."""
    SUPPOSED = "supposed"
    """Only supposed."""


class Sets(BaseModel):
    """What a rule sets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    instrument: Instrument | None = None
    subjects: tuple[Subject, ...] = ()
    status: Status | None = None
    domain: str | None = None
    """A field of affairs: defence, security, strategic, arms, nuclear, peace, trade, law, business, none."""
    modality: Modality | None = None
    name: str | None = None
    """The proper name of an agreement that a rule of one's own watches for."""
    parties: tuple[str, ...] = ()
    """Its parties, for the same."""
    cue: str | None = None
    """What a cue is evidence of: a feature of the score."""
    weak: bool = False
    """agreement: the words name many other things; a stage or a domain beside them must confirm."""
    anaphor: bool = False
    """agreement: the words stand for an agreement named before."""
    void: bool = False
    """agreement: the words only look like one."""
    generic: bool = False
    """agreement: the type is the commonest one, and gives way to a more particular type beside it."""
    background: bool = False
    """time: what the sentence tells is over and done."""


class Rule(BaseModel):
    """A rule: what to match, where, what it sets and how it scores."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", max_length=80)
    role: Role
    about: str = Field(min_length=1)
    """What the rule is for, in a sentence."""
    match: tuple[Annotated[str, Field(min_length=1)], ...] = Field(min_length=1)
    required: tuple[str, ...] = ()
    """At least one of these stands in the scope."""
    forbidden: tuple[str, ...] = ()
    """None of these stands in the scope."""
    near: tuple[str, ...] = ()
    """At least one of these stands within `within` words of the match."""
    apart: tuple[str, ...] = ()
    """None of these stands within `within` words of the match."""
    within: int = Field(default=8, ge=1, le=40)
    scope: Literal["sentence", "article"] = "sentence"
    where: Literal["anywhere", "title", "lead"] = "anywhere"
    """lead: the title and the first two sentences of the text."""
    set: Sets = Sets()
    score: float = Field(default=1.0, ge=-10, le=10)

    @model_validator(mode="after")
    def _sets_its_role(self) -> Rule:
        wanted = {
            Role.AGREEMENT: self.set.instrument is not None or self.set.anaphor or self.set.void,
            Role.TOPIC: self.set.domain is not None,
            Role.STAGE: self.set.status is not None,
            Role.MODALITY: self.set.modality is not None,
            Role.SUBJECT: bool(self.set.subjects),
            Role.CUE: self.set.cue is not None,
            Role.TIME: True,
        }
        needs = {
            Role.AGREEMENT: "instrument",
            Role.TOPIC: "domain",
            Role.STAGE: "status",
            Role.MODALITY: "modality",
            Role.SUBJECT: "subjects",
            Role.CUE: "cue",
        }
        if not wanted[self.role]:
            name = needs[self.role]
            msg = f'a rule with role = "{self.role}" has to set {name}, as in set = {{ {name} = ... }}'
            raise ValueError(msg)
        return self
