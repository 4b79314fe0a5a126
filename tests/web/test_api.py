"""The JSON API over the archive."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from confluent_kafka import Producer
from pydantic import SecretStr

from monitor.models.vocabulary import Status
from monitor.settings import Secrets, Settings
from monitor.web.api import events
from monitor.web.ingest import AT_ONCE, BATCH
from tests.conftest import ReadAll
from tests.slack.samples import alert
from tests.waiting import until_async
from tests.web.conftest import API_TOKEN, Seeded, running
from tests.web.seeding import HOSTILE_ID, HOSTILE_SOURCE, RAW_LETTER, SILENT_ID, seed

pytestmark = pytest.mark.asyncio(loop_scope="module")

BEARER = {"Authorization": f"Bearer {API_TOKEN}"}


async def get(api: httpx.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(f"/api/v1/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_overview_says_what_is_known(api: httpx.AsyncClient, seeded: Seeded) -> None:
    """The overview counts what stands in the topics, names what is wrong, and gives null for what nobody told."""
    found = await get(api, "overview")
    assert found["alerts"] == len(seeded.made.alerts)
    assert found["dead_letters"] in (None, 3)
    assert found["deliveries"]["failed"] == 1
    assert {stage["name"]: stage["lag"] for stage in found["stages"]}["classify"] is None
    assert found["end_to_end"] == {"p50": None, "p95": None, "p99": None}
    assert found["findings"][0]["severity"] == "bad"
    assert any("given up" in finding["what"] for finding in found["findings"])


async def test_agreements_are_filtered_sorted_and_paged(api: httpx.AsyncClient) -> None:
    """Filters narrow, pages put together give all in order, and a dossier has its facts, alerts and deliveries."""
    everything = await get(api, "agreements", limit=500)
    ids = [row["id"] for row in everything["rows"]]
    assert len(ids) == everything["total"] > 5
    paged = [
        row["id"]
        for start in range(0, len(ids), 3)
        for row in (await get(api, "agreements", limit=3, offset=start))["rows"]
    ]
    assert paged == ids
    indian = await get(api, "agreements", party="IND", limit=500)
    assert 0 < indian["total"] < len(ids)
    assert all("IND" in row["parties"] for row in indian["rows"])
    signed = await get(api, "agreements", status=Status.SIGNED.value, sort="-articles", limit=500)
    counts = [row["articles"] for row in signed["rows"]]
    assert counts == sorted(counts, reverse=True)
    assert (await get(api, "agreements", text="no such words anywhere"))["total"] == 0
    dossier = await get(api, f"agreements/{max(everything['rows'], key=lambda row: row['articles'])['id']}")
    assert dossier["record"]["snapshot"]["stages"]
    assert dossier["record"]["articles"]
    assert dossier["alerts"]


async def test_an_answer_is_sent_once(api: httpx.AsyncClient) -> None:
    """The same question with the answer's tag gets 304 and no body."""
    first = await api.get("/api/v1/agreements")
    again = await api.get("/api/v1/agreements", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_csv_has_all_rows_and_no_formula(api: httpx.AsyncClient) -> None:
    """The export holds every row whatever the page, and a hostile source is text."""
    answer = await api.get("/api/v1/alerts", params={"format": "csv", "limit": 1})
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.text.splitlines()) > 10
    assert "\"'=HYPERLINK(" in answer.text


TABLES = {
    "agreements": ("title", "india"),
    "actors?window=365d": ("name", "india"),
    "alerts": ("headline", "india"),
    "rules": ("alerts", "stage"),
    "mutes": ("until", "known"),
    "sources": ("articles", "press"),
    "network/edges": ("agreements", "india"),
}
"""Path of each table, a column to sort by, and a text that narrows it."""


@pytest.mark.parametrize("path", TABLES)
async def test_every_table_is_paged_sorted_filtered_and_exported(api: httpx.AsyncClient, path: str) -> None:
    """Pages put together are what the export holds, in the order asked for; a text narrows both in the same way."""
    column, text = TABLES[path]
    for query in ({"sort": f"-{column}"}, {"sort": column, "text": text}):
        first = await get(api, path, **query, limit=1)
        total = first["total"]
        assert total > 0
        rows = (await api.get(f"/api/v1/{path}", params={**query, "format": "rows"})).json()
        assert len(rows) == total
        values = [str(row[column]).lower() if isinstance(row[column], str) else row[column] for row in rows]
        assert values == sorted(values, reverse="text" not in query)
        key = next(iter(rows[0]))
        paged = [(await get(api, path, **query, limit=1, offset=at))["rows"][0][key] for at in range(min(total, 4))]
        assert paged == [row[key] for row in rows[:4]]
        csv = await api.get(f"/api/v1/{path}", params={**query, "format": "csv"})
        assert csv.text.startswith(",".join(rows[0]))
    assert (await get(api, path, text="nothing has these words"))["total"] == 0


