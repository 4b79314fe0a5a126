"""`pactwatch verdicts`: the list, each rule's precision, false alarms lifted, and labelled articles."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from monitor.alerts.judged import by_rule, judge, label
from monitor.archive.lookup import find_articles
from monitor.classify.quality import labelled
from monitor.figure import Figure
from monitor.models.alert import Alert
from monitor.models.article import Article
from monitor.models.record import Origin, Record
from monitor.models.report import ArticleReports
from monitor.models.verdict import Verdict
from monitor.models.vocabulary import FalseAlarm
from monitor.settings import Settings
from monitor.slack.silence import is_false_alarm
from tests.cli.conftest import Run
from tests.conftest import MakeSettings
from tests.slack import samples

AT = samples.AT


def verdict(alert_id: str, said: Any, *, minute: int = 0, why: str = "", user: str = "ann") -> Verdict:
    """Return a verdict."""
    at = AT + timedelta(minutes=minute)
    return Verdict(alert_id=alert_id, agreement_id=f"g-{alert_id}", user=user, verdict=said, why=why, at=at)


def test_the_last_judgement_counts_and_an_acknowledgement_overrules_none() -> None:
    """False until lifted; acknowledged is right unless somebody says otherwise, whatever the order of the records."""
    said = [
        verdict("a", "acknowledged", minute=5),
        verdict("a", "false_alarm", minute=1, user="bob"),
        verdict("b", "false_alarm", minute=1),
        verdict("b", "lifted", minute=2, user="bob"),
        verdict("c", "acknowledged"),
    ]
    assert {key: one.right for key, one in judge(said).items()} == {"a": False, "b": True, "c": True}
    assert judge(said).keys() == judge(said[::-1]).keys()
    assert is_false_alarm("g-a", said)


def test_precision_of_each_rule() -> None:
    """An alert counts once for each rule it rests on; those that nobody judged count as alerts alone."""
    judged = judge([verdict("a", "acknowledged"), verdict("b", "false_alarm")])
    rules = by_rule([("a", ("x", "x", "y")), ("b", ("x",)), ("c", ("x",))], judged)
    assert [(one.rule, one.alerts, one.precision) for one in rules] == [("x", 3, Figure(1, 2)), ("y", 1, Figure(1, 1))]


@pytest.mark.parametrize(
    ("said", "why", "wanted"),
    [
        ("acknowledged", "", ("agreement", "high", 1)),
        ("lifted", "", ("agreement", "high", 1)),
        ("false_alarm", "no_agreement", ("none", "high", 0)),
        ("false_alarm", "not_defence", ("near", "high", 0)),
        ("false_alarm", "only_mentioned", ("mention", "high", 0)),
        ("false_alarm", "wrong_facts", ("agreement", "high", 0)),
        ("false_alarm", "old_news", ("mention", "low", 0)),
        ("false_alarm", "other", None),
        ("false_alarm", "words of a reader", None),
    ],
)
def test_what_a_verdict_says_of_the_article(said: str, why: str, wanted: tuple[str, str, int] | None) -> None:
    """Each reason is a class of the labelled sets, or says nothing that could be scored."""
    made = label(samples.alert(), judge([verdict("a", said, why=why)])["a"])
    assert (made and (made["class"], made["confidence"], len(made["events"]))) == wanted
    assert set(FalseAlarm) >= {why} or not why or why.startswith("words")


class Filled:
    """Topics with articles, what was derived from them, and what readers said."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.origins: dict[str, Origin] = {}

    async def fill(self) -> None:
        """Write three articles, their reports and alerts, and a verdict on each; a fourth alert has no article."""
        async with AIOKafkaProducer(bootstrap_servers=self.settings.kafka.bootstrap_servers) as producer:

            async def put(topic: str, key: str, record: Record) -> Origin:
                name = self.settings.kafka.topic(topic)
                placed = await producer.send_and_wait(name, key=key.encode(), value=record.encode(), partition=0)
                return Origin(topic=name, partition=0, offset=placed.offset, article_id=key)

            told = (("a", "acknowledged", ""), ("b", "false_alarm", "no_agreement"), ("c", "false_alarm", "other"))
            for key, said, why in told:
                article = Article(id=key, title=f"Title {key}", text="They signed it.", published_at=AT, ingested_at=AT)
                self.origins[key] = await put("articles", key, article)
                reference = samples.alert().article
                assert reference is not None
                of = reference.model_copy(update={"id": key})
                found = ArticleReports(article=of, text_hash="0" * 16, origin=self.origins[key])
                derived = await put("reports", key, found)
                await put("alerts", key, alert(key, derived))
                await put("verdicts", f"{key}/ann", verdict(key, said, why=why))
            await put("alerts", "d", alert("d", None))
            await put("verdicts", "d/ann", verdict("d", "acknowledged"))


