"""`pactwatch broker`: the embedded broker, alone."""

from __future__ import annotations

import os
import signal
import time
from typing import Annotated

import typer

from monitor.cli.show import as_json, console, notes, settings_for_people
from monitor.cli.signals import stop_event
from monitor.errors import BrokerError
from monitor.settings import Settings

_STOP_TIMEOUT = 45.0


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(invoke_without_command=True, no_args_is_help=False)
    group.callback(epilog="Example: pactwatch broker --port 9092")(broker)
    group.command(epilog="Example: pactwatch broker status --json")(status)
    group.command(epilog="Example: pactwatch broker stop")(stop)
    app.add_typer(group, name="broker")


def broker(
    context: typer.Context,
    port: Annotated[int | None, typer.Option(help="Port; default: that of the last start, else a free one.")] = None,
) -> None:
    """Run the embedded Apache Kafka in the foreground until Ctrl-C; its data is kept.

    Every other command on this machine finds it by itself.
    """
    loaded = settings_for_people(context)
    if context.invoked_subcommand:
        return
    from monitor.kafka.broker import EmbeddedBroker  # noqa: PLC0415 - `--help` is quick without it

    _not_configured(loaded)
    with stop_event() as asked, EmbeddedBroker(loaded.data_dir, port=port, notify=notes().print) as started:
        console().print(f"Apache Kafka serves at [bold]{started.address}[/], data in {started.home}; Ctrl-C stops it.")
        while not asked.wait(0.2):
            if started.exit_code is not None:
                raise started.failure()
    console().print("stopped; the data is kept")


def status(
    context: typer.Context, as_program: Annotated[bool, typer.Option("--json", help="For programs.")] = False
) -> None:
    """Tell whether the embedded broker runs, where, and since which command; exit code 4 when it does not."""
    loaded = settings_for_people(context)
    from monitor.kafka.probe import answers  # noqa: PLC0415
    from monitor.kafka.run_file import running  # noqa: PLC0415

    run = running(loaded.data_dir)
    serves = run is not None and answers(run.port)
    if as_program:
        as_json({"running": run is not None, "serves": serves, **(run.model_dump() if run else {})})
    elif run is not None:
        how = "serves" if serves else "runs but does not answer"
        console().print(f"Apache Kafka {how} at [bold]{run.address}[/] (`{run.command}`, process {run.owner})")
    else:
        console().print(f"no embedded broker runs on {loaded.data_dir}")
    if not serves:
        raise typer.Exit(BrokerError.exit_code)


def stop(context: typer.Context) -> None:
    """Stop the embedded broker, and with it the command that started it; the data is kept."""
    loaded = settings_for_people(context)
    from monitor.kafka.run_file import Lock, running  # noqa: PLC0415

    run = running(loaded.data_dir)
    if run is None:
        console().print(f"no embedded broker runs on {loaded.data_dir}")
        return
    os.kill(run.owner, signal.SIGTERM)
    lock = Lock(loaded.data_dir)
    deadline = time.monotonic() + _STOP_TIMEOUT
    while lock.is_held_elsewhere():
        if time.monotonic() > deadline:
            raise BrokerError(
                f"`{run.command}` (process {run.owner}) did not stop within {_STOP_TIMEOUT:.0f} s",
                hint=f"kill it: `kill -9 {run.owner}`; Kafka ends with it",
            )
        time.sleep(0.05)
    console().print(f"stopped `{run.command}` and its broker; the data is kept")


def _not_configured(loaded: Settings) -> None:
    if loaded.kafka.bootstrap_servers:
        notes().print(
            f"[yellow]note:[/] kafka.bootstrap_servers is {loaded.kafka.bootstrap_servers}, "
            "so no other command will use this broker"
        )