async def test_counts_over_time_are_a_file_too(api: httpx.AsyncClient) -> None:
    """Subjects as rows have a column a period that adds up; `kind=all` counts sales and mentions as well."""
    query = {"by": "kind", "grain": "year"}
    rows = (await api.get("/api/v1/subjects", params={**query, "kind": "all", "format": "rows"})).json()
    assert {row["name"] for row in rows} > {"agreement"}
    for row in rows:
        assert sum(count for name, count in row.items() if name[:2] == "20") == row["total"]
    assert [row["name"] for row in (await api.get("/api/v1/subjects", params={**query, "format": "rows"})).json()] == [
        "agreement"
    ]
    text = (await api.get("/api/v1/topics", params={"format": "csv", "sort": "-name", "text": "news"})).text
    assert text.startswith("place,name,")


async def test_two_parties_narrow_to_what_they_have_together(api: httpx.AsyncClient) -> None:
    """`IND+USA` gives the dossiers of both, as many as the network counts between them."""
    edge = (await get(api, "network/edges", limit=1))["rows"][0]
    found = await get(api, "agreements", party=f"{edge['a']}+{edge['b']}", limit=500)
    assert found["total"] == edge["agreements"]
    assert all({edge["a"], edge["b"]} <= set(row["parties"]) for row in found["rows"])


async def test_actors_pairs_network_and_subjects(api: httpx.AsyncClient) -> None:
    """Rolling counts sort, an actor has its page, pairs and network name the same countries, subjects add up."""
    rows = (await get(api, "actors", kind="country", window="365d", limit=100))["rows"]
    counts = [row["365d"] for row in rows]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0
    one = await get(api, f"actors/{rows[0]['key']}")
    assert one["365d"] == counts[0]
    assert one["roles"]
    pairs = await get(api, "pairs", window="365d")
    assert pairs["counts"]
    network = await get(api, "network")
    assert {code for edge in network["edges"] for code in edge["parties"]} <= {n["code"] for n in network["nodes"]}
    for by in ("subject", "region", "stage", "kind"):
        found = await get(api, "subjects", by=by, grain="year")
        assert all(sum(series["counts"]) == series["total"] for series in found["series"])
        assert found["series"]


async def test_verdicts_judge_the_rules(api: httpx.AsyncClient, seeded: Seeded) -> None:
    """A rule's precision is acknowledged among judged, and null where nobody judged; mutes keep their ends."""
    rules = {row["rule"]: row for row in (await get(api, "rules"))["rows"]}
    good = {evidence.rule for evidence in seeded.made.alerts[0].evidence}
    bad = {evidence.rule for evidence in seeded.made.alerts[1].evidence}
    for rule in good - bad:
        assert rules[rule]["precision"] == 1.0
    for rule in bad - good:
        assert rules[rule]["precision"] == 0.0
    assert any(row["precision"] is None for name, row in rules.items() if name not in good | bad) or len(rules) == len(
        good | bad
    )
    assert [row["active"] for row in (await get(api, "mutes"))["rows"]] == [True]


