"""How good the classifier is: `python -m monitor.classify.quality [LABELLED.jsonl...]`.

For every labelled set: precision and recall of `agreement`, each field, all with 95% Wilson intervals; errors by kind;
and a reliability table, which says what share of the alerts with a given score is right. Without arguments the sets of
the project and of a folder `shared/corpus` beside it are looked for.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.classify.classifier import Classifier
from monitor.classify.output import as_table
from monitor.classify.result import Classification
from monitor.figure import Figure
from monitor.models.article import Article
from monitor.models.vocabulary import Kind

ROOT = Path(__file__).resolve().parents[2]
CLASSES = ("agreement", "sale", "mention", "near", "none")
BINS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Upper ends of the reliability table's rows, from 0.4."""
_SHOWN = 12

Event = Mapping[str, Any]


@dataclass
class Quality:
    """The figures of one set."""

    name: str
    precision: Figure = field(default_factory=Figure)
    recall: Figure = field(default_factory=Figure)
    alarms: dict[str, Figure] = field(default_factory=lambda: {name: Figure() for name in CLASSES})
    """By class: how many were taken for an agreement."""
    fields: dict[str, Figure] = field(default_factory=lambda: defaultdict(Figure))
    reliability: dict[float, Figure] = field(default_factory=lambda: {end: Figure() for end in BINS})
    errors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """By kind: what was wrong, with the article's id."""


def labelled(path: Path) -> list[tuple[Article, Mapping[str, Any]]]:
    """Return the articles of a set with their labels: class, confidence, events."""
    rows: list[tuple[Article, Mapping[str, Any]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        row = json.loads(line)
        label = row.get("label")
        if label is None:
            gold = row["gold"]
            events = [{**gold["facts"], "status": gold["status"]}] if gold.get("facts") else []
            label = {"class": gold["class"], "confidence": "high", "events": events}
        rows.append((Article.model_validate_json(line), label))
    return rows


def measure(classifier: Classifier, path: Path) -> Quality:
    """Classify a labelled set and compare."""
    quality = Quality(path.stem)
    now = datetime.now(UTC)
    for article, label in labelled(path):
        answer = classifier.classify(article, arrived=now)
        _compare(quality, article, label, answer)
    return quality


def _compare(quality: Quality, article: Article, label: Mapping[str, Any], answer: Classification) -> None:
    hit, wanted = answer.kind is Kind.AGREEMENT, label["class"] == "agreement"
    if label.get("confidence") != "low":
        quality.alarms[label["class"]].add(right=hit)
        if wanted:
            quality.recall.add(right=hit)
        if hit:
            quality.precision.add(right=wanted)
            quality.reliability[next(end for end in BINS if answer.score <= end)].add(right=wanted)
        if hit and not wanted:
            quality.errors[f"alarm on {label['class']}"].append(f"{article.id} {article.title}")
        if wanted and not hit:
            quality.errors["missed"].append(f"{article.id} {article.title}")
    if hit and wanted:
        reports = [as_table(report) for report in answer.reports]
        for event in label["events"]:
            _compare_fields(quality, article.id, event, _nearest(event, reports))


def _nearest(event: Event, reports: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    def likeness(report: Mapping[str, Any]) -> tuple[int, bool]:
        return len(set(report["parties"]) & set(event["parties"])), report["status"] == event["status"]

    return max(reports, key=likeness)


def _compare_fields(quality: Quality, article_id: str, event: Event, report: Mapping[str, Any]) -> None:
    for name, (applies, same) in _TESTS.items():
        if not applies(event.get(name)):
            continue
        right = same(event[name], report.get(name))
        quality.fields[name].add(right=right)
        if not right:
            quality.errors[name].append(f"{article_id} {_plain(event[name])} was {_plain(report.get(name))}")
    found = {_surname(person["name"]): person["country"] for person in report["signatories"]}
    for person in event.get("signatories") or ():
        there = _surname(person["name"]) in found
        quality.fields["signatory found"].add(right=there)
        if there and person.get("country"):
            right = found[_surname(person["name"])] == person["country"]
            quality.fields["signatory country"].add(right=right)
            if not right:
                quality.errors["signatory country"].append(f"{article_id} {person['name']}")
        elif not there:
            quality.errors["signatory found"].append(f"{article_id} {person['name']}")


def _surname(name: str) -> str:
    return name.lower().split()[-1].strip(".,") if name.split() else ""


def _contains(gold: Any, given: Any) -> bool:
    return bool(given) and (given.lower() in gold.lower() or gold.lower() in given.lower())


def _plain(value: Any) -> str:
    return "+".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


_Test = tuple[Callable[[Any], bool], Callable[[Any, Any], bool]]
_TESTS: dict[str, _Test] = {
    "parties": (lambda gold: gold is not None, lambda gold, given: sorted(gold) == sorted(given or ())),
    "status": (bool, lambda gold, given: gold == given),
    "instrument": (lambda gold: gold not in (None, "unknown"), lambda gold, given: gold == given),
    "subjects": (bool, lambda gold, given: bool(set(gold) & set(given or ()))),
    "years": (bool, lambda gold, given: gold == given),
    "date": (bool, lambda gold, given: gold == given),
    "place": (bool, _contains),
    "name": (bool, _contains),
}
"""For each field: when a label has it, and when an answer is right."""


HELD_OUT = "heldout"
"""The folder of sets that no rule and no weight was made with."""


def find_sets(root: Path = ROOT) -> list[Path]:
    """Return the labelled sets there are: the project's own, those held out, and those of a folder beside it."""
    own = sorted((root / "tests" / "corpus").rglob("*.jsonl"))
    given = [root.parent / "shared" / "corpus" / name for name in ("dev.jsonl", "stories-dev.jsonl")]
    return own + [path for path in given if path.exists()]


def draw(quality: Quality, *, errors: int = _SHOWN) -> str:
    """Return the figures as text."""
    lines = [f"== {quality.name}", f"precision          {quality.precision}", f"recall             {quality.recall}"]
    alarms = "  ".join(f"{name} {figure.right}/{figure.total}" for name, figure in quality.alarms.items())
    lines.append(f"alarms by class    {alarms}")
    lines += [f"{name:18s} {figure}" for name, figure in quality.fields.items()]
    lines.append("score -> share right")
    low = 0.0
    for end, figure in quality.reliability.items():
        if figure.total:
            lines.append(f"  {low:.2f} to {end:.2f}     {figure}")
        low = end
    counts = Counter({kind: len(found) for kind, found in quality.errors.items()})
    for kind, count in counts.most_common():
        lines.append(f"errors, {kind}: {count}")
        lines += [f"    {error[:140]}" for error in quality.errors[kind][:errors]]
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    """Print the figures of the sets named, or of all there are."""
    classifier = Classifier.load()
    for path in [Path(name) for name in arguments] or find_sets():
        # Whoever writes rules must not see what a held-out set got wrong: its figures alone are shown.
        shown = 0 if path.parent.name == HELD_OUT else _SHOWN
        sys.stdout.write(draw(measure(classifier, path), errors=shown) + "\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
