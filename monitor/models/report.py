"""A report: what one article says about an agreement; and the other records of the topic `reports`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from monitor.models.article import ArticleRef
from monitor.models.record import Day, Instant, Origin, Part, Record, Replay, decode
from monitor.models.vocabulary import Instrument, Kind, Status, Subject


class Evidence(Part):
    """The words that a field rests on.

    ``quote`` equals ``title[start:end]`` or ``text[start:end]`` of the article, by ``part``; ``sentence`` is the
    sentence around it; ``rule`` the id of the rule that found it.
    """

    field: str
    rule: str
    part: Literal["title", "text"]
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    sentence: str = ""


class Signatory(Part):
    """A person who signed or announced it."""

    name: str
    role: str | None = None
    country: str | None = None


class Cost(Part):
    """A sum of money; ``currency`` is an ISO 4217 code."""

    amount: float
    currency: str


class Planned(Part):
    """The next stage, as announced."""

    status: Status
    date: Day | None = None
    place: str | None = None
    people: tuple[Signatory, ...] = ()


class EarlierStage(Part):
    """A stage the text says the agreement has already been through ("signed in July")."""

    status: Status
    date: Day | None = None
    """Exact day where the text gives one; the first of the month or year where it gives less."""


class Report(Part):
    """What an article says of one agreement; the codebook's fields and a few beyond it."""

    kind: Kind
    parties: tuple[str, ...] = ()
    """ISO 3166 alpha-3 codes and organisations' short names, sorted."""
    instrument: Instrument = Instrument.UNKNOWN
    subjects: tuple[Subject, ...] = Field(default=(), max_length=3)
    status: Status | None = None
    date: Day | None = None
    """The day of ``status``."""
    place: str | None = None
    years: float | None = None
    """Duration; a whole number is written without decimals by every reader."""
    name: str | None = None
    acronym: str | None = None
    """"COMCASA" beside the full name, where the text gives both or only it."""
    aliases: tuple[str, ...] = ()
    """Other names the text gives it ("formerly known as the Atlantic Naval Accord")."""
    signatories: tuple[Signatory, ...] = ()
    sites: tuple[str, ...] = ()
    cost: Cost | None = None
    planned: Planned | None = None
    until: Day | None = None
    """The end of the current stage (a suspension until June)."""
    earlier: tuple[EarlierStage, ...] = ()
    score: float = Field(ge=0, le=1)
    evidence: tuple[Evidence, ...] = ()

    @property
    def party_key(self) -> str:
        """``IND+USA``."""
        return "+".join(self.parties)


class ArticleReports(Record):
    """All that one article says, as it stands in `reports` under the article id; possibly nothing.

    Where ``kind`` is None, the reports are hints: mentions of an agreement that only those know who follow it.
    An article that gave reports before and gives none after a revision is written with empty ``reports``,
    so that what it had said is taken back.
    """

    type: Literal["report"] = "report"
    article: ArticleRef
    kind: Kind | None = None
    """Of the article as a whole; that of its main report. None: it says nothing, or no more than hints."""
    score: float = Field(default=0.0, ge=0, le=1)
    reports: tuple[Report, ...] = ()
    """The main report first."""
    text_hash: str
    fingerprint: tuple[int, ...] = ()
    """MinHash of the text (64 permutations of 32 bits), for near-duplicates."""
    credits: tuple[str, ...] = ()
    """News agencies the text credits ("IANS")."""
    origin: Origin
    replay: Replay | None = None


class Correction(Record):
    """What a person knows better: two dossiers are one, or one is two."""

    type: Literal["correction"] = "correction"
    action: Literal["merge", "split"]
    agreement_id: str
    """The dossier that stays."""
    other_id: str | None = None
    """merge: the dossier that is absorbed."""
    article_ids: tuple[str, ...] = ()
    """split: the articles that leave."""
    by: str
    at: Instant
    why: str = ""


class Tick(Record):
    """Time as a record: the minute that has come."""

    type: Literal["tick"] = "tick"
    minute: Instant
    replay: Replay | None = None


ReportsRecord = Annotated[ArticleReports | Correction | Tick, Field(discriminator="type")]
"""Any record of `reports`."""

_READER: TypeAdapter[ArticleReports | Correction | Tick] = TypeAdapter(ReportsRecord)


def decode_reports(value: bytes | None) -> ArticleReports | Correction | Tick:
    """Read a record of `reports`; raises RecordError as `Record.decode` does."""
    return decode(_READER.validate_json, value, "a record of reports")
