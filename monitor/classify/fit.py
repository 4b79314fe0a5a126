"""Fitting the weights of the score: `python -m monitor.classify.fit LABELLED.jsonl... > weights.toml`.

A logistic regression over the features of `scoring`, with a penalty on weights far from what is known beforehand and
the signs that make sense: a weight that would take the wrong sign is left at nought. Deterministic: plain gradient
steps from the weights in use.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from monitor.classify.classifier import Classifier
from monitor.classify.files import FIRST
from monitor.models.article import Article

PENALTY = 0.001
BACKGROUND = 0.4
"""Weight of an article without a label: many, all much alike, and not looked at one by one."""
STEPS = 1_200
RATE = 0.5

NEGATIVE = frozenset(
    {
        "noun_other",
        "article_other",
        "arms",
        "background",
        "tentative",
        "unreal",
        "question",
        "no_defence",
        "no_event",
        "late",
        "contract",
        "foreign",
        "goods",
        "others",
        "strife",
        "main_other",
        "sale_contract",
    }
)
"""Features that speak against; all others, save the bias, speak for."""


PRIOR = {
    "article_defence": 1.5,
    "background": -1.0,
    "contract": -1.5,
    "defence_event": 2.0,
    "foreign": -2.0,
    "no_defence": -2.0,
    "noun_other": -1.5,
    "party_weight": 1.0,
    "title_event": 1.0,
    "two_parties": 1.5,
}
"""What is known of news before any article is read: weights that few labelled articles bear on stay near these."""


@dataclass(frozen=True, slots=True)
class Example:
    """The features of an article's best candidate, and whether the article is news of an agreement."""

    features: dict[str, float]
    offset: float
    """What the cues add; they are set by hand."""
    positive: bool
    weight: float = 1.0


def read_examples(classifier: Classifier, files: Iterable[Path]) -> list[Example]:
    """Return an example for each article; those labelled with low confidence are left out.

    An article without a label is background: news that is known to hold no agreement.
    """
    examples: list[Example] = []
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            label = row.get("label") or row.get("gold") or {"class": "none"}
            weight = 1.0 if "label" in row or "gold" in row else BACKGROUND
            if label.get("confidence") == "low":
                continue
            found = classifier.best_features(Article.model_validate_json(line))
            if found is None:
                continue
            features, offset = found
            examples.append(Example(features, offset, label["class"] == "agreement", weight))
    return examples


def fit(examples: Sequence[Example], start: dict[str, float]) -> dict[str, float]:
    """Return the weights, by feature."""
    names = sorted({name for example in examples for name in example.features} | {"bias"})
    at = {name: number for number, name in enumerate(names)}
    weights = [start.get(name, 0.0) for name in names]
    rows = [[(at[name], value) for name, value in example.features.items() if value] for example in examples]
    total = sum(example.weight for example in examples)
    moments = [0.0] * len(names)
    for step in range(STEPS):
        gradient = [
            0.0 if name == "bias" else PENALTY * (weights[number] - PRIOR.get(name, 0.0))
            for number, name in enumerate(names)
        ]
        for row, example in zip(rows, examples, strict=True):
            value = example.offset + sum(weights[number] * feature for number, feature in row)
            error = (1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value)))) - example.positive) * example.weight / total
            for number, feature in row:
                gradient[number] += error * feature
        rate = RATE / (1.0 + step / STEPS)
        for number, name in enumerate(names):
            moments[number] = 0.9 * moments[number] + gradient[number]
            weights[number] -= rate * moments[number]
            if name != "bias":
                weights[number] = min(0.0, weights[number]) if name in NEGATIVE else max(0.0, weights[number])
    return dict(zip(names, weights, strict=True))


def main(files: Sequence[str]) -> None:
    """Print the weights as the data file that holds them."""
    classifier = Classifier.load()
    examples = read_examples(classifier, map(Path, files))
    weights = fit(examples, dict(classifier.books[FIRST].weights))
    sys.stdout.write(
        "# Weights of the score: a logistic regression over the features of monitor/classify/scoring.py.\n"
        "# Made by `python -m monitor.classify.fit` from labelled articles; not to be edited by hand.\n\n[weights]\n"
    )
    for name, value in sorted(weights.items()):
        sys.stdout.write(f"{name} = {value:.3f}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
