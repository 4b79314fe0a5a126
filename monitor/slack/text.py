"""Text from articles, made safe for Slack: whatever it holds, it shows as the words it is and commands nothing.

Order matters: `clean` first, then `cut`, then `escape`; `safe` does all three.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

ELLIPSIS = "…"

_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
_JOINERS = "\u200c\u200d"
_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
"""Letters and signs that show nothing."""
_MAX_MARKS = 4
"""Combining marks on one letter; living scripts need no more, text that climbs over its neighbours does."""

_LOOKALIKES: dict[int, str] = str.maketrans({"*": "∗", "_": "\u02cd", "~": "∼", "`": "ʻ"})
"""Slack has no escape for these, so that the signs stand in that look the same and mark up nothing."""

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_EMOJI_NAME = re.compile(r":(?=[\w+'-]{1,100}:)")
_SHOUT = re.compile(r"@(?=(?:channel|here|everyone|group)\b)", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


def clean(text: str) -> str:
    """Return the text on one line, without controls, lone surrogates, hidden or direction-changing characters."""
    if text.isascii() and text.isprintable():
        return _SPACE.sub(" ", text).strip()
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        if category in ("Cc", "Zl", "Zp") or char in _BLANKS:
            kept.append(" ")
        elif category in ("Cf", "Cs", "Co", "Cn"):
            # A joiner shapes Arabic and Indic letters and emoji; anywhere else it only hides.
            if char in _JOINERS and kept and ord(kept[-1]) > 0x2FF:
                kept.append(char)
        elif category in ("Mn", "Me"):
            marks += 1
            if marks <= _MAX_MARKS:
                kept.append(char)
            continue
        else:
            kept.append(char)
        marks = 0
    return _SPACE.sub(" ", "".join(kept)).strip()


def length(text: str) -> int:
    """Return the length in UTF-16 units, the strictest way Slack might count."""
    return len(text) + sum(char > "\uffff" for char in text)


def cut(text: str, limit: int) -> str:
    """Return the text, shortened at the end of a word to ``limit`` units, an ellipsis included.

    ``limit`` counts escaped text: ``&`` takes five.
    """
    if length(text) <= limit and length(escape(text)) <= limit:
        return text
    room = limit - len(ELLIPSIS)
    end = used = 0
    for char in text:
        used += len(_ENTITIES.get(char, "")) or length(char)
        if used > room:
            break
        end += 1
    if end <= 0:
        return ELLIPSIS if limit >= 1 else ""
    while end > 0 and end < len(text) and (unicodedata.combining(text[end]) or _glued(text, end)):
        end -= 1
    space = text.rfind(" ", 0, end + 1)
    if space > end * 2 // 3:  # a script without spaces, or one endless word, is cut where it must be
        end = space
    return text[:end].rstrip(" ,;:-–—(") + ELLIPSIS


def _glued(text: str, index: int) -> bool:
    """Tell whether a cut before ``index`` would tear an emoji, a flag or a joined letter apart."""
    here, before = text[index], text[index - 1]
    if here in _JOINERS or before in _JOINERS or here == "\ufe0f" or "\U0001f3fb" <= here <= "\U0001f3ff":
        return True
    if not _is_flag_letter(here):
        return False
    run = 0
    while index - 1 - run >= 0 and _is_flag_letter(text[index - 1 - run]):
        run += 1
    return run % 2 == 1


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def escape(text: str) -> str:
    """Escape the three characters that Slack reads as control: ``&``, ``<`` and ``>``."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plain(text: str, limit: int) -> str:
    """Return untrusted text for a ``plain_text`` object, where nothing but emoji names means anything."""
    text = _EMOJI_NAME.sub("꞉", clean(text))
    return _apart(cut(text, limit - 2))


def safe(text: str, limit: int) -> str:
    """Return untrusted text for ``mrkdwn``: cleaned, cut, escaped, without mark-up, mentions or emoji names."""
    text = clean(text).translate(_LOOKALIKES)
    text = _SHOUT.sub("＠", _EMOJI_NAME.sub("꞉", text))
    if text.startswith(">"):
        text = "›" + text[1:]  # an escaped > at the start of a line is still a quote to Slack
    return _apart(escape(cut(text, limit - 2)))


def code(text: str, limit: int) -> str:
    """Return untrusted text in backticks, where Slack reads no mark-up but the next backtick."""
    return f"`{escape(cut(clean(text).replace('`', _LOOKALIKES[ord('`')]), limit - 2))}`"


def _apart(text: str) -> str:
    """Isolate text that runs from right to left, so that it cannot reorder what stands around it."""
    if not text.isascii() and any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in text):
        return f"{_ISOLATE}{text}{_END_ISOLATE}"
    return text


_LABEL = 150
"""Units that are kept for a link's label: an address that leaves less is left out."""


def link(url: str | None, label: str, limit: int) -> str:
    """Return a mrkdwn link, or the bare label where the address is no plain http(s) one or does not fit.

    The label is untrusted; ``limit``, well above 150, is for the whole.
    """
    address = http_url(url)
    if address is None or length(address) > limit - _LABEL:
        return safe(label, limit)
    room = limit - length(address) - 5
    return f"<{address}|{safe(label, room).replace('|', '¦')}>"


def http_url(url: str | None) -> str | None:
    """Return an http(s) address in a form that cannot end a mrkdwn link early; None for anything else."""
    if not url:
        return None
    address = url.strip()
    if any(unicodedata.category(char).startswith("C") for char in address):
        return None
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or parts.username or parts.password:
        return None
    address = parts.scheme.lower() + address[len(parts.scheme) :]
    if not host.isascii():
        try:
            address = address.replace(parts.netloc, parts.netloc.lower().replace(host, host.encode("idna").decode()))
        except UnicodeError:
            return None
    return quote(address, safe="%/:=&?~#+!$,;'@()*[]").replace("&", "&amp;")
