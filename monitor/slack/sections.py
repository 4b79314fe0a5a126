"""The parts of a message, one function a part; each returns a block, or None where there is nothing to say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from monitor.models.agreement import Snapshot, SourceRef
from monitor.models.alert import Alert
from monitor.models.article import ArticleRef
from monitor.models.report import Evidence, Planned, Signatory
from monitor.models.vocabulary import Reason, Status
from monitor.slack import headline, names
from monitor.slack.text import clean, code, link, safe

Block = dict[str, Any]

_QUOTE = 600
_FACT = 300
_NAME = 300
_LINK = 520
_PUBLISHER = 60
_SHOWN_SOURCES = 4
_SHOWN_PEOPLE = 5
_SHOWN_STAGES = 8
_SHOWN_NEWS = 8
_DOT = " · "

_BADGES = {
    Reason.NEW_AGREEMENT: "🆕 *New agreement*",
    Reason.STAGE_MOVED: "➡️ *Stage moved*",
    Reason.NEW_FACT: "➕ *New fact*",
    Reason.CORRECTED: "✏️ *Correction*",
    Reason.SURGE: "📈 *Surge*",
}


def mark_of(alert: Alert) -> str:
    """Return the emoji of an alert: that of the stage for a moved stage, else that of the reason."""
    if alert.reason is Reason.STAGE_MOVED and alert.status is not None:
        return names.stage(alert.status)["mark"]
    return _BADGES[alert.reason].partition(" ")[0]


def badges(alert: Alert) -> Block:
    """Say what sort of news this is, how sure it is, and when it was reported."""
    items = [_BADGES[alert.reason]]
    if alert.replay is not None:
        items.append(f"⏪ *Replay* ({names.in_words(alert.replay.mode.value)})")
    if alert.snapshot is not None and not alert.snapshot.confirmed:
        items.append(
            "⚠️ *Unconfirmed*: one source so far" if alert.snapshot.independent_sources <= 1 else "⚠️ *Unconfirmed*"
        )
    items.append(f"reported {moment(alert.at)}")
    return context(_DOT.join(items))


def mention(who: Sequence[str]) -> Block | None:
    """Call people by Slack's ids, ``here`` or ``channel``: from the settings alone, never from what was read."""
    if not who:
        return None
    forms = {"U": "<@{}>", "W": "<@{}>", "S": "<!subteam^{}>"}
    return section("🔔 " + " ".join(forms.get(one[0], "<!{}>").format(one) for one in who))


def name(alert: Alert) -> Block | None:
    """Give the agreement's proper name."""
    snapshot = alert.snapshot
    if snapshot is None or not clean(snapshot.name or ""):
        return None
    acronym = clean(snapshot.acronym or "")
    shown = f"*{safe(snapshot.name or '', _NAME)}*"
    if acronym and acronym.casefold() != clean(snapshot.name or "").casefold():
        shown += f" ({safe(acronym, 60)})"
    return section(shown)


def news(alert: Alert, *, lead: str = "") -> Block | None:
    """Say what is new, or what was wrong; ``lead`` goes before it."""
    if alert.reason is Reason.CORRECTED and alert.value:
        now = safe(headline.value(alert.field, alert.value), _FACT)
        label = safe(names.capital(headline.field(alert.field)), 60)
        was = f"~{safe(headline.value(alert.field, alert.previous), _FACT)}~ → " if clean(alert.previous) else ""
        rest = [fact for fact in alert.facts if clean(fact) and clean(alert.value) not in clean(fact)]
        items = [f"{label}: {was}*{now}*", *(safe(fact, _FACT) for fact in rest)]
        return section(_bullets(f"{lead}*What was wrong*", items))
    items = [safe(names.capital(item), _FACT) for item in headline.news(alert)]
    return section(_bullets(f"{lead}*What is new*", items)) if items else None


