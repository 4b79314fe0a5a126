"""Metrics, alert rules and Grafana's dashboards: what they name is there, and the rules fire when they ought to."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from monitor.feeds.observe import Observations
from monitor.feeds.poll import Look
from monitor.models.article import Article
from monitor.models.record import Replay
from monitor.models.vocabulary import ReplayMode
from monitor.settings import Kafka, Settings, Worker
from monitor.slack.observe import Observations as Deliverer
from monitor.watch.processes import latencies
from tests.agents.harness import produce
from tests.cli.conftest import COMMAND, variables
from tests.waiting import until

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "docker" / "prometheus"
DASHBOARDS = sorted((ROOT / "docker" / "grafana" / "dashboards").glob("*.json"))
PROCESSES = {
    "worker": ["worker"],
    "slack": ["deliver", "--terminal"],
    "web": ["dashboard"],
    "feeds": ["feeds", "http://127.0.0.1:9/none.xml"],
    "archive": ["archive"],
}
"""Name of the settings of its pages, and the command."""

_METRIC = re.compile(r"\b(?:pactwatch|process)_[a-z_]+\b")
_BY = re.compile(r"\bby \(([^)]*)\)")
_EVERYWHERE = {"le", "instance", "job"}
"""Labels that Prometheus gives, or that go with a histogram."""


def promtool(*arguments: str) -> str:
    """Run promtool on the files of docker/prometheus; return what it says, and fail when it finds fault."""
    found = shutil.which("promtool")
    if found is None:
        pytest.fail("no promtool: `apt-get install prometheus`, or put one on the path")
    done = subprocess.run([found, *arguments], cwd=PROMETHEUS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@dataclass(frozen=True)
class Pages:
    """What each process answers at ``/metrics``, by the name in `PROCESSES`."""

    texts: dict[str, str]

    def names(self) -> set[str]:
        """Return the names one may ask Prometheus for."""
        found = set()
        for text in self.texts.values():
            for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
                found.add(name)
                if kind == "histogram":
                    found |= {f"{name}_{end}" for end in ("bucket", "count", "sum")}
        return found

    def labels(self, metric: str) -> set[str] | None:
        """Return the labels of a metric, None while it has no sample."""
        samples = [
            sample
            for text in self.texts.values()
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == metric
        ]
        return set().union(*(sample.labels for sample in samples)) if samples else None


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def pages(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """Run every process on the small archive until an alert is told; give their pages."""
    folder = tmp_path_factory.mktemp("prometheus")
    kafka = Kafka(bootstrap_servers=broker, prefix="prom.", partitions=1)
    settings = Settings(data_dir=folder, kafka=kafka, worker=Worker(app_id="prom"))
    subprocess.run([*COMMAND, "topics", "--create"], env=variables(settings), cwd=ROOT, check=True, capture_output=True)
    ports = {name: free_port() for name in PROCESSES}
    seeds = (ROOT / "seeds" / "articles.jsonl").read_bytes().splitlines()
    replayed = Article(id="replayed", title="A cat", text="It sat.", replay=Replay(id="r", mode=ReplayMode.LIVE))
    produce(settings, [*(Article.decode(line) for line in seeds[:12]), replayed])
    own = {f"PACTWATCH_{name.upper()}__PORT": str(port) for name, port in ports.items()}
    with ExitStack() as stack:
        for name, arguments in PROCESSES.items():
            log = stack.enter_context((folder / f"{name}.log").open("w"))
            environment = variables(settings, {**own, "PACTWATCH_FEEDS__ALLOW_PRIVATE": "true"})
            process = subprocess.Popen([*COMMAND, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log)
            stack.callback(process.wait)
            stack.callback(process.terminate)

        def told() -> bool:
            shown = {name: ask(port) for name, port in ports.items()}
            wanted = (
                'pactwatch_deliveries{state="sent"}',
                "pactwatch_last_article_timestamp",
                "pactwatch_dead_letters_waiting",
            )
            return (
                all(shown.values())
                and "pactwatch_deliver_latency_seconds_count" in shown["slack"]
                and all(name in shown["web"] for name in wanted)
            )

        until(told, what="an alert that was told", seconds=40)
        yield Pages({name: ask(port) for name, port in ports.items()})


def ask(port: int) -> str:
    """Return a page, nothing while nobody answers."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False, timeout=5)
    except httpx.HTTPError:
        return ""
    return answer.text if answer.status_code == 200 else ""


def expressions() -> list[tuple[str, str]]:
    """Return every expression of the dashboards, with where it stands."""
    return [
        (f"{path.stem}: {panel['title']}", target["expr"])
        for path in DASHBOARDS
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]
        for target in panel["targets"]
    ]


def alert_expressions() -> list[tuple[str, str]]:
    """Return every expression of the alert rules."""
    text = (PROMETHEUS / "alerts.yml").read_text(encoding="utf-8")
    parts = re.findall(r"- alert: (\w+)\n +expr: (.*?)\n +(?:for|labels):", text, re.DOTALL)
    assert len(parts) == text.count("- alert:")
    return parts


@pytest.mark.kafka
def test_dashboards_and_rules_use_only_metrics_that_exist(pages: Pages) -> None:
    """Each metric and label that a panel or rule names is on a page of a process that runs."""
    there = pages.names()
    for place, expression in (*expressions(), *alert_expressions()):
        names = _METRIC.findall(expression)
        assert names or "up{" in expression, place
        assert set(names) <= there, place
        known = [labels for name in names if (labels := pages.labels(name)) is not None]
        wanted = {label.strip() for by in _BY.findall(expression) for label in by.split(",")} - _EVERYWHERE
        if known and len(known) == len(names):
            assert wanted <= set().union(*known), place


