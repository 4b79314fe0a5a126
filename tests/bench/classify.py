"""How fast the classifier is on one core: `python -m tests.bench.classify`.

Two figures: articles a second of a mix in which one in two hundred is relevant, through gate, decoding and the rest;
and relevant articles a second. Articles are JSON of about 2.5 kB.
"""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime
from pathlib import Path

from monitor.classify import Classifier
from monitor.models.article import Article

CORPUS = Path(__file__).parents[1] / "corpus" / "articles.jsonl"
SIZE = 2_500
SHARE = 200
"""One article in so many is relevant."""
COUNT = 20_000
NEWS = (
    "The city council has put off a decision on the new tram line until after the summer.",
    "Prices of wheat and butter rose for the third month, the statistical office said on Tuesday.",
    "The striker scored twice before half-time and left the pitch to applause.",
    "Heavy rain closed two mountain roads, and villagers were asked to boil their water.",
    "Shares of the carmaker fell after it recalled forty thousand vans with faulty brakes.",
    "The minister of education promised more teachers for rural schools by next year.",
    "A court in the capital heard the appeal of the banker, who denies the charges.",
    "The museum has bought a landscape that had hung unnoticed in a dentist's office.",
    "Doctors warned that the wave of influenza has not yet reached its height.",
    "The party leader ruled out a coalition and spoke of a fair deal for pensioners.",
)


def record(number: int, title: str, text: str) -> bytes:
    return json.dumps(
        {"id": f"b{number}", "title": title, "text": text, "published_at": "2025-03-05T09:00:00Z"}
    ).encode()


def background(number: int, dice: random.Random) -> bytes:
    text = " ".join(dice.choice(NEWS) for _ in range(SIZE // 85))
    return record(number, dice.choice(NEWS)[:60], text[:SIZE])


def relevant(dice: random.Random) -> list[bytes]:
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    made = []
    for number, row in enumerate(row for row in rows if row["label"]["class"] == "agreement"):
        text = row["text"]
        while len(text) < SIZE - 200:
            text += "\n" + dice.choice(NEWS)
        made.append(record(number, row["title"], text[:SIZE]))
    return made


def run(classifier: Classifier, records: list[bytes]) -> tuple[float, int]:
    """Return seconds of processor time for all records, and how many passed the gate."""
    now = datetime.now(UTC)
    passed = 0
    start = time.process_time()
    for raw in records:
        if classifier.gate(raw):
            passed += 1
            classifier.classify(Article.decode(raw), arrived=now)
    return time.process_time() - start, passed


def main() -> None:
    dice = random.Random(1)
    classifier = Classifier.load()
    hits = relevant(dice)
    mix = [hits[n // SHARE % len(hits)] if n % SHARE == 0 else background(n, dice) for n in range(COUNT)]
    run(classifier, hits)
    for name, records in (("mix", mix), ("relevant", hits * 5)):
        spent, passed = min(run(classifier, records) for _ in range(3))
        size = sum(map(len, records)) / len(records)
        speed = f"{name:9s} {len(records) / spent:10,.0f} articles/s"
        print(f"{speed}   {passed} of {len(records)} read, {size:,.0f} bytes each")


if __name__ == "__main__":
    main()