def alert(key: str, origin: Origin | None) -> Alert:
    """Return an alert told by an article."""
    made = samples.alert(id=key, agreement_id=f"g-{key}", origin=origin)
    assert made.article is not None
    return made.model_copy(update={"article": made.article.model_copy(update={"id": key}) if origin else None})


@pytest.mark.kafka
async def test_the_command(kafka_settings: Settings, run: Run, tmp_path: Path) -> None:
    """It lists, computes, lifts, and writes articles that `make quality` reads; what it leaves out it names."""
    await Filled(kafka_settings).fill()
    shown = run("verdicts", settings=kafka_settings)
    assert (shown.code, "false alarm" in shown.out, "signed.by-both" in shown.out) == (0, True, True), shown.err
    told = json.loads(run("verdicts", "--json", settings=kafka_settings).out)
    assert len(told["verdicts"]) == 4
    rule = next(one for one in told["rules"] if one["rule"] == "signed.by-both")
    assert (rule["alerts"], rule["right"], rule["false"]) == (4, 2, 2)
    assert (round(rule["low"], 2), round(rule["high"], 2)) == (0.15, 0.85)

    file = tmp_path / "judged.jsonl"
    done = run("verdicts", "--export", file, settings=kafka_settings)
    assert "2 labelled articles, 2 left out" in done.out, done.err
    assert "alert c: the reason given says nothing" in done.err
    assert "alert d: not told by a single article" in done.err
    assert [(article.id, given["class"]) for article, given in labelled(file)] == [("a", "agreement"), ("b", "none")]

    lifted = run("verdicts", "lift", "g-b", "--why", "it was right", settings=kafka_settings)
    assert lifted.out == "g-b: no false alarm any more\n", lifted.err
    again = run("verdicts", "lift", "g-b", settings=kafka_settings)
    assert (again.code, "no dossier g-b is called a false alarm" in again.err, "g-c" in again.err) == (3, True, True)


@pytest.mark.kafka
async def test_articles_that_kafka_no_longer_has_come_from_the_archive(
    make_kafka_settings: MakeSettings, run: Run, tmp_path: Path
) -> None:
    """Of either form, by the place at which they stood; what is in neither is left out."""
    filled = Filled(make_kafka_settings())
    await filled.fill()
    later = make_kafka_settings()  # the same offsets, and nothing in the topics
    told_by = {
        key: origin.model_copy(update={"topic": later.kafka.topic("articles")})
        for key, origin in filled.origins.items()
    }
    for form in ("jsonl.zst", "parquet"):
        folder = tmp_path / form
        kept = run("archive", "articles", "--once", "--folder", folder, "--format", form, settings=filled.settings)
        assert kept.code == 0, kept.err
        found = await find_articles(later, told_by, folder=folder)
        assert {key: article.title for key, article in found.items()} == {key: f"Title {key}" for key in "abc"}
    assert await find_articles(later, told_by, folder=tmp_path / "nothing") == {}
