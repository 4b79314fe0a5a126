"""The whole of Pactwatch on one machine: broker, topics, workers, deliverer, dashboard, feeds, archive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from monitor.cli.processes import BACK_OFF, Part, Supervisor
from monitor.errors import BrokerError, PactwatchError
from monitor.kafka import topics
from monitor.kafka.broker import EmbeddedBroker, free_port, is_free
from monitor.kafka.run_file import running
from monitor.settings import Archive, Feeds, Settings

_UP = "pactwatch up"


class Stack:
    """All parts, in the order in which they need each other; leaving the context ends them the other way round.

    The broker is the configured one, or the embedded one that runs already, or one that is started here and ends here.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        workers: int = 1,
        config: Path | None = None,
        environment: Mapping[str, str] | None = None,
        deliver: tuple[str, ...] = ("deliver",),
        deliver_output: IO[bytes] | int | None = None,
        dashboard: bool = False,
        feeds: bool = False,
        archive: bool = False,
        command: str = _UP,
        tell: Callable[[str], None],
    ) -> None:
        """Prepare.

        Args:
            settings: of the program, here and in the children.
            workers: how many.
            config: the settings file that the children read too.
            environment: what makes the children's settings those given here.
            deliver: arguments of the deliverer.
            deliver_output: where the deliverer's results go; to its log when not given.
            dashboard: start that too.
            feeds: poll the feeds of the settings.
            archive: keep the topics of the settings as files.
            command: what the run file calls us.
            tell: told in a sentence what takes long or went wrong.

        """
        self.settings = settings = _with_ports(settings, workers)
        self.address = settings.kafka.bootstrap_servers
        self.broker: EmbeddedBroker | None = None
        self.supervisor = Supervisor(settings.data_dir / "logs", tell=tell)
        self._workers = workers
        self._config = () if config is None else ("--config", str(config.absolute()))
        self._environment = dict(environment or {})
        self._deliver = deliver
        self._deliver_output = deliver_output
        self._dashboard = dashboard
        self._feeds = feeds
        self._archive = archive
        self._command = command
        self._tell = tell
        self._broker_ends = 0
        self._broker_again: float | None = None

    def __enter__(self) -> Self:
        try:
            self._start_broker()
            asyncio.run(topics.create(self.settings))
            self._start_parts()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def worker_pages(self) -> list[str]:
        """Base addresses of the workers' pages."""
        worker = self.settings.worker
        return [f"http://{_reachable(worker.host)}:{worker.port + number}" for number in range(self._workers)]

    @property
    def deliverer_page(self) -> str:
        """Base address of the deliverer's pages."""
        return f"http://{_reachable(self.settings.slack.host)}:{self.settings.slack.port}"

    @property
    def dashboard_page(self) -> str | None:
        """Address of the dashboard; None when it is not started here."""
        return f"http://{_reachable(self.settings.web.host)}:{self.settings.web.port}" if self._dashboard else None

    def look(self) -> bool:
        """Start again what ended; return whether all is ready.  Call it a few times a second.

        Raises:
            PactwatchError: a part cannot run for a reason that will not go away.

        """
        return self._look_at_broker() & self.supervisor.look()

    def wait_ready(self, stopped: Callable[[], bool], *, timeout: float = 120.0) -> None:
        """Wait until all is ready, or ``stopped`` says not to wait any longer.

        Raises:
            PactwatchError: a part cannot run, or is not ready in time.

        """
        deadline = time.monotonic() + timeout
        while not self.look() and not stopped():
            if time.monotonic() > deadline:
                late = ", ".join(f"{part.part.name} ({part.log})" for part in self.supervisor.parts if not part.ready)
                raise PactwatchError(f"not ready after {timeout:.0f} s: {late}", hint="the logs say what it waits for")
            time.sleep(0.05)

    def stop(self) -> None:
        """End all: first those that work, then the broker they work with."""
        try:
            self.supervisor.stop()
        finally:
            if self.broker is not None:
                self.broker.stop()

    def _start_broker(self) -> None:
        if self.address:
            return
        run = running(self.settings.data_dir)
        if run is not None and run.command == _UP:
            raise BrokerError(
                f"`{_UP}` runs already on {self.settings.data_dir} (process {run.owner}, Kafka at {run.address})",
                hint=f"use it, or end it first: `kill {run.owner}`",
            )
        if run is not None:
            self.address = run.address
            return
        self.broker = EmbeddedBroker(self.settings.data_dir, command=self._command, notify=self._tell)
        self.address = self.broker.start()

    def _look_at_broker(self) -> bool:
        broker = self.broker
        if broker is None or (broker.exit_code is None and self._broker_again is None):
            return True
        if self._broker_again is None:
            self._again(broker.failure().message)
            broker.stop()
        elif time.monotonic() >= self._broker_again:
            try:
                broker.start()
            except BrokerError as error:
                self._again(str(error))
            else:
                self._broker_again = None
                return True
        return False

    def _again(self, why: str) -> None:
        """Note when to start the broker again, and say why it has to be."""
        pause = BACK_OFF[min(self._broker_ends, len(BACK_OFF) - 1)]
        self._broker_again = time.monotonic() + pause
        self._broker_ends += 1
        self._tell(f"{why}; it starts again in {pause:g} s")

    def _start_parts(self) -> None:
        for number, page in enumerate(self.worker_pages, 1):
            self.supervisor.start(
                Part(
                    f"worker {number}",
                    (*self._config, "worker"),
                    page,
                    lambda state: bool(state.get("ready")),
                    # All are given the first port: the slot a worker finds free says how far above it listens.
                    {**self._environment, "PACTWATCH_WORKER__PORT": str(self.settings.worker.port)},
                )
            )
        self.supervisor.start(
            Part(
                "deliverer",
                (*self._config, *self._deliver),
                self.deliverer_page,
                # One whose token Slack refuses is up all the same: alerts wait in its queue.
                lambda state: state.get("role") != "starting",
                {**self._environment, "PACTWATCH_SLACK__PORT": str(self.settings.slack.port)},
                stdout=self._deliver_output,
            )
        )
        if self.dashboard_page:
            self.supervisor.start(
                Part(
                    "dashboard",
                    (*self._config, "dashboard"),
                    self.dashboard_page,
                    lambda state: bool(state.get("ready")),
                    {
                        **self._environment,
                        "PACTWATCH_WEB__PORT": str(self.settings.web.port),
                        "PACTWATCH_WORKER__PORT": str(self.settings.worker.port),
                        "PACTWATCH_SLACK__PORT": str(self.settings.slack.port),
                    },
                )
            )
        if self._feeds:
            self._start_beside("feeds", self.settings.feeds)
        if self._archive:
            self._start_beside("archive", self.settings.archive)

    def _start_beside(self, name: str, section: Feeds | Archive) -> None:
        """Start a part that stands on its own: the command, and the section of the settings, that is called so."""
        port = next((number for number in range(section.port, section.port + 10) if is_free(number)), 0) or free_port()
        self.supervisor.start(
            Part(
                name,
                (*self._config, name),
                f"http://{_reachable(section.host)}:{port}",
                lambda state: state.get("status") == "running",
                {**self._environment, f"PACTWATCH_{name.upper()}__PORT": str(port)},
            )
        )


def _with_ports(settings: Settings, workers: int) -> Settings:
    """Return the settings with the ports that the pages will really have, for somebody has to ask them."""
    port = settings.worker.port
    while port == 0 or not all(is_free(port + number) for number in range(workers) if settings.worker.port == 0):
        port = free_port()
    tried = range(settings.slack.port, settings.slack.port + 10) if settings.slack.port else ()
    slack_port = next((number for number in tried if is_free(number)), free_port(*range(port, port + workers)))
    tried = range(settings.web.port, settings.web.port + 10) if settings.web.port else ()
    web_port = next((n for n in tried if is_free(n)), free_port(slack_port, *range(port, port + workers)))
    return settings.model_copy(
        update={
            "worker": settings.worker.model_copy(update={"port": port}),
            "slack": settings.slack.model_copy(update={"port": slack_port}),
            "web": settings.web.model_copy(update={"port": web_port}),
        }
    )


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not listened on
