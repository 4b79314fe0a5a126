"""The command: ``python -m tests.soak --minutes 3 --seed 7``; exit code 1 when a promise was broken."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.soak.faults import Kind
from tests.soak.report import as_json, kept, text
from tests.soak.trial import Plan, Trial


def main() -> int:
    """Run one trial and print its report."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0, help="for how long things go wrong")
    parser.add_argument("--seed", type=int, default=None, help="of faults and articles; else drawn and printed")
    parser.add_argument("--rate", type=float, default=500.0, help="articles a second")
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two faults, on average")
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--partitions", type=int, default=4)
    parser.add_argument(
        "--only", type=Kind, nargs="+", default=list(Kind), metavar="KIND", help=f"of {', '.join(Kind)}"
    )
    parser.add_argument("--json", type=Path, default=None, help="where to write the report for programs")
    parser.add_argument("--folder", type=Path, default=None, help="keep logs and data of everything there")
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if asked.seed is None else asked.seed
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"seed {seed}, logs in {folder}", flush=True)
    plan = Plan(
        seed,
        asked.minutes,
        asked.rate,
        asked.every,
        workers=asked.workers,
        partitions=asked.partitions,
        kinds=tuple(asked.only),
    )
    outcome = Trial(plan, folder, lambda line: print(line, flush=True)).run()
    print(text(outcome))
    if asked.json is not None:
        asked.json.write_text(as_json(outcome), encoding="utf-8")
    if kept(outcome) and asked.folder is None:
        shutil.rmtree(folder)
    return 0 if kept(outcome) else 1


if __name__ == "__main__":
    sys.exit(main())
