"""A sighting: an actor seen in a relevant article; and the ticks that share its topic."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from monitor.models.record import Instant, Origin, Record, Replay, decode
from monitor.models.report import Tick
from monitor.models.vocabulary import ActorKind, ActorRole, Kind, Status, Subject


class Sighting(Record):
    """An actor in one article; key in `sightings` is ``actor_key``.

    ``actor_key`` examples: ``country:IND``, ``organisation:NATO``, ``person:IND/singh``, ``pair:IND+USA``.
    """

    type: Literal["sighting"] = "sighting"
    actor_key: str
    actor_kind: ActorKind
    name: str
    """As the article has it, or the country's common name."""
    role: ActorRole
    office: str | None = None
    """For a person: the role title the article gives."""
    country: str | None = None
    article_id: str
    title: str = ""
    """Of the article."""
    url: str | None = None
    source: str = ""
    credits: tuple[str, ...] = ()
    """News agencies the text credits: its voice is theirs, whoever publishes it."""
    story: int = Field(default=0, ge=0, lt=1 << 32)
    """4 bytes that copies of a text share; 0: not known."""
    event_time: Instant | None = None
    ingested_at: Instant
    article_kind: Kind
    status: Status | None = None
    subjects: tuple[Subject, ...] = ()
    origin: Origin
    replay: Replay | None = None


SightingsRecord = Annotated[Sighting | Tick, Field(discriminator="type")]
"""Any record of `sightings`."""

_READER: TypeAdapter[Sighting | Tick] = TypeAdapter(SightingsRecord)


def decode_sightings(value: bytes | None) -> Sighting | Tick:
    """Read a record of `sightings`; raises RecordError as `Record.decode` does."""
    return decode(_READER.validate_json, value, "a record of sightings")
