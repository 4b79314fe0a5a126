"""Whatever a record says, tracking takes it: what cannot be is left out, and nothing breaks."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.models.agreement import Agreement
from monitor.models.alert import Alert
from monitor.models.article import ArticleRef
from monitor.models.record import Origin
from monitor.models.report import ArticleReports, Cost, EarlierStage, Planned, Report, Signatory, Tick
from monitor.models.vocabulary import Instrument, Kind, Status, Subject
from monitor.track import Dossiers

WORDS = st.text(max_size=30)
DAYS = st.none() | st.dates()
PEOPLE = st.lists(st.builds(Signatory, name=WORDS, role=st.none() | WORDS, country=st.none() | WORDS), max_size=3).map(
    tuple
)
MOMENTS = st.dates().map(lambda day: datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
STATUS = st.sampled_from(Status)

REPORTS = st.builds(
    Report,
    kind=st.sampled_from(Kind),
    parties=st.lists(st.sampled_from(["IND", "USA", "NATO", "", "ü"]), max_size=4).map(tuple),
    instrument=st.sampled_from(Instrument),
    subjects=st.lists(st.sampled_from(Subject), max_size=3).map(tuple),
    status=st.none() | STATUS,
    date=DAYS,
    place=st.none() | WORDS,
    years=st.none() | st.floats(),
    name=st.none() | WORDS | st.sampled_from(["VFA", "Visiting Forces Agreement"]),
    acronym=st.none() | WORDS,
    aliases=st.lists(WORDS, max_size=2).map(tuple),
    signatories=PEOPLE,
    sites=st.lists(WORDS, max_size=3).map(tuple),
    cost=st.none() | st.builds(Cost, amount=st.floats(), currency=WORDS),
    planned=st.none() | st.builds(Planned, status=STATUS, date=DAYS, place=st.none() | WORDS, people=PEOPLE),
    until=DAYS,
    earlier=st.lists(st.builds(EarlierStage, status=STATUS, date=DAYS), max_size=2).map(tuple),
    score=st.floats(0, 1),
)

RECORDS = st.builds(
    ArticleReports,
    article=st.builds(
        ArticleRef,
        id=st.sampled_from(["a", "b", "c", "d"]),
        title=WORDS,
        source=WORDS,
        url=st.none() | WORDS,
        published_at=st.none() | MOMENTS,
        ingested_at=MOMENTS,
    ),
    kind=st.none() | st.sampled_from(Kind),
    reports=st.lists(REPORTS, max_size=3).map(tuple),
    text_hash=st.text(max_size=16),
    fingerprint=st.lists(st.integers(0, 2**32 - 1), max_size=4).map(tuple),
    credits=st.lists(WORDS, max_size=2).map(tuple),
    origin=st.just(Origin(topic="articles", partition=0, offset=0, article_id="")),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(RECORDS, min_size=1, max_size=6), MOMENTS)
def test_no_record_breaks_tracking(records: list[ArticleReports], now: datetime) -> None:
    """Every record is decided on; what is published can be read; the state can be loaded again."""
    dossiers = Dossiers()
    everything: list[ArticleReports | Tick] = [*records, Tick(minute=now)]
    for record in everything:
        draft = dossiers.draft()
        decision = draft.apply(record, Origin(topic="reports", partition=0, offset=0, article_id=""))
        draft.commit()
        for made in decision.agreements:
            assert Agreement.decode(made.encode()).id == made.id
        for told in decision.alerts:
            assert Alert.decode(told.encode()).id == told.id
        if isinstance(record, ArticleReports) and not decision.repeat:
            hints = sum(one.kind is Kind.MENTION for one in record.reports) if record.kind is None else 0
            assert len(record.reports) - hints <= len(decision.assignments) <= len(record.reports)
            assert len(decision.alerts) + len(decision.silences) == len(record.reports)
    assert dict(Dossiers.load(dossiers.items()).items()) == dict(dossiers.items())
