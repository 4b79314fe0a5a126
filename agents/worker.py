"""The worker: a process that runs the app, from waiting for Kafka to leaving the group.

`run` blocks until SIGTERM or SIGINT.  What may not go on (a broken lease, a batch that can neither be handled nor left,
a crash of the app) ends the process image at once and starts it anew in its place: nothing that it held survives, and
no person is needed.

Whoever starts workers starts `pactwatch worker` as a process (its id stays the same when it starts anew), asks
``http://<worker.host>:<worker.port + slot>/ready`` until it answers 200, and ends it with SIGTERM.  With a
``worker.port`` of 0 it is any free one; the line ``worker starts`` of the log has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import structlog
import uvloop
from aiokafka.errors import KafkaError

from agents.app import App, Identity, create_app
from agents.health import Pages, State
from agents.metrics import Metrics
from agents.parts import Parts
from agents.recovery import SafeRecovery
from agents.rules import Rules, RulesWatch
from agents.slots import Slot, acquire
from agents.tables import Table
from agents.ticks import Ticker, Unread
from agents.track import PARTITION
from agents.transport import Transport
from monitor.errors import BrokerError, TopicsError
from monitor.kafka import topics
from monitor.kafka.connection import client_options
from monitor.settings import Settings

log = structlog.get_logger(__name__)

DRAIN = 10.0
"""Seconds from SIGTERM to the end of the process, whatever hangs."""

BACK_OFF = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts to reach Kafka; the last repeats."""


def restart(reason: str, *, pause: float = 0.0) -> NoReturn:
    """End this process image and start the same command anew in its place; callable from any thread."""
    log.error("worker starts anew", reason=reason)
    sys.stderr.flush()
    time.sleep(pause)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - our own command line, no shell


def quiet() -> None:
    """Let only warnings of Faust and Kafka's client through: each of Faust's loggers sets its own level to INFO.

    Faust names the logger of a service after the module of its class, so those of our subclasses are among them.
    """
    ours = {cls.__module__ for cls in (App, Transport, SafeRecovery, Table)}
    for name in list(logging.root.manager.loggerDict):
        if name in ours or name.partition(".")[0] in ("faust", "mode", "aiokafka"):
            logging.getLogger(name).setLevel(logging.WARNING)


def run(
    settings: Settings,
    *,
    parts: Callable[[], Parts] | None = None,
    restart: Callable[..., NoReturn] = restart,
) -> int:
    """Run a worker until it is told to stop; return the exit code.

    Args:
        settings: of the program.
        parts: gives the domain's functions, called once in a thread; by default the real ones, whose rules are
            taken up anew when they change.
        restart: what ends the process when it may not go on.

    Raises:
        TopicsError: topics are missing or have another number of partitions.
        ConfigurationError: the data folder, the port or the credentials are wrong.
        RulesError: a file of rules is wrong.

    """
    if settings.log.level != "debug":
        quiet()
    slot = acquire(settings.data_dir)
    worker = Worker(settings, slot, parts, restart)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(worker.main())
    finally:
        slot.release()
    return 0


def _forget(task: asyncio.Future[Any]) -> None:
    """Take what a cancelled work raised: nobody waits for it, and asyncio would log it with a traceback."""
    if not task.cancelled():
        task.exception()


