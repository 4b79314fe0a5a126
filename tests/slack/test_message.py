"""What a reader sees, and that no text of an article can break or bend it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.models.agreement import Snapshot, SourceRef, Stage
from monitor.models.alert import Alert
from monitor.models.article import ArticleRef
from monitor.models.record import Replay
from monitor.models.report import Cost, Evidence, Planned, Signatory
from monitor.models.vocabulary import Instrument, Reason, ReplayMode, Status, Subject
from monitor.slack import Message, render, render_reply
from monitor.slack.message import simpler
from tests.slack import samples
from tests.slack.slack_limits import problems

NASTY = (
    "<!channel> <!here> <@U0123456789> <#C0123456789>",
    "</https://evil.example|click> <https://evil.example|India>",
    "*bold* _it_ ~gone~ `code` ```block```",
    "&amp; &lt;!channel&gt; & < >",
    ">quote\n>another\r\n* item",
    "\u202egnihtyreve\u2066\u200b\u200f\ufeff\u0000\u0007",
    "اتفاقية دفاعية بين الهند والولايات المتحدة",
    "הסכם ביטחוני \u2067 חדש",
    "a" * 9000,
    "word " * 3000,
    "&" * 5000,
    "🇮🇳" * 700,
    "👩‍👩‍👧‍👦" * 500,
    "e" + "\u0301" * 400,
    ":x: :rotating_light: @channel @here #general",
    "javascript:alert(1)",
    "\ud800 lone",
    "",
    "   ",
    "|||",
    "\u3164\u2800\u00ad",
)

TEXT = st.one_of(st.sampled_from(NASTY), st.text(max_size=400), st.text(alphabet="<>&*_~`|:@!#\n >", max_size=60))
URL = st.one_of(
    st.none(),
    TEXT,
    st.sampled_from(
        (
            "https://ledger.example/a?b=1&c=2",
            "HTTP://LEDGER.EXAMPLE/<b>|x",
            "https://user:pw@ledger.example/",
            "https://ledger.example/" + "x" * 5000,
            "https://bücher.example/ä",
            "ftp://ledger.example/a",
            "https://ledger.example/a\nb",
            "https://[::1",
            'https://ledger.example/">x',
        )
    ),
)
DAY = st.one_of(st.none(), st.dates(), st.just(date.max))
INSTANT = st.one_of(
    st.datetimes(timezones=st.just(UTC)),
    st.just(datetime.max.replace(tzinfo=UTC) - timedelta(hours=1)),
    st.just(datetime.min.replace(tzinfo=UTC)),
)
PARTY = st.one_of(st.sampled_from(("IND", "USA", "NATO", "EU", "XKX", "PHL", "ABC")), TEXT)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
PEOPLE = st.lists(st.builds(Signatory, name=TEXT, role=st.none() | TEXT, country=st.none() | PARTY), max_size=8).map(
    tuple
)


def construct(model: type, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Build models without validation: what is drawn must not depend on what pydantic lets in, such as surrogates."""
    return st.fixed_dictionaries(fields).map(lambda values: model.model_construct(**values))  # type: ignore[attr-defined]


SNAPSHOT = construct(
    Snapshot,
    agreement_id=TEXT,
    parties=st.lists(PARTY, max_size=40).map(tuple),
    instrument=st.sampled_from(Instrument),
    subjects=st.lists(st.sampled_from(Subject), max_size=3).map(tuple),
    status=st.none() | st.sampled_from(Status),
    date=DAY,
    place=st.none() | TEXT,
    years=st.none() | NUMBER,
    name=st.none() | TEXT,
    acronym=st.none() | TEXT,
    signatories=PEOPLE,
    sites=st.lists(TEXT, max_size=20).map(tuple),
    cost=st.none() | st.builds(Cost, amount=NUMBER, currency=TEXT | st.sampled_from(("USD", "inr"))),
    planned=st.none()
    | st.builds(Planned, status=st.sampled_from(Status), date=DAY, place=st.none() | TEXT, people=PEOPLE),
    until=DAY,
    stages=st.lists(
        construct(Stage, status=st.sampled_from(Status), date=DAY, reported_at=INSTANT, source=TEXT), max_size=30
    ).map(tuple),
    sources=st.lists(
        construct(
            SourceRef,
            article_id=TEXT,
            source=TEXT,
            title=TEXT,
            url=URL,
            at=INSTANT,
            independent=st.booleans(),
            official=st.booleans(),
        ),
        max_size=10,
    ).map(tuple),
    articles=st.integers(0, 10**9),
    independent_sources=st.integers(0, 10**9),
    confirmed=st.booleans(),
    date_unknown=st.booleans(),
    possibly_same_as=st.lists(TEXT, max_size=9).map(tuple),
    conflicts=st.lists(TEXT | st.just("date"), max_size=9).map(tuple),
    score=st.floats(0, 1),
)

