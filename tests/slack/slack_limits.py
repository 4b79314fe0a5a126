"""A strict checker of Slack's documented limits, with numbers of its own, apart from the program's."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

_LINK = re.compile(r"<([^<>]*)>")


def units(text: str) -> int:
    """Return the length in UTF-16 units: what a browser counts, and never less than characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def problems(payload: dict[str, Any], mentions: Collection[str] = ()) -> list[str]:
    """Return what is wrong with the body of a ``chat.postMessage`` or ``chat.update``; nothing when Slack takes it.

    ``mentions`` may be called (``!here``, ``@U012AB3CD``), in a section of their own; all else that calls is wrong.
    """
    found: list[str] = []
    text, blocks = payload.get("text", ""), payload.get("blocks", [])
    if not text:
        found.append("no_text: notifications would be empty")
    if units(text) > 4000:
        found.append("text over 4,000")
    found += _mrkdwn(text, "text")
    if len(blocks) > 50:
        found.append(f"{len(blocks)} blocks")
    if units(json.dumps(blocks, ensure_ascii=False)) > 13_200:
        found.append("blocks over 13,200 in all")
    for index, block in enumerate(blocks):
        checked = _without(block, mentions)
        found += [f"block {index} ({block.get('type')}): {why}" for why in _block(checked)]
    found += _metadata(payload.get("metadata"))
    try:
        json.dumps(payload, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        found.append("not UTF-8")
    return found


def _without(block: dict[str, Any], mentions: Collection[str]) -> dict[str, Any]:
    text = block.get("text", {}).get("text", "") if block.get("type") == "section" else ""
    if not text.startswith("🔔 "):
        return block
    for one in mentions:
        text = text.replace(f"<{one}>", "")
    return {**block, "text": {**block["text"], "text": text}}


def _block(block: dict[str, Any]) -> list[str]:
    match block.get("type"):
        case "header":
            return _text(block.get("text"), 150, plain=True)
        case "section":
            return _section(block)
        case "context":
            elements = block.get("elements", [])
            found = [] if 1 <= len(elements) <= 10 else [f"{len(elements)} elements"]
            return found + [why for element in elements for why in _text(element, 3000)]
        case "divider":
            return []
        case "actions":
            return _actions(block)
        case other:
            return [f"unknown type {other}"]


def _section(block: dict[str, Any]) -> list[str]:
    found: list[str] = []
    if "text" not in block and "fields" not in block:
        found.append("neither text nor fields")
    if "text" in block:
        found += _text(block["text"], 3000)
    fields = block.get("fields")
    if fields is not None:
        if not 1 <= len(fields) <= 10:
            found.append(f"{len(fields)} fields")
        found += [why for item in fields for why in _text(item, 2000)]
    return found


def _actions(block: dict[str, Any]) -> list[str]:
    elements = block.get("elements", [])
    found = [] if 1 <= len(elements) <= 25 else [f"{len(elements)} elements"]
    if units(block.get("block_id", "")) > 255:
        found.append("block_id over 255")
    if len({element.get("action_id") for element in elements}) < len(elements):
        found.append("an action_id twice in a block")
    for element in elements:
        if units(element.get("action_id", "")) > 255:
            found.append("action_id over 255")
        if element.get("type") == "static_select":
            found += _menu(element)
            continue
        if element.get("type") != "button":
            found.append(f"unknown element {element.get('type')}")
            continue
        if units(element.get("value", "")) > 2000:
            found.append("value over 2,000")
        if element.get("style", "primary") not in ("primary", "danger"):
            found.append("unknown style")
        found += _text(element.get("text"), 75, plain=True)
        if "url" in element and (
            units(element["url"]) > 3000 or urlsplit(element["url"]).scheme not in ("http", "https")
        ):
            found.append("bad url")
    return found


def _menu(element: dict[str, Any]) -> list[str]:
    options = element.get("options", [])
    found = [] if 1 <= len(options) <= 100 else [f"{len(options)} options"]
    found += _text(element.get("placeholder"), 150, plain=True)
    for option in options:
        found += _text(option.get("text"), 75, plain=True)
        if not 1 <= units(option.get("value", "")) <= 75:
            found.append("value of an option over 75, or none")
    return found


def _text(item: Any, limit: int, *, plain: bool = False) -> list[str]:
    if not isinstance(item, dict):
        return ["no text object"]
    kind, text = item.get("type"), item.get("text")
    if kind not in ("plain_text", "mrkdwn") or (plain and kind != "plain_text"):
        return [f"text of type {kind}"]
    if not isinstance(text, str) or not text:
        return ["empty text"]
    found = [] if units(text) <= limit else [f"{units(text)} units, {limit} allowed"]
    if "verbatim" in item and kind != "mrkdwn":
        found.append("verbatim on plain text")
    if "emoji" in item and kind != "plain_text":
        found.append("emoji on mrkdwn")
    return found + (_mrkdwn(text, "mrkdwn") if kind == "mrkdwn" else _controls(text))


def _mrkdwn(text: str, where: str) -> list[str]:
    """Find what an article must not get through: mentions, odd links, bare control characters."""
    found = _controls(text)
    for inner in _LINK.findall(text):
        if inner.startswith("!date^"):
            if not re.fullmatch(r"!date\^\d+\^[^|^<>]+\|[^|<>]+", inner):
                found.append(f"{where}: bad date <{inner}>")
        elif not re.fullmatch(r"https?://[^|<>\s]+(\|[^|<>]+)?", inner):
            found.append(f"{where}: <{inner}>")
    bare = _LINK.sub("", text)
    bare = re.sub(r"^>", "", bare, flags=re.MULTILINE)
    if "<" in bare or ">" in bare:
        found.append(f"{where}: bare angle bracket")
    if re.search(r"&(?!amp;|lt;|gt;)", bare):
        found.append(f"{where}: bare ampersand")
    return found


def _controls(text: str) -> list[str]:
    hidden = [f"U+{ord(char):04X}" for char in text if char in HIDDEN or (ord(char) < 32 and char != "\n")]
    depth = 0
    for char in text:
        depth += (char == "\u2068") - (char == "\u2069")
        if depth < 0:
            break
    return ([f"control characters {hidden}"] if hidden else []) + (["unbalanced isolates"] if depth else [])


HIDDEN = frozenset(
    "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u061c\ufeff\u00ad\x7f\u3164\u2800"
)
"""Characters that show nothing or turn the direction of text; isolates have to be in pairs."""


def _metadata(metadata: Any) -> list[str]:
    if metadata is None:
        return []
    found = []
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        return ["metadata of another shape"]
    if not re.fullmatch(r"[A-Za-z0-9_]{1,100}", metadata["event_type"]):
        found.append("bad event_type")
    if len(json.dumps(metadata)) > 8000:
        found.append("metadata over 8,000")
    if not all(isinstance(value, str | int | bool) for value in metadata["event_payload"].values()):
        found.append("metadata payload holds more than plain values")
    return found
