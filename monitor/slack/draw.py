"""`draw`: Block Kit JSON in the terminal, the way Slack shows it.  One renderer for demo, previews and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import tzinfo
from io import StringIO
from typing import Any

from rich import box
from rich.console import Console, ConsoleOptions, ConsoleRenderable, Group, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from monitor.slack import mrkdwn
from monitor.slack.message import Message

_CONTEXT = "grey58"
_FONT_FACE = re.compile(r"@font-face\s*\{.*?\}\s*", re.DOTALL)
"""A picture must not fetch fonts from elsewhere; the reader's own monospace does."""

THEME = TerminalTheme(
    (26, 29, 33),  # Slack's dark background
    (209, 210, 211),
    [
        (26, 29, 33),
        (224, 30, 90),
        (46, 182, 125),
        (236, 178, 46),
        (54, 197, 240),
        (183, 125, 209),
        (54, 197, 240),
        (209, 210, 211),
    ],
    [
        (97, 96, 97),
        (224, 30, 90),
        (46, 182, 125),
        (236, 178, 46),
        (29, 155, 209),
        (183, 125, 209),
        (54, 197, 240),
        (255, 255, 255),
    ],
)
"""Slack's colours, for pictures."""


def draw(
    message: Message, *, channel: str = "", zone: tzinfo | None = None, reply_to: str | None = None
) -> ConsoleRenderable:
    """Return a picture of a message for a terminal.

    Args:
        message: what would be posted.
        channel: shown in the frame.
        zone: whose times are shown; by default this machine's.
        reply_to: draw it as a reply in the thread of the message with this headline.

    """
    parts: list[ConsoleRenderable] = []
    for block in message.blocks or [{"type": "section", "text": {"type": "mrkdwn", "text": message.text}}]:
        parts.extend(_block(block, zone))
    if isinstance(parts[-1], Padding):
        parts[-1].bottom = 0
    title = [("Pactwatch", "bold bright_white"), (f" APP  {channel}".rstrip(), "grey50")]
    if reply_to is not None:
        title = [("Reply to ", "grey50"), (reply_to, "grey70")]
    panel = Panel(
        Group(*parts),
        box=box.ROUNDED,
        title=Text.assemble(*title, overflow="ellipsis"),
        title_align="left",
        border_style="grey35",
        padding=(0, 1),
    )
    return Padding(panel, (0, 0, 0, 4)) if reply_to is not None else panel


def svg(message: Message, *, width: int = 88, title: str = "Slack", zone: tzinfo | None = None) -> str:
    """Return the same picture as an SVG document."""
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(draw(message, zone=zone))
    return _FONT_FACE.sub("", console.export_svg(title=title, theme=THEME))


def _block(block: dict[str, Any], zone: tzinfo | None) -> Iterator[ConsoleRenderable]:
    match block["type"]:
        case "header":
            yield Padding(Text(block["text"]["text"], "bold bright_white"), (0, 0, 0, 0))
        case "section":
            yield from _section(block, zone)
        case "context":
            joined = Text("  ").join(_object(element, zone) for element in block["elements"] if "text" in element)
            joined.style = _CONTEXT
            yield Padding(joined, (0, 0, 1, 0))
        case "divider":
            yield Rule(style="grey35")
        case "actions":
            buttons = [_button(element) for element in block["elements"]]
            yield Padding(Text("  ").join(buttons), (0, 0, 1, 0))
        case other:
            yield Text(f"[{other}]", _CONTEXT)


def _section(block: dict[str, Any], zone: tzinfo | None) -> Iterator[ConsoleRenderable]:
    if "text" in block:
        quoted = mrkdwn.quoted(block["text"]["text"]) if block["text"]["type"] == "mrkdwn" else None
        if quoted is None:
            yield Padding(_object(block["text"], zone), (0, 0, 1, 0))
        else:
            yield Padding(_Quote(mrkdwn.text(quoted, zone=zone)), (0, 0, 1, 0))
    if "fields" in block:
        grid = Table.grid(padding=(0, 3, 0, 0), expand=True)
        grid.add_column(ratio=1)
        grid.add_column(ratio=1)
        cells = [_object(item, zone) for item in block["fields"]]
        for left, right in zip(cells[::2], [*cells[1::2], Text("")], strict=False):
            grid.add_row(left, right)
            grid.add_row()
        yield grid


class _Quote:
    """Text with a bar at its left, however many lines it takes."""

    def __init__(self, content: Text) -> None:
        self.content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.content.wrap(console, max(options.max_width - 2, 1)):
            yield Text.assemble((mrkdwn.QUOTE_BAR, "grey50"), line)


def _object(item: dict[str, Any], zone: tzinfo | None) -> Text:
    if item["type"] == "mrkdwn":
        return mrkdwn.text(item["text"], zone=zone)
    return Text(item["text"])


def _button(element: dict[str, Any]) -> Text:
    if "placeholder" in element:
        return Text(f" {element['placeholder']['text']} ▾ ", "bold white on grey27")
    primary = element.get("style") == "primary"
    return Text(f" {element['text']['text']} ", "bold white on green4" if primary else "bold white on grey27")
