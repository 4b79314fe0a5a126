"""The cases of newsroom.decisions.toml, as alerts and sentences."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.models.agreement import Snapshot
from monitor.models.alert import Alert
from monitor.models.article import ArticleRef
from monitor.models.mute import Mute
from monitor.models.record import Replay
from monitor.models.report import Evidence
from monitor.models.verdict import Verdict
from monitor.models.vocabulary import Instrument, Reason, ReplayMode, Status, Subject
from monitor.routes.decide import Decision

FOLDER = Path(__file__).parent
NOON = datetime(2025, 11, 4, 12, tzinfo=UTC)
MUTED_UNTIL = datetime(2025, 11, 5, tzinfo=UTC)


def cases() -> list[dict[str, Any]]:
    """Return the cases."""
    loaded: list[dict[str, Any]] = tomllib.loads((FOLDER / "newsroom.decisions.toml").read_text(encoding="utf-8"))[
        "case"
    ]
    return loaded


def alert(case: dict[str, Any]) -> Alert:
    """Return the plain alert, changed as a case says."""
    parties = tuple(case.get("parties", ("CHL", "PER")))
    status = Status(case.get("status", "signed"))
    actor = case.get("actor")
    snapshot = Snapshot(
        agreement_id="agreement-1",
        parties=parties,
        instrument=Instrument(case.get("instrument", "agreement")),
        subjects=tuple(Subject(word) for word in case.get("subjects", ("logistics",))),
        status=status,
        confirmed=case.get("confirmed", True),
        independent_sources=case.get("sources", 2),
        founded_at=NOON,
        updated_at=NOON,
    )
    return Alert(
        id="alert-1",
        reason=Reason(case.get("reason", "new_agreement")),
        agreement_id=None if actor else "agreement-1",
        actor_id=actor,
        status=None if actor else status,
        parties=() if actor else parties,
        at=NOON,
        article=ArticleRef(id="a", title="News", source=case.get("source", "The Wire"), ingested_at=NOON),
        score=case.get("score", 0.9),
        evidence=(Evidence(field="status", rule="stage.signed", part="text", start=0, end=6, quote="signed"),),
        snapshot=None if actor else snapshot,
        replay=Replay(id="r", mode=ReplayMode(case["replay"])) if "replay" in case else None,
    )


def mutes(case: dict[str, Any]) -> list[Mute]:
    """Return the mute of a case, until midnight."""
    if "mute" not in case:
        return []
    scope, target = case["mute"]
    return [Mute(id="m", scope=scope, target=target, until=MUTED_UNTIL, by="ann", at=NOON)]


def verdicts(case: dict[str, Any]) -> list[Verdict]:
    """Return the verdict of a case, said before."""
    if "verdict" not in case:
        return []
    return [Verdict(alert_id="x", agreement_id="agreement-1", user="ann", verdict=case["verdict"], at=NOON)]


def moment(case: dict[str, Any]) -> datetime:
    """Return the moment a case is decided at."""
    return datetime.fromisoformat(case["at"]) if "at" in case else NOON


def sentences(decisions: Sequence[Decision]) -> list[str]:
    """Return decisions as the cases write them."""
    return [_sentence(one) for one in decisions]


def _sentence(one: Decision) -> str:
    until = f" until {one.due.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if one.due else ""
    also = f" mentioning {', '.join(one.mention)}" if one.mention else ""
    why = "" if one.action.value == "tell" else f" ({one.why})"
    channel = f" {one.channel}" if one.reaches else ""
    return f"{one.route}: {one.action.value}{channel}{until}{also}{why}"
