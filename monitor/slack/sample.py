"""A sample alert, for `pactwatch slack test`: true news of 2018, marked as a test."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

from monitor.models.agreement import Snapshot, Stage
from monitor.models.alert import Alert
from monitor.models.report import Evidence
from monitor.models.vocabulary import Instrument, Reason, Status, Subject


def sample() -> Alert:
    """Return the sample; each has an id of its own, so that it never counts as told already."""
    at = datetime(2018, 9, 6, 9, 5, tzinfo=UTC)
    sentence = "This is a test: India and the United States signed COMCASA in New Delhi."
    snapshot = Snapshot(
        agreement_id="sample",
        parties=("IND", "USA"),
        instrument=Instrument.AGREEMENT,
        subjects=(Subject.INFO_SECURITY,),
        status=Status.SIGNED,
        date=date(2018, 9, 6),
        place="New Delhi",
        years=10.0,
        name="Communications Compatibility and Security Agreement",
        acronym="COMCASA",
        stages=(Stage(status=Status.SIGNED, date=date(2018, 9, 6), reported_at=at),),
        confirmed=True,
        score=1.0,
        founded_at=at,
        updated_at=at,
    )
    return Alert(
        id=f"test-{uuid.uuid4().hex[:16]}",
        reason=Reason.NEW_AGREEMENT,
        agreement_id=snapshot.agreement_id,
        status=snapshot.status,
        parties=snapshot.parties,
        at=at,
        explanation="A test message from pactwatch slack test",
        score=1.0,
        evidence=(
            Evidence(
                field="status", rule="test", part="text", start=0, end=len(sentence), quote=sentence, sentence=sentence
            ),
        ),
        snapshot=snapshot,
    )
