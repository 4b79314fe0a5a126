"""The terminal's picture of a message, which is also the README's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO

from hypothesis import HealthCheck, given, settings
from rich.console import Console

from monitor.models.alert import Alert
from monitor.slack import draw, render, render_reply, svg
from monitor.slack.message import Message
from monitor.slack.terminal import TerminalPoster
from tests.slack import samples
from tests.slack.test_message import ALERT

KOLKATA = timezone(timedelta(hours=5, minutes=30))


def picture(message: Message, *, width: int = 90, reply_to: str | None = None) -> str:
    """Return a message as drawn, without colours."""
    console = Console(width=width, file=StringIO(), color_system=None)
    console.print(draw(message, channel="#pacts", zone=KOLKATA, reply_to=reply_to))
    drawn = console.file
    assert isinstance(drawn, StringIO)
    return drawn.getvalue()


def test_it_shows_what_slack_shows() -> None:
    """Mark-up is carried out, not printed: bold, links, dates in the reader's zone, entities, quotes, buttons."""
    shown = picture(render(samples.alert(), public_url="https://pacts.example"))
    for wanted in (
        "#pacts",
        "India – United States",
        "▎ India and the United States",
        "Oct 31, 2025, 15:10",
        "Open dossier",
    ):
        assert wanted in shown
    for raw in ("<!date", "<http", "*New agreement*", "&amp;", "`signed"):
        assert raw not in shown


def test_a_reply_is_indented_and_says_to_what() -> None:
    """In a terminal replies stand apart from their root, so that they name it."""
    shown = picture(render_reply(samples.alert()), reply_to="India – United States: defence framework signed")
    assert shown.startswith("    ╭─ Reply to India – United States")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(alert=ALERT)
def test_any_message_can_be_drawn(alert: Alert) -> None:
    """No text of an article breaks the drawing, or gets a control character into the terminal."""
    for message in (render(alert), render_reply(alert)):
        shown = picture(message, width=60)
        assert not {char for char in shown if ord(char) < 32} - {"\n"}


def test_the_picture_is_a_document_of_its_own() -> None:
    """The SVG names no address to fetch from but XML's own, and shows the message."""
    document = svg(render(samples.alert()), zone=UTC)
    assert document.startswith("<svg")
    assert "@font-face" not in document
    assert "https://" not in document.replace("https://www.textualize.io", "")


async def test_the_terminal_writes_a_json_line_a_message() -> None:
    """What a program reads is one object a line, with channel, thread, text and blocks."""
    out = StringIO()
    poster = TerminalPoster(as_json=True, console=Console(file=out))
    root = await poster.post("#pacts", render(samples.alert()))
    await poster.post("#pacts", render_reply(samples.alert()), thread_ts=root.ts, broadcast=True)
    first, second = [json.loads(line) for line in out.getvalue().splitlines()]
    assert (first["channel"], first["thread_ts"], second["thread_ts"], second["broadcast"]) == (
        "#pacts",
        None,
        root.ts,
        True,
    )
    assert first["blocks"][0]["type"] == "header"


async def test_the_terminal_draws_roots_and_replies() -> None:
    """A reply names the headline of the message it belongs to."""
    out = StringIO()
    poster = TerminalPoster(console=Console(file=out, width=100))
    root = await poster.post("#pacts", render(samples.alert()))
    await poster.post("#pacts", render_reply(samples.alert()), thread_ts=root.ts)
    assert "Reply to 🇮🇳 🇺🇸 India – United States: defence framework signed" in out.getvalue()


def test_times_of_the_terminal_are_those_of_the_machine() -> None:
    """Without a zone given, dates are shown in the local one."""
    local = datetime(2025, 10, 31, 9, 40, tzinfo=UTC).astimezone()
    console = Console(width=90, file=StringIO(), color_system=None)
    console.print(draw(render(samples.alert())))
    assert isinstance(console.file, StringIO)
    assert f"{local:%H:%M}" in console.file.getvalue()
