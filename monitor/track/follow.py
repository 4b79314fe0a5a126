"""Follow agreements through articles: whose report it is, what it changes, and whether there is something to tell."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from monitor.alerts.decide import Verdict, decide
from monitor.models.agreement import Agreement
from monitor.models.alert import Alert, alert_id
from monitor.models.article import article_hash
from monitor.models.record import Origin, Replay
from monitor.models.report import ArticleReports, Report
from monitor.models.vocabulary import Kind, Reason, ReplayMode, Status
from monitor.track.changes import changes
from monitor.track.decision import Assignment, Decision, agreement_id
from monitor.track.dossier import Dossier
from monitor.track.entry import Entry, entry_of
from monitor.track.identity import MENTION, POSSIBLY, SAME_AGREEMENT, SAME_PARTIES, UNDATED, Match, match
from monitor.track.merge import merge_if_one
from monitor.track.promote import NEWS, brings_news, is_of, may_bring_news
from monitor.track.publish import agreement, redirect, snapshot
from monitor.track.renew import last_of, renewed
from monitor.track.seen import Seen

if TYPE_CHECKING:
    from monitor.track.state import Draft

HELD = 5.0
"""What speaks for the dossier that holds the article already."""

PRESUPPOSE = frozenset(
    {"ratified", "in_force", "amended", "renewed", "stalled", "suspended", "withdrawn", "terminated", "expired"}
)
"""Stages that only an agreement can enter that was there before."""

ONLY = 0.9
"""What speaks for the only agreement of the parties that is followed, when a report presupposes one."""

SIBLING = -1.0
"""What speaks against the dossier of another report of the same article."""

EVIDENCE = 8
"""Pieces of evidence an alert carries."""


@dataclass(slots=True)
class _Work:
    """One article on its way."""

    draft: Draft
    record: ArticleReports
    origin: Origin
    held: frozenset[str]
    """Dossiers that hold an earlier text of the article."""
    before: dict[str, Dossier]
    """Those dossiers, with that text."""
    siblings: set[str]
    alerts: list[Alert]
    renewed: list[Alert]
    silences: list[str]
    assignments: list[Assignment]
    changed: dict[str, None]

    @property
    def quiet(self) -> bool:
        """Whether the record comes from a warm-up: learn, tell no one."""
        return self.record.replay is not None and self.record.replay.mode is ReplayMode.WARM_UP


def apply(draft: Draft, record: ArticleReports, origin: Origin) -> Decision:
    """Take an article: new, a revision of one that is known, or a repeat."""
    known = draft.seen(record.article.id)
    now = Seen(
        _number(record.text_hash), int(record.article.ingested_at.timestamp() * 1000), max(record.origin.offset, 0)
    )
    if known is not None and (known.text_hash == now.text_hash or not known.is_before(now)):
        held = [(kind, _live(draft, dossier_id)) for kind, dossier_id in known.held]
        return Decision(
            assignments=tuple(Assignment(record.article.id, Kind(kind), dossier_id) for kind, dossier_id in held),
            silences=("a repeat: the article is known with this text, or a later one",),
            repeat=True,
        )
    work = _Work(draft, record, origin, frozenset(), {}, set(), [], [], [], [], {})
    if known is not None:
        _take_back(work, known)
    ordinals: dict[tuple[str, ...], int] = {}
    for ordinal, report in enumerate(record.reports):
        parties = tuple(sorted(set(report.parties)))
        ordinals[parties] = ordinals.get(parties, -1) + 1
        _follow(work, report, ordinal, ordinals[parties])
    held_now = tuple((item.kind.value, item.agreement_id) for item in work.assignments)
    draft.put_seen(record.article.id, replace(now, held=held_now))
    return Decision(
        alerts=tuple(work.alerts),
        renewed=tuple(work.renewed),
        agreements=tuple(_publish(draft, work.changed, origin, record.replay)),
        assignments=tuple(work.assignments),
        silences=tuple(work.silences),
    )


def _number(text_hash: str) -> int:
    try:
        return int(text_hash, 16) & 0xFFFF_FFFF_FFFF_FFFF
    except ValueError:
        return article_hash(text_hash)  # a foreign classifier may hash texts in its own way


def _live(draft: Draft, dossier_id: str | None) -> str | None:
    dossier = draft.get(dossier_id) if dossier_id else None
    return dossier.id if dossier else dossier_id


def _take_back(work: _Work, known: Seen) -> None:
    """Take back what an earlier text of the article said; what was known then stays known to `decide`."""
    for _, dossier_id in known.held:
        dossier = work.draft.get(dossier_id) if dossier_id else None
        if dossier is not None and dossier.id not in work.before:
            work.before[dossier.id] = dossier
            work.draft.put(dossier.without_article(work.record.article.id))
            work.changed[dossier.id] = None
    work.held = frozenset(work.before)


def _follow(work: _Work, report: Report, ordinal: int, among_parties: int) -> None:
    """Take one report of the article."""
    article_id = work.record.article.id
    if report.kind is Kind.SALE:
        work.assignments.append(Assignment(article_id, report.kind, None))
        work.silences.append("a sale: no agreement to follow")
        return
    entry = entry_of(work.record, report, ordinal)
    matches = _matches(work, entry)
    best = matches[0] if matches else None
    hint = work.record.kind is None and report.kind is Kind.MENTION
    if best is not None and (is_of(matches) if hint else best.score >= _needed(entry)):
        dossier = work.draft.get(best.id) or work.before[best.id]
        entry.identity = best.explain()
        if not entry.is_agreement and may_bring_news(report, entry, matches):
            _promote(work, entry, dossier)
        _attach(work, report, entry, dossier)
    elif report.kind is Kind.MENTION:
        if not hint:
            work.assignments.append(Assignment(article_id, report.kind, None))
        work.silences.append(f"a {'hint at' if hint else 'mention of'} no agreement that is followed")
        return
    else:
        _found(work, report, entry, matches, among_parties)


def _needed(entry: Entry) -> float:
    """Return the score from which a report is taken for a known agreement."""
    if not entry.is_agreement:
        return MENTION
    return UNDATED if entry.undated else SAME_AGREEMENT


def _matches(work: _Work, entry: Entry) -> list[Match]:
    """Return how well the report fits each dossier it could be about, the best first."""
    cards = {card.id: card for card in work.draft.candidates(entry)}
    for dossier_id, dossier in work.before.items():
        cards[dossier_id] = dossier.card
    found = []
    for card in cards.values():
        fit = match(entry, card)
        if fit is None:
            continue
        if card.id in work.held:
            fit = _weigh(fit, "holds an earlier text", HELD)
        elif card.id in work.siblings and entry.is_agreement:
            fit = _weigh(fit, "another report of the article", SIBLING)
        found.append((fit, card.last))
    if len(found) == 1 and entry.status in PRESUPPOSE and set(found[0][0].reasons) & {SAME_PARTIES}:
        found = [(_weigh(found[0][0], "the only one of these parties", ONLY), found[0][1])]
    found.sort(key=lambda pair: (-pair[0].score, -pair[1], pair[0].id))
    return [fit for fit, _ in found]


def _weigh(fit: Match, text: str, weight: float) -> Match:
    return Match(fit.id, round(fit.score + weight, 3), (*fit.reasons, (text, weight)))


def _promote(work: _Work, entry: Entry, dossier: Dossier) -> None:
    """Take a mention for news if, as news, it would be told on firm ground."""
    entry.kind = Kind.AGREEMENT.value
    known = work.before.get(dossier.id, dossier)
    verdict = decide(known.view, entry, dossier.with_entry(entry).view, dossier.told) if known.entries else None
    if verdict is None or not brings_news(entry, verdict):
        entry.kind = Kind.MENTION.value


def _attach(work: _Work, report: Report, entry: Entry, dossier: Dossier) -> None:
    known = work.before.get(dossier.id, dossier)
    after = dossier.with_entry(entry)
    before = known.view if known.entries else None
    if before is None and dossier.told.stages:
        verdict = Verdict(None, "told before its articles took it back")
    else:
        verdict = decide(before, entry, after.view, dossier.told)
    entry.changed = changes(known.view, after.view) if known.entries else ()
    kept = _settle(work, report, entry, after, verdict)
    merged = merge_if_one(work.draft, kept, entry) if entry.is_agreement else None
    if merged is not None:
        for dossier_id in merged:
            work.changed[dossier_id] = None
        last = work.assignments.pop()
        work.assignments.append(replace(last, agreement_id=merged[0]))


def _found(work: _Work, report: Report, entry: Entry, matches: list[Match], among_parties: int) -> None:
    """Open a dossier."""
    dossier_id = agreement_id(entry.article_id, entry.parties, among_parties)
    old = work.draft.get(dossier_id)
    while old is not None and (old.id != dossier_id or old.entries):
        among_parties += 1000  # the id is taken: a person has split what the article said before
        dossier_id = agreement_id(entry.article_id, entry.parties, among_parties)
        old = work.draft.get(dossier_id)
    possibly = tuple(fit.id for fit in matches if fit.score >= POSSIBLY)[:4]
    nearest = f"nearest: {matches[0].explain()}" if matches else "no dossier shares its parties or name"
    entry.identity = f"founded this dossier; {nearest}"
    dossier = replace(old or Dossier(dossier_id, founded=entry.at), possibly=possibly).with_entry(entry)
    verdict = decide(None, entry, dossier.view, dossier.told)
    if old is not None and old.told.stages:
        verdict = Verdict(None, "told before its articles took it back")
    _settle(work, report, entry, dossier, verdict)
    for other_id in possibly:
        other = work.draft.get(other_id)
        if other is not None and dossier_id not in other.possibly:
            work.draft.put(_marked(other, dossier_id))
            work.changed[other.id] = None


def _marked(dossier: Dossier, other_id: str) -> Dossier:
    return replace(dossier, possibly=(*dossier.possibly, other_id)[-4:])


def _settle(work: _Work, report: Report, entry: Entry, after: Dossier, verdict: Verdict) -> Dossier:
    """Write down what was decided, and make the alert if there is one."""
    told = after.told
    if (
        verdict.reason is not None
        and after.id in work.siblings
        and any(a.agreement_id == after.id for a in work.alerts)
    ):
        verdict = replace(verdict, reason=None, why="told with the article's first report of it")
    if verdict.reason is not None:
        told = told.with_view(after.view, verdict.news)
    elif verdict.same_news and after.view.current:
        told = told.with_stage(after.view.current)
    why, reason, told_as = verdict.why, verdict.reason, None
    if reason is not None and work.quiet:
        why, reason = f"warm-up, counts as told: {why}", None
    if reason is not None:
        told_as = alert_id(after.id, reason, verdict.field, verdict.value, verdict.episode)
    entry.reason, entry.alert_id, entry.why = (reason.value if reason else None), told_as, why
    dossier = after.with_told(told)
    if reason is not None and told_as is not None:
        alert = _alert(work, report, dossier, verdict, reason, told_as)
        work.alerts.append(alert)
        dossier = dossier.with_told(replace(told, last=last_of(alert)))
    else:
        work.silences.append(why)
        again = None if work.quiet else renewed(dossier, entry.changed, origin=work.origin, replay=work.record.replay)
        if again is not None:
            dossier, alert = again
            work.renewed.append(alert)
    work.draft.put(dossier)
    work.changed[dossier.id] = None
    work.siblings.add(dossier.id)
    work.assignments.append(Assignment(entry.article_id, Kind(entry.kind), dossier.id))
    return dossier


def _alert(work: _Work, report: Report, dossier: Dossier, verdict: Verdict, reason: Reason, told_as: str) -> Alert:
    shown = {*verdict.fields, *(("date", "status") if "status" in verdict.fields else ())}
    evidence = [piece for piece in report.evidence if piece.field in shown] or list(report.evidence)
    status = dossier.view.status
    article = work.record.article
    return Alert(
        id=told_as,
        reason=reason,
        agreement_id=dossier.id,
        field=verdict.field,
        value=verdict.value,
        previous=verdict.previous,
        episode=verdict.episode,
        status=Status(status) if status else None,
        parties=dossier.view.parties,
        at=article.sort_time,
        article=article,
        explanation=verdict.why,
        facts=verdict.facts,
        score=max(report.score, NEWS),
        evidence=tuple(evidence[:EVIDENCE]),
        snapshot=snapshot(dossier),
        origin=work.origin,
        replay=work.record.replay,
    )


def _publish(draft: Draft, changed: dict[str, None], origin: Origin, replay: Replay | None) -> list[Agreement]:
    """Return the records of changed dossiers; a redirect comes after the dossier it points to."""
    live, merged = [], []
    for dossier_id in changed:
        dossier = draft.get(dossier_id)
        if dossier is None:
            continue
        if dossier.id == dossier_id:
            live.append(agreement(dossier, origin=origin, replay=replay))
        else:
            merged.append(redirect(dossier_id, dossier.id, origin=origin, replay=replay))
    return [*live, *merged]
