"""A sighting as it is counted: numbers of fixed width, and the rule by which two sightings of one article are joined.

Counts must not depend on order, repeats or batches, so sightings of one article and actor are joined by a rule that is
associative, commutative and idempotent: roles, subjects, stages, kinds and forms of the name are united; time and
source are those of the sighting that was ingested first (`Stamp`, the least stands).  A revision arrives later, so it
adds what is new in it and takes nothing away.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from monitor.actors.recent import Recent
from monitor.errors import RecordError
from monitor.models.actor import SLOT_MINUTES
from monitor.models.article import CLOCK_SKEW, article_hash
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorRole, Kind, Status, Subject

# The bits of a row stand for members by their place here: append, never reorder.
ROLES = tuple(ActorRole)
SUBJECTS = tuple(Subject)
STAGES = tuple(Status)
KINDS = tuple(Kind)

_ROLE_BIT = {role: 1 << place for place, role in enumerate(ROLES)}
_SUBJECT_BIT = {subject: 1 << place for place, subject in enumerate(SUBJECTS)}
_STAGE_BIT = {stage: 1 << place for place, stage in enumerate(STAGES)}
_KIND_BIT = {kind: 1 << place for place, kind in enumerate(KINDS)}

_DAY_SECONDS = 86_400
_EPOCH = 1_577_836_800
"""2020-01-01, from which the second of ingestion is counted: 4 bytes last until 2156."""

_LONGEST = 160
"""Characters kept of a name and of an office."""


class Stamp(NamedTuple):
    """Where and from whom an article counts; of several the least stands."""

    ingested: int
    """Seconds since 2020."""
    undated: int
    """1: it has no date of its own and counts at its ingestion."""
    day: int
    """Days since 1970."""
    slot: int
    """5 minutes since midnight."""
    voice: int
    """4-byte hash of the publisher, or of the agency it credits."""
    story: int
    """4 bytes that copies of a text share."""


class Marks(NamedTuple):
    """What is united: a bit a member."""

    roles: int
    subjects: int
    stages: int
    kinds: int

    def united(self, other: Marks) -> Marks:
        """Return both."""
        return Marks(*(mine | theirs for mine, theirs in zip(self, other, strict=True)))


class Form(NamedTuple):
    """How an article calls the actor."""

    name: str
    office: str
    country: str


class Seen(NamedTuple):
    """A sighting, ready to be counted."""

    article: int
    form_id: int
    form: Form
    stamp: Stamp
    marks: Marks
    recent: Recent


def read(sighting: Sighting) -> Seen:
    """Return what counts of a sighting.

    Raises:
        RecordError: the actor's key does not begin with its kind.

    """
    if not sighting.actor_key.startswith(f"{sighting.actor_kind.value}:"):
        raise RecordError(
            f"Sighting: actor_key: {sighting.actor_key!r} is no {sighting.actor_kind.value}", reason="invalid_field"
        )
    at = sighting.event_time
    when = sighting.ingested_at if at is None else min(at, sighting.ingested_at + CLOCK_SKEW)
    day, second = divmod(int(when.timestamp()), _DAY_SECONDS)
    form_id, form = _form(sighting.name, sighting.office or "", sighting.country or "")
    article = article_hash(sighting.article_id)
    stamp = Stamp(
        ingested=min(max(int(sighting.ingested_at.timestamp()) - _EPOCH, 0), 0xFFFF_FFFF),
        undated=int(at is None),
        day=day,
        slot=second // (60 * SLOT_MINUTES),
        voice=hash_4(min(sighting.credits) if sighting.credits else sighting.source),
        story=sighting.story or article & 0xFFFF_FFFF,
    )
    subjects = 0
    for subject in sighting.subjects:
        subjects |= _SUBJECT_BIT[subject]
    stage = _STAGE_BIT[sighting.status] if sighting.status else 0
    marks = Marks(_ROLE_BIT[sighting.role], subjects, stage, _KIND_BIT[sighting.article_kind])
    recent = Recent.of(
        int(when.timestamp()) // 60,
        stamp.story,
        sighting.article_id,
        title=sighting.title,
        source=sighting.source,
        url=sighting.url or "",
    )
    return Seen(article, form_id, form, stamp, marks, recent)


@lru_cache(maxsize=1 << 14)
def hash_4(text: str) -> int:
    """Return 4 bytes that stand for a name, whatever its case and the blanks around it."""
    plain = text.strip().casefold().encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(plain, digest_size=4).digest())


@lru_cache(maxsize=1 << 14)
def _form(name: str, office: str, country: str) -> tuple[int, Form]:
    form = Form(*(" ".join(text.split())[:_LONGEST].replace("\x1f", " ") for text in (name, office, country)))
    raw = "\x1f".join(form).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(raw, digest_size=4).digest()), form