async def test_an_alert_is_shown_as_slack_shows_it(api: httpx.AsyncClient, seeded: Seeded) -> None:
    """The picture is an SVG that no script can live in, and the alert has its deliveries."""
    wanted = seeded.made.alerts[0]
    found = await get(api, f"alerts/{wanted.id}")
    assert [(one["channel"], one["state"]) for one in found["deliveries"]] == [("#pacts", "failed")]
    assert [(one["user"], one["verdict"]) for one in found["verdicts"]] == [("U1", "acknowledged")]
    picture = await api.get(f"/api/v1/alerts/{wanted.id}/message.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "script" not in picture.headers["content-security-policy"]
    assert picture.text.lstrip().startswith("<svg")
    evil = next(row["id"] for row in (await get(api, "alerts", limit=500))["rows"] if row["article_id"] == HOSTILE_ID)
    drawn = (await api.get(f"/api/v1/alerts/{evil}/message.svg")).text
    assert "<script" not in drawn
    assert "<img" not in drawn


async def test_one_article_through_every_stage(api: httpx.AsyncClient) -> None:
    """Article, report, dossier, alert and delivery of an article are told in order; a silent one says so."""
    row = next(row for row in (await get(api, "alerts", delivery="sent", limit=500))["rows"])
    found = await get(api, f"articles/{quote(row['article_id'], safe='')}/trace")
    assert [step["stage"] for step in found["steps"]][:2] == ["article", "classify"]
    assert {"track", "alert", "deliver"} <= {step["stage"] for step in found["steps"]}
    assert all(step["state"] == "done" for step in found["steps"])
    assert found["article"]["id"] == row["article_id"]
    assert found["reports"]["reports"]
    silent = await get(api, f"articles/{SILENT_ID}/trace")
    assert (silent["steps"][0]["stage"], silent["steps"][0]["state"]) == ("article", "done")
    assert silent["steps"][1]["state"] in ("nothing", "waiting", "unknown")
    assert (await api.get("/api/v1/articles/never-seen/trace")).status_code == 404


async def test_records_are_found_by_place_key_and_text(api: httpx.AsyncClient) -> None:
    """Records come from an offset on, from the end, by key and by text; a foreign topic is refused."""
    first = await get(api, "topics/articles/records", partition=0, offset=0, limit=3)
    assert [record["offset"] for record in first["records"]] == [0, 1, 2]
    last = await get(api, "topics/articles/records", partition=0, offset=-2)
    assert len(last["records"]) == 2
    [by_key] = (await get(api, "topics/articles/records", key=HOSTILE_ID))["records"]
    assert by_key["value"]["source"] == HOSTILE_SOURCE
    [by_text] = (await get(api, "topics/articles/records", text="A CAT SAT"))["records"]
    assert by_text["key"] == SILENT_ID
    assert len((await get(api, "topics/articles/records", limit=5))["records"]) == 5
    refused = await api.get("/api/v1/topics/__consumer_offsets/records")
    assert refused.status_code == 422
    assert "there is no topic" in refused.json()["error"]


async def test_topics_and_groups(api: httpx.AsyncClient) -> None:
    """Every topic is listed with what is known of it; a topic's page has its partitions."""
    found = await get(api, "topics")
    articles = next(topic for topic in found["topics"] if topic["name"] == "articles")
    assert (articles["partitions"], articles["stage"], articles["lag"]) == (2, "classify", None)
    page = await get(api, "topics/articles")
    assert page["each"][0]["committed"] == 3
    assert page["each"][1]["lag"] is None
    assert (await api.get("/api/v1/topics/nothing")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "agreements?offset=-1",
        "agreements?limit=100000",
        "agreements?status=nonsense",
        "agreements?since=tomorrow",
        "actors?window=5m",
        "topics/articles/records?at=nonsense",
        "topics/articles/records?partition=99",
        "subjects?by=colour",
    ],
)
async def test_nonsense_is_refused_and_explained(api: httpx.AsyncClient, path: str) -> None:
    """A question that makes no sense is the asker's fault, and says which part of it."""
    answer = await api.get(f"/api/v1/{path}")
    assert answer.status_code == 422
    assert answer.json()


async def test_odd_questions_break_nothing(api: httpx.AsyncClient) -> None:
    """Ids and texts of every sort give an answer that is no error of ours."""
    for odd in ("..%2F..", "%00", "💥", "a" * 150, "'", "%F0%28", "<script>", "{{7*7}}"):
        for path in (
            f"agreements/{odd}",
            f"alerts/{odd}",
            f"actors/{odd}",
            f"agreements?text={odd}",
            f"alerts?party={odd}",
        ):
            assert (await api.get(f"/api/v1/{path}")).status_code in (200, 404, 422), path


async def test_articles_come_in(api: httpx.AsyncClient, seeded: Seeded, read_all: ReadAll) -> None:
    """A batch of articles, as array or lines, stands in Kafka when 202 comes; what is no article is named."""
    good = {"id": "posted-1", "title": "One", "text": "text"}
    answer = await api.post("/api/v1/articles", json=[good, {"id": "posted-2", "title": "Two"}], headers=BEARER)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 2)
    mixed = b'{"id": "posted-3", "title": "Three"}\nnot json\n{"title": 5, "id": "x"}\n'
    answer = await api.post("/api/v1/articles", content=mixed, headers=BEARER)
    assert (answer.status_code, answer.json()["accepted"], answer.json()["refused"]) == (207, 1, 2)
    assert [fault["index"] for fault in answer.json()["faults"]] == [1, 2]
    keys = {message.key().decode() for message in read_all(seeded.settings, "articles")}
    assert {"posted-1", "posted-2", "posted-3"} <= keys


