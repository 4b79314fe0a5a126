"""What people said about a dossier, and what became of it: what its message shows beside the news."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from monitor.models.mute import Mute
from monitor.models.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Voice:
    """What one reader said, and when; ``why`` for a false alarm."""

    name: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """Mutes of the dossier that last: their ids, the latest end, and who asked."""

    ids: tuple[str, ...]
    until: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another dossier: ``ts`` of its message on the same channel, None where it has none."""

    agreement_id: str
    title: str
    ts: str | None = None


@dataclass(frozen=True, slots=True)
class Notes:
    """All of it.  ``links`` gives addresses of other dossiers; it is filled in when a message is drawn."""

    acknowledged: tuple[Voice, ...] = ()
    """Newest first."""
    false_alarm: Voice | None = None
    """None unless it stands."""
    silence: Silence | None = None
    merged_into: Elsewhere | None = None
    apart: tuple[Elsewhere, ...] = ()
    """Dossiers that a person split from this one."""
    links: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Address by agreement id."""

    def digest(self) -> str:
        """Return a short text that is another one whenever the message has to look another way; empty for nothing."""
        if self == NOTHING:
            return ""
        others = [(other.agreement_id, other.ts, other.title) for other in (self.merged_into, *self.apart) if other]
        seen = (self.acknowledged, self.false_alarm, self.silence, others)
        return hashlib.blake2b(repr(seen).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


NOTHING = Notes()


def voices(verdicts: Iterable[Verdict]) -> tuple[tuple[Voice, ...], Voice | None]:
    """Return who acknowledged, newest first, and the false alarm that stands, of one dossier's verdicts."""
    said = sorted(verdicts, key=lambda item: item.at, reverse=True)
    acknowledged: dict[str, Voice] = {}
    for item in said:
        if item.verdict == "acknowledged":
            acknowledged.setdefault(item.user, Voice(item.name or item.user, item.at))
    last = next((item for item in said if item.verdict != "acknowledged"), None)
    stands = last is not None and last.verdict == "false_alarm"
    return tuple(acknowledged.values()), Voice(last.name or last.user, last.at, last.why) if last and stands else None


def silence(mutes: Iterable[Mute], *, scope: str, target: str, now: datetime) -> Silence | None:
    """Return the silence of exactly this dossier or actor; a mute that is wider is no matter of its message."""
    lasting = [mute for mute in mutes if (mute.scope, mute.target) == (scope, target) and mute.until > now]
    if not lasting:
        return None
    last = max(lasting, key=lambda mute: mute.until)
    return Silence(tuple(sorted(mute.id for mute in lasting)), last.until, last.by)
