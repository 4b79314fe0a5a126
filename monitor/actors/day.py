"""One actor on one day: the record of the table `actor_days`.

It holds an entry an article, keyed by the article's hash, and derives every count from the entries.  So an article that
is seen twice counts once, and the order of sightings does not matter: of two different entries of one article (a
revision, say) the smaller stands.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from monitor.models.actor import SLOT_MINUTES, DayCount
from monitor.models.article import article_hash
from monitor.models.sighting import Sighting
from monitor.models.vocabulary import ActorKind, ActorRole, Status, Subject

_VERSION = 1
_HEAD = struct.Struct(">BI")
_ENTRY = struct.Struct(">QBBIHIB")
_ROLES = tuple(ActorRole)
_STAGES = (None, *Status)
_SUBJECTS = tuple(Subject)
_MOST_FORMS = 16
"""Names and offices kept a day; hostile text may hold thousands."""


K = TypeVar("K", ActorRole, Status, Subject)


class Entry(NamedTuple):
    """What an article adds to an actor's day; compared field by field, the strongest role first."""

    role: int
    stage: int
    subjects: int
    """A bit a subject."""
    slot: int
    source: int
    undated: int


class DaySummary(NamedTuple):
    """What a day says, in the form in which it is published."""

    kind: ActorKind
    country: str | None
    counts: DayCount
    names: Mapping[str, int]
    offices: tuple[str, ...]
    undated: int


@dataclass(slots=True)
class ActorDay:
    """The decoded record."""

    kind: ActorKind
    country: str | None = None
    entries: dict[int, Entry] = field(default_factory=dict)
    names: Counter[str] = field(default_factory=Counter)
    offices: Counter[str] = field(default_factory=Counter)

    def see(self, sighting: Sighting, at: datetime) -> bool:
        """Add a sighting, ``at`` being its event time in UTC; return whether anything changed."""
        article = article_hash(sighting.article_id)
        entry = Entry(
            role=_ROLES.index(sighting.role),
            stage=_STAGES.index(sighting.status),
            subjects=sum(1 << _SUBJECTS.index(subject) for subject in set(sighting.subjects)),
            slot=(at.hour * 60 + at.minute) // SLOT_MINUTES,
            source=source_hash(sighting.source),
            undated=int(sighting.event_time is None),
        )
        known = self.entries.get(article)
        if known is not None and known <= entry:
            return False
        self.entries[article] = entry
        if known is None:
            _count(self.names, sighting.name)
            _count(self.offices, sighting.office)
        self.country = self.country or sighting.country
        return True

    def encode(self) -> bytes:
        """Return the record as it stands in the table; the same content gives the same bytes."""
        about = {
            "kind": self.kind.value,
            "country": self.country,
            "names": dict(sorted(self.names.items())),
            "offices": dict(sorted(self.offices.items())),
        }
        head = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        rows = (_ENTRY.pack(article, *entry) for article, entry in sorted(self.entries.items()))
        return _HEAD.pack(_VERSION, len(head)) + head + b"".join(rows)

    @classmethod
    def decode(cls, raw: bytes) -> ActorDay:
        """Read a record of the table."""
        version, length = _HEAD.unpack_from(raw)
        if version != _VERSION:
            raise ValueError(f"an actor's day has version {version}, this program reads {_VERSION}")
        about = json.loads(raw[_HEAD.size : _HEAD.size + length].decode("utf-8", "surrogatepass"))
        rows = _ENTRY.iter_unpack(raw[_HEAD.size + length :])
        return cls(
            kind=ActorKind(about["kind"]),
            country=about["country"],
            entries={article: Entry(*entry) for article, *entry in rows},
            names=Counter(about["names"]),
            offices=Counter(about["offices"]),
        )

    def counts(self, day: date) -> DayCount:
        """Return the numbers of the day."""
        entries = self.entries.values()
        roles = Counter(_ROLES[entry.role] for entry in entries)
        stages = Counter(stage for entry in entries if (stage := _STAGES[entry.stage]))
        subjects = Counter(
            subject for entry in entries for place, subject in enumerate(_SUBJECTS) if entry.subjects >> place & 1
        )
        return DayCount(
            day=day,
            articles=len(self.entries),
            slots=tuple(sorted(Counter(entry.slot for entry in entries).items())),
            sources=tuple(sorted({entry.source for entry in entries})),
            roles=_in_order(roles),
            subjects=_in_order(subjects),
            stages=_in_order(stages),
        )

    def summary(self, day: date) -> DaySummary:
        """Return what is published of the record."""
        undated = sum(entry.undated for entry in self.entries.values())
        return DaySummary(
            self.kind, self.country, self.counts(day), dict(self.names), tuple(sorted(self.offices)), undated
        )


def source_hash(source: str) -> int:
    """Return 4 bytes, as an unsigned integer, that stand for a source's name."""
    digest = hashlib.blake2b(source.casefold().encode("utf-8", "surrogatepass"), digest_size=4)
    return int.from_bytes(digest.digest())


def _count(forms: Counter[str], form: str | None) -> None:
    if form and (form in forms or len(forms) < _MOST_FORMS):
        forms[form] += 1


def _in_order(counted: Mapping[K, int]) -> dict[K, int]:
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