async def test_only_the_token_lets_articles_in(api: httpx.AsyncClient, seeded: Seeded) -> None:
    """Without the token, with a wrong one, with nothing or too much in it, a batch is refused."""
    assert (await api.post("/api/v1/articles", json=[])).status_code == 401
    assert (await api.post("/api/v1/articles", json=[], headers={"Authorization": "Bearer no"})).status_code == 401
    assert (await api.post("/api/v1/articles", json=[], headers=BEARER)).status_code == 422
    assert (await api.post("/api/v1/articles", content=b"[{", headers=BEARER)).status_code == 422
    many = b'{"title": "x"}\n' * (BATCH + 1)
    assert (await api.post("/api/v1/articles", content=many, headers=BEARER)).status_code == 413
    large = b" " * (16 * 1024 * 1024 + 1)
    assert (await api.post("/api/v1/articles", content=large, headers=BEARER)).status_code == 413
    async with running(seeded.settings, until_ready=False) as (closed, _):
        answer = await closed.post("/api/v1/articles", json=[{"title": "x"}])
        assert (answer.status_code, "PACTWATCH_API_TOKEN" in answer.text) == (403, True)


async def test_too_much_at_once_is_told_to_come_again(api: httpx.AsyncClient) -> None:
    """While as many requests as allowed wait for their bodies, the next gets 429 and when to come again."""
    go = asyncio.Event()
    begun: list[bool] = []

    async def slow() -> Any:
        yield b'{"id": "slow", '
        begun.append(True)
        await go.wait()
        yield b'"title": "x"}'

    waiting = [
        asyncio.create_task(api.post("/api/v1/articles", content=slow(), headers=BEARER)) for _ in range(AT_ONCE)
    ]

    async def all_begun() -> bool:
        return len(begun) == AT_ONCE

    await until_async(all_begun, what="all of them at work")
    answer = await api.post("/api/v1/articles", json=[{"id": "next", "title": "x"}], headers=BEARER)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    go.set()
    assert [(await one).status_code for one in waiting] == [202] * AT_ONCE


async def test_dead_letters_are_retried_and_dropped_by_operators(kafka_settings: Settings, read_all: ReadAll) -> None:
    """Retry puts the original bytes back, drop marks, both leave the list and stand in the audit; readers may not."""
    seed(kafka_settings)
    reader = Secrets.model_validate({"PACTWATCH_WEB_TOKEN": SecretStr("op"), "PACTWATCH_READER_TOKEN": SecretStr("rd")})
    async with running(kafka_settings, reader) as (client, site):

        async def waiting() -> list[Any]:
            answer = await client.get("/api/v1/dead-letters", headers={"Authorization": "Bearer rd"})
            rows: list[Any] = answer.json()["rows"]
            return rows

        rows = await until_async(waiting, what="the dead letters")
        ids = {row["key"]: row["id"] for row in rows}
        assert set(ids) == {"k0", "k1", "k2"}
        refused = await client.post(
            "/api/v1/dead-letters/drop", json={"ids": list(ids.values())}, headers={"Authorization": "Bearer rd"}
        )
        assert refused.status_code == 403
        operator = {"Authorization": "Bearer op"}
        shown = (await client.get(f"/api/v1/dead-letters/{ids['k0']}", headers=operator)).json()
        assert shown["value"] == RAW_LETTER.decode()
        done = await client.post("/api/v1/dead-letters/retry", json={"ids": [ids["k0"]]}, headers=operator)
        assert done.json() == {"retried": [ids["k0"]], "refused": []}
        dropped = await client.post("/api/v1/dead-letters/drop", json={"ids": [ids["k1"]]}, headers=operator)
        assert dropped.json() == {"dropped": [ids["k1"]]}
        assert [row["key"] for row in await waiting()] == ["k2"]
        again = await client.post("/api/v1/dead-letters/drop", json={"ids": [ids["k1"]]}, headers=operator)
        assert again.status_code == 422
        assert RAW_LETTER in [message.value() for message in read_all(kafka_settings, "articles")]
        assert [(entry["action"], entry["role"]) for entry in site.audit.newest()] == [
            ("drop", "operator"),
            ("retry", "operator"),
        ]


