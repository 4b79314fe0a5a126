"""How well stories were told: one alert per new fact and no more, and articles put together rightly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from monitor.models.report import ArticleReports
from monitor.track import Dossiers
from tests.track.oracle import Story

Key = tuple[Hashable, ...]


@dataclass(frozen=True)
class Figures:
    """Shares of one."""

    precision: float
    """Alerts that told something new."""
    stages: float
    """New agreements and moved stages that were told."""
    facts: float
    """Further facts that were told."""
    together: float
    """B-cubed F1 of the dossiers, over articles on an agreement."""


def run(records: list[ArticleReports]) -> tuple[list[str], dict[str, str | None]]:
    """Track records in their order; return the articles that alerted, and the dossier of each article's main report."""
    dossiers = Dossiers()
    alerted: list[str] = []
    held: dict[str, str | None] = {}
    for record in records:
        draft = dossiers.draft()
        decision = draft.apply(record, record.origin)
        draft.commit()
        alerted += [alert.article.id for alert in decision.alerts if alert.article]
        for item in decision.assignments:
            held.setdefault(item.article_id, item.agreement_id)
    return list(dict.fromkeys(alerted)), held


def figures(stories: list[Story], alerted: list[str], held: Mapping[str, str | None]) -> Figures:
    """Score alerts and dossiers against the gold labels.

    An alert is right on the first article with the new fact, or on a later one of the same agreement and stage when
    the first gave none.  Entering a stage again after another is news of its own.
    """
    order = {story.article.id: story.order for story in stories}
    gold = {story.article.id: story.gold for story in stories}
    wanted, stay = _wanted(stories)
    hit: set[Key] = set()
    for article_id in sorted(alerted, key=order.__getitem__):
        label = gold[article_id]
        keys: list[Key] = [("fact", article_id), (label["dossier"], label["status"], stay[article_id])]
        if label["class"] == "agreement":
            free = [key for key in keys if key in wanted and key not in hit and wanted[key] <= order[article_id]]
            hit.update(free[:1])
    stages = [key for key in wanted if key[0] != "fact"]
    facts = [key for key in wanted if key[0] == "fact"]
    return Figures(
        len(hit) / len(alerted) if alerted else 0.0,
        _share(stages, hit),
        _share(facts, hit),
        _together({name: label["dossier"] for name, label in gold.items() if label["class"] == "agreement"}, held),
    )


def _wanted(stories: list[Story]) -> tuple[dict[Key, int], dict[str, int]]:
    """Return what should be told, with the place of its first article; and each article's count of its stage."""
    wanted: dict[Key, int] = {}
    stays: Counter[tuple[str, str]] = Counter()
    latest: dict[str, str] = {}
    stay: dict[str, int] = {}
    for story in stories:
        dossier, status = story.gold["dossier"], story.gold["status"]
        if story.gold["alert"] in ("new", "stage"):
            stays[dossier, status] += latest.get(dossier) != status
            latest[dossier] = status
            wanted.setdefault((dossier, status, stays[dossier, status]), story.order)
        elif story.gold["alert"] == "fact":
            wanted["fact", story.article.id] = story.order
        stay[story.article.id] = stays[dossier, status]
    return wanted, stay


def _share(keys: list[Key], hit: set[Key]) -> float:
    return sum(key in hit for key in keys) / len(keys) if keys else 1.0


def _together(gold: Mapping[str, str], held: Mapping[str, str | None]) -> float:
    mine = {name: held.get(name) or name for name in gold}
    precision = recall = 0.0
    for name in gold:
        ours = [other for other in gold if mine[other] == mine[name]]
        theirs = [other for other in gold if gold[other] == gold[name]]
        both = sum(gold[other] == gold[name] for other in ours)
        precision += both / len(ours) / len(gold)
        recall += both / len(theirs) / len(gold)
    return 2 * precision * recall / (precision + recall)