ARTICLE = construct(
    ArticleRef,
    id=TEXT,
    title=TEXT,
    url=URL,
    source=TEXT,
    language=TEXT,
    published_at=st.none(),
    ingested_at=INSTANT,
)

ALERT = construct(
    Alert,
    id=TEXT,
    reason=st.sampled_from(Reason),
    agreement_id=st.none() | TEXT,
    actor_id=st.none() | TEXT | st.sampled_from(("country:IND", "pair:IND+USA", "person:IND/singh")),
    field=TEXT | st.sampled_from(("status", "date", "years", "parties", "subjects", "instrument")),
    value=TEXT | st.sampled_from(("signed", "2025-10-31", "10", "IND+USA", "1e400", "nan")),
    previous=TEXT,
    episode=st.integers(0, 5),
    revision=st.integers(0, 5),
    status=st.none() | st.sampled_from(Status),
    parties=st.lists(PARTY, max_size=10).map(tuple),
    at=INSTANT,
    article=st.none() | ARTICLE,
    articles=st.lists(ARTICLE, max_size=6).map(tuple),
    explanation=TEXT,
    facts=st.lists(TEXT, max_size=30).map(tuple),
    score=st.floats(0, 1),
    evidence=st.lists(
        construct(
            Evidence,
            field=TEXT | st.just("status"),
            rule=TEXT,
            part=st.just("text"),
            start=st.just(0),
            end=st.just(0),
            quote=TEXT,
            sentence=TEXT,
        ),
        max_size=12,
    ).map(tuple),
    snapshot=st.none() | SNAPSHOT,
    replay=st.none()
    | st.builds(Replay, id=TEXT.filter(lambda text: "\ud800" not in text), mode=st.sampled_from(ReplayMode)),
)


def payload(message: Message) -> dict[str, Any]:
    """Return what goes over the wire."""
    return {"text": message.text, "blocks": message.blocks, "metadata": message.metadata}


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(alert=ALERT, public_url=st.none() | URL)
def test_any_alert_makes_messages_that_slack_takes(alert: Alert, public_url: str | None) -> None:
    """Whatever an alert holds, each of its three forms passes the strict checker."""
    whole = render(alert, public_url=public_url)
    assert problems(payload(whole)) == []
    assert problems(payload(render_reply(alert))) == []
    assert problems(payload(simpler(whole))) == []


@pytest.mark.parametrize("nasty", NASTY)
def test_every_field_at_once_may_be_nasty(nasty: str) -> None:
    """Each strange text, in all places at once, gives a message that Slack takes."""
    text = nasty.replace("\ud800", "")
    shown = samples.snapshot(
        parties=(text, text + "2"),
        place=text,
        name=text,
        acronym=text,
        sites=(text,) * 20,
        signatories=(Signatory(name=text, role=text, country=text),) * 9,
        sources=(SourceRef(article_id=text, source=text, title=text, url=text, at=samples.AT),) * 10,
        stages=samples.snapshot().stages * 10,
        conflicts=(text,) * 5,
    )
    alert = samples.alert(
        Reason.NEW_FACT, snapshot=shown, facts=(text,) * 30, explanation=text, id=text or "x", agreement_id=text or "y"
    )
    for message in (render(alert, public_url="https://pacts.example/"), render_reply(alert)):
        assert problems(payload(message)) == []


def test_the_notification_alone_tells_the_news() -> None:
    """The text that a phone shows says who, what, where, when and how sure."""
    confirmed = samples.alert(snapshot=samples.snapshot(confirmed=True))
    assert render(confirmed).text == (
        "India and the United States signed a 10-year defence framework in Kuala Lumpur (31 Oct 2025)"
    )
    assert render(samples.alert()).text.endswith(", unconfirmed")


BETWEEN = "between India and the United States"

SENTENCES: list[tuple[dict[str, Any], str]] = [
    (
        {"status": Status.NEGOTIATING, "date": None},
        "India and the United States are negotiating a 10-year defence framework",
    ),
    (
        {"status": Status.SUSPENDED, "date": date(2026, 2, 1)},
        f"A 10-year defence framework {BETWEEN} was suspended (1 Feb 2026)",
    ),
    ({"parties": (), "years": None}, "A defence framework was signed in Kuala Lumpur (31 Oct 2025)"),
    (
        {"parties": ("NATO",), "status": Status.RATIFIED, "years": 0.5},
        "A defence framework of NATO was ratified (31 Oct 2025)",
    ),
    (
        {"instrument": Instrument.PROTOCOL, "subjects": (Subject.LOGISTICS,), "acronym": "LEMOA", "years": None},
        "India and the United States signed a military logistics protocol (LEMOA) in Kuala Lumpur (31 Oct 2025)",
    ),
    ({"status": None, "years": 8.0}, f"An 8-year defence framework {BETWEEN} is in the news"),
]