async def test_merge_and_split_are_records_for_the_tracker(seeded: Seeded, read_all: ReadAll) -> None:
    """A merge stands in `reports` with who, what and why; one with an unknown dossier or itself is refused."""
    async with running(seeded.settings) as (client, _):
        one, two = sorted(seeded.made.agreements)[:2]
        body = {"other_id": two, "why": "the same pact"}
        assert (await client.post(f"/api/v1/agreements/{one}/merge", json=body)).status_code == 202
        for wrong in ("unknown", one):
            answer = await client.post(f"/api/v1/agreements/{one}/merge", json={"other_id": wrong})
            assert answer.status_code == 422
        split = {"article_ids": ["a", "b"], "why": "another pact"}
        assert (await client.post(f"/api/v1/agreements/{one}/split", json=split)).status_code == 202
    written = [json.loads(message.value()) for message in read_all(seeded.settings, "reports")][-2:]
    assert [(record["type"], record["action"], record["by"]) for record in written] == [
        ("correction", "merge", "local"),
        ("correction", "split", "local"),
    ]
    assert written[0]["other_id"] == two
    assert written[1]["article_ids"] == ["a", "b"]


async def test_new_alerts_are_pushed(kafka_settings: Settings) -> None:
    """An alert that is written while one listens arrives as a server-sent event."""
    async with running(kafka_settings) as (_, site):
        stream = events(site)
        assert (await anext(stream)).startswith(b":")
        wanted = alert()
        producer = Producer({"bootstrap.servers": kafka_settings.kafka.bootstrap_servers})
        producer.produce(kafka_settings.kafka.topic("alerts"), wanted.encode(), b"k", 0)
        assert producer.flush(10) == 0
        event = (await asyncio.wait_for(anext(stream), 10)).decode()
        await stream.aclose()
        assert f"id: {wanted.id}\nevent: alert\ndata: {{" in event
        assert site.live.listeners == set()


async def test_without_kafka_it_says_so_and_stays(tmp_path: Any) -> None:
    """With nothing to read from, the overview still answers, with the reason and nulls; readiness says what waits."""
    settings = Settings(data_dir=tmp_path)
    async with running(settings, until_ready=False) as (client, _):

        async def told() -> bool:
            found = await get(client, "overview")
            return bool(found["findings"][0]["what"].startswith("Kafka does not answer"))

        await until_async(told, what="the reason")
        found = await get(client, "overview")
        assert (found["articles_per_second"], found["agreements"], found["dead_letters"]) == (None, None, None)
        assert (await client.get("/ready")).status_code == 503
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/api/v1/topics/articles/records")).status_code == 503


async def test_metrics_leave_out_what_is_unknown(api: httpx.AsyncClient) -> None:
    """Gauges are given for what is known; an unknown lag is absent and not 0."""
    text = (await api.get("/metrics")).text
    assert 'pactwatch_deliveries{state="failed"} 1.0' in text
    assert 'pactwatch_lag_records{stage="classify"}' not in text
    assert "pactwatch_kafka_up 1.0" in text


async def test_a_mute_begins_and_ends(kafka_settings: Settings, read_all: ReadAll) -> None:
    """A silence stands in `mutes` with its end and who began it; ending it deletes it; an unknown one is refused."""
    async with running(kafka_settings) as (client, site):
        body = {"scope": "actor", "target": "pair:IND+USA", "days": 2, "why": "state visit"}
        answer = await client.post("/api/v1/mutes", json=body)
        assert answer.status_code == 201
        number = answer.json()["id"]

        async def rows() -> Any:
            return (await get(client, "mutes"))["rows"]

        [row] = await until_async(rows, what="the mute")
        assert (row["target"], row["by"], row["active"]) == ("pair:IND+USA", "local", True)
        assert (await client.delete(f"/api/v1/mutes/{number}")).status_code == 200

        async def gone() -> bool:
            return not await rows()

        await until_async(gone, what="its end")
        assert (await client.delete(f"/api/v1/mutes/{number}")).status_code == 422
        assert (await client.post("/api/v1/mutes", json={**body, "days": -1})).status_code == 422
        said = await get(client, "audit", text="end mute")
        assert [(row["user"], row["action"], row["what"]) for row in said["rows"]] == [
            ("local", "end mute", f"id {number}")
        ]
        assert [entry["action"] for entry in site.audit.newest()] == ["end mute", "mute"]
    assert [message.value() is None for message in read_all(kafka_settings, "mutes")] == [False, True]
