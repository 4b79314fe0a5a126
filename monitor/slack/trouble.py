"""What each of Slack's errors means for a delivery.  This table is the one place that says so."""

from __future__ import annotations

import asyncio
from enum import StrEnum

import aiohttp
from slack_sdk.errors import SlackApiError

from monitor.errors import DeliveryError


class Meaning(StrEnum):
    """What to do when Slack, or the way to it, says no."""

    PAUSE = "pause"
    """Too fast: nothing was posted; the channel waits as long as Slack asks, and a little more."""
    RETRY = "retry"
    """The request never reached Slack: repeat it."""
    AMBIGUOUS = "ambiguous"
    """Slack may or may not have it: look it up in the channel's history before any repeat."""
    AUTH = "auth"
    """The token is the trouble: open the circuit, every alert waits until it works again."""
    CHANNEL = "channel"
    """This channel takes no messages: use the fallback channel, else its alerts wait."""
    GONE = "gone"
    """The message to be updated can no longer be: post a new one and go on from there."""
    SIMPLER = "simpler"
    """Slack refuses the form: try once more with a plainer message."""
    REFUSED = "refused"
    """Slack refuses for good: dead letter.  So is every code that is not in the table."""


MEANINGS: dict[str, Meaning] = {
    "ratelimited": Meaning.PAUSE,
    "rate_limited": Meaning.PAUSE,
    "message_limit_exceeded": Meaning.PAUSE,
    "connection_refused": Meaning.RETRY,  # our own word: no connection came about
    "fatal_error": Meaning.AMBIGUOUS,
    "internal_error": Meaning.AMBIGUOUS,
    "service_unavailable": Meaning.AMBIGUOUS,
    "request_timeout": Meaning.AMBIGUOUS,
    "http_5xx": Meaning.AMBIGUOUS,  # our own words, from here down to bad_answer
    "connection_lost": Meaning.AMBIGUOUS,
    "timeout": Meaning.AMBIGUOUS,
    "bad_answer": Meaning.AMBIGUOUS,
    "no_token": Meaning.AUTH,  # our own word: SLACK_BOT_TOKEN is not set
    "not_authed": Meaning.AUTH,
    "invalid_auth": Meaning.AUTH,
    "account_inactive": Meaning.AUTH,
    "token_revoked": Meaning.AUTH,
    "token_expired": Meaning.AUTH,
    "missing_scope": Meaning.AUTH,
    "no_permission": Meaning.AUTH,
    "not_allowed_token_type": Meaning.AUTH,
    "org_login_required": Meaning.AUTH,
    "team_access_not_granted": Meaning.AUTH,
    "team_added_to_org": Meaning.AUTH,
    "ekm_access_denied": Meaning.AUTH,
    "accesslimited": Meaning.AUTH,
    "access_denied": Meaning.AUTH,
    "enterprise_is_restricted": Meaning.AUTH,
    "two_factor_setup_required": Meaning.AUTH,
    "channel_not_found": Meaning.CHANNEL,
    "not_in_channel": Meaning.CHANNEL,
    "is_archived": Meaning.CHANNEL,
    "restricted_action": Meaning.CHANNEL,
    "restricted_action_read_only_channel": Meaning.CHANNEL,
    "restricted_action_thread_only_channel": Meaning.CHANNEL,
    "messages_tab_disabled": Meaning.CHANNEL,
    "message_not_found": Meaning.GONE,
    "cant_update_message": Meaning.GONE,
    "edit_window_closed": Meaning.GONE,
    "thread_not_found": Meaning.GONE,
    "cannot_reply_to_message": Meaning.GONE,
    "restricted_action_non_threadable_channel": Meaning.GONE,
    "invalid_blocks": Meaning.SIMPLER,
    "invalid_blocks_format": Meaning.SIMPLER,
    "msg_blocks_too_long": Meaning.SIMPLER,
    "msg_too_long": Meaning.SIMPLER,
    "metadata_too_large": Meaning.SIMPLER,
    "invalid_metadata_format": Meaning.SIMPLER,
    "invalid_metadata_schema": Meaning.SIMPLER,
    "no_text": Meaning.SIMPLER,
}

HINTS: dict[str, str] = {
    "no_token": "set SLACK_BOT_TOKEN to the bot token of your Slack app (it starts with xoxb-)",
    "not_authed": "set SLACK_BOT_TOKEN to the bot token of your Slack app (it starts with xoxb-)",
    "invalid_auth": "SLACK_BOT_TOKEN is no token Slack knows; copy it again from the app's page, OAuth & Permissions",
    "token_revoked": "the token in SLACK_BOT_TOKEN was revoked; install the app again and copy the new one",
    "token_expired": "the token in SLACK_BOT_TOKEN has expired; install the app again and copy the new one",
    "account_inactive": "the bot user or workspace of SLACK_BOT_TOKEN is deactivated",
    "missing_scope": "give the app the scopes of docker/slack-manifest.yaml and install it again",
    "channel_not_found": "check slack.channel in pactwatch.toml, or invite the app to the channel if it is private",
    "not_in_channel": "invite the app to the channel: /invite @Pactwatch",
    "is_archived": "the channel is archived; set slack.channel to another",
}
"""What a person can do about an error."""


class SlackTroubleError(DeliveryError):
    """A call to Slack came to nothing.

    ``code`` is Slack's word or one of ours, ``meaning`` what to do, ``retry_after`` seconds Slack asks to wait.
    """

    def __init__(self, code: str, message: str = "", *, retry_after: float = 0.0) -> None:
        super().__init__(message or f"Slack says {code}", code=code, hint=HINTS.get(code))
        self.word = code
        self.meaning = MEANINGS.get(code, Meaning.REFUSED)
        self.retry_after = retry_after


def trouble(error: Exception) -> SlackTroubleError:
    """Read what went wrong from an exception of slack-sdk or of the HTTP client under it.

    The result holds no part of the request, so that no token can get into a log.
    """
    if isinstance(error, SlackTroubleError):
        return error
    if isinstance(error, SlackApiError):
        return _answer(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return SlackTroubleError("connection_refused", "Slack cannot be reached")
    if isinstance(error, (TimeoutError, asyncio.TimeoutError)):
        return SlackTroubleError("timeout", "Slack did not answer in time")
    if isinstance(error, (aiohttp.ClientConnectionError, ConnectionError)):
        return SlackTroubleError("connection_lost", "the connection to Slack broke before the answer")
    return SlackTroubleError("bad_answer", f"Slack's answer cannot be read ({type(error).__name__})")


def _answer(error: SlackApiError) -> SlackTroubleError:
    response = error.response
    status = int(getattr(response, "status_code", getattr(response, "status", 200)) or 200)
    headers = {str(name).lower(): value for name, value in dict(getattr(response, "headers", None) or {}).items()}
    data = getattr(response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429:
        return SlackTroubleError("ratelimited", retry_after=_seconds(headers.get("retry-after")))
    if status >= 500:
        known = code if MEANINGS.get(code) is Meaning.AMBIGUOUS else "http_5xx"
        return SlackTroubleError(known, f"Slack answered with HTTP {status}")
    needed = f"; needed: {data['needed']}" if isinstance(data, dict) and data.get("needed") else ""
    return SlackTroubleError(
        code or "bad_answer",
        f"Slack says {code}{needed}" if code else f"Slack answered with HTTP {status}",
        retry_after=_seconds(headers.get("retry-after")),
    )


def _seconds(value: object) -> float:
    try:
        return min(max(float(str(value)), 0.0), 3600.0)
    except ValueError:
        return 1.0
