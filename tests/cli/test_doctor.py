"""`pactwatch doctor`, with things well and things wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from monitor.cli.checks import SCOPES, Finding, check_slack, routed
from monitor.routes.config import Route
from monitor.settings import Secrets, Settings, Slack
from tests.cli.conftest import Run
from tests.slack.standin_server import Standin

GOOD = {"ok": True, "user": "pactwatch", "team": "Tests"}
CHANNEL = {"id": "C1", "name": "pacts", "is_member": True, "is_archived": False}


@asynccontextmanager
async def slack(
    *,
    auth: dict[str, Any] | None = None,
    scopes: str | None = ",".join(SCOPES),
    channels: Callable[[Any], Any] | None = None,
) -> AsyncIterator[str]:
    """Serve two methods of Slack's API; give the base URL."""

    async def auth_test(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer xoxb-1"
        return web.json_response(auth or GOOD, headers={} if scopes is None else {"x-oauth-scopes": scopes})

    async def conversations_list(request: web.Request) -> web.Response:
        given = channels or (lambda _form: {"ok": True, "channels": [CHANNEL]})
        return web.json_response(given(await request.post()))

    async def connections_open(request: web.Request) -> web.Response:
        right = request.headers["Authorization"] == "Bearer xapp-1"
        return web.json_response({"ok": True, "url": "wss://x"} if right else {"ok": False, "error": "invalid_auth"})

    app = web.Application()
    app.add_routes([web.post("/api/auth.test", auth_test), web.post("/api/conversations.list", conversations_list)])
    app.add_routes([web.post("/api/apps.connections.open", connections_open)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    finally:
        await runner.cleanup()


async def findings(
    base_url: str, *, channel: str = "#pacts", token: str | None = "xoxb-1", **more: Any
) -> list[Finding]:
    """Look at Slack."""
    secrets = Secrets().model_copy(update={"slack_bot_token": SecretStr(token) if token else None, **more})
    return await check_slack(Slack(base_url=base_url, channel=channel), secrets)


def bad(found: list[Finding]) -> Finding:
    """Return the one that is bad."""
    [finding] = [finding for finding in found if finding.state == "bad"]
    return finding


async def test_the_channels_of_routes_are_looked_at() -> None:
    """A route to a channel that is not there is named before the first alert finds out."""
    route = Route.model_validate({"name": "asia", "channel": "#asia"})
    silent = Route.model_validate({"name": "none", "match": {"stages": "proposed"}, "drop": True})
    settings = Settings(slack=Slack(channel="#pacts"), routes=(silent, route))
    async with slack() as url:
        secrets = Secrets().model_copy(update={"slack_bot_token": SecretStr("xoxb-1")})
        found = await check_slack(Slack(base_url=url, channel="#pacts"), secrets, routed(settings))
    assert bad(found).found == "#asia is no channel the app can see"
    assert "the route asia" in bad(found).todo


async def test_all_is_well() -> None:
    """Token, scopes and channel are found to be right, by name and by id."""
    async with slack() as url:
        for channel in ("#pacts", "pacts", "C1"):
            assert [finding.state for finding in await findings(url, channel=channel)] == ["ok", "ok", "ok", "note"]


@pytest.mark.parametrize(
    ("secrets", "state", "says"),
    [
        ({}, "note", "SLACK_APP_TOKEN"),
        ({"slack_signing_secret": SecretStr("s")}, "ok", "/slack/events"),
        ({"slack_app_token": SecretStr("xapp-1")}, "ok", "Socket Mode"),
        ({"slack_app_token": SecretStr("xapp-2")}, "bad", "connections:write"),
    ],
)
async def test_whether_buttons_are_heard(secrets: dict[str, Any], state: str, says: str) -> None:
    """By which way buttons would get to us, and for a wrong token which scope it needs."""
    async with slack() as url:
        found = (await findings(url, **secrets))[-1]
    assert (found.what, found.state) == ("Slack buttons", state)
    assert says in found.found + found.todo


async def test_no_token_is_a_note() -> None:
    """Without a token: which variable, which scopes, and that alerts wait."""
    [finding] = await findings("http://127.0.0.1:1/", token=None)
    assert finding.state == "note"
    assert "SLACK_BOT_TOKEN" in finding.found
    assert "chat:write" in finding.todo


@pytest.mark.parametrize("error", ["invalid_auth", "account_inactive", "token_revoked", "something_new"])
async def test_a_wrong_token(error: str) -> None:
    """Slack's own word, and what to do about it."""
    async with slack(auth={"ok": False, "error": error}) as url:
        finding = bad(await findings(url))
    assert error in finding.found
    assert finding.todo


async def test_missing_scopes_are_named() -> None:
    """Each scope that lacks, and what it is for; a server that does not say is a note."""
    async with slack(scopes="chat:write, users:read") as url:
        finding = bad(await findings(url))
    assert "channels:read (to find a public channel by its name)" in finding.found
    assert "chat:write (" not in finding.found
    async with slack(scopes=None) as url:
        assert [finding.state for finding in await findings(url)] == ["ok", "note", "ok", "note"]


@pytest.mark.parametrize(
    ("channel", "told", "todo"),
    [
        (None, "#pacts is no channel the app can see", "PACTWATCH_SLACK__CHANNEL"),
        ({**CHANNEL, "is_archived": True}, "#pacts is archived", "choose another"),
        ({**CHANNEL, "is_member": False}, "the app is not in #pacts", "/invite"),
    ],
)
async def test_a_channel_that_will_not_do(channel: dict[str, Any] | None, told: str, todo: str) -> None:
    """Unknown, archived, not a member: which channel, which variable, what to do."""
    async with slack(channels=lambda _form: {"ok": True, "channels": [channel] if channel else []}) as url:
        finding = bad(await findings(url))
    assert told in finding.found
    assert todo in finding.todo


async def test_channels_are_listed_to_the_last_page() -> None:
    """A channel on the second page is found; private ones are left out when the scope for them lacks."""

    def pages(form: Any) -> dict[str, Any]:
        if "private" in form["types"]:
            return {"ok": False, "error": "missing_scope"}
        if not form["cursor"]:
            return {"ok": True, "channels": [], "response_metadata": {"next_cursor": "2"}}
        return {"ok": True, "channels": [CHANNEL]}

    async with slack(channels=pages) as url:
        assert [finding.state for finding in await findings(url)] == ["ok", "ok", "ok", "note"]


async def test_slack_that_is_not_there() -> None:
    """Nothing, or something else, at the address: which address, and which setting."""
    finding = bad(await findings("http://127.0.0.1:1/"))
    assert "http://127.0.0.1:1/ does not answer as Slack does" in finding.found
    assert "PACTWATCH_SLACK__BASE_URL" in finding.todo


def test_the_command_sees_it_all(run: Run, kafka_settings: Settings, tmp_path: Path) -> None:
    """With broker, topics and a Slack in place exit code 0 and everything ok; worker and deliverer are notes."""
    with Standin(tmp_path) as standin:
        env = {
            "SLACK_BOT_TOKEN": standin.token,
            "PACTWATCH_SLACK__BASE_URL": standin.base_url,
            "PACTWATCH_SLACK__CHANNEL": "#pacts",
            "PACTWATCH_WORKER__PORT": "1",
            "PACTWATCH_SLACK__PORT": "1",
        }
        said = run("doctor", "--json", settings=kafka_settings, env=env)
    states = {finding["what"]: finding["state"] for finding in json.loads(said.out)}
    assert said.code == 0, said
    assert states.pop("worker") == states.pop("deliverer") == "note"
    assert set(states) >= {"Python", "Java", "Kafka", "topics", "data folder", "Slack token", "Slack channel"}
    assert "bad" not in states.values()
    assert standin.token not in said.out + said.err


def test_the_command_says_what_is_wrong(run: Run, make_kafka_settings: Callable[..., Settings]) -> None:
    """No topics, and no Kafka at all: exit code 1, and the command that mends it."""
    said = run("doctor", settings=make_kafka_settings(create=False))
    assert said.code == 1
    assert "pactwatch topics --create" in said.out
    said = run("doctor", env={"PACTWATCH_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    assert said.code == 1
    assert "127.0.0.1:1 does not answer" in said.out
