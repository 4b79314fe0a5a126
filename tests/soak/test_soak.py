"""The trial itself, small: what every run of the tests proves of the promises in docs/guarantees.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.faults import Kind
from tests.soak.report import lines, text
from tests.soak.trial import Plan, Trial

pytestmark = pytest.mark.kafka

KINDS = (
    Kind.WORKER_KILL,
    Kind.WORKER_AT_STEP,
    Kind.WORKER_FREEZE,
    Kind.DELIVERER_KILL,
    Kind.BROKER_KILL,
    Kind.POISON,
    Kind.SLACK_OUTAGE,
    Kind.RULES,
)
"""Those of which each has a promise of its own; the long trial has the others besides."""


def test_everything_fails_once_and_nothing_is_lost(tmp_path: Path) -> None:
    """Three brokers, two workers, two deliverers, a fault of every kind: each article, count, dossier, alert is right.

    Every line of the report has to be what was wanted, and enough has to have gone through for that to mean something.
    """
    plan = Plan(seed=20, minutes=3.0, rate=200.0, every=2.0, workers=2, kinds=KINDS, most=len(KINDS))
    outcome = Trial(plan, tmp_path, lambda line: print(line, flush=True)).run()
    print(text(outcome))
    assert [line for line in lines(outcome) if not line.kept] == []
    assert {fault.kind for fault in outcome.faults} == set(KINDS)
    assert outcome.findings.seen["alerts"] > 50
    assert outcome.findings.seen["dead letters"] > 50