@pytest.mark.kafka
def test_every_process_says_what_it_is(pages: Pages) -> None:
    """Version and part, start and memory are on each page; a replay is counted; latencies come together from them."""
    for name, part in zip(PROCESSES, ("worker", "deliverer", "dashboard", "feeds", "archive"), strict=True):
        text = pages.texts[name]
        assert re.search(rf'^pactwatch_build_info{{part="{part}",version="\d', text, re.MULTILINE), name
        assert "\npactwatch_start_time_seconds 1" in text
        assert "\nprocess_resident_memory_bytes " in text
    assert '\npactwatch_replayed_articles_total{mode="live"} 1.0' in pages.texts["worker"]
    assert latencies(pages.texts.values())["end_to_end"].p99 is not None


@pytest.mark.kafka
@pytest.mark.promtool
def test_names_follow_the_conventions(pages: Pages) -> None:
    """Prometheus' own linter finds no fault with any page: units, totals, help."""
    for name, text in pages.texts.items():
        done = subprocess.run(
            [shutil.which("promtool") or "promtool", "check", "metrics"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, ""), name


@pytest.mark.promtool
def test_alerts_fire_when_they_ought_to() -> None:
    """Every rule has a case in which it fires and a moment in it when it does not yet; the files are in order."""
    promtool("check", "config", "--syntax-only", "prometheus.yml")
    promtool("check", "rules", "alerts.yml")
    promtool("test", "rules", "alerts.test.yml")
    tested = (PROMETHEUS / "alerts.test.yml").read_text(encoding="utf-8")
    for name, _ in alert_expressions():
        assert len(re.findall(rf"alertname: {name}\b", tested)) == 2, name


@pytest.mark.promtool
def test_dashboards_ask_what_prometheus_understands(tmp_path: Path) -> None:
    """Each expression of a panel is one that Prometheus can read."""
    lines = ["groups: [{name: panels, rules: ["]
    lines += [f"{{record: panel:{n}, expr: {json.dumps(expr)}}}," for n, (_, expr) in enumerate(expressions())]
    file = tmp_path / "panels.yml"
    file.write_text("\n".join([*lines, "]}]"]), encoding="utf-8")
    assert f"{len(expressions())} rules found" in promtool("check", "rules", str(file))


def test_compose_mounts_what_it_names() -> None:
    """Files and folders that compose.yaml mounts are there, and Grafana's data source is the one the panels ask."""
    compose = (ROOT / "compose.yaml").read_text(encoding="utf-8")
    mounted = re.findall(r"- (\./[\w/.-]+):", compose)
    assert len(mounted) == 3
    assert all((ROOT / path).exists() for path in mounted)
    source = (ROOT / "docker/grafana/provisioning/datasources/prometheus.yaml").read_text(encoding="utf-8")
    asked = {
        target["datasource"]["uid"]
        for path in DASHBOARDS
        for panel in json.loads(path.read_text(encoding="utf-8"))["panels"]
        for target in panel["targets"]
    }
    assert [f"uid: {uid}" in source for uid in asked] == [True]
    ports = dict(re.findall(r"names: \[(\w+)\], type: A, port: (\d+)", (PROMETHEUS / "prometheus.yml").read_text()))
    assert all(f'expose: ["{port}"]' in compose for port in ports.values())


def test_feeds_are_counted_without_their_addresses() -> None:
    """A feed that fails, then answers, moves the counts; its address, which may hold a key, is on no page."""
    seen = Observations(2)
    url = "https://example.com/feed?key=secret"
    seen.note(url, Look(failed="the server answers 500"))
    seen.note("https://example.org/", Look(new=3, known=2))
    texts = [
        _sample(seen, name) for name in ("pactwatch_feeds_failing", 'pactwatch_feeds_looks_total{result="failed"}')
    ]
    assert texts == [1.0, 1.0]
    seen.note(url, Look(unchanged=True))
    assert _sample(seen, "pactwatch_feeds_failing") == 0.0
    assert _sample(seen, 'pactwatch_feeds_articles_total{result="new"}') == 3.0
    assert "secret" not in _text(seen)


def test_a_queue_grows_old_while_nothing_happens() -> None:
    """A channel's age is asked for at each look; a deliverer that is no longer active shows no queue."""
    seen = Deliverer()
    age = [5.0]
    seen.watch("#pacts", lambda: age[0], lambda: True)
    name = 'pactwatch_deliver_oldest_seconds{channel="#pacts"}'
    assert f"{name} 5.0" in generate_latest(seen.registry).decode()
    age[0] = 65.0
    text = generate_latest(seen.registry).decode()
    assert f"{name} 65.0" in text
    assert 'pactwatch_deliver_channel_blocked{channel="#pacts"} 1.0' in text
    seen.rest()
    assert "#pacts" not in generate_latest(seen.registry).decode()


def _text(seen: Observations) -> str:
    body: Any = seen.answers()["/metrics"]().body
    return bytes(body).decode()


def _sample(seen: Observations, name: str) -> float:
    line = next(line for line in _text(seen).splitlines() if line.startswith(f"{name} "))
    return float(line.rsplit(" ", 1)[1])