class Worker:
    """One life of a worker."""

    def __init__(
        self, settings: Settings, slot: Slot, parts: Callable[[], Parts] | None, restart: Callable[..., NoReturn]
    ) -> None:
        self._settings = settings
        self._slot = slot
        self._restart = restart
        self._metrics = Metrics()
        self._rules: RulesWatch | None = None
        if parts is None:
            self._rules = RulesWatch(settings, slot.folder, self._metrics)
            parts = self._rules.parts
        self._load_parts = parts
        self._stop = asyncio.Event()
        self._status = "starting"
        self._app: App | None = None

    async def main(self) -> None:
        """Live it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        pages = Pages(self.state, self._text)
        port = self._settings.worker.port
        port = await pages.start(self._settings.worker.host, port + self._slot.number if port else 0)
        log.info("worker starts", worker=self._slot.instance_id, health=f"http://{self._settings.worker.host}:{port}")
        try:
            parts = asyncio.create_task(asyncio.to_thread(self._load_parts))
            await self._until_stopped(asyncio.gather(self._kafka(), parts))
            if not self._stop.is_set():
                await self._work(parts.result())
        finally:
            await pages.stop()
        log.info("worker ended", worker=self._slot.instance_id)

    async def _kafka(self) -> None:
        """Wait until Kafka answers, and see that the topics are as they should be."""
        self._status = "waiting for Kafka"
        attempt = 0
        while True:
            try:
                await topics.check(self._settings)
            except TopicsError:
                raise
            except (BrokerError, KafkaError, OSError) as error:
                pause = BACK_OFF[min(attempt, len(BACK_OFF) - 1)]
                attempt += 1
                log.warning("no Kafka, will retry", error=str(error), pause=pause)
                await asyncio.sleep(pause)
            else:
                return

    async def _work(self, parts: Parts) -> None:
        self._status = "joining"
        rules = Rules(parts.classifier)
        self._metrics.rules.info({"version": parts.classifier.version})
        if self._rules is not None:
            await self._rules.start(rules)
        app = self._app = create_app(
            self._settings,
            parts=parts,
            rules=rules,
            identity=Identity(self._slot.instance_id, self._slot.folder),
            metrics=self._metrics,
            on_lease_break=self._restart,
            on_fatal=self._fatal,
        )
        async with contextlib.AsyncExitStack() as stack:
            ticker = self._ticker(app, stack)
            starting = asyncio.create_task(app.start())
            tasks = [asyncio.create_task(self._watch(app, starting)), asyncio.create_task(ticker.run())]
            if self._rules is not None:
                tasks.append(asyncio.create_task(self._rules.run(rules)))
            try:
                await self._until_stopped(*tasks)
            except Exception as error:  # noqa: BLE001 - whatever ended a task that has no end
                self._fatal(error)
            finally:
                self._status = "draining"
                for task in tasks:
                    task.cancel()
                await self._drain(app, starting)

    async def _until_stopped(self, *work: Awaitable[Any]) -> None:
        """Wait for the signal, or for one of the works to end; raise what it raised."""
        stop = asyncio.create_task(self._stop.wait())
        running = [asyncio.ensure_future(one) for one in work]
        done, _ = await asyncio.wait({stop, *running}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        for task in running:
            if task in done:
                task.result()
            elif self._stop.is_set():
                task.add_done_callback(_forget)
                task.cancel()

    async def _watch(self, app: App, starting: asyncio.Task[Any]) -> None:
        """End the process when the app has crashed or its lease has run out while nothing was sent."""
        while True:
            if app.failed is not None:
                raise app.failed
            if starting.done():
                starting.result()
            app.lease.awake()
            self._metrics.partitions.set(len(app.owned(app.articles)))
            self._metrics.lease.set(max(0.0, app.lease.remaining) if app.lease.held else 0.0)
            await asyncio.sleep(0.25)

    async def _drain(self, app: App, starting: asyncio.Task[Any]) -> None:
        """Leave the batches at work, commit, leave the group; a hang ends at the deadline."""
        deadline = threading.Timer(DRAIN - 1.0, self._give_up)
        deadline.daemon = True
        deadline.start()
        log.info("worker drains")
        if app.lease.held:
            app.consumer.stop_flow()
            app.flow_control.suspend()
            app.flow_control.clear()
            if not await app.lease.settled(DRAIN / 2):
                app.lease.revoke()
                await app.lease.settled(DRAIN / 4)
            await app.consumer.commit()
        app.lease.revoke()
        await app.stop()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        deadline.cancel()

    def _give_up(self) -> None:
        log.error("worker did not drain in time; what was not committed is done again", seconds=DRAIN)
        sys.stderr.flush()
        os._exit(1)

    def _fatal(self, error: BaseException) -> NoReturn:
        log.error("worker cannot go on", exc_info=error)
        self._restart(f"{type(error).__name__}: {error}", pause=1.0)

    def _ticker(self, app: App, stack: contextlib.AsyncExitStack) -> Ticker:
        settings = self._settings
        unread = Unread(app.articles, settings.kafka.partitions, settings.worker.app_id, client_options(settings))
        stack.push_async_callback(unread.close)
        reports = settings.kafka.topic("reports")
        return Ticker(
            outbox=app.outbox,
            lease=app.lease,
            metrics=self._metrics,
            reports=reports,
            sightings=settings.kafka.topic("sightings"),
            partitions=settings.kafka.partitions,
            owns=lambda: settings.worker.ticks == "clock" and app.running and PARTITION in app.owned(reports),
            oldest_unread=unread.oldest,
        )

    def state(self) -> State:
        """Return what the health pages tell."""
        app, status, ready = self._app, self._status, False
        partitions: tuple[int, ...] = ()
        if app is not None and status == "joining" and app.consumer_generation_id > 0:
            ready = app.running
            partitions = app.owned(app.articles)
            status = ("running" if partitions else "standby") if ready else "recovering"
        return State(
            ready=ready,
            status=status,
            partitions=partitions,
            rules_version=app.rules.classifier.version if app is not None else "",
            rules_fault=app.rules.fault if app is not None else "",
            worker=self._slot.instance_id,
            lease_seconds=round(app.lease.remaining, 1) if app is not None and app.lease.held else 0.0,
        )

    def _text(self) -> bytes:
        return self._metrics.text()