@pytest.mark.parametrize(("changes", "text"), SENTENCES)
def test_every_stage_has_its_sentence(changes: dict[str, Any], text: str) -> None:
    """The sentence says no more than is known: places only where something happens at a table, verbs by stage."""
    shown = samples.snapshot(**{"confirmed": True, "status": Status.SIGNED, **changes})
    assert render(samples.alert(snapshot=shown)).text == text


def flat(message: Message) -> str:
    """Return all text of the blocks."""
    return json.dumps(message.blocks, ensure_ascii=False)


def test_a_message_holds_what_an_analyst_asks_for() -> None:
    """Flags, name, signatories with role, quote, source link, life, score, rule and the doubt are all there."""
    shown = flat(render(samples.alert(), public_url="https://pacts.example"))
    for wanted in (
        "🇮🇳 🇺🇸 India – United States: defence framework signed",
        "*Framework for the US-India Major Defence Partnership*",
        "Rajnath Singh, Defence Minister 🇮🇳",
        f">{samples.SENTENCE}",
        "<https://ledger.example/india-us-framework?a=1&amp;b=2|India, US sign ten-year defence framework>",
        "in negotiation 1 Jul 2025 → *✍️ signed 31 Oct 2025*",
        "Score 0.94",
        "`signed.by-both`",
        "*Unconfirmed*: one source so far",
        "https://pacts.example/agreements/a1b2c3d4e5f60718",
        "<!date^1761903600^{date_short_pretty}, {time}|31 Oct 2025 09:40 UTC>",
    ):
        assert wanted in shown, wanted


def test_the_quote_is_a_sentence_of_the_text_rather_than_the_title() -> None:
    """The title is shown with its source; of the text's sentences the one for what is told comes first."""

    def evidence(field: str, part: Any, sentence: str) -> Evidence:
        return Evidence(field=field, rule="r", part=part, start=0, end=1, quote="q", sentence=sentence)

    found = (
        evidence("status", "title", "Title."),
        evidence("place", "text", "Place."),
        evidence("years", "text", "Term."),
    )
    shown = flat(render(samples.alert(Reason.NEW_FACT, field="years", value="10", evidence=found)))
    assert ">Term." in shown
    assert ">Title." not in shown
    only = flat(render(samples.alert(evidence=found[:1])))
    assert ">Title." in only


def test_without_a_dashboard_there_is_no_button() -> None:
    """A button that leads nowhere is worse than none."""
    assert all(block["type"] != "actions" for block in render(samples.alert()).blocks)


def test_what_is_new_comes_before_what_is_known() -> None:
    """A later message says first what changed, by reason."""
    moved = samples.alert(Reason.STAGE_MOVED, field="status", value="signed", previous="agreed")
    assert render(moved).text.startswith("India and the United States signed the 10-year defence framework")
    assert "Stage: agreed → signed" in flat(render(moved))
    wrong = samples.alert(Reason.CORRECTED, field="date", value="2025-10-31", previous="2025-10-30")
    assert "Date: ~30 Oct 2025~ → *31 Oct 2025*" in flat(render(wrong))
    fact = samples.alert(Reason.NEW_FACT, field="years", value="10")
    assert "• Term: 10 years" in flat(render(fact))
    assert [block["type"] for block in render(fact).blocks][:4] == ["header", "context", "section", "section"]


def test_a_replay_says_so_everywhere() -> None:
    """Neither the notification nor the message of a rehearsal can be taken for news."""
    replay = Replay(id="r", mode=ReplayMode.REHEARSE)
    message = render(samples.alert(replay=replay))
    assert message.text.startswith("[replay] ")
    assert "*Replay*" in flat(message)


def test_the_alert_can_be_found_by_its_mark() -> None:
    """The metadata carries the alert id, and a root keeps its own when it is renewed with another alert's content."""
    first, later = samples.alert(), samples.alert(Reason.NEW_FACT, field="years", value="10")
    assert render(first).alert_id == first.id
    assert render(later).marked(first.id).alert_id == first.id
    assert render(later).marked(first.id).metadata["event_type"] == "pactwatch_alert"


def test_a_surge_names_the_texts_that_drive_it() -> None:
    """Each with its publisher and a link, so that nobody has to search for what is going on."""
    texts = tuple(
        ArticleRef(
            id=f"a{n}", title=f"Text {n}", url=f"https://wire.example/{n}", source="The Wire", ingested_at=samples.AT
        )
        for n in (1, 2)
    )
    surge = samples.alert(Reason.SURGE, snapshot=None, article=None, actor_id="country:IND", articles=texts)
    shown = str(render(surge).blocks)
    assert "<https://wire.example/1|Text 1>, The Wire" in shown
    assert "<https://wire.example/2|Text 2>, The Wire" in shown
