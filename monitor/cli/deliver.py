"""`pactwatch deliver` and `pactwatch slack test`: alerts on Slack, or in the terminal."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from monitor.cli.main import settings as settings_of
from monitor.errors import ConfigurationError

slack = typer.Typer(no_args_is_help=True, help="Look after the connection to Slack.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: SLACK_BOT_TOKEN=xoxb-... PACTWATCH_SLACK__CHANNEL='#pacts' pactwatch deliver")(deliver)
    app.add_typer(slack, name="slack")


def deliver(
    context: typer.Context,
    terminal: Annotated[bool, typer.Option("--terminal", help="Draw messages here instead of posting them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --terminal: a JSON line a message.")] = False,
) -> None:
    """Tell alerts on Slack, each once, until stopped.

    Several may run: one is active, the others take over when it ends.  One with --terminal is one of them, and what
    it draws counts as told: Slack does not get it later.
    """
    settings = settings_of(context)
    if as_json and not terminal:
        raise ConfigurationError("--json goes with --terminal", hint="pactwatch deliver --terminal --json")
    import uvloop  # noqa: PLC0415 - `--help` is quick without them

    from monitor.slack import service  # noqa: PLC0415

    uvloop.run(service.serve(settings, terminal=terminal, as_json=as_json))


@slack.command("test", epilog="Example: SLACK_BOT_TOKEN=xoxb-... pactwatch slack test")
def test(context: typer.Context) -> None:
    """Post a sample message to the channel, and say what is wrong if it does not get there."""
    settings = settings_of(context)
    if not settings.slack.channel:
        raise ConfigurationError(
            "slack.channel is not set", hint="set it in pactwatch.toml, or as PACTWATCH_SLACK__CHANNEL='#pacts'"
        )
    from monitor.slack import service  # noqa: PLC0415 - as above

    typer.echo(asyncio.run(service.post_sample(settings)))
