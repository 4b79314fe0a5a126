"""`pactwatch archive`: topics as daily files."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.show import as_json, console, notes, settings_for_people
from monitor.errors import ConfigurationError, InputError
from monitor.feeds.files import moment
from monitor.settings import Settings

if TYPE_CHECKING:
    from monitor.archive.keeper import Keeper
    from monitor.archive.manifest import File


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Examples: pactwatch archive   pactwatch archive articles reports --once --folder /srv/news   "
        "pactwatch archive --from 2025-10-01 --to 2025-11-01 --folder october   pactwatch archive --verify"
    )(archive)


def archive(
    context: typer.Context,
    topics: Annotated[
        list[str] | None, typer.Argument(metavar="[TOPIC]...", help="Without prefix; default: archive.topics.")
    ] = None,
    *,
    folder: Annotated[Path | None, typer.Option(help="Holds a folder a topic; default: archive.folder.")] = None,
    form: Annotated[str | None, typer.Option("--format", help="jsonl.zst or parquet; default: archive.format.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="First moment of a new archive, by arrival.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="End at the first record that arrived then or later.")] = None,
    once: Annotated[bool, typer.Option("--once", help="End when all that is there now is kept.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check the files against their manifest, and end.")] = False,
    as_program: Annotated[bool, typer.Option("--json", help="Print a JSON line a file, and the counts.")] = False,
) -> None:
    """Keep topics as daily files with a manifest, until Ctrl-C: every record once, whatever ends it and when.

    A day's file gets its name when it is whole.  Days are those of arrival in Kafka, in UTC.
    """
    loaded = settings_for_people(context)
    names = topics or list(loaded.archive.topics)
    root = folder or loaded.archive.folder or loaded.data_dir / "archive"
    _check(loaded, names, form)
    if verify:
        _verify(root, names, as_program=as_program)
        return
    run = _Run(loaded, names, root, form or loaded.archive.format, as_program=as_program)
    asyncio.run(run.run(moment(begin), moment(end), once=once))


def _check(loaded: Settings, names: list[str], form: str | None) -> None:
    from monitor.kafka.topics import TOPICS  # noqa: PLC0415 - `--help` is quick without it

    known = [spec.name for spec in TOPICS if not spec.changelog]
    for name in names:
        if name.removeprefix(loaded.kafka.prefix) not in known:
            raise ConfigurationError(f"there is no topic {name}; there are: {', '.join(known)}")
    if form not in (None, "jsonl.zst", "parquet"):
        raise ConfigurationError(f"--format {form}: there are jsonl.zst and parquet")


class _Run:
    def __init__(self, loaded: Settings, names: list[str], root: Path, form: Any, *, as_program: bool) -> None:
        from monitor.archive.keeper import Keeper  # noqa: PLC0415 - `--help` is quick without it

        self._as_program = as_program
        self._loaded = loaded
        self._stop = asyncio.Event()
        self.keepers: dict[str, Keeper] = {}
        for name in names:
            short = name.removeprefix(loaded.kafka.prefix)
            self.keepers[short] = Keeper(loaded, short, root / short, form=form, finished=self._teller(short))

    async def run(self, begin: Any, end: Any, *, once: bool) -> None:
        from monitor.archive.observe import Observations  # noqa: PLC0415 - `--help` is quick without it
        from monitor.watch.pages import pages  # noqa: PLC0415

        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop.set)
        follow = not once and end is None
        if follow and not self._as_program:
            notes().print("keeping " + ", ".join(self.keepers) + " until Ctrl-C")
        async with AsyncExitStack() as stack:
            if follow:
                answers = Observations(self.keepers).answers()
                shown = self._loaded.archive
                await stack.enter_async_context(
                    pages(shown.host, shown.port, answers, who="archive", setting="archive")
                )
            await self._keep(begin, end, follow=follow)
        self._report()

    async def _keep(self, begin: Any, end: Any, *, follow: bool) -> None:
        keeping = [
            asyncio.create_task(keeper.run(self._stop, begin=begin, end=end, follow=follow))
            for keeper in self.keepers.values()
        ]
        try:
            await asyncio.gather(*keeping)
        finally:  # one that fails lets the others end in good order
            self._stop.set()
            await asyncio.gather(*keeping, return_exceptions=True)

    def _teller(self, topic: str) -> Any:
        def tell(file: File) -> None:
            if self._as_program:
                as_json({"topic": topic, **file.model_dump(mode="json")})
            else:
                console().print(f"{topic}/{file.name}: {file.records:,} records, {file.bytes / 1e6:,.1f} MB")

        return tell

    def _report(self) -> None:
        for topic, keeper in self.keepers.items():
            for gap in keeper.gaps:
                notes().print(
                    f"[yellow]missing[/] {topic}: Kafka had deleted offsets {gap.start:,} to {gap.end - 1:,} of "
                    f"partition {gap.partition} before they were kept"
                )
        if self._as_program:
            counts = {topic: keeper.records for topic, keeper in self.keepers.items()}
            as_json({"records": counts, "archive": {t: k.manifest.records for t, k in self.keepers.items()}})
        else:
            for topic, keeper in self.keepers.items():
                held = keeper.manifest
                console().print(
                    f"{topic}: {keeper.records:,} records kept now, {held.records:,} in {len(held.files):,} files "
                    f"in {keeper.folder}",
                    soft_wrap=True,
                )


def _verify(root: Path, names: list[str], *, as_program: bool) -> None:
    from monitor.archive import manifest  # noqa: PLC0415 - `--help` is quick without it

    wrong: list[str] = []
    files = 0
    for name in names:
        there = manifest.load(root / name)
        if there is None:
            raise InputError(f"{root / name} holds no archive", hint="give --folder, and the topics")
        files += len(there.files)
        wrong += manifest.verify(root / name, there)
    if as_program:
        as_json({"files": files, "wrong": wrong})
    else:
        for line in wrong:
            notes().print(line, markup=False, soft_wrap=True)
        console().print(f"{files:,} files: {len(wrong):,} faults" if wrong else f"{files:,} files are as written")
    if wrong:
        raise typer.Exit(InputError.exit_code)
