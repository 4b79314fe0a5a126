"""`pactwatch feeds`: RSS, Atom and JSON feeds into `articles`, again and again."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.show import as_json, console, notes, settings_for_people
from monitor.errors import ConfigurationError, InputError
from monitor.settings import Polled, Settings

if TYPE_CHECKING:
    from monitor.feeds.observe import Observations
    from monitor.feeds.poll import Look, Poller

_AT_ONCE = 8
"""Feeds that are looked at at the same time; of one host there is one at a time anyway."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Examples: pactwatch feeds   pactwatch feeds --once https://example.com/world/rss.xml")(feeds)


def feeds(
    context: typer.Context,
    addresses: Annotated[
        list[str] | None, typer.Argument(metavar="[URL]...", help="Default: \\[\\[feeds.polled]] and feeds.opml.")
    ] = None,
    *,
    opml: Annotated[Path | None, typer.Option(help="A list of feeds, as feed readers export it.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Look at each feed once, due or not, and end.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Fetch from private and loopback addresses too.")
    ] = False,
    as_program: Annotated[bool, typer.Option("--json", help="Print a JSON line for each look at a feed.")] = False,
) -> None:
    """Keep looking at feeds and put each new or changed article into `articles`, until Ctrl-C.

    An article comes with the whole text of its page where that can be fetched, once, whatever number of feeds lead to
    it.  Servers are asked for changes alone, one request at a time to a host, and seldom while they fail.
    """
    loaded = settings_for_people(context)
    wanted = _subscriptions(loaded, addresses or [], opml)
    limits = loaded.feeds.model_copy(update={"allow_private": True}) if allow_private else loaded.feeds
    run = _Run(loaded.model_copy(update={"feeds": limits}), wanted, as_program=as_program)
    asyncio.run(run.run(once=once))
    if not as_program:
        console().print(f"{run.new:,} new articles in Kafka, from {len(wanted):,} feeds")
    if once and run.failed:
        raise typer.Exit(InputError.exit_code)


def _subscriptions(loaded: Settings, addresses: list[str], opml: Path | None) -> list[Polled]:
    from pydantic import ValidationError  # noqa: PLC0415 - `--help` is quick without it

    from monitor.feeds.feed import read_opml  # noqa: PLC0415

    try:
        found = [Polled(url=address) for address in addresses]
    except ValidationError:
        raise ConfigurationError("a feed's address begins with http:// or https://") from None
    file = opml or (None if addresses else loaded.feeds.opml)
    if not addresses and opml is None:
        found += loaded.feeds.polled
    if file is not None:
        found += read_opml(file)
    if not found:
        raise ConfigurationError(
            "there is no feed",
            hint="give addresses or --opml, or write [[feeds.polled]] with url = ... in the settings",
        )
    return list({feed.url: feed for feed in reversed(found)}.values())[::-1]


class _Run:
    def __init__(self, loaded: Settings, wanted: list[Polled], *, as_program: bool) -> None:
        self.new = 0
        self.failed = 0
        """Looks that failed, and entries that were no articles."""
        self._loaded = loaded
        self._wanted = wanted
        self._as_program = as_program
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._seen: Observations | None = None

    async def run(self, *, once: bool) -> None:
        from monitor.feeds.found import Found  # noqa: PLC0415 - `--help` is quick without it
        from monitor.feeds.observe import Observations  # noqa: PLC0415
        from monitor.feeds.poll import Poller  # noqa: PLC0415
        from monitor.feeds.seen import Seen  # noqa: PLC0415
        from monitor.kafka import topics  # noqa: PLC0415
        from monitor.kafka.producer import Writer  # noqa: PLC0415
        from monitor.watch.pages import pages  # noqa: PLC0415

        await topics.check(self._loaded)
        topic = self._loaded.kafka.topic("articles")
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        observed = self._seen = Observations(len(self._wanted))
        shown = self._loaded.feeds
        with Seen(self._loaded.data_dir / "feeds.sqlite") as seen:
            async with AsyncExitStack() as stack:
                writer = await stack.enter_async_context(Writer(self._loaded, linger=0))
                if not once:
                    await stack.enter_async_context(
                        pages(shown.host, shown.port, observed.answers(), who="feeds", setting="feeds")
                    )

                async def put(item: Found) -> None:
                    await writer.place(topic, key=item.key, value=item.value)

                poller = Poller(self._loaded.feeds, seen, put)
                following = [asyncio.create_task(self._follow(poller, feed, once=once)) for feed in self._wanted]
                everything = asyncio.gather(*following)
                stopping = asyncio.create_task(stop.wait())
                stopping.add_done_callback(lambda _: everything.cancel())
                try:
                    await everything
                except asyncio.CancelledError:
                    # An article that is being put is remembered by then, or comes again as a repeat.
                    await asyncio.gather(*following, return_exceptions=True)
                finally:
                    stopping.cancel()

    async def _follow(self, poller: Poller, feed: Polled, *, once: bool) -> None:
        while True:
            if not once:
                await asyncio.sleep(poller.due(feed))
            async with self._slots:
                look = await poller.look(feed)
            self._tell(feed, look)
            if once or look.gone:
                return

    def _tell(self, feed: Polled, look: Look) -> None:
        if self._seen is not None:
            self._seen.note(feed.url, look)
        self.new += look.new
        self.failed += (look.failed is not None) + len(look.faults)
        if self._as_program:
            faults = [str(fault) for fault in look.faults]
            as_json({"feed": feed.url, "new": look.new, "known": look.known, "failed": look.failed, "skipped": faults})
            return
        lines = [f"skipped {fault}" for fault in look.faults]
        if look.failed:
            lines.append(f"{feed.url}: {look.failed}" + ("; it is not asked again" if look.gone else ""))
        if look.new:
            lines.append(f"{feed.url}: {look.new:,} new")
        for line in lines:
            notes().print(line, markup=False, soft_wrap=True)
