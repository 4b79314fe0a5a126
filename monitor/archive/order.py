"""What is to be replayed: which articles, from which files and topics."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from monitor.archive.choose import chooser
from monitor.archive.events import Reader, Sorted, unstated
from monitor.archive.topic import PREFIX, TopicRange, read_topic
from monitor.errors import ConfigurationError
from monitor.feeds.fields import named
from monitor.feeds.files import moment
from monitor.feeds.found import Fault, Found
from monitor.feeds.sources import Source, expand
from monitor.settings import Settings

_TOLD = 200
"""Items between two looks at progress and signals."""


class Bar(Protocol):
    """Shows how far the reading is."""

    def at(self, position: int, /) -> None:
        """Show how far the present file is read."""

    def done(self, size: int, /) -> None:
        """Go on to the next file."""


@contextmanager
def _without_collector() -> Iterator[None]:
    """Let nobody look for cycles among the thousands of articles that are held: there are none."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


@dataclass
class Order:
    """Which articles, from where; what an earlier replay brought is never among them.

    Raises:
        ConfigurationError: a filter, a date, a table of fields or a range of a topic is wrong.
        InputError: a folder holds nothing.

    """

    settings: Settings
    sources: list[str]
    begin: str | None = None
    end: str | None = None
    filters: list[str] = field(default_factory=list)
    fields: str | None = None

    def __post_init__(self) -> None:
        self._wanted = chooser(self.filters, moment(self.begin), moment(self.end), replayed=False)
        self._fields = named(self.settings.feeds, self.fields)
        self._topics = [TopicRange.parse(name, self.settings) for name in self.sources if name.startswith(PREFIX)]

    @cached_property
    def files(self) -> list[str]:
        """The files, those of folders too."""
        return expand([name for name in self.sources if not name.startswith(PREFIX)])

    def guard(self, target: str) -> None:
        """Refuse to let a topic feed on itself; raises ConfigurationError."""
        if any(part.name == target for part in self._topics):
            raise ConfigurationError(f"{target} would feed on itself", hint="replay it into another topic, or rehearse")

    def read(self, events: Sorted, *, fault: Callable[[Fault], None], bar: Bar, stop: Callable[[], bool]) -> None:
        """Read all of it, until told to stop.

        Args:
            events: take the articles.
            fault: told what is wrong with an item; the rest goes on.
            bar: told how far the files are read.
            stop: asked now and then.

        Raises:
            InputError: a file cannot be opened.
            BrokerError: the Kafka of a topic is not there.

        """
        reader = Reader(self._wanted)

        def take(item: Found | Fault) -> None:
            if isinstance(item, Fault):
                fault(item)
            elif (event := reader.take(item)) is not None:
                events.add(event)

        with _without_collector():
            for name in self.files:
                self._read_file(name, take, bar, stop)
        if self._topics and not stop():
            asyncio.run(self._read_topics(take, stop))
        events.finish()

    def _read_file(self, name: str, take: Callable[[Found | Fault], None], bar: Bar, stop: Callable[[], bool]) -> None:
        source = Source(name, self.settings.feeds, self._fields, clock=unstated)
        try:
            for number, item in enumerate(source.items()):
                take(item[1])
                if number % _TOLD == 0:
                    bar.at(source.position)
                    if stop():
                        return
            bar.done(source.position)
        finally:
            source.close()

    async def _read_topics(self, take: Callable[[Found | Fault], None], stop: Callable[[], bool]) -> None:
        for part in self._topics:
            async for item in read_topic(self.settings, part):
                take(item)
                if stop():
                    return