def facts(alert: Alert) -> Block | None:
    """Lay out the facts of the dossier in two columns."""
    if alert.snapshot is None:
        return None
    pairs = [*_stage(alert.snapshot), *_substance(alert.snapshot)]
    return {"type": "section", "fields": [_mrkdwn(f"*{label}*\n{text}") for label, text in pairs]} if pairs else None


def _stage(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    place = safe(snapshot.place or "", 120)
    at_a_table = snapshot.status in headline.AT_A_TABLE
    if snapshot.status is not None:
        when = names.day(snapshot.date) if snapshot.date else "date unknown"
        yield (
            names.capital(names.stage(snapshot.status)["label"]),
            when + (f", {place}" if place and at_a_table else ""),
        )
    if place and not at_a_table:
        yield "Place", place
    if snapshot.until is not None:
        yield "Until", names.day(snapshot.until)
    if snapshot.planned is not None:
        yield "Next step", _planned(snapshot.planned)


def _substance(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    if snapshot.years:
        yield "Term", names.years(snapshot.years)
    if snapshot.signatories:
        signed = snapshot.status in (Status.SIGNED, Status.INITIALLED, Status.IN_FORCE)
        yield "Signed by" if signed else "People", _people(snapshot.signatories)
    if snapshot.subjects:
        topics = [names.words()["subjects"][subject.value] for subject in snapshot.subjects]
        yield "Subjects", names.capital(_DOT.join(topics))
    if snapshot.cost is not None:
        yield "Value", safe(names.money(snapshot.cost), 120)
    if snapshot.sites:
        yield "Sites", safe(names.listed([clean(site) for site in snapshot.sites], most=6), _FACT)


def quote(alert: Alert) -> Block | None:
    """Quote the sentence that the news rests on."""
    wanted = (alert.field, "status", "instrument", "")
    sentences = [item for item in alert.evidence if clean(item.sentence or item.quote)]
    if not sentences:
        return None

    def rank(item: Evidence) -> tuple[bool, bool, int]:
        # The title stands among the sources already: a sentence of the text tells more
        return not item.sentence, item.part == "title", wanted.index(item.field) if item.field in wanted else 9

    best = min(sentences, key=rank)
    return section(f">{safe(best.sentence or best.quote, _QUOTE)}")


def sources(alert: Alert) -> Block | None:
    """Count the independent sources and link the newest of them."""
    snapshot = alert.snapshot
    if snapshot is None or not snapshot.sources:
        return told_by(alert)
    count = snapshot.independent_sources
    head = f"*{count} independent source{'' if count == 1 else 's'}*"
    if snapshot.articles > 1:
        head += f" in {snapshot.articles} articles"
    if any(source.official for source in snapshot.sources):
        head += ", one of them official"
    ordered = sorted(snapshot.sources, key=lambda source: not (source.independent or source.official))
    lines = [_source(source) for source in ordered[:_SHOWN_SOURCES]]
    return context("\n".join([head, *lines]))


def told_by(alert: Alert) -> Block | None:
    """Link the article that told this, or the texts that drive a surge."""
    if alert.articles:
        lines = [f"• {_cited(article)}" for article in alert.articles[:_SHOWN_SOURCES]]
        return context("\n".join(["*The latest texts*", *lines]))
    return context(_cited(alert.article)) if alert.article is not None else None


def _cited(article: ArticleRef) -> str:
    title = clean(article.title) or clean(article.source) or "the article"
    publisher = f", {safe(article.source, _PUBLISHER)}" if clean(article.source) else ""
    return f"{link(article.url, title, _LINK)}{publisher}"


def life(alert: Alert) -> Block | None:
    """Draw the life cycle so far, the present stage last."""
    snapshot = alert.snapshot
    if snapshot is None or len(snapshot.stages) < 2:
        return None
    steps = []
    for step in snapshot.stages[-_SHOWN_STAGES:]:
        word = names.stage(step.status)
        steps.append(f"{word['mark']} {word['label']}{f' {names.day(step.date)}' if step.date else ''}")
    steps[-1] = f"*{steps[-1]}*"
    more = "… → " if len(snapshot.stages) > _SHOWN_STAGES else ""
    return context(f"Life so far: {more}{' → '.join(steps)}")


def caveats(alert: Alert) -> Block | None:
    """Say on what the sources disagree, and what else this may be."""
    snapshot = alert.snapshot
    if snapshot is None:
        return None
    items = []
    if snapshot.conflicts:
        items.append(
            f"Sources disagree on {safe(names.listed([headline.field(key) for key in snapshot.conflicts]), 200)}"
        )
    if snapshot.date_unknown:
        items.append("The first article bears no date")
    if snapshot.possibly_same_as:
        items.append(f"May be the same as {safe(names.listed(snapshot.possibly_same_as, most=3), 200)}")
    return context("⚠️ " + _DOT.join(items)) if items else None


def why(alert: Alert) -> Block:
    """Give the score, the reason in a sentence and the rules it rests on."""
    items = [f"Score {alert.score:.2f}"]
    if clean(alert.explanation):
        items.append(safe(names.capital(clean(alert.explanation).rstrip(".")), _FACT))
    rules = list(dict.fromkeys(clean(item.rule) for item in alert.evidence if clean(item.rule)))
    if rules:
        more = f" and {len(rules) - 4} more" if len(rules) > 4 else ""
        items.append(
            f"rule{'' if len(rules) == 1 else 's'} {', '.join(f'{code(rule, 60)}' for rule in rules[:4])}{more}"
        )
    return context(_DOT.join(items))


def moment(at: datetime) -> str:
    """Return a time that Slack shows in the reader's own zone, with a day in UTC for clients that cannot."""
    try:
        utc = at.astimezone(UTC)
    except OverflowError:  # the last hours of the year 9999, from an article that claims them
        return names.day(at.date())
    fallback = f"{names.day(utc.date())} {utc:%H:%M} UTC"
    seconds = int(utc.timestamp())
    if not 0 < seconds < 2**31:
        return fallback
    return f"<!date^{seconds}^{{date_short_pretty}}, {{time}}|{fallback}>"


def _source(source: SourceRef) -> str:
    publisher = safe(source.source, _PUBLISHER) if clean(source.source) else ""
    title = clean(source.title) or clean(source.source) or "article"
    official = " 🏛️" if source.official else ""
    shown = link(source.url, title, _LINK)
    return f"• {shown}{f', {publisher}' if publisher and clean(source.title) else ''}{official}, {moment(source.at)}"


def _people(people: Sequence[Signatory]) -> str:
    lines = []
    for person in people[:_SHOWN_PEOPLE]:
        flag = f" {names.party(person.country).flag}" if person.country else ""
        role = f", {safe(person.role, 100)}" if person.role and clean(person.role) else ""
        lines.append(f"{safe(person.name, 100)}{role}{flag}")
    if len(people) > _SHOWN_PEOPLE:
        lines.append(f"and {len(people) - _SHOWN_PEOPLE} more")
    return "\n".join(lines)


def _planned(planned: Planned) -> str:
    items = [names.stage(planned.status)["label"]]
    if planned.date:
        items.append(names.day(planned.date))
    if planned.place and clean(planned.place):
        items.append(safe(planned.place, 120))
    people = names.listed([clean(person.name) for person in planned.people], most=3)
    return ", ".join(items) + (f", by {safe(people, 200)}" if people else "")


def _bullets(head: str, items: Sequence[str]) -> str:
    shown = [f"• {item}" for item in items[:_SHOWN_NEWS]]
    if len(items) > _SHOWN_NEWS:
        shown.append(f"and {len(items) - _SHOWN_NEWS} more")
    return "\n".join([head, *shown])


def _mrkdwn(text: str) -> Block:
    # verbatim: Slack must make no links, channel names or mentions of its own out of what articles say
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str) -> Block:
    """Return a section of mrkdwn."""
    return {"type": "section", "text": _mrkdwn(text)}


def context(text: str) -> Block:
    """Return a context block of mrkdwn."""
    return {"type": "context", "elements": [_mrkdwn(text)]}
