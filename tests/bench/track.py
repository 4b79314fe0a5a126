"""Speed and memory of tracking: 100,000 dossiers, ten reports each on average, and one dossier with 5,000.

python tests/bench/track.py [DOSSIERS]
"""

from __future__ import annotations

import gc
import random
import resource
import struct
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from agents.track import spare_the_collector
from monitor.models.article import ArticleRef
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, Evidence, Report, Signatory
from monitor.models.vocabulary import Instrument, Kind, Status, Subject
from monitor.track import Dossiers

REPORTS_PER_DOSSIER = 10
BATCH = 500
SPEED, MEMORY = 2_000, 6_000
"""Reports a second, and bytes a dossier, that have to be held."""

STAGES = [Status.NEGOTIATING, Status.AGREED, Status.SIGNED, Status.SIGNED, Status.RATIFIED, Status.IN_FORCE]
COUNTRIES = [f"{a}{b}{c}" for a in "ABCDE" for b in "FGHIJ" for c in "KLMNOPQR"]
WORDS = ["northern", "southern", "eastern", "western", "harbour", "river", "mountain", "island", "castle", "bridge"]
START = datetime(2000, 1, 1, tzinfo=UTC)


class Agreements:
    """Made-up agreements: few countries make most of them, as in life."""

    def __init__(self, count: int, seed: int) -> None:
        self.chance = random.Random(seed)
        weights = [1 / (rank + 3) for rank in range(len(COUNTRIES))]
        self.made = []
        for number in range(count):
            one, two = self.chance.choices(COUNTRIES, weights, k=2)
            two = two if two != one else "ZZZ"
            name = f"{' '.join(self.chance.sample(WORDS, 3)).title()} {number % 977} Agreement"
            subjects = tuple(self.chance.sample(list(Subject), 2))
            begin = START + timedelta(hours=self.chance.randrange(24 * 365 * 25))
            self.made.append((tuple(sorted((one, two))), name, subjects, begin))

    def record(self, number: int, nth: int) -> ArticleReports:
        """Return the nth article on an agreement."""
        parties, name, subjects, begin = self.made[number]
        status = STAGES[min(nth * len(STAGES) // REPORTS_PER_DOSSIER, len(STAGES) - 1)]
        published = begin + timedelta(days=nth * 9, minutes=nth)
        sentence = f"{parties[0]} and {parties[1]} have taken a step on the {name}, officials said on that day."
        report = Report(
            kind=Kind.AGREEMENT,
            parties=parties,
            instrument=Instrument.AGREEMENT,
            subjects=subjects,
            status=status,
            date=published.date() if nth % 2 else None,
            place="Capital City" if status is Status.SIGNED else None,
            years=10.0 if nth > 4 else None,
            name=name if nth % 3 != 1 else None,
            signatories=(Signatory(name="Anna Example", role="Defence Minister", country=parties[0]),),
            score=0.9,
            evidence=tuple(
                Evidence(field=field, rule="rule", part="text", start=0, end=40, quote=sentence[:40], sentence=sentence)
                for field in ("status", "parties", "name")
            ),
        )
        article_id = f"{number:x}-{nth}-{self.chance.getrandbits(32):x}"
        return ArticleReports(
            article=ArticleRef(
                id=article_id,
                title=f"A step on the {name}",
                url=f"https://news.example/{article_id}",
                source=f"Paper {nth}",
                published_at=published,
                ingested_at=published,
            ),
            kind=Kind.AGREEMENT,
            reports=(report,),
            text_hash=f"{self.chance.getrandbits(64):016x}",
            fingerprint=tuple(self.chance.getrandbits(32) for _ in range(64)),
            origin=Origin(topic="articles", partition=0, offset=number * 100 + nth, article_id=article_id),
        )


def interleaved(agreements: Agreements, count: int) -> Iterator[ArticleReports]:
    """Yield every report of all agreements in order of time."""
    for at in order(agreements, count):
        yield agreements.record(at // REPORTS_PER_DOSSIER, at % REPORTS_PER_DOSSIER)


def order(agreements: Agreements, count: int) -> array[int]:
    """Return which report comes when, as numbers of four bytes: the bench's own memory is not to be measured."""
    begins = [made[3] for made in agreements.made]
    reports = range(count * REPORTS_PER_DOSSIER)
    step = timedelta(days=9)
    return array(
        "I", sorted(reports, key=lambda at: begins[at // REPORTS_PER_DOSSIER] + step * (at % REPORTS_PER_DOSSIER))
    )


def run(dossiers: Dossiers, records: Iterator[ArticleReports], table: dict[str, bytes]) -> tuple[int, float, int]:
    """Track records in batches, as the worker does; return how many, the processor seconds spent, and the alerts."""
    done, spent, alerts = 0, 0.0, 0
    while batch := [record for _, record in zip(range(BATCH), records, strict=False)]:
        begin = time.process_time()
        draft = dossiers.draft()
        for record in batch:
            decision = draft.apply(record, record.origin)
            alerts += len(decision.alerts)
            for agreement in decision.agreements:
                agreement.encode()
        table.update({key: value for key, value in draft.writes.items() if value is not None})
        draft.commit()
        spent += time.process_time() - begin
        done += len(batch)
    return done, spent, alerts


def resident() -> int:
    """Return the bytes this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def held_when_loaded(table: dict[str, bytes]) -> tuple[float, float, float]:
    """Load table and state in a process of its own; return bytes a dossier, bytes of values, and seconds."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table"
        with file.open("wb") as out:
            for key, value in table.items():
                out.write(HEAD.pack(len(key), len(value)) + key.encode() + value)
        command = [sys.executable, __file__, "--load", str(file)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    held, written, seconds = map(float, answer.split())
    return held, written, seconds


HEAD = struct.Struct(">II")
"""Lengths of a key and a value in the file."""


def load(file: Path) -> None:
    """Print what `held_when_loaded` returns: all that a worker has in memory for it, the table of Faust too."""
    gc.collect()
    before = resident()
    table: dict[str, bytes] = {}
    with file.open("rb") as stored:
        while head := stored.read(HEAD.size):
            key, value = (stored.read(length) for length in HEAD.unpack(head))
            table[key.decode()] = value
    begin = time.process_time()
    dossiers = Dossiers.over(table)
    seconds = time.process_time() - begin
    gc.collect()
    written = sum(map(len, table.values()))
    print((resident() - before) / len(dossiers), written / len(dossiers), seconds)


def main(count: int) -> int:
    """Measure; return 1 when a limit is not held."""
    agreements = Agreements(count, 1)
    table: dict[str, bytes] = {}
    dossiers = Dossiers.over(table)
    spare_the_collector()
    done, spent, alerts = run(dossiers, interleaved(agreements, count), table)
    speed = done / spent
    print(f"reports     {done:,} in {spent:.1f} s: {speed:,.0f}/s  ({alerts:,} alerts, {len(dossiers):,} dossiers)")
    held, written, seconds = held_when_loaded(table)
    print(f"memory      {held:,.0f} bytes a dossier with its articles and the table ({written:,.0f} of values)")
    print(f"start       {len(dossiers):,} dossiers loaded in {seconds:.1f} s")

    big = Agreements(1, 2)
    one_table: dict[str, bytes] = {}
    one = Dossiers.over(one_table)
    done, spent, _ = run(one, (big.record(0, nth) for nth in range(5_000)), one_table)
    largest = max(len(value) for key, value in one_table.items() if key.startswith("d/"))
    print(f"one dossier {done:,} reports: {done / spent:,.0f}/s, {largest:,} bytes in the table ({len(one)} dossier)")
    ok = speed >= SPEED and held <= MEMORY and largest <= 64_000
    print(
        "limits held" if ok else f"NOT HELD: {SPEED:,} reports/s, {MEMORY:,} bytes a dossier, 64,000 bytes the largest"
    )
    return 0 if ok else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        load(Path(sys.argv[2]))
    else:
        raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
