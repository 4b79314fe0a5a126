"""Slack's mrkdwn, read the way Slack shows it: bold, strike, code, quotes, links, dates."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

from rich.style import Style
from rich.text import Text

_TOKEN = re.compile(
    r"<!date\^(?P<seconds>\d+)\^(?P<format>[^|^>]*)(?:\^[^|>]*)?\|(?P<fallback>[^>]*)>"
    r"|<(?P<url>https?://[^|>]*)(?:\|(?P<label>[^>]*))?>"
    r"|<(?P<command>[!@#][^>]*)>"
    r"|(?<![\w*])\*(?P<bold>\S(?:[^*\n]*\S)?)\*(?![\w*])"
    r"|(?<![\w~])~(?P<strike>\S(?:[^~\n]*\S)?)~(?![\w~])"
    r"|(?<![\w_])_(?P<italic>\S(?:[^_\n]*\S)?)_(?![\w_])"
    r"|`(?P<code>[^`\n]+)`"
)

BOLD = Style(bold=True)
LINK = Style(color="dodger_blue1")
CODE = Style(color="light_coral")
MENTION = Style(bold=True, color="gold1", bgcolor="#40331a")
"""Of whom the settings say; nothing that was read gets this far."""
QUOTE_BAR = "▎ "


def text(source: str, *, zone: tzinfo | None = None) -> Text:
    """Return mrkdwn as rich text; times are shown in ``zone``, by default that of this machine."""
    lines = []
    for line in source.split("\n"):
        quoted = re.match(r"(?:>|&gt;) ?", line)
        shown = _inline(line[quoted.end() :] if quoted else line, zone)
        lines.append(Text.assemble((QUOTE_BAR, "grey50"), shown) if quoted else shown)
    return Text("\n").join(lines)


def quoted(source: str) -> str | None:
    """Return what a section that is one quote quotes; None for any other."""
    return source.removeprefix(">") if source.startswith(">") and "\n" not in source else None


def _inline(source: str, zone: tzinfo | None) -> Text:
    out = Text()
    end = 0
    for token in _TOKEN.finditer(source):
        out.append(unescape(source[end : token.start()]))
        out.append_text(_token(token, zone))
        end = token.end()
    out.append(unescape(source[end:]))
    return out


def _token(token: re.Match[str], zone: tzinfo | None) -> Text:
    found = token.groupdict()
    if found["seconds"] is not None:
        return Text(date(int(found["seconds"]), found["format"], zone))
    if found["url"] is not None:
        shown = _inline(found["label"] or found["url"], zone)
        shown.stylize(LINK + Style(link=unescape(found["url"])))
        return shown
    if found["command"] is not None:
        return Text(f"@{found['command'].lstrip('@!').removeprefix('subteam^')}", MENTION)
    if found["code"] is not None:
        return Text(unescape(found["code"]), CODE)
    for name, style in (("bold", BOLD), ("strike", Style(strike=True, dim=True)), ("italic", Style(italic=True))):
        if found[name] is not None:
            shown = _inline(found[name], zone)
            shown.stylize(style)
            return shown
    return Text(token.group())


def date(seconds: int, pattern: str, zone: tzinfo | None) -> str:
    """Fill the tokens of a ``<!date^...>`` that Pactwatch uses."""
    at = datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    day = f"{at:%b} {at.day}, {at.year}"
    return pattern.replace("{date_short_pretty}", day).replace("{date_short}", day).replace("{time}", f"{at:%H:%M}")


def unescape(source: str) -> str:
    """Undo Slack's escaping."""
    return source.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
