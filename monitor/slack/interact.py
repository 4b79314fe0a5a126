"""Slack's side of buttons and commands, by slack-bolt: the same for Socket Mode and for signed HTTP requests."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import structlog
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from monitor.errors import DeliveryError, PactwatchError
from monitor.settings import Slack
from monitor.slack.press import Desk, Press
from monitor.slack.trouble import trouble

log = structlog.get_logger(__name__)

COMMAND = "/pactwatch"

_VALID_FOR = 5 * 60
"""Seconds that a signed request is taken; Slack's own advice, and bolt's."""

Answer = Callable[[str], tuple[str, list[dict[str, Any]]]]
"""Answers a command, in a thread: notification text and blocks for what was typed after it."""


class Workspace:
    """Whose token it is, asked once."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self._team: str | None = None

    async def team(self) -> str:
        """Return the id of the app's workspace; raises DeliveryError when Slack does not say."""
        if self._team is None:
            try:
                answer = await self._client.auth_test()
            except Exception as error:  # noqa: BLE001 - trouble() names every one, without the token
                read = trouble(error)
                raise DeliveryError(read.message, code=read.word, hint=read.hint) from None
            self._team = str(answer.get("team_id") or "")
        return self._team


class Replays:
    """Remembers signatures for as long as a request that bears one would be taken."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, float] = {}

    def is_new(self, signature: str) -> bool:
        """Note a signature; False when it came before."""
        now = self._clock()
        for old in [one for one, at in self._seen.items() if now - at > 2 * _VALID_FOR]:
            del self._seen[old]
        if signature in self._seen:
            return False
        self._seen[signature] = now
        return True


def client(settings: Slack, token: SecretStr | None) -> AsyncWebClient:
    """Return a client of Slack's Web API."""
    return AsyncWebClient(
        token=token.get_secret_value().strip() if token else None,
        base_url=settings.base_url.rstrip("/") + "/",
        timeout=max(int(settings.timeout), 1),
        logger=_quiet("slack_sdk"),
    )


def bolt(web: AsyncWebClient, desk: Desk, answer: Answer, *, signing_secret: SecretStr | None = None) -> AsyncApp:
    """Return the app that answers buttons and the command.

    Args:
        web: for what is said to one reader alone.
        desk: does what a button asks.
        answer: for the command.
        signing_secret: signs HTTP requests; Socket Mode needs none.

    """
    app = AsyncApp(
        name="pactwatch",
        logger=_quiet("slack_bolt"),
        client=AsyncWebClient(base_url=web.base_url, timeout=web.timeout),
        authorize=partial(_authorize, web.token),
        signing_secret=signing_secret.get_secret_value().strip() if signing_secret else "",
    )
    listeners = _Listeners(desk, answer)
    app.middleware(listeners.refuse_replays)
    app.action(re.compile(".*"))(listeners.pressed)
    app.command(COMMAND)(listeners.asked)
    app.error(listeners.failed)
    return app


async def _authorize(token: str | None, **_: Any) -> AuthorizeResult:
    # One app, one workspace: bolt needs no more, and asks Slack nothing while a reader waits
    return AuthorizeResult(enterprise_id=None, team_id=None, bot_token=token)


class _Listeners:
    """What bolt calls; it passes arguments by their names."""

    def __init__(self, desk: Desk, answer: Answer) -> None:
        self._desk = desk
        self._answer = answer
        self._replays = Replays()

    async def refuse_replays(
        self,
        req: AsyncBoltRequest,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - bolt's name for it
    ) -> BoltResponse:
        """Take a signed request once: who overheard it cannot send it again.  Its signature has been checked by now."""
        if req.mode == "http" and not self._replays.is_new(req.headers.get("x-slack-signature", [""])[0]):
            return BoltResponse(status=401, body="this request came before\n")
        return await next()

    async def pressed(self, ack: Any, body: dict[str, Any], respond: Any) -> None:
        """Handle a press."""
        await ack()
        for action in body.get("actions") or ():
            told = await self._desk.press(read(body, action))
            if told is not None:
                await _tell(respond, told)

    async def asked(self, ack: Any, body: dict[str, Any], respond: Any) -> None:
        """Handle the command."""
        await ack()
        blocks: list[dict[str, Any]] = []
        try:
            refusal = await self._desk.refusal(_text(body.get("team_id")))
            if refusal is not None:
                text = refusal
            else:
                text, blocks = await asyncio.to_thread(self._answer, _text(body.get("text")))
        except PactwatchError as error:
            text = f"No answer: {error.message}. Try again in a moment."
        await _tell(respond, text, blocks)

    async def failed(self, error: Exception) -> BoltResponse:
        """Log what nobody foresaw."""
        log.error("a request from slack failed", error=type(error).__name__, why=str(error)[:300])
        return BoltResponse(status=500, body="")


def read(body: dict[str, Any], action: dict[str, Any]) -> Press:
    """Read a press out of a ``block_actions`` payload; whatever is missing or no text is empty."""
    user = body.get("user") if isinstance(body.get("user"), dict) else {}
    team = body.get("team") if isinstance(body.get("team"), dict) else {}
    chosen = action.get("selected_option")
    return Press(
        action=_text(action.get("action_id")),
        block_id=_text(action.get("block_id")),
        value=_text(chosen.get("value")) if isinstance(chosen, dict) else _text(action.get("value")),
        user=_text((user or {}).get("id")),
        name=_text((user or {}).get("name")) or _text((user or {}).get("username")),
        team=_text((user or {}).get("team_id")) or _text((team or {}).get("id")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


async def _tell(respond: Any, text: str, blocks: list[dict[str, Any]] | None = None) -> None:
    """Answer so that the reader alone sees it, and the message stays as it is."""
    try:
        await respond(text=text, blocks=blocks or None, response_type="ephemeral", replace_original=False)
    except Exception as error:  # noqa: BLE001 - the record stands; an answer that does not get there changes nothing
        log.warning("a reader could not be answered", why=type(error).__name__)


def _quiet(name: str) -> logging.Logger:
    """Return a library's logger that keeps what it would tell of every request, bodies included, to itself."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR)
    return logger
