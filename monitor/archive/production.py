"""A replay into topics that are in use: as news, or so that the state learns and nobody is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from monitor.archive.events import Event
from monitor.archive.feed import Lag, Pace, feed
from monitor.kafka.producer import Writer
from monitor.models.record import Replay
from monitor.models.report import Tick
from monitor.models.vocabulary import ReplayMode
from monitor.settings import Settings

_AHEAD = timedelta(minutes=2)
"""How far a warm-up's ticks are ahead of the clock."""

_BEHIND, _LOOK = 500, 0.02
"""How many articles the workers may be behind, and seconds between two looks: partitions are worked off at speeds of
their own, and the further one is ahead, the more news is tracked before what it follows."""

_EVERY = 60.0
"""Seconds between a warm-up's ticks."""


async def into(
    settings: Settings,
    topic: str,
    replay: Replay,
    events: Iterable[Event],
    *,
    pace: Pace,
    stop: Callable[[], bool],
    sent: Callable[[int, Event], None],
    saved: Callable[[int], None],
    waiting: Callable[[int], None],
) -> None:
    """Put events into a topic; when it is that of the articles, keep to the workers' pace and wait until all is done.

    Args:
        settings: of production.
        topic: full name.
        replay: the mark; its mode decides what follows.
        events: in order.
        pace: when each is due.
        stop: asked often; what went out by then stands.
        sent: as `feed` takes it.
        saved: as `feed` takes it.
        waiting: told now and then how many articles the workers still have to do.

    """
    ours = topic == settings.kafka.topic("articles")
    async with Writer(settings) as writer:
        if not ours:
            await feed(events, writer, topic, replay, pace=pace, stop=stop, sent=sent, saved=saved)
            return
        async with (
            Lag(settings, topic, limit=_BEHIND, look=_LOOK) as lag,
            _time_ahead(settings, replay, writer) as tick,
        ):
            await feed(events, writer, topic, replay, pace=pace, stop=stop, sent=sent, saved=saved, lag=lag)
            while not stop() and (behind := await lag.behind()) > 0:
                waiting(behind)
                await asyncio.sleep(0.2)
            if stop():
                return
            await tick()  # what ran out long ago is noted in silence
            async with Lag(settings, settings.kafka.topic("reports")) as tracked:
                while not stop() and await tracked.behind() > 0:  # noqa: ASYNC110 - the broker tells nobody
                    await asyncio.sleep(0.1)


@asynccontextmanager
async def _time_ahead(
    settings: Settings, replay: Replay, writer: Writer
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """While the context is open, let a warm-up's ticks come before the workers' own.

    A tick lets agreements expire that a warm-up has just brought; that of a warm-up does it in silence, and a later one
    of the same minute, the worker's, does nothing.
    """
    last = datetime(1970, 1, 1, tzinfo=UTC)

    async def tick() -> None:
        nonlocal last
        if replay.mode is not ReplayMode.WARM_UP:
            return
        # A minute that was there before would do nothing.
        minute = max((datetime.now(UTC) + _AHEAD).replace(second=0, microsecond=0), last + timedelta(minutes=1))
        last = minute
        value = Tick(minute=minute, replay=replay).encode()
        await writer.write(settings.kafka.topic("reports"), key=b"tick", value=value, partition=0)
        for number in range(settings.kafka.partitions):
            await writer.write(settings.kafka.topic("sightings"), key=b"tick", value=value, partition=number)
        await writer.flush()

    async def run() -> None:
        while True:
            await tick()
            await asyncio.sleep(_EVERY)

    await tick()
    ticking = asyncio.create_task(run())
    try:
        yield tick
    finally:
        ticking.cancel()
