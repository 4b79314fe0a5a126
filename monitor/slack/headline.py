"""The news in one sentence: what a notification shows, and the headline of the message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from monitor.models.agreement import Snapshot
from monitor.models.alert import Alert
from monitor.models.vocabulary import Reason, Status, Subject
from monitor.slack.names import capital, day, instrument, listed, noun_phrase, party, stage, topics, years
from monitor.slack.names import words as _words
from monitor.slack.text import clean

AT_A_TABLE = (Status.AGREED, Status.INITIALLED, Status.SIGNED, Status.AMENDED, Status.RENEWED)
"""Stages that happen at a table somewhere; ratification and the like do not happen where the text was signed."""

_SENTENCE_PART = 160
"""Units a single name may take in a sentence, so that one endless name does not push the news out of sight."""


def headline(alert: Alert) -> str:
    """Return the news in a sentence of raw text, such as "India and the United States signed a defence framework"."""
    snapshot = alert.snapshot
    if alert.reason is Reason.SURGE or snapshot is None:
        return _surge(alert) if alert.reason is Reason.SURGE else _bare(alert)
    if alert.reason is Reason.CORRECTED:
        was = f", not {value(alert.field, alert.previous)}" if alert.previous else ""
        return f"Correction, {_subject(snapshot)}: {field(alert.field)} is {value(alert.field, alert.value)}{was}"
    if alert.reason is Reason.NEW_FACT:
        return f"{_subject(snapshot)}: {'; '.join(news(alert)) or 'a new fact'}"
    return _stage_sentence(snapshot, alert.status or snapshot.status, known=alert.reason is Reason.STAGE_MOVED)


def title(alert: Alert) -> str:
    """Return the text of the message's header, without flags: "India – United States: defence framework signed"."""
    snapshot = alert.snapshot
    if snapshot is None:
        return headline(alert)
    status = alert.status or snapshot.status
    label = f" {stage(status)['label']}" if status else ""
    return f"{_pair(snapshot)}: {_short(instrument(snapshot))}{label}"


def news(alert: Alert) -> list[str]:
    """Return the new facts in words, one an item; empty for a new agreement."""
    if alert.reason is Reason.STAGE_MOVED:
        others = [clean(fact) for fact in alert.facts if fact.strip()]
        return [f"Stage: {moved(alert)}", *others] if moved(alert) else others
    if alert.reason is Reason.NEW_AGREEMENT:
        return []
    if alert.facts:
        return [text for fact in alert.facts if (text := clean(fact))]
    if alert.reason is Reason.SURGE:
        return [clean(alert.value)] if clean(alert.value) else []
    if alert.field and alert.value:
        return [f"{field(alert.field)}: {value(alert.field, alert.value)}"]
    return []


def moved(alert: Alert) -> str:
    """Return ``agreed → signed`` for a stage that moved, or an empty text."""
    now = alert.status or (alert.snapshot.status if alert.snapshot else None)
    if now is None or not alert.previous:
        return ""
    return f"{value('status', alert.previous)} → {stage(now)['label']}"


def field(name: str) -> str:
    """Return a field's name as a reader says it."""
    return str(_words()["fields"].get(name) or clean(name).replace("_", " ") or "a detail")


def value(name: str, text: str) -> str:
    """Return a value in words where it is a code of a known field; any other text as it is, cleaned."""
    text = clean(text)
    reader = _READERS.get(name)
    try:
        return reader(text) if reader and text else text
    except (ValueError, OverflowError):
        return text  # it is in words already


_READERS: dict[str, Callable[[str], str]] = {
    "status": lambda text: stage(Status(text))["label"],
    "date": lambda text: day(date.fromisoformat(text)),
    "until": lambda text: day(date.fromisoformat(text)),
    "years": lambda text: years(float(text)),
    "subjects": lambda text: topics([Subject(word.strip()) for word in text.split(",")]),
    "parties": lambda text: listed([party(code).in_sentence for code in text.split("+")]),
    "instrument": lambda text: str(_words()["instruments"].get(text, text)),
}


def _stage_sentence(snapshot: Snapshot, status: Status | None, *, known: bool) -> str:
    who = _who(snapshot)
    what = noun_phrase(snapshot, known=known)
    if status is None:
        between = f" between {who}" if len(snapshot.parties) > 1 else f" of {who}" if who else ""
        return f"{capital(what)}{between} is in the news"
    verbs = stage(status)
    if who and "active" in verbs:
        verb = verbs.get("active_one", verbs["active"]) if len(snapshot.parties) == 1 else verbs["active"]
        sentence = f"{capital(who)} {verb} {what}"
    else:
        between = f" between {who}" if len(snapshot.parties) > 1 else f" of {who}" if who else ""
        sentence = f"{capital(what)}{between} {verbs['passive']}"
    if snapshot.place and status in AT_A_TABLE:
        sentence += f" {'at' if ', ' in snapshot.place else 'in'} {_short(snapshot.place)}"
    if snapshot.date:
        sentence += f" ({day(snapshot.date)})"
    return sentence


def _subject(snapshot: Snapshot) -> str:
    """Return what a later alert is about: "India – United States defence framework (COMCASA)"."""
    acronym = f" ({_short(snapshot.acronym)})" if snapshot.acronym and clean(snapshot.acronym) else ""
    return f"{_pair(snapshot)} {_short(instrument(snapshot))}{acronym}"


def _who(snapshot: Snapshot) -> str:
    return listed([_short(party(code).in_sentence) for code in snapshot.parties])


def _pair(snapshot: Snapshot) -> str:
    names = [_short(party(code).name) for code in snapshot.parties]
    if not names:
        return "Unnamed parties"
    return " – ".join(names) if len(names) <= 3 else listed(names)


def _bare(alert: Alert) -> str:
    facts = "; ".join(news(alert)) or clean(alert.explanation) or alert.reason.value.replace("_", " ")
    who = listed([_short(party(code).in_sentence) for code in alert.parties])
    return f"{capital(who)}: {facts}" if who else capital(facts)


def _surge(alert: Alert) -> str:
    kind, _, key = (alert.actor_id or "").partition(":")
    if kind in ("country", "organisation"):
        name = party(key).in_sentence
    elif kind == "pair":
        name = listed([party(code).in_sentence for code in key.split("+")])
    elif kind == "person":
        country, _, surname = key.partition("/")
        name = f"{clean(surname).title()} ({party(country).name})"
    else:
        name = clean(key) or "An actor"
    verb = "are" if kind == "pair" else "is"
    return f"{capital(_short(name))} {verb} in the news far more than usual"


def _short(text: str) -> str:
    text = clean(text)
    return text if len(text) <= _SENTENCE_PART else text[: _SENTENCE_PART - 1].rstrip() + "…"
