"""Progress bars: with rate, bytes and time left, for a person who watches; nothing in a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from monitor.cli.show import is_watched, notes


class Bar:
    """A progress bar over the bytes of all files; it shows nothing where nobody looks."""

    def __init__(self, progress: Progress | None, total: int, what: str) -> None:
        self._progress = progress
        self._before = 0
        self._task = progress.add_task(what, total=total or None) if progress else None

    def at(self, position: int) -> None:
        """Show how far the present file is read."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=self._before + position)

    def done(self, size: int) -> None:
        """Go on to the next file."""
        self._before += size
        self.at(0)


@contextmanager
def reading(sources: list[str], what: str = "reading") -> Iterator[Bar]:
    """Give a bar over the files among the sources."""
    if not is_watched():
        yield Bar(None, 0, what)
        return
    sizes = (Path(source).stat().st_size for source in sources if "://" not in source and Path(source).is_file())
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=notes(), transient=True) as progress:
        yield Bar(progress, sum(sizes), what)
